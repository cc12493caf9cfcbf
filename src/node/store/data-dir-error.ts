// Why a data directory cannot be used. Where Octez has an error of its own, its id is the code; the messages are Octez's.

import type { Json } from "../../encoding/json.js";

export type DataDirErrorCode =
  /** Another process works in the directory; `lock_file` says which lock. */
  | "could_not_acquire_lock"
  /** The directory is that of `saved_address`. */
  | "sc_rollup.node.unexpected_rollup"
  /** The directory is that of a node on another layer 1. */
  | "node.data_dir.other_chain"
  /** The directory of a layer 1 node. */
  | "node.data_dir.of_layer_1"
  /** Made by a version that this program cannot read. */
  | "node.data_dir.store_version"
  /** A file of the directory does not hold what it should. */
  | "node.data_dir.bad_file"
  /** A file of the directory cannot be read, written or made. */
  | "node.data_dir.io"
  | "node.data_dir.history_mode";

export class DataDirError extends Error {
  override readonly name = "DataDirError";

  constructor(
    readonly code: DataDirErrorCode,
    message: string,
    /** File or directory at fault. */
    readonly path: string,
    /** Of Octez's error, where it has one. */
    readonly fields: { readonly [name: string]: Json } = {},
    options?: ErrorOptions,
  ) {
    super(message, options);
  }

  /** The error in a trace. */
  toJson(): Json {
    switch (this.code) {
      case "could_not_acquire_lock":
      case "sc_rollup.node.unexpected_rollup":
        return { kind: "permanent", id: this.code, ...this.fields };
      default:
        return { kind: "temporary", id: "failure", msg: this.message };
    }
  }
}

/** Octez: Could_not_acquire_lock. */
export function couldNotLock(path: string, options?: ErrorOptions): DataDirError {
  const message =
    "Could not acquire lock on data directory, another rollup node may already be running with this data. " +
    `If this is not the case, consider removing manually the file ${JSON.stringify(path)}`;
  return new DataDirError("could_not_acquire_lock", message, path, { lock_file: path }, options);
}
