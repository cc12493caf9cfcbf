// What the RPC server asks of the node, as ports: the daemon implements them, tests bring others. The routes (services/*.ts) know nothing
// else of it. Every function may be called at any time between start and stop, while a level is being evaluated too.

import type { Json } from "../../encoding/json.js";
import type { RollupConstants } from "../../l1/client/chain-constants.js";
import type { BlockHash, CommitmentHash, ProtocolHash, RollupAddress } from "../../protocol/identifiers.js";
import type { Batcher } from "../batcher/batcher.js";
import type { Engine, PlannedFailure } from "../engine/engine.js";
import type { L2Block } from "../l2-block.js";
import type { CommitmentPoint, Store } from "../store/store.js";
import type { L1Operation } from "./l1-operation.js";

/** What is read of the store. */
export type StoreReads = Pick<
  Store,
  "state" | "block" | "hashAt" | "inbox" | "messages" | "commitment" | "publication" | "pendingOutbox"
>;

/** What is asked of the machine; states are those the store names. */
export type EngineReads = Pick<
  Engine,
  | "statesAt"
  | "prove"
  | "phases"
  | "simulate"
  | "treeValue"
  | "durableValue"
  | "durableLength"
  | "durableSubkeys"
  | "durableValues"
  | "currentLevel"
  | "outbox"
  | "proveOutput"
>;

/** Layer 1, for what the store does not know. Both raise what the client raises when layer 1 cannot be reached. */
export interface L1Reads {
  /** Hash of the block of its main chain at a level; undefined when it has none there. */
  hashAt(level: number): Promise<BlockHash | undefined>;
  /** Level and timestamp (seconds) of a block; undefined for a block that it does not have. */
  header(hash: BlockHash): Promise<{ readonly level: number; readonly timestamp: bigint } | undefined>;
}

/** Where an operation of the injectors is. */
export type InjectionStatus =
  | { readonly status: "pending"; readonly operation: L1Operation }
  | {
      readonly status: "injected";
      readonly operation: L1Operation;
      /** "o…", and the place of our content in it. */
      readonly hash: string;
      readonly index: number;
    }
  | {
      readonly status: "included";
      readonly operation: L1Operation;
      readonly hash: string;
      readonly index: number;
      /** "B…" */
      readonly block: string;
      readonly level: number;
    };

/** The queue of an injector: what waits, first to go first. */
export interface InjectorQueueView {
  /** Kinds of operations that it takes. */
  readonly tags: readonly string[];
  readonly operations: readonly QueuedOperation[];
}

export interface QueuedOperation {
  readonly operation: L1Operation;
  /** Failures so far. */
  readonly errors: number;
  /** Trace of the last of them. */
  readonly lastError?: readonly Json[];
}

/** What to drop; without tag and bound, everything, with all that is known of injected and included operations. */
export interface QueueRemoval {
  readonly tag?: string;
  /** Operations of a lower order go. */
  readonly orderBelow?: bigint;
  /** With a bound: operations without order go too. */
  readonly dropNoOrder: boolean;
}

/** All injectors; none in an observer. */
export interface InjectorsView {
  /** `id`: "iop…". */
  status(id: string): InjectionStatus | undefined;
  queues(): readonly InjectorQueueView[];
  /** Only injectors that take operations of the tag are touched, if one is given. */
  clear(removal: QueueRemoval): Promise<void>;
}

/** What `/health` is made of. */
export interface HealthFacts {
  readonly degraded: boolean;
  readonly connection: "connected" | "reconnecting" | "disconnected";
  /** Newest head of layer 1 seen. */
  readonly l1Head?: { readonly hash: BlockHash; readonly level: number; readonly timestamp: bigint };
  /** Whether only finalized blocks are followed (`l1_monitor_finalized`): then three blocks late is not late. */
  readonly followsFinalized: boolean;
  /** Names: "publisher", "batcher", "refutation_coordinator", "refutation_player (against tz1…)", "injector (publish, cement)". */
  readonly workers: readonly { readonly name: string; readonly crashed?: string }[];
}

/** How far the node is: synchronized when both are the same, or one is not known. */
export interface SyncProgress {
  /** Last level processed. */
  readonly processedLevel?: number;
  /** Level of the newest head of layer 1 seen. */
  readonly l1HeadLevel?: number;
}

export interface GcInfo {
  readonly firstAvailableLevel: number;
  /** Level at which the last garbage collection was started. */
  readonly lastGcLevel?: number;
  readonly lastContextSplitLevel?: number;
  readonly lastSuccessfulGcTarget?: number;
}

/** Calls its listener until the function it gave back is called. Listeners do not raise, and return at once. */
export type Subscribe<T> = (listener: (value: T) => void) => () => void;

/** What is asked of the chain's constants (`ChainConstants`). */
export interface ViewConstants {
  /** Seconds. */
  readonly minimalBlockDelay: bigint;
  readonly rollup: Pick<RollupConstants, "challengeWindow" | "commitmentPeriod" | "maxActiveOutboxLevels">;
}

export interface ViewProtocol {
  readonly hash: ProtocolHash;
  readonly constants: ViewConstants;
}

export interface NodeView {
  readonly rollup: RollupAddress;
  readonly genesis: { readonly level: number; readonly commitmentHash: CommitmentHash };
  /** Answer of `/version`. */
  readonly version: { readonly version: string; readonly storeVersion: string; readonly contextVersion: string };
  /** Hashes ("P…") of the protocols that can be described. */
  readonly knownProtocols: readonly string[];
  readonly store: StoreReads;
  readonly engine: EngineReads;
  readonly l1: L1Reads;
  readonly injectors: InjectorsView;
  /** Absent in modes without. */
  readonly batcher: Batcher | undefined;
  /** Failures that the node has planned (loser mode): what `/local/proof` proves happened with them. */
  readonly failures: readonly PlannedFailure[];

  /** Milliseconds since 1970: the clock of estimates and of health. */
  now(): number;
  /** The protocol of the last block processed. */
  protocol(): ViewProtocol;
  /** Constants that hold at a level. */
  constantsAt(level: number): Promise<ViewConstants>;
  /** Last commitment cemented on layer 1; the genesis commitment at first. */
  lastCemented(): CommitmentPoint;
  /** Last commitment that our operator published. */
  lastPublished(): CommitmentPoint | undefined;
  /** All of config.json, defaults included, with the history mode in force. */
  config(): Promise<Json>;
  health(): HealthFacts;
  gcInfo(): Promise<GcInfo>;
  /** Stops a garbage collection that is under way; whether there was one. */
  cancelGc(): Promise<boolean>;
  /**
   * Lets a simulation write what its kernel logs: called with the lines when `log-kernel-debug` is on and a file was asked for.
   * `file`: a plain name, to be put into `<data-dir>/simulation_kernel_logs/`; others never come here.
   */
  writeSimulationLog(file: string, lines: readonly string[]): Promise<void>;
  readonly logsSimulations: boolean;

  /** Blocks as they become the head; as they become final, likewise. */
  readonly onHead: Subscribe<L2Block>;
  readonly onFinalized: Subscribe<L2Block>;
  sync(): SyncProgress;
  /** After every level processed, and when the node has caught up. */
  readonly onSync: Subscribe<SyncProgress>;
}
