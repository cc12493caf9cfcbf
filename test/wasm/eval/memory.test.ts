// Memories and tables as values, against a model made of plain arrays.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { toHex } from "../../../src/encoding/hex.js";
import { CHUNK_BYTES, ChunkedBytes } from "../../../src/merkle/chunked-bytes.js";
import { LazyVector } from "../../../src/merkle/lazy-vector.js";
import { AccessTrap } from "../../../src/wasm/eval/guest.js";
import {
  allocateMemory,
  effectiveAddress,
  growMemory,
  isOutsideMemory,
  loadLow,
  loadNum,
  loadPacked,
  loadVector,
  memoryPages,
  storeEachByte,
  storeNum,
} from "../../../src/wasm/eval/memory.js";
import { allocateTable, growTable, loadRef, storeRef } from "../../../src/wasm/eval/table.js";
import { GuestError } from "../../../src/wasm/guest-errors.js";
import type { FunctionInstance, Memory, Ref } from "../../../src/wasm/runtime.js";
import type { Num } from "../../../src/wasm/syntax.js";

const SIZE = 3 * CHUNK_BYTES;
const seeded = { seed: 20240611, numRuns: 300 };

function memoryOf(bytes: Uint8Array): Memory {
  return { min: 0, max: null, chunks: ChunkedBytes.ofBytes(bytes) };
}

function randomBytes(seed: number): Uint8Array {
  let state = seed | 1;
  return Uint8Array.from({ length: SIZE }, () => {
    state = Math.imul(state, 1103515245) + 12345;
    return state >>> 16;
  });
}

// Compared as text: comparing arrays element by element is slow.
function hexOf(memory: Memory): string {
  return toHex(memory.chunks.toBytes());
}

/** The result, or the text of the trap. */
function orTrap<T>(act: () => T): T | string {
  try {
    return act();
  } catch (error) {
    if (error instanceof AccessTrap) return error.message;
    throw error;
  }
}

const OUT = "out of bounds memory access";
const base = fc.oneof(fc.integer({ min: 0, max: SIZE + 10 }), fc.constantFrom(-1, -4, 0x7fff_ffff));
const offset = fc.oneof(fc.integer({ min: 0, max: 20 }), fc.constantFrom(-1, -0x8000_0000));

function inside(address: number, size: number): boolean {
  return address <= 0xffff_ffff && address + size <= SIZE;
}

describe("memory accesses", () => {
  it("loads are what a DataView reads", () => {
    fc.assert(
      fc.property(fc.nat(), base, offset, (seed, at, plus) => {
        const bytes = randomBytes(seed);
        const memory = memoryOf(bytes);
        const view = new DataView(bytes.buffer);
        const address = (at >>> 0) + (plus >>> 0);
        const check = (size: number, act: () => Num, expected: () => Num) => {
          expect(orTrap(act)).toEqual(inside(address, size) ? expected() : OUT);
        };
        const word = (value: number): Num => ({ type: "i32", value });
        const long = (value: bigint): Num => ({ type: "i64", value });
        check(
          4,
          () => loadNum(memory, at, plus, "i32"),
          () => word(view.getInt32(address, true)),
        );
        check(
          8,
          () => loadNum(memory, at, plus, "i64"),
          () => long(view.getBigInt64(address, true)),
        );
        check(
          4,
          () => loadNum(memory, at, plus, "f32"),
          () => ({ type: "f32", value: view.getInt32(address, true) }),
        );
        check(
          1,
          () => loadPacked(memory, at, plus, "i32", 8, "ZX"),
          () => word(view.getUint8(address)),
        );
        check(
          1,
          () => loadPacked(memory, at, plus, "i64", 8, "SX"),
          () => long(BigInt(view.getInt8(address))),
        );
        check(
          2,
          () => loadPacked(memory, at, plus, "i32", 16, "SX"),
          () => word(view.getInt16(address, true)),
        );
        check(
          2,
          () => loadPacked(memory, at, plus, "i64", 16, "ZX"),
          () => long(BigInt(view.getUint16(address, true))),
        );
        check(
          4,
          () => loadPacked(memory, at, plus, "i64", 32, "SX"),
          () => long(BigInt(view.getInt32(address, true))),
        );
        check(
          4,
          () => loadPacked(memory, at, plus, "i64", 32, "ZX"),
          () => long(BigInt(view.getUint32(address, true))),
        );
      }),
      seeded,
    );
  });

  it("stores are what a DataView writes, and change nothing when they trap", () => {
    fc.assert(
      fc.property(
        fc.nat(),
        base,
        offset,
        fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
        (seed, at, plus, value) => {
          const bytes = randomBytes(seed);
          const memory = memoryOf(bytes);
          const address = (at >>> 0) + (plus >>> 0);
          const word = Number(BigInt.asIntN(32, value));
          const check = (num: Num, size: number | null, bytesStored: number, write: (view: DataView) => void) => {
            const stored = orTrap(() => storeNum(memory, at, plus, num, size));
            if (!inside(address, bytesStored)) {
              expect(stored).toBe(OUT);
              return;
            }
            const expected = bytes.slice();
            write(new DataView(expected.buffer));
            expect(hexOf(stored as Memory)).toBe(toHex(expected));
          };
          check({ type: "i32", value: word }, null, 4, (view) => view.setInt32(address, word, true));
          check({ type: "i64", value }, null, 8, (view) => view.setBigInt64(address, value, true));
          check({ type: "i32", value: word }, 8, 1, (view) => view.setUint8(address, word & 0xff));
          check({ type: "i64", value }, 16, 2, (view) => view.setUint16(address, Number(value & 0xffffn), true));
          check({ type: "i64", value }, 32, 4, (view) => view.setInt32(address, word, true));
          // An ill-typed store is as wide as the number on the stack.
          check({ type: "i32", value: word }, 32, 4, (view) => view.setInt32(address, word, true));
          expect(hexOf(memory)).toBe(toHex(bytes));
        },
      ),
      seeded,
    );
  });

  it("a vector store writes the bytes that are in bounds before it traps", () => {
    const sixteen = Uint8Array.from({ length: 16 }, (_, index) => index + 1);
    fc.assert(
      fc.property(fc.integer({ min: SIZE - 40, max: SIZE + 20 }), (address) => {
        const bytes = randomBytes(address);
        const stored = storeEachByte(memoryOf(bytes), address, sixteen);
        const expected = bytes.slice();
        sixteen.forEach((byte, index) => {
          if (address + index < SIZE) expected[address + index] = byte;
        });
        expect(hexOf(stored.memory)).toBe(toHex(expected));
        expect(stored.isWhole).toBe(address + 16 <= SIZE);
        const loaded = orTrap(() => loadVector(stored.memory, address, 0));
        expect(loaded).toEqual(address + 16 <= SIZE ? sixteen : OUT);
        const low = orTrap(() => loadLow(stored.memory, address, 0, 64));
        const eight = new Uint8Array(16);
        eight.set(expected.subarray(address, address + 8));
        expect(low).toEqual(address + 8 <= SIZE ? eight : OUT);
      }),
      seeded,
    );
  });

  it("addresses do not wrap", () => {
    expect(effectiveAddress(-1, 0)).toBe(0xffff_ffff);
    expect(() => effectiveAddress(-1, 1)).toThrow(AccessTrap);
    expect(isOutsideMemory(memoryOf(new Uint8Array(8)), 8, 0)).toBe(false);
    expect(isOutsideMemory(memoryOf(new Uint8Array(8)), 9, 0)).toBe(true);
    expect(isOutsideMemory(memoryOf(new Uint8Array(8)), 4, -1)).toBe(true);
  });
});

describe("growth of memories", () => {
  it("keeps to the limits", () => {
    const memory = allocateMemory({ min: 1, max: 3 });
    expect(memoryPages(memory)).toBe(1);
    const grown = growMemory(memory, 2) as Memory;
    expect([grown.min, memoryPages(grown), grown.chunks.length]).toEqual([3, 3, 3 * 65536]);
    expect(growMemory(grown, 1)).toBeNull();
    expect(growMemory(grown, -1)).toBeNull();
    expect(growMemory(grown, 0)).toEqual(grown);
    expect(growMemory(allocateMemory({ min: 65535, max: null }), 2)).toBeNull();
    expect(growMemory(allocateMemory({ min: 65535, max: null }), 1)?.min).toBe(65536);
    expect(() => allocateMemory({ min: 2, max: 1 })).toThrow(GuestError);
  });

  it("counts a minimum of 2^31 pages as negative, and fails an assertion then", () => {
    const memory = allocateMemory({ min: -0x8000_0000, max: null });
    expect([memory.min, memory.chunks.length]).toEqual([-0x8000_0000, 0]);
    expect(() => growMemory(memory, 0)).toThrow(
      'File "src/lib_webassembly/runtime/partial_memory.ml", line 97, characters 2-8: Assertion failed',
    );
  });
});

describe("tables", () => {
  const nothing: Ref = { tag: "NullRef", type: "funcref" };
  const func: FunctionInstance = {
    tag: "Host",
    name: "f",
    type: { params: LazyVector.empty(), results: LazyVector.empty() },
  };
  const ref: Ref = { tag: "FuncRef", func };

  it("hold references of their type", () => {
    const table = allocateTable({ limits: { min: 2, max: 4 }, type: "funcref" });
    expect(loadRef(table, 1)).toEqual(nothing);
    expect(() => loadRef(table, 2)).toThrow(AccessTrap);
    const stored = storeRef(table, 1, ref);
    expect([loadRef(stored, 1), loadRef(table, 1)]).toEqual([ref, nothing]);
    expect(() => storeRef(table, 2, ref)).toThrow(AccessTrap);
    expect(() => storeRef(table, 0, { tag: "NullRef", type: "externref" })).toThrow("type mismatch at table access");
  });

  it("grow within their limits", () => {
    const table = allocateTable({ limits: { min: 2, max: 4 }, type: "funcref" });
    const grown = growTable(table, 2, ref);
    expect(grown?.refs.toArray()).toEqual([nothing, nothing, ref, ref]);
    expect(grown?.min).toBe(4);
    expect(growTable(table, 3, ref)).toBeNull();
    expect(growTable(table, -2, ref)).toBeNull();
  });

  it("take a growth by 2^31 or more as none at all", () => {
    const table = allocateTable({ limits: { min: 0, max: null }, type: "funcref" });
    const grown = growTable(table, -5, ref);
    expect([grown?.min, grown?.refs.length]).toEqual([-5, 0]);
    expect(() => grown && growTable(grown, 0, ref)).toThrow(
      'File "src/lib_webassembly/runtime/partial_table.ml", line 66, characters 2-8: Assertion failed',
    );
  });
});
