// The store in `<data-dir>/store.sqlite` (node.md §6.2): Octez's schema and values, so that its node can take the file over and the other way
// round. Two connections: batches and clean-ups go through one, each a transaction; reads through the other, which sees what
// is committed and waits for no write. Left out: the DAL tables are made, and cleaned by resets, but nothing is written in them.

import { join } from "node:path";
import type { Commitment } from "../../protocol/commitment.js";
import { type BlockHash, type CommitmentHash, hashEquals } from "../../protocol/identifiers.js";
import type { Inbox } from "../../protocol/inbox.js";
import type { InboxHash, PayloadCellHash } from "../../protocol/inbox-hashes.js";
import { storeEvents } from "../events/store-events.js";
import type { Emit } from "../events.js";
import type { L2Block, L2Head } from "../l2-block.js";
import {
  insertBlock,
  insertLevels,
  selectBlock,
  selectBlockAt,
  selectBlocks,
  selectFirstCommitted,
  selectHashAt,
  selectLastCommitted,
  selectLowestLevel,
} from "./block-tables.js";
import { forgetChainFrom, putExecutions } from "./chain-marks.js";
import {
  insertCommitment,
  insertPublication,
  selectCommitment,
  selectCommitments,
  selectPublication,
} from "./commitment-tables.js";
import { Database, type SqlRunner } from "./database.js";
import { insertInbox, insertMessages, selectInbox, selectMessages } from "./inbox-tables.js";
import { migrate } from "./migrations.js";
import { putOutbox, selectOutboxLevel, selectPendingOutbox } from "./outbox-table.js";
import { insertProtocol, putState, selectProtocolAt, selectProtocols, selectState } from "./state-tables.js";
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
import { deleteAbove, deleteBelow } from "./store-cleaning.js";
import { asStoreError } from "./store-error.js";
import { messagesToBlob } from "./values.js";

export const STORE_FILE = "store.sqlite";
/** Highest level there is. */
const MAX_LEVEL = 2 ** 31 - 1;

export interface SqliteStoreOptions {
  /** Nothing is written; a store that is not there, or needs migrations, is refused. */
  readonly readOnly?: boolean;
  /** What a commit survives; FULL (a power cut) unless told otherwise, as in Octez. */
  readonly synchronous?: "FULL" | "NORMAL";
  readonly emit?: Emit;
  /** Clock for the times that events tell, in milliseconds. */
  readonly now?: () => number;
}

export class SqliteStore implements Store {
  private constructor(
    /** Absent in a store that may only be read. */
    private readonly writer: Database | undefined,
    private readonly reader: Database,
    private readonly emit: Emit,
  ) {}

  /** Opens, makes or migrates the store of a data directory, which must exist. Raises StoreError. */
  static async open(dataDir: string, options: SqliteStoreOptions = {}): Promise<SqliteStore> {
    const { readOnly = false, synchronous = "FULL", emit = () => undefined, now = () => performance.now() } = options;
    const path = join(dataDir, STORE_FILE);
    return asStoreError(async () => {
      const first = await Database.open(path, { readOnly, synchronous });
      try {
        const kind = readOnly ? "DEFERRED" : "IMMEDIATE";
        await first.transaction((runner) => migrate(runner, path, { readOnly, emit, now }), kind);
        if (readOnly) return new SqliteStore(undefined, first, emit);
        return new SqliteStore(first, await Database.open(path, { readOnly: true }), emit);
      } catch (error) {
        await first.close();
        throw error;
      }
    });
  }

  async write(batch: WriteBatch): Promise<void> {
    const blob = batch.messages === undefined ? undefined : await messagesToBlob(batch.messages.messages);
    await this.change(async (runner) => {
      if (batch.goneFrom !== undefined) await forgetChainFrom(runner, batch.goneFrom);
      for (const protocol of batch.protocols ?? []) await insertProtocol(runner, protocol);
      if (batch.inbox !== undefined) await insertInbox(runner, batch.inbox.hash, batch.inbox.inbox);
      if (batch.messages !== undefined && blob !== undefined) {
        await insertMessages(runner, batch.messages.witness, batch.messages.inboxLevel, blob);
      }
      if (batch.commitment !== undefined) {
        await insertCommitment(runner, batch.commitment.hash, batch.commitment.commitment);
      }
      for (const [hash, publication] of batch.publications ?? []) await insertPublication(runner, hash, publication);
      if (batch.outbox !== undefined) await putOutbox(runner, batch.outbox.level, batch.outbox.messages);
      await putExecutions(runner, batch.executed ?? []);
      if (batch.block !== undefined) await insertBlock(runner, batch.block);
      if (batch.levels !== undefined) await insertLevels(runner, batch.levels);
      if (batch.state !== undefined) await putState(runner, batch.state);
    });
  }

  state(): Promise<NodeState> {
    return this.read(selectState);
  }

  block(hash: BlockHash): Promise<L2Block | undefined> {
    return this.read((runner) => selectBlock(runner, hash));
  }

  hashAt(level: number): Promise<BlockHash | undefined> {
    return this.read((runner) => selectHashAt(runner, level));
  }

  inbox(hash: InboxHash): Promise<Inbox | undefined> {
    return this.read((runner) => selectInbox(runner, hash));
  }

  async messages(witness: PayloadCellHash): Promise<readonly Uint8Array[] | undefined> {
    const row = await this.read((runner) => selectMessages(runner, witness));
    return row?.messages("message_list");
  }

  commitment(hash: CommitmentHash): Promise<Commitment | undefined> {
    return this.read((runner) => selectCommitment(runner, hash));
  }

  publication(hash: CommitmentHash): Promise<Publication | undefined> {
    return this.read((runner) => selectPublication(runner, hash));
  }

  protocols(): Promise<readonly StoredProtocol[]> {
    return this.read(selectProtocols);
  }

  protocolAt(level: number): Promise<StoredProtocol | undefined> {
    return this.read((runner) => selectProtocolAt(runner, level));
  }

  outboxLevel(level: number): Promise<OutboxLevel | undefined> {
    return this.read((runner) => selectOutboxLevel(runner, level));
  }

  pendingOutbox(from: number, to: number): Promise<readonly OutboxLevel[]> {
    return this.read((runner) => selectPendingOutbox(runner, from, to));
  }

  firstAvailableLevel(): Promise<number | undefined> {
    return this.read(selectLowestLevel);
  }

  async fullBlock(hash: BlockHash): Promise<StoredBlock | undefined> {
    const found = await asStoreError(() => this.reader.transaction((runner) => selectFull(runner, hash), "DEFERRED"));
    if (found === undefined) return undefined;
    const { block, inbox, row, commitment } = found;
    const messages = await row.messages("message_list");
    return { ...block, inbox, messages, ...(commitment === undefined ? {} : { commitment }) };
  }

  blockAt(level: number): Promise<L2Block | undefined> {
    return this.read((runner) => selectBlockAt(runner, level));
  }

  blocks(from: number, to: number): Promise<readonly L2Block[]> {
    return this.read((runner) => selectBlocks(runner, from, to));
  }

  commitments(from: number, to: number): Promise<readonly HashedCommitment[]> {
    return this.read((runner) => selectCommitments(runner, from, to));
  }

  firstCommitted(): Promise<L2Block | undefined> {
    return this.read(selectFirstCommitted);
  }

  lastCommitted(atOrBelow = MAX_LEVEL): Promise<L2Block | undefined> {
    return this.read((runner) => selectLastCommitted(runner, atOrBelow));
  }

  async deleteBelow(level: number): Promise<void> {
    this.emit(storeEvents.storeGcStart());
    await this.change((runner) => deleteBelow(runner, level));
    this.emit(storeEvents.storeGcFinish());
  }

  resetTo(level: number): Promise<void> {
    return this.change((runner) => deleteAbove(runner, level, this.reader.path));
  }

  async repair(): Promise<L2Head | undefined> {
    const { head } = await this.state();
    const committed = await this.lastCommitted();
    if (head === undefined || committed === undefined || hashEquals(head.hash, committed.hash)) return undefined;
    this.emit(storeEvents.storeResetToLastCommitted({ block_hash: committed.hash, level: committed.level }));
    await this.resetTo(committed.level);
    return { hash: committed.hash, level: committed.level };
  }

  /** After what has been asked for. */
  async close(): Promise<void> {
    await asStoreError(async () => {
      // The reader first: the last connection to close writes the log back, and that must be one that may write.
      await this.reader.close();
      await this.writer?.close();
    });
  }

  private read<T>(work: (runner: SqlRunner) => Promise<T>): Promise<T> {
    return asStoreError(() => work(this.reader));
  }

  private change<T>(work: (runner: SqlRunner) => Promise<T>): Promise<T> {
    const { writer } = this;
    // The reader's own refusal is the error that says it best.
    return asStoreError(() => (writer === undefined ? work(this.reader) : writer.transaction(work)));
  }
}

async function selectFull(runner: SqlRunner, hash: BlockHash) {
  const block = await selectBlock(runner, hash);
  if (block === undefined) return undefined;
  const inbox = await selectInbox(runner, block.inboxHash);
  const row = await selectMessages(runner, block.inboxWitness);
  if (inbox === undefined || row === undefined) return undefined;
  const { commitmentHash } = block;
  const commitment = commitmentHash === undefined ? undefined : await selectCommitment(runner, commitmentHash);
  return { block, inbox, row, commitment };
}
