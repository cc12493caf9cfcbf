import { createHash } from "node:crypto";
import fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import {
  blake2b,
  blake2b256,
  HASH_BYTES,
  type Hasher,
  hashCount,
  hashInto,
  nobleHasher,
  setHasher,
  wasmHasher,
} from "../../src/crypto/blake2b.js";
import { fromHex, toHex } from "../../src/encoding/hex.js";

function bytesOf(length: number, seed: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let i = 0, state = seed; i < length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    bytes[i] = state >>> 24;
  }
  return bytes;
}

function hashed(hasher: Hasher, input: Uint8Array): string {
  const out = new Uint8Array(HASH_BYTES);
  hasher.hash(input, 0, input.length, out, 0);
  return toHex(out);
}

afterEach(() => {
  setHasher(wasmHasher);
});

describe("blake2b", () => {
  test("known hashes", () => {
    expect(toHex(blake2b256(new Uint8Array(0)))).toBe(
      "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8",
    );
    expect(toHex(blake2b256(fromHex("616263")))).toBe(
      "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319",
    );
    // Node has the 512-bit variant.
    const input = bytesOf(1000, 1);
    expect(toHex(blake2b(input, 64))).toBe(createHash("blake2b512").update(input).digest("hex"));
    expect(blake2b(input, 20)).toHaveLength(20);
  });

  test("both implementations agree on every size from 0 to 2000", () => {
    for (let length = 0; length <= 2000; length++) {
      const input = bytesOf(length, length);
      const expected = hashed(nobleHasher, input);
      if (hashed(wasmHasher, input) !== expected) expect.fail(`sizes ${length}: implementations differ`);
      if (toHex(blake2b256(input)) !== expected) expect.fail(`size ${length}: blake2b256 differs`);
    }
  });

  test("and on inputs larger than hash-wasm's buffer", () => {
    for (const length of [16 * 1024 - 1, 16 * 1024, 16 * 1024 + 1, 100_000]) {
      const input = bytesOf(length, length);
      expect(hashed(wasmHasher, input)).toBe(hashed(nobleHasher, input));
    }
  });

  test("hashInto touches its range only, and may write into its input", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 40, maxLength: 300 }), fc.nat(), fc.nat(), fc.nat(), (bytes, a, b, at) => {
        const [start, end] = [a % (bytes.length + 1), b % (bytes.length + 1)].sort((x, y) => x - y) as [number, number];
        const offset = at % (bytes.length - HASH_BYTES + 1);
        const expected = bytes.slice();
        expected.set(blake2b256(bytes.slice(start, end)), offset);
        for (const hasher of [wasmHasher, nobleHasher]) {
          setHasher(hasher);
          const copy = bytes.slice();
          hashInto(copy, start, end, copy, offset);
          expect(copy).toEqual(expected);
        }
      }),
      { seed: 1, numRuns: 300 },
    );
  });

  test("results are fresh arrays", () => {
    const first = blake2b256(Uint8Array.of(1));
    const text = toHex(first);
    const second = blake2b256(Uint8Array.of(2));
    expect(toHex(first)).toBe(text);
    expect(second.buffer.byteLength).toBe(HASH_BYTES);
  });

  test("counts, whichever implementation", () => {
    const before = hashCount();
    blake2b256(Uint8Array.of(1));
    setHasher(nobleHasher);
    hashInto(Uint8Array.of(1), 0, 1, new Uint8Array(32), 0);
    blake2b(Uint8Array.of(1), 20);
    expect(hashCount() - before).toBe(2);
  });

  test("setHasher gives back the one in use, and an implementation needs only `hash`", () => {
    const fake: Hasher = {
      name: "fake",
      hash: (input, start, end, out, outOffset) =>
        out.fill(end - start + input.length, outOffset, outOffset + HASH_BYTES),
    };
    expect(setHasher(fake)).toBe(wasmHasher);
    expect(blake2b256(new Uint8Array(3))).toEqual(new Uint8Array(HASH_BYTES).fill(6));
    expect(setHasher(wasmHasher)).toBe(fake);
  });
});
