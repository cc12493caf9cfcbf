// Small files of the data directory: read whole, and replaced whole, so that a crash leaves the old content or the new one.

import { mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { DataDirError } from "./data-dir-error.js";

const PARTIAL = ".partial";

export function hasErrno(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}

function ioError(what: string, path: string, error: unknown): DataDirError {
  const reason = error instanceof Error ? error.message : String(error);
  return new DataDirError("node.data_dir.io", `Cannot ${what} ${path}: ${reason}`, path, {}, { cause: error });
}

/** Undefined when there is none. Raises DataDirError "node.data_dir.io". */
export async function readIfPresent(path: string): Promise<Uint8Array | undefined> {
  try {
    return new Uint8Array(await readFile(path));
  } catch (error) {
    if (hasErrno(error, "ENOENT")) return undefined;
    throw ioError("read", path, error);
  }
}

/** Writes beside, then puts in place. On the disk when it returns. Raises DataDirError "node.data_dir.io". */
export async function replaceFile(path: string, content: Uint8Array | string): Promise<void> {
  const partial = path + PARTIAL;
  try {
    const file = await open(partial, "w", 0o644);
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(partial, path);
  } catch (error) {
    await rm(partial, { force: true }).catch(() => undefined);
    throw ioError("write", path, error);
  }
}

/** Removes a file, which need not be there. */
export async function removeFile(path: string): Promise<void> {
  try {
    await rm(path, { force: true });
  } catch (error) {
    throw ioError("remove", path, error);
  }
}

/** Makes a directory, and those above it. */
export async function makeDirectory(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true, mode: 0o755 });
  } catch (error) {
    throw ioError("make", path, error);
  }
}
