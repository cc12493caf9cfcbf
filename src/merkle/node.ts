/**
 * The nodes of the Merkle tree and their hashes: merkle.md §1.
 *
 * A `Leaf` is bytes. A `Directory` maps steps to nodes. It is a committed inode structure (`root`, immutable, shared) plus `pending` updates
 * that have not been applied yet: the reference applies the updates of a step in one batch when a hash is asked, and what that batch reads
 * decides what a proof contains (merkle.md §4.2). A directory made from nothing has no committed structure: its `pending` is all it has.
 *
 * Nodes may be *unloaded*: only their hash is known, and a `NodeSource` (a store, or a proof) is asked for the rest.
 */
import { MissingNode } from "./errors.js";
import { Hashed } from "./hashed.js";
import { applyUpdates, buildInode, type Inode, mergeUpdates, type ValuesInode } from "./inode.js";
import { PreimageWriter } from "./preimage.js";

/** Where unloaded nodes come from. Synchronous: the engine never waits. Undefined means not there. */
export interface NodeSource {
  leaf(hash: Uint8Array): Uint8Array | undefined;
  directory(hash: Uint8Array): Inode | null | undefined;
  inode(hash: Uint8Array): Inode | undefined;
}

export type TreeNode = Leaf | Directory;

/** Sees every read of a stored node: how proofs learn what a step touched. */
export interface ReadObserver {
  leaf(leaf: Leaf): void;
  /** A stored directory is entered. Gives the inode structure to read it through (one per hash). */
  directory(directory: Directory): Inode | null;
  inode(directory: Directory, inode: Inode): void;
}

const preimage = new PreimageWriter();

export class Leaf extends Hashed {
  readonly kind = "leaf";
  #bytes: Uint8Array | undefined;
  readonly #source: NodeSource | null;

  private constructor(bytes: Uint8Array | undefined, source: NodeSource | null) {
    super();
    this.#bytes = bytes;
    this.#source = source;
  }

  /** A leaf with these contents, which must not be changed afterwards. */
  static of(bytes: Uint8Array): Leaf {
    return new Leaf(bytes, null);
  }

  static unloaded(hash: Uint8Array, source: NodeSource | null): Leaf {
    const leaf = new Leaf(undefined, source);
    leaf.takeBytes(hash);
    return leaf;
  }

  get isLoaded(): boolean {
    return this.#bytes !== undefined;
  }

  /** The contents. Throws `MissingNode`. */
  get bytes(): Uint8Array {
    if (this.#bytes === undefined) {
      const hash = this.hash;
      this.#bytes = this.#source?.leaf(hash);
      if (this.#bytes === undefined) throw new MissingNode(hash, "leaf");
    }
    return this.#bytes;
  }

  protected computeHash(): void {
    const { bytes } = this;
    preimage.reset();
    preimage.u64(bytes.length);
    preimage.raw(bytes);
    this.takeWords(preimage.digest());
  }
}

/** Updates of a directory, not applied yet: a node to put under a step, or null to remove the step. */
export type Updates = Map<string, TreeNode | null>;

/** A fork of a directory with more pending updates than this commits them rather than copying them, when it may. */
const COMMIT_ABOVE = 16;

export class Directory extends Hashed {
  readonly kind = "directory";
  /** Committed structure; null: nothing; undefined: not loaded. */
  #root: Inode | null | undefined;
  /** Null when there is nothing to apply. */
  pending: Updates | null;
  /** True when made from nothing: `pending` holds all the entries and no removals. */
  fresh: boolean;
  /** Who may edit it in place (a token of a `Tree`); null: nobody. */
  owner: object | null = null;
  /** The committed directory this one started from: what a read observer knows it by. */
  stored: Directory | null;
  #source: NodeSource | null;
  /** Made in an exact session: its updates are applied one by one, as the reference does. */
  #isBatched = false;
  /** The structure with `pending` applied; undefined: not computed since the last update. */
  #applied: Inode | null | undefined;

  private constructor(
    root: Inode | null | undefined,
    pending: Updates | null,
    fresh: boolean,
    stored: Directory | null,
    source: NodeSource | null,
  ) {
    super();
    this.#root = root;
    this.pending = pending;
    this.fresh = fresh;
    this.stored = stored;
    this.#source = source;
  }

  /** A committed directory over an inode structure. */
  static of(root: Inode | null): Directory {
    return new Directory(root, null, false, null, null);
  }

  static unloaded(hash: Uint8Array, source: NodeSource | null): Directory {
    const directory = new Directory(undefined, null, false, null, source);
    directory.takeBytes(hash);
    return directory;
  }

  /** A directory made from nothing, holding the entries of the map, which it takes over; `batched` in exact sessions. */
  static fresh(entries: Updates = new Map(), batched = false): Directory {
    const directory = new Directory(null, entries, true, null, null);
    directory.#isBatched = batched;
    return directory;
  }

  static readonly empty: Directory = Directory.of(null);

  /** A copy to be edited. With `batched`, updates made so far stay pending; else they are taken as committed. */
  fork(batched: boolean): Directory {
    if (!batched && (this.#applied !== undefined || (this.pending !== null && this.pending.size > COMMIT_ABOVE))) {
      return new Directory(this.applied(null), new Map(), false, null, this.#source);
    }
    const pending: Updates = this.pending === null ? new Map() : new Map(this.pending);
    const stored = this.fresh ? null : (this.stored ?? this);
    const fork = new Directory(this.#root, pending, this.fresh, stored, this.#source);
    fork.#isBatched = batched;
    return fork;
  }

  /** Takes the pending updates as committed: for a directory that is part of a finished tree and about to be watched. */
  seal(): void {
    if (this.pending === null) return;
    this.ensureHash();
    this.commit();
  }

  private commit(): void {
    this.#root = this.applied(null);
    this.pending = null;
    this.fresh = false;
    this.stored = null;
    this.owner = null;
  }

  /** Puts or removes an entry; only for the owner. */
  update(step: string, node: TreeNode | null): void {
    if (this.pending === null) throw new Error("update of a committed directory");
    if (this.fresh && node === null) this.pending.delete(step);
    else this.pending.set(step, node);
    this.known = false;
    this.#applied = undefined;
  }

  /** Committed structure as it stands, without the pending updates. Throws `MissingNode`. */
  get committedRoot(): Inode | null {
    if (this.#root === undefined) {
      const hash = this.storedHash;
      const root = this.#source?.directory(hash);
      if (root === undefined) throw new MissingNode(hash, "directory");
      this.#root = root;
    }
    return this.#root;
  }

  get isLoaded(): boolean {
    return this.#root !== undefined;
  }

  private get storedHash(): Uint8Array {
    if (this.stored !== null) return this.stored.hash;
    if (!this.known) throw new Error("an unloaded directory without a hash");
    return this.hash;
  }

  /** The structure with all updates applied, in byte order of the names. */
  applied(observer: ReadObserver | null): Inode | null {
    if (this.#applied === undefined) this.#applied = this.computeApplied(observer);
    return this.#applied;
  }

  private computeApplied(observer: ReadObserver | null): Inode | null {
    const pending = this.pending;
    if (pending === null || (pending.size === 0 && !this.fresh)) return this.readRoot(observer);
    if (this.fresh) return buildInode(pending);
    const root = this.readRoot(observer);
    const stored = this.stored;
    const visit = observer === null || stored === null ? null : (inode: Inode) => observer.inode(stored, inode);
    return this.#isBatched ? applyUpdates(root, pending, visit) : mergeUpdates(root, pending);
  }

  /** The committed structure, telling the observer that it was read. */
  readRoot(observer: ReadObserver | null): Inode | null {
    if (observer !== null && !this.fresh && (this.stored !== null || this.pending === null)) {
      return observer.directory(this.stored ?? this);
    }
    return this.committedRoot;
  }

  protected computeHash(): void {
    this.ensureHashObserved(null);
  }

  /** The hash, telling the observer what has to be read to know it. */
  hashObserved(observer: ReadObserver | null): Uint8Array {
    this.ensureHashObserved(observer);
    return this.hash;
  }

  private ensureHashObserved(observer: ReadObserver | null): void {
    if (this.known) return;
    const root = this.applied(observer);
    if (observer !== null) hashChildren(root, observer);
    if (root !== null && root.kind !== "values") this.takeFrom(root);
    else {
      flatPreimage(root);
      this.takeWords(preimage.digest());
    }
    // Outside exact sessions a known hash ends the batch: what was pending need not be kept.
    if (!this.#isBatched && this.pending !== null) this.commit();
  }
}

/** Children with updates of their own must be hashed under the observer before their parent is. */
function hashChildren(root: Inode | null, observer: ReadObserver): void {
  if (root === null || root.kind === "unloaded" || root.hashIsKnown) return;
  if (root.kind === "values") {
    for (const { node } of root.entries) {
      if (node.kind === "directory" && !node.hashIsKnown) node.hashObserved(observer);
    }
    return;
  }
  hashChildren(root.left, observer);
  hashChildren(root.right, observer);
}

/** Directories of at most two entries have a form of their own: merkle.md §1. */
function flatPreimage(values: ValuesInode | null): void {
  const entries = values === null ? [] : values.entries;
  for (const { node } of entries) node.ensureHash();
  preimage.reset();
  preimage.u64(entries.length);
  for (const { step, node } of entries) {
    preimage.flatKind(node.kind === "leaf");
    preimage.name(step);
    preimage.u64(32);
    preimage.hash(node);
  }
}
