// v128 operations that move lanes: splat, extract, replace, swizzle, shuffle. Lane numbers are immediates of the
// instruction; the decoder accepts any byte and nothing validates it (pvm.md §2.5), so they are checked here the way the
// reference fails: extract and shuffle of a lane that does not exist have no result (LaneOutOfRange), replace of one leaves
// the vector as it was. Float lanes are raw bits (float-bits.ts).

import { LaneOutOfRange } from "./errors.js";
import { fromHalves, highHalf, lowHalf } from "./int64.js";
import type { LaneExtension } from "./operators.js";
import type { V128 } from "./simd-lanes.js";
import { newV128, put16, put32, s8, s16, s32, u8, u16, V128_BYTES } from "./simd-lanes.js";

function checkLane(lane: number, laneCount: number): void {
  if (lane < 0 || lane >= laneCount) throw new LaneOutOfRange(lane, laneCount);
}

export function splat8(x: number): V128 {
  return newV128().fill(x);
}

export function splat16(x: number): V128 {
  const result = newV128();
  for (let at = 0; at < V128_BYTES; at += 2) put16(result, at, x);
  return result;
}

export function splat32(x: number): V128 {
  const result = newV128();
  for (let at = 0; at < V128_BYTES; at += 4) put32(result, at, x);
  return result;
}

export function splatHalves(lo: number, hi: number): V128 {
  const result = newV128();
  for (let at = 0; at < V128_BYTES; at += 8) {
    put32(result, at, lo);
    put32(result, at + 4, hi);
  }
  return result;
}

export function splat64(x: bigint): V128 {
  return splatHalves(lowHalf(x), highHalf(x));
}

/** By lane shape: a vector with the operand (its low bits, for narrow lanes) in every lane. */
export const vecSplat = {
  I8x16: splat8,
  I16x8: splat16,
  I32x4: splat32,
  I64x2: splat64,
  F32x4: splat32,
  F64x2: splat64,
} as const;

export function extract8(v: V128, lane: number, extension: LaneExtension): number {
  checkLane(lane, 16);
  return extension === "SX" ? s8(v, lane) : u8(v, lane);
}

export function extract16(v: V128, lane: number, extension: LaneExtension): number {
  checkLane(lane, 8);
  return extension === "SX" ? s16(v, 2 * lane) : u16(v, 2 * lane);
}

export function extract32(v: V128, lane: number): number {
  checkLane(lane, 4);
  return s32(v, 4 * lane);
}

export function extract64(v: V128, lane: number): bigint {
  checkLane(lane, 2);
  return fromHalves(s32(v, 8 * lane), s32(v, 8 * lane + 4));
}

/** By lane shape: (vector, lane[, extension]) to the lane's value. Throws LaneOutOfRange. */
export const vecExtract = {
  I8x16: extract8,
  I16x8: extract16,
  I32x4: extract32,
  I64x2: extract64,
  F32x4: extract32,
  F64x2: extract64,
} as const;

export function replace8(v: V128, lane: number, x: number): V128 {
  const result = v.slice();
  if (lane >= 0 && lane < 16) result[lane] = x;
  return result;
}

export function replace16(v: V128, lane: number, x: number): V128 {
  const result = v.slice();
  if (lane >= 0 && lane < 8) put16(result, 2 * lane, x);
  return result;
}

export function replace32(v: V128, lane: number, x: number): V128 {
  const result = v.slice();
  if (lane >= 0 && lane < 4) put32(result, 4 * lane, x);
  return result;
}

export function replaceHalves(v: V128, lane: number, lo: number, hi: number): V128 {
  const result = v.slice();
  if (lane >= 0 && lane < 2) {
    put32(result, 8 * lane, lo);
    put32(result, 8 * lane + 4, hi);
  }
  return result;
}

export function replace64(v: V128, lane: number, x: bigint): V128 {
  return replaceHalves(v, lane, lowHalf(x), highHalf(x));
}

/** By lane shape: (vector, lane, value) to the vector with that lane replaced. */
export const vecReplace = {
  I8x16: replace8,
  I16x8: replace16,
  I32x4: replace32,
  I64x2: replace64,
  F32x4: replace32,
  F64x2: replace64,
} as const;

/** Byte i is the byte of `v` that byte i of `selectors` numbers, or 0 if that number is above 15. */
export function swizzle(v: V128, selectors: V128): V128 {
  const result = newV128();
  for (let at = 0; at < V128_BYTES; at++) {
    const lane = u8(selectors, at);
    if (lane < V128_BYTES) result[at] = u8(v, lane);
  }
  return result;
}

/**
 * Byte i is byte `lanes[i]` of the 32 bytes of `a` and `b`. `lanes` has sixteen numbers.
 * Throws LaneOutOfRange if one is not in [0, 32).
 */
export function shuffle(a: V128, b: V128, lanes: ArrayLike<number>): V128 {
  const result = newV128();
  for (let at = 0; at < V128_BYTES; at++) {
    // Sixteen lanes are what the decoder reads; a shorter list counts as out of range.
    const lane = lanes[at] ?? -1;
    checkLane(lane, 2 * V128_BYTES);
    result[at] = lane < V128_BYTES ? u8(a, lane) : u8(b, lane - V128_BYTES);
  }
  return result;
}
