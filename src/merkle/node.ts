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
import { applyUpdates, buildInode, type Inode, inodeHash, type ValuesInode } from "./inode.js";
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

export class Leaf {
  readonly kind = "leaf";
  #bytes: Uint8Array | undefined;
  #hash: Uint8Array | undefined;
  readonly #source: NodeSource | null;

  private constructor(bytes: Uint8Array | undefined, hash: Uint8Array | undefined, source: NodeSource | null) {
    this.#bytes = bytes;
    this.#hash = hash;
    this.#source = source;
  }

  /** A leaf with these contents, which must not be changed afterwards. */
  static of(bytes: Uint8Array): Leaf {
    return new Leaf(bytes, undefined, null);
  }

  static unloaded(hash: Uint8Array, source: NodeSource | null): Leaf {
    return new Leaf(undefined, hash, source);
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

  get hash(): Uint8Array {
    if (this.#hash === undefined) this.#hash = hashLeaf(this.bytes);
    return this.#hash;
  }
}

function hashLeaf(bytes: Uint8Array): Uint8Array {
  preimage.reset();
  preimage.u64(bytes.length);
  preimage.raw(bytes);
  return preimage.digest();
}

/** Updates of a directory, not applied yet: a node to put under a step, or null to remove the step. */
export type Updates = Map<string, TreeNode | null>;

/** A fork of a directory with more pending updates than this commits them rather than copying them, when it may. */
const COMMIT_ABOVE = 16;

export class Directory {
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
  #hash: Uint8Array | undefined;
  /** The structure with `pending` applied; undefined: not computed since the last update. */
  #applied: Inode | null | undefined;
  #key: string | undefined;

  private constructor(
    root: Inode | null | undefined,
    pending: Updates | null,
    fresh: boolean,
    stored: Directory | null,
    hash: Uint8Array | undefined,
    source: NodeSource | null,
  ) {
    this.#root = root;
    this.pending = pending;
    this.fresh = fresh;
    this.stored = stored;
    this.#hash = hash;
    this.#source = source;
  }

  /** A committed directory over an inode structure. */
  static of(root: Inode | null): Directory {
    return new Directory(root, null, false, null, undefined, null);
  }

  static unloaded(hash: Uint8Array, source: NodeSource | null): Directory {
    return new Directory(undefined, null, false, null, hash, source);
  }

  /** A directory made from nothing, holding the entries of the map, which it takes over. */
  static fresh(entries: Updates = new Map()): Directory {
    return new Directory(null, entries, true, null, undefined, null);
  }

  static readonly empty: Directory = Directory.of(null);

  /** A copy to be edited. With `batched`, updates made so far stay pending; else they are taken as committed. */
  fork(batched: boolean): Directory {
    if (!batched && (this.#applied !== undefined || (this.pending !== null && this.pending.size > COMMIT_ABOVE))) {
      return new Directory(this.applied(null), new Map(), false, null, undefined, this.#source);
    }
    const pending: Updates = this.pending === null ? new Map() : new Map(this.pending);
    return new Directory(
      this.#root,
      pending,
      this.fresh,
      this.fresh ? null : (this.stored ?? this),
      this.pending === null ? this.#hash : undefined,
      this.#source,
    );
  }

  /** Takes the pending updates as committed: for a directory that is part of a finished tree and about to be watched. */
  seal(): void {
    if (this.pending === null) return;
    const hash = this.hash;
    this.#root = this.applied(null);
    this.#hash = hash;
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
    this.#hash = undefined;
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
    const hash = this.stored === null ? this.#hash : this.stored.hash;
    if (hash === undefined) throw new Error("an unloaded directory without a hash");
    return hash;
  }

  /** The hash if it is known without work. */
  get knownHash(): Uint8Array | undefined {
    return this.#hash;
  }

  /** A string that identifies the hash, for maps. */
  get hashKey(): string {
    if (this.#key === undefined) this.#key = hashKey(this.hash);
    return this.#key;
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
    return applyUpdates(root, pending, visit);
  }

  /** The committed structure, telling the observer that it was read. */
  readRoot(observer: ReadObserver | null): Inode | null {
    if (observer !== null && !this.fresh && (this.stored !== null || this.pending === null)) {
      return observer.directory(this.stored ?? this);
    }
    return this.committedRoot;
  }

  get hash(): Uint8Array {
    return this.hashObserved(null);
  }

  hashObserved(observer: ReadObserver | null): Uint8Array {
    if (this.#hash === undefined) {
      const root = this.applied(observer);
      if (observer !== null) hashChildren(root, observer);
      this.#hash = directoryHash(root);
    }
    return this.#hash;
  }
}

/** Children with updates of their own must be hashed under the observer before their parent is. */
function hashChildren(root: Inode | null, observer: ReadObserver): void {
  if (root === null || root.kind === "unloaded" || root.hashIsKnown) return;
  if (root.kind === "values") {
    for (const { node } of root.entries) {
      if (node.kind === "directory" && node.knownHash === undefined) node.hashObserved(observer);
    }
    return;
  }
  hashChildren(root.left, observer);
  hashChildren(root.right, observer);
}

/** A 32-byte hash as a short string, for use as a key. */
export function hashKey(hash: Uint8Array): string {
  return Buffer.from(hash.buffer, hash.byteOffset, hash.length).toString("latin1");
}

function directoryHash(root: Inode | null): Uint8Array {
  if (root === null) {
    preimage.reset();
    preimage.u64(0);
    return preimage.digest();
  }
  if (root.kind === "values") return flatHash(root);
  return inodeHash(root);
}

/** Directories of at most two entries have a form of their own: merkle.md §1. */
function flatHash(values: ValuesInode): Uint8Array {
  const hashes = values.entries.map(({ node }) => node.hash);
  preimage.reset();
  preimage.u64(values.entries.length);
  values.entries.forEach(({ step, node }, index) => {
    preimage.flatKind(node.kind === "leaf");
    preimage.name(step);
    preimage.u64(32);
    preimage.raw(hashes[index] as Uint8Array);
  });
  return preimage.digest();
}

export const EMPTY_HASH: Uint8Array = Directory.empty.hash;
