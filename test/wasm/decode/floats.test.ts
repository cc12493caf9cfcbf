// Floats: what the full language decodes them to, and what the PVM forbids. The binaries come from wabt.
import { beforeAll, describe, expect, it } from "vitest";
import wabt from "wabt";
import { decodeModule } from "../../../src/wasm/decode/many.js";
import type { Instruction, NumOpTag, VecOpTag } from "../../../src/wasm/syntax.js";

type Wabt = Awaited<ReturnType<typeof wabt>>;
let assembler: Wabt;
beforeAll(async () => {
  assembler = await wabt();
});

function assemble(text: string): Uint8Array {
  const module = assembler.parseWat("test.wat", text, { simd: true, sat_float_to_int: true });
  try {
    return module.toBinary({}).buffer;
  } finally {
    module.destroy();
  }
}

/** The instruction written as `text`, in a module that is not validated. */
function binaryOf(text: string): Uint8Array {
  return assemble(`(module (memory 1) (func ${text}))`);
}

function instructionOf(text: string): Instruction {
  const { allocations } = decodeModule(binaryOf(text), "full");
  return allocations.blocks.get(1).get(0);
}

const UNARY = ["abs", "neg", "ceil", "floor", "trunc", "nearest", "sqrt"];
const BINARY = ["add", "sub", "mul", "div", "min", "max"];
const COMPARE = ["eq", "ne", "lt", "gt", "le", "ge"];
const INTEGERS = [
  ["i32_s", "SI32"],
  ["i32_u", "UI32"],
  ["i64_s", "SI64"],
  ["i64_u", "UI64"],
] as const;
const FLOATS = [
  ["f32", 32],
  ["f64", 64],
] as const;

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

type Case = readonly [text: string, instruction: Instruction];

function scalar(text: string, tag: NumOpTag, type: "i32" | "i64" | "f32" | "f64", name: string): Case {
  return [text, { tag, op: { type, name } }];
}

function vector(text: string, tag: VecOpTag, shape: "F32x4" | "F64x2" | "I32x4", name: string): Case {
  return [text, { tag, op: { shape, name } }];
}

function scalarOperators(type: "f32" | "f64"): Case[] {
  return [
    ...UNARY.map((name) => scalar(`${type}.${name}`, "Unary", type, capital(name))),
    ...BINARY.map((name) => scalar(`${type}.${name}`, "Binary", type, capital(name))),
    ...COMPARE.map((name) => scalar(`${type}.${name}`, "Compare", type, capital(name))),
    scalar(`${type}.copysign`, "Binary", type, "CopySign"),
    ...INTEGERS.map(([text, name]) => scalar(`${type}.convert_${text}`, "Convert", type, `Convert${name}`)),
    scalar(`${type}.reinterpret_i${type.slice(1)}`, "Convert", type, "ReinterpretInt"),
  ];
}

function vectorOperators(text: string, shape: "F32x4" | "F64x2"): Case[] {
  return [
    ...COMPARE.map((name) => vector(`${text}.${name}`, "VecCompare", shape, capital(name))),
    ...["abs", "neg", "sqrt"].map((name) => vector(`${text}.${name}`, "VecUnary", shape, capital(name))),
    ...[...BINARY, "pmin", "pmax"].map((name) => vector(`${text}.${name}`, "VecBinary", shape, capital(name))),
    vector(`${text}.splat`, "VecSplat", shape, "Splat"),
  ];
}

const rounding = ["ceil", "floor", "trunc", "nearest"];

/** Instructions that the PVM refuses. */
const FORBIDDEN: Case[] = [
  ...scalarOperators("f32"),
  ...scalarOperators("f64"),
  scalar("f32.demote_f64", "Convert", "f32", "DemoteF64"),
  scalar("f64.promote_f32", "Convert", "f64", "PromoteF32"),
  ...vectorOperators("f32x4", "F32x4"),
  ...vectorOperators("f64x2", "F64x2"),
  ...rounding.map((name) => vector(`f32x4.${name}`, "VecUnary", "F32x4", capital(name))),
  vector("f32x4.demote_f64x2_zero", "VecConvert", "F32x4", "DemoteZeroF64x2"),
  vector("f64x2.promote_low_f32x4", "VecConvert", "F64x2", "PromoteLowF32x4"),
  vector("f64x2.convert_low_i32x4_s", "VecConvert", "F64x2", "ConvertSI32x4"),
  vector("f64x2.convert_low_i32x4_u", "VecConvert", "F64x2", "ConvertUI32x4"),
  ["f32x4.extract_lane 3", { tag: "VecExtract", shape: "F32x4", lane: 3, extension: null }],
  ["f32x4.replace_lane 2", { tag: "VecReplace", shape: "F32x4", lane: 2 }],
  ["f64x2.extract_lane 1", { tag: "VecExtract", shape: "F64x2", lane: 1, extension: null }],
  ["f64x2.replace_lane 0", { tag: "VecReplace", shape: "F64x2", lane: 0 }],
  ["f32.load offset=5 align=2", { tag: "Load", type: "f32", pack: null, align: 1, offset: 5 }],
  ["f64.load offset=300", { tag: "Load", type: "f64", pack: null, align: 3, offset: 300 }],
  ["f32.store", { tag: "Store", type: "f32", pack: null, align: 2, offset: 0 }],
  ["f64.store", { tag: "Store", type: "f64", pack: null, align: 3, offset: 0 }],
  ["f32.const 1", { tag: "Const", value: { type: "f32", value: 0x3f80_0000 } }],
  ["f32.const -nan:0x200001", { tag: "Const", value: { type: "f32", value: 0xffa0_0001 | 0 } }],
  ["f64.const -2", { tag: "Const", value: { type: "f64", value: -0x4000_0000_0000_0000n } }],
  ["select (result f64)", { tag: "Select", types: ["f64"] }],
];

/** Instructions on floats that the PVM's list misses (pvm.md §2.5). */
const MISSED: Case[] = [
  ...(["i32", "i64"] as const).flatMap((type) =>
    FLOATS.flatMap(([from, bits]) =>
      (["s", "u"] as const).flatMap((sign) => [
        scalar(`${type}.trunc_${from}_${sign}`, "Convert", type, `Trunc${sign.toUpperCase()}F${bits}`),
        scalar(`${type}.trunc_sat_${from}_${sign}`, "Convert", type, `TruncSat${sign.toUpperCase()}F${bits}`),
      ]),
    ),
  ),
  scalar("i32.reinterpret_f32", "Convert", "i32", "ReinterpretFloat"),
  scalar("i64.reinterpret_f64", "Convert", "i64", "ReinterpretFloat"),
  ...rounding.map((name) => vector(`f64x2.${name}`, "VecUnary", "F64x2", capital(name))),
  ...(["s", "u"] as const).flatMap((sign) => [
    vector(`i32x4.trunc_sat_f32x4_${sign}`, "VecConvert", "I32x4", `TruncSat${sign.toUpperCase()}F32x4`),
    vector(`i32x4.trunc_sat_f64x2_${sign}_zero`, "VecConvert", "I32x4", `TruncSat${sign.toUpperCase()}ZeroF64x2`),
    vector(`f32x4.convert_i32x4_${sign}`, "VecConvert", "F32x4", `Convert${sign.toUpperCase()}I32x4`),
  ]),
];

const FLOATS_FORBIDDEN = "float instructions are forbidden";

describe("float instructions", () => {
  it.each([...FORBIDDEN, ...MISSED])("%s in the full language", (text, instruction) => {
    expect(instructionOf(text)).toEqual(instruction);
  });

  it.each(FORBIDDEN)("%s is refused by the PVM", (text) => {
    expect(() => decodeModule(binaryOf(text), "pvm")).toThrow(FLOATS_FORBIDDEN);
  });

  it.each(MISSED)("%s is let through by the PVM", (text, instruction) => {
    const { allocations } = decodeModule(binaryOf(text), "pvm");
    expect(allocations.blocks.get(1).get(0)).toEqual(instruction);
  });
});

describe("float types", () => {
  it.each([
    "(type (func (param f32)))",
    "(type (func (result f64)))",
    '(import "m" "g" (global f32))',
    "(global f64 (f64.const 0))",
    "(func (local f32))",
    "(func (block (result f64) unreachable) drop)",
  ])("%s", (field) => {
    const bytes = assemble(`(module ${field})`);
    expect(() => decodeModule(bytes, "pvm")).toThrow(FLOATS_FORBIDDEN);
    expect(() => decodeModule(bytes, "full")).not.toThrow();
  });

  it("are kept in the full language", () => {
    const module = decodeModule(
      assemble("(module (func (param f32 f64) (result f64) (local f32) unreachable))"),
      "full",
    );
    expect(module.types.get(0).params.toArray()).toEqual(["f32", "f64"]);
    expect(module.types.get(0).results.toArray()).toEqual(["f64"]);
    expect(module.funcs.get(0).locals.toArray()).toEqual(["f32"]);
  });
});
