/**
 * The canonical inner structure of a directory: a binary trie over the bits of the step hashes (merkle.md §1.1).
 * At most two entries are a "values" inode, more a "branch". Inodes are immutable and shared between versions of a directory.
 */
import { MissingNode } from "./errors.js";
import { Hashed } from "./hashed.js";
import type { NodeSource, TreeNode, Updates } from "./node.js";
import { PreimageWriter } from "./preimage.js";
import { stepBit, stepHash } from "./step-hash.js";

/** As many entries fit in a "values" inode. */
export const MAX_VALUES = 2;

export interface Entry {
  readonly step: string;
  readonly node: TreeNode;
}

export type Inode = ValuesInode | BranchInode | UnloadedInode;
type Visit = ((inode: Inode) => void) | null;

const preimage = new PreimageWriter();

export class ValuesInode extends Hashed {
  readonly kind = "values";
  /** One or two entries in byte order of their steps. */
  readonly entries: readonly Entry[];

  constructor(entries: readonly Entry[]) {
    super();
    this.entries = entries;
  }

  get length(): number {
    return this.entries.length;
  }

  protected computeHash(): void {
    for (const { node } of this.entries) node.ensureHash();
    preimage.reset();
    preimage.byte(0);
    preimage.varint(this.entries.length);
    for (const { step, node } of this.entries) {
      preimage.name(step);
      preimage.byte(node.kind === "leaf" ? 1 : 0);
      preimage.hash(node);
    }
    this.takeWords(preimage.digest());
  }
}

export class BranchInode extends Hashed {
  readonly kind = "branch";
  readonly depth: number;
  /** Entries below, at least three. */
  readonly length: number;
  readonly left: Inode | null;
  readonly right: Inode | null;

  constructor(depth: number, length: number, left: Inode | null, right: Inode | null) {
    super();
    this.depth = depth;
    this.length = length;
    this.left = left;
    this.right = right;
  }

  protected computeHash(): void {
    const { left, right } = this;
    left?.ensureHash();
    right?.ensureHash();
    preimage.reset();
    preimage.byte(1);
    preimage.varint(this.depth);
    preimage.varint(this.length);
    preimage.varint((left === null ? 0 : 1) + (right === null ? 0 : 1));
    if (left !== null) {
      preimage.byte(0);
      preimage.hash(left);
    }
    if (right !== null) {
      preimage.byte(1);
      preimage.hash(right);
    }
    this.takeWords(preimage.digest());
  }
}

/** An inode of which only the hash is known so far. */
export class UnloadedInode extends Hashed {
  readonly kind = "unloaded";
  readonly #source: NodeSource | null;
  #loaded: ValuesInode | BranchInode | undefined;

  constructor(hash: Uint8Array, source: NodeSource | null) {
    super();
    this.takeBytes(hash);
    this.#source = source;
  }

  protected computeHash(): void {}

  load(): ValuesInode | BranchInode {
    if (this.#loaded === undefined) {
      const hash = this.hash;
      const inode = this.#source?.inode(hash);
      if (inode === undefined || inode.kind === "unloaded") throw new MissingNode(hash, "inode");
      this.#loaded = inode;
    }
    return this.#loaded;
  }
}

function open(inode: Inode, visit: Visit): ValuesInode | BranchInode {
  if (visit !== null) visit(inode);
  return inode.kind === "unloaded" ? inode.load() : inode;
}

/** Order of steps: unsigned byte order. Steps outside ASCII (never in a PVM state) compare as UTF-8. */
export function compareSteps(a: string, b: string): number {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index++) {
    const left = a.charCodeAt(index);
    const right = b.charCodeAt(index);
    if (left >= 0x80 || right >= 0x80) return Buffer.compare(Buffer.from(a, "utf8"), Buffer.from(b, "utf8"));
    if (left !== right) return left - right;
  }
  return a.length - b.length;
}

/** The node under a step, or undefined. Reads every inode on the way. */
export function findInInode(root: Inode | null, step: string, visit: Visit): TreeNode | undefined {
  if (root === null) return undefined;
  let inode = open(root, visit);
  let hash: Uint8Array | undefined;
  while (inode.kind === "branch") {
    hash ??= stepHash(step);
    const child: Inode | null = stepBit(hash, inode.depth) === 0 ? inode.left : inode.right;
    if (child === null) return undefined;
    inode = open(child, visit);
  }
  for (const entry of inode.entries) if (entry.step === step) return entry.node;
  return undefined;
}

/** All entries in the order of the structure: child 0 before child 1, by name inside "values". Reads all. */
export function listInode(root: Inode | null, visit: Visit): Entry[] {
  const entries: Entry[] = [];
  const walk = (inode: Inode | null): void => {
    if (inode === null) return;
    const opened = open(inode, visit);
    if (opened.kind === "values") entries.push(...opened.entries);
    else {
      walk(opened.left);
      walk(opened.right);
    }
  };
  walk(root);
  return entries;
}

/** The entry at an index of that order, or undefined. Reads the inodes that come before it only as far as to know how many entries they hold. */
export function nthInInode(root: Inode | null, index: number, visit: Visit): Entry | undefined {
  let inode: ValuesInode | BranchInode | null = root === null ? null : open(root, visit);
  let left = index;
  while (inode !== null && inode.kind === "branch") {
    let below: ValuesInode | BranchInode | null = null;
    for (const child of [inode.left, inode.right]) {
      if (child === null) continue;
      const opened = open(child, visit);
      if (left < opened.length) {
        below = opened;
        break;
      }
      left -= opened.length;
    }
    inode = below;
  }
  return inode === null ? undefined : inode.entries[left];
}

/** Number of entries. Reads the root inode only. */
export function inodeLength(root: Inode | null, visit: Visit): number {
  return root === null ? 0 : open(root, visit).length;
}

/** The structure holding these entries. */
export function buildInode(entries: Updates): Inode | null {
  const list: Entry[] = [];
  for (const [step, node] of entries) if (node !== null) list.push({ step, node });
  return list.length === 0 ? null : buildAt(list, 0);
}

function buildAt(entries: Entry[], depth: number): Inode {
  if (entries.length <= MAX_VALUES) return new ValuesInode(sorted(entries));
  const left: Entry[] = [];
  const right: Entry[] = [];
  for (const entry of entries) (stepBit(stepHash(entry.step), depth) === 0 ? left : right).push(entry);
  return new BranchInode(
    depth,
    entries.length,
    left.length === 0 ? null : buildAt(left, depth + 1),
    right.length === 0 ? null : buildAt(right, depth + 1),
  );
}

function sorted(entries: Entry[]): Entry[] {
  const [first, second] = entries;
  if (first !== undefined && second !== undefined && compareSteps(first.step, second.step) > 0) return [second, first];
  return entries;
}

/** Applies updates one by one in byte order of the names: the order decides what is read (merkle.md §4.2). */
export function applyUpdates(root: Inode | null, updates: Updates, visit: Visit): Inode | null {
  let result = root;
  for (const step of [...updates.keys()].sort(compareSteps)) {
    const node = updates.get(step);
    result =
      node === null || node === undefined ? removeStep(result, step, visit) : addStep(result, step, node, 0, visit);
  }
  return result;
}

/** Applies updates all at once: the same structure, made with the least work. */
export function mergeUpdates(root: Inode | null, updates: Updates): Inode | null {
  const list: Update[] = [];
  for (const [step, node] of updates) list.push({ step, node });
  return mergeAt(root, list, 0);
}

interface Update {
  readonly step: string;
  /** Null: remove. */
  readonly node: TreeNode | null;
}

function mergeAt(inode: Inode | null, updates: readonly Update[], depth: number): Inode | null {
  if (updates.length === 0) return inode;
  const opened = inode === null ? null : open(inode, null);
  if (opened === null || opened.kind === "values") {
    const entries: Entry[] = [];
    if (opened !== null) {
      for (const entry of opened.entries) if (!updates.some(({ step }) => step === entry.step)) entries.push(entry);
    }
    for (const { step, node } of updates) if (node !== null) entries.push({ step, node });
    return entries.length === 0 ? null : buildAt(entries, depth);
  }
  const ofLeft: Update[] = [];
  const ofRight: Update[] = [];
  for (const update of updates) (stepBit(stepHash(update.step), depth) === 0 ? ofLeft : ofRight).push(update);
  const left = mergeAt(opened.left, ofLeft, depth + 1);
  const right = mergeAt(opened.right, ofRight, depth + 1);
  if (left === opened.left && right === opened.right) return opened;
  const length =
    lengthAfter(opened, opened.left, left, opened.right) + lengthAfter(opened, opened.right, right, opened.left);
  if (length === 0) return null;
  if (length > MAX_VALUES) return new BranchInode(depth, length, left, right);
  return new ValuesInode(sorted([...listInode(left, null), ...listInode(right, null)]));
}

/** Length of a child after an update; that of one not loaded follows from its parent and its sibling. */
function lengthAfter(parent: BranchInode, before: Inode | null, after: Inode | null, sibling: Inode | null): number {
  if (after === null) return 0;
  if (after.kind !== "unloaded" || after !== before) return open(after, null).length;
  return sibling !== null && sibling.kind === "unloaded" ? after.load().length : parent.length - (sibling?.length ?? 0);
}

function addStep(inode: Inode | null, step: string, node: TreeNode, depth: number, visit: Visit): Inode {
  if (inode === null) return new ValuesInode([{ step, node }]);
  const opened = open(inode, visit);
  if (opened.kind === "values") {
    const others = opened.entries.filter((entry) => entry.step !== step);
    return buildAt([...others, { step, node }], depth);
  }
  const onLeft = stepBit(stepHash(step), depth) === 0;
  const child = onLeft ? opened.left : opened.right;
  const before = child === null ? 0 : open(child, visit).length;
  const updated = addStep(child, step, node, depth + 1, visit);
  const length = opened.length - before + open(updated, null).length;
  return onLeft
    ? new BranchInode(depth, length, updated, opened.right)
    : new BranchInode(depth, length, opened.left, updated);
}

function removeStep(root: Inode | null, step: string, visit: Visit): Inode | null {
  if (findInInode(root, step, visit) === undefined) return root;
  return removePresent(root as Inode, step, visit);
}

/** A branch that is left with two entries collapses to "values": everything below is read. */
function removePresent(inode: Inode, step: string, visit: Visit): Inode | null {
  const opened = open(inode, visit);
  if (opened.length - 1 <= MAX_VALUES) {
    const rest = listInode(opened, visit).filter((entry) => entry.step !== step);
    return rest.length === 0 ? null : new ValuesInode(sorted(rest));
  }
  // More than three entries: this is a branch.
  const branch = opened as BranchInode;
  const onLeft = stepBit(stepHash(step), branch.depth) === 0;
  const child = (onLeft ? branch.left : branch.right) as Inode; // the step was found below it
  const updated = removePresent(child, step, visit);
  return onLeft
    ? new BranchInode(branch.depth, branch.length - 1, updated, branch.right)
    : new BranchInode(branch.depth, branch.length - 1, branch.left, updated);
}
