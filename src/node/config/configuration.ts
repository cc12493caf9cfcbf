// What a node is run with (node.md §1.7): the fields of config.json, read, with what stands in for those that are absent.
// configuration-json.ts reads and writes the file; arguments.ts lets the command line have its say.

import type { Rational } from "../../l1/client/fees.js";
import { rational } from "../../l1/client/fees.js";
import type { PublicKeyHash, RollupAddress } from "../../protocol/identifiers.js";
import type { PlannedFailure, PvmPatch } from "../engine/engine.js";
import type { HistoryMode } from "../store/store.js";
import type { Mode, OperationKind } from "./modes.js";
import { OPERATION_KINDS } from "./modes.js";

/** Who signs what. Only the purposes of the mode are present. */
export interface Operators {
  readonly operating?: PublicKeyHash;
  /** At least one. */
  readonly batching?: readonly PublicKeyHash[];
  readonly cementing?: PublicKeyHash;
  readonly recovering?: PublicKeyHash;
  readonly executing_outbox?: PublicKeyHash;
}

/** Who may call what: rules are "GET /global/**", "/admin/**", …. */
export interface AclEntry {
  readonly host: string;
  /** Absent: every port. */
  readonly port?: number;
  /** A whitelist allows nothing else, a blacklist all else. */
  readonly kind: "whitelist" | "blacklist";
  readonly rules: readonly string[];
}

export interface FeeParameter {
  /** Mutez. */
  readonly minimalFees: bigint;
  readonly nanotezPerByte: Rational;
  readonly nanotezPerGasUnit: Rational;
  readonly forceLowFee: boolean;
  /** Mutez. */
  readonly feeCap: bigint;
  /** Mutez. */
  readonly burnCap: bigint;
}

export type FeeParameters = { readonly [K in OperationKind]?: FeeParameter };

export interface DalParametersFailure {
  readonly numberOfSlots: bigint;
  readonly attestationLag: bigint;
  readonly slotSize: bigint;
  readonly pageSize: bigint;
}

/** Absent: any. */
export interface DalPageFailure {
  readonly inboxLevel?: number;
  readonly publishedLevel?: number;
  readonly slotIndex?: number;
  readonly pageIndex?: number;
  readonly strategy: "flip" | "alter";
}

/** Planned failures, for tests (node.md §3.9). */
export type LoserMode =
  | { readonly kind: "failures"; readonly failures: readonly PlannedFailure[] }
  | { readonly kind: "dal_parameters"; readonly parameters: DalParametersFailure }
  | { readonly kind: "dal_page"; readonly page: DalPageFailure };

/** Batches of transactions to execute without being asked; every transaction must pass. */
export interface OutboxFilter {
  readonly destination: "any" | readonly string[];
  readonly entrypoint: "any" | readonly string[];
}

export interface BatcherSettings {
  readonly minBatchElements: number;
  /** Bytes. */
  readonly minBatchSize: number;
  readonly maxBatchElements: number;
  /** Bytes; absent: what the protocol allows. */
  readonly maxBatchSize?: number;
}

export interface InjectorSettings {
  /** Blocks for which what has been included is remembered. */
  readonly retentionPeriod: number;
  readonly attempts: number;
  /** Blocks. */
  readonly injectionTtl: number;
  /** Operations in one group; absent: as many as fit. */
  readonly maxBatchLength?: number;
}

export interface GcSettings {
  /** Blocks between two collections. */
  readonly frequency?: number;
  readonly contextSplittingPeriod?: number;
}

export interface CorsSettings {
  readonly allowedHeaders: readonly string[];
  readonly allowedOrigins: readonly string[];
}

/** Kept, not served. */
export interface TelemetrySettings {
  readonly enable: boolean;
  /** The other fields of the object, as they were read. */
  readonly settings: { readonly [field: string]: unknown };
}

export interface Configuration {
  readonly rollup: RollupAddress;
  readonly etherlink: boolean;
  readonly bootSectorFile?: string;
  readonly operators: Operators;
  readonly rpcAddr: string;
  readonly rpcPort: number;
  readonly acl: readonly AclEntry[];
  /** "ADDR:PORT", ":PORT" or "ADDR". */
  readonly metricsAddr?: string;
  readonly performanceMetrics: boolean;
  /** Seconds. */
  readonly reconnectionDelay: number;
  /** Kinds that are not there have the defaults: use `feeParameterOf`. */
  readonly feeParameters: FeeParameters;
  readonly mode: Mode;
  readonly loserMode: LoserMode;
  readonly applyUnsafePatches: boolean;
  readonly unsafePvmPatches: readonly PvmPatch[];
  readonly executeOutboxFilter: readonly OutboxFilter[];
  readonly dalNodeEndpoint?: string;
  readonly preImagesEndpoint?: string;
  readonly batcher: BatcherSettings;
  readonly injector: InjectorSettings;
  readonly l1BlocksCacheSize: number;
  readonly l2BlocksCacheSize: number;
  readonly prefetchBlocks?: number;
  readonly l1MonitorFinalized: boolean;
  /** Seconds. */
  readonly l1RpcTimeout: number;
  /** Seconds. */
  readonly loopRetryDelay: number;
  readonly indexBufferSize?: number;
  readonly irminCacheSize?: number;
  readonly logKernelDebug: boolean;
  readonly logKernelDebugFile?: string;
  readonly unsafeDisableWasmKernelChecks: boolean;
  readonly noDegraded: boolean;
  readonly slowVmFallback: boolean;
  readonly gc: GcSettings;
  /** Absent: as the data directory has it, else `DEFAULT_HISTORY_MODE`. */
  readonly historyMode?: HistoryMode;
  readonly cors: CorsSettings;
  readonly bailOnDisagree: boolean;
  readonly commitOn: "block" | "commitment";
  readonly opentelemetry: TelemetrySettings;
  readonly dalSlotStatusMaxFetchAttempts: number;
  /** Ours: states kept in memory by each thread that answers questions about ticks; absent: what the engine keeps by itself. */
  readonly checkpoints?: number;
}

// ---- Defaults

export const DEFAULT_HISTORY_MODE: HistoryMode = "full";
export const DEFAULT_METRICS_PORT = 9933;
/** Below the home directory. */
export const DEFAULT_DATA_DIR = ".tezos-smart-rollup-node";
export const MAX_RETENTION_PERIOD = 5 * 8192;
export const MAX_CHECKPOINTS = 65_536;
export const NO_FAILURES: LoserMode = { kind: "failures", failures: [] };

/** All fields but those that no configuration can do without. */
export const DEFAULTS = {
  operators: {},
  rpcAddr: "127.0.0.1",
  rpcPort: 8932,
  acl: [],
  performanceMetrics: true,
  reconnectionDelay: 2,
  loserMode: NO_FAILURES,
  applyUnsafePatches: false,
  unsafePvmPatches: [],
  executeOutboxFilter: [],
  batcher: { minBatchElements: 10, minBatchSize: 10, maxBatchElements: 2 ** 30 - 1 },
  injector: { retentionPeriod: 2048, attempts: 10, injectionTtl: 120 },
  l1BlocksCacheSize: 64,
  l2BlocksCacheSize: 64,
  l1MonitorFinalized: false,
  l1RpcTimeout: 60,
  loopRetryDelay: 10,
  logKernelDebug: false,
  unsafeDisableWasmKernelChecks: false,
  noDegraded: false,
  slowVmFallback: false,
  gc: {},
  cors: { allowedHeaders: [], allowedOrigins: [] },
  bailOnDisagree: false,
  commitOn: "block",
  opentelemetry: { enable: false, settings: {} },
  dalSlotStatusMaxFetchAttempts: 15,
} as const satisfies Omit<Configuration, "rollup" | "etherlink" | "mode" | "feeParameters">;

const ETHERLINK: readonly string[] = ["sr1Ghq66tYK9y3r8CC1Tf8i8m5nxh8nTvZEf", "sr18wx6ezkeRjt1SZSeZ2UQzQN3Uc3YLMLqg"];

export function isEtherlink(rollup: RollupAddress): boolean {
  return ETHERLINK.includes(rollup);
}

const MUTEZ = 1_000_000n;

/** Most that an operation may cost, in tez: fee, and storage burnt. */
const CAPS: { readonly [K in OperationKind]: readonly [fee: bigint, burn: bigint] } = {
  publish: [2n, 1n],
  add_messages: [1n, 0n],
  cement: [1n, 0n],
  timeout: [2n, 0n],
  refute: [5n, 1n],
  recover: [1n, 0n],
  execute_outbox_message: [1n, 1n],
  publish_dal_commitment: [1n, 1n],
};

export function defaultFeeParameter(kind: OperationKind): FeeParameter {
  const [fee, burn] = CAPS[kind];
  return {
    minimalFees: 100n,
    nanotezPerByte: rational(1000n),
    nanotezPerGasUnit: rational(100n),
    forceLowFee: false,
    feeCap: fee * MUTEZ,
    burnCap: burn * MUTEZ,
  };
}

export const DEFAULT_FEE_PARAMETERS: FeeParameters = Object.fromEntries(
  OPERATION_KINDS.map((kind) => [kind, defaultFeeParameter(kind)]),
);

export function feeParameterOf(configuration: Configuration, kind: OperationKind): FeeParameter {
  return configuration.feeParameters[kind] ?? defaultFeeParameter(kind);
}

/** Blocks of layer 1 that are asked for ahead of their turn. */
export function prefetchedBlocks({ prefetchBlocks, l1BlocksCacheSize }: Configuration): number {
  return prefetchBlocks ?? l1BlocksCacheSize;
}

export function isLoser({ loserMode }: Configuration): boolean {
  return loserMode.kind !== "failures" || loserMode.failures.length > 0;
}

// ---- Errors

export type ConfigurationErrorCode =
  | "sc_rollup_node.empty_operation_kinds_for_custom_mode"
  | "sc_rollup.node.missing_operators"
  | "node.configuration.operators"
  | "node.configuration.unsafe_patches"
  | "node.configuration.not_json"
  | "node.configuration.bad_field"
  | "node.configuration.exists"
  | "node.configuration.argument";

/** A configuration that no node can be run with. The message is Octez's where Octez has one. */
export class ConfigurationError extends Error {
  override readonly name = "ConfigurationError";

  constructor(
    readonly code: ConfigurationErrorCode,
    message: string,
    readonly value?: unknown,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Raises ConfigurationError for a custom mode without kinds of operations. */
export function checkMode(mode: Mode): void {
  if (typeof mode === "string" || mode.custom.length > 0) return;
  throw new ConfigurationError(
    "sc_rollup_node.empty_operation_kinds_for_custom_mode",
    "Operation kinds for custom mode are empty.",
    mode,
  );
}
