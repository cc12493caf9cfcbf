// f32 arithmetic on raw bits (WebAssembly 2.0 §4.3.3): a value is the int32 of its bits. Each operation is computed in
// double precision and rounded once to single; for + - * / and the square root that gives the correctly rounded single,
// since a double has more than twice the bits. NaN results: see float-bits.ts. Comparisons give 0 or 1.

import { F32_SIGN, f32IsNaN, f32NaNResult, f32Result, f32Value, roundToEven } from "./float-bits.js";
import type { FloatBinop, FloatRelop, FloatUnop } from "./operators.js";

function unary(operation: (a: number) => number): (a: number) => number {
  return (a) => f32Result(operation(f32Value(a)), a, a);
}

function binary(operation: (a: number, b: number) => number): (a: number, b: number) => number {
  return (a, b) => f32Result(operation(f32Value(a), f32Value(b)), a, b);
}

/** The lesser operand, -0 counting as less than 0. */
export function f32Min(a: number, b: number): number {
  if (f32IsNaN(a) || f32IsNaN(b)) return f32NaNResult(a, b);
  const x = f32Value(a);
  const y = f32Value(b);
  // Equal operands differ at most in the sign of zero.
  if (x === y) return a | b;
  return x < y ? a : b;
}

/** The greater operand, 0 counting as greater than -0. */
export function f32Max(a: number, b: number): number {
  if (f32IsNaN(a) || f32IsNaN(b)) return f32NaNResult(a, b);
  const x = f32Value(a);
  const y = f32Value(b);
  if (x === y) return a & b;
  return x > y ? a : b;
}

export const f32Unary: Readonly<Record<FloatUnop, (a: number) => number>> = {
  Neg: (a) => a ^ F32_SIGN,
  Abs: (a) => a & ~F32_SIGN,
  Ceil: unary(Math.ceil),
  Floor: unary(Math.floor),
  Trunc: unary(Math.trunc),
  Nearest: unary(roundToEven),
  Sqrt: unary(Math.sqrt),
};

export const f32Binary: Readonly<Record<FloatBinop, (a: number, b: number) => number>> = {
  Add: binary((a, b) => a + b),
  Sub: binary((a, b) => a - b),
  Mul: binary((a, b) => a * b),
  Div: binary((a, b) => a / b),
  Min: f32Min,
  Max: f32Max,
  CopySign: (a, b) => (a & ~F32_SIGN) | (b & F32_SIGN),
};

export const f32Compare: Readonly<Record<FloatRelop, (a: number, b: number) => number>> = {
  Eq: (a, b) => (f32Value(a) === f32Value(b) ? 1 : 0),
  Ne: (a, b) => (f32Value(a) !== f32Value(b) ? 1 : 0),
  Lt: (a, b) => (f32Value(a) < f32Value(b) ? 1 : 0),
  Gt: (a, b) => (f32Value(a) > f32Value(b) ? 1 : 0),
  Le: (a, b) => (f32Value(a) <= f32Value(b) ? 1 : 0),
  Ge: (a, b) => (f32Value(a) >= f32Value(b) ? 1 : 0),
};
