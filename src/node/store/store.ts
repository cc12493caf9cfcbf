// What the node keeps (node.md §6.2), as a port: sqlite-store.ts is the store, tests may bring others. Reads are one by one; writes are
// collected in a batch that is applied in one transaction, so that a level is stored whole or not at all. Merkle nodes of states live
// beside it (engine/state-store.ts): they are written before the level that refers to them.

import type { Commitment } from "../../protocol/commitment.js";
import type { BlockHash, CommitmentHash, ProtocolHash } from "../../protocol/identifiers.js";
import type { Inbox } from "../../protocol/inbox.js";
import type { InboxHash, PayloadCellHash } from "../../protocol/inbox-hashes.js";
import type { FullL2Block, L2Block, L2Head } from "../l2-block.js";
import type { Execution } from "./chain-marks.js";

export type HistoryMode = "archive" | "full";

/** When a commitment came to layer 1. */
export interface Publication {
  /** Level of the block with the first publication by anyone. */
  readonly firstPublishedAt: number;
  /** Level at which one of our operators published it; absent when none did. */
  readonly publishedAt?: number;
}

/** Last commitment cemented or published, as far as the node knows. */
export interface CommitmentPoint {
  readonly hash: CommitmentHash;
  readonly level: number;
}

export interface StoredProtocol {
  readonly hash: ProtocolHash;
  readonly protoLevel: number;
  /** First level of it that the node saw, or the level of its activation. */
  readonly firstLevel: number;
  readonly firstIsActivation: boolean;
}

/** The messages of an outbox level: their indexes, and which have been executed on layer 1. */
export interface OutboxLevel {
  readonly level: number;
  readonly messages: readonly number[];
  readonly executed: readonly number[];
}

/** Single values: table `rollup_node_state`. */
export interface NodeState {
  readonly head?: L2Head;
  readonly finalizedLevel?: L2Head;
  readonly lcc?: CommitmentPoint;
  readonly lpc?: CommitmentPoint;
  readonly historyMode?: HistoryMode;
  readonly lastGcTarget?: number;
  readonly lastGcTriggeredAt?: number;
  readonly lastContextSplit?: number;
}

/** What one transaction writes. Later entries of a kind replace earlier ones with the same key. */
export interface WriteBatch {
  /**
   * Blocks of the chain from this level on are gone. First of all, what is known by their levels is forgotten, and what was seen in them
   * (publications, executed messages) is taken back.
   */
  readonly goneFrom?: number;
  readonly block?: L2Block;
  readonly inbox?: { readonly hash: InboxHash; readonly inbox: Inbox };
  readonly messages?: {
    readonly witness: PayloadCellHash;
    readonly inboxLevel: number;
    /** Serialized, from the start of the level to its end. */
    readonly messages: readonly Uint8Array[];
  };
  readonly commitment?: { readonly hash: CommitmentHash; readonly commitment: Commitment };
  readonly publications?: ReadonlyMap<CommitmentHash, Publication>;
  /** Replaces the level's indexes (none: it is forgotten), not what has been executed. */
  readonly outbox?: { readonly level: number; readonly messages: readonly number[] };
  /** After `outbox`; levels that are not known are left out. */
  readonly executed?: readonly Execution[];
  readonly protocols?: readonly StoredProtocol[];
  /** Blocks of the chain that is followed, by level. */
  readonly levels?: readonly L2Head[];
  /** Only what is present changes. */
  readonly state?: NodeState;
}

/** A commitment and its hash. */
export interface HashedCommitment {
  readonly hash: CommitmentHash;
  readonly commitment: Commitment;
}

/** A block with what its hashes stand for, as far as it is kept in tables: outboxes are in the states. */
export type StoredBlock = Omit<FullL2Block, "outbox">;

/**
 * Reads raise StoreError for what cannot be read; undefined is: not there. A read shows what is committed and waits for no write. Blocks are
 * kept by hash, those of abandoned branches too; "the chain" below is the one that `levels` names. "Committed" blocks are those
 * whose context is kept: they have `context`.
 */
export interface Store {
  /** Applies a batch in one transaction. Raises StoreError, and then nothing of it is stored. */
  write(batch: WriteBatch): Promise<void>;

  state(): Promise<NodeState>;
  block(hash: BlockHash): Promise<L2Block | undefined>;
  /** Hash of the block at a level of the chain that is followed. */
  hashAt(level: number): Promise<BlockHash | undefined>;
  inbox(hash: InboxHash): Promise<Inbox | undefined>;
  messages(witness: PayloadCellHash): Promise<readonly Uint8Array[] | undefined>;
  commitment(hash: CommitmentHash): Promise<Commitment | undefined>;
  publication(hash: CommitmentHash): Promise<Publication | undefined>;
  protocols(): Promise<readonly StoredProtocol[]>;
  outboxLevel(level: number): Promise<OutboxLevel | undefined>;
  /** Outbox levels of a range, ends included, that have messages not executed yet. */
  pendingOutbox(from: number, to: number): Promise<readonly OutboxLevel[]>;
  /** Level of the oldest block. */
  firstAvailableLevel(): Promise<number | undefined>;

  /** A block, its inbox, messages and commitment in one view; undefined when one of them is missing. */
  fullBlock(hash: BlockHash): Promise<StoredBlock | undefined>;
  blockAt(level: number): Promise<L2Block | undefined>;
  /** The blocks of the chain at levels of a range, ends included, in order. Ask for few: all are in memory at once. */
  blocks(from: number, to: number): Promise<readonly L2Block[]>;
  /** Commitments with inbox levels in a range, ends included, by level. */
  commitments(from: number, to: number): Promise<readonly HashedCommitment[]>;
  /** The oldest committed block of the chain. */
  firstCommitted(): Promise<L2Block | undefined>;
  /** The newest committed block of the chain at or below a level. */
  lastCommitted(atOrBelow?: number): Promise<L2Block | undefined>;
  /** The protocol of a block: an activation level is that of the last block of the protocol before. */
  protocolAt(level: number): Promise<StoredProtocol | undefined>;

  /** Garbage collection: deletes blocks, levels, inboxes, messages, commitments and publications below a level. */
  deleteBelow(level: number): Promise<void>;
  /**
   * Makes the block of the chain at a level the head: everything above goes, finalized level, LCC and LPC go down to it. Raises StoreError
   * "node.store.unknown_level" or "node.store.missing_commitment", and then nothing has changed.
   */
  resetTo(level: number): Promise<void>;
  /** At start: if the head is not committed, resets to the newest block that is, and gives it. */
  repair(): Promise<L2Head | undefined>;
  close(): Promise<void>;
}
