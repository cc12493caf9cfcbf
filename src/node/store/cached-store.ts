// A store that keeps in mind what is asked for again and again: the node's single values, and blocks, inboxes, messages and commitments used last. Every
// request about a block starts with them, and a call to SQLite is two changes of threads. What is kept here is what is committed: a batch
// is taken over when it has been written, and a read that a write overtakes is not kept.

import { toHex } from "../../encoding/hex.js";
import type { Commitment } from "../../protocol/commitment.js";
import type { BlockHash, CommitmentHash } from "../../protocol/identifiers.js";
import type { Inbox } from "../../protocol/inbox.js";
import type { InboxHash, PayloadCellHash } from "../../protocol/inbox-hashes.js";
import type { L2Block, L2Head } from "../l2-block.js";
import type {
  HashedCommitment,
  NodeState,
  OutboxLevel,
  Publication,
  Store,
  StoredBlock,
  StoredProtocol,
  WriteBatch,
} from "./store.js";

/** Messages of a level that are kept: bytes, and levels. */
const MAX_MESSAGE_BYTES = 65_536;
const LEVELS_OF_MESSAGES = 16;

/** Values by keys; the ones used longest ago are forgotten. What is not there is not kept in mind. */
class Recent<K, V extends object> {
  readonly #values = new Map<K, V>();

  constructor(readonly limit: number) {}

  get(key: K): V | undefined {
    const value = this.#values.get(key);
    if (value !== undefined) this.set(key, value);
    return value;
  }

  set(key: K, value: V): void {
    this.#values.delete(key);
    this.#values.set(key, value);
    const [oldest] = this.#values.keys();
    if (this.#values.size > this.limit && oldest !== undefined) this.#values.delete(oldest);
  }

  clear(): void {
    this.#values.clear();
  }
}

export class CachedStore implements Store {
  readonly #inner: Store;
  readonly #blocks: Recent<string, L2Block>;
  readonly #hashes: Recent<number, BlockHash>;
  readonly #inboxes: Recent<string, Inbox>;
  readonly #commitments: Recent<string, Commitment>;
  readonly #messages = new Recent<string, readonly Uint8Array[]>(LEVELS_OF_MESSAGES);
  #state: NodeState | undefined;
  #firstLevel: number | undefined;
  /** Counts changes of what is stored. */
  #version = 0;

  /** `size`: how many blocks, inboxes and commitments to keep; at least one. Nobody else may write to the store. */
  constructor(inner: Store, size: number) {
    this.#inner = inner;
    const limit = Math.max(1, size);
    this.#blocks = new Recent(limit);
    this.#hashes = new Recent(limit);
    this.#inboxes = new Recent(limit);
    this.#commitments = new Recent(limit);
  }

  // ---- Changes

  async write(batch: WriteBatch): Promise<void> {
    await this.#inner.write(batch);
    this.#version++;
    const { goneFrom, block, levels = [], inbox, messages, commitment, state } = batch;
    if (goneFrom !== undefined) this.#hashes.clear();
    if (block !== undefined) {
      this.#blocks.set(toHex(block.hash), block);
      if (this.#firstLevel !== undefined) this.#firstLevel = Math.min(this.#firstLevel, block.level);
    }
    for (const { level, hash } of levels) this.#hashes.set(level, hash);
    if (inbox !== undefined) this.#inboxes.set(toHex(inbox.hash), inbox.inbox);
    if (messages !== undefined) this.#keepMessages(messages.witness, messages.messages);
    if (commitment !== undefined) this.#commitments.set(toHex(commitment.hash), commitment.commitment);
    if (state !== undefined && this.#state !== undefined) this.#state = { ...this.#state, ...state };
  }

  #keepMessages(witness: PayloadCellHash, messages: readonly Uint8Array[]): void {
    const bytes = messages.reduce((sum, { length }) => sum + length, 0);
    if (bytes <= MAX_MESSAGE_BYTES) this.#messages.set(toHex(witness), messages);
  }

  deleteBelow(level: number): Promise<void> {
    return this.#forgetting(this.#inner.deleteBelow(level));
  }

  resetTo(level: number): Promise<void> {
    return this.#forgetting(this.#inner.resetTo(level));
  }

  repair(): Promise<L2Head | undefined> {
    return this.#forgetting(this.#inner.repair());
  }

  async #forgetting<T>(change: Promise<T>): Promise<T> {
    try {
      return await change;
    } finally {
      this.#version++;
      for (const kept of [this.#blocks, this.#hashes, this.#inboxes, this.#messages, this.#commitments]) kept.clear();
      this.#state = undefined;
      this.#firstLevel = undefined;
    }
  }

  // ---- Reads

  async state(): Promise<NodeState> {
    return this.#state ?? this.#read(this.#inner.state(), (state) => (this.#state = state));
  }

  async firstAvailableLevel(): Promise<number | undefined> {
    return this.#firstLevel ?? this.#read(this.#inner.firstAvailableLevel(), (level) => (this.#firstLevel = level));
  }

  async block(hash: BlockHash): Promise<L2Block | undefined> {
    return this.#recent(this.#blocks, toHex(hash), () => this.#inner.block(hash));
  }

  async hashAt(level: number): Promise<BlockHash | undefined> {
    return this.#recent(this.#hashes, level, () => this.#inner.hashAt(level));
  }

  async blockAt(level: number): Promise<L2Block | undefined> {
    const hash = this.#hashes.get(level);
    const block = hash === undefined ? undefined : this.#blocks.get(toHex(hash));
    return block ?? this.#inner.blockAt(level);
  }

  async inbox(hash: InboxHash): Promise<Inbox | undefined> {
    return this.#recent(this.#inboxes, toHex(hash), () => this.#inner.inbox(hash));
  }

  async commitment(hash: CommitmentHash): Promise<Commitment | undefined> {
    return this.#recent(this.#commitments, toHex(hash), () => this.#inner.commitment(hash));
  }

  async messages(witness: PayloadCellHash): Promise<readonly Uint8Array[] | undefined> {
    const kept = this.#messages.get(toHex(witness));
    return (
      kept ??
      this.#read(this.#inner.messages(witness), (messages) => {
        if (messages !== undefined) this.#keepMessages(witness, messages);
      })
    );
  }

  async #recent<K, V extends object>(
    kept: Recent<K, V>,
    key: K,
    read: () => Promise<V | undefined>,
  ): Promise<V | undefined> {
    return (
      kept.get(key) ??
      this.#read(read(), (value) => {
        if (value !== undefined) kept.set(key, value);
      })
    );
  }

  async #read<T>(read: Promise<T>, keep: (value: T) => void): Promise<T> {
    const version = this.#version;
    const value = await read;
    if (version === this.#version) keep(value);
    return value;
  }

  // ---- What is not kept in mind

  publication(hash: CommitmentHash): Promise<Publication | undefined> {
    return this.#inner.publication(hash);
  }

  protocols(): Promise<readonly StoredProtocol[]> {
    return this.#inner.protocols();
  }

  protocolAt(level: number): Promise<StoredProtocol | undefined> {
    return this.#inner.protocolAt(level);
  }

  outboxLevel(level: number): Promise<OutboxLevel | undefined> {
    return this.#inner.outboxLevel(level);
  }

  pendingOutbox(from: number, to: number): Promise<readonly OutboxLevel[]> {
    return this.#inner.pendingOutbox(from, to);
  }

  fullBlock(hash: BlockHash): Promise<StoredBlock | undefined> {
    return this.#inner.fullBlock(hash);
  }

  blocks(from: number, to: number): Promise<readonly L2Block[]> {
    return this.#inner.blocks(from, to);
  }

  commitments(from: number, to: number): Promise<readonly HashedCommitment[]> {
    return this.#inner.commitments(from, to);
  }

  firstCommitted(): Promise<L2Block | undefined> {
    return this.#inner.firstCommitted();
  }

  lastCommitted(atOrBelow?: number): Promise<L2Block | undefined> {
    return atOrBelow === undefined ? this.#inner.lastCommitted() : this.#inner.lastCommitted(atOrBelow);
  }

  close(): Promise<void> {
    return this.#inner.close();
  }
}
