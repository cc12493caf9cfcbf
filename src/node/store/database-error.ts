// What goes wrong with an SQLite database, by what can be done about it.

export type DatabaseErrorCode =
  /** No file, or no right to it. */
  | "node.database.cannot_open"
  /** The file is something else. */
  | "node.database.not_a_database"
  | "node.database.corrupt"
  /** Another process or connection holds the lock. */
  | "node.database.busy"
  /** No room on the disk, or the file's bound is reached. Nothing of the transaction is stored. */
  | "node.database.full"
  | "node.database.read_only"
  | "node.database.io"
  /** A row breaks a constraint of its table. */
  | "node.database.constraint"
  | "node.database.closed"
  | "node.database.overloaded"
  /** Everything else: a statement that SQLite does not take. */
  | "node.database.statement";

export class DatabaseError extends Error {
  override readonly name = "DatabaseError";

  constructor(
    readonly code: DatabaseErrorCode,
    reason: string,
    /** File of the database. */
    readonly path: string,
    /** The statement; absent when the failure is not that of one. */
    readonly sql?: string,
    options?: ErrorOptions,
  ) {
    super(`${code}: ${reason} (${path})`, options);
  }
}

const CODES: Readonly<Record<string, DatabaseErrorCode>> = {
  SQLITE_CANTOPEN: "node.database.cannot_open",
  SQLITE_PERM: "node.database.cannot_open",
  SQLITE_AUTH: "node.database.cannot_open",
  SQLITE_NOTADB: "node.database.not_a_database",
  SQLITE_CORRUPT: "node.database.corrupt",
  SQLITE_BUSY: "node.database.busy",
  SQLITE_LOCKED: "node.database.busy",
  SQLITE_PROTOCOL: "node.database.busy",
  SQLITE_FULL: "node.database.full",
  SQLITE_READONLY: "node.database.read_only",
  SQLITE_IOERR: "node.database.io",
  SQLITE_CONSTRAINT: "node.database.constraint",
  SQLITE_MISUSE: "node.database.closed",
};

/** What an error of sqlite3 stands for. */
export function databaseError(error: Error, path: string, sql?: string): DatabaseError {
  const name = "code" in error && typeof error.code === "string" ? error.code : "";
  return new DatabaseError(CODES[name] ?? "node.database.statement", error.message, path, sql, { cause: error });
}
