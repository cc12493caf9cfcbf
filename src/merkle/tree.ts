/**
 * A tree being read and edited: the operations of merkle.md §1.3 on persistent nodes.
 *
 * A `Tree` is a session. Editing copies what is shared and changes in place what the session itself made; every node handed out
 * (`findTree`, `root`) is a snapshot that later edits do not touch.
 *
 * With an observer (a proof is being recorded or verified) the session is *exact*: updates stay batched until a hash is asked, as in the
 * reference, so that the set of nodes read is the reference's (merkle.md §4.2).
 */
import type { Path } from "./errors.js";
import { compareSteps, type Entry, findInInode, inodeLength, listInode, nthInInode } from "./inode.js";
import { Directory, Leaf, type ReadObserver, type TreeNode } from "./node.js";

/** How stored nodes are read: with or without somebody watching. */
export interface Access {
  readonly observer: ReadObserver | null;
  /** Keep updates batched and re-encode what was read, as the reference does. */
  readonly exact: boolean;
}

export const PLAIN_ACCESS: Access = { observer: null, exact: false };
/** For what was made inside an exact session and never stored: nobody can watch it being read. */
export const EXACT_UNOBSERVED: Access = { observer: null, exact: true };

/** The entry of a directory, pending updates first. */
export function lookup(directory: Directory, step: string, observer: ReadObserver | null): TreeNode | undefined {
  const pending = directory.pending;
  if (pending !== null) {
    const update = pending.get(step);
    if (update !== undefined) return update === null ? undefined : update;
    if (directory.fresh) return undefined;
  }
  const root = directory.readRoot(observer);
  const node = findInInode(root, step, visitor(directory, observer));
  // What a committed structure holds is finished, whoever made it; a recorder wants it committed too.
  if (observer !== null && node !== undefined && node.kind === "directory") node.seal();
  return node;
}

function visitor(directory: Directory, observer: ReadObserver | null) {
  if (observer === null || directory.fresh) return null;
  const stored = directory.stored ?? directory;
  return (inode: Parameters<ReadObserver["inode"]>[1]) => observer.inode(stored, inode);
}

/** The entries of a directory: by name when it has pending updates, else in the order of its inodes (merkle.md §1.3). */
export function entriesOf(directory: Directory, observer: ReadObserver | null): Entry[] {
  const visit = visitor(directory, observer);
  const pending = directory.pending;
  if (pending === null || (pending.size === 0 && !directory.fresh))
    return listInode(directory.readRoot(observer), visit);
  const stored = directory.fresh ? [] : listInode(directory.readRoot(observer), visit);
  const entries = stored.filter(({ step }) => !pending.has(step));
  for (const [step, node] of pending) if (node !== null) entries.push({ step, node });
  return entries.sort((a, b) => compareSteps(a.step, b.step));
}

/** Whether a directory is empty; may have to read all of it, as in the reference (merkle.md §4.2). */
export function isEmptyDirectory(directory: Directory, observer: ReadObserver | null): boolean {
  if (directory.hashIsKnown) return directory.hasSameHash(Directory.empty);
  const pending = directory.pending;
  if (pending === null) return directory.readRoot(observer) === null;
  if (directory.fresh) return pending.size === 0;
  for (const node of pending.values()) if (node !== null) return false;
  const visit = visitor(directory, observer);
  const root = directory.readRoot(observer);
  if (root === null) return true;
  if (pending.size === 0 || inodeLength(root, visit) > pending.size) return false;
  return listInode(root, visit).every(({ step }) => pending.has(step));
}

/** Same node for sure. Directories whose hashes are not both known count as different, as in the reference. */
function surelyEqual(a: TreeNode, b: TreeNode): boolean {
  if (a === b) return true;
  if (a.kind === "leaf") return b.kind === "leaf" && a.hasSameHash(b);
  if (b.kind === "leaf") return false;
  return a.hashIsKnown && b.hashIsKnown && a.hasSameHash(b);
}

export class Tree {
  readonly access: Access;
  #root: TreeNode;
  /** Directories that carry this token were made by this session since the last snapshot and may be edited in place. */
  #token: object = {};
  /** Whether the update under way has changed anything so far. */
  #changed = false;

  constructor(root: TreeNode, access: Access = PLAIN_ACCESS) {
    this.#root = root;
    this.access = access;
  }

  /** The whole tree as it is now. */
  get root(): TreeNode {
    this.#token = {};
    return this.#root;
  }

  replaceRoot(root: TreeNode): void {
    this.#root = root;
  }

  get hash(): Uint8Array {
    return this.#root.kind === "leaf" ? this.#root.hash : this.#root.hashObserved(this.access.observer);
  }

  /** The contents of the leaf at a path; undefined if there is none. */
  find(path: Path): Uint8Array | undefined {
    const node = this.locate(path);
    if (node === undefined || node.kind !== "leaf") return undefined;
    this.access.observer?.leaf(node);
    return node.bytes;
  }

  /** The leaf or directory at a path. */
  findTree(path: Path): TreeNode | undefined {
    const node = this.locate(path);
    this.#token = {};
    return node;
  }

  has(path: Path): boolean {
    return this.locate(path) !== undefined;
  }

  /** Like `findTree`, but the node is only good until the next edit, which may change it in place: cheaper edits. */
  peek(path: Path): TreeNode | undefined {
    return this.locate(path);
  }

  /**
   * The entry at an index (from 0) of the directory at a path, in the order of its inodes whatever its updates: the order of a directory that
   * a step of a proof finds untouched (merkle.md §1.3). Undefined past the end. The node is good until the next edit.
   */
  nth(path: Path, index: number): Entry | undefined {
    const node = this.locate(path);
    if (node === undefined || node.kind === "leaf") return undefined;
    const { observer } = this.access;
    return nthInInode(node.applied(observer), index, visitor(node, observer));
  }

  private locate(path: Path): TreeNode | undefined {
    let node: TreeNode | undefined = this.#root;
    for (const step of path) {
      if (node === undefined || node.kind === "leaf") return undefined;
      node = lookup(node, step, this.access.observer);
    }
    return node;
  }

  /** Number of entries of the directory at a path; 0 if there is none. */
  length(path: Path): number {
    const node = this.locate(path);
    if (node === undefined || node.kind === "leaf") return 0;
    if (node.fresh && node.pending !== null) return node.pending.size;
    return inodeLength(node.applied(this.access.observer), visitor(node, this.access.observer));
  }

  /** The entries of the directory at a path, in the reference's listing order. */
  list(path: Path): Entry[] {
    const node = this.locate(path);
    if (node === undefined || node.kind === "leaf") return [];
    const entries = entriesOf(node, this.access.observer);
    this.#token = {};
    return entries;
  }

  /** Puts a leaf, making directories (and replacing leaves) on the way. */
  add(path: Path, bytes: Uint8Array): void {
    this.update(path, Leaf.of(bytes));
  }

  /** Puts a node; putting an empty directory removes. */
  addTree(path: Path, node: TreeNode): void {
    const removes = node.kind === "directory" && isEmptyDirectory(node, this.access.observer);
    this.update(path, removes ? null : node);
  }

  /** Removes what is at a path and every directory that becomes empty by it. */
  remove(path: Path): void {
    this.update(path, null);
  }

  private update(path: Path, node: TreeNode | null): void {
    if (path.length === 0) {
      this.#root = node ?? Directory.empty;
      return;
    }
    this.#changed = false;
    const top = this.#root.kind === "directory" ? this.#root : Directory.fresh(new Map(), this.access.exact);
    const updated = this.updateIn(top, path, 0, node);
    if (this.#changed) this.#root = updated;
  }

  /** The directory with the update made below it; `#changed` tells whether there was anything to change. */
  private updateIn(directory: Directory, path: Path, index: number, node: TreeNode | null): Directory {
    const step = path[index] as string; // index < path.length, kept by the callers
    const old = lookup(directory, step, this.access.observer);
    if (index === path.length - 1) {
      if (node === null) return old === undefined ? directory : this.put(directory, step, null);
      if (old !== undefined && surelyEqual(old, node)) return directory;
      return this.put(directory, step, node);
    }
    const child = old !== undefined && old.kind === "directory" ? old : Directory.fresh(new Map(), this.access.exact);
    const updated = this.updateIn(child, path, index + 1, node);
    if (!this.#changed) return directory;
    return this.put(directory, step, isEmptyDirectory(updated, this.access.observer) ? null : updated);
  }

  private put(directory: Directory, step: string, node: TreeNode | null): Directory {
    let target = directory;
    if (target.owner !== this.#token) {
      target = target.fork(this.access.exact);
      target.owner = this.#token;
    }
    target.update(step, node);
    this.#changed = true;
    return target;
  }
}
