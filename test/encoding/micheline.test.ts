// Micheline: known encodings, round trips, refusals.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decode, encode, MAX_DEPTH } from "../../src/encoding/binary.js";
import { DecodeError, EncodeError } from "../../src/encoding/errors.js";
import { fromHex, toHex } from "../../src/encoding/hex.js";
import { JsonError } from "../../src/encoding/json.js";
import {
  LazyMicheline,
  lazyMichelineForm,
  type Micheline,
  michelineCodec,
  michelineEquals,
  michelineForm,
  michelineFromJson,
} from "../../src/encoding/micheline.js";
import { MICHELSON_PRIMITIVES, primitiveCode } from "../../src/encoding/michelson-primitives.js";
import { micheline } from "../protocol/arbitraries.js";

// Encodings that appear in Octez's own operations and documentation.
const KNOWN: readonly (readonly [string, Micheline])[] = [
  ["0000", { int: "0" }],
  ["00cd01", { int: "-77" }],
  ["0100000003616263", { string: "abc" }],
  ["0a0000000100", { bytes: "00" }],
  ["02000000020000", [{ int: "0" }]],
  ["0200000000", []],
  ["030b", { prim: "Unit" }],
  ["0369", { prim: "bytes" }],
  ["04690000000225 61".replace(" ", ""), { prim: "bytes", annots: ["%a"] }],
  ["055b0000", { prim: "int", args: [{ int: "0" }] }],
  ["07650368035b", { prim: "pair", args: [{ prim: "string" }, { prim: "int" }] }],
  [
    "0865036803 5b00000005257820 3a79".replaceAll(" ", ""),
    { prim: "pair", args: [{ prim: "string" }, { prim: "int" }], annots: ["%x", ":y"] },
  ],
  [
    "09070000001100cd0101000000036162630a000000010000000000",
    { prim: "Pair", args: [{ int: "-77" }, { string: "abc" }, { bytes: "00" }] },
  ],
];

describe("Micheline", () => {
  it.each(KNOWN)("%s", (hex, node) => {
    expect(toHex(encode(michelineCodec, node))).toBe(hex);
    expect(decode(michelineCodec, fromHex(hex))).toEqual(node);
    expect(michelineFromJson(node)).toEqual(node);
  });

  it("survives the round trip", () => {
    fc.assert(
      fc.property(micheline, (node) => {
        expect(decode(michelineCodec, encode(michelineCodec, node))).toEqual(node);
        expect(michelineFromJson(JSON.parse(JSON.stringify(michelineForm.toJson(node))))).toEqual(node);
        expect(michelineEquals(node, decode(michelineCodec, encode(michelineCodec, node)))).toBe(true);
      }),
      { seed: 61, numRuns: 500 },
    );
  });

  it("is read in more general forms than it is written in", () => {
    const unit = { prim: "Unit" };
    for (const hex of ["040b00000000", "090b0000000000000000"])
      expect(decode(michelineCodec, fromHex(hex))).toEqual(unit);
    expect(decode(michelineCodec, fromHex("095b00000002000000000000"))).toEqual({ prim: "int", args: [{ int: "0" }] });
    expect(michelineFromJson({ prim: "Unit", args: [], annots: [] })).toEqual(unit);
    expect(michelineFromJson({ bytes: "AB" })).toEqual({ bytes: "ab" });
    expect(michelineFromJson({ int: "007" })).toEqual({ int: "7" });
  });

  it("gives DecodeError, or a node, for any bytes", () => {
    const nearly = fc.tuple(micheline, fc.nat(), fc.nat({ max: 255 })).map(([node, at, byte]) => {
      const bytes = encode(michelineCodec, node);
      bytes[at % bytes.length] = byte;
      return bytes;
    });
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 80 }), nearly), (bytes) => {
        try {
          encode(michelineCodec, decode(michelineCodec, bytes));
        } catch (error) {
          expect(error).toBeInstanceOf(DecodeError);
        }
      }),
      { seed: 62, numRuns: 3000 },
    );
  });

  it("gives JsonError, or a node, for any JSON", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (json) => {
        try {
          encode(michelineCodec, michelineFromJson(json));
        } catch (error) {
          expect(error).toBeInstanceOf(JsonError);
        }
      }),
      { seed: 63, numRuns: 1000 },
    );
  });

  it.each([
    [{ prim: "Nothing" }, "prim"],
    [{ int: 1 }, "int"],
    [{ int: "0x1" }, "int"],
    [{ int: "1", string: "a" }, ""],
    [{ bytes: "0" }, "bytes"],
    [{ prim: "Pair", args: [{ prim: "Unit" }, { prim: "None", annots: ["x"] }] }, "args[1].annots"],
    [{ prim: "Unit", annots: ["%a b"] }, "annots"],
    [{ prim: "Unit", annots: [`%${"a".repeat(255)}`] }, "annots"],
    [{ string: "\ud800" }, "string"],
    [{}, ""],
    [null, ""],
  ])("refuses %j", (json, path) => {
    expect(() => michelineFromJson(json)).toThrow(expect.objectContaining({ name: "JsonError", path }));
  });

  it("refuses what is nested too deep, in every direction", () => {
    let node: Micheline = { prim: "Unit" };
    for (let i = 0; i < MAX_DEPTH + 1; i++) node = [node];
    expect(() => encode(michelineCodec, node)).toThrow(EncodeError);
    expect(() => michelineFromJson(node)).toThrow(JsonError);
    const bytes = fromHex("055b".repeat(100_000));
    expect(() => decode(michelineCodec, bytes)).toThrow(DecodeError);
    let json = "{}";
    for (let i = 0; i < 100_000; i++) json = `[${json}]`;
    expect(() => michelineFromJson(JSON.parse(json))).toThrow(JsonError);
  });

  it("numbers the primitives", () => {
    expect(MICHELSON_PRIMITIVES).toHaveLength(161);
    expect(new Set(MICHELSON_PRIMITIVES).size).toBe(161);
    expect(primitiveCode("parameter")).toBe(0);
    expect(primitiveCode("Unit")).toBe(11);
    expect(primitiveCode("ticket")).toBe(0x87);
    expect(primitiveCode("GET_ADDRESS_INDEX")).toBe(160);
    expect(primitiveCode("unknown")).toBeUndefined();
  });
});

describe("lazy Micheline", () => {
  it("keeps its bytes, whatever they are", () => {
    for (const hex of ["040b00000000", "ffff", ""]) {
      const framed = `${(hex.length / 2).toString(16).padStart(8, "0")}${hex}`;
      expect(toHex(encode(lazyMichelineForm, decode(lazyMichelineForm, fromHex(framed))))).toBe(framed);
    }
  });

  it("is looked into on demand", () => {
    const lazy = LazyMicheline.ofBytes(fromHex("ffff"));
    expect(() => lazy.value).toThrow(DecodeError);
    expect(() => lazyMichelineForm.toJson(lazy)).toThrow(DecodeError);
    const unit = LazyMicheline.ofValue({ prim: "Unit" });
    expect(toHex(unit.bytes)).toBe("030b");
    expect(unit.equals(LazyMicheline.ofBytes(fromHex("030b")))).toBe(true);
    expect(unit.equals(lazy)).toBe(false);
    expect(lazyMichelineForm.toJson(lazyMichelineForm.fromJson({ prim: "Unit" }))).toEqual({ prim: "Unit" });
  });
});
