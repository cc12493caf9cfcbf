import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type Codec,
  DecodeError,
  decode,
  EncodeError,
  encode,
  MAX_DEPTH,
  type ValueOf,
} from "../../src/encoding/binary.js";
import * as c from "../../src/encoding/codecs.js";
import { fromHex, toHex } from "../../src/encoding/hex.js";
import { describeShared, sharedPath } from "../shared-data.js";

const write = <T>(codec: Codec<T>, value: T): string => toHex(encode(codec, value));
const read = <T>(codec: Codec<T>, hex: string): T => decode(codec, fromHex(hex));

function failure(run: () => unknown): DecodeError | EncodeError {
  try {
    run();
  } catch (error) {
    if (error instanceof DecodeError || error instanceof EncodeError) return error;
    throw error;
  }
  throw new Error("no error raised");
}

describeShared("scalar vectors", "vectors/merkle.json", () => {
  const { scalars } = JSON.parse(readFileSync(sharedPath("vectors/merkle.json"), "utf8")) as {
    scalars: { string: [string, string][]; int32: [number, string][]; int64: [number, string][] };
  };

  test("string, int32, int64", () => {
    for (const [value, hex] of scalars.string) {
      expect(write(c.string, value)).toBe(hex);
      expect(read(c.string, hex)).toBe(value);
    }
    for (const [value, hex] of scalars.int32) {
      expect(write(c.int32, value)).toBe(hex);
      expect(read(c.int32, hex)).toBe(value);
    }
    for (const [value, hex] of scalars.int64) {
      expect(write(c.int64, BigInt(value))).toBe(hex);
      expect(read(c.int64, hex)).toBe(BigInt(value));
    }
  });
});

describe("scalars", () => {
  test("uint30 and int31 keep their range", () => {
    expect(write(c.uint30, 2 ** 30 - 1)).toBe("3fffffff");
    expect(failure(() => write(c.uint30, 2 ** 30)).code).toBe("encoding.int_out_of_range");
    expect(failure(() => write(c.uint30, -1)).code).toBe("encoding.int_out_of_range");
    // As in data-encoding, only negative values are refused by the reader.
    expect(read(c.uint30, "7fffffff")).toBe(0x7fffffff);
    expect(failure(() => read(c.uint30, "80000000")).code).toBe("encoding.int_out_of_range");

    expect(write(c.int31, -(2 ** 30))).toBe("c0000000");
    expect(read(c.int31, "c0000000")).toBe(-(2 ** 30));
    expect(read(c.int31, "3fffffff")).toBe(2 ** 30 - 1);
    for (const value of [2 ** 30, -(2 ** 30) - 1, 0.5]) {
      expect(failure(() => write(c.int31, value)).code).toBe("encoding.int_out_of_range");
    }
    for (const hex of ["40000000", "bfffffff"]) {
      expect(failure(() => read(c.int31, hex)).code).toBe("encoding.int_out_of_range");
    }
  });

  test("bool", () => {
    expect(write(c.bool, true)).toBe("ff");
    expect(write(c.bool, false)).toBe("00");
    expect(read(c.bool, "00")).toBe(false);
    // data-encoding reads a bool as "not zero".
    for (const hex of ["ff", "01", "80"]) expect(read(c.bool, hex)).toBe(true);
  });

  test("strings are strict UTF-8, and keep a byte order mark", () => {
    expect(write(c.string, "é\uFEFF")).toBe("00000005c3a9efbbbf");
    expect(read(c.string, "00000003efbbbf")).toBe("\uFEFF");
    expect(failure(() => read(c.string, "00000001ff"))).toMatchObject({ code: "encoding.invalid_utf8", offset: 4 });
    expect(failure(() => read(c.string, "00000003eda080")).code).toBe("encoding.invalid_utf8");
    expect(failure(() => write(c.string, "\uD800")).code).toBe("encoding.invalid_text");
    expect(write(c.variableString, "1.0.0")).toBe("312e302e30");
    expect(read(c.variableString, "312e302e30")).toBe("1.0.0");
  });

  test("byte strings take any bytes", () => {
    const all = Uint8Array.from({ length: 256 }, (_, i) => i);
    expect(encode(c.byteString, decode(c.byteString, encode(c.bytes, all)))).toEqual(encode(c.bytes, all));
    expect(failure(() => write(c.byteString, "\u0100")).code).toBe("encoding.invalid_text");
  });

  test("decode refuses what is left over", () => {
    expect(failure(() => read(c.int32, "0000000000"))).toMatchObject({ code: "encoding.trailing_bytes", offset: 4 });
  });
});

describe("containers", () => {
  test("options", () => {
    expect(write(c.option(c.uint16), 5)).toBe("010005");
    expect(write(c.option(c.uint16), undefined)).toBe("00");
    expect(read(c.option(c.uint16), "010005")).toBe(5);
    expect(read(c.option(c.uint16), "00")).toBeUndefined();
    expect(failure(() => read(c.option(c.uint16), "020005"))).toMatchObject({ code: "encoding.unknown_tag", value: 2 });

    expect(write(c.optionalField(c.uint8), 5)).toBe("ff05");
    expect(write(c.optionalField(c.uint8), undefined)).toBe("00");
    expect(read(c.optionalField(c.uint8), "0105")).toBe(5);

    expect(write(c.variableOptional(c.uint8), undefined)).toBe("");
    expect(read(c.variableOptional(c.uint8), "")).toBeUndefined();
    expect(read(c.variableOptional(c.uint8), "07")).toBe(7);
  });

  test("lists", () => {
    expect(write(c.list(c.uint16), [1, 2])).toBe("0000000400010002");
    expect(read(c.list(c.uint16), "0000000400010002")).toEqual([1, 2]);
    expect(read(c.list(c.uint16), "00000000")).toEqual([]);
    expect(read(c.variableList(c.n), "01800102")).toEqual([1n, 128n, 2n]);
    // The byte size cuts an element in two.
    expect(failure(() => read(c.list(c.uint16), "00000003000100"))).toMatchObject({
      code: "encoding.unexpected_end",
      path: "[1]",
      offset: 6,
    });
    expect(failure(() => read(c.list(c.uint16, 1), "0000000400010002")).code).toBe("encoding.list_too_long");
    expect(failure(() => write(c.list(c.uint16, 1), [1, 2])).code).toBe("encoding.invalid_length");
    expect(failure(() => write(c.list(c.uint8), [1, 256]))).toMatchObject({ path: "[1]", value: 256 });
  });

  test("lists of elements without end or without bytes", () => {
    expect(() => c.list(c.variableBytes)).toThrow(TypeError);
    expect(() => c.list(c.unit)).toThrow(TypeError);
    const hidden: Codec<undefined> = { name: "nothing", write: () => undefined, read: () => undefined };
    expect(failure(() => read(c.list(hidden), "0000000100")).code).toBe("encoding.empty_element");
  });

  test("dynamic sizes of every width", () => {
    const value = Uint8Array.of(1, 2, 3);
    expect(write(c.dynamicSize(c.variableBytes, "uint8"), value)).toBe("03010203");
    expect(write(c.dynamicSize(c.variableBytes, "uint16"), value)).toBe("0003010203");
    expect(write(c.dynamicSize(c.variableBytes), value)).toBe("00000003010203");
    expect(write(c.dynamicSize(c.variableBytes, "n"), new Uint8Array(200))).toBe("c801" + "00".repeat(200));
    for (const length of ["uint8", "uint16", "uint30", "n"] as const) {
      const sized = c.dynamicSize(c.variableBytes, length);
      expect(decode(sized, encode(sized, value))).toEqual(value);
    }
    const short = c.dynamicSize(c.variableBytes, "uint8");
    expect(failure(() => encode(short, new Uint8Array(256))).code).toBe("encoding.size_limit");
    expect(failure(() => read(c.dynamicSize(c.uint8), "000000020102")).code).toBe("encoding.trailing_bytes");
    expect(failure(() => read(c.dynamicSize(c.uint8, "n"), "8000")).code).toBe("encoding.trailing_zero");
    expect(failure(() => read(c.dynamicSize(c.variableBytes, "n"), "ffffffffff01")).code).toBe(
      "encoding.int_out_of_range",
    );
  });

  test("bounded sizes", () => {
    const bounded = c.boundedSize(5, c.bytes);
    expect(write(bounded, Uint8Array.of(7))).toBe("0000000107");
    expect(failure(() => write(bounded, Uint8Array.of(7, 8))).code).toBe("encoding.size_limit");
    expect(failure(() => read(bounded, "000000020708")).code).toBe("encoding.size_limit");
  });

  test("fixed bytes", () => {
    expect(read(c.fixedBytes(2), "0102")).toEqual(Uint8Array.of(1, 2));
    expect(failure(() => encode(c.fixedBytes(2), Uint8Array.of(1))).code).toBe("encoding.invalid_length");
  });
});

describe("enumerations and constants", () => {
  test("index in declaration order; a single name takes no byte", () => {
    const size = c.enumeration(["pack8", "pack16"]);
    expect(write(size, "pack16")).toBe("01");
    expect(read(size, "00")).toBe("pack8");
    expect(failure(() => read(size, "02"))).toMatchObject({ code: "encoding.unknown_tag", value: 2 });
    expect(failure(() => write(size, "pack64" as "pack8")).code).toBe("encoding.no_case_matched");
    expect(write(c.enumeration(["v128"]), "v128")).toBe("");
    expect(read(c.enumeration(["v128"]), "")).toBe("v128");
  });

  test("more than 255 names take two bytes", () => {
    const names = Array.from({ length: 256 }, (_, i) => `name${i}`);
    expect(write(c.enumeration(names), "name255")).toBe("00ff");
    expect(write(c.enumeration(names.slice(1)), "name255")).toBe("fe");
    expect(read(c.enumeration(names), "00ff")).toBe("name255");
    expect(failure(() => read(c.enumeration(names), "0100")).code).toBe("encoding.unknown_tag");
  });

  test("unit and constants", () => {
    expect(write(c.unit, undefined)).toBe("");
    expect(read(c.constant("nop"), "")).toBe("nop");
    expect(failure(() => write(c.constant("nop") as Codec<string>, "else")).code).toBe("encoding.no_case_matched");
  });
});

describe("tuples and records", () => {
  const limits = c.record({ minimum: c.int32, maximum: c.option(c.int32) });

  test("fields in order", () => {
    expect(write(limits, { minimum: 1, maximum: 2 })).toBe("000000010100000002");
    expect(read(limits, "0000000100")).toEqual({ minimum: 1, maximum: undefined });
    expect(write(c.tuple(c.uint8, c.string), [1, "a"])).toBe("010000000161");
    expect(read(c.tuple(c.uint8, c.string), "010000000161")).toEqual([1, "a"]);
  });

  test("a variable part leaves their bytes to fixed ones after it", () => {
    const signed = c.record({
      branch: c.fixedBytes(2),
      contents: c.variableList(c.uint16),
      signature: c.tuple(c.uint8, c.fixedBytes(2)),
    });
    expect(signed.size).toBe("variable");
    expect(read(signed, "aabb00010002ffccdd")).toEqual({
      branch: Uint8Array.of(0xaa, 0xbb),
      contents: [1, 2],
      signature: [0xff, Uint8Array.of(0xcc, 0xdd)],
    });
    expect(failure(() => read(signed, "aabbff"))).toMatchObject({ code: "encoding.unexpected_end", path: "contents" });
    expect(failure(() => read(signed, "aabb000102ffccdd"))).toMatchObject({ path: "contents[1]", offset: 4 });
    expect(() => c.tuple(c.variableBytes, c.string)).toThrow(TypeError);
    expect(() => c.tuple(c.variableBytes, c.variableBytes)).toThrow(TypeError);
  });

  test("sizes", () => {
    expect(c.tuple(c.uint8, c.int64).size).toBe(9);
    expect(limits.size).toBeUndefined();
    expect(c.dynamicSize(c.variableBytes).size).toBeUndefined();
    expect(c.record({ one: c.unit }).size).toBe(0);
    expect(() => c.record({ 1: c.uint8 })).toThrow(TypeError);
  });

  test("errors name the field, outermost first", () => {
    const deep = c.record({ tables: c.list(c.record({ limits })) });
    expect(failure(() => read(deep, "0000000a" + "0000000100" + "0000000103"))).toMatchObject({
      code: "encoding.unknown_tag",
      path: "tables[1].limits.maximum",
      offset: 13,
    });
    const bad = { tables: [{ limits: { minimum: 2 ** 31, maximum: undefined } }] };
    expect(failure(() => write(deep, bad))).toMatchObject({ path: "tables[0].limits.minimum", value: 2 ** 31 });
    expect(failure(() => write(deep, bad)).message).toContain("tables[0].limits.minimum");
  });
});

describe("unions", () => {
  const mode = c.union({
    name: "segment mode",
    cases: [
      c.caseOf(0, "passive"),
      c.caseOf(1, "active", { index: c.int32, offset: c.int32 }),
      c.valueCase(4, "named", c.string),
    ],
  });

  test("tag, then the case", () => {
    const values: [ValueOf<typeof mode>, string][] = [
      [{ kind: "passive" }, "00"],
      [{ kind: "active", index: 1, offset: -1 }, "0100000001ffffffff"],
      [{ kind: "named", value: "x" }, "040000000178"],
    ];
    for (const [value, hex] of values) {
      expect(write(mode, value)).toBe(hex);
      expect(read(mode, hex)).toEqual(value);
    }
    expect(failure(() => read(mode, "02"))).toMatchObject({ code: "encoding.unknown_tag", value: 2, offset: 0 });
    expect(failure(() => read(mode, "010000"))).toMatchObject({ path: "active.index" });
    expect(failure(() => write(mode, { kind: "other" } as unknown as { kind: "passive" })).code).toBe(
      "encoding.no_case_matched",
    );
  });

  test("two-byte tags, sizes, collisions", () => {
    const wide = c.union({ tagSize: "uint16", cases: [c.valueCase(300, "a", c.uint8), c.valueCase(1, "b", c.int8)] });
    expect(write(wide, { kind: "a", value: 5 })).toBe("012c05");
    expect(wide.size).toBe(3);
    expect(mode.size).toBeUndefined();
    expect(c.union({ cases: [c.caseOf(0, "a"), c.valueCase(1, "b", c.variableBytes)] }).size).toBe("variable");
    expect(() => c.union({ cases: [c.caseOf(0, "a"), c.caseOf(0, "b")] })).toThrow(TypeError);
    expect(() => c.union({ cases: [c.caseOf(0, "a"), c.caseOf(1, "a")] })).toThrow(TypeError);
  });
});

describe("conversions", () => {
  test("conv maps and refuses", () => {
    const even = c.conv(
      c.uint8,
      (raw, fail) => (raw % 2 === 0 ? raw / 2 : fail("odd")),
      (half) => 2 * half,
    );
    expect(write(even, 4)).toBe("08");
    expect(read(even, "08")).toBe(4);
    expect(failure(() => read(even, "07"))).toMatchObject({ code: "encoding.check_failed", offset: 0, value: 7 });
  });

  test("a defect in conv's function is not taken for bad bytes", () => {
    const broken = c.conv(
      c.uint8,
      () => {
        throw new RangeError("defect");
      },
      () => 0,
    );
    expect(() => read(broken, "00")).toThrow(RangeError);
  });

  test("check works in both directions", () => {
    const positive = c.check(c.int8, (v) => v > 0, "must be positive");
    expect(read(positive, "01")).toBe(1);
    expect(failure(() => read(positive, "ff")).message).toContain("must be positive");
    expect(failure(() => write(positive, 0)).code).toBe("encoding.check_failed");
  });

  test("lazy allows recursion, to a bound", () => {
    interface Tree {
      readonly children: readonly Tree[];
    }
    const tree: Codec<Tree> = c.record({ children: c.list(c.lazy<Tree>(() => tree)) });
    const value: Tree = { children: [{ children: [] }, { children: [{ children: [] }] }] };
    expect(decode(tree, encode(tree, value))).toEqual(value);
    let deep: Tree = { children: [] };
    for (let i = 0; i < MAX_DEPTH; i++) deep = { children: [deep] };
    const deepest = encode(tree, deep);
    expect(decode(tree, deepest)).toEqual(deep);
    const error = failure(() => decode(tree, encode(tree, { children: [deep] })));
    expect(error.code).toBe("encoding.too_deep");
    expect(error.path.length).toBeLessThan(500);
  });
});

describe("any codec", () => {
  const everything = c.record({
    small: c.tuple(c.uint8, c.int8, c.uint16, c.int16, c.int31, c.int32, c.uint30),
    large: c.tuple(c.int64, c.n, c.z),
    flag: c.bool,
    text: c.string,
    maybe: c.option(c.dynamicSize(c.variableBytes, "uint16")),
    field: c.optionalField(c.enumeration(["a", "b", "c"])),
    choices: c.list(
      c.union({
        cases: [c.caseOf(0, "none"), c.valueCase(1, "some", c.list(c.n)), c.caseOf(2, "both", { x: c.z, y: c.bytes })],
      }),
    ),
    rest: c.variableBytes,
    end: c.fixedBytes(3),
  });
  type Everything = ValueOf<typeof everything>;

  const int = (min: number, max: number) => fc.integer({ min, max });
  const natural = fc.bigInt({ min: 0n, max: 1n << 80n });
  const integer = fc.bigInt({ min: -(1n << 80n), max: 1n << 80n });
  const anything: fc.Arbitrary<Everything> = fc.record({
    small: fc.tuple(
      int(0, 255),
      int(-128, 127),
      int(0, 65535),
      int(-32768, 32767),
      int(-(2 ** 30), 2 ** 30 - 1),
      int(-(2 ** 31), 2 ** 31 - 1),
      int(0, 2 ** 30 - 1),
    ),
    large: fc.tuple(fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n }), natural, integer),
    flag: fc.boolean(),
    text: fc.string({ unit: "binary" }),
    maybe: fc.option(fc.uint8Array(), { nil: undefined }),
    field: fc.constantFrom("a", "b", "c", undefined),
    choices: fc.array(
      fc.oneof(
        fc.constant({ kind: "none" } as const),
        fc.record({ kind: fc.constant("some" as const), value: fc.array(natural) }),
        fc.record({ kind: fc.constant("both" as const), x: integer, y: fc.uint8Array() }),
      ),
    ),
    rest: fc.uint8Array(),
    end: fc.uint8Array({ minLength: 3, maxLength: 3 }),
  });

  test("reads back what it wrote", () => {
    fc.assert(
      fc.property(anything, (value) => {
        expect(decode(everything, encode(everything, value))).toEqual(value);
      }),
      { seed: 5 },
    );
  });

  test("random and damaged bytes raise DecodeError or give a value", () => {
    const attempt = (bytes: Uint8Array): void => {
      try {
        encode(everything, decode(everything, bytes));
      } catch (error) {
        // uint30 alone reads values that it does not write.
        if (error instanceof EncodeError && error.path === "small[6]") return;
        expect(error).toBeInstanceOf(DecodeError);
      }
    };
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), attempt), { seed: 6, numRuns: 3000 });
    fc.assert(
      fc.property(anything, fc.nat(), fc.integer({ min: 1, max: 255 }), fc.nat(), (value, at, flip, cut) => {
        const bytes = encode(everything, value);
        const index = at % bytes.length;
        bytes[index] = (bytes[index] ?? 0) ^ flip;
        attempt(bytes);
        attempt(bytes.subarray(0, cut % bytes.length));
      }),
      { seed: 7, numRuns: 2000 },
    );
  });
});
