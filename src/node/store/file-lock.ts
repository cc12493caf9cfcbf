// Advisory locks on files (node.md §6.5): `lock` for the whole node, `processing_lock` for a block, `gc_lock` for garbage collection. Node has no
// locks of its own, so SQLite takes them: the file is an empty database in an exclusive transaction. On Unix that is a POSIX
// record lock like Octez's (which locks the whole file), so that the two programs keep each other out, and the system lets it go
// when the process dies, however it dies.
//
// POSIX drops a process's locks on a file as soon as it closes any descriptor of it: nothing else in the process may open a lock's
// file. The locks held by this process are known by path here, so that it is not opened twice.

import { open } from "node:fs/promises";
import { resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { couldNotLock, DataDirError } from "./data-dir-error.js";
import { Database } from "./database.js";
import { DatabaseError } from "./database-error.js";

export const GLOBAL_LOCK = "lock";
export const PROCESSING_LOCK = "processing_lock";
export const GC_LOCK = "gc_lock";

export interface LockOptions {
  /** Whether to wait for the lock, or to fail at once. */
  readonly wait: boolean;
  /** Ends the waiting: its reason is raised. */
  readonly signal?: AbortSignal;
  /** Milliseconds between two attempts at a lock that another process holds; 50. */
  readonly retryEvery?: number;
}

export interface FileLock {
  readonly path: string;
  /** May be called again. */
  release(): Promise<void>;
}

/** For each lock of this process, the end of its holding. */
const held = new Map<string, Promise<void>>();

/** Takes the lock of a file, which is made if need be. Raises DataDirError "could_not_acquire_lock" and "node.data_dir.io". */
export async function acquireLock(file: string, options: LockOptions): Promise<FileLock> {
  const path = resolve(file);
  for (;;) {
    const holding = held.get(path);
    if (holding === undefined) break;
    if (!options.wait) throw couldNotLock(path);
    await abortable(holding, options.signal);
  }
  let free: () => void = () => undefined;
  held.set(path, new Promise((done) => (free = done)));
  const forget = (): void => {
    held.delete(path);
    free();
  };
  try {
    const database = await lockFile(path, options);
    let released: Promise<void> | undefined;
    return {
      path,
      release: () => {
        released ??= database.close().finally(forget);
        return released;
      },
    };
  } catch (error) {
    forget();
    throw error;
  }
}

/** Runs `work` with the lock. */
export async function withLock<T>(file: string, options: LockOptions, work: () => Promise<T>): Promise<T> {
  const lock = await acquireLock(file, options);
  try {
    return await work();
  } finally {
    await lock.release();
  }
}

async function lockFile(path: string, { wait, signal, retryEvery = 50 }: LockOptions): Promise<Database> {
  for (;;) {
    signal?.throwIfAborted();
    const database = await tryLock(path);
    if (database !== undefined) return database;
    if (!wait) throw couldNotLock(path);
    await delay(retryEvery, undefined, signal === undefined ? {} : { signal });
  }
}

/** Undefined when another process holds it. */
async function tryLock(path: string): Promise<Database | undefined> {
  try {
    // Octez leaves its process number in the file, and would be no less surprised: both empty it before they lock it.
    await (await open(path, "w")).close();
    const database = await Database.open(path, { journal: "NONE", busyTimeout: 0 });
    try {
      await database.exec("BEGIN EXCLUSIVE");
      return database;
    } catch (error) {
      await database.close();
      throw error;
    }
  } catch (error) {
    if (error instanceof DatabaseError && error.code === "node.database.busy") return undefined;
    const reason = error instanceof Error ? error.message : String(error);
    throw new DataDirError("node.data_dir.io", `Cannot lock ${path}: ${reason}`, path, {}, { cause: error });
  }
}

/** Waits for a holding in this process to end. */
async function abortable(holding: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  if (signal === undefined) return holding;
  signal.throwIfAborted();
  let stop: () => void = () => undefined;
  const aborted = new Promise<void>((done) => (stop = done));
  signal.addEventListener("abort", stop);
  try {
    await Promise.race([holding, aborted]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
  signal.throwIfAborted();
}
