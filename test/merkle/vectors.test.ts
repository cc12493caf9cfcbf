// The Merkle layer against ../shared/vectors/merkle.json and the proofs that Octez itself serialized.
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { fromHex, toHex } from "../../src/encoding/hex.js";
import { ChunkedBytes, chunkedBytes } from "../../src/merkle/chunked-bytes.js";
import { Directory } from "../../src/merkle/node.js";
import { partialTree } from "../../src/merkle/partial.js";
import { decodeProof, encodeProof } from "../../src/merkle/proof-encoding.js";
import { recordProof, verifyProof } from "../../src/merkle/prove.js";
import { buildNode } from "../../src/merkle/schema.js";
import { stepHash } from "../../src/merkle/step-hash.js";
import { Tree } from "../../src/merkle/tree.js";
import { describeShared, sharedPath } from "../shared-data.js";

type Leaves = [string[], string][];
type Operation = [string, string[], (string | string[])?];

function treeOf(leaves: Leaves): Tree {
  const tree = new Tree(Directory.empty);
  for (const [path, hex] of leaves) tree.add(path, fromHex(hex));
  return tree;
}

function apply(tree: Tree, [name, path, argument]: Operation): void {
  if (name === "find") tree.find(path);
  else if (name === "find_tree") tree.findTree(path);
  else if (name === "add") tree.add(path, fromHex(argument as string));
  else if (name === "remove") tree.remove(path);
  else if (name === "add_tree_empty") tree.addTree(path, Directory.empty);
  else if (name === "move" || name === "copy") {
    const node = tree.findTree(path);
    if (node === undefined) throw new Error("nothing to move");
    if (name === "move") tree.remove(path);
    tree.addTree(argument as string[], node);
  } else throw new Error(`unknown operation ${name}`);
}

describeShared("merkle.json", ["vectors/merkle.json"], () => {
  const vectors = JSON.parse(readFileSync(sharedPath("vectors", "merkle.json"), "utf8"));

  it("hashes steps", () => {
    for (const { step, hash } of vectors.steps) expect(toHex(stepHash(step))).toBe(hash);
  });

  it.each(vectors.trees as { name: string; leaves: Leaves; hash: string }[])(
    "hashes the tree $name",
    ({ leaves, hash }) => {
      expect(toHex(treeOf(leaves).hash)).toBe(hash);
      expect(toHex(treeOf([...leaves].reverse()).hash)).toBe(hash);
    },
  );

  it.each(vectors.chunked_byte_vector as { length: number; hash: string }[])(
    "hashes $length chunked bytes",
    ({ length, hash }) => {
      const bytes = Uint8Array.from({ length }, (_, index) => index & 0xff);
      expect(toHex(buildNode(chunkedBytes, ChunkedBytes.ofBytes(bytes), false)?.hash as Uint8Array)).toBe(hash);
      expect(toHex(buildNode(chunkedBytes, ChunkedBytes.ofBytes(bytes), true)?.hash as Uint8Array)).toBe(hash);
    },
  );

  it.each(vectors.operations as { name: string; leaves: Leaves; ops: Operation[]; before: string; after: string }[])(
    "operation: $name",
    ({ leaves, ops, before, after }) => {
      const tree = treeOf(leaves);
      expect(toHex(tree.hash)).toBe(before);
      for (const op of ops) apply(tree, op);
      expect(toHex(tree.hash)).toBe(after);
    },
  );

  it.each(
    vectors.proofs as {
      name: string;
      leaves: Leaves;
      ops: Operation[];
      before: string;
      after: string;
      proof: string;
    }[],
  )("proof: $name", ({ leaves, ops, before, after, proof }) => {
    const root = treeOf(leaves).root;
    const step = (tree: Tree): void => {
      for (const op of ops) apply(tree, op);
    };
    const recorded = recordProof(root, step).proof;
    expect(toHex(recorded.before)).toBe(before);
    expect(toHex(recorded.after)).toBe(after);
    expect(toHex(encodeProof(recorded))).toBe(proof);
    verifyProof(decodeProof(fromHex(proof)), step);
  });
});

describeShared("proofs serialized by Octez", ["vectors/pvm/real-proofs.json"], () => {
  const { proofs } = JSON.parse(readFileSync(sharedPath("vectors", "pvm", "real-proofs.json"), "utf8"));
  it.each(proofs as { index: number; hex: string }[])("proof $index", ({ hex }) => {
    const proof = decodeProof(fromHex(hex));
    expect(toHex(encodeProof(proof))).toBe(hex);
    expect(toHex(partialTree(proof.tree).hash)).toBe(toHex(proof.before));
  });
});
