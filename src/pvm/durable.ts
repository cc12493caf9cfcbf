/**
 * The durable storage: pvm.md §6. A value stands under the step `@` of its key, as a chunked byte vector; values and sub-keys coexist.
 * The tree operations are those of the reference, one for one, since step proofs show what they read.
 */
import { ChunkedBytes, chunkedBytes } from "../merkle/chunked-bytes.js";
import type { Entry } from "../merkle/inode.js";
import type { TreeNode } from "../merkle/node.js";
import { saveInto, View } from "../merkle/schema.js";
import type { Tree } from "../merkle/tree.js";

/** The step under which the value of a key stands; no key can contain it. */
export const VALUE_STEP = "@";
export const MAX_KEY_BYTES = 240;

const STEP = /^[-._0-9A-Za-z]+$/;

/** A key: its steps, the path of its value, and whether the kernel may not write there. */
export interface DurableKey {
  readonly steps: readonly string[];
  readonly value: readonly string[];
  readonly readonly: boolean;
}

/** Kernels use the same keys again and again. Cleared when full. */
const parsedKeys = new Map<string, DurableKey>();
const MAX_PARSED_KEYS = 4096;

/** Parses a key, one character a byte; null when it is not one. The empty string is the (read-only) root. */
export function parseKey(key: string): DurableKey | null {
  const known = parsedKeys.get(key);
  if (known !== undefined) return known;
  if (key.length > MAX_KEY_BYTES) return null;
  const [before, ...steps] = key.split("/");
  if (before !== "" || !steps.every((step) => STEP.test(step))) return null;
  const parsed: DurableKey = {
    steps,
    value: [...steps, VALUE_STEP],
    readonly: steps.length === 0 || steps[0] === "readonly",
  };
  if (parsedKeys.size >= MAX_PARSED_KEYS) parsedKeys.clear();
  parsedKeys.set(key, parsed);
  return parsed;
}

/** The key of a text known to be one. */
export function durableKey(key: string): DurableKey {
  const parsed = parseKey(key);
  if (parsed === null) throw new Error(`not a durable key: ${JSON.stringify(key)}`);
  return parsed;
}

/** The storage as a session on its tree. */
export class Durable {
  readonly tree: Tree;

  constructor(tree: Tree) {
    this.tree = tree;
  }

  /** Whether there is a value or a sub-key at a key. */
  exists(key: DurableKey): boolean {
    return this.tree.has(key.steps);
  }

  hasValue(key: DurableKey): boolean {
    return this.tree.has(key.value);
  }

  /** The stored form of the value of a key. */
  valueNode(key: DurableKey): TreeNode | undefined {
    return this.tree.findTree(key.value);
  }

  /** Like `hasValue`, reading what loading the value reads. Throws `KeyNotFound` for a value without a length. */
  hasLoadedValue(key: DurableKey): boolean {
    return this.peekValue(key) !== null;
  }

  /** The value of a key, its chunks not read yet; null if it has none. Throws `KeyNotFound` for a value without a length. */
  findValue(key: DurableKey): ChunkedBytes | null {
    const node = this.tree.findTree(key.value);
    return node === undefined ? null : chunkedBytes.load(View.of(node, this.tree.access, ["durable", ...key.value]));
  }

  /** Like `findValue`, but the value is only good until the next edit: cheaper edits. */
  peekValue(key: DurableKey): ChunkedBytes | null {
    const node = this.tree.peek(key.value);
    return node === undefined ? null : chunkedBytes.load(View.of(node, this.tree.access));
  }

  /** Number of children of a key, its value counting as one. */
  count(key: DurableKey): number {
    return this.tree.length(key.steps);
  }

  /** Children of a key, its value among them. */
  list(key: DurableKey): Entry[] {
    return this.tree.list(key.steps);
  }

  /**
   * Name of the child at an index (from 0) of a key that exists, in the order of the Merkle structure; the value's is the empty string.
   * Null past the end. The order is the one in which a proof of the step shows them; see `Tree.nth`.
   */
  childName(key: DurableKey, index: number): string | null {
    const entry = this.tree.nth(key.steps, index);
    if (entry === undefined) return null;
    return entry.step === VALUE_STEP ? "" : entry.step;
  }

  /** Replaces the value of a key, whatever was there. */
  setValue(key: DurableKey, bytes: Uint8Array): void {
    saveInto(this.tree, key.value, chunkedBytes, ChunkedBytes.ofBytes(bytes));
  }

  /** Makes a value of zeros; false if the key has one. */
  createValue(key: DurableKey, length: number): boolean {
    if (this.tree.has(key.value)) return false;
    saveInto(this.tree, key.value, chunkedBytes, ChunkedBytes.allocate(length));
    return true;
  }

  /**
   * Writes into the value of a key, making or growing it. False when the offset is beyond its end. Throws `BytesBounds` for a negative
   * offset. Changes nothing when it fails.
   */
  writeValue(key: DurableKey, offset: number, bytes: Uint8Array): boolean {
    let value = this.peekValue(key) ?? ChunkedBytes.allocate(0);
    if (offset > value.length) return false;
    const growth = offset + bytes.length - value.length;
    if (growth > 0) value = value.grow(growth);
    saveInto(this.tree, key.value, chunkedBytes, value.store(offset, bytes));
    return true;
  }

  deleteValue(key: DurableKey): void {
    this.tree.remove(key.value);
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

  /** Moves all that is at a key; false if there is nothing. What was at `to`, and what is left at `from`, goes. */
  moveTree(from: DurableKey, to: DurableKey): boolean {
    const node = this.tree.findTree(from.steps);
    if (node === undefined) return false;
    this.tree.remove(from.steps);
    this.tree.addTree(to.steps, node);
    return true;
  }

  /** The hash of all that is at a key; null if there is nothing. */
  treeHash(key: DurableKey): Uint8Array | null {
    return this.hashOf(this.tree.peek(key.steps));
  }

  /** The hash of the value of a key; null if it has none. */
  valueHash(key: DurableKey): Uint8Array | null {
    return this.hashOf(this.tree.peek(key.value));
  }

  private hashOf(node: TreeNode | undefined): Uint8Array | null {
    if (node === undefined) return null;
    return node.kind === "leaf" ? node.hash : node.hashObserved(this.tree.access.observer);
  }
}
