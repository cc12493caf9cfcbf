// The tree of a Merkle proof as JSON, for people: what is shown of the state, and the hashes of what is not (merkle.md §4.1).

import { encodeBase58Check } from "../../../encoding/base58check.js";
import { toHex } from "../../../encoding/hex.js";
import type { Json } from "../../../encoding/json.js";
import type { ProofEntry, ProofInode, ProofTree } from "../../../merkle/proof.js";

export function proofTreeJson(tree: ProofTree | ProofInode): Json {
  switch (tree.kind) {
    case "value":
      return { value: toHex(tree.bytes) };
    case "blindedValue":
      return { blinded_value: hashText(tree.hash) };
    case "blindedNode":
      return { blinded_node: hashText(tree.hash) };
    case "blindedInode":
      return { blinded_inode: hashText(tree.hash) };
    case "node":
      return { node: entriesJson(tree.entries) };
    case "extender":
      return { length: tree.length, segment: tree.segment, below: proofTreeJson(tree.below) };
    case "inode":
      return { length: tree.length, inode: [childJson(tree.left), childJson(tree.right)] };
  }
}

function childJson(child: ProofInode | null): Json {
  return child === null ? null : proofTreeJson(child);
}

function entriesJson(entries: readonly ProofEntry[]): Json {
  return entries.map(({ step, tree }) => [step, proofTreeJson(tree)]);
}

function hashText(hash: Uint8Array): string {
  return encodeBase58Check("contextHash", hash);
}
