/**
 * The tree that a proof shows: what is blinded in it stays unloaded, and touching it throws `MissingNode` (merkle.md §4.5).
 * Blinded parts whose hash is shown elsewhere in the proof are resolved from there, as in the reference.
 */
import { InvalidProof } from "./errors.js";
import { hashKey } from "./hashed.js";
import { BranchInode, compareSteps, type Entry, type Inode, MAX_VALUES, UnloadedInode, ValuesInode } from "./inode.js";
import { Directory, Leaf, type NodeSource, type TreeNode } from "./node.js";
import type { ProofEntry, ProofInode, ProofTree } from "./proof.js";

/** Length of the step hash in bits. */
const MAX_DEPTH = 256;

class ProofSource implements NodeSource {
  readonly leaves = new Map<string, Uint8Array>();
  readonly directories = new Map<string, Inode | null>();

  leaf(hash: Uint8Array): Uint8Array | undefined {
    return this.leaves.get(hashKey(hash));
  }

  directory(hash: Uint8Array): Inode | null | undefined {
    return this.directories.get(hashKey(hash));
  }

  inode(): undefined {
    return undefined;
  }
}

/** Entries known to be below an inode, and whether some are hidden. */
interface Counted {
  readonly inode: Inode;
  readonly visible: number;
  readonly hidden: boolean;
}

/** Rebuilds the tree a proof shows. Throws `InvalidProof` when its parts contradict each other. */
export function partialTree(proof: ProofTree): TreeNode {
  return new Rebuilder().tree(proof);
}

class Rebuilder {
  readonly #source = new ProofSource();

  tree(proof: ProofTree): TreeNode {
    switch (proof.kind) {
      case "value": {
        const leaf = Leaf.of(proof.bytes);
        this.#source.leaves.set(leaf.hashKey, proof.bytes);
        return leaf;
      }
      case "blindedValue":
        return Leaf.unloaded(proof.hash, this.#source);
      case "blindedNode":
        return Directory.unloaded(proof.hash, this.#source);
      case "node":
        return this.directory(proof.entries.length === 0 ? null : this.values(proof.entries));
      case "inode":
      case "extender":
        return this.directory(this.inode(proof, 0, true).inode);
    }
  }

  private directory(root: Inode | null): Directory {
    const directory = Directory.of(root);
    this.#source.directories.set(directory.hashKey, root);
    return directory;
  }

  private values(proofs: readonly ProofEntry[]): ValuesInode {
    if (proofs.length > MAX_VALUES) throw new InvalidProof("too many entries in an inode");
    const entries: Entry[] = proofs.map(({ step, tree }) => ({ step, node: this.tree(tree) }));
    const [first, second] = entries;
    if (first !== undefined && second !== undefined && compareSteps(first.step, second.step) >= 0) {
      throw new InvalidProof("entries of a node out of order");
    }
    return new ValuesInode(entries);
  }

  private inode(proof: ProofInode, depth: number, isRoot: boolean): Counted {
    if (depth > MAX_DEPTH) throw new InvalidProof("inodes nested deeper than a step hash is long");
    switch (proof.kind) {
      case "blindedInode":
        return { inode: new UnloadedInode(proof.hash, this.#source), visible: 0, hidden: true };
      case "node": {
        if (proof.entries.length === 0) throw new InvalidProof("an empty inode");
        const values = this.values(proof.entries);
        return { inode: values, visible: values.length, hidden: false };
      }
      case "inode": {
        const left = proof.left === null ? null : this.inode(proof.left, depth + 1, false);
        const right = proof.right === null ? null : this.inode(proof.right, depth + 1, false);
        return this.branch(depth, proof.length, left, right);
      }
      case "extender":
        return this.extender(proof, depth, isRoot);
    }
  }

  private extender(proof: Extract<ProofInode, { kind: "extender" }>, depth: number, isRoot: boolean): Counted {
    if (proof.segment.length < 2) {
      throw new InvalidProof(`${isRoot ? "a root" : "an"} extender over less than two inodes`);
    }
    let counted = this.inode(proof.below, depth + proof.segment.length, false);
    for (let index = proof.segment.length - 1; index >= 0; index--) {
      const onLeft = proof.segment[index] === 0;
      counted = this.branch(depth + index, proof.length, onLeft ? counted : null, onLeft ? null : counted);
    }
    return counted;
  }

  private branch(depth: number, length: number, left: Counted | null, right: Counted | null): Counted {
    const visible = (left?.visible ?? 0) + (right?.visible ?? 0);
    const hidden = (left?.hidden ?? false) || (right?.hidden ?? false);
    if (length <= MAX_VALUES) throw new InvalidProof(`an inode of ${length} entries has children`);
    if (hidden ? visible > length : visible !== length) {
      throw new InvalidProof(`an inode of length ${length} shows ${visible} entries`);
    }
    return { inode: new BranchInode(depth, length, left?.inode ?? null, right?.inode ?? null), visible, hidden };
  }
}
