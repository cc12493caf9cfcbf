/**
 * Nodes of trees as records of a store, by hash: how states outlive the process. A record says what a hash stands for, one level deep; what
 * lies below it has records of its own. The form is ours (the reference's store is Irmin's): nothing outside the store sees it.
 *
 * Record: a byte for what it is, then
 * - leaf: the bytes;
 * - directory of at most two entries, and "values" inode: per entry a byte (leaf or directory), the hash, the step's length (u16) and bytes;
 * - "branch" inode: depth and length (u32), a byte for which children there are, their hashes.
 * A larger directory has the hash of its root inode and shares its record. The empty leaf and the empty directory share a hash, and
 * need no record.
 */
import { MerkleError } from "./errors.js";
import { BranchInode, type Entry, type Inode, MAX_VALUES, UnloadedInode, ValuesInode } from "./inode.js";
import { Directory, Leaf, type NodeSource, type TreeNode } from "./node.js";

/** Records by hash, read synchronously. Undefined: not there. */
export interface NodeRecords {
  get(hash: Uint8Array): Uint8Array | undefined;
}

export interface NodeRecord {
  readonly hash: Uint8Array;
  readonly data: Uint8Array;
}

/** A record that cannot be what the store was given. */
export class BadRecord extends MerkleError {
  readonly hash: Uint8Array;

  constructor(hash: Uint8Array, what: string) {
    super("merkle.bad_record", `the record of node ${Buffer.from(hash).toString("hex")} ${what}`);
    this.hash = hash;
  }
}

const LEAF = 0;
const DIRECTORY = 1;
const VALUES = 2;
const BRANCH = 3;
const HASH_BYTES = 32;
const LEFT = 1;
const RIGHT = 2;

/** A tree whose nodes are read from records when they are touched. */
export function openStoredTree(root: Uint8Array, records: NodeRecords): Directory {
  return storedDirectory(root, new StoredNodes(records), records);
}

function storedDirectory(hash: Uint8Array, source: NodeSource, records: NodeRecords): Directory {
  const directory = Directory.unloaded(hash, source);
  directory.storedIn = records;
  return directory;
}

function storedLeaf(hash: Uint8Array, source: NodeSource, records: NodeRecords): Leaf {
  const leaf = Leaf.unloaded(hash, source);
  leaf.storedIn = records;
  return leaf;
}

class StoredNodes implements NodeSource {
  constructor(readonly records: NodeRecords) {}

  leaf(hash: Uint8Array): Uint8Array | undefined {
    if (isEmptyHash(hash)) return new Uint8Array(0);
    const data = this.records.get(hash);
    if (data === undefined) return undefined;
    if (data[0] !== LEAF) throw new BadRecord(hash, "is not a leaf's");
    return data.subarray(1);
  }

  directory(hash: Uint8Array): Inode | null | undefined {
    if (isEmptyHash(hash)) return null;
    const data = this.records.get(hash);
    if (data === undefined) return undefined;
    if (data[0] === DIRECTORY) return this.#stored(new ValuesInode(this.#entries(hash, data)));
    return this.#inode(hash, data);
  }

  inode(hash: Uint8Array): Inode | undefined {
    const data = this.records.get(hash);
    return data === undefined ? undefined : this.#inode(hash, data);
  }

  #inode(hash: Uint8Array, data: Uint8Array): Inode {
    if (data[0] === VALUES) return this.#stored(new ValuesInode(this.#entries(hash, data)));
    if (data[0] !== BRANCH) throw new BadRecord(hash, "is not an inode's");
    const view = new DataView(data.buffer, data.byteOffset, data.length);
    const present = data.length > 9 ? view.getUint8(9) : 0;
    const hasLeft = (present & LEFT) !== 0;
    const hasRight = (present & RIGHT) !== 0;
    const first = 10;
    const second = first + (hasLeft ? HASH_BYTES : 0);
    if (data.length !== second + (hasRight ? HASH_BYTES : 0))
      throw new BadRecord(hash, "has another length than it says");
    const left = hasLeft ? this.#unloaded(data.subarray(first, second)) : null;
    const right = hasRight ? this.#unloaded(data.subarray(second)) : null;
    return this.#stored(new BranchInode(view.getUint32(1), view.getUint32(5), left, right));
  }

  #stored<T extends Inode>(inode: T): T {
    inode.storedIn = this.records;
    return inode;
  }

  #unloaded(hash: Uint8Array): UnloadedInode {
    return this.#stored(new UnloadedInode(hash, this));
  }

  #entries(hash: Uint8Array, data: Uint8Array): Entry[] {
    const entries: Entry[] = [];
    for (let at = 1; at < data.length; ) {
      const name = at + 1 + HASH_BYTES + 2;
      const length = ((data[name - 2] ?? 0) << 8) | (data[name - 1] ?? 0);
      if (name + length > data.length || entries.length === MAX_VALUES) throw new BadRecord(hash, "is cut or too long");
      const child = data.subarray(at + 1, at + 1 + HASH_BYTES);
      const step = Buffer.from(data.buffer, data.byteOffset + name, length).toString("utf8");
      entries.push({
        step,
        node: data[at] === LEAF ? storedLeaf(child, this, this.records) : storedDirectory(child, this, this.records),
      });
      at = name + length;
    }
    return entries;
  }
}

function isEmptyHash(hash: Uint8Array): boolean {
  const empty = Directory.empty.hash;
  for (let i = 0; i < HASH_BYTES; i++) if (hash[i] !== empty[i]) return false;
  return true;
}

/** What a store lacks of a tree. */
export interface UnstoredNodes {
  readonly records: readonly NodeRecord[];
  /** To be called when the records are safely stored. */
  markStored(): void;
}

/** The records of the nodes of a tree that are not marked as in a store: of what changed since the tree was read or stored last. */
export function unstoredNodes(root: TreeNode, store: NodeRecords): UnstoredNodes {
  const collector = new Collector(store);
  collector.node(root);
  return {
    records: collector.records,
    markStored() {
      for (const node of collector.seen) node.storedIn = store;
    },
  };
}

class Collector {
  readonly records: NodeRecord[] = [];
  readonly seen = new Set<TreeNode | Inode>();

  constructor(readonly store: NodeRecords) {}

  #isNew(node: TreeNode | Inode): boolean {
    if (node.storedIn === this.store || this.seen.has(node)) return false;
    this.seen.add(node);
    return true;
  }

  node(node: TreeNode): void {
    if (!this.#isNew(node)) return;
    const { hash } = node;
    if (isEmptyHash(hash)) return;
    if (node.kind === "leaf") {
      const data = new Uint8Array(1 + node.bytes.length);
      data.set(node.bytes, 1);
      this.records.push({ hash, data });
      return;
    }
    const root = node.applied(null);
    if (root === null) return;
    if (root.kind !== "values") {
      this.inode(root);
      return;
    }
    this.records.push({ hash, data: encodeEntries(DIRECTORY, root.entries) });
    for (const entry of root.entries) this.node(entry.node);
  }

  inode(inode: Inode): void {
    if (!this.#isNew(inode)) return;
    // Of another store, then: what it stands for is read there.
    const loaded = inode.kind === "unloaded" ? inode.load() : inode;
    if (loaded.kind === "values") {
      this.records.push({ hash: loaded.hash, data: encodeEntries(VALUES, loaded.entries) });
      for (const { node } of loaded.entries) this.node(node);
      return;
    }
    this.records.push({ hash: loaded.hash, data: encodeBranch(loaded) });
    if (loaded.left !== null) this.inode(loaded.left);
    if (loaded.right !== null) this.inode(loaded.right);
  }
}

function encodeEntries(kind: number, entries: readonly Entry[]): Uint8Array {
  const names = entries.map(({ step }) => Buffer.from(step, "utf8"));
  const data = new Uint8Array(1 + names.reduce((sum, name) => sum + 1 + HASH_BYTES + 2 + name.length, 0));
  data[0] = kind;
  let at = 1;
  for (const [i, { node }] of entries.entries()) {
    const name = names[i] as Buffer; // one for each entry
    data[at] = node.kind === "leaf" ? LEAF : DIRECTORY;
    data.set(node.hash, at + 1);
    data[at + 1 + HASH_BYTES] = name.length >> 8;
    data[at + 2 + HASH_BYTES] = name.length & 0xff;
    data.set(name, at + 3 + HASH_BYTES);
    at += 3 + HASH_BYTES + name.length;
  }
  return data;
}

function encodeBranch({ depth, length, left, right }: BranchInode): Uint8Array {
  const children = [left, right].filter((child) => child !== null);
  const data = new Uint8Array(10 + children.length * HASH_BYTES);
  const view = new DataView(data.buffer);
  data[0] = BRANCH;
  view.setUint32(1, depth);
  view.setUint32(5, length);
  data[9] = (left === null ? 0 : LEFT) | (right === null ? 0 : RIGHT);
  children.forEach((child, i) => {
    data.set(child.hash, 10 + i * HASH_BYTES);
  });
  return data;
}

/** Hashes of the nodes right below the one that a record is of; none for what is no record. */
export function childHashes(data: Uint8Array): Uint8Array[] {
  const hashes: Uint8Array[] = [];
  if (data[0] === BRANCH) {
    for (let at = 10; at + HASH_BYTES <= data.length; at += HASH_BYTES) hashes.push(data.subarray(at, at + HASH_BYTES));
  } else if (data[0] === DIRECTORY || data[0] === VALUES) {
    for (let at = 1; at + HASH_BYTES + 3 <= data.length; ) {
      hashes.push(data.subarray(at + 1, at + 1 + HASH_BYTES));
      at += HASH_BYTES + 3 + (((data[at + 1 + HASH_BYTES] ?? 0) << 8) | (data[at + 2 + HASH_BYTES] ?? 0));
    }
  }
  return hashes;
}
