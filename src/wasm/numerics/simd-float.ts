// Float v128 operations, and the conversions between float and integer lanes. Lanes are raw bits, computed with the scalar
// operations of float32.ts, float64.ts and convert.ts. Of these a kernel can reach only the saturating truncations to
// i32x4 (pvm.md §2.5): they are integer-shaped, pass the decoder's ban on floats, and can be stored in the tree.

import {
  f32ConvertI32S,
  f32ConvertI32U,
  f32DemoteF64,
  f64ConvertI32S,
  f64ConvertI32U,
  f64PromoteF32,
  truncSatToI32S,
  truncSatToI32U,
} from "./convert.js";
import { f32Value, f64ValueOfHalves } from "./float-bits.js";
import { f32Binary, f32Compare, f32Unary } from "./float32.js";
import { f64Binary, f64Compare, f64Unary } from "./float64.js";
import { fromHalves, highHalf, lowHalf } from "./int64.js";
import type { FloatLaneShape, FloatRelop, VecBinop, VecCvtop, VecUnop } from "./operators.js";
import type { V128, VecBinary, VecUnary } from "./simd-lanes.js";
import { binaryS32, newV128, put32, s32, unaryS32, V128_BYTES } from "./simd-lanes.js";

function f64Lane(v: V128, at: number): bigint {
  return fromHalves(s32(v, at), s32(v, at + 4));
}

function putF64Lane(v: V128, at: number, bits: bigint): void {
  put32(v, at, lowHalf(bits));
  put32(v, at + 4, highHalf(bits));
}

function unaryF64(operation: (a: bigint) => bigint): VecUnary {
  return (v) => {
    const result = newV128();
    for (let at = 0; at < V128_BYTES; at += 8) putF64Lane(result, at, operation(f64Lane(v, at)));
    return result;
  };
}

function binaryF64(operation: (a: bigint, b: bigint) => bigint): VecBinary {
  return (a, b) => {
    const result = newV128();
    for (let at = 0; at < V128_BYTES; at += 8) putF64Lane(result, at, operation(f64Lane(a, at), f64Lane(b, at)));
    return result;
  };
}

function compareF32(comparison: (a: number, b: number) => number): VecBinary {
  return binaryS32((a, b) => -comparison(a, b));
}

function compareF64(comparison: (a: bigint, b: bigint) => number): VecBinary {
  return binaryF64((a, b) => BigInt(-comparison(a, b)));
}

export const floatUnary: Readonly<Record<FloatLaneShape, Readonly<Partial<Record<VecUnop, VecUnary>>>>> = {
  F32x4: {
    Abs: unaryS32(f32Unary.Abs),
    Neg: unaryS32(f32Unary.Neg),
    Sqrt: unaryS32(f32Unary.Sqrt),
    Ceil: unaryS32(f32Unary.Ceil),
    Floor: unaryS32(f32Unary.Floor),
    Trunc: unaryS32(f32Unary.Trunc),
    Nearest: unaryS32(f32Unary.Nearest),
  },
  F64x2: {
    Abs: unaryF64(f64Unary.Abs),
    Neg: unaryF64(f64Unary.Neg),
    Sqrt: unaryF64(f64Unary.Sqrt),
    Ceil: unaryF64(f64Unary.Ceil),
    Floor: unaryF64(f64Unary.Floor),
    Trunc: unaryF64(f64Unary.Trunc),
    Nearest: unaryF64(f64Unary.Nearest),
  },
};

/** Pmin is "b if b < a, else a", Pmax "b if a < b, else a": unlike Min and Max they only choose, and pass NaNs through. */
export const floatBinary: Readonly<Record<FloatLaneShape, Readonly<Partial<Record<VecBinop, VecBinary>>>>> = {
  F32x4: {
    Add: binaryS32(f32Binary.Add),
    Sub: binaryS32(f32Binary.Sub),
    Mul: binaryS32(f32Binary.Mul),
    Div: binaryS32(f32Binary.Div),
    Min: binaryS32(f32Binary.Min),
    Max: binaryS32(f32Binary.Max),
    Pmin: binaryS32((a, b) => (f32Compare.Lt(b, a) === 1 ? b : a)),
    Pmax: binaryS32((a, b) => (f32Compare.Lt(a, b) === 1 ? b : a)),
  },
  F64x2: {
    Add: binaryF64(f64Binary.Add),
    Sub: binaryF64(f64Binary.Sub),
    Mul: binaryF64(f64Binary.Mul),
    Div: binaryF64(f64Binary.Div),
    Min: binaryF64(f64Binary.Min),
    Max: binaryF64(f64Binary.Max),
    Pmin: binaryF64((a, b) => (f64Compare.Lt(b, a) === 1 ? b : a)),
    Pmax: binaryF64((a, b) => (f64Compare.Lt(a, b) === 1 ? b : a)),
  },
};

/** Lanes of all ones where the comparison holds, of zeros where not. */
export const floatCompare: Readonly<Record<FloatLaneShape, Readonly<Record<FloatRelop, VecBinary>>>> = {
  F32x4: {
    Eq: compareF32(f32Compare.Eq),
    Ne: compareF32(f32Compare.Ne),
    Lt: compareF32(f32Compare.Lt),
    Gt: compareF32(f32Compare.Gt),
    Le: compareF32(f32Compare.Le),
    Ge: compareF32(f32Compare.Ge),
  },
  F64x2: {
    Eq: compareF64(f64Compare.Eq),
    Ne: compareF64(f64Compare.Ne),
    Lt: compareF64(f64Compare.Lt),
    Gt: compareF64(f64Compare.Gt),
    Le: compareF64(f64Compare.Le),
    Ge: compareF64(f64Compare.Ge),
  },
};

/** From the two f64 lanes to the two low i32 lanes; the high lanes are zero. */
function truncSatZero(truncate: (value: number) => number): VecUnary {
  return (v) => {
    const result = newV128();
    for (let lane = 0; lane < 2; lane++) {
      const value = f64ValueOfHalves(s32(v, 8 * lane), s32(v, 8 * lane + 4));
      put32(result, 4 * lane, truncate(value));
    }
    return result;
  };
}

/** From the two low 32-bit lanes to the two f64 lanes. */
function toF64Lanes(convert: (lane: number) => bigint): VecUnary {
  return (v) => {
    const result = newV128();
    for (let lane = 0; lane < 2; lane++) putF64Lane(result, 8 * lane, convert(s32(v, 4 * lane)));
    return result;
  };
}

/** From the two f64 lanes to the two low f32 lanes; the high lanes are zero. */
function demoteZero(v: V128): V128 {
  const result = newV128();
  for (let lane = 0; lane < 2; lane++) put32(result, 4 * lane, f32DemoteF64(f64Lane(v, 8 * lane)));
  return result;
}

/** To I32x4: lanes out of range saturate, NaN lanes give 0. */
export const truncateToIntegerLanes: Readonly<Partial<Record<VecCvtop, VecUnary>>> = {
  TruncSatSF32x4: unaryS32((bits) => truncSatToI32S(f32Value(bits))),
  TruncSatUF32x4: unaryS32((bits) => truncSatToI32U(f32Value(bits))),
  TruncSatSZeroF64x2: truncSatZero(truncSatToI32S),
  TruncSatUZeroF64x2: truncSatZero(truncSatToI32U),
};

export const floatConvert: Readonly<Record<FloatLaneShape, Readonly<Partial<Record<VecCvtop, VecUnary>>>>> = {
  F32x4: {
    ConvertSI32x4: unaryS32(f32ConvertI32S),
    ConvertUI32x4: unaryS32(f32ConvertI32U),
    DemoteZeroF64x2: demoteZero,
  },
  F64x2: {
    ConvertSI32x4: toF64Lanes(f64ConvertI32S),
    ConvertUI32x4: toF64Lanes(f64ConvertI32U),
    PromoteLowF32x4: toF64Lanes(f64PromoteF32),
  },
};
