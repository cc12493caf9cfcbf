// The persistent tree against a plain model: hashes depend on the contents alone, snapshots stay, proofs round trip.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hashCount } from "../../src/crypto/blake2b.js";
import { toHex } from "../../src/encoding/hex.js";
import { MerkleError } from "../../src/merkle/errors.js";
import { Directory } from "../../src/merkle/node.js";
import { decodeProof, encodeProof } from "../../src/merkle/proof-encoding.js";
import { recordProof, verifyProof } from "../../src/merkle/prove.js";
import { EXACT_UNOBSERVED, PLAIN_ACCESS, Tree } from "../../src/merkle/tree.js";

const SEED = 20261124;
type Operation =
  | { readonly kind: "add"; readonly path: readonly string[]; readonly value: number }
  | { readonly kind: "remove"; readonly path: readonly string[] }
  | { readonly kind: "find"; readonly path: readonly string[] }
  | { readonly kind: "list"; readonly path: readonly string[] }
  | { readonly kind: "copy"; readonly path: readonly string[]; readonly to: readonly string[] };

const step = fc.constantFrom("a", "b", "c", "d", "k0", "k1", "k2", "k3", "k4", "k5", "value", "tag");
const path = fc.array(step, { minLength: 1, maxLength: 3 });
const operation: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant("add" as const), path, value: fc.nat(7) }) },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constantFrom("remove" as const, "find" as const, "list" as const), path }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("copy" as const), path, to: path }) },
);
const operations = fc.array(operation, { maxLength: 30 });

function apply(tree: Tree, op: Operation): void {
  if (op.kind === "add") tree.add(op.path, Uint8Array.of(op.value));
  else if (op.kind === "remove") tree.remove(op.path);
  else if (op.kind === "find") tree.find(op.path);
  else if (op.kind === "list") tree.list(op.path);
  else {
    const node = tree.findTree(op.path);
    if (node !== undefined) tree.addTree(op.to, node);
  }
}

/** All leaves of a tree by their paths. */
function leavesOf(tree: Tree, at: readonly string[] = []): [string[], Uint8Array][] {
  const leaves: [string[], Uint8Array][] = [];
  for (const { step: name, node } of tree.list(at)) {
    const here = [...at, name];
    if (node.kind === "leaf") leaves.push([here, node.bytes]);
    else leaves.push(...leavesOf(tree, here));
  }
  return leaves;
}

function treeOf(ops: readonly Operation[], access = PLAIN_ACCESS): Tree {
  const tree = new Tree(Directory.empty, access);
  for (const op of ops) apply(tree, op);
  return tree;
}

describe("a tree", () => {
  it("has the hash of its contents, whatever made them", () => {
    fc.assert(
      fc.property(operations, fc.integer({ min: 1, max: 8 }), (ops, every) => {
        const plain = treeOf(ops);
        const exact = treeOf(ops, EXACT_UNOBSERVED);
        const stopping = new Tree(Directory.empty);
        ops.forEach((op, index) => {
          apply(stopping, op);
          if (index % every === 0) stopping.hash;
        });
        const fresh = new Tree(Directory.empty);
        for (const [where, bytes] of leavesOf(plain).reverse()) fresh.add(where, bytes);
        const hash = toHex(fresh.hash);
        expect(toHex(plain.hash)).toBe(hash);
        expect(toHex(exact.hash)).toBe(hash);
        expect(toHex(stopping.hash)).toBe(hash);
      }),
      { seed: SEED, numRuns: 1500 },
    );
  });

  it("keeps its snapshots", () => {
    fc.assert(
      fc.property(operations, operations, fc.boolean(), (before, after, hashed) => {
        const tree = treeOf(before);
        const snapshot = tree.root;
        const hash = toHex(treeOf(before).hash);
        if (hashed) snapshot.ensureHash();
        for (const op of after) apply(tree, op);
        tree.hash;
        expect(toHex(new Tree(snapshot).hash)).toBe(hash);
      }),
      { seed: SEED, numRuns: 800 },
    );
  });

  it("of 100,000 entries costs a few hashes to change", () => {
    const tree = new Tree(Directory.empty);
    const value = (index: number): Uint8Array => Uint8Array.of(index, index >> 8, index >> 16);
    for (let index = 0; index < 100_000; index++) tree.add(["all", `entry ${index}`], value(index));
    tree.hash;
    for (const index of [0, 777, 99_999]) {
      tree.add(["all", `entry ${index}`], Uint8Array.of(1, 2, 3, 4));
      const before = hashCount();
      const incremental = toHex(tree.hash);
      // A leaf, its inode, the branches above it (17 deep on average), and two directories.
      expect(hashCount() - before).toBeLessThanOrEqual(45);
      const scratch = new Tree(Directory.empty);
      for (const [where, bytes] of leavesOf(tree)) scratch.add(where, bytes);
      expect(toHex(scratch.hash)).toBe(incremental);
    }
  });
});

describe("a proof", () => {
  it("verifies with its step, and shows enough for nothing else than it", () => {
    fc.assert(
      fc.property(operations, fc.array(operation, { maxLength: 8 }), (contents, ops) => {
        const root = treeOf(contents).root;
        const stepOf = (tree: Tree): void => {
          for (const op of ops) apply(tree, op);
        };
        const { proof, after } = recordProof(root, stepOf);
        const bytes = encodeProof(proof);
        const decoded = decodeProof(bytes);
        expect(toHex(encodeProof(decoded))).toBe(toHex(bytes));
        verifyProof(decoded, stepOf);
        expect(toHex(proof.after)).toBe(toHex(treeOf([...contents, ...ops]).hash));
        expect(toHex(after.hash)).toBe(toHex(proof.after));
      }),
      { seed: SEED, numRuns: 1500 },
    );
  });

  it("with a byte changed, cut or added is refused", () => {
    const proofs = fc.sample(fc.tuple(operations, fc.array(operation, { minLength: 1, maxLength: 6 })), {
      seed: SEED,
      numRuns: 40,
    });
    let refused = 0;
    for (const [contents, ops] of proofs) {
      const stepOf = (tree: Tree): void => {
        for (const op of ops) apply(tree, op);
      };
      const bytes = encodeProof(recordProof(treeOf(contents).root, stepOf).proof);
      for (let at = 0; at < bytes.length; at++) {
        const damaged = bytes.slice();
        damaged[at] = (damaged[at] as number) ^ (1 << (at & 7));
        for (const wrong of [damaged, bytes.slice(0, at), Uint8Array.from([...bytes, at & 0xff])]) {
          expect(() => verifyProof(decodeProof(wrong), stepOf)).toThrow(MerkleError);
          refused++;
        }
      }
    }
    expect(refused).toBeGreaterThan(10_000);
  });
});
