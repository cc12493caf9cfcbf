// BSON: the examples of bsonspec.org as far as JSON goes, round trips, refusals.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decode, encode } from "../../src/encoding/binary.js";
import { bsonCodec } from "../../src/encoding/bson.js";
import { DecodeError, EncodeError } from "../../src/encoding/errors.js";
import { fromHex, toHex } from "../../src/encoding/hex.js";
import type { Json } from "../../src/encoding/json.js";

describe("BSON", () => {
  it.each<[Json, string]>([
    [{ hello: "world" }, "160000000268656c6c6f0006000000776f726c640000"],
    [{}, "0500000000"],
    [{ a: null, b: true }, "0c0000000a6100086200 0100".replace(" ", "")],
    [{ x: 5.05 }, "10000000017800333333333333144000"],
    [{ l: ["a"] }, "16000000046c000e000000023000020000006100 0000".replace(" ", "")],
    [{ o: {} }, "0d000000036f00050000000000"],
  ])("%j", (json, hex) => {
    expect(toHex(encode(bsonCodec, json))).toBe(hex);
    expect(decode(bsonCodec, fromHex(hex))).toEqual(json);
  });

  it("survives the round trip", () => {
    const { document: json } = fc.letrec<{ document: Record<string, Json>; value: Json }>((tie) => ({
      document: fc.dictionary(fc.stringMatching(/^[a-zé]{0,3}$/), tie("value"), { maxKeys: 4 }),
      value: fc.oneof(
        { depthSize: "small" },
        fc.constantFrom(null, true, false),
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        fc.string({ unit: "grapheme", maxLength: 8 }),
        fc.array(tie("value"), { maxLength: 4 }),
        tie("document"),
      ),
    }));
    fc.assert(
      fc.property(json, (value) => {
        expect(decode(bsonCodec, encode(bsonCodec, value))).toEqual({ ...value });
      }),
      { seed: 81, numRuns: 300 },
    );
  });

  it("gives DecodeError, or a value, for any bytes", () => {
    const nearly = fc
      .tuple(
        fc.dictionary(fc.stringMatching(/^[a-z]{1,3}$/), fc.constantFrom<Json>(null, 1.5, "text", [true, {}])),
        fc.nat(),
        fc.nat({ max: 255 }),
      )
      .map(([value, at, byte]) => {
        const bytes = encode(bsonCodec, { ...value });
        bytes[at % bytes.length] = byte;
        return bytes;
      });
    fc.assert(
      fc.property(fc.oneof(nearly, fc.uint8Array({ maxLength: 60 })), (bytes) => {
        try {
          decode(bsonCodec, bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(DecodeError);
        }
      }),
      { seed: 82, numRuns: 2000 },
    );
  });

  it("has documents at the top only", () => {
    for (const json of [null, 1, "a", [1]]) expect(() => encode(bsonCodec, json)).toThrow(EncodeError);
    expect(() => encode(bsonCodec, { "a\0": 1 })).toThrow(EncodeError);
  });
});
