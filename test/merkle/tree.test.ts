// The persistent tree against a plain model (model.ts): the same answers, and hashes that depend on the contents alone; snapshots stay; a
// change costs few hashes. FULL=1 runs ten times more.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hashCount } from "../../src/crypto/blake2b.js";
import { toHex } from "../../src/encoding/hex.js";
import { Directory, type TreeNode } from "../../src/merkle/node.js";
import { type Access, EXACT_UNOBSERVED, PLAIN_ACCESS, Tree } from "../../src/merkle/tree.js";
import { ModelTree } from "./model.js";
import { apply, applyToModel, type Operation, operation } from "./operations.js";

const SEED = 20261124;
const TIMES = process.env["FULL"] === "1" ? 10 : 1;
const settings = (runs: number): fc.Parameters<unknown> => ({ seed: SEED, numRuns: runs * TIMES });

const operations = (maxLength: number): fc.Arbitrary<Operation[]> => fc.array(operation, { maxLength, size: "max" });
const access = fc.constantFrom<Access>(PLAIN_ACCESS, EXACT_UNOBSERVED);

function modelOf(ops: readonly Operation[]): ModelTree {
  const model = new ModelTree();
  for (const op of ops) applyToModel(model, op);
  return model;
}

function treeOf(ops: readonly Operation[], how: Access = PLAIN_ACCESS): Tree {
  const tree = new Tree(Directory.empty, how);
  for (const op of ops) apply(tree, op);
  return tree;
}

/** Compares what the tree answers below a path with the model. */
function compareAnswers(tree: Tree, model: ModelTree, path: readonly string[] = []): void {
  const names = model.names(path);
  const entries = tree.list(path);
  expect(entries.map(({ step }) => step).sort()).toEqual([...names].sort());
  expect(tree.length(path)).toBe(names.length);
  expect(tree.has([...path, "nothing of this name"])).toBe(false);
  entries.forEach((entry, index) => {
    const below = [...path, entry.step];
    const leaf = model.find(below);
    expect(tree.find(below)).toEqual(leaf);
    expect(entry.node.kind).toBe(leaf === undefined ? "directory" : "leaf");
    expect(tree.find([...below, "below a leaf or not there"])).toBeUndefined();
    if (leaf === undefined) compareAnswers(tree, model, below);
    expect(names).toContain(tree.nth(path, index)?.step);
  });
  expect(tree.nth(path, names.length)).toBeUndefined();
}

describe("a tree", () => {
  it("answers as its model does, and has its hash", () => {
    fc.assert(
      fc.property(operations(60), access, (ops, how) => {
        const model = modelOf(ops);
        const tree = treeOf(ops, how);
        const hash = toHex(model.hash);
        compareAnswers(tree, model);
        expect(toHex(tree.hash)).toBe(hash);
        compareAnswers(tree, model);
        expect(toHex(tree.hash)).toBe(hash);
      }),
      settings(300),
    );
  });

  it("has the hash of its contents, however they came there", () => {
    const shuffled = operations(60).chain((ops) => {
      const { leaves } = modelOf(ops);
      return fc.tuple(
        fc.constant(ops),
        fc.shuffledSubarray(leaves, { minLength: leaves.length }),
        fc.integer({ min: 1, max: 9 }),
        access,
      );
    });
    fc.assert(
      fc.property(shuffled, ([ops, leaves, every, how]) => {
        const hash = toHex(modelOf(ops).hash);
        const fresh = new Tree(Directory.empty, how);
        for (const [path, bytes] of leaves) fresh.add(path, bytes);
        expect(toHex(fresh.hash)).toBe(hash);
        // Hashed on the way, handed out on the way, in another session from time to time.
        let tree = new Tree(Directory.empty, how);
        ops.forEach((op, index) => {
          apply(tree, op);
          if (index % every === 0) tree.hash;
          if (index % (every + 3) === 0) tree.root;
          if (index % (every + 5) === 0) tree = new Tree(tree.root, how);
        });
        expect(toHex(tree.hash)).toBe(hash);
      }),
      settings(500),
    );
  });

  it("keeps its snapshots, whatever is done to it and to them", () => {
    interface Snapshot {
      readonly node: TreeNode;
      readonly model: ModelTree;
    }
    fc.assert(
      fc.property(operations(60), fc.integer({ min: 1, max: 6 }), fc.boolean(), access, (ops, every, hashed, how) => {
        let tree = new Tree(Directory.empty, how);
        let model = new ModelTree();
        const snapshots: Snapshot[] = [];
        ops.forEach((op, index) => {
          apply(tree, op);
          applyToModel(model, op);
          if (index % every !== 0) return;
          if (hashed) tree.hash;
          snapshots.push({ node: tree.root, model: model.copy() });
          // Now and then the work goes on from an older snapshot.
          const older = snapshots[(index * 7) % snapshots.length];
          if (index % 3 !== 0 || older === undefined) return;
          tree = new Tree(older.node, how);
          model = older.model.copy();
        });
        tree.hash;
        for (const snapshot of snapshots) {
          const session = new Tree(snapshot.node, how);
          compareAnswers(session, snapshot.model);
          expect(toHex(session.hash)).toBe(toHex(snapshot.model.hash));
        }
      }),
      settings(150),
    );
  });

  it("is replaced at the path of no steps", () => {
    const tree = new Tree(Directory.empty);
    tree.add([], Uint8Array.of(1, 2));
    expect(tree.find([])).toEqual(Uint8Array.of(1, 2));
    tree.add(["a"], Uint8Array.of(3));
    expect([tree.find([]), tree.find(["a"])]).toEqual([undefined, Uint8Array.of(3)]);
    tree.remove([]);
    expect(toHex(tree.hash)).toBe(toHex(new ModelTree().hash));
  });
});

describe("a tree of 100,000 entries", () => {
  const value = (index: number): Uint8Array => Uint8Array.of(index, index >> 8, index >> 16);
  const path = (index: number): string[] => ["all", `entry ${index}`];
  const COUNT = 100_000;
  const MOST_HASHES = 40;
  const changes = [0, 1, 777, 31_415, 50_000, 77_777, 99_998, 99_999];

  function filled(order: (index: number) => number): Tree {
    const tree = new Tree(Directory.empty);
    for (let index = 0; index < COUNT; index++) tree.add(path(order(index)), value(order(index)));
    return tree;
  }

  it("costs few hashes to change, and has the hash of one made from scratch", () => {
    const tree = filled((index) => index);
    tree.hash;
    const cost = (change: () => void): number => {
      change();
      const before = hashCount();
      tree.hash;
      return hashCount() - before;
    };
    // The leaf, its inode, the branches above it (log2 of the entries and a few more), two directories, the hash of a new name.
    for (const index of changes) {
      const contents = Uint8Array.of(1, 2, 3, index & 0xff);
      expect(cost(() => tree.add(path(index), contents))).toBeLessThanOrEqual(MOST_HASHES);
      expect(cost(() => tree.remove(path(index)))).toBeLessThanOrEqual(MOST_HASHES);
      expect(cost(() => tree.add(path(COUNT + index), contents))).toBeLessThanOrEqual(MOST_HASHES);
      expect(cost(() => tree.add(path(COUNT + index), contents))).toBe(0);
    }
    const scratch = filled((index) => COUNT - 1 - index);
    for (const index of changes) {
      scratch.remove(path(index));
      scratch.add(path(COUNT + index), Uint8Array.of(1, 2, 3, index & 0xff));
    }
    const before = hashCount();
    expect(toHex(scratch.hash)).toBe(toHex(tree.hash));
    expect(hashCount() - before).toBeGreaterThan(COUNT);
  });

  it("costs few hashes to change in an exact session too", () => {
    const root = filled((index) => index).root;
    root.ensureHash();
    for (const index of changes) {
      const session = new Tree(root, EXACT_UNOBSERVED);
      session.add(path(index), Uint8Array.of(9, 9));
      session.remove(path((index + 1) % COUNT));
      const before = hashCount();
      const hash = toHex(session.hash);
      expect(hashCount() - before).toBeLessThanOrEqual(2 * MOST_HASHES);
      const plain = new Tree(root);
      plain.add(path(index), Uint8Array.of(9, 9));
      plain.remove(path((index + 1) % COUNT));
      expect(toHex(plain.hash)).toBe(hash);
    }
  });

  it("has the hash of its model", () => {
    const model = new ModelTree();
    const tree = new Tree(Directory.empty);
    for (let index = 0; index < 10_000; index++) {
      model.add(path(index), value(index));
      tree.add(path(index), value(index));
    }
    expect(toHex(tree.hash)).toBe(toHex(model.hash));
  });
});
