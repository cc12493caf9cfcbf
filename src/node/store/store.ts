// What the node keeps (node.md §6.2), as a port: sqlite-store.ts is the store, tests may bring others. Reads are one by one; writes are
// collected in a batch that is applied in one transaction, so that a level is stored whole or not at all. Merkle nodes of states live
// beside it (engine/state-store.ts): they are written before the level that refers to them.

import type { Commitment } from "../../protocol/commitment.js";
import type { BlockHash, CommitmentHash, ProtocolHash } from "../../protocol/identifiers.js";
import type { Inbox } from "../../protocol/inbox.js";
import type { InboxHash, PayloadCellHash } from "../../protocol/inbox-hashes.js";
import type { L2Block, L2Head } from "../l2-block.js";

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
  readonly outbox?: { readonly level: number; readonly messages: readonly number[] };
  readonly executed?: readonly { readonly level: number; readonly index: number }[];
  readonly protocol?: StoredProtocol;
  /** Blocks of the chain that is followed, by level. */
  readonly levels?: readonly L2Head[];
  /** Only what is present changes. */
  readonly state?: NodeState;
}

/** Reads raise StoreError for what cannot be read; undefined is: not there. */
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
  close(): Promise<void>;
}
