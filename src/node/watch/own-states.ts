// What a watcher holds the games of a chain against: the states of a node of its own, as a port. store-states.ts reads a node's store,
// rpc-states.ts asks a node; own-observer.ts runs one.

import type { CommitmentHash, StateHash } from "../../protocol/identifiers.js";

export interface OwnStates {
  /** How reports call them. */
  readonly name: string;
  /** The newest level that they go to; undefined when there is none yet. */
  headLevel(): Promise<number | undefined>;
  /** Our commitment for an inbox level; undefined when we have none, or not yet. */
  commitmentAt(inboxLevel: number): Promise<CommitmentHash | undefined>;
  /**
   * Our states at ticks (increasing) of the period that ends at an inbox level, counted from its start; undefined where our machine does
   * not get.
   */
  statesAt(inboxLevel: number, ticks: readonly bigint[]): Promise<readonly (StateHash | undefined)[]>;
  close(): Promise<void>;
}

export type OwnStatesErrorCode =
  /** The period, or a state of it, is not known (any more, or yet). */
  | "node.watch.unknown_states"
  /** The node cannot be reached, or does not answer in time. */
  | "node.watch.node_away"
  /** An answer that is no answer to what was asked. */
  | "node.watch.bad_answer";

/** Own states that cannot be had. The watcher goes on without. */
export class OwnStatesError extends Error {
  override readonly name = "OwnStatesError";

  constructor(
    readonly code: OwnStatesErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
