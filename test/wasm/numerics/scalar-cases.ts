// The scalar instructions, each with the function of ours that implements it: every entry of every scalar table.

import { f32Convert, f64Convert, i32Convert, i64Convert } from "../../../src/wasm/numerics/convert.js";
import { f32Binary, f32Compare, f32Unary } from "../../../src/wasm/numerics/float32.js";
import { f64Binary, f64Compare, f64Unary } from "../../../src/wasm/numerics/float64.js";
import { i32Binary, i32Compare, i32Test, i32Unary } from "../../../src/wasm/numerics/int32.js";
import {
  fromHalves,
  highHalf,
  i64Binary,
  i64Compare,
  i64Test,
  i64Unary,
  lowHalf,
} from "../../../src/wasm/numerics/int64.js";
import {
  halvesBinary,
  halvesCompare,
  halvesExtend,
  halvesTest,
  halvesUnary,
  high,
} from "../../../src/wasm/numerics/int64-halves.js";
import type {
  FloatBinop,
  FloatCvtop,
  FloatRelop,
  FloatUnop,
  IntBinop,
  IntCvtop,
  IntRelop,
  IntTestop,
  IntUnop,
} from "../../../src/wasm/numerics/operators.js";
import type { Case } from "./differential.js";
import type { ValueType } from "./v8-oracle.js";

type Ours = Case["ours"];

const INT_NAMES: Readonly<Record<IntUnop | IntBinop | IntTestop | IntRelop, string>> = {
  Clz: "clz",
  Ctz: "ctz",
  Popcnt: "popcnt",
  ExtendS8: "extend8_s",
  ExtendS16: "extend16_s",
  ExtendS32: "extend32_s",
  Add: "add",
  Sub: "sub",
  Mul: "mul",
  DivS: "div_s",
  DivU: "div_u",
  RemS: "rem_s",
  RemU: "rem_u",
  And: "and",
  Or: "or",
  Xor: "xor",
  Shl: "shl",
  ShrS: "shr_s",
  ShrU: "shr_u",
  Rotl: "rotl",
  Rotr: "rotr",
  Eqz: "eqz",
  Eq: "eq",
  Ne: "ne",
  LtS: "lt_s",
  LtU: "lt_u",
  GtS: "gt_s",
  GtU: "gt_u",
  LeS: "le_s",
  LeU: "le_u",
  GeS: "ge_s",
  GeU: "ge_u",
};

const FLOAT_NAMES: Readonly<Record<FloatUnop | FloatBinop | FloatRelop, string>> = {
  Neg: "neg",
  Abs: "abs",
  Ceil: "ceil",
  Floor: "floor",
  Trunc: "trunc",
  Nearest: "nearest",
  Sqrt: "sqrt",
  Add: "add",
  Sub: "sub",
  Mul: "mul",
  Div: "div",
  Min: "min",
  Max: "max",
  CopySign: "copysign",
  Eq: "eq",
  Ne: "ne",
  Lt: "lt",
  Gt: "gt",
  Le: "le",
  Ge: "ge",
};

const CONVERT_NAMES: Readonly<Record<IntCvtop | FloatCvtop, string>> = {
  ExtendSI32: "extend_i32_s",
  ExtendUI32: "extend_i32_u",
  WrapI64: "wrap_i64",
  TruncSF32: "trunc_f32_s",
  TruncUF32: "trunc_f32_u",
  TruncSF64: "trunc_f64_s",
  TruncUF64: "trunc_f64_u",
  TruncSatSF32: "trunc_sat_f32_s",
  TruncSatUF32: "trunc_sat_f32_u",
  TruncSatSF64: "trunc_sat_f64_s",
  TruncSatUF64: "trunc_sat_f64_u",
  ReinterpretFloat: "reinterpret_",
  ConvertSI32: "convert_i32_s",
  ConvertUI32: "convert_i32_u",
  ConvertSI64: "convert_i64_s",
  ConvertUI64: "convert_i64_u",
  PromoteF32: "promote_f32",
  DemoteF64: "demote_f64",
  ReinterpretInt: "reinterpret_",
};

/** A case for each entry of a table. The table's functions take operands of the given types, which `Ours` cannot say. */
function tableCases(
  table: object,
  names: Readonly<Record<string, string>>,
  operands: readonly ValueType[],
  type: ValueType,
  result: ValueType,
): Case[] {
  return Object.entries(table).map(([operator, ours]: [string, Ours]) => {
    const text = `${type}.${names[operator]}`;
    return { text, operands, result, ours };
  });
}

const NO_INSTRUCTION = "i32.extend32_s";

export const i32Cases: readonly Case[] = [
  ...tableCases(i32Unary, INT_NAMES, ["i32"], "i32", "i32").filter(({ text }) => text !== NO_INSTRUCTION),
  ...tableCases(i32Binary, INT_NAMES, ["i32", "i32"], "i32", "i32"),
  ...tableCases(i32Test, INT_NAMES, ["i32"], "i32", "i32"),
  ...tableCases(i32Compare, INT_NAMES, ["i32", "i32"], "i32", "i32"),
];

export const i64Cases: readonly Case[] = [
  ...tableCases(i64Unary, INT_NAMES, ["i64"], "i64", "i64"),
  ...tableCases(i64Binary, INT_NAMES, ["i64", "i64"], "i64", "i64"),
  ...tableCases(i64Test, INT_NAMES, ["i64"], "i64", "i32"),
  ...tableCases(i64Compare, INT_NAMES, ["i64", "i64"], "i64", "i32"),
];

/** The case with a function on halves in place of one on bigints. */
function onHalves({ ours, ...instruction }: Case): Case {
  const halves = ours as unknown as (...words: number[]) => number;
  return {
    ...instruction,
    name: `${instruction.text} on halves`,
    ours: (...operands) => {
      const words = operands.flatMap((bits) => (typeof bits === "bigint" ? [lowHalf(bits), highHalf(bits)] : [bits]));
      const lo = halves(...(words as number[]));
      if (instruction.result === "i32") return lo;
      // An ill-formed half must not be mended by the conversion.
      if (!Object.is(lo, lo | 0)) throw new TypeError(`ill-formed low half ${lo}`);
      return fromHalves(lo, high[0] as number);
    },
  };
}

export const halvesCases: readonly Case[] = [
  ...tableCases(halvesUnary, INT_NAMES, ["i64"], "i64", "i64"),
  ...tableCases(halvesBinary, INT_NAMES, ["i64", "i64"], "i64", "i64"),
  ...tableCases(halvesTest, INT_NAMES, ["i64"], "i64", "i32"),
  ...tableCases(halvesCompare, INT_NAMES, ["i64", "i64"], "i64", "i32"),
  ...tableCases(halvesExtend, CONVERT_NAMES, ["i32"], "i64", "i64"),
].map(onHalves);

const BITWISE = /\.(abs|neg|copysign)$/;

function arithmeticCases(cases: readonly Case[], lane: "f32" | "f64"): Case[] {
  return cases.map((testCase) => (BITWISE.test(testCase.text) ? testCase : { ...testCase, arithmetic: lane }));
}

export const f32Cases: readonly Case[] = [
  ...arithmeticCases(tableCases(f32Unary, FLOAT_NAMES, ["f32"], "f32", "f32"), "f32"),
  ...arithmeticCases(tableCases(f32Binary, FLOAT_NAMES, ["f32", "f32"], "f32", "f32"), "f32"),
  ...tableCases(f32Compare, FLOAT_NAMES, ["f32", "f32"], "f32", "i32"),
];

export const f64Cases: readonly Case[] = [
  ...arithmeticCases(tableCases(f64Unary, FLOAT_NAMES, ["f64"], "f64", "f64"), "f64"),
  ...arithmeticCases(tableCases(f64Binary, FLOAT_NAMES, ["f64", "f64"], "f64", "f64"), "f64"),
  ...tableCases(f64Compare, FLOAT_NAMES, ["f64", "f64"], "f64", "i32"),
];

function convertCases(table: Readonly<Record<"I32" | "I64" | "F32" | "F64", object>>, result: ValueType): Case[] {
  return (["I32", "I64", "F32", "F64"] as const).flatMap((from) => {
    const operand = from.toLowerCase() as ValueType;
    return tableCases(table[from], CONVERT_NAMES, [operand], result, result).map((testCase) =>
      testCase.text.endsWith(".reinterpret_") ? { ...testCase, text: `${testCase.text}${operand}` } : testCase,
    );
  });
}

export const conversionCases: readonly Case[] = [
  ...convertCases(i32Convert, "i32"),
  ...convertCases(i64Convert, "i64"),
  ...convertCases(f32Convert, "f32"),
  ...convertCases(f64Convert, "f64"),
];
