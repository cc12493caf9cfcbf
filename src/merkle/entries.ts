/**
 * How the reference writes a lazy container back (merkle.md §2.1): from its origin, each touched entry is removed, then written again if it
 * has a value. What this reads of the origin is part of a proof.
 */
import { Directory, type TreeNode } from "./node.js";
import { type Access, isEmptyDirectory, Tree } from "./tree.js";

/** A step, and how to build its node; null: the entry was removed. */
export type EntryWrite = readonly [step: string, build: (() => TreeNode | undefined) | null];

/** The directory after the writes, made in the order given; null when it is empty. */
export function rewriteEntries(origin: Directory, access: Access, writes: readonly EntryWrite[]): Directory | null {
  if (writes.length === 0) return origin === Directory.empty ? null : origin;
  const tree = new Tree(origin === Directory.empty ? Directory.fresh(new Map(), true) : origin, access);
  for (const [step, build] of writes) {
    tree.remove([step]);
    // Emptied inside a step, a directory is removed and made anew by the next write.
    const root = tree.root as Directory;
    if (!root.fresh && isEmptyDirectory(root, access.observer)) tree.replaceRoot(Directory.fresh(new Map(), true));
    const node = build?.();
    if (node !== undefined) tree.addTree([step], node);
  }
  const root = tree.root as Directory;
  return root.fresh && root.pending?.size === 0 ? null : root;
}
