import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  BASE58_KINDS,
  Base58Error,
  type Base58Kind,
  decodeAnyBase58Check,
  decodeBase58Check,
  decodeWithChecksum,
  encodeBase58Check,
  encodeWithChecksum,
  isBase58Check,
} from "../../src/encoding/base58check.js";
import { fromHex, toHex } from "../../src/encoding/hex.js";
import { describeShared, sharedPath } from "../shared-data.js";

const KINDS = Object.keys(BASE58_KINDS) as Base58Kind[];
const BOOTSTRAP1 = "tz1KqTpEZ7Yob7QbPE4Hy4Wo8fHG8LhKxZSx";

function failure(run: () => unknown): Base58Error {
  try {
    run();
  } catch (error) {
    if (error instanceof Base58Error) return error;
    throw error;
  }
  throw new Error("no error raised");
}

describeShared("base58check vectors", "vectors/protocol/base58check.json", () => {
  const vectors = JSON.parse(readFileSync(sharedPath("vectors/protocol/base58check.json"), "utf8")) as {
    entries: {
      name: string;
      text_prefix: string;
      prefix_bytes: string;
      payload_size: number;
      zero: string;
      ff: string;
    }[];
    pairs: { kind: string; b58: string; payload: string }[];
  };

  test.each(vectors.entries)("prefix of $name", (entry) => {
    const { kind, payload } = decodeAnyBase58Check(entry.zero);
    expect(BASE58_KINDS[kind]).toEqual({
      text: entry.text_prefix,
      prefix: entry.prefix_bytes,
      size: entry.payload_size,
    });
    expect(payload).toEqual(new Uint8Array(entry.payload_size));
    const ones = new Uint8Array(entry.payload_size).fill(0xff);
    expect(decodeAnyBase58Check(entry.ff)).toEqual({ kind, payload: ones });
    expect(encodeBase58Check(kind, payload)).toBe(entry.zero);
    expect(encodeBase58Check(kind, ones)).toBe(entry.ff);
  });

  test.each(vectors.pairs)("$b58", ({ b58, payload }) => {
    const decoded = decodeAnyBase58Check(b58);
    expect(toHex(decoded.payload)).toBe(payload);
    expect(encodeBase58Check(decoded.kind, fromHex(payload))).toBe(b58);
  });
});

describe("base58check", () => {
  test("every kind: the text starts with its characters, and reads back", () => {
    fc.assert(
      fc.property(fc.constantFrom(...KINDS), fc.uint8Array({ minLength: 96, maxLength: 96 }), (kind, random) => {
        const payload = random.subarray(0, BASE58_KINDS[kind].size);
        const text = encodeBase58Check(kind, payload);
        expect(text.startsWith(BASE58_KINDS[kind].text)).toBe(true);
        expect(decodeBase58Check(kind, text)).toEqual(payload);
        expect(decodeAnyBase58Check(text)).toEqual({ kind, payload });
      }),
      { seed: 8, numRuns: 1000 },
    );
  });

  test("any bytes, leading zeros included", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat({ max: 5 }), (bytes, zeros) => {
        const raw = new Uint8Array(zeros + bytes.length);
        raw.set(bytes, zeros);
        expect(decodeWithChecksum(encodeWithChecksum(raw))).toEqual(raw);
      }),
      { seed: 9, numRuns: 500 },
    );
  });

  test("errors", () => {
    expect(failure(() => decodeBase58Check("tz1", BOOTSTRAP1.replace("K", "L")))).toMatchObject({
      code: "encoding.base58.bad_checksum",
    });
    expect(failure(() => decodeBase58Check("tz1", BOOTSTRAP1.replace("K", "0")))).toMatchObject({
      code: "encoding.base58.bad_character",
      position: 3,
    });
    expect(failure(() => decodeBase58Check("tz1", `${BOOTSTRAP1}é`)).code).toBe("encoding.base58.bad_character");
    expect(failure(() => decodeBase58Check("KT1", BOOTSTRAP1)).code).toBe("encoding.base58.bad_prefix");
    expect(failure(() => decodeBase58Check("tz1", "")).code).toBe("encoding.base58.bad_length");
    expect(failure(() => decodeBase58Check("tz1", "1".repeat(1_000_000))).code).toBe("encoding.base58.bad_length");
    expect(failure(() => encodeBase58Check("tz1", new Uint8Array(19))).code).toBe("encoding.base58.bad_length");
    const longer = encodeWithChecksum(fromHex("06a19f" + "00".repeat(21)));
    expect(failure(() => decodeBase58Check("tz1", longer)).code).toBe("encoding.base58.bad_length");
    expect(failure(() => decodeAnyBase58Check(longer)).code).toBe("encoding.base58.unknown_prefix");
  });

  test("random text raises Base58Error only", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 80 }), (text) => {
        expect(failure(() => decodeAnyBase58Check(text)).code).toMatch(/^encoding\.base58\./);
        expect(isBase58Check("tz1", text)).toBe(false);
      }),
      { seed: 10 },
    );
    expect(isBase58Check("tz1", BOOTSTRAP1)).toBe(true);
  });
});
