// A node's data directory opened to be read only, so that its node may run meanwhile (node.md §6).

import { join } from "node:path";
import type { StateHash } from "../../protocol/identifiers.js";
import { durableValue } from "../engine/durable-reads.js";
import { STATES_FILE } from "../engine/state-files.js";
import { StateStore } from "../engine/state-store.js";
import { SyncRecords } from "../engine/sync-records.js";
import { type Metadata, readMetadata } from "../store/metadata.js";
import { SqliteStore } from "../store/sqlite-store.js";
import { ToolError } from "./tool-error.js";

export interface ReadDirectory {
  readonly path: string;
  readonly metadata: Metadata;
  readonly store: SqliteStore;
}

/** Raises ToolError "node.tool.bad_data_dir", DataDirError, StoreError. */
export async function readingDirectory<T>(path: string, work: (directory: ReadDirectory) => Promise<T>): Promise<T> {
  const metadata = await metadataOf(path);
  const store = await SqliteStore.open(path, { readOnly: true });
  try {
    return await work({ path, metadata, store });
  } finally {
    await store.close();
  }
}

export async function metadataOf(path: string): Promise<Metadata> {
  const bad = (why: string): ToolError =>
    new ToolError("node.tool.bad_data_dir", `${path}: not the data directory of a rollup node: ${why}`, path);
  const { rollupAddress, kind, genesisInfo } = (await readMetadata(path)) ?? {};
  if (rollupAddress === undefined) throw bad("it has no file `metadata`");
  if (kind === undefined || genesisInfo === undefined) {
    throw bad("its file `metadata` does not say where the rollup began");
  }
  if (kind !== "wasm_2_0_0") throw bad(`its rollup is of kind ${kind}`);
  return { rollupAddress, kind, genesisInfo };
}

/** The compiled records-thread.js, where this is not run from its compiled form. */
export interface StatesOptions {
  readonly script?: URL;
}

/** The states of a directory. Raises EngineError. */
export async function readingStates<T>(
  path: string,
  { script }: StatesOptions,
  work: (states: StateStore) => Promise<T> | T,
): Promise<T> {
  const options = { readOnly: true, ...(script === undefined ? {} : { script }) };
  const states = new StateStore(new SyncRecords(join(path, STATES_FILE), options));
  try {
    return await work(states);
  } finally {
    states.close();
  }
}

/** The kernel of a state. Raises EngineError "node.engine.missing_state". */
export function kernelOf(states: StateStore, state: StateHash): Uint8Array | null {
  return durableValue(states.open(state), "/kernel/boot.wasm");
}
