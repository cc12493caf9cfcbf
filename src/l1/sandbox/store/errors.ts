// What can be wrong with a chain that is kept in a file.

export type ChainStoreErrorCode =
  /** The folder or the file cannot be made, read or written: permissions, a full disk, no such place. */
  | "l1.sandbox.store.unusable"
  /** Another process has it open. */
  | "l1.sandbox.store.locked"
  /** It is no database, or a damaged one. */
  | "l1.sandbox.store.corrupt"
  /** A database of another program. */
  | "l1.sandbox.store.foreign"
  /** Written by a version of this program that lays it out in another way. */
  | "l1.sandbox.store.version"
  /** It is of another chain than the one asked for: constants, accounts, protocols, baker. */
  | "l1.sandbox.store.mismatch"
  /** The rules make other blocks of its operations: damaged, or made by other rules. */
  | "l1.sandbox.store.differs"
  /** A block on top of one that is not in it. */
  | "l1.sandbox.store.unknown_predecessor"
  | "l1.sandbox.store.closed";

export class ChainStoreError extends Error {
  override readonly name = "ChainStoreError";

  constructor(
    readonly code: ChainStoreErrorCode,
    readonly path: string,
    readonly reason: string,
    options?: ErrorOptions,
  ) {
    super(`${code}: ${path}: ${reason}`, options);
  }
}
