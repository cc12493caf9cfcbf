/** What differs between two states: values of the durable storage, memory, leaves of the tree. Equal hashes prune the walk. */
import { CHUNK_BYTES } from "../merkle/chunked-bytes.js";
import type { TreeNode } from "../merkle/node.js";
import { Tree } from "../merkle/tree.js";
import { Durable, parseKey, VALUE_STEP } from "../pvm/durable.js";
import type { Memory } from "../wasm/runtime.js";

export interface Difference {
  readonly path: string;
  /** Bytes of either side; null where there are none. */
  readonly before: Uint8Array | null;
  readonly after: Uint8Array | null;
}

/** Differences told at most. */
export const MAX_DIFFERENCES = 1000;

type Side = TreeNode | undefined;

function walk(
  before: Side,
  after: Side,
  path: readonly string[],
  found: Difference[],
  isStorage: boolean,
  roots: readonly [Side, Side],
): void {
  if (found.length >= MAX_DIFFERENCES || before === after) return;
  if (
    before !== undefined &&
    after !== undefined &&
    before.kind === after.kind &&
    Buffer.compare(before.hash, after.hash) === 0
  )
    return;
  if (isStorage && path.at(-1) === VALUE_STEP) {
    const key = `/${path.slice(0, -1).join("/")}`;
    found.push({ path: key, before: valueAt(roots[0], key), after: valueAt(roots[1], key) });
    return;
  }
  const leaf = (side: Side): Uint8Array | null => (side?.kind === "leaf" ? side.bytes : null);
  if (before?.kind === "leaf" || after?.kind === "leaf") {
    found.push({ path: `/${path.join("/")}`, before: leaf(before), after: leaf(after) });
    if (before?.kind === "leaf" && after?.kind === "leaf") return;
  }
  const steps = new Set([...children(before).keys(), ...children(after).keys()]);
  for (const step of [...steps].sort()) {
    walk(children(before).get(step), children(after).get(step), [...path, step], found, isStorage, roots);
  }
}

function children(side: Side): Map<string, TreeNode> {
  if (side === undefined || side.kind === "leaf") return new Map();
  return new Map(new Tree(side).list([]).map(({ step, node }) => [step, node]));
}

function valueAt(root: Side, key: string): Uint8Array | null {
  const parsed = parseKey(key);
  if (root === undefined || parsed === null) return null;
  return new Durable(new Tree(root)).findValue(parsed)?.toBytes() ?? null;
}

/** Values that were added, changed or removed. */
export function diffStorage(before: TreeNode, after: TreeNode): Difference[] {
  const found: Difference[] = [];
  walk(before, after, [], found, true, [before, after]);
  return found;
}

/** Leaves of the state's tree that were added, changed or removed. */
export function diffTree(before: TreeNode, after: TreeNode): Difference[] {
  const found: Difference[] = [];
  walk(before, after, [], found, false, [before, after]);
  return found;
}

/** Ranges of memory whose bytes differ; a memory that is not there reads as zeros. */
export function diffMemory(
  before: Memory | null,
  after: Memory | null,
): { readonly address: number; readonly before: Uint8Array; readonly after: Uint8Array }[] {
  const indices = new Set([...(before?.chunks.chunkIndices() ?? []), ...(after?.chunks.chunkIndices() ?? [])]);
  const zeros = new Uint8Array(CHUNK_BYTES);
  const ranges: { address: number; before: Uint8Array; after: Uint8Array }[] = [];
  for (const index of [...indices].sort((a, b) => a - b)) {
    const a = before?.chunks.chunk(index) ?? zeros;
    const b = after?.chunks.chunk(index) ?? zeros;
    for (let at = 0; at < CHUNK_BYTES && ranges.length < MAX_DIFFERENCES; at++) {
      if (a[at] === b[at]) continue;
      let end = at + 1;
      while (end < CHUNK_BYTES && a[end] !== b[end]) end++;
      ranges.push({ address: index * CHUNK_BYTES + at, before: a.slice(at, end), after: b.slice(at, end) });
      at = end;
    }
  }
  return ranges;
}
