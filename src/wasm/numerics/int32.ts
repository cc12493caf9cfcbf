// i32 arithmetic (WebAssembly 2.0 §4.3.2). A value is a JS number in its signed form, that is, a result of `| 0`; so is
// every result. Comparisons and tests give 0 or 1, the i32 that the instruction pushes.

import { DivideByZero, IntegerOverflow } from "./errors.js";
import type { IntBinop, IntRelop, IntTestop, IntUnop } from "./operators.js";

const INT32_MIN = -0x8000_0000;

export function i32Ctz(a: number): number {
  return a === 0 ? 32 : 31 - Math.clz32(a & -a);
}

export function i32Popcnt(a: number): number {
  a -= (a >>> 1) & 0x5555_5555;
  a = (a & 0x3333_3333) + ((a >>> 2) & 0x3333_3333);
  a = (a + (a >>> 4)) & 0x0f0f_0f0f;
  return Math.imul(a, 0x0101_0101) >>> 24;
}

/** Throws DivideByZero, IntegerOverflow. */
export function i32DivS(a: number, b: number): number {
  if (b === 0) throw new DivideByZero();
  if (b === -1 && a === INT32_MIN) throw new IntegerOverflow();
  return (a / b) | 0;
}

/** Throws DivideByZero. */
export function i32DivU(a: number, b: number): number {
  if (b === 0) throw new DivideByZero();
  return ((a >>> 0) / (b >>> 0)) | 0;
}

/** Throws DivideByZero. */
export function i32RemS(a: number, b: number): number {
  if (b === 0) throw new DivideByZero();
  // The `| 0` also turns the -0 of a negative multiple into 0.
  return (a % b) | 0;
}

/** Throws DivideByZero. */
export function i32RemU(a: number, b: number): number {
  if (b === 0) throw new DivideByZero();
  return ((a >>> 0) % (b >>> 0)) | 0;
}

export function i32Rotl(a: number, count: number): number {
  // JS masks shift counts to five bits, so -count stands for 32 - count, and a count of 0 gives a | a.
  return (a << count) | (a >>> -count);
}

export function i32Rotr(a: number, count: number): number {
  return (a >>> count) | (a << -count);
}

export const i32Unary: Readonly<Record<IntUnop, (a: number) => number>> = {
  Clz: (a) => Math.clz32(a),
  Ctz: i32Ctz,
  Popcnt: i32Popcnt,
  ExtendS8: (a) => (a << 24) >> 24,
  ExtendS16: (a) => (a << 16) >> 16,
  // No instruction does this; the tree can spell it, and the reference's definition makes it the identity.
  ExtendS32: (a) => a,
};

export const i32Binary: Readonly<Record<IntBinop, (a: number, b: number) => number>> = {
  Add: (a, b) => (a + b) | 0,
  Sub: (a, b) => (a - b) | 0,
  Mul: (a, b) => Math.imul(a, b),
  DivS: i32DivS,
  DivU: i32DivU,
  RemS: i32RemS,
  RemU: i32RemU,
  And: (a, b) => a & b,
  Or: (a, b) => a | b,
  Xor: (a, b) => a ^ b,
  Shl: (a, count) => a << count,
  ShrS: (a, count) => a >> count,
  ShrU: (a, count) => (a >>> count) | 0,
  Rotl: i32Rotl,
  Rotr: i32Rotr,
};

export const i32Test: Readonly<Record<IntTestop, (a: number) => number>> = {
  Eqz: (a) => (a === 0 ? 1 : 0),
};

export const i32Compare: Readonly<Record<IntRelop, (a: number, b: number) => number>> = {
  Eq: (a, b) => (a === b ? 1 : 0),
  Ne: (a, b) => (a !== b ? 1 : 0),
  LtS: (a, b) => (a < b ? 1 : 0),
  LtU: (a, b) => (a >>> 0 < b >>> 0 ? 1 : 0),
  GtS: (a, b) => (a > b ? 1 : 0),
  GtU: (a, b) => (a >>> 0 > b >>> 0 ? 1 : 0),
  LeS: (a, b) => (a <= b ? 1 : 0),
  LeU: (a, b) => (a >>> 0 <= b >>> 0 ? 1 : 0),
  GeS: (a, b) => (a >= b ? 1 : 0),
  GeU: (a, b) => (a >>> 0 >= b >>> 0 ? 1 : 0),
};
