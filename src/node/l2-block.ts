// A layer 2 block (node.md §5.3, §6.2): a block of layer 1 and what the rollup made of its inbox.

import type { Commitment } from "../protocol/commitment.js";
import type { BlockHash, CommitmentHash, StateHash } from "../protocol/identifiers.js";
import type { Inbox } from "../protocol/inbox.js";
import type { InboxHash, PayloadCellHash } from "../protocol/inbox-hashes.js";
import type { OutboxMessage } from "../protocol/outbox-message.js";

export interface L2Block {
  readonly hash: BlockHash;
  readonly level: number;
  readonly predecessor: BlockHash;
  /** The commitment made at this block. */
  readonly commitmentHash?: CommitmentHash;
  /** The newest commitment before the one made here. */
  readonly previousCommitmentHash: CommitmentHash;
  /** Hash of the rollup's context after the block ("SRCo…"); absent when it was not kept. */
  readonly context?: Uint8Array;
  /** Witness of the level's messages, by which they are stored. */
  readonly inboxWitness: PayloadCellHash;
  readonly inboxHash: InboxHash;
  /** Tick of the state before the block. */
  readonly initialTick: bigint;
  readonly numTicks: bigint;
  readonly stateHash: StateHash;
  /** As `printStatus` says it. */
  readonly pvmStatus: string;
}

/** A layer 2 block with what its hashes stand for. */
export interface FullL2Block extends L2Block {
  readonly inbox: Inbox;
  /** Serialized, from the start of the level to its end; none in the genesis block. */
  readonly messages: readonly Uint8Array[];
  readonly commitment?: Commitment;
  readonly outbox?: readonly { readonly index: number; readonly message: OutboxMessage }[];
}

export interface L2Head {
  readonly hash: BlockHash;
  readonly level: number;
}
