// The blocks of a chain in one SQLite file: what is kept of each (replay.ts), on all branches, in the order they were made; which is the head;
// and what chain it is (identity.ts). States are not kept: stored-sandbox.ts makes them again. One transaction a change of head.

import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { BlockHash } from "../../../protocol/identifiers.js";
import { type BlockRecord, type OperationRecord, recordOf } from "../replay.js";
import type { HeadChange } from "../sandbox.js";
import { bytesIn, Database, numberIn, type SqlRow, textIn } from "./database.js";
import { ChainStoreError } from "./errors.js";
import { type ChainIdentity, identityFromJson, identityToJson } from "./identity.js";

/** The file, in the folder that is given. */
export const FILE_NAME = "chain.sqlite";

/** Marks the file as ours: "TPsb". */
const APPLICATION_ID = 0x5450_7362;
/** To be raised with every change of the tables. */
export const SCHEMA_VERSION = 1;

const SCHEMA = `
  CREATE TABLE chain (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    identity TEXT NOT NULL,
    head BLOB NOT NULL REFERENCES blocks (hash) DEFERRABLE INITIALLY DEFERRED
  ) STRICT;
  CREATE TABLE blocks (
    id INTEGER PRIMARY KEY,
    level INTEGER NOT NULL,
    hash BLOB NOT NULL UNIQUE,
    predecessor BLOB REFERENCES blocks (hash),
    round INTEGER NOT NULL,
    timestamp TEXT NOT NULL,
    header BLOB NOT NULL
  ) STRICT;
  CREATE INDEX blocks_by_level ON blocks (level);
  CREATE TABLE operations (
    block INTEGER NOT NULL REFERENCES blocks (id),
    position INTEGER NOT NULL,
    bytes BLOB NOT NULL,
    receipts BLOB NOT NULL,
    PRIMARY KEY (block, position)
  ) STRICT, WITHOUT ROWID;
`;

const BLOCKS_AT_ONCE = 256;

/** A row of `blocks` and its operations. */
interface Stored {
  readonly id: number;
  readonly record: BlockRecord;
}

export class ChainStore {
  readonly path: string;
  #nextId: number;
  #identity: ChainIdentity;

  private constructor(
    private readonly database: Database,
    identity: ChainIdentity,
    nextId: number,
  ) {
    this.path = database.path;
    this.#identity = identity;
    this.#nextId = nextId;
  }

  /** Opens the chain in a folder; undefined if there is none yet. Raises ChainStoreError. */
  static async open(folder: string): Promise<{ readonly store?: ChainStore; readonly database: Database }> {
    const path = join(folder, FILE_NAME);
    try {
      await mkdir(folder, { recursive: true });
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new ChainStoreError("l1.sandbox.store.unusable", path, reason, { cause: error });
    }
    const database = await Database.open(path);
    try {
      if (await isEmpty(database)) return { database };
      await checkFormat(database);
      const [row] = await database.all("SELECT identity FROM chain");
      if (row === undefined)
        throw new ChainStoreError("l1.sandbox.store.corrupt", path, "it does not say what chain it is");
      const [last] = await database.all("SELECT coalesce(max(id), 0) AS id FROM blocks");
      const identity = readIdentity(path, textIn(path, row, "identity"));
      return { database, store: new ChainStore(database, identity, numberIn(path, last ?? {}, "id") + 1) };
    } catch (error) {
      await database.close().catch(() => undefined);
      throw error;
    }
  }

  /** Puts a new chain into an empty database, with its first block. */
  static async create(database: Database, identity: ChainIdentity, first: BlockRecord): Promise<ChainStore> {
    const store = new ChainStore(database, identity, 1);
    await database.transaction(async () => {
      await database.exec(
        `PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${SCHEMA_VERSION}; ${SCHEMA}`,
      );
      await database.run("INSERT INTO chain (id, identity, head) VALUES (1, ?, ?)", [print(identity), first.hash]);
      await store.#insert({ ...first, predecessor: undefined });
    });
    return store;
  }

  get identity(): ChainIdentity {
    return this.#identity;
  }

  /** Says what chain it is anew: protocols that are to come may be others. */
  async setIdentity(identity: ChainIdentity): Promise<void> {
    await this.database.run("UPDATE chain SET identity = ?", [print(identity)]);
    this.#identity = identity;
  }

  /** How many blocks are kept, on all branches. */
  async count(): Promise<number> {
    const [row] = await this.database.all("SELECT count(*) AS count FROM blocks");
    return numberIn(this.path, row ?? {}, "count");
  }

  async head(): Promise<BlockHash> {
    const [row] = await this.database.all("SELECT head FROM chain");
    return bytesIn(this.path, row ?? {}, "head") as BlockHash;
  }

  /** All blocks in the order they were made, the first one with an empty predecessor. */
  async *blocks(): AsyncGenerator<BlockRecord> {
    let after = 0;
    for (;;) {
      const batch = await this.#batch(after);
      for (const { record } of batch) yield record;
      const last = batch.at(-1);
      if (last === undefined) return;
      after = last.id;
    }
  }

  async #batch(after: number): Promise<readonly Stored[]> {
    const rows = await this.database.all(
      "SELECT id, level, hash, predecessor, round, timestamp, header FROM blocks WHERE id > ? ORDER BY id LIMIT ?",
      [after, BLOCKS_AT_ONCE],
    );
    const first = rows[0];
    const last = rows.at(-1);
    if (first === undefined || last === undefined) return [];
    const range = [numberIn(this.path, first, "id"), numberIn(this.path, last, "id")];
    const operations = new Map<number, OperationRecord[]>();
    const found = await this.database.all(
      "SELECT block, bytes, receipts FROM operations WHERE block BETWEEN ? AND ? ORDER BY block, position",
      range,
    );
    for (const row of found) {
      const block = numberIn(this.path, row, "block");
      const list = operations.get(block) ?? [];
      list.push({ bytes: bytesIn(this.path, row, "bytes"), receipts: bytesIn(this.path, row, "receipts") });
      operations.set(block, list);
    }
    return rows.map((row) => this.#stored(row, operations));
  }

  #stored(row: SqlRow, operations: ReadonlyMap<number, readonly OperationRecord[]>): Stored {
    const { path } = this;
    const id = numberIn(path, row, "id");
    const predecessor = row["predecessor"] === null ? new Uint8Array(0) : bytesIn(path, row, "predecessor");
    const timestamp = textIn(path, row, "timestamp");
    if (!/^[0-9]{1,18}$/.test(timestamp)) throw new ChainStoreError("l1.sandbox.store.corrupt", path, "a bad time");
    const record: BlockRecord = {
      level: numberIn(path, row, "level"),
      hash: bytesIn(path, row, "hash") as BlockHash,
      predecessor: predecessor as BlockHash,
      round: numberIn(path, row, "round"),
      timestamp: BigInt(timestamp),
      header: bytesIn(path, row, "header"),
      operations: operations.get(id) ?? [],
    };
    return { id, record };
  }

  /** Keeps the blocks of a change of head, of which the last becomes the head. On the disk when the promise is fulfilled. */
  async append({ blocks }: HeadChange): Promise<void> {
    const head = blocks.at(-1);
    if (head === undefined) return;
    try {
      await this.database.transaction(async () => {
        for (const block of blocks) await this.#insert(recordOf(block));
        await this.database.run("UPDATE chain SET head = ?", [head.hash]);
      });
    } catch (error) {
      throw isForeignKey(error)
        ? new ChainStoreError(
            "l1.sandbox.store.unknown_predecessor",
            this.path,
            `block ${head.shell.level} is on top of one that is not kept`,
            { cause: error },
          )
        : error;
    }
  }

  async #insert(
    block: Omit<BlockRecord, "predecessor"> & { readonly predecessor: BlockHash | undefined },
  ): Promise<void> {
    const id = this.#nextId++;
    await this.database.run(
      "INSERT INTO blocks (id, level, hash, predecessor, round, timestamp, header) VALUES (?, ?, ?, ?, ?, ?, ?)",
      [id, block.level, block.hash, block.predecessor ?? null, block.round, block.timestamp.toString(), block.header],
    );
    for (const [position, { bytes, receipts }] of block.operations.entries()) {
      await this.database.run("INSERT INTO operations (block, position, bytes, receipts) VALUES (?, ?, ?, ?)", [
        id,
        position,
        bytes,
        receipts,
      ]);
    }
  }

  close(): Promise<void> {
    return this.database.close();
  }
}

const print = (identity: ChainIdentity): string => JSON.stringify(identityToJson(identity));

function readIdentity(path: string, text: string): ChainIdentity {
  try {
    return identityFromJson(JSON.parse(text));
  } catch (error) {
    const reason = `what chain it is cannot be read: ${error instanceof Error ? error.message : String(error)}`;
    throw new ChainStoreError("l1.sandbox.store.corrupt", path, reason, { cause: error });
  }
}

async function pragma(database: Database, name: string): Promise<number> {
  const [row] = await database.all(`PRAGMA ${name}`);
  return numberIn(database.path, row ?? {}, name);
}

/** Whether nobody has put anything into it yet. */
async function isEmpty(database: Database): Promise<boolean> {
  const [row] = await database.all("SELECT count(*) AS count FROM sqlite_schema");
  const marks = [await pragma(database, "application_id"), await pragma(database, "user_version")];
  return numberIn(database.path, row ?? {}, "count") === 0 && marks.every((mark) => mark === 0);
}

async function checkFormat(database: Database): Promise<void> {
  if ((await pragma(database, "application_id")) !== APPLICATION_ID) {
    throw new ChainStoreError("l1.sandbox.store.foreign", database.path, "a database of another program");
  }
  const version = await pragma(database, "user_version");
  if (version !== SCHEMA_VERSION) {
    const reason = `its tables are of version ${version}, this program's of version ${SCHEMA_VERSION}`;
    throw new ChainStoreError("l1.sandbox.store.version", database.path, reason);
  }
}

function isForeignKey(error: unknown): boolean {
  return error instanceof ChainStoreError && /FOREIGN KEY/.test(error.reason);
}
