// A node's data directory in use (node.md §6.1, §6.3 to §6.5): locked, claimed for its rollup, its store opened and repaired, in Octez's order.

import { access } from "node:fs/promises";
import { join } from "node:path";
import { nodeEvents } from "../events/node-events.js";
import type { Emit } from "../events.js";
import { DataDirError } from "./data-dir-error.js";
import { acquireLock, type FileLock, GC_LOCK, GLOBAL_LOCK, PROCESSING_LOCK, withLock } from "./file-lock.js";
import { makeDirectory } from "./files.js";
import { settleHistoryMode } from "./history-mode.js";
import { checkStoreVersion, claimForRollup, type Metadata } from "./metadata.js";
import { SqliteStore, type SqliteStoreOptions } from "./sqlite-store.js";
import type { HistoryMode } from "./store.js";

export interface DataDirectoryOptions extends Omit<SqliteStoreOptions, "readOnly" | "emit"> {
  readonly metadata: Metadata;
  /** Absent: as before; full at the first start. */
  readonly historyMode?: HistoryMode;
  readonly emit: Emit;
}

/** Raises DataDirError for the directory of a layer 1 node. */
export async function refuseLayer1Directory(dataDir: string): Promise<void> {
  const identity = join(dataDir, "identity.json");
  try {
    await access(identity);
  } catch {
    return;
  }
  const message =
    "Invalid data directory. This is a data directory for an Octez node, please choose a different directory for the smart " +
    "rollup node data.";
  throw new DataDirError("node.data_dir.of_layer_1", message, dataDir);
}

export class DataDirectory {
  private constructor(
    readonly path: string,
    readonly store: SqliteStore,
    readonly historyMode: HistoryMode,
    private readonly lock: FileLock,
  ) {}

  /** Makes or opens a directory for a rollup's node. Raises DataDirError and StoreError, and then holds nothing. */
  static async open(path: string, options: DataDirectoryOptions): Promise<DataDirectory> {
    const { metadata, historyMode, ...storeOptions } = options;
    const { emit } = options;
    await refuseLayer1Directory(path);
    emit(nodeEvents.acquiringLock());
    await makeDirectory(path);
    const lock = await acquireLock(join(path, GLOBAL_LOCK), { wait: false });
    try {
      await claimForRollup(path, metadata);
      await checkStoreVersion(path);
      const store = await SqliteStore.open(path, storeOptions);
      try {
        await store.repair();
        return new DataDirectory(path, store, await settleHistoryMode(store, historyMode, emit, path), lock);
      } catch (error) {
        await store.close();
        throw error;
      }
    } catch (error) {
      await lock.release();
      throw error;
    }
  }

  /** Runs the processing of a block: no snapshot is copied meanwhile. */
  processing<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    return withLock(join(this.path, PROCESSING_LOCK), waiting(signal), work);
  }

  /** Runs a garbage collection: none other, and no full export of a snapshot, runs meanwhile. */
  collecting<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    return withLock(join(this.path, GC_LOCK), waiting(signal), work);
  }

  /** Closes the store, then lets the directory go. */
  async close(): Promise<void> {
    try {
      await this.store.close();
    } finally {
      await this.lock.release();
    }
  }
}

function waiting(signal: AbortSignal | undefined): { readonly wait: true; readonly signal?: AbortSignal } {
  return signal === undefined ? { wait: true } : { wait: true, signal };
}
