import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ByteReader, ByteWriter, DecodeError, EncodeError } from "../../src/encoding/binary.js";
import { fromHex, toHex } from "../../src/encoding/hex.js";
import { readN, readNNumber, readZ, readZNumber, writeN, writeZ } from "../../src/encoding/zarith.js";
import { describeShared, sharedPath } from "../shared-data.js";

function hexN(value: number | bigint): string {
  const w = new ByteWriter();
  writeN(w, value);
  return toHex(w.finish());
}

function hexZ(value: number | bigint): string {
  const w = new ByteWriter();
  writeZ(w, value);
  return toHex(w.finish());
}

function whole<T>(hex: string, read: (r: ByteReader) => T): T {
  const r = new ByteReader(fromHex(hex));
  const value = read(r);
  expect(r.remaining).toBe(0);
  return value;
}

/** The definition, digit by digit on bigint: groups of 7 bits after a first group of `firstBits`. */
function reference(magnitude: bigint, firstBits: bigint, firstMark: number): string {
  const bytes: number[] = [];
  let rest = magnitude;
  let bits = firstBits;
  let mark = firstMark;
  do {
    const low = Number(rest & ((1n << bits) - 1n));
    rest >>= bits;
    bytes.push(low | mark | (rest > 0n ? 0x80 : 0));
    bits = 7n;
    mark = 0;
  } while (rest > 0n);
  return toHex(Uint8Array.from(bytes));
}

const anyNatural = fc.oneof(
  fc.bigInt({ min: 0n, max: 1000n }),
  fc.bigInt({ min: 0n, max: 1n << 64n }),
  fc.bigInt({ min: 0n, max: 1n << 600n }),
  fc.nat({ max: 700 }).map((shift) => 1n << BigInt(shift)),
  fc.nat({ max: 700 }).map((shift) => (1n << BigInt(shift)) - 1n),
);

describeShared("zarith vectors", "vectors/merkle.json", () => {
  const { scalars } = JSON.parse(readFileSync(sharedPath("vectors/merkle.json"), "utf8")) as {
    scalars: { n: [string, string][]; z: [string, string][] };
  };

  test.each(scalars.n)("n %s", (value, hex) => {
    expect(hexN(BigInt(value))).toBe(hex);
    expect(hexN(Number(value))).toBe(hex);
    expect(whole(hex, readN)).toBe(BigInt(value));
    expect(whole(hex, readNNumber)).toBe(Number(value));
  });

  test.each(scalars.z)("z %s", (value, hex) => {
    expect(hexZ(BigInt(value))).toBe(hex);
    expect(hexZ(Number(value))).toBe(hex);
    expect(whole(hex, readZ)).toBe(BigInt(value));
    expect(whole(hex, readZNumber)).toBe(Number(value));
  });
});

describe("zarith", () => {
  test("any size, against the definition, and back", () => {
    fc.assert(
      fc.property(anyNatural, (value) => {
        const asN = reference(value, 7n, 0);
        expect(hexN(value)).toBe(asN);
        expect(whole(asN, readN)).toBe(value);
        const asZ = reference(value, 6n, 0);
        expect(hexZ(value)).toBe(asZ);
        expect(whole(asZ, readZ)).toBe(value);
        if (value > 0n) {
          const negative = reference(value, 6n, 0x40);
          expect(hexZ(-value)).toBe(negative);
          expect(whole(negative, readZ)).toBe(-value);
        }
      }),
      { seed: 2, numRuns: 2000 },
    );
  });

  test("numbers take the same bytes as bigints, up to 2^53 - 1", () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), (value) => {
        expect(hexZ(value)).toBe(hexZ(BigInt(value)));
        expect(whole(hexZ(value), readZNumber)).toBe(value === 0 ? 0 : value);
        if (value >= 0) {
          expect(hexN(value)).toBe(hexN(BigInt(value)));
          expect(whole(hexN(value), readNNumber)).toBe(value === 0 ? 0 : value);
        }
      }),
      { seed: 3 },
    );
    expect(() => whole(hexN(2n ** 53n), readNNumber)).toThrow("encoding.int_out_of_range");
    expect(() => whole(hexZ(-(2n ** 53n)), readZNumber)).toThrow("encoding.int_out_of_range");
    expect(whole(hexZ(-(2n ** 53n) + 1n), readZNumber)).toBe(-(2 ** 53) + 1);
  });

  test("refuses an empty last group, as data-encoding does", () => {
    for (const hex of ["8000", "808000", "ff00", "ffffffffffffffffff00"]) {
      expect(() => whole(hex, readN)).toThrow("encoding.trailing_zero");
      expect(() => whole(hex, readZ)).toThrow("encoding.trailing_zero");
    }
  });

  test("reads minus zero as zero, as data-encoding does", () => {
    expect(whole("40", readZ)).toBe(0n);
    expect(whole("40", readZNumber)).toBe(0);
  });

  test("refuses an unfinished number", () => {
    for (const hex of ["", "80", "ff", "ffffffffffffffffffff"]) {
      expect(() => whole(hex, readN)).toThrow("encoding.unexpected_end");
      expect(() => whole(hex, readZ)).toThrow("encoding.unexpected_end");
    }
  });

  test("what is accepted is what would be written, minus zero apart", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 14 }), (bytes) => {
        for (const [read, hex] of [
          [readN, hexN],
          [readZ, hexZ],
        ] as const) {
          const r = new ByteReader(bytes);
          try {
            const value = read(r);
            const taken = toHex(bytes.subarray(0, r.position));
            expect(taken === "40" && read === readZ ? "00" : taken).toBe(hex(value));
          } catch (error) {
            expect(error).toBeInstanceOf(DecodeError);
          }
        }
      }),
      { seed: 4, numRuns: 2000 },
    );
  });

  test("a number of a million groups is read and written in no time", () => {
    const bytes = new Uint8Array(1_000_000).fill(0xff);
    bytes[bytes.length - 1] = 0x01;
    const value = readN(new ByteReader(bytes));
    const w = new ByteWriter();
    writeN(w, value);
    expect(w.peek().length).toBe(bytes.length);
    expect(toHex(w.peek().subarray(-3))).toBe("ffff01");
  }, 5_000);

  test("refuses values outside the type", () => {
    for (const value of [-1, -1n, 0.5, Number.NaN, 2 ** 53, Number.POSITIVE_INFINITY]) {
      expect(() => hexN(value)).toThrow(EncodeError);
    }
    for (const value of [0.5, -(2 ** 53), Number.NaN]) expect(() => hexZ(value)).toThrow(EncodeError);
  });
});
