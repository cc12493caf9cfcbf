// Proofs of random steps on random trees: what is recorded verifies and leads where the model says; spoilt by a byte it is refused, with one
// of three errors. FULL=1: ten times more, and every value of every byte.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { toHex } from "../../src/encoding/hex.js";
import { InvalidProof, MalformedProof, MissingNode } from "../../src/merkle/errors.js";
import { Directory } from "../../src/merkle/node.js";
import { partialTree } from "../../src/merkle/partial.js";
import { decodeProof, decodeProofPrefix, encodeProof } from "../../src/merkle/proof-encoding.js";
import { recordProof, verifyProof } from "../../src/merkle/prove.js";
import { Tree } from "../../src/merkle/tree.js";
import { ModelTree } from "./model.js";
import { apply, applyToModel, type Operation, operation } from "./operations.js";

const SEED = 20261124;
const FULL = process.env["FULL"] === "1";

const operations = (minLength: number, maxLength: number): fc.Arbitrary<Operation[]> =>
  fc.array(operation, { minLength, maxLength, size: "max" });

function modelOf(ops: readonly Operation[]): ModelTree {
  const model = new ModelTree();
  for (const op of ops) applyToModel(model, op);
  return model;
}

/** A tree from its leaves, hashed: what a store would hold. */
function stored(model: ModelTree): Tree {
  const tree = new Tree(Directory.empty);
  for (const [path, bytes] of model.leaves) tree.add(path, bytes);
  tree.hash;
  return tree;
}

/** A step that does the operations, and what it saw. */
function stepOf(ops: readonly Operation[], hashesAt = -1): (tree: Tree) => string[] {
  return (tree) => {
    const seen: string[] = [];
    ops.forEach((op, index) => {
      if (op.kind === "find") seen.push(toHex(tree.find(op.path) ?? new Uint8Array(0)));
      else if (op.kind === "list") seen.push(...tree.list(op.path).map(({ step }) => step));
      else if (op.kind === "length") seen.push(String(tree.length(op.path)));
      else apply(tree, op);
      // A kernel may ask for the hash of a directory inside a step.
      if (index === hashesAt) seen.push(toHex(tree.hash));
    });
    return seen;
  };
}

describe("a proof", () => {
  it("verifies with its step: the same hashes, the same things seen", () => {
    fc.assert(
      fc.property(
        operations(0, 60),
        operations(0, 12),
        fc.integer({ min: -20, max: 11 }),
        (contents, ops, hashesAt) => {
          const model = modelOf(contents);
          const before = toHex(model.hash);
          const step = stepOf(ops, hashesAt);
          const { proof, result, after } = recordProof(stored(model).root, step);
          for (const op of ops) applyToModel(model, op);
          expect([toHex(proof.before), toHex(proof.after)]).toEqual([before, toHex(model.hash)]);
          expect(toHex(after.hash)).toBe(toHex(proof.after));
          const bytes = encodeProof(proof);
          const decoded = decodeProof(bytes);
          expect(encodeProof(decoded)).toEqual(bytes);
          expect(decodeProofPrefix(Uint8Array.from([...bytes, 1, 2, 3]))).toEqual({
            proof: decoded,
            length: bytes.length,
          });
          expect(toHex(partialTree(decoded.tree).hash)).toBe(before);
          expect(verifyProof(decoded, step)).toEqual(result);
          // What the step of a proof reads of the tree shown is what the proof shows.
          expect(encodeProof(recordProof(partialTree(decoded.tree), step).proof)).toEqual(bytes);
        },
      ),
      { seed: SEED, numRuns: FULL ? 10_000 : 1000 },
    );
  });

  it("does not depend on how its tree was made", () => {
    fc.assert(
      fc.property(operations(0, 60), operations(1, 12), fc.boolean(), (contents, ops, hashed) => {
        const tree = new Tree(Directory.empty);
        for (const op of contents) apply(tree, op);
        if (hashed) tree.hash;
        const proof = encodeProof(recordProof(tree.root, stepOf(ops)).proof);
        expect(proof).toEqual(encodeProof(recordProof(stored(modelOf(contents)).root, stepOf(ops)).proof));
      }),
      { seed: SEED + 1, numRuns: FULL ? 5000 : 500 },
    );
  });

  it("leaves the tree it is made of as it was", () => {
    fc.assert(
      fc.property(operations(0, 40), operations(1, 12), (contents, ops) => {
        const tree = stored(modelOf(contents));
        const hash = toHex(tree.hash);
        const { root } = tree;
        recordProof(root, stepOf(ops));
        const fresh = stored(modelOf(contents)).root;
        expect(toHex(new Tree(root).hash)).toBe(hash);
        expect(encodeProof(recordProof(root, stepOf(ops)).proof)).toEqual(
          encodeProof(recordProof(fresh, stepOf(ops)).proof),
        );
      }),
      { seed: SEED + 2, numRuns: FULL ? 3000 : 300 },
    );
  });
});

describe("a spoilt proof", () => {
  const REFUSALS = new Set<unknown>([MalformedProof, InvalidProof, MissingNode]);

  function refuse(bytes: Uint8Array, step: (tree: Tree) => unknown): string {
    try {
      verifyProof(decodeProof(bytes), step);
    } catch (error) {
      if (error instanceof Error && REFUSALS.has(error.constructor)) return error.name;
      throw error;
    }
    throw new Error(`accepted: ${toHex(bytes)}`);
  }

  /** All the ways to spoil one byte: changed, left out with the rest, another put before it. */
  function* spoilt(bytes: Uint8Array): Generator<Uint8Array> {
    for (let at = 0; at <= bytes.length; at++) {
      const [before, after] = [bytes.slice(0, at), bytes.slice(at)];
      for (const more of FULL ? [0, 1, 0x80, 0xc0, 0xff, at & 0xff] : [(at * 151) & 0xff]) {
        yield Uint8Array.from([...before, more, ...after]);
      }
      const [byte] = after;
      if (byte === undefined) continue;
      yield before;
      yield Uint8Array.from([...before, ...after.slice(1)]);
      const changes = FULL
        ? Array.from({ length: 255 }, (_, index) => index + 1)
        : [1 << (at & 7), 1 + ((at * 89) % 255)];
      for (const change of changes) yield Uint8Array.from([...before, byte ^ change, ...after.slice(1)]);
    }
  }

  it("is refused, whichever byte is changed, cut or added", () => {
    const count = FULL ? 60 : 50;
    const steps = fc.sample(fc.tuple(operations(0, 40), operations(0, 8)), { seed: SEED + 3, numRuns: count });
    const refusals = new Map<string, number>();
    for (const [contents, ops] of steps) {
      const step = stepOf(ops);
      for (const bytes of spoilt(encodeProof(recordProof(stored(modelOf(contents)).root, step).proof))) {
        const name = refuse(bytes, step);
        refusals.set(name, (refusals.get(name) ?? 0) + 1);
      }
    }
    expect([...refusals.keys()].sort()).toEqual(["InvalidProof", "MalformedProof"]);
    expect(Math.min(...refusals.values())).toBeGreaterThan(1000);
  });

  it("that shows less than its step reads is refused", () => {
    const model = modelOf([]);
    for (let index = 0; index < 20; index++) model.add(["dir", `k${index}`], Uint8Array.of(index));
    const root = stored(model).root;
    const reads = (tree: Tree): void => void tree.find(["dir", "k3"]);
    const { proof } = recordProof(root, (tree) => void tree.find(["dir", "k4"]));
    expect(() => verifyProof(proof, reads)).toThrow(MissingNode);
    expect(() => verifyProof(proof, (tree) => tree.remove(["dir", "k7"]))).toThrow(MissingNode);
    const nothing = recordProof(root, () => undefined).proof;
    expect(nothing.tree.kind).toBe("blindedNode");
    expect(() => verifyProof(nothing, reads)).toThrow(MissingNode);
  });
});
