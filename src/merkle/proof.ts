/**
 * Merkle proofs: a recorder that learns what a step reads of a tree, and the proof made of it (merkle.md §4.1, §4.2).
 * "Read" is a property of a hash: everything visible whose hash was read somewhere is shown.
 */
import type { Inode } from "./inode.js";
import type { Directory, Leaf, ReadObserver, TreeNode } from "./node.js";

/** A proof's tree: merkle.md §4.1. */
export type ProofTree =
  | { readonly kind: "value"; readonly bytes: Uint8Array }
  | { readonly kind: "blindedValue"; readonly hash: Uint8Array }
  | { readonly kind: "node"; readonly entries: readonly ProofEntry[] }
  | { readonly kind: "blindedNode"; readonly hash: Uint8Array }
  | ProofInodeTree
  | ProofExtender;

/** Below the root inode of a directory. */
export type ProofInode =
  | { readonly kind: "blindedInode"; readonly hash: Uint8Array }
  | { readonly kind: "node"; readonly entries: readonly ProofEntry[] }
  | ProofInodeTree
  | ProofExtender;

export interface ProofEntry {
  readonly step: string;
  readonly tree: ProofTree;
}

/** `left` and `right` are the children of index 0 and 1. */
export interface ProofInodeTree {
  readonly kind: "inode";
  readonly length: number;
  readonly left: ProofInode | null;
  readonly right: ProofInode | null;
}

/** A chain of two or more inodes with one child each; `segment` lists the child indices. */
export interface ProofExtender {
  readonly kind: "extender";
  readonly length: number;
  readonly segment: readonly (0 | 1)[];
  readonly below: ProofInode;
}

interface ReadDirectory {
  readonly root: Inode | null;
  readonly inodes: Set<Inode>;
}

/** Learns which leaves, directories and inodes are read. */
export class ProofRecorder implements ReadObserver {
  readonly #leaves = new Set<string>();
  readonly #directories = new Map<string, ReadDirectory>();

  leaf(leaf: Leaf): void {
    this.#leaves.add(leaf.hashKey);
  }

  directory(directory: Directory): Inode | null {
    return this.entered(directory).root;
  }

  inode(directory: Directory, inode: Inode): void {
    this.entered(directory).inodes.add(inode);
  }

  private entered(directory: Directory): ReadDirectory {
    const key = directory.hashKey;
    let read = this.#directories.get(key);
    if (read === undefined) {
      read = { root: directory.committedRoot, inodes: new Set() };
      this.#directories.set(key, read);
    }
    return read;
  }

  /** What was read of a tree, the rest blinded. */
  proofOf(node: TreeNode): ProofTree {
    if (node.kind === "leaf") {
      return this.#leaves.has(node.hashKey)
        ? { kind: "value", bytes: node.bytes }
        : { kind: "blindedValue", hash: node.hash };
    }
    const read = this.#directories.get(node.hashKey);
    if (read === undefined) return { kind: "blindedNode", hash: node.hash };
    if (read.root === null) return { kind: "node", entries: [] };
    return this.proofOfInode(read.root, read, true) as ProofTree; // the root inode is never blinded
  }

  private proofOfInode(inode: Inode, read: ReadDirectory, isRoot: boolean): ProofInode {
    if (!isRoot && !read.inodes.has(inode)) return { kind: "blindedInode", hash: inode.hash };
    const opened = inode.kind === "unloaded" ? inode.load() : inode;
    if (opened.kind === "values") {
      return { kind: "node", entries: opened.entries.map(({ step, node }) => ({ step, tree: this.proofOf(node) })) };
    }
    const { left, right, length } = opened;
    if (left !== null && right !== null) {
      return {
        kind: "inode",
        length,
        left: this.proofOfInode(left, read, false),
        right: this.proofOfInode(right, read, false),
      };
    }
    const index = left === null ? 1 : 0;
    const below = this.proofOfInode((left ?? right) as Inode, read, false); // a branch has at least one child
    return chain(length, index, below);
  }
}

/** An inode with a single child: two or more of them in a row are written as one extender. */
function chain(length: number, index: 0 | 1, below: ProofInode): ProofInode {
  if (below.kind === "extender") {
    return { kind: "extender", length, segment: [index, ...below.segment], below: below.below };
  }
  if (below.kind === "inode" && (below.left === null) !== (below.right === null)) {
    const next = below.left === null ? 1 : 0;
    return { kind: "extender", length, segment: [index, next], below: (below.left ?? below.right) as ProofInode };
  }
  return { kind: "inode", length, left: index === 0 ? below : null, right: index === 1 ? below : null };
}
