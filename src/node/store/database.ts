// A connection to an SQLite database with promises over sqlite3's callbacks. It knows no table. Operations of a connection run one after
// another, and a transaction keeps everybody else out until it ends; who wants to read beside a writer opens a second connection
// (the journal is a write-ahead log: a reader sees the last committed state and waits for nobody). Reference: src/lib_sqlite, which
// sets the same journal mode and leaves `synchronous` at FULL.

import sqlite3 from "sqlite3";
import { DatabaseError, type DatabaseErrorCode, databaseError } from "./database-error.js";

/** What can be bound. A bigint is bound as decimal text, which a column of type INTEGER turns into its exact integer. */
export type SqlParameter = string | number | bigint | Uint8Array | null;
/** What comes back. Integers above 2^53 lose digits: select them with CAST(… AS TEXT). */
export type SqlValue = string | number | Uint8Array | null;
export type SqlRow = Readonly<Record<string, SqlValue>>;

/** Statements against a database. Every method raises DatabaseError. */
export interface SqlRunner {
  /** Runs one statement that gives no rows; tells how many rows it changed. */
  run(sql: string, parameters?: readonly SqlParameter[]): Promise<number>;
  /**
   * Inserts rows, many at a time. `into` is an INSERT up to VALUES: "INSERT OR IGNORE INTO nodes (hash, body)". The rows have as many values
   * as it names columns. Not one transaction, unless it is called inside one.
   */
  insertMany(into: string, rows: readonly (readonly SqlParameter[])[]): Promise<void>;
  all(sql: string, parameters?: readonly SqlParameter[]): Promise<readonly SqlRow[]>;
  /** The first row. The statement is run to its end: say LIMIT 1 where there may be more. */
  get(sql: string, parameters?: readonly SqlParameter[]): Promise<SqlRow | undefined>;
  /** Runs several statements separated by semicolons, without parameters. */
  exec(sql: string): Promise<void>;
}

export interface DatabaseOptions {
  /** Nothing is written or created; the journal mode is taken as it is. */
  readonly readOnly?: boolean;
  /** Whether to make the file when there is none; true unless read-only. */
  readonly create?: boolean;
  /** WAL (the default), or NONE for a file that only serves as a lock: nothing may be written then. */
  readonly journal?: "WAL" | "NONE";
  /** FULL (the default): what is committed survives a power cut. NORMAL: it survives the process being killed. */
  readonly synchronous?: "FULL" | "NORMAL";
  /** Milliseconds to wait for another connection's lock before "node.database.busy"; 5000. */
  readonly busyTimeout?: number;
  /** Operations that may wait for their turn before "node.database.overloaded"; 100,000. */
  readonly maxWaiting?: number;
}

/** Statements kept prepared; beyond it the one used longest ago goes. */
const MAX_PREPARED = 128;
/** Rows that one INSERT takes: as many as there are, cut into these sizes, so that few statements are prepared. */
const ROWS_AT_ONCE = [256, 16, 1] as const;
/** Bound on the parameters of a statement in SQLite as it is built. */
const MAX_PARAMETERS = 32_766;

export class Database implements SqlRunner {
  private last: Promise<unknown> = Promise.resolve();
  private waiting = 0;
  private closing: Promise<void> | undefined;

  private constructor(
    readonly path: string,
    private readonly connection: Connection,
    private readonly maxWaiting: number,
  ) {}

  /** Opens a file. Raises DatabaseError: "node.database.cannot_open", "node.database.not_a_database", …. */
  static async open(path: string, options: DatabaseOptions = {}): Promise<Database> {
    const {
      readOnly = false,
      create = !readOnly,
      journal = "WAL",
      synchronous = "FULL",
      busyTimeout = 5000,
      maxWaiting = 100_000,
    } = options;
    const mode = readOnly ? sqlite3.OPEN_READONLY : sqlite3.OPEN_READWRITE | (create ? sqlite3.OPEN_CREATE : 0);
    const connection = await Connection.open(path, mode | sqlite3.OPEN_FULLMUTEX);
    try {
      connection.setBusyTimeout(busyTimeout);
      if (journal === "NONE") await connection.get("PRAGMA journal_mode = OFF");
      else if (readOnly) await connection.get("PRAGMA schema_version");
      else {
        await connection.get("PRAGMA journal_mode = WAL");
        await connection.exec(`PRAGMA synchronous = ${synchronous}`);
      }
    } catch (error) {
      await connection.close();
      throw error;
    }
    return new Database(path, connection, maxWaiting);
  }

  /**
   * Runs `work` in a transaction: committed when it returns, rolled back when it raises. `work` must use the runner it is given: the
   * database itself waits for the transaction to end. IMMEDIATE takes the lock for writing at once; DEFERRED gives several reads one view.
   */
  transaction<T>(work: (runner: SqlRunner) => Promise<T>, kind: "IMMEDIATE" | "DEFERRED" = "IMMEDIATE"): Promise<T> {
    return this.inTurn(async () => {
      await this.connection.exec(`BEGIN ${kind}`);
      const runner = new TransactionRunner(this.connection, this.path);
      try {
        const result = await work(runner);
        await runner.end();
        await this.connection.exec("COMMIT");
        return result;
      } catch (error) {
        await runner.end().catch(() => undefined);
        await this.rollBack();
        throw error;
      }
    });
  }

  run(sql: string, parameters?: readonly SqlParameter[]): Promise<number> {
    return this.inTurn(() => this.connection.run(sql, parameters));
  }

  insertMany(into: string, rows: readonly (readonly SqlParameter[])[]): Promise<void> {
    return this.inTurn(() => this.connection.insertMany(into, rows));
  }

  all(sql: string, parameters?: readonly SqlParameter[]): Promise<readonly SqlRow[]> {
    return this.inTurn(() => this.connection.all(sql, parameters));
  }

  get(sql: string, parameters?: readonly SqlParameter[]): Promise<SqlRow | undefined> {
    return this.inTurn(() => this.connection.get(sql, parameters));
  }

  exec(sql: string): Promise<void> {
    return this.inTurn(() => this.connection.exec(sql));
  }

  /** Ends what has been asked for, then lets the file go. May be called again. */
  close(): Promise<void> {
    this.closing ??= this.last.then(() => this.connection.close());
    return this.closing;
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.closing !== undefined) {
      return Promise.reject(new DatabaseError("node.database.closed", "the database is closed", this.path));
    }
    if (this.waiting >= this.maxWaiting) {
      const reason = `more than ${this.maxWaiting} operations wait`;
      return Promise.reject(new DatabaseError("node.database.overloaded", reason, this.path));
    }
    this.waiting++;
    const turn = this.last.then(work).finally(() => {
      this.waiting--;
    });
    this.last = turn.catch(() => undefined);
    return turn;
  }

  /** SQLite rolls back by itself after some errors (disk full, input/output): then there is no transaction left to end. */
  private async rollBack(): Promise<void> {
    try {
      await this.connection.exec("ROLLBACK");
    } catch (error) {
      if (error instanceof DatabaseError && error.code === "node.database.statement") return;
      throw error;
    }
  }
}

/**
 * The connection as a transaction's work sees it: one operation after another, and none once the transaction has ended. Some errors (disk
 * full, input/output) end it inside SQLite, which would then commit every further statement by itself: nothing runs after them.
 */
class TransactionRunner implements SqlRunner {
  private last: Promise<unknown> = Promise.resolve();
  private ended = false;
  private broken: DatabaseError | undefined;

  constructor(
    private readonly connection: Connection,
    private readonly path: string,
  ) {}

  /** Takes nothing more, and waits for what runs. Raises the error that broke the transaction, if the work has swallowed it. */
  async end(): Promise<void> {
    this.ended = true;
    await this.last;
    if (this.broken !== undefined) throw this.broken;
  }

  run(sql: string, parameters?: readonly SqlParameter[]): Promise<number> {
    return this.inTurn(() => this.connection.run(sql, parameters));
  }

  insertMany(into: string, rows: readonly (readonly SqlParameter[])[]): Promise<void> {
    return this.inTurn(() => this.connection.insertMany(into, rows));
  }

  all(sql: string, parameters?: readonly SqlParameter[]): Promise<readonly SqlRow[]> {
    return this.inTurn(() => this.connection.all(sql, parameters));
  }

  get(sql: string, parameters?: readonly SqlParameter[]): Promise<SqlRow | undefined> {
    return this.inTurn(() => this.connection.get(sql, parameters));
  }

  exec(sql: string): Promise<void> {
    return this.inTurn(() => this.connection.exec(sql));
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.ended) {
      return Promise.reject(new DatabaseError("node.database.closed", "the transaction has ended", this.path));
    }
    const turn = this.last.then(() => this.attempt(work));
    this.last = turn.catch(() => undefined);
    return turn;
  }

  private async attempt<T>(work: () => Promise<T>): Promise<T> {
    if (this.broken !== undefined) throw this.broken;
    try {
      return await work();
    } catch (error) {
      if (error instanceof DatabaseError && !LEAVES_TRANSACTION.has(error.code)) this.broken = error;
      throw error;
    }
  }
}

/** Errors after which SQLite has undone the statement alone. */
const LEAVES_TRANSACTION: ReadonlySet<DatabaseErrorCode> = new Set([
  "node.database.constraint",
  "node.database.statement",
]);

/** sqlite3's database and its prepared statements, with promises; no order of its own. */
class Connection implements SqlRunner {
  /** By their text; the one used longest ago comes first. */
  private readonly prepared = new Map<string, Promise<sqlite3.Statement>>();

  private constructor(
    private readonly path: string,
    private readonly handle: sqlite3.Database,
  ) {}

  static open(path: string, mode: number): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const handle = new sqlite3.Database(path, mode, (error) => {
        if (error === null) resolve(new Connection(path, handle));
        else reject(databaseError(error, path));
      });
    });
  }

  setBusyTimeout(milliseconds: number): void {
    this.handle.configure("busyTimeout", milliseconds);
  }

  async run(sql: string, parameters: readonly SqlParameter[] = []): Promise<number> {
    const statement = await this.statement(sql);
    const { path } = this;
    return new Promise((resolve, reject) => {
      statement.run(parameters.map(bindable), function (this: sqlite3.RunResult, error: Error | null) {
        if (error === null) resolve(this.changes);
        else reject(databaseError(error, path, sql));
      });
    });
  }

  async insertMany(into: string, rows: readonly (readonly SqlParameter[])[]): Promise<void> {
    const width = rows[0]?.length ?? 0;
    const tuple = `(${Array(width).fill("?").join(",")})`;
    let start = 0;
    for (const size of ROWS_AT_ONCE) {
      if (size > 1 && size * width > MAX_PARAMETERS) continue;
      const sql = `${into} VALUES ${Array(size).fill(tuple).join(",")}`;
      for (; start + size <= rows.length; start += size) await this.run(sql, rows.slice(start, start + size).flat());
    }
  }

  async all(sql: string, parameters: readonly SqlParameter[] = []): Promise<readonly SqlRow[]> {
    const statement = await this.statement(sql);
    return new Promise((resolve, reject) => {
      statement.all<Record<string, SqlValue>>(parameters.map(bindable), (error, rows) => {
        if (error !== null) reject(databaseError(error, this.path, sql));
        else resolve(rows.map(plainRow));
      });
    });
  }

  /** By `all`: sqlite3's own `get` would leave the statement, and with it a view of the database, open. */
  async get(sql: string, parameters?: readonly SqlParameter[]): Promise<SqlRow | undefined> {
    const [row] = await this.all(sql, parameters);
    return row;
  }

  exec(sql: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.handle.exec(sql, (error) => (error === null ? resolve() : reject(databaseError(error, this.path, sql))));
    });
  }

  async close(): Promise<void> {
    const statements = await Promise.allSettled(this.prepared.values());
    this.prepared.clear();
    for (const made of statements) {
      if (made.status === "fulfilled") await finalize(made.value);
    }
    return new Promise((resolve, reject) => {
      this.handle.close((error) => (error === null ? resolve() : reject(databaseError(error, this.path))));
    });
  }

  private async statement(sql: string): Promise<sqlite3.Statement> {
    const known = this.prepared.get(sql);
    this.prepared.delete(sql);
    const statement = known ?? this.prepare(sql);
    this.prepared.set(sql, statement);
    // Whoever prepared it, and whoever came while it was being prepared, gets the error; the next one tries again.
    statement.catch(() => this.prepared.delete(sql));
    if (this.prepared.size > MAX_PREPARED) await this.forgetOldest();
    return statement;
  }

  private prepare(sql: string): Promise<sqlite3.Statement> {
    return new Promise((resolve, reject) => {
      const statement = this.handle.prepare(sql, (error) => {
        if (error === null) resolve(statement);
        else reject(databaseError(error, this.path, sql));
      });
    });
  }

  private async forgetOldest(): Promise<void> {
    for (const [sql, statement] of this.prepared) {
      this.prepared.delete(sql);
      await finalize(await statement);
      return;
    }
  }
}

/** The error it may report is the one that the statement's last run has reported already. */
function finalize(statement: sqlite3.Statement): Promise<void> {
  return new Promise((resolve) => {
    statement.finalize(() => resolve());
  });
}

function bindable(value: SqlParameter): string | number | Buffer | null {
  if (typeof value === "bigint") return value.toString();
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  return value;
}

/** sqlite3 gives Buffers of their own memory; the rest of the program knows plain arrays of bytes. */
function plainRow(row: Record<string, SqlValue>): SqlRow {
  for (const [name, value] of Object.entries(row)) {
    if (value instanceof Uint8Array) row[name] = new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  }
  return row;
}
