// Scripts as they are read: the concrete syntax, the commands, constants and patterns, number literals.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LiteralError, parseF32, parseF64, parseInteger } from "../../spec-tests/numbers.js";
import { parseScript } from "../../spec-tests/script.js";
import { type Node, parseNodes, ScriptSyntaxError } from "../../spec-tests/sexpr.js";
import { matches, type Pattern, parsePattern } from "../../spec-tests/values.js";
import type { Value } from "../../src/wasm/runtime.js";

function plain(node: Node): unknown {
  if (node.kind === "list") return node.items.map(plain);
  return node.kind === "word" ? node.text : { string: Buffer.from(node.bytes).toString("hex") };
}

describe("the concrete syntax", () => {
  it("has lists, words, strings and comments", () => {
    const source = ';; line\n(a $b (; block (; nested ;) ;) "x\\00\\u{e9}\\n" (-1.5 () ;; end ) \n)c"d")';
    expect(parseNodes(source).map(plain)).toEqual([
      ["a", "$b", { string: "7800c3a90a" }, ["-1.5", []], "c", { string: "64" }],
    ]);
  });

  it("knows where each node stands", () => {
    const source = "  (module (func))\n(b)";
    const [first] = parseNodes(source);
    expect(first && source.slice(first.start, first.end)).toBe("(module (func))");
  });

  it.each(["(a", "a)", '"open', '"\\q"', '"\\u{110000"', "(; open"])("refuses %s", (source) => {
    expect(() => parseNodes(source)).toThrow(ScriptSyntaxError);
  });

  it("tells the line of an error", () => {
    expect(() => parseNodes('(a)\n(b\n "\\zz")')).toThrow("line 3: malformed escape");
  });
});

describe("commands", () => {
  it("are told apart", () => {
    const script = parseScript(`
      (module $M (func))
      (module binary "\\00asm" "\\01\\00\\00\\00")
      (register "m" $M)
      (invoke $M "f" (i32.const -1))
      (get "g")
      (assert_return (invoke "f") (i64.const 0x10) (f32.const nan:canonical))
      (assert_trap (module (start 0)) "unreachable")
      (assert_exhaustion (invoke "f") "call stack exhausted")
      (assert_malformed (module quote "(func" ")") "unexpected")
      (assert_invalid (module (func (drop))) "type mismatch")
      (assert_unlinkable (module (import "a" "b" (func))) "unknown import")
      (module definition $D (func)) (module instance $I $D)
      (assert_invalid_custom (module) "no")`);
    expect(script.map(({ kind }) => kind)).toEqual([
      ...["module", "module", "register", "action", "action", "assert_return", "assert_trap", "assert_exhaustion"],
      ...["assert_malformed", "assert_invalid", "assert_unlinkable", "definition", "instance", "unknown"],
    ]);
    expect(script.map(({ line }) => line).slice(0, 4)).toEqual([2, 3, 4, 5]);
    expect(script[0]).toMatchObject({ id: "$M", source: { form: "text", text: "(module $M (func))" } });
    expect(script[1]).toMatchObject({
      id: null,
      source: { form: "binary", bytes: Buffer.from("0061736d01000000", "hex") },
    });
    expect(script[3]).toMatchObject({
      action: { kind: "invoke", module: "$M", name: "f", args: [{ num: { value: -1 } }] },
    });
    expect(script[8]).toMatchObject({ source: { form: "quote", bytes: Buffer.from("(func )") } });
    expect(script[11]).toMatchObject({ id: "$D", source: { form: "text", text: "(module $D (func))" } });
    expect(script[12]).toMatchObject({ id: "$I", definition: "$D" });
    expect(script[13]).toMatchObject({ head: "assert_invalid_custom" });
  });

  it("may be left out: then the script is one module's fields", () => {
    const [command, ...others] = parseScript("(func) (memory 0)");
    expect(others).toEqual([]);
    expect(command).toMatchObject({ kind: "module", source: { form: "text", text: "(module (func) (memory 0)\n)" } });
  });
});

const num = (type: "i32" | "f32", value: number): Value => ({ tag: "num", num: { type, value } });
const f64 = (bits: bigint): Value => ({ tag: "num", num: { type: "f64", value: BigInt.asIntN(64, bits) } });

function pattern(source: string): Pattern {
  const [node] = parseNodes(source);
  if (node?.kind !== "list") throw new Error("not a list");
  return parsePattern(node);
}

function vector(hex: string): Value {
  return { tag: "vec", bytes: Uint8Array.from(Buffer.from(hex, "hex")) };
}

describe("patterns", () => {
  it.each([
    ["(i32.const 0xffffffff)", num("i32", -1), num("i32", 1)],
    ["(f32.const -0)", num("f32", -0x8000_0000), num("f32", 0)],
    ["(f32.const nan:canonical)", num("f32", 0xffc0_0000 | 0), num("f32", 0x7fe0_0000)],
    ["(f32.const nan:arithmetic)", num("f32", 0x7fe0_0001), num("f32", 0x7f80_0001)],
    ["(f64.const nan:canonical)", f64(0x7ff8_0000_0000_0000n), f64(0x7ff8_0000_0000_0001n)],
    ["(f64.const nan:arithmetic)", f64(0xfff8_0000_0000_0001n), f64(0x7ff0_0000_0000_0000n)],
    ["(f64.const nan:0x4000000000000)", f64(0x7ff4_0000_0000_0000n), f64(0x7ff8_0000_0000_0000n)],
    [
      "(v128.const i32x4 1 -1 2 0)",
      vector("01000000ffffffff0200000000000000"),
      vector("01000000ffffffff0200000000000001"),
    ],
    [
      "(v128.const i8x16 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 -1)",
      vector("000102030405060708090a0b0c0d0eff"),
      vector("000102030405060708090a0b0c0d0e0f"),
    ],
    [
      "(v128.const f32x4 1 nan:canonical nan:arithmetic -0)",
      vector("0000803f0000c0ff0100c07f00000080"),
      vector("0000803f0100c0ff0100c07f00000080"),
    ],
    [
      "(v128.const f64x2 nan:canonical 0)",
      vector("000000000000f87f0000000000000000"),
      vector("000000000000f87f0000000000000001"),
    ],
    [
      "(ref.null extern)",
      { tag: "ref", ref: { tag: "NullRef", type: "externref" } },
      { tag: "ref", ref: { tag: "NullRef", type: "funcref" } },
    ],
    [
      "(ref.null)",
      { tag: "ref", ref: { tag: "NullRef", type: "funcref" } },
      { tag: "ref", ref: { tag: "ExternRef", value: 0 } },
    ],
    [
      "(ref.extern 7)",
      { tag: "ref", ref: { tag: "ExternRef", value: 7 } },
      { tag: "ref", ref: { tag: "ExternRef", value: 8 } },
    ],
    [
      "(ref.extern)",
      { tag: "ref", ref: { tag: "ExternRef", value: 8 } },
      { tag: "ref", ref: { tag: "NullRef", type: "externref" } },
    ],
    ["(either (i32.const 1) (i32.const 2))", num("i32", 2), num("i32", 3)],
  ] satisfies [string, Value, Value][])("%s", (source, right, wrong) => {
    expect(matches(right, pattern(source))).toBe(true);
    expect(matches(wrong, pattern(source))).toBe(false);
    expect(matches({ tag: "num", num: { type: "i64", value: 1n } }, pattern(source))).toBe(false);
  });

  it.each([
    "(i32.const 4294967296)",
    "(i32.const 1.5)",
    "(v128.const i32x4 1 2 3)",
    "(f32.const 1e39)",
    "(ref.null any)",
    "(struct.new)",
  ])("refuses %s", (source) => {
    expect(() => pattern(source)).toThrow();
  });
});

describe("number literals", () => {
  it("are integers of a width, signed or not", () => {
    expect(parseInteger("-0x8000_0000", 32)).toBe(0x8000_0000n);
    expect(parseInteger("4_294_967_295", 32)).toBe(0xffff_ffffn);
    for (const literal of ["-2147483649", "4294967296", "0x", "1__0", "_1", "1_", ""]) {
      expect(() => parseInteger(literal, 32)).toThrow(LiteralError);
    }
  });

  const view = new DataView(new ArrayBuffer(8));
  const bits32 = (value: number): number => {
    view.setFloat32(0, value);
    return view.getUint32(0);
  };
  const bits64 = (value: number): bigint => {
    view.setFloat64(0, value);
    return view.getBigUint64(0);
  };

  it("are the floats that JavaScript prints", () => {
    fc.assert(
      fc.property(
        fc.double({ noNaN: true }).filter(Number.isFinite),
        fc.float({ noNaN: true }).filter(Number.isFinite),
        (wide, narrow) => {
          expect(parseF64(Object.is(wide, -0) ? "-0" : String(wide))).toBe(bits64(wide));
          expect(parseF32(Object.is(narrow, -0) ? "-0" : String(narrow))).toBe(bits32(narrow));
        },
      ),
      { seed: 1, numRuns: 2000 },
    );
  });

  it("are rounded once, to the nearest, ties to even", () => {
    // Through a double these would be rounded twice.
    expect(parseF32("0x1.00000100000000001p0")).toBe(bits32(1 + 2 ** -23));
    expect(parseF32("0x1.000001p0")).toBe(bits32(1));
    expect(parseF32("0x1.000003p0")).toBe(bits32(1 + 2 ** -22));
    expect(parseF32("0x1p-150")).toBe(0);
    expect(parseF32("0x1.000001p-150")).toBe(1);
    expect(parseF64("0x1.fffffffffffff7p1023")).toBe(0x7fef_ffff_ffff_ffffn);
    expect(() => parseF64("0x1.fffffffffffff8p1023")).toThrow(LiteralError);
    expect(() => parseF32("340282356779733661637539395458142568448")).toThrow(LiteralError);
    expect(parseF32("340282356779733661637539395458142568447")).toBe(0x7f7f_ffff);
  });

  it("are rounded as JavaScript rounds whole numbers, scaled by a power of two", () => {
    const literal = fc.record({
      whole: fc.stringMatching(/^[1-9a-f][0-9a-f]{0,19}$/),
      places: fc.stringMatching(/^[0-9a-f]{1,20}$/),
      power: fc.integer({ min: -800, max: 800 }),
    });
    fc.assert(
      fc.property(literal, ({ whole, places, power }) => {
        const expected = Number(BigInt(`0x${whole}${places}`)) * 2 ** (power - 4 * places.length);
        expect(parseF64(`0x${whole}.${places}p${power}`)).toBe(bits64(expected));
      }),
      { seed: 2, numRuns: 2000 },
    );
  });

  it("may be infinities and NaNs", () => {
    expect(parseF32("-inf")).toBe(0xff80_0000);
    expect(parseF32("nan")).toBe(0x7fc0_0000);
    expect(parseF32("-nan:0x1")).toBe(0xff80_0001);
    expect(parseF64("nan:0xf_ffff_ffff_ffff")).toBe(0x7fff_ffff_ffff_ffffn);
    for (const text of ["nan:0x0", "nan:0x800000", "nan:canonical", "infinity"])
      expect(() => parseF32(text)).toThrow(LiteralError);
  });
});
