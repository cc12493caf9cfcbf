// What the node asks of the machine, as a port: `EngineThread` (engine-thread.ts) answers from a worker, so that everything else goes on while
// ticks run; `LocalEngine` (local-engine.ts) in place, for tests and short commands. States are named by their hashes and kept in the
// node's state store.

import type { StateHash } from "../../protocol/identifiers.js";
import type { PvmVersion } from "../../pvm/versions.js";
import type { RevealRules } from "./reveals.js";

/** The messages of a level, serialized, from its start to its end. */
export interface LevelInput {
  readonly level: number;
  readonly messages: readonly Uint8Array[];
}

/** A planned failure (loser mode, node.md §3.9) at a message of a level. */
export interface PlannedFailure {
  readonly level: number;
  /** Counts the protocol's messages too. */
  readonly messageIndex: number;
  /** 0: the payload is replaced; else the ticks after the message at which the state is spoiled. */
  readonly messageTick: bigint;
}

export interface Evaluation extends LevelInput {
  readonly before: StateHash;
  readonly failures?: readonly PlannedFailure[];
}

/** A part of a level's ticks that belongs to one phase: from the state at tick `first`, counted from the start of the level. */
export interface PhaseSpan {
  readonly phase: string;
  readonly first: bigint;
  readonly ticks: bigint;
}

export interface Evaluated {
  readonly after: StateHash;
  readonly ticks: bigint;
  /** Tick of the machine before. */
  readonly initialTick: bigint;
  /** "Waiting for input message", …: node.md §5.3. */
  readonly status: string;
  /** Messages that the level put into the outbox, by index. */
  readonly outbox: readonly Uint8Array[];
  /** Failures of the plan that took place. */
  readonly failed: readonly PlannedFailure[];
}

/** A state that is in the store, by its tick in a stretch. */
export interface KnownState {
  readonly tick: bigint;
  readonly state: StateHash;
}

/** Some levels in a row, and where they start. */
export interface Stretch {
  readonly before: StateHash;
  readonly levels: readonly LevelInput[];
  readonly failures?: readonly PlannedFailure[];
  /** States on the way that an evaluation of the same levels has left, by increasing tick. */
  readonly known?: readonly KnownState[];
}

/** The machine's state at a tick of a stretch. */
export interface TickView {
  /** Counted from the start of the stretch. */
  readonly tick: bigint;
  readonly state: StateHash;
  readonly phase: string;
}

export interface TickProof {
  readonly before: StateHash;
  readonly after: StateHash;
  /** Octez's bytes of the Merkle proof. */
  readonly proof: Uint8Array;
  readonly phase: string;
  /** What the machine asks for at this tick. */
  readonly request: TickRequest;
}

export type TickRequest =
  | { readonly tag: "none" }
  /** The message after this place; null: the first of all. */
  | { readonly tag: "input"; readonly after: { readonly level: number; readonly counter: bigint } | null }
  /** `level`: of the last message read. */
  | {
      readonly tag: "reveal";
      readonly request: Uint8Array;
      readonly level: number | undefined;
      readonly data: Uint8Array | null;
    };

export interface Simulation {
  readonly before: StateHash;
  readonly level: number;
  /** Serialized, from the start of the level to its end. */
  readonly messages: readonly Uint8Array[];
  /** Answers to reveals beside the node's own, by their BLAKE2b hash. */
  readonly revealPages: readonly Uint8Array[];
  readonly insights: readonly Insight[];
}

/** How a long evaluation goes on. */
export interface EngineProgress {
  readonly level: number;
  /** Ticks done of the level, padding included. */
  readonly ticks: bigint;
  /** Those that were computed, and not jumped over; the last of them may be a few million of padding. */
  readonly computed: bigint;
  readonly phase: string;
}

/** What an engine tells without being asked. */
export type EngineNews =
  | ({ readonly kind: "progress" } & EngineProgress)
  | { readonly kind: "kernel_debug"; readonly text: string }
  | { readonly kind: "intended_failure"; readonly failure: PlannedFailure }
  | { readonly kind: "missing_pre_image"; readonly hash: string }
  | { readonly kind: "fetched_incorrect_pre_image"; readonly expected: string; readonly found: string };

export type Insight =
  | { readonly kind: "pvm_state"; readonly key: readonly string[] }
  | { readonly kind: "durable_storage"; readonly key: readonly string[] };

export interface Simulated {
  readonly after: StateHash;
  readonly ticks: bigint;
  readonly status: string;
  readonly outbox: readonly Uint8Array[];
  readonly insights: readonly (Uint8Array | null)[];
  readonly debug: readonly string[];
}

/** Raise EngineError: "node.engine.missing_state" for a state that is not kept, "node.engine.missing_preimage" (with the hash), …. */
export interface Engine {
  /** Makes, and keeps, the state that a rollup is originated with. Gives its hash. */
  genesis(kernel: Uint8Array, version: PvmVersion, patches: readonly PvmPatch[]): Promise<StateHash>;
  /** Runs a level to its end, and keeps the state it leads to. */
  evaluate(evaluation: Evaluation): Promise<Evaluated>;
  /** The states at some ticks of a stretch (from its start, increasing), in one pass; shorter when the stretch ends before. */
  statesAt(stretch: Stretch, ticks: readonly bigint[]): Promise<readonly TickView[]>;
  /** The proof of the step at a tick of a stretch. */
  prove(stretch: Stretch, tick: bigint): Promise<TickProof>;
  phases(stretch: Stretch): Promise<readonly PhaseSpan[]>;
  simulate(simulation: Simulation): Promise<Simulated>;

  /** A value of the tree of a state: null when there is none. */
  treeValue(state: StateHash, key: readonly string[]): Promise<Uint8Array | null>;
  durableValue(state: StateHash, key: string): Promise<Uint8Array | null>;
  durableLength(state: StateHash, key: string): Promise<bigint | null>;
  /** Names of what is below a key, in the tree's order. */
  durableSubkeys(state: StateHash, key: string): Promise<readonly string[]>;
  /** The direct children of a key that have a value, in the tree's order. */
  durableValues(
    state: StateHash,
    key: string,
  ): Promise<readonly { readonly key: string; readonly value: Uint8Array }[]>;
  /** Level that the machine has reached; null before its first message. */
  currentLevel(state: StateHash): Promise<number | null>;
  status(state: StateHash): Promise<string>;
  outbox(state: StateHash, outboxLevel: number): Promise<readonly Uint8Array[]>;
  /** Octez's bytes of the proof that a message is in the outbox of a state. */
  proveOutput(state: StateHash, outboxLevel: number, index: number): Promise<Uint8Array>;
  /** Keys and values of all of durable storage, for dumps. */
  durableDump(state: StateHash): Promise<readonly { readonly key: string; readonly value: Uint8Array }[]>;
  /** What the protocol says of reveals from now on. */
  setRevealRules(rules: RevealRules): Promise<void>;
  close(): Promise<void>;
}

/** An unsafe patch of the genesis state (node.md §7.3). */
export type PvmPatch =
  | { readonly kind: "increase_max_nb_tick"; readonly ticks: bigint }
  | { readonly kind: "patch_durable_storage"; readonly key: string; readonly value: Uint8Array };
