/** Producing and checking the Merkle proof of a step: merkle.md §4.2, §4.5. A step is any function that reads and edits a tree. */
import { InvalidProof } from "./errors.js";
import type { TreeNode } from "./node.js";
import { partialTree } from "./partial.js";
import { ProofRecorder } from "./proof.js";
import type { MerkleProof } from "./proof-encoding.js";
import { Tree } from "./tree.js";

/** Runs a step on a tree and gives the proof of it, with the step's own result and the tree it leads to. */
export function recordProof<R>(
  root: TreeNode,
  step: (tree: Tree) => R,
): { proof: MerkleProof; result: R; after: TreeNode } {
  const before = root.hash;
  if (root.kind === "directory") root.seal();
  const recorder = new ProofRecorder();
  const tree = new Tree(root, { observer: recorder, exact: true });
  const result = step(tree);
  const after = tree.hash;
  const proof: MerkleProof = {
    beforeIsNode: root.kind === "directory",
    afterIsNode: tree.root.kind === "directory",
    before,
    after,
    tree: recorder.proofOf(root),
  };
  return { proof, result, after: tree.root };
}

/**
 * Runs a step on what a proof shows. Throws `InvalidProof` when the proof's tree is not its `before` or the step does not lead to its
 * `after`, `MissingNode` when the step needs what the proof does not show.
 */
export function verifyProof<R>(proof: MerkleProof, step: (tree: Tree) => R): R {
  const root = partialTree(proof.tree);
  if ((root.kind === "directory") !== proof.beforeIsNode)
    throw new InvalidProof("the kind of its tree is not the announced one");
  if (Buffer.compare(root.hash, proof.before) !== 0)
    throw new InvalidProof("its tree does not have the announced hash");
  const tree = new Tree(root, { observer: null, exact: true });
  const result = step(tree);
  if (Buffer.compare(tree.hash, proof.after) !== 0) throw new InvalidProof("the step leads to another hash");
  if ((tree.root.kind === "directory") !== proof.afterIsNode)
    throw new InvalidProof("the step leads to another kind of node");
  return result;
}
