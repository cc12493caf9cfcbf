/**
 * The durable storage: pvm.md §6. A value stands under the step `@` of its key, as a chunked byte vector; values and sub-keys coexist.
 * The tree operations are those of the reference, one for one, since step proofs show what they read.
 */
import { ChunkedBytes, chunkedBytes } from "../merkle/chunked-bytes.js";
import type { Entry } from "../merkle/inode.js";
import type { TreeNode } from "../merkle/node.js";
import { loadFrom, saveInto, View } from "../merkle/schema.js";
import type { Tree } from "../merkle/tree.js";

/** The step under which the value of a key stands; no key can contain it. */
export const VALUE_STEP = "@";
export const MAX_KEY_BYTES = 240;

const STEP = /^[-._0-9A-Za-z]+$/;

/** The steps of a key, and whether the kernel may not write there. */
export interface DurableKey {
  readonly steps: readonly string[];
  readonly readonly: boolean;
}

/** Parses a key; null when it is not one. The empty string is the (read-only) root. */
export function parseKey(key: string): DurableKey | null {
  if (key.length > MAX_KEY_BYTES) return null;
  const [before, ...steps] = key.split("/");
  if (before !== "" || !steps.every((step) => STEP.test(step))) return null;
  return { steps, readonly: steps.length === 0 || steps[0] === "readonly" };
}

/** The key of a text known to be one. */
export function durableKey(key: string): DurableKey {
  const parsed = parseKey(key);
  if (parsed === null) throw new Error(`not a durable key: ${JSON.stringify(key)}`);
  return parsed;
}

function valuePath(key: DurableKey): string[] {
  return [...key.steps, VALUE_STEP];
}

/** The storage as a session on its tree. */
export class Durable {
  readonly tree: Tree;

  constructor(tree: Tree) {
    this.tree = tree;
  }

  /** Whether there is a value or a sub-key at a key. */
  exists(key: DurableKey): boolean {
    return this.tree.findTree(key.steps) !== undefined;
  }

  hasValue(key: DurableKey): boolean {
    return this.tree.findTree(valuePath(key)) !== undefined;
  }

  /** Like `hasValue`, reading what loading the value reads. */
  hasLoadedValue(key: DurableKey): boolean {
    return this.findValue(key) !== null;
  }

  /** The value of a key, its chunks not read yet; null if it has none. */
  findValue(key: DurableKey): ChunkedBytes | null {
    const path = valuePath(key);
    const node = this.tree.findTree(path);
    return node === undefined ? null : chunkedBytes.load(View.of(node, this.tree.access, ["durable", ...path]));
  }

  /** Number of children of a key, its value counting as one. */
  count(key: DurableKey): number {
    return this.tree.length(key.steps);
  }

  /** Children of a key in the reference's order. */
  list(key: DurableKey): Entry[] {
    return this.tree.list(key.steps);
  }

  /** Replaces the value of a key, whatever was there. */
  setValue(key: DurableKey, bytes: Uint8Array): void {
    saveInto(this.tree, valuePath(key), chunkedBytes, ChunkedBytes.ofBytes(bytes));
  }

  /** Makes a value of zeros; false if the key has one. */
  createValue(key: DurableKey, length: number): boolean {
    const path = valuePath(key);
    if (this.tree.findTree(path) !== undefined) return false;
    saveInto(this.tree, path, chunkedBytes, ChunkedBytes.allocate(length));
    return true;
  }

  /** Writes into the value of a key, making or growing it. False when the offset is beyond its end. */
  writeValue(key: DurableKey, offset: number, bytes: Uint8Array): boolean {
    const path = valuePath(key);
    const exists = this.tree.findTree(path) !== undefined;
    let value = exists ? loadFrom(this.tree, path, chunkedBytes) : ChunkedBytes.allocate(0);
    if (offset > value.length) return false;
    const growth = offset + bytes.length - value.length;
    if (growth > 0) value = value.grow(growth);
    saveInto(this.tree, path, chunkedBytes, value.store(offset, bytes));
    return true;
  }

  deleteValue(key: DurableKey): void {
    this.tree.remove(valuePath(key));
  }

  /** Removes a key with all below it. */
  deleteTree(key: DurableKey): void {
    this.tree.remove(key.steps);
  }

  /** Copies all that is at a key; false if there is nothing. */
  copyTree(from: DurableKey, to: DurableKey): boolean {
    const node = this.tree.findTree(from.steps);
    if (node === undefined) return false;
    this.tree.addTree(to.steps, node);
    return true;
  }

  moveTree(from: DurableKey, to: DurableKey): boolean {
    const node = this.tree.findTree(from.steps);
    if (node === undefined) return false;
    this.tree.remove(from.steps);
    this.tree.addTree(to.steps, node);
    return true;
  }

  /** The hash of all that is at a key; null if there is nothing. */
  treeHash(key: DurableKey): Uint8Array | null {
    return this.hashOf(this.tree.findTree(key.steps));
  }

  /** The hash of the value of a key; null if it has none. */
  valueHash(key: DurableKey): Uint8Array | null {
    return this.hashOf(this.tree.findTree(valuePath(key)));
  }

  private hashOf(node: TreeNode | undefined): Uint8Array | null {
    if (node === undefined) return null;
    return node.kind === "leaf" ? node.hash : node.hashObserved(this.tree.access.observer);
  }
}
