// The states that the node keeps, as Merkle nodes by hash (design §3): synchronous, since the engine never waits. What is behind it is either a
// map (tests) or a database in a thread of its own (sync-records.ts).

import { hashKey } from "../../merkle/hashed.js";
import type { Directory, TreeNode } from "../../merkle/node.js";
import { type NodeRecord, type NodeRecords, openStoredTree, unstoredNodes } from "../../merkle/stored-nodes.js";
import type { StateHash } from "../../protocol/identifiers.js";
import { EngineError } from "./errors.js";

/** Records that can be added to; `put` returns when they are safe. */
export interface WritableRecords extends NodeRecords {
  put(records: readonly NodeRecord[]): void;
  close(): void;
}

/** Roots kept loaded. */
const LOADED_ROOTS = 16;
/** Levels after which loaded trees are dropped, so that what they have loaded does not grow for ever. */
const SAVES_BETWEEN_DROPS = 256;

export class StateStore {
  readonly #records: WritableRecords;
  readonly #loaded = new Map<string, TreeNode>();
  #saves = 0;

  constructor(records: WritableRecords) {
    this.#records = records;
  }

  /** The tree of a state. Raises EngineError "node.engine.missing_state". */
  open(state: StateHash): TreeNode {
    const key = hashKey(state);
    const loaded = this.#loaded.get(key);
    if (loaded !== undefined) {
      this.#remember(key, loaded);
      return loaded;
    }
    if (this.#records.get(state) === undefined) {
      const hex = Buffer.from(state).toString("hex");
      throw new EngineError("node.engine.missing_state", `the state ${hex} is not in the store`, hex);
    }
    const root: Directory = openStoredTree(state, this.#records);
    this.#remember(key, root);
    return root;
  }

  /** Keeps a state: writes of it what the store lacks. */
  save(root: TreeNode): StateHash {
    const state = root.hash as StateHash;
    const unstored = unstoredNodes(root, this.#records);
    if (unstored.records.length > 0) this.#records.put(unstored.records);
    unstored.markStored();
    this.#saves++;
    if (this.#saves % SAVES_BETWEEN_DROPS === 0) this.#loaded.clear();
    else this.#remember(hashKey(state), root);
    return state;
  }

  #remember(key: string, root: TreeNode): void {
    this.#loaded.delete(key);
    this.#loaded.set(key, root);
    const [oldest] = this.#loaded.keys();
    if (this.#loaded.size > LOADED_ROOTS && oldest !== undefined) this.#loaded.delete(oldest);
  }

  close(): void {
    this.#loaded.clear();
    this.#records.close();
  }
}

/** Records in memory. */
export class MemoryRecords implements WritableRecords {
  readonly #records = new Map<string, Uint8Array>();

  get size(): number {
    return this.#records.size;
  }

  get(hash: Uint8Array): Uint8Array | undefined {
    return this.#records.get(hashKey(hash));
  }

  put(records: readonly NodeRecord[]): void {
    for (const { hash, data } of records) this.#records.set(hashKey(hash), data);
  }

  close(): void {}
}
