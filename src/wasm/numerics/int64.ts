// i64 arithmetic on bigints (WebAssembly 2.0 §4.3.2), for the micro-step machine. A value is a bigint in its signed form,
// in [-2^63, 2^63); so is every result. Comparisons and tests give 0 or 1, the i32 that the instruction pushes. The fast
// interpreter uses int64-halves.ts, which must agree with this file.

import { DivideByZero, IntegerOverflow } from "./errors.js";
import type { IntBinop, IntRelop, IntTestop, IntUnop } from "./operators.js";

const INT64_MIN = -0x8000_0000_0000_0000n;

/** Low half of an i64, as an i32. */
export function lowHalf(a: bigint): number {
  return Number(BigInt.asIntN(32, a));
}

/** High half of an i64, as an i32. */
export function highHalf(a: bigint): number {
  return Number(a >> 32n);
}

/** The i64 made of two i32. */
export function fromHalves(lo: number, hi: number): bigint {
  return (BigInt(hi) << 32n) | BigInt(lo >>> 0);
}

export function i64Clz(a: bigint): bigint {
  const hi = highHalf(a);
  return BigInt(hi !== 0 ? Math.clz32(hi) : 32 + Math.clz32(lowHalf(a)));
}

export function i64Ctz(a: bigint): bigint {
  if (a === 0n) return 64n;
  const lo = lowHalf(a);
  const half = lo !== 0 ? lo : highHalf(a);
  return BigInt((lo !== 0 ? 31 : 63) - Math.clz32(half & -half));
}

export function i64Popcnt(a: bigint): bigint {
  let rest = BigInt.asUintN(64, a);
  let count = 0n;
  // Each round clears the lowest set bit: at most 64 rounds.
  while (rest !== 0n) {
    rest &= rest - 1n;
    count += 1n;
  }
  return count;
}

/** Throws DivideByZero, IntegerOverflow. */
export function i64DivS(a: bigint, b: bigint): bigint {
  if (b === 0n) throw new DivideByZero();
  if (b === -1n && a === INT64_MIN) throw new IntegerOverflow();
  return a / b;
}

/** Throws DivideByZero. */
export function i64DivU(a: bigint, b: bigint): bigint {
  if (b === 0n) throw new DivideByZero();
  return BigInt.asIntN(64, BigInt.asUintN(64, a) / BigInt.asUintN(64, b));
}

/** Throws DivideByZero. */
export function i64RemS(a: bigint, b: bigint): bigint {
  if (b === 0n) throw new DivideByZero();
  return a % b;
}

/** Throws DivideByZero. */
export function i64RemU(a: bigint, b: bigint): bigint {
  if (b === 0n) throw new DivideByZero();
  return BigInt.asIntN(64, BigInt.asUintN(64, a) % BigInt.asUintN(64, b));
}

export function i64Rotl(a: bigint, count: bigint): bigint {
  const n = count & 63n;
  const bits = BigInt.asUintN(64, a);
  return BigInt.asIntN(64, (bits << n) | (bits >> (64n - n)));
}

export function i64Rotr(a: bigint, count: bigint): bigint {
  return i64Rotl(a, 64n - (count & 63n));
}

export const i64Unary: Readonly<Record<IntUnop, (a: bigint) => bigint>> = {
  Clz: i64Clz,
  Ctz: i64Ctz,
  Popcnt: i64Popcnt,
  ExtendS8: (a) => BigInt.asIntN(8, a),
  ExtendS16: (a) => BigInt.asIntN(16, a),
  ExtendS32: (a) => BigInt.asIntN(32, a),
};

export const i64Binary: Readonly<Record<IntBinop, (a: bigint, b: bigint) => bigint>> = {
  Add: (a, b) => BigInt.asIntN(64, a + b),
  Sub: (a, b) => BigInt.asIntN(64, a - b),
  Mul: (a, b) => BigInt.asIntN(64, a * b),
  DivS: i64DivS,
  DivU: i64DivU,
  RemS: i64RemS,
  RemU: i64RemU,
  And: (a, b) => a & b,
  Or: (a, b) => a | b,
  Xor: (a, b) => a ^ b,
  Shl: (a, count) => BigInt.asIntN(64, a << (count & 63n)),
  ShrS: (a, count) => a >> (count & 63n),
  ShrU: (a, count) => BigInt.asIntN(64, BigInt.asUintN(64, a) >> (count & 63n)),
  Rotl: i64Rotl,
  Rotr: i64Rotr,
};

export const i64Test: Readonly<Record<IntTestop, (a: bigint) => number>> = {
  Eqz: (a) => (a === 0n ? 1 : 0),
};

export const i64Compare: Readonly<Record<IntRelop, (a: bigint, b: bigint) => number>> = {
  Eq: (a, b) => (a === b ? 1 : 0),
  Ne: (a, b) => (a !== b ? 1 : 0),
  LtS: (a, b) => (a < b ? 1 : 0),
  LtU: (a, b) => (BigInt.asUintN(64, a) < BigInt.asUintN(64, b) ? 1 : 0),
  GtS: (a, b) => (a > b ? 1 : 0),
  GtU: (a, b) => (BigInt.asUintN(64, a) > BigInt.asUintN(64, b) ? 1 : 0),
  LeS: (a, b) => (a <= b ? 1 : 0),
  LeU: (a, b) => (BigInt.asUintN(64, a) <= BigInt.asUintN(64, b) ? 1 : 0),
  GeS: (a, b) => (a >= b ? 1 : 0),
  GeU: (a, b) => (BigInt.asUintN(64, a) >= BigInt.asUintN(64, b) ? 1 : 0),
};
