// Conversions between number types (WebAssembly 2.0 §4.3.4), with floats as raw bits (float-bits.ts). There is one table
// for each result type, keyed by the type of the operand and then by operator: an operator that does not take an operand of
// that type has no entry there, and the evaluator reports the operand as ill-typed.

import { IntegerOverflow, InvalidConversion } from "./errors.js";
import { demoteNaN, f32Bits, f32IsNaN, f32Value, f64Bits, f64IsNaN, f64Value, promoteNaN } from "./float-bits.js";
import { fromHalves, lowHalf } from "./int64.js";
import type { FloatCvtop, IntCvtop } from "./operators.js";

const INT32_MIN = -(2 ** 31);
const INT32_MAX = 2 ** 31 - 1;
const UINT32_MAX = 2 ** 32 - 1;
const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;

/** The integer part of `value`, which must lie from `least` up to but not including `end`. Throws NumericTrap. */
function truncate(value: number, least: number, end: number): number {
  if (Number.isNaN(value)) throw new InvalidConversion();
  const integer = Math.trunc(value);
  if (integer < least || integer >= end) throw new IntegerOverflow();
  return integer;
}

function truncToI32S(value: number): number {
  return truncate(value, INT32_MIN, 2 ** 31) | 0;
}

function truncToI32U(value: number): number {
  return truncate(value, 0, 2 ** 32) | 0;
}

function truncToI64S(value: number): bigint {
  return BigInt(truncate(value, -(2 ** 63), 2 ** 63));
}

function truncToI64U(value: number): bigint {
  return BigInt.asIntN(64, BigInt(truncate(value, 0, 2 ** 64)));
}

/** Saturating truncation of a number to a signed i32; NaN gives 0. */
export function truncSatToI32S(value: number): number {
  if (value >= INT32_MAX) return INT32_MAX;
  if (value <= INT32_MIN) return INT32_MIN;
  return value | 0;
}

/** Saturating truncation of a number to an unsigned i32, given in signed form; NaN gives 0. */
export function truncSatToI32U(value: number): number {
  if (value >= UINT32_MAX) return -1;
  return value <= 0 ? 0 : value | 0;
}

function truncSatToI64S(value: number): bigint {
  if (Number.isNaN(value)) return 0n;
  if (value >= 2 ** 63) return INT64_MAX;
  if (value < -(2 ** 63)) return INT64_MIN;
  return BigInt(Math.trunc(value));
}

function truncSatToI64U(value: number): bigint {
  if (Number.isNaN(value) || value <= 0) return 0n;
  if (value >= 2 ** 64) return -1n;
  return BigInt.asIntN(64, BigInt(Math.trunc(value)));
}

/**
 * f32 nearest to an integer of at most 64 bits and sign. Going through a double would round twice, so the eleven low bits
 * of a long integer are first folded into one sticky bit: what is left fits a double exactly, lies on the same side of
 * every f32 tie, and is rounded once.
 */
function f32OfInteger(a: bigint): number {
  const magnitude = a < 0n ? -a : a;
  if (magnitude < 2n ** 53n) return f32Bits(Number(a));
  const sticky = (magnitude & 0x7ffn) === 0n ? 0n : 1n;
  const value = Number((magnitude >> 11n) | sticky) * 2 ** 11;
  return f32Bits(a < 0n ? -value : value);
}

export function f32DemoteF64(bits: bigint): number {
  return f64IsNaN(bits) ? demoteNaN(bits) : f32Bits(f64Value(bits));
}

export function f64PromoteF32(bits: number): bigint {
  return f32IsNaN(bits) ? promoteNaN(bits) : f64Bits(f32Value(bits));
}

export function f32ConvertI32S(a: number): number {
  return f32Bits(a);
}

export function f32ConvertI32U(a: number): number {
  return f32Bits(a >>> 0);
}

export function f64ConvertI32S(a: number): bigint {
  return f64Bits(a);
}

export function f64ConvertI32U(a: number): bigint {
  return f64Bits(a >>> 0);
}

type Convert<Operator extends string, From, To> = Readonly<Partial<Record<Operator, (a: From) => To>>>;

interface ConvertTable<Operator extends string, To> {
  readonly I32: Convert<Operator, number, To>;
  readonly I64: Convert<Operator, bigint, To>;
  readonly F32: Convert<Operator, number, To>;
  readonly F64: Convert<Operator, bigint, To>;
}

/** i32 results, by operand type. The truncations throw InvalidConversion, IntegerOverflow. */
export const i32Convert: ConvertTable<IntCvtop, number> = {
  I32: {},
  I64: { WrapI64: lowHalf },
  F32: {
    TruncSF32: (a) => truncToI32S(f32Value(a)),
    TruncUF32: (a) => truncToI32U(f32Value(a)),
    TruncSatSF32: (a) => truncSatToI32S(f32Value(a)),
    TruncSatUF32: (a) => truncSatToI32U(f32Value(a)),
    ReinterpretFloat: (a) => a,
  },
  F64: {
    TruncSF64: (a) => truncToI32S(f64Value(a)),
    TruncUF64: (a) => truncToI32U(f64Value(a)),
    TruncSatSF64: (a) => truncSatToI32S(f64Value(a)),
    TruncSatUF64: (a) => truncSatToI32U(f64Value(a)),
  },
};

/** i64 results, by operand type. The truncations throw InvalidConversion, IntegerOverflow. */
export const i64Convert: ConvertTable<IntCvtop, bigint> = {
  I32: {
    ExtendSI32: (a) => BigInt(a),
    ExtendUI32: (a) => fromHalves(a, 0),
  },
  I64: {},
  F32: {
    TruncSF32: (a) => truncToI64S(f32Value(a)),
    TruncUF32: (a) => truncToI64U(f32Value(a)),
    TruncSatSF32: (a) => truncSatToI64S(f32Value(a)),
    TruncSatUF32: (a) => truncSatToI64U(f32Value(a)),
  },
  F64: {
    TruncSF64: (a) => truncToI64S(f64Value(a)),
    TruncUF64: (a) => truncToI64U(f64Value(a)),
    TruncSatSF64: (a) => truncSatToI64S(f64Value(a)),
    TruncSatUF64: (a) => truncSatToI64U(f64Value(a)),
    ReinterpretFloat: (a) => a,
  },
};

/** f32 results, by operand type. */
export const f32Convert: ConvertTable<FloatCvtop, number> = {
  I32: {
    ConvertSI32: f32ConvertI32S,
    ConvertUI32: f32ConvertI32U,
    ReinterpretInt: (a) => a,
  },
  I64: {
    ConvertSI64: f32OfInteger,
    ConvertUI64: (a) => f32OfInteger(BigInt.asUintN(64, a)),
  },
  F32: {},
  F64: { DemoteF64: f32DemoteF64 },
};

/** f64 results, by operand type. Number() of a bigint rounds to nearest, ties to even. */
export const f64Convert: ConvertTable<FloatCvtop, bigint> = {
  I32: {
    ConvertSI32: f64ConvertI32S,
    ConvertUI32: f64ConvertI32U,
  },
  I64: {
    ConvertSI64: (a) => f64Bits(Number(a)),
    ConvertUI64: (a) => f64Bits(Number(BigInt.asUintN(64, a))),
    ReinterpretInt: (a) => a,
  },
  F32: { PromoteF32: f64PromoteF32 },
  F64: {},
};
