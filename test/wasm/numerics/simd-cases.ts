// The v128 instructions, each with the function of ours that implements it: every entry of every vector table, extract and
// replace of every lane, and shuffles of edge and random lanes. Loads, stores and v128.const are memory's and the decoder's.

import type {
  LaneShape,
  VecBinop,
  VecBitsBinop,
  VecBitsTernop,
  VecBitsTestop,
  VecBitsUnop,
  VecCvtop,
  VecRelop,
  VecShape,
  VecShiftop,
  VecUnop,
} from "../../../src/wasm/numerics/operators.js";
import { vecBitsBinary, vecBitsTernary, vecBitsTest, vecBitsUnary } from "../../../src/wasm/numerics/simd-bits.js";
import { vecAllTrue, vecBitmask, vecShift } from "../../../src/wasm/numerics/simd-integer.js";
import { shuffle, vecExtract, vecReplace, vecSplat } from "../../../src/wasm/numerics/simd-rearrange.js";
import { vecBinary, vecCompare, vecConvert, vecUnary } from "../../../src/wasm/numerics/simd-tables.js";
import type { Case } from "./differential.js";
import { randomWords, SEED } from "./samples.js";
import type { ValueType } from "./v8-oracle.js";

type Ours = Case["ours"];

const SHAPES: readonly VecShape[] = ["I8x16", "I16x8", "I32x4", "I64x2", "F32x4", "F64x2"];
const LANE_SHAPES: readonly LaneShape[] = ["I8x16", "I16x8", "I32x4", "I64x2"];

/** Shape whose lanes are half as wide: what widening instructions take. */
const NARROWER: Readonly<Record<string, string>> = { i16x8: "i8x16", i32x4: "i16x8", i64x2: "i32x4" };
/** Shape whose lanes are twice as wide: what narrowing instructions take. */
const WIDER: Readonly<Record<string, string>> = { i8x16: "i16x8", i16x8: "i32x4" };

const NAMES: Readonly<Record<VecUnop | VecBinop | VecRelop | VecCvtop | VecShiftop, (shape: string) => string>> = {
  Abs: () => "abs",
  Neg: () => "neg",
  Popcnt: () => "popcnt",
  Sqrt: () => "sqrt",
  Ceil: () => "ceil",
  Floor: () => "floor",
  Trunc: () => "trunc",
  Nearest: () => "nearest",
  Add: () => "add",
  Sub: () => "sub",
  Mul: () => "mul",
  Div: () => "div",
  Min: () => "min",
  Max: () => "max",
  Pmin: () => "pmin",
  Pmax: () => "pmax",
  MinS: () => "min_s",
  MinU: () => "min_u",
  MaxS: () => "max_s",
  MaxU: () => "max_u",
  AvgrU: () => "avgr_u",
  AddSatS: () => "add_sat_s",
  AddSatU: () => "add_sat_u",
  SubSatS: () => "sub_sat_s",
  SubSatU: () => "sub_sat_u",
  DotS: (shape) => `dot_${NARROWER[shape]}_s`,
  Q15MulRSatS: () => "q15mulr_sat_s",
  ExtMulLowS: (shape) => `extmul_low_${NARROWER[shape]}_s`,
  ExtMulHighS: (shape) => `extmul_high_${NARROWER[shape]}_s`,
  ExtMulLowU: (shape) => `extmul_low_${NARROWER[shape]}_u`,
  ExtMulHighU: (shape) => `extmul_high_${NARROWER[shape]}_u`,
  Swizzle: () => "swizzle",
  NarrowS: (shape) => `narrow_${WIDER[shape]}_s`,
  NarrowU: (shape) => `narrow_${WIDER[shape]}_u`,
  Eq: () => "eq",
  Ne: () => "ne",
  LtS: () => "lt_s",
  LtU: () => "lt_u",
  GtS: () => "gt_s",
  GtU: () => "gt_u",
  LeS: () => "le_s",
  LeU: () => "le_u",
  GeS: () => "ge_s",
  GeU: () => "ge_u",
  Lt: () => "lt",
  Gt: () => "gt",
  Le: () => "le",
  Ge: () => "ge",
  ExtendLowS: (shape) => `extend_low_${NARROWER[shape]}_s`,
  ExtendLowU: (shape) => `extend_low_${NARROWER[shape]}_u`,
  ExtendHighS: (shape) => `extend_high_${NARROWER[shape]}_s`,
  ExtendHighU: (shape) => `extend_high_${NARROWER[shape]}_u`,
  ExtAddPairwiseS: (shape) => `extadd_pairwise_${NARROWER[shape]}_s`,
  ExtAddPairwiseU: (shape) => `extadd_pairwise_${NARROWER[shape]}_u`,
  TruncSatSF32x4: () => "trunc_sat_f32x4_s",
  TruncSatUF32x4: () => "trunc_sat_f32x4_u",
  TruncSatSZeroF64x2: () => "trunc_sat_f64x2_s_zero",
  TruncSatUZeroF64x2: () => "trunc_sat_f64x2_u_zero",
  DemoteZeroF64x2: () => "demote_f64x2_zero",
  PromoteLowF32x4: () => "promote_low_f32x4",
  ConvertSI32x4: (shape) => (shape === "f64x2" ? "convert_low_i32x4_s" : "convert_i32x4_s"),
  ConvertUI32x4: (shape) => (shape === "f64x2" ? "convert_low_i32x4_u" : "convert_i32x4_u"),
  Shl: () => "shl",
  ShrS: () => "shr_s",
  ShrU: () => "shr_u",
};

const BITS_NAMES: Readonly<Record<VecBitsUnop | VecBitsBinop | VecBitsTernop | VecBitsTestop, string>> = {
  Not: "not",
  And: "and",
  Or: "or",
  Xor: "xor",
  AndNot: "andnot",
  Bitselect: "bitselect",
  AnyTrue: "any_true",
};

/** Float operations that compute: their NaN results are compared by class. */
const ARITHMETIC = /^f..x.\.(sqrt|ceil|floor|trunc|nearest|add|sub|mul|div|min|max)$/;

function vectorCase(text: string, operands: readonly ValueType[], result: ValueType, ours: Ours): Case {
  if (!ARITHMETIC.test(text)) return { text, operands, result, ours };
  return { text, operands, result, ours, arithmetic: text.startsWith("f32") ? "f32" : "f64" };
}

function shapeCases(table: Readonly<Record<string, object>>, operands: readonly ValueType[]): Case[] {
  return Object.entries(table).flatMap(([shapeName, operations]) => {
    const shape = shapeName.toLowerCase();
    return Object.entries(operations).map(([operator, ours]: [string, Ours]) =>
      vectorCase(`${shape}.${NAMES[operator as keyof typeof NAMES](shape)}`, operands, "v128", ours),
    );
  });
}

function bitsCases(table: object, operands: readonly ValueType[], result: ValueType): Case[] {
  return Object.entries(table).map(([operator, ours]: [string, Ours]) =>
    vectorCase(`v128.${BITS_NAMES[operator as keyof typeof BITS_NAMES]}`, operands, result, ours),
  );
}

export const laneCases: readonly Case[] = [
  ...shapeCases(vecUnary, ["v128"]),
  ...shapeCases(vecBinary, ["v128", "v128"]),
  ...shapeCases(vecCompare, ["v128", "v128"]),
  ...shapeCases(vecConvert, ["v128"]),
  ...shapeCases(vecShift, ["v128", "i32"]),
  ...LANE_SHAPES.flatMap((shape) => [
    vectorCase(`${shape.toLowerCase()}.all_true`, ["v128"], "i32", vecAllTrue[shape] as Ours),
    vectorCase(`${shape.toLowerCase()}.bitmask`, ["v128"], "i32", vecBitmask[shape] as Ours),
  ]),
];

export const bitsOperatorCases: readonly Case[] = [
  ...bitsCases(vecBitsUnary, ["v128"], "v128"),
  ...bitsCases(vecBitsBinary, ["v128", "v128"], "v128"),
  ...bitsCases(vecBitsTernary, ["v128", "v128", "v128"], "v128"),
  ...bitsCases(vecBitsTest, ["v128"], "i32"),
];

const LANE_TYPE: Readonly<Record<VecShape, ValueType>> = {
  I8x16: "i32",
  I16x8: "i32",
  I32x4: "i32",
  I64x2: "i64",
  F32x4: "f32",
  F64x2: "f64",
};

function lanesOf(shape: VecShape): number[] {
  return Array.from({ length: Number(shape.slice(shape.indexOf("x") + 1)) }, (_, lane) => lane);
}

function extractCases(shape: VecShape, lane: number): Case[] {
  const text = `${shape.toLowerCase()}.extract_lane`;
  const extract = vecExtract[shape] as (v: unknown, lane: number, extension?: string) => number;
  if (shape !== "I8x16" && shape !== "I16x8") {
    return [vectorCase(`${text} ${lane}`, ["v128"], LANE_TYPE[shape], (v) => extract(v, lane))];
  }
  return [
    vectorCase(`${text}_s ${lane}`, ["v128"], "i32", (v) => extract(v, lane, "SX")),
    vectorCase(`${text}_u ${lane}`, ["v128"], "i32", (v) => extract(v, lane, "ZX")),
  ];
}

function replaceCase(shape: VecShape, lane: number): Case {
  const replace = vecReplace[shape] as (v: unknown, lane: number, x: unknown) => Uint8Array;
  const text = `${shape.toLowerCase()}.replace_lane ${lane}`;
  return vectorCase(text, ["v128", LANE_TYPE[shape]], "v128", (v, x) => replace(v, lane, x));
}

function shuffleCase(lanes: readonly number[]): Case {
  const text = `i8x16.shuffle ${lanes.join(" ")}`;
  const ours = (a: unknown, b: unknown): Uint8Array => shuffle(a as Uint8Array, b as Uint8Array, lanes);
  return vectorCase(text, ["v128", "v128"], "v128", ours);
}

function shuffleCases(): Case[] {
  const next = randomWords(SEED);
  const ascending = Array.from({ length: 16 }, (_, lane) => lane);
  const random = Array.from({ length: 12 }, () => ascending.map(() => next() % 32));
  return [ascending, ascending.map((lane) => 31 - lane), ascending.map(() => 16), ...random].map(shuffleCase);
}

export const rearrangeCases: readonly Case[] = [
  ...SHAPES.map((shape) =>
    vectorCase(`${shape.toLowerCase()}.splat`, [LANE_TYPE[shape]], "v128", vecSplat[shape] as unknown as Ours),
  ),
  ...SHAPES.flatMap((shape) => lanesOf(shape).flatMap((lane) => extractCases(shape, lane))),
  ...SHAPES.flatMap((shape) => lanesOf(shape).map((lane) => replaceCase(shape, lane))),
  ...shuffleCases(),
];
