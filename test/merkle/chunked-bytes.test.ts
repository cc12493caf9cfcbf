// Chunked bytes against a model: an array, and which chunks were ever written (merkle.md §2.2). Every version saved at once or a piece at a
// time, plainly or exactly. FULL=1: ten times more.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { toHex } from "../../src/encoding/hex.js";
import { BytesBounds, CHUNK_BYTES, ChunkedBytes, chunkedBytes } from "../../src/merkle/chunked-bytes.js";
import type { TreeNode } from "../../src/merkle/node.js";
import { buildNode, View } from "../../src/merkle/schema.js";
import { EXACT_UNOBSERVED, PLAIN_ACCESS } from "../../src/merkle/tree.js";
import { ModelTree } from "./model.js";

const SEED = 20261124;
const FULL = process.env["FULL"] === "1";

interface Model {
  readonly bytes: Uint8Array;
  readonly chunks: ReadonlySet<number>;
}

interface Version {
  readonly bytes: ChunkedBytes;
  readonly model: Model;
}

function chunkOf({ bytes }: Model, index: number): Uint8Array {
  const chunk = new Uint8Array(CHUNK_BYTES);
  chunk.set(bytes.subarray(index * CHUNK_BYTES, (index + 1) * CHUNK_BYTES));
  return chunk;
}

function hashOf(model: Model): string {
  const tree = new ModelTree();
  for (const index of model.chunks) tree.add(["contents", String(index)], chunkOf(model, index));
  const { length } = model.bytes;
  tree.add(["length"], Uint8Array.of(0, 0, 0, 0, length >>> 24, length >>> 16, length >>> 8, length));
  return toHex(tree.hash);
}

function stored({ bytes, chunks }: Model, offset: number, written: Uint8Array): Model {
  const after = bytes.slice();
  after.set(written, offset);
  const touched = new Set(chunks);
  for (let at = offset; at < offset + written.length; at++) touched.add(Math.floor(at / CHUNK_BYTES));
  return { bytes: after, chunks: touched };
}

const operation = fc.record({
  kind: fc.constantFrom("store", "store", "replace", "grow", "read", "touch", "chunks", "save", "reload"),
  version: fc.nat(),
  offset: fc.nat(),
  length: fc.oneof(fc.nat(4), fc.nat(1200)),
  value: fc.integer({ min: 1, max: 255 }),
});
type Operation = typeof operation extends fc.Arbitrary<infer T> ? T : never;

function saved(bytes: ChunkedBytes, exact: boolean): TreeNode {
  const node = buildNode(chunkedBytes, bytes, exact);
  if (node === undefined) throw new Error("nothing was saved");
  return node;
}

function expectRead({ bytes, model }: Version, offset: number, count: number): void {
  expect(bytes.bytes(offset, count)).toEqual(model.bytes.slice(offset, offset + count));
  const { length } = model.bytes;
  if (offset < length) expect(bytes.byte(offset)).toBe(model.bytes[offset]);
  expect(() => bytes.byte(length)).toThrow(BytesBounds);
  expect(() => bytes.byte(-1)).toThrow(BytesBounds);
  expect(() => bytes.bytes(offset, length - offset + 1)).toThrow(BytesBounds);
  expect(() => bytes.store(offset, new Uint8Array(length - offset + 1))).toThrow(BytesBounds);
}

function apply(version: Version, { kind, offset: from, length: most, value }: Operation, exact: boolean): Version[] {
  const { bytes, model } = version;
  const { length } = model.bytes;
  const offset = from % (length + 1);
  const count = Math.min(most, length - offset);
  switch (kind) {
    case "store": {
      const written = new Uint8Array(count).fill(value);
      return [{ bytes: bytes.store(offset, written), model: stored(model, offset, written) }];
    }
    case "replace": {
      // As a memory is written back: whole chunks, which may lie in what is added at the end.
      const index = Math.floor(offset / CHUNK_BYTES);
      const longer = new Uint8Array(Math.max(length, (index + 1) * CHUNK_BYTES));
      longer.set(model.bytes);
      const chunk = new Uint8Array(CHUNK_BYTES).fill(value);
      const after = stored({ ...model, bytes: longer }, index * CHUNK_BYTES, chunk);
      return [{ bytes: bytes.withChunks([[index, chunk]], longer.length), model: after }];
    }
    case "grow": {
      const longer = new Uint8Array(length + most);
      longer.set(model.bytes);
      // Growing does not clear what a whole chunk holds beyond the end: there is nothing but zeros.
      return [{ bytes: bytes.grow(most), model: { ...model, bytes: longer } }];
    }
    case "read":
      expectRead(version, offset, count);
      return [];
    case "touch":
      if (count > 0) bytes.touch(offset, count);
      return [];
    case "chunks": {
      expect(bytes.chunkIndices().sort((a, b) => a - b)).toEqual([...model.chunks].sort((a, b) => a - b));
      for (const index of model.chunks) expect(bytes.chunk(index)).toEqual(chunkOf(model, index));
      const absent = Math.ceil(length / CHUNK_BYTES) + 3;
      expect(bytes.chunk(absent)).toBeNull();
      return [];
    }
    case "save":
      expect(toHex(saved(bytes, exact).hash)).toBe(hashOf(model));
      return [];
    default: {
      const node = saved(bytes, exact);
      if (offset % 2 === 0) node.ensureHash();
      return [{ bytes: chunkedBytes.load(View.of(node, exact ? EXACT_UNOBSERVED : PLAIN_ACCESS)), model }];
    }
  }
}

/** The chunks in which two models differ. */
function differences(a: Model, b: Model): number[] {
  const indices = new Set([...a.chunks, ...b.chunks]);
  return [...indices].filter(
    (index) => a.chunks.has(index) !== b.chunks.has(index) || !Buffer.from(chunkOf(a, index)).equals(chunkOf(b, index)),
  );
}

const pattern = (length: number): Uint8Array => Uint8Array.from({ length }, (_, index) => index % 251);
const starts: readonly Version[] = [0, 1, 511, 512, 513, 2000].flatMap((length) => {
  const chunks = new Set(Array.from({ length: Math.ceil(length / CHUNK_BYTES) }, (_, index) => index));
  const zeros: Version = {
    bytes: ChunkedBytes.allocate(length),
    model: { bytes: new Uint8Array(length), chunks: new Set() },
  };
  return [{ bytes: ChunkedBytes.ofBytes(pattern(length)), model: { bytes: pattern(length), chunks } }, zeros];
});

describe("chunked bytes", () => {
  it.each([
    ["plain", false],
    ["exact", true],
  ])("are their bytes and the chunks ever written, in every version: %s", (_, exact) => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: starts.length - 1 }),
        fc.array(operation, { maxLength: 30, size: "max" }),
        (start, ops) => {
          const versions: Version[] = [starts[start] as Version]; // start is in bounds
          for (const op of ops) {
            const chosen = op.version % 4 === 0 ? op.version % versions.length : versions.length - 1;
            versions.push(...apply(versions[chosen] as Version, op, exact)); // chosen is in bounds
          }
          for (const { bytes, model } of versions) {
            expect(toHex(saved(bytes, exact).hash)).toBe(hashOf(model));
            expect(Buffer.compare(bytes.toBytes(), model.bytes)).toBe(0);
          }
          for (const [index, version] of versions.entries()) {
            const older = versions[index >> 1] as Version; // index >> 1 <= index
            const changed = version.bytes.changedSince(older.bytes);
            if (changed !== null)
              expect(changed).toEqual(expect.arrayContaining(differences(version.model, older.model)));
          }
        },
      ),
      { seed: SEED, numRuns: FULL ? 1500 : 150 },
    );
  });

  it("say what changed, and that there is no telling for others", () => {
    const bytes = ChunkedBytes.ofBytes(pattern(4000));
    const loaded = chunkedBytes.load(View.of(saved(bytes, false), PLAIN_ACCESS));
    expect(bytes.store(600, Uint8Array.of(1)).store(3999, Uint8Array.of(2)).changedSince(bytes)?.sort()).toEqual([
      1, 7,
    ]);
    expect(bytes.changedSince(bytes)).toEqual([]);
    expect(loaded.changedSince(bytes)).toBeNull();
    expect(loaded.store(0, Uint8Array.of(5)).changedSince(loaded)).toEqual([0]);
  });

  it("are as long as a memory can be, without a chunk", () => {
    const bytes = ChunkedBytes.allocate(2 ** 32);
    expect(bytes.byte(2 ** 32 - 1)).toBe(0);
    const written = bytes.store(2 ** 32 - 2, Uint8Array.of(1, 2));
    expect(written.chunkIndices()).toEqual([2 ** 23 - 1]);
    const loaded = chunkedBytes.load(View.of(saved(written, false), PLAIN_ACCESS));
    expect([loaded.length, loaded.byte(2 ** 32 - 1)]).toEqual([2 ** 32, 2]);
  });
});
