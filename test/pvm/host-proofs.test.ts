// Host calls on a storage that is watched: the proof of a call is enough to run it again, and shows no more than what it read.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ChunkedBytes, chunkedBytes } from "../../src/merkle/chunked-bytes.js";
import { LazyVector } from "../../src/merkle/lazy-vector.js";
import { Directory, type TreeNode } from "../../src/merkle/node.js";
import type { MerkleProof } from "../../src/merkle/proof-encoding.js";
import { recordProof, verifyProof } from "../../src/merkle/prove.js";
import { loadFrom, saveInto } from "../../src/merkle/schema.js";
import { Tree } from "../../src/merkle/tree.js";
import { emptyBuffers } from "../../src/pvm/buffers.js";
import { Durable, durableKey } from "../../src/pvm/durable.js";
import { KernelHost } from "../../src/pvm/host/kernel-host.js";
import { HOST_FUNCTIONS } from "../../src/pvm/host/registry.js";
import { i32, i64, type Memory } from "../../src/wasm/runtime.js";
import { LATEST } from "./hosted.js";

type Call = readonly [name: string, ...args: (number | bigint)[]];

const MEMORY_BYTES = 8192;
const MEMORY_PATH = ["wasm", "memory"];

/** A state of sorts: a storage under `durable`, a memory beside it. */
function state(fill: (durable: Durable) => void, memory: ChunkedBytes): TreeNode {
  const durable = new Durable(new Tree(Directory.empty));
  fill(durable);
  const tree = new Tree(Directory.empty);
  tree.addTree(["durable"], durable.tree.root);
  saveInto(tree, MEMORY_PATH, chunkedBytes, memory);
  tree.hash;
  return tree.root;
}

/** A step that makes one host call: reads the memory and the storage, writes them back. */
function calling([name, ...args]: Call): (tree: Tree) => string {
  return (tree) => {
    const durable = new Durable(new Tree(tree.findTree(["durable"]) as TreeNode, tree.access));
    const memory: Memory = { min: 1, max: null, chunks: loadFrom(tree, MEMORY_PATH, chunkedBytes) };
    const host = new KernelHost({ durable, buffers: emptyBuffers(10, 10n) }, LATEST);
    const spec = HOST_FUNCTIONS.find(({ importName }) => importName === name);
    if (spec === undefined) throw new Error(name);
    const values = args.map((arg, index) => (spec.params[index] === "i64" ? i64(BigInt(arg)) : i32(Number(arg))));
    const outcome = host.call(spec.stateName, values, LazyVector.of([memory]));
    if (outcome.tag !== "results") throw new Error("a reveal");
    saveInto(tree, MEMORY_PATH, chunkedBytes, (outcome.memory ?? memory).chunks);
    tree.addTree(["durable"], durable.tree.root);
    const [value] = outcome.results;
    return value?.tag === "num" ? String(value.num.value) : "";
  };
}

function leaves(proof: MerkleProof): string[] {
  const found: string[] = [];
  JSON.stringify(proof.tree, (_key, value: unknown) => {
    const node = value as { kind?: unknown; bytes?: unknown } | null;
    if (node !== null && typeof node === "object" && node.kind === "value" && node.bytes instanceof Uint8Array) {
      found.push(Buffer.from(node.bytes).toString("latin1"));
    }
    return value;
  });
  return found;
}

const NAMES = Array.from({ length: 12 }, (_, index) => `/dir/k${index}`);
const KEYS = ["", "/dir", "/dir/k3", "/dir/k7", "/new", "/new/deep", "/readonly/r", "/nothing/here", "/dir/", "/big"];

function fill(durable: Durable): void {
  for (const name of NAMES) durable.setValue(durableKey(name), Buffer.from(name));
  durable.setValue(durableKey("/readonly/r"), Buffer.from("r"));
  durable.setValue(
    durableKey("/big"),
    Buffer.concat(["A", "B", "C", "D", "E", "F"].map((letter) => Buffer.alloc(512, letter))),
  );
}

/** The keys one after the other in memory, 16 bytes each, from 1024 on. */
function keyMemory(): ChunkedBytes {
  let memory = ChunkedBytes.allocate(MEMORY_BYTES);
  KEYS.forEach((text, index) => {
    memory = memory.store(1024 + 16 * index, Buffer.from(text));
  });
  return memory;
}

const root = state(fill, keyMemory());
const key = fc
  .nat(KEYS.length - 1)
  .map((index): [number, number] => [1024 + 16 * index, (KEYS[index] as string).length]);
const address = fc.constantFrom(0, 600, 3000, MEMORY_BYTES - 600, MEMORY_BYTES - 3, MEMORY_BYTES, -1);
const size = fc.constantFrom(0, 1, 3, 32, 600, 2048, 2049, 9000, -1);
const offset = fc.constantFrom(0, 1, 511, 512, 2999, 3000, 3001, -1);
const nth = fc.bigInt({ min: -2n, max: 14n });

const call: fc.Arbitrary<Call> = fc.oneof(
  fc
    .tuple(
      fc.constantFrom(
        "store_has",
        "store_exists",
        "store_list_size",
        "store_delete",
        "store_delete_value",
        "store_value_size",
      ),
      key,
    )
    .map(([name, at]): Call => [name, ...at]),
  fc
    .tuple(fc.constantFrom("store_copy", "store_move"), key, key)
    .map(([name, from, to]): Call => [name, ...from, ...to]),
  fc
    .tuple(fc.constantFrom("store_read", "store_write"), key, offset, address, size)
    .map(([name, at, ...rest]): Call => [name, ...at, ...rest]),
  fc.tuple(key, size).map(([at, length]): Call => ["store_create", ...at, length]),
  fc
    .tuple(key, nth, address, fc.constantFrom(0, 2, 64))
    .map(([at, index, to, most]): Call => ["store_get_nth_key", ...at, index, to, most]),
  fc
    .tuple(key, address, fc.constantFrom(0, 5, 32))
    .map(([at, to, most]): Call => ["__internal_store_get_hash", ...at, to, most]),
);

describe("the proof of a host call", () => {
  it("is enough to run the call again, and the call does the same unwatched", () => {
    fc.assert(
      fc.property(call, (made) => {
        const step = calling(made);
        const { proof, result, after } = recordProof(root, step);
        expect(verifyProof(proof, step)).toBe(result);
        const plain = new Tree(root);
        expect(step(plain)).toBe(result);
        expect(Buffer.from(plain.hash).toString("hex")).toBe(Buffer.from(after.hash).toString("hex"));
      }),
      { seed: 3, numRuns: 1500 },
    );
  });

  function shown(...made: Call): string[] {
    const { proof } = recordProof(root, calling(made));
    return leaves(proof);
  }
  const at = (text: string): [number, number] => [1024 + 16 * KEYS.indexOf(text), text.length];

  it("shows the chunks of a value that are read, and its length", () => {
    const length = "\0\0\0\0\0\0\x0c\0";
    const chunks = (...made: Call): string =>
      shown(...made)
        .filter((bytes) => /^[A-F]{512}$/.test(bytes))
        .map((bytes) => bytes.charAt(0))
        .sort()
        .join("");
    expect(chunks("store_read", ...at("/big"), 512, 3000, 513)).toBe("BC");
    expect(chunks("store_write", ...at("/big"), 3072, 0, 1)).toBe("");
    expect(chunks("store_write", ...at("/big"), 1023, 0, 2)).toBe("BC");
    expect(chunks("store_value_size", ...at("/big"))).toBe("");
    for (const name of ["store_has", "store_value_size"]) expect(shown(name, ...at("/big"))).toContain(length);
    expect(shown("store_exists", ...at("/big"))).not.toContain(length);
  });

  it("shows the chunks of the memory that are in bounds even when others are not", () => {
    const start = MEMORY_BYTES - 600;
    const filled = state(fill, keyMemory().store(start, new Uint8Array(600).fill(0x61)));
    const { proof, result } = recordProof(filled, calling(["store_write", ...at("/new"), 0, start, 601]));
    expect(result).toBe("-6");
    expect(leaves(proof).filter((bytes) => bytes.includes("aaa"))).toHaveLength(2);
    const tooMany = calling(["store_write", ...at("/new"), 0, start, 9000]);
    expect(leaves(recordProof(filled, tooMany).proof).filter((bytes) => bytes.includes("aaa"))).toHaveLength(2);
  });

  it("shows no more of a directory than the children before the one that is named", () => {
    const count = (index: bigint): number => {
      const { proof } = recordProof(root, calling(["store_get_nth_key", ...at("/dir"), index, 0, 64]));
      return (JSON.stringify(proof.tree).match(/"step":"k\d+"/g) ?? []).length;
    };
    expect(count(0n)).toBeLessThan(NAMES.length);
    expect(count(0n)).toBeGreaterThan(0);
  });
});
