// How command lines make configurations (node.md §1.4): from arguments alone, or on top of those of a file. What is not given leaves the
// file's value, or the default; switches can turn things on, never off.

import type { RollupAddress } from "../../protocol/identifiers.js";
import type { HistoryMode } from "../store/store.js";
import { ALLOW_ALL, SECURE, withEntry } from "./acl.js";
import {
  type Configuration,
  ConfigurationError,
  checkMode,
  DEFAULTS,
  type GcSettings,
  isEtherlink,
  type LoserMode,
  NO_FAILURES,
  type Operators,
} from "./configuration.js";
import { type Mode, type Purpose, purposesOf } from "./modes.js";
import { type OperatorArgument, resolveOperators } from "./operators.js";

type Given<T> = T | undefined;

/** As read from a command line: undefined is "not given". */
export interface ConfigurationArguments {
  readonly mode: Given<Mode>;
  readonly rollup: Given<RollupAddress>;
  readonly operators: readonly OperatorArgument[];
  readonly rpcAddr: Given<string>;
  readonly rpcPort: Given<number>;
  readonly aclOverride: Given<"secure" | "allow_all">;
  readonly metricsAddr: Given<string>;
  readonly disablePerformanceMetrics: boolean;
  readonly loserMode: Given<LoserMode>;
  readonly reconnectionDelay: Given<number>;
  readonly dalNodeEndpoint: Given<string>;
  readonly preImagesEndpoint: Given<string>;
  readonly injectorRetentionPeriod: Given<number>;
  readonly injectorAttempts: Given<number>;
  readonly injectionTtl: Given<number>;
  readonly checkpoints: Given<number>;
  readonly indexBufferSize: Given<number>;
  readonly irminCacheSize: Given<number>;
  readonly logKernelDebug: boolean;
  readonly logKernelDebugFile: Given<string>;
  readonly bootSectorFile: Given<string>;
  readonly noDegraded: boolean;
  readonly gcFrequency: Given<number>;
  readonly historyMode: Given<HistoryMode>;
  readonly corsOrigins: Given<readonly string[]>;
  readonly corsHeaders: Given<readonly string[]>;
  readonly applyUnsafePatches: boolean;
  readonly bailOnDisagree: boolean;
  readonly commitOn: Given<"block" | "commitment">;
  readonly unsafeDisableWasmKernelChecks: boolean;
  readonly slowVmFallback: boolean;
  readonly profiling: Given<boolean>;
  readonly etherlink: boolean;
  readonly l1MonitorFinalized: boolean;
}

/** No argument at all. */
export const NO_ARGUMENTS: ConfigurationArguments = {
  mode: undefined,
  rollup: undefined,
  operators: [],
  rpcAddr: undefined,
  rpcPort: undefined,
  aclOverride: undefined,
  metricsAddr: undefined,
  disablePerformanceMetrics: false,
  loserMode: undefined,
  reconnectionDelay: undefined,
  dalNodeEndpoint: undefined,
  preImagesEndpoint: undefined,
  injectorRetentionPeriod: undefined,
  injectorAttempts: undefined,
  injectionTtl: undefined,
  checkpoints: undefined,
  indexBufferSize: undefined,
  irminCacheSize: undefined,
  logKernelDebug: false,
  logKernelDebugFile: undefined,
  bootSectorFile: undefined,
  noDegraded: false,
  gcFrequency: undefined,
  historyMode: undefined,
  corsOrigins: undefined,
  corsHeaders: undefined,
  applyUnsafePatches: false,
  bailOnDisagree: false,
  commitOn: undefined,
  unsafeDisableWasmKernelChecks: false,
  slowVmFallback: false,
  profiling: undefined,
  etherlink: false,
  l1MonitorFinalized: false,
};

export interface Configured {
  readonly configuration: Configuration;
  /** Purposes that were given operators which the mode has no use for: worth a warning. */
  readonly unusedOperators: readonly Purpose[];
}

/** Raises ConfigurationError. */
export function configurationFromArguments(given: ConfigurationArguments): Configured {
  const { mode, rollup } = given;
  if (mode === undefined) throw absent("--mode");
  if (rollup === undefined) throw absent("--rollup");
  const base: Configuration = {
    ...DEFAULTS,
    rollup,
    mode,
    etherlink: isEtherlink(rollup),
    loserMode: NO_FAILURES,
    feeParameters: {},
  };
  return patched(base, {}, given, mode);
}

function absent(name: string): ConfigurationError {
  return new ConfigurationError(
    "node.configuration.argument",
    `Argument ${name} is required when configuration file is not present.`,
    name,
  );
}

/** What a file says, with what the command line says on top. Raises ConfigurationError. */
export function patchConfiguration(file: Configuration, given: ConfigurationArguments): Configured {
  if (file.applyUnsafePatches && !given.applyUnsafePatches) {
    throw new ConfigurationError(
      "node.configuration.unsafe_patches",
      "Configuration is registered to apply unsafe PVM patches. Flag --apply-unsafe-patches must always be given on " +
        "command line.",
    );
  }
  return patched(file, file.operators, given, given.mode ?? file.mode);
}

function patched(base: Configuration, existing: Operators, given: ConfigurationArguments, mode: Mode): Configured {
  const { operators, unused } = resolveOperators(given.operators, purposesOf(mode), existing);
  checkMode(mode);
  const rpcAddr = given.rpcAddr ?? base.rpcAddr;
  const rpcPort = given.rpcPort ?? base.rpcPort;
  const configuration: Configuration = {
    ...base,
    ...present({
      bootSectorFile: given.bootSectorFile,
      metricsAddr: given.metricsAddr,
      dalNodeEndpoint: given.dalNodeEndpoint,
      preImagesEndpoint: given.preImagesEndpoint,
      checkpoints: given.checkpoints,
      indexBufferSize: given.indexBufferSize,
      irminCacheSize: given.irminCacheSize,
      logKernelDebugFile: given.logKernelDebugFile,
      historyMode: given.historyMode,
    }),
    ...switches(base, given),
    mode,
    operators,
    rollup: given.rollup ?? base.rollup,
    rpcAddr,
    rpcPort,
    acl: aclOf(base, given, rpcAddr, rpcPort),
    reconnectionDelay: given.reconnectionDelay ?? base.reconnectionDelay,
    loserMode: given.loserMode ?? base.loserMode,
    commitOn: given.commitOn ?? base.commitOn,
    injector: {
      ...base.injector,
      ...present({
        retentionPeriod: given.injectorRetentionPeriod,
        attempts: given.injectorAttempts,
        injectionTtl: given.injectionTtl,
      }),
    },
    gc: gcOf(base.gc, given.gcFrequency),
    cors: { ...base.cors, ...present({ allowedHeaders: given.corsHeaders, allowedOrigins: given.corsOrigins }) },
    opentelemetry: { ...base.opentelemetry, ...present({ enable: given.profiling }) },
  };
  return { configuration, unusedOperators: unused };
}

function switches(base: Configuration, given: ConfigurationArguments) {
  return {
    etherlink: given.etherlink || base.etherlink,
    performanceMetrics: !given.disablePerformanceMetrics && base.performanceMetrics,
    logKernelDebug: given.logKernelDebug || base.logKernelDebug,
    noDegraded: given.noDegraded || base.noDegraded,
    // The one that must be said every time.
    applyUnsafePatches: given.applyUnsafePatches,
    bailOnDisagree: given.bailOnDisagree || base.bailOnDisagree,
    unsafeDisableWasmKernelChecks: given.unsafeDisableWasmKernelChecks || base.unsafeDisableWasmKernelChecks,
    slowVmFallback: given.slowVmFallback || base.slowVmFallback,
    l1MonitorFinalized: given.l1MonitorFinalized || base.l1MonitorFinalized,
  };
}

function gcOf(base: GcSettings, frequency: number | undefined): GcSettings {
  return frequency === undefined ? base : { ...base, frequency };
}

function aclOf(
  { acl }: Configuration,
  { aclOverride }: ConfigurationArguments,
  host: string,
  port: number,
): Configuration["acl"] {
  if (aclOverride === undefined) return acl;
  return withEntry(acl, { host, port, ...(aclOverride === "secure" ? SECURE : ALLOW_ALL) });
}

type Present<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

function present<T extends object>(values: T): Present<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Present<T>; // just so
}

/**
 * Raises ConfigurationError for contexts that are only kept at commitments while blocks may still be undone (node.md §1.4).
 * Octez checks this when it starts, not when it writes the file.
 */
export function checkCommitStrategy({ commitOn, l1MonitorFinalized }: Configuration): void {
  if (commitOn === "block" || l1MonitorFinalized) return;
  throw new ConfigurationError(
    "node.configuration.argument",
    "Cannot use a sparse commit on commitment strategy when following the head of the L1 chain. Use " +
      "--l1-monitor-finalized or --commit-on block.",
  );
}
