// f64 arithmetic on raw bits (WebAssembly 2.0 §4.3.3): a value is the signed bigint of its bits. A JS number is an IEEE
// double, so + - * / and the square root are JS's own. NaN results: see float-bits.ts. Comparisons give 0 or 1.

import { F64_SIGN, f64IsNaN, f64NaNResult, f64Result, f64Value, roundToEven } from "./float-bits.js";
import type { FloatBinop, FloatRelop, FloatUnop } from "./operators.js";

function unary(operation: (a: number) => number): (a: bigint) => bigint {
  return (a) => f64Result(operation(f64Value(a)), a, a);
}

function binary(operation: (a: number, b: number) => number): (a: bigint, b: bigint) => bigint {
  return (a, b) => f64Result(operation(f64Value(a), f64Value(b)), a, b);
}

/** The lesser operand, -0 counting as less than 0. */
export function f64Min(a: bigint, b: bigint): bigint {
  if (f64IsNaN(a) || f64IsNaN(b)) return f64NaNResult(a, b);
  const x = f64Value(a);
  const y = f64Value(b);
  // Equal operands differ at most in the sign of zero.
  if (x === y) return a | b;
  return x < y ? a : b;
}

/** The greater operand, 0 counting as greater than -0. */
export function f64Max(a: bigint, b: bigint): bigint {
  if (f64IsNaN(a) || f64IsNaN(b)) return f64NaNResult(a, b);
  const x = f64Value(a);
  const y = f64Value(b);
  if (x === y) return a & b;
  return x > y ? a : b;
}

export const f64Unary: Readonly<Record<FloatUnop, (a: bigint) => bigint>> = {
  Neg: (a) => a ^ F64_SIGN,
  Abs: (a) => a & ~F64_SIGN,
  Ceil: unary(Math.ceil),
  Floor: unary(Math.floor),
  Trunc: unary(Math.trunc),
  Nearest: unary(roundToEven),
  Sqrt: unary(Math.sqrt),
};

export const f64Binary: Readonly<Record<FloatBinop, (a: bigint, b: bigint) => bigint>> = {
  Add: binary((a, b) => a + b),
  Sub: binary((a, b) => a - b),
  Mul: binary((a, b) => a * b),
  Div: binary((a, b) => a / b),
  Min: f64Min,
  Max: f64Max,
  CopySign: (a, b) => (a & ~F64_SIGN) | (b & F64_SIGN),
};

export const f64Compare: Readonly<Record<FloatRelop, (a: bigint, b: bigint) => number>> = {
  Eq: (a, b) => (f64Value(a) === f64Value(b) ? 1 : 0),
  Ne: (a, b) => (f64Value(a) !== f64Value(b) ? 1 : 0),
  Lt: (a, b) => (f64Value(a) < f64Value(b) ? 1 : 0),
  Gt: (a, b) => (f64Value(a) > f64Value(b) ? 1 : 0),
  Le: (a, b) => (f64Value(a) <= f64Value(b) ? 1 : 0),
  Ge: (a, b) => (f64Value(a) >= f64Value(b) ? 1 : 0),
};
