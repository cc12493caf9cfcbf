// Floats as raw bits. An f32 is the int32 of its bits, an f64 the signed bigint of its bits, so that a NaN keeps its sign
// and payload: a NaN that goes through a JS number need not come out with the bits it had. Bits become a JS number only to
// be computed with, and a result becomes bits again only when it is not NaN; the bits of a NaN result are chosen here.
//
// WebAssembly leaves the bits of a NaN result partly open. Here they are fixed: the first operand that is a NaN, made
// quiet, else the positive canonical NaN.

const view = new DataView(new ArrayBuffer(8));

export const F32_SIGN = -0x8000_0000;
const F32_INFINITY = 0x7f80_0000;
const F32_QUIET = 0x0040_0000;
export const F32_CANONICAL_NAN = 0x7fc0_0000;

export const F64_SIGN = -0x8000_0000_0000_0000n;
const F64_MAGNITUDE = 0x7fff_ffff_ffff_ffffn;
const F64_INFINITY = 0x7ff0_0000_0000_0000n;
const F64_QUIET = 0x0008_0000_0000_0000n;
export const F64_CANONICAL_NAN = 0x7ff8_0000_0000_0000n;

/** The number the bits stand for; of a NaN, only that it is one. */
export function f32Value(bits: number): number {
  view.setInt32(0, bits);
  return view.getFloat32(0);
}

/** Bits of a number that is not NaN, rounded to f32 (to nearest, ties to even). */
export function f32Bits(value: number): number {
  view.setFloat32(0, value);
  return view.getInt32(0);
}

export function f32IsNaN(bits: number): boolean {
  return (bits & 0x7fff_ffff) > F32_INFINITY;
}

/** Bits of the result `value` of an operation on `a` and `b` (the same operand twice, if there is one). */
export function f32Result(value: number, a: number, b: number): number {
  return Number.isNaN(value) ? f32NaNResult(a, b) : f32Bits(value);
}

/** Bits of a NaN that results from an operation on `a` and `b`. */
export function f32NaNResult(a: number, b: number): number {
  if (f32IsNaN(a)) return a | F32_QUIET;
  if (f32IsNaN(b)) return b | F32_QUIET;
  return F32_CANONICAL_NAN;
}

/** The number the bits stand for; of a NaN, only that it is one. */
export function f64Value(bits: bigint): number {
  view.setBigInt64(0, bits);
  return view.getFloat64(0);
}

/** The same, from the two halves of the bits. */
export function f64ValueOfHalves(lo: number, hi: number): number {
  view.setInt32(0, hi);
  view.setInt32(4, lo);
  return view.getFloat64(0);
}

/** Bits of a number that is not NaN. */
export function f64Bits(value: number): bigint {
  view.setFloat64(0, value);
  return view.getBigInt64(0);
}

export function f64IsNaN(bits: bigint): boolean {
  return (bits & F64_MAGNITUDE) > F64_INFINITY;
}

export function f64Result(value: number, a: bigint, b: bigint): bigint {
  return Number.isNaN(value) ? f64NaNResult(a, b) : f64Bits(value);
}

export function f64NaNResult(a: bigint, b: bigint): bigint {
  if (f64IsNaN(a)) return a | F64_QUIET;
  if (f64IsNaN(b)) return b | F64_QUIET;
  return F64_CANONICAL_NAN;
}

/**
 * f64 NaN as f32: sign and the high payload bits stay, and it is made quiet. The payload's 29 low bits are lost.
 */
export function demoteNaN(bits: bigint): number {
  const sign = bits < 0n ? F32_SIGN : 0;
  return sign | F32_CANONICAL_NAN | Number((bits >> 29n) & 0x003f_ffffn);
}

/** f32 NaN as f64: sign and payload stay (the payload's high bits aligned), and it is made quiet. */
export function promoteNaN(bits: number): bigint {
  const sign = bits < 0 ? F64_SIGN : 0n;
  return sign | F64_CANONICAL_NAN | (BigInt(bits & 0x003f_ffff) << 29n);
}

/** Rounds to the nearest integer, ties to even, with the sign of the operand on a zero. */
export function roundToEven(value: number): number {
  const magnitude = Math.abs(value);
  // From 2^52 on every double is an integer. Below, the sum is rounded to a multiple of 1 by the addition itself.
  if (!(magnitude < 2 ** 52)) return value;
  const rounded = magnitude + 2 ** 52 - 2 ** 52;
  return value < 0 || Object.is(value, -0) ? -rounded : rounded;
}
