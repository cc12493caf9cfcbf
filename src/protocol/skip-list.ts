// Merkelized skip lists of basis 4 (protocol.md §2.3), as the inbox uses them twice: over the messages of a level and over
// levels. A cell holds an index, a content, and back pointers, which are hashes of earlier cells: slot i of the cell of
// index n points at the cell of index n - (n mod 4^i) - 1. How a cell is hashed is up to the list.
//
// The index is not part of what is hashed, in Octez as here. So a path proves what it shows about contents, but indices
// only as far as the shape of the cells ties them: `PathRules` says how far that is checked.
//
// Indices are numbers: a cell of index 2^53 or more is refused where it is decoded.

import { codec } from "../encoding/codecs.js";
import { type Form, formOf, listOf, objectForm, req } from "../encoding/form.js";
import { expectDecimal, JsonError } from "../encoding/json.js";
import { readNNumber, writeN } from "../encoding/zarith.js";
import { hashEquals } from "./identifiers.js";

/** A cell with content C, pointed at by hashes P. */
export interface SkipListCell<C, P extends Uint8Array> {
  readonly index: number;
  readonly content: C;
  /** Slot i at position i. */
  readonly backPointers: readonly P[];
}

/** Finds a cell by its hash; undefined when it is not known. */
export type CellLookup<C, P extends Uint8Array> = (hash: P) => SkipListCell<C, P> | undefined;

const BASIS = 4;

/** Paths are shorter than 3 cells a slot, slots fewer than 27: a longer one comes from a lookup that goes round. */
const MAX_PATH_CELLS = 128;

/** The first cell of a list. */
export function genesisCell<C, P extends Uint8Array>(content: C): SkipListCell<C, P> {
  return { index: 0, content, backPointers: [] };
}

/** The cell after `previous`, whose hash is given. */
export function nextCell<C, P extends Uint8Array>(
  previous: SkipListCell<C, P>,
  previousHash: P,
  content: C,
): SkipListCell<C, P> {
  const index = previous.index + 1;
  const backPointers: P[] = [];
  for (let power = 1; power <= index; power *= BASIS) {
    const kept = previous.backPointers[backPointers.length];
    if (index % power === 0) backPointers.push(previousHash);
    else if (kept !== undefined) backPointers.push(kept);
    else throw new RangeError(`skip list cell ${previous.index} lacks back pointer ${backPointers.length}`);
  }
  return { index, content, backPointers };
}

/** How many back pointers the cell of an index has. */
export function backPointerCount(index: number): number {
  let count = 0;
  for (let power = 1; power <= index; power *= BASIS) count++;
  return count;
}

/** The index that slot `slot` of the cell of index `index` points at. */
export function backPointerTarget(index: number, slot: number): number {
  return index - (index % BASIS ** slot) - 1;
}

/**
 * The slot, among `slots`, that goes farthest back without going below `target`. The order in which slots are tried is part
 * of the protocol: it matters when several point at the same index.
 */
function bestSlot(index: number, slots: number, target: number): number {
  let low = 0;
  let high = slots - 1;
  while (low < high) {
    const middle = low + ((high - low) >> 1);
    const reached = backPointerTarget(index, middle);
    if (reached === target) return middle;
    if (reached < target) {
      high = middle - 1;
      continue;
    }
    const beyond = backPointerTarget(index, middle + 1);
    if (beyond === target) return middle + 1;
    if (beyond < target) return middle;
    low = middle + 1;
  }
  return low;
}

/**
 * The shortest path from the cell of hash `head` to the cell of index `target`: cells from head to target, inclusive.
 * Undefined when the target is not before the head or a cell of the path is not known.
 */
export function backPath<C, P extends Uint8Array>(
  lookup: CellLookup<C, P>,
  head: P,
  target: number,
): SkipListCell<C, P>[] | undefined {
  const path: SkipListCell<C, P>[] = [];
  let hash: P | undefined = head;
  while (hash !== undefined && path.length < MAX_PATH_CELLS) {
    const cell: SkipListCell<C, P> | undefined = lookup(hash);
    if (cell === undefined || cell.index < target) return undefined;
    path.push(cell);
    if (cell.index === target) return path;
    hash = cell.backPointers[bestSlot(cell.index, cell.backPointers.length, target)];
  }
  return undefined;
}

/** Where a search by content ended. */
export type SearchResult<C, P extends Uint8Array> =
  | { readonly kind: "found"; readonly path: readonly SkipListCell<C, P>[] }
  /** No cell has the content looked for; `lower` is the first one found below. */
  | { readonly kind: "absent"; readonly lower: SkipListCell<C, P> | undefined }
  /** A cell of the path is not known. */
  | { readonly kind: "unknown"; readonly hash: P };

/** A search as a coroutine: yields the hash of a cell that it needs, and is given that cell. */
type Search<C, P extends Uint8Array, R> = Generator<P, R, SkipListCell<C, P> | undefined>;

/**
 * Looks for a content from `head` back, in a list whose contents grow with the index. `compare` is negative, zero or
 * positive as a content is below, equal to or above the one looked for. The path found is the shortest. Cells before the
 * target need not be known.
 */
export function searchCell<C, P extends Uint8Array>(
  lookup: CellLookup<C, P>,
  head: SkipListCell<C, P>,
  compare: (content: C) => number,
): SearchResult<C, P> {
  const search = searchSteps(head, compare);
  let step = search.next();
  while (step.done !== true) step = search.next(lookup(step.value));
  return step.value;
}

/** `searchCell` over a store that answers later. */
export async function searchCellAsync<C, P extends Uint8Array>(
  lookup: (hash: P) => Promise<SkipListCell<C, P> | undefined>,
  head: SkipListCell<C, P>,
  compare: (content: C) => number,
): Promise<SearchResult<C, P>> {
  const search = searchSteps(head, compare);
  let step = search.next();
  while (step.done !== true) step = search.next(await lookup(step.value));
  return step.value;
}

function* searchSteps<C, P extends Uint8Array>(
  head: SkipListCell<C, P>,
  compare: (content: C) => number,
): Search<C, P, SearchResult<C, P>> {
  const order = compare(head.content);
  if (order < 0) return { kind: "absent", lower: head };
  const path = [head];
  let cell = head;
  let reached = order === 0;
  while (!reached) {
    const step: SearchStep<C, P> = yield* farthestNotBelow(cell, compare);
    if (step.kind !== "step") return step;
    cell = step.cell;
    reached = step.reached;
    path.push(cell);
    if (path.length > MAX_PATH_CELLS) throw new RangeError("skip list lookup goes round in circles");
  }
  return { kind: "found", path };
}

type SearchStep<C, P extends Uint8Array> =
  | { readonly kind: "step"; readonly cell: SkipListCell<C, P>; readonly reached: boolean }
  | Exclude<SearchResult<C, P>, { readonly kind: "found" }>;

/** The cell farthest back, among those that `cell` points at, whose content is not below the one looked for. */
function* farthestNotBelow<C, P extends Uint8Array>(
  cell: SkipListCell<C, P>,
  compare: (content: C) => number,
): Search<C, P, SearchStep<C, P>> {
  let candidate: SkipListCell<C, P> | undefined;
  for (const hash of cell.backPointers) {
    const next = yield hash;
    const order = next === undefined ? -1 : compare(next.content);
    if (next !== undefined && order === 0) return { kind: "step", cell: next, reached: true };
    if (order < 0) {
      if (candidate !== undefined) break;
      return next === undefined ? { kind: "unknown", hash } : { kind: "absent", lower: next };
    }
    candidate = next;
  }
  return candidate === undefined
    ? { kind: "absent", lower: undefined }
    : { kind: "step", cell: candidate, reached: false };
}

/**
 * How a path is checked.
 * - "octez": as layer 1 does. Each step goes through the slot that is best for the indices as the cells claim them; a
 *   claimed index is compared with nothing else.
 * - "strict": besides, each cell must have the back pointers that its index calls for, slots of the same target the same
 *   pointer, and each step must arrive at the index that its slot points at. Honest paths pass both.
 */
export type PathRules = "octez" | "strict";

/**
 * Checks that `path`, whose hashes are given, is the shortest path from its first cell to its last. Gives undefined when it
 * is, else what is wrong. The caller compares the first hash with the one it knows.
 */
export function backPathFault<C, P extends Uint8Array>(
  path: readonly SkipListCell<C, P>[],
  hashes: readonly P[],
  rules: PathRules,
): string | undefined {
  const head = path[0];
  const target = path.at(-1);
  if (head === undefined || target === undefined) return "the path is empty";
  for (const [i, cell] of path.entries()) {
    if (rules === "strict" && !hasShapeOfIndex(cell))
      return `cell ${i} has not the back pointers of index ${cell.index}`;
    const next = path[i + 1];
    const nextHash = hashes[i + 1];
    if (next === undefined || nextHash === undefined) break;
    const slot = bestSlot(cell.index, cell.backPointers.length, target.index);
    const pointer = cell.backPointers[slot];
    // A cell with more pointers than the head cannot be behind it; Octez divides by zero here.
    if (pointer === undefined || cell.backPointers.length > head.backPointers.length)
      return `cell ${i} has no way back`;
    if (!hashEquals(pointer, nextHash)) return `cell ${i + 1} is not the best one back from cell ${i}`;
    if (rules === "strict" && next.index !== backPointerTarget(cell.index, slot)) {
      return `cell ${i + 1} claims index ${next.index}, not the one its predecessor points at`;
    }
  }
  return undefined;
}

function hasShapeOfIndex<C, P extends Uint8Array>(cell: SkipListCell<C, P>): boolean {
  const { index, backPointers } = cell;
  if (backPointers.length !== backPointerCount(index)) return false;
  return backPointers.every((pointer, slot) => {
    const before = backPointers[slot - 1];
    if (before === undefined) return true;
    return (backPointerTarget(index, slot - 1) === backPointerTarget(index, slot)) === hashEquals(before, pointer);
  });
}

// ---- Encoding

/** An index: a natural number, below 2^53 here; a decimal string in JSON. */
export const indexForm: Form<number> = formOf(
  codec("index", "dynamic", writeN, readNNumber),
  (index) => String(index),
  (json) => {
    const index = expectDecimal(json);
    if (index < 0n || index > BigInt(Number.MAX_SAFE_INTEGER)) {
      throw new JsonError("encoding.json.bad_value", `${index} is not an index (0 to 2^53 - 1)`, json);
    }
    return Number(index);
  },
);

/** index, content, list of back pointers. */
export function cellForm<C, P extends Uint8Array>(content: Form<C>, pointer: Form<P>): Form<SkipListCell<C, P>> {
  return objectForm("skip list cell", {
    index: req("index", indexForm),
    content: req("content", content),
    backPointers: req("back_pointers", listOf(pointer)),
  });
}
