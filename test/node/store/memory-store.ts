// A store that keeps everything in maps: the model that SqliteStore is held against, and a quick store for tests of other parts.
// It knows the rules of the port and nothing of SQLite.

import { toHex } from "../../../src/encoding/hex.js";
import type { L2Block, L2Head } from "../../../src/node/l2-block.js";
import type {
  HashedCommitment,
  NodeState,
  OutboxLevel,
  Publication,
  Store,
  StoredBlock,
  StoredProtocol,
  WriteBatch,
} from "../../../src/node/store/store.js";
import { StoreError } from "../../../src/node/store/store-error.js";
import type { Commitment } from "../../../src/protocol/commitment.js";
import { type BlockHash, type CommitmentHash, hashEquals } from "../../../src/protocol/identifiers.js";
import type { Inbox } from "../../../src/protocol/inbox.js";
import type { InboxHash, PayloadCellHash } from "../../../src/protocol/inbox-hashes.js";

interface StoredMessages {
  readonly level: number;
  readonly messages: readonly Uint8Array[];
}

/** All maps by the hexadecimal of their hashes, or by level. */
class Tables {
  readonly blocks = new Map<string, L2Block>();
  readonly levels = new Map<number, BlockHash>();
  readonly inboxes = new Map<string, Inbox>();
  readonly messages = new Map<string, StoredMessages>();
  readonly commitments = new Map<string, HashedCommitment>();
  readonly publications = new Map<string, Publication>();
  readonly outbox = new Map<number, OutboxLevel>();
  readonly protocols = new Map<string, StoredProtocol>();
  executions: { readonly level: number; readonly index: number; readonly seenAt: number }[] = [];
  state: NodeState = {};
}

export class MemoryStore implements Store {
  private readonly tables = new Tables();
  private closed = false;
  /** Raised by the next write, of which nothing is stored: for tests of failing disks. */
  failNext: StoreError | undefined;

  async write(batch: WriteBatch): Promise<void> {
    this.check();
    if (this.failNext !== undefined) {
      const error = this.failNext;
      this.failNext = undefined;
      throw error;
    }
    const { tables } = this;
    const { inbox, messages, commitment, outbox, block } = batch;
    if (batch.goneFrom !== undefined) this.forgetChainFrom(batch.goneFrom);
    for (const protocol of batch.protocols ?? []) tables.protocols.set(toHex(protocol.hash), protocol);
    if (inbox !== undefined) tables.inboxes.set(toHex(inbox.hash), inbox.inbox);
    if (messages !== undefined) {
      const copies = messages.messages.map((message) => message.slice());
      tables.messages.set(toHex(messages.witness), { level: messages.inboxLevel, messages: copies });
    }
    if (commitment !== undefined) tables.commitments.set(toHex(commitment.hash), commitment);
    for (const [hash, publication] of batch.publications ?? []) tables.publications.set(toHex(hash), publication);
    if (outbox !== undefined) this.putOutbox(outbox.level, outbox.messages);
    for (const { level, index, seenAt } of batch.executed ?? []) this.markExecuted(level, index, seenAt);
    if (block !== undefined) tables.blocks.set(toHex(block.hash), block);
    for (const { level, hash } of batch.levels ?? []) tables.levels.set(level, hash);
    this.putState(batch.state ?? {});
  }

  async state(): Promise<NodeState> {
    return this.check().state;
  }

  async block(hash: BlockHash): Promise<L2Block | undefined> {
    return this.check().blocks.get(toHex(hash));
  }

  async hashAt(level: number): Promise<BlockHash | undefined> {
    return this.check().levels.get(level);
  }

  async inbox(hash: InboxHash): Promise<Inbox | undefined> {
    return this.check().inboxes.get(toHex(hash));
  }

  async messages(witness: PayloadCellHash): Promise<readonly Uint8Array[] | undefined> {
    return this.check().messages.get(toHex(witness))?.messages;
  }

  async commitment(hash: CommitmentHash): Promise<Commitment | undefined> {
    return this.check().commitments.get(toHex(hash))?.commitment;
  }

  async publication(hash: CommitmentHash): Promise<Publication | undefined> {
    return this.check().publications.get(toHex(hash));
  }

  async protocols(): Promise<readonly StoredProtocol[]> {
    const protocols = [...this.check().protocols.values()];
    return protocols.sort((a, b) => a.firstLevel - b.firstLevel || a.protoLevel - b.protoLevel);
  }

  async protocolAt(level: number): Promise<StoredProtocol | undefined> {
    const reached = (await this.protocols()).filter(
      ({ firstLevel, firstIsActivation }) => firstLevel < level || (firstLevel === level && !firstIsActivation),
    );
    return reached.at(-1);
  }

  async outboxLevel(level: number): Promise<OutboxLevel | undefined> {
    return this.check().outbox.get(level);
  }

  async pendingOutbox(from: number, to: number): Promise<readonly OutboxLevel[]> {
    return [...this.check().outbox.values()]
      .filter(({ level, messages, executed }) => {
        return level >= from && level <= to && messages.some((index) => !executed.includes(index));
      })
      .sort((a, b) => a.level - b.level);
  }

  async firstAvailableLevel(): Promise<number | undefined> {
    const levels = [...this.check().blocks.values()].map(({ level }) => level);
    return levels.length === 0 ? undefined : Math.min(...levels);
  }

  async fullBlock(hash: BlockHash): Promise<StoredBlock | undefined> {
    const block = await this.block(hash);
    if (block === undefined) return undefined;
    const inbox = await this.inbox(block.inboxHash);
    const messages = await this.messages(block.inboxWitness);
    if (inbox === undefined || messages === undefined) return undefined;
    const commitment = block.commitmentHash === undefined ? undefined : await this.commitment(block.commitmentHash);
    return { ...block, inbox, messages, ...(commitment === undefined ? {} : { commitment }) };
  }

  async blockAt(level: number): Promise<L2Block | undefined> {
    const hash = this.check().levels.get(level);
    return hash === undefined ? undefined : this.block(hash);
  }

  async blocks(from: number, to: number): Promise<readonly L2Block[]> {
    return this.chain().filter(({ level }) => level >= from && level <= to);
  }

  async commitments(from: number, to: number): Promise<readonly HashedCommitment[]> {
    return [...this.check().commitments.values()]
      .filter(({ commitment: { inboxLevel } }) => inboxLevel >= from && inboxLevel <= to)
      .sort((a, b) => a.commitment.inboxLevel - b.commitment.inboxLevel);
  }

  async firstCommitted(): Promise<L2Block | undefined> {
    return this.chain().find(({ context }) => context !== undefined);
  }

  async lastCommitted(atOrBelow = Number.POSITIVE_INFINITY): Promise<L2Block | undefined> {
    return this.chain().findLast(({ context, level }) => context !== undefined && level <= atOrBelow);
  }

  async deleteBelow(level: number): Promise<void> {
    this.keep((other) => other >= level, false);
  }

  async resetTo(level: number): Promise<void> {
    const block = await this.blockAt(level);
    if (block === undefined) throw new StoreError("node.store.unknown_level", "no block", "memory");
    const hash = block.commitmentHash ?? block.previousCommitmentHash;
    const commitment = await this.commitment(hash);
    if (commitment === undefined) throw new StoreError("node.store.missing_commitment", "no commitment", "memory");
    const { finalizedLevel, lcc, lpc } = this.tables.state;
    const head = { hash: block.hash, level };
    const point = { hash, level: commitment.inboxLevel };
    this.putState({
      head,
      ...((finalizedLevel?.level ?? 0) > level ? { finalizedLevel: head } : {}),
      ...((lcc?.level ?? 0) > level ? { lcc: point } : {}),
      ...((lpc?.level ?? 0) > level ? { lpc: point } : {}),
    });
    this.forgetMarksFrom(level + 1);
    this.keep((other) => other <= level, true);
  }

  async repair(): Promise<L2Head | undefined> {
    const { head } = this.check().state;
    const committed = await this.lastCommitted();
    if (head === undefined || committed === undefined || hashEquals(head.hash, committed.hash)) return undefined;
    await this.resetTo(committed.level);
    return { hash: committed.hash, level: committed.level };
  }

  async close(): Promise<void> {
    this.closed = true;
  }

  private check(): Tables {
    if (this.closed) throw new StoreError("node.store.unavailable", "closed", "memory");
    return this.tables;
  }

  /** Blocks of the chain, by level. */
  private chain(): L2Block[] {
    const { blocks, levels } = this.check();
    return [...levels].sort(([a], [b]) => a - b).flatMap(([, hash]) => blocks.get(toHex(hash)) ?? []);
  }

  private putOutbox(level: number, messages: readonly number[]): void {
    const executed = this.tables.outbox.get(level)?.executed ?? [];
    if (messages.length === 0) this.tables.outbox.delete(level);
    else this.tables.outbox.set(level, { level, messages: sorted(messages), executed });
  }

  private markExecuted(level: number, index: number, seenAt?: number): void {
    if (seenAt !== undefined) this.tables.executions.push({ level, index, seenAt });
    const known = this.tables.outbox.get(level);
    if (known === undefined) return;
    this.tables.outbox.set(level, { ...known, executed: sorted([...known.executed, index]) });
  }

  private forgetChainFrom(from: number): void {
    const { tables } = this;
    this.forgetMarksFrom(from);
    keep(tables.outbox, ({ level }) => level < from);
    for (const level of [...tables.levels.keys()]) if (level >= from) tables.levels.delete(level);
  }

  private forgetMarksFrom(from: number): void {
    const { tables } = this;
    keep(tables.publications, ({ firstPublishedAt }) => firstPublishedAt < from);
    for (const [hash, { firstPublishedAt, publishedAt = 0 }] of tables.publications) {
      if (publishedAt >= from) tables.publications.set(hash, { firstPublishedAt });
    }
    for (const { level, index, seenAt } of tables.executions) {
      const known = tables.outbox.get(level);
      if (seenAt < from || known === undefined) continue;
      tables.outbox.set(level, { ...known, executed: known.executed.filter((one) => one !== index) });
    }
    tables.executions = tables.executions.filter(({ seenAt }) => seenAt < from);
  }

  private putState(state: NodeState): void {
    const present = Object.entries(state).filter(([, value]) => value !== undefined);
    this.tables.state = { ...this.tables.state, ...Object.fromEntries(present) };
  }

  private keep(level: (level: number) => boolean, outbox: boolean): void {
    const { tables } = this;
    keep(tables.blocks, (block) => level(block.level));
    keep(tables.inboxes, (inbox) => level(inbox.level));
    keep(tables.messages, (stored) => level(stored.level));
    keep(tables.commitments, ({ commitment }) => level(commitment.inboxLevel));
    keep(tables.publications, ({ firstPublishedAt }) => level(firstPublishedAt));
    if (outbox) keep(tables.outbox, (stored) => level(stored.level));
    for (const known of [...tables.levels.keys()]) if (!level(known)) tables.levels.delete(known);
  }
}

function keep<K, V>(map: Map<K, V>, isKept: (value: V) => boolean): void {
  for (const [key, value] of [...map]) if (!isKept(value)) map.delete(key);
}

function sorted(numbers: readonly number[]): number[] {
  return [...new Set(numbers)].sort((a, b) => a - b);
}
