// i64 arithmetic on two int32 halves, for the fast interpreter and the i64x2 lanes: no bigint and no allocation. A value
// is (lo, hi), both in signed form (results of `| 0`). A function that yields an i64 returns its low half and leaves the
// high half in `high[0]`, to be read before the next call. Comparisons and tests return 0 or 1 and leave `high` alone.
// int64.ts does the same on bigints and is the definition; the tests hold the two together.
//
// Reads of the typed arrays here are in bounds by construction, hence `as number`.

import { DivideByZero, IntegerOverflow } from "./errors.js";
import { i32Ctz, i32Popcnt } from "./int32.js";
import type { IntBinop, IntCvtop, IntRelop, IntTestop, IntUnop } from "./operators.js";

const INT32_MIN = -0x8000_0000;
const TWO_TO_32 = 0x1_0000_0000;

/** `high[0]` is the high half of the last i64 result. */
export const high: Int32Array = new Int32Array(1);

export function halvesAdd(aLo: number, aHi: number, bLo: number, bHi: number): number {
  const lo = (aLo + bLo) | 0;
  high[0] = aHi + bHi + (lo >>> 0 < aLo >>> 0 ? 1 : 0);
  return lo;
}

export function halvesSub(aLo: number, aHi: number, bLo: number, bHi: number): number {
  high[0] = aHi - bHi - (aLo >>> 0 < bLo >>> 0 ? 1 : 0);
  return (aLo - bLo) | 0;
}

export function halvesNeg(lo: number, hi: number): number {
  high[0] = lo === 0 ? -hi : ~hi;
  return -lo | 0;
}

/** High 32 bits of the product of two words taken as unsigned. */
function mulHighU(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  // Each sum stays below 2^32: (2^16 - 1)^2 + (2^16 - 1) < 2^32.
  const middle = (Math.imul(aHigh, bLow) + (Math.imul(aLow, bLow) >>> 16)) >>> 0;
  const other = (Math.imul(aLow, bHigh) + (middle & 0xffff)) >>> 0;
  return (Math.imul(aHigh, bHigh) + (middle >>> 16) + (other >>> 16)) | 0;
}

export function halvesMul(aLo: number, aHi: number, bLo: number, bHi: number): number {
  high[0] = mulHighU(aLo, bLo) + Math.imul(aLo, bHi) + Math.imul(aHi, bLo);
  return Math.imul(aLo, bLo);
}

/** Product of two int32, as an i64. */
export function halvesMulWordsS(a: number, b: number): number {
  // A negative factor counts as 2^32 more than it is; take the other factor off the high half for it.
  high[0] = mulHighU(a, b) - (a < 0 ? b : 0) - (b < 0 ? a : 0);
  return Math.imul(a, b);
}

/** Product of two uint32 (given in signed form), as an i64. */
export function halvesMulWordsU(a: number, b: number): number {
  high[0] = mulHighU(a, b);
  return Math.imul(a, b);
}

// --- Division -------------------------------------------------------------------------------------------------------

/** Results of divideUnsigned: quotient lo, hi, remainder lo, hi. */
const division = new Int32Array(4);

function setDivision(quotientLo: number, quotientHi: number, remainderLo: number, remainderHi: number): void {
  division[0] = quotientLo;
  division[1] = quotientHi;
  division[2] = remainderLo;
  division[3] = remainderHi;
}

/** Divides by a word `d` in [1, 2^32), in base 2^16 below the high half, so that every dividend is an exact double. */
function divideByWord(lo: number, hi: number, d: number): void {
  const top = hi >>> 0;
  const quotientHi = Math.floor(top / d);
  const rest0 = top - quotientHi * d;
  if (rest0 === 0) {
    const low = lo >>> 0;
    const quotient = Math.floor(low / d);
    setDivision(quotient, quotientHi, low - quotient * d, 0);
    return;
  }
  // rest < d < 2^32, so the dividends stay below 2^48 and the quotient digits below 2^16.
  const dividend1 = rest0 * 0x1_0000 + (lo >>> 16);
  const digit1 = Math.floor(dividend1 / d);
  const dividend0 = (dividend1 - digit1 * d) * 0x1_0000 + (lo & 0xffff);
  const digit0 = Math.floor(dividend0 / d);
  setDivision((digit1 << 16) | digit0, quotientHi, dividend0 - digit0 * d, 0);
}

/**
 * Divides by a divisor of at least 2^32. The quotient is below 2^32 and comes from doubles: three roundings of relative
 * error 2^-53 each are more than made up for by the factor below 1, so the estimate is never above the quotient, and it
 * is at most one below it (the error is under 2^32 * 2^-49).
 */
function divideByLong(aLo: number, aHi: number, dLo: number, dHi: number): void {
  const dividend = (aHi >>> 0) * TWO_TO_32 + (aLo >>> 0);
  const divisor = (dHi >>> 0) * TWO_TO_32 + (dLo >>> 0);
  let quotient = Math.floor((dividend / divisor) * (1 - 2 ** -50)) | 0;
  const productLo = Math.imul(quotient, dLo);
  const productHi = mulHighU(quotient, dLo) + Math.imul(quotient, dHi);
  let restLo = (aLo - productLo) | 0;
  let restHi = (aHi - productHi - (aLo >>> 0 < productLo >>> 0 ? 1 : 0)) | 0;
  if (halvesGeU(restLo, restHi, dLo, dHi) === 1) {
    quotient += 1;
    restHi = (restHi - dHi - (restLo >>> 0 < dLo >>> 0 ? 1 : 0)) | 0;
    restLo = (restLo - dLo) | 0;
  }
  setDivision(quotient, 0, restLo, restHi);
}

/** Fills `division`. The divisor is not zero. */
function divideUnsigned(aLo: number, aHi: number, dLo: number, dHi: number): void {
  if (dHi === 0) divideByWord(aLo, aHi, dLo >>> 0);
  else divideByLong(aLo, aHi, dLo, dHi);
}

/** Fills `division` with quotient and remainder of the absolute values. The divisor is not zero. */
function divideMagnitudes(aLo: number, aHi: number, bLo: number, bHi: number): void {
  if (aHi < 0) {
    aLo = halvesNeg(aLo, aHi);
    aHi = high[0] as number;
  }
  if (bHi < 0) {
    bLo = halvesNeg(bLo, bHi);
    bHi = high[0] as number;
  }
  divideUnsigned(aLo, aHi, bLo, bHi);
}

/** Throws DivideByZero, IntegerOverflow. */
export function halvesDivS(aLo: number, aHi: number, bLo: number, bHi: number): number {
  if (bLo === 0 && bHi === 0) throw new DivideByZero();
  if (aHi === aLo >> 31 && bHi === bLo >> 31) {
    const quotient = Math.trunc(aLo / bLo);
    // -2^31 / -1 is 2^31, which fits here: the high half follows the number, not its low half.
    high[0] = quotient < 0 ? -1 : 0;
    return quotient | 0;
  }
  if (bLo === -1 && bHi === -1 && aLo === 0 && aHi === INT32_MIN) throw new IntegerOverflow();
  divideMagnitudes(aLo, aHi, bLo, bHi);
  const lo = division[0] as number;
  const hi = division[1] as number;
  if ((aHi ^ bHi) < 0) return halvesNeg(lo, hi);
  high[0] = hi;
  return lo;
}

/** Throws DivideByZero. */
export function halvesDivU(aLo: number, aHi: number, bLo: number, bHi: number): number {
  if (bLo === 0 && bHi === 0) throw new DivideByZero();
  divideUnsigned(aLo, aHi, bLo, bHi);
  high[0] = division[1] as number;
  return division[0] as number;
}

/** Throws DivideByZero. */
export function halvesRemS(aLo: number, aHi: number, bLo: number, bHi: number): number {
  if (bLo === 0 && bHi === 0) throw new DivideByZero();
  if (aHi === aLo >> 31 && bHi === bLo >> 31) {
    const remainder = (aLo % bLo) | 0;
    high[0] = remainder >> 31;
    return remainder;
  }
  divideMagnitudes(aLo, aHi, bLo, bHi);
  const lo = division[2] as number;
  const hi = division[3] as number;
  if (aHi < 0) return halvesNeg(lo, hi);
  high[0] = hi;
  return lo;
}

/** Throws DivideByZero. */
export function halvesRemU(aLo: number, aHi: number, bLo: number, bHi: number): number {
  if (bLo === 0 && bHi === 0) throw new DivideByZero();
  divideUnsigned(aLo, aHi, bLo, bHi);
  high[0] = division[3] as number;
  return division[2] as number;
}

// --- Bits -----------------------------------------------------------------------------------------------------------

export function halvesAnd(aLo: number, aHi: number, bLo: number, bHi: number): number {
  high[0] = aHi & bHi;
  return aLo & bLo;
}

export function halvesOr(aLo: number, aHi: number, bLo: number, bHi: number): number {
  high[0] = aHi | bHi;
  return aLo | bLo;
}

export function halvesXor(aLo: number, aHi: number, bLo: number, bHi: number): number {
  high[0] = aHi ^ bHi;
  return aLo ^ bLo;
}

// The shifts and rotations take the low half of the count: the count is taken modulo 64. JS masks its own shift counts to
// five bits, so `>>> -count` is a shift by 32 - count; a count of 0 modulo 32 needs a branch of its own.

export function halvesShl(lo: number, hi: number, count: number): number {
  count &= 63;
  if (count >= 32) {
    high[0] = lo << count;
    return 0;
  }
  high[0] = count === 0 ? hi : (hi << count) | (lo >>> -count);
  return lo << count;
}

export function halvesShrS(lo: number, hi: number, count: number): number {
  count &= 63;
  if (count >= 32) {
    high[0] = hi >> 31;
    return hi >> count;
  }
  high[0] = hi >> count;
  return count === 0 ? lo : (lo >>> count) | (hi << -count);
}

export function halvesShrU(lo: number, hi: number, count: number): number {
  count &= 63;
  if (count >= 32) {
    high[0] = 0;
    return (hi >>> count) | 0;
  }
  high[0] = hi >>> count;
  return count === 0 ? lo : (lo >>> count) | (hi << -count);
}

export function halvesRotl(lo: number, hi: number, count: number): number {
  if ((count & 32) !== 0) {
    const swapped = lo;
    lo = hi;
    hi = swapped;
  }
  if ((count & 31) === 0) {
    high[0] = hi;
    return lo;
  }
  high[0] = (hi << count) | (lo >>> -count);
  return (lo << count) | (hi >>> -count);
}

export function halvesRotr(lo: number, hi: number, count: number): number {
  return halvesRotl(lo, hi, -count);
}

export function halvesClz(lo: number, hi: number): number {
  high[0] = 0;
  return hi !== 0 ? Math.clz32(hi) : 32 + Math.clz32(lo);
}

export function halvesCtz(lo: number, hi: number): number {
  high[0] = 0;
  return lo !== 0 ? i32Ctz(lo) : 32 + i32Ctz(hi);
}

export function halvesPopcnt(lo: number, hi: number): number {
  high[0] = 0;
  return i32Popcnt(lo) + i32Popcnt(hi);
}

/** Sign-extends the low byte. */
export function halvesExtendS8(lo: number): number {
  const result = (lo << 24) >> 24;
  high[0] = result >> 31;
  return result;
}

export function halvesExtendS16(lo: number): number {
  const result = (lo << 16) >> 16;
  high[0] = result >> 31;
  return result;
}

/** Sign-extends the low half: i64.extend32_s and i64.extend_i32_s alike. */
export function halvesExtendS32(lo: number): number {
  high[0] = lo >> 31;
  return lo;
}

/** i64.extend_i32_u. */
export function halvesExtendU32(lo: number): number {
  high[0] = 0;
  return lo;
}

// --- Tests ----------------------------------------------------------------------------------------------------------

export function halvesEqz(lo: number, hi: number): number {
  return (lo | hi) === 0 ? 1 : 0;
}

export function halvesEq(aLo: number, aHi: number, bLo: number, bHi: number): number {
  return aLo === bLo && aHi === bHi ? 1 : 0;
}

export function halvesNe(aLo: number, aHi: number, bLo: number, bHi: number): number {
  return aLo !== bLo || aHi !== bHi ? 1 : 0;
}

export function halvesLtS(aLo: number, aHi: number, bLo: number, bHi: number): number {
  return (aHi === bHi ? aLo >>> 0 < bLo >>> 0 : aHi < bHi) ? 1 : 0;
}

export function halvesLtU(aLo: number, aHi: number, bLo: number, bHi: number): number {
  return (aHi === bHi ? aLo >>> 0 < bLo >>> 0 : aHi >>> 0 < bHi >>> 0) ? 1 : 0;
}

export function halvesGtS(aLo: number, aHi: number, bLo: number, bHi: number): number {
  return halvesLtS(bLo, bHi, aLo, aHi);
}

export function halvesGtU(aLo: number, aHi: number, bLo: number, bHi: number): number {
  return halvesLtU(bLo, bHi, aLo, aHi);
}

export function halvesLeS(aLo: number, aHi: number, bLo: number, bHi: number): number {
  return 1 - halvesLtS(bLo, bHi, aLo, aHi);
}

export function halvesLeU(aLo: number, aHi: number, bLo: number, bHi: number): number {
  return 1 - halvesLtU(bLo, bHi, aLo, aHi);
}

export function halvesGeS(aLo: number, aHi: number, bLo: number, bHi: number): number {
  return 1 - halvesLtS(aLo, aHi, bLo, bHi);
}

export function halvesGeU(aLo: number, aHi: number, bLo: number, bHi: number): number {
  return 1 - halvesLtU(aLo, aHi, bLo, bHi);
}

// --- Tables ---------------------------------------------------------------------------------------------------------

type HalvesUnary = (lo: number, hi: number) => number;
type HalvesBinary = (aLo: number, aHi: number, bLo: number, bHi: number) => number;

export const halvesUnary: Readonly<Record<IntUnop, HalvesUnary>> = {
  Clz: halvesClz,
  Ctz: halvesCtz,
  Popcnt: halvesPopcnt,
  ExtendS8: halvesExtendS8,
  ExtendS16: halvesExtendS16,
  ExtendS32: halvesExtendS32,
};

export const halvesBinary: Readonly<Record<IntBinop, HalvesBinary>> = {
  Add: halvesAdd,
  Sub: halvesSub,
  Mul: halvesMul,
  DivS: halvesDivS,
  DivU: halvesDivU,
  RemS: halvesRemS,
  RemU: halvesRemU,
  And: halvesAnd,
  Or: halvesOr,
  Xor: halvesXor,
  Shl: halvesShl,
  ShrS: halvesShrS,
  ShrU: halvesShrU,
  Rotl: halvesRotl,
  Rotr: halvesRotr,
};

export const halvesTest: Readonly<Record<IntTestop, HalvesUnary>> = { Eqz: halvesEqz };

export const halvesCompare: Readonly<Record<IntRelop, HalvesBinary>> = {
  Eq: halvesEq,
  Ne: halvesNe,
  LtS: halvesLtS,
  LtU: halvesLtU,
  GtS: halvesGtS,
  GtU: halvesGtU,
  LeS: halvesLeS,
  LeU: halvesLeU,
  GeS: halvesGeS,
  GeU: halvesGeU,
};

/** From an i32 to an i64; i32.wrap_i64 is the low half and needs no function. */
export const halvesExtend: Readonly<Record<Extract<IntCvtop, `Extend${string}`>, (word: number) => number>> = {
  ExtendSI32: halvesExtendS32,
  ExtendUI32: halvesExtendU32,
};
