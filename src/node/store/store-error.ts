// Why the store cannot do what it is asked. Octez raises its Caqti errors and texts here; the codes are ours.

import { DatabaseError, type DatabaseErrorCode } from "./database-error.js";

export type StoreErrorCode =
  /** The database cannot be opened, is locked, closed, or fails in reading or writing; the cause says more. */
  | "node.store.unavailable"
  /** No room on the disk. Nothing of the batch is stored. */
  | "node.store.full"
  /** The file is damaged, or no database. */
  | "node.store.corrupt"
  /** A database, but not a rollup node's. */
  | "node.store.other_kind"
  /** A newer program has migrated it further than this one knows. */
  | "node.store.from_the_future"
  /** An older program made it, and it was opened for reading only. */
  | "node.store.missing_migrations"
  /** A value in a table is not what its column holds. */
  | "node.store.unreadable_value"
  /** A value cannot be stored, being out of the column's range. */
  | "node.store.unwritable_value"
  /** No block of the chain at the level asked for. */
  | "node.store.unknown_level"
  | "node.store.missing_commitment";

export class StoreError extends Error {
  override readonly name = "StoreError";

  constructor(
    readonly code: StoreErrorCode,
    reason: string,
    /** File of the database; for a value, "table.column". */
    readonly path: string,
    options?: ErrorOptions,
  ) {
    super(`${code}: ${reason} (${path})`, options);
  }
}

const CODES: Partial<Readonly<Record<DatabaseErrorCode, StoreErrorCode>>> = {
  "node.database.full": "node.store.full",
  "node.database.corrupt": "node.store.corrupt",
  "node.database.not_a_database": "node.store.corrupt",
};

/** An error of the database as one of the store; any other exception passes through untouched. */
export function storeError(error: unknown): unknown {
  if (!(error instanceof DatabaseError)) return error;
  const code = CODES[error.code] ?? "node.store.unavailable";
  const reason = error.cause instanceof Error ? error.cause.message : error.message;
  return new StoreError(code, reason, error.path, { cause: error });
}

/** Runs `work`; an error of the database becomes one of the store. */
export async function asStoreError<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw storeError(error);
  }
}
