// One SQLite file that one process at a time has open, behind promises. The lock is SQLite's own, held from opening to closing: the system
// gives it up when the process ends, however it ends. The journal is a write-ahead log, and a commit is on the disk when its
// promise is fulfilled. Nothing here knows tables.

import { open } from "node:fs/promises";
import sqlite3 from "sqlite3";
import { ChainStoreError, type ChainStoreErrorCode } from "./errors.js";

export type SqlValue = string | number | Uint8Array | null;
export type SqlRow = Readonly<Record<string, SqlValue>>;

/** Milliseconds to wait for a process that is just closing the file. */
const LOCK_WAIT_MS = 1000;

const HEADER_BYTES = 100;

const CODES: Readonly<Record<string, ChainStoreErrorCode>> = {
  SQLITE_BUSY: "l1.sandbox.store.locked",
  SQLITE_LOCKED: "l1.sandbox.store.locked",
  SQLITE_CORRUPT: "l1.sandbox.store.corrupt",
  SQLITE_NOTADB: "l1.sandbox.store.corrupt",
  SQLITE_MISUSE: "l1.sandbox.store.closed",
};

function isCoded(error: unknown): error is Error & { readonly code: string } {
  return error instanceof Error && "code" in error && typeof error.code === "string";
}

export class Database {
  private lastTransaction: Promise<void> = Promise.resolve();

  private constructor(
    readonly path: string,
    private readonly connection: sqlite3.Database,
  ) {}

  /** Opens a file, or makes it. Raises ChainStoreError: "unusable", "locked", "corrupt". */
  static async open(path: string): Promise<Database> {
    await checkMagic(path);
    const connection = await new Promise<sqlite3.Database>((resolve, reject) => {
      const opened: sqlite3.Database = new sqlite3.Database(path, (error) =>
        error === null ? resolve(opened) : reject(translated(path, error)),
      );
    });
    const database = new Database(path, connection);
    try {
      connection.configure("busyTimeout", LOCK_WAIT_MS);
      // In this order: a log that is first used under an exclusive lock needs no memory shared with others.
      await database.exec("PRAGMA locking_mode = EXCLUSIVE");
      await database.all("PRAGMA journal_mode = WAL");
      await database.exec("PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; BEGIN EXCLUSIVE; COMMIT");
      const [check] = await database.all("PRAGMA quick_check(1)");
      const found = check?.["quick_check"];
      if (found !== "ok") throw new ChainStoreError("l1.sandbox.store.corrupt", path, String(found));
    } catch (error) {
      await database.close().catch(() => undefined);
      throw error;
    }
    return database;
  }

  exec(sql: string): Promise<void> {
    return this.#promise((done) => this.connection.exec(sql, done));
  }

  run(sql: string, values: readonly SqlValue[] = []): Promise<void> {
    return this.#promise((done) => this.connection.run(sql, values, done));
  }

  all(sql: string, values: readonly SqlValue[] = []): Promise<readonly SqlRow[]> {
    return new Promise((resolve, reject) => {
      this.connection.all<SqlRow>(sql, values, (error, rows) =>
        error === null ? resolve(rows) : reject(translated(this.path, error)),
      );
    });
  }

  /** Runs `work` in a transaction, after those asked for before; what it raises undoes all. */
  transaction(work: () => Promise<void>): Promise<void> {
    const done = this.lastTransaction.then(() => this.#transaction(work));
    this.lastTransaction = done.catch(() => undefined);
    return done;
  }

  async #transaction(work: () => Promise<void>): Promise<void> {
    await this.exec("BEGIN IMMEDIATE");
    try {
      await work();
      await this.exec("COMMIT");
    } catch (error) {
      // Some errors end the transaction by themselves: then there is nothing left to undo.
      await this.exec("ROLLBACK").catch(() => undefined);
      throw error;
    }
  }

  /** Ends what is under way, and lets the file go. */
  async close(): Promise<void> {
    await this.lastTransaction;
    await this.#promise((done) => this.connection.close(done));
  }

  #promise(call: (done: (error: Error | null) => void) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      call((error) => (error === null ? resolve() : reject(translated(this.path, error))));
    });
  }
}

const MAGIC = Buffer.from("SQLite format 3\0", "latin1");

/** SQLite takes a file with no whole header for an empty one, and would write over what is left of a chain. */
async function checkMagic(path: string): Promise<void> {
  const bytes = Buffer.alloc(HEADER_BYTES);
  let length: number;
  try {
    const file = await open(path, "r");
    try {
      length = (await file.read(bytes)).bytesRead;
    } finally {
      await file.close();
    }
  } catch {
    return; // none there, or what SQLite will complain of
  }
  if (length === 0 || (length === HEADER_BYTES && bytes.subarray(0, MAGIC.length).equals(MAGIC))) return;
  throw new ChainStoreError("l1.sandbox.store.corrupt", path, "not a database, or only the beginning of one");
}

function translated(path: string, error: Error): ChainStoreError {
  const code = isCoded(error) ? CODES[error.code] : undefined;
  const reason = code === "l1.sandbox.store.locked" ? "another process has it open" : error.message;
  return new ChainStoreError(code ?? "l1.sandbox.store.unusable", path, reason, { cause: error });
}

/** Bytes as they came, without Buffer's own ways. Raises ChainStoreError for a value of another type. */
export function bytesIn(path: string, row: SqlRow, column: string): Uint8Array {
  const value = row[column];
  if (!(value instanceof Uint8Array)) throw badColumn(path, column);
  return new Uint8Array(value.buffer, value.byteOffset, value.length);
}

export function numberIn(path: string, row: SqlRow, column: string): number {
  const value = row[column];
  if (typeof value !== "number" || !Number.isSafeInteger(value)) throw badColumn(path, column);
  return value;
}

export function textIn(path: string, row: SqlRow, column: string): string {
  const value = row[column];
  if (typeof value !== "string") throw badColumn(path, column);
  return value;
}

function badColumn(path: string, column: string): ChainStoreError {
  return new ChainStoreError("l1.sandbox.store.corrupt", path, `a value of "${column}" has another type`);
}
