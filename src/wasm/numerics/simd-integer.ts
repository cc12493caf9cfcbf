// Integer v128 operations that act on each lane by itself (WebAssembly 2.0 §4.3.2 lifted to lanes, and the saturating and
// averaging operations of SIMD): one table for each lane shape and kind of operator. Operations that change the lane width
// or mix lanes are in simd-widening.ts and simd-rearrange.ts.

import { i32Popcnt } from "./int32.js";
import {
  halvesAdd,
  halvesEq,
  halvesGeS,
  halvesGtS,
  halvesLeS,
  halvesLtS,
  halvesMul,
  halvesNe,
  halvesNeg,
  halvesShl,
  halvesShrS,
  halvesShrU,
  halvesSub,
  high,
} from "./int64-halves.js";
import type { IntRelop, LaneShape, VecBinop, VecShiftop, VecUnop } from "./operators.js";
import type { V128, VecBinary, VecUnary } from "./simd-lanes.js";
import {
  binary64,
  binaryS8,
  binaryS16,
  binaryS32,
  binaryU8,
  binaryU16,
  binaryU32,
  compare64,
  newV128,
  put16,
  put32,
  s8,
  s16,
  s32,
  u8,
  u16,
  unary64,
  unaryS8,
  unaryS16,
  unaryS32,
  V128_BYTES,
} from "./simd-lanes.js";

// Lane operations. Signed or unsigned is decided by how the lane was read.

const negate = (x: number): number => -x;
const add = (x: number, y: number): number => x + y;
const subtract = (x: number, y: number): number => x - y;
const least = (x: number, y: number): number => Math.min(x, y);
const greatest = (x: number, y: number): number => Math.max(x, y);
/** Of unsigned lanes of at most 16 bits: the mean, halves rounded up. */
const average = (x: number, y: number): number => (x + y + 1) >> 1;

const equal = (x: number, y: number): number => (x === y ? -1 : 0);
const unequal = (x: number, y: number): number => (x !== y ? -1 : 0);
const less = (x: number, y: number): number => (x < y ? -1 : 0);
const lessOrEqual = (x: number, y: number): number => (x <= y ? -1 : 0);
const greater = (x: number, y: number): number => (x > y ? -1 : 0);
const greaterOrEqual = (x: number, y: number): number => (x >= y ? -1 : 0);

function halvesAbs(lo: number, hi: number): number {
  if (hi < 0) return halvesNeg(lo, hi);
  high[0] = hi;
  return lo;
}

/** The number of `[least, most]` closest to x. */
export function clamp(x: number, least: number, most: number): number {
  return Math.min(Math.max(x, least), most);
}

export const integerUnary: Readonly<Record<LaneShape, Readonly<Partial<Record<VecUnop, VecUnary>>>>> = {
  I8x16: { Abs: unaryS8(Math.abs), Neg: unaryS8(negate), Popcnt: unaryS8((x) => i32Popcnt(x & 0xff)) },
  I16x8: { Abs: unaryS16(Math.abs), Neg: unaryS16(negate) },
  I32x4: { Abs: unaryS32(Math.abs), Neg: unaryS32(negate) },
  I64x2: { Abs: unary64(halvesAbs), Neg: unary64(halvesNeg) },
};

export const integerBinary: Readonly<Record<LaneShape, Readonly<Partial<Record<VecBinop, VecBinary>>>>> = {
  I8x16: {
    Add: binaryS8(add),
    Sub: binaryS8(subtract),
    MinS: binaryS8(least),
    MinU: binaryU8(least),
    MaxS: binaryS8(greatest),
    MaxU: binaryU8(greatest),
    AvgrU: binaryU8(average),
    AddSatS: binaryS8((x, y) => clamp(x + y, -0x80, 0x7f)),
    AddSatU: binaryU8((x, y) => clamp(x + y, 0, 0xff)),
    SubSatS: binaryS8((x, y) => clamp(x - y, -0x80, 0x7f)),
    SubSatU: binaryU8((x, y) => clamp(x - y, 0, 0xff)),
  },
  I16x8: {
    Add: binaryS16(add),
    Sub: binaryS16(subtract),
    Mul: binaryS16(Math.imul),
    MinS: binaryS16(least),
    MinU: binaryU16(least),
    MaxS: binaryS16(greatest),
    MaxU: binaryU16(greatest),
    AvgrU: binaryU16(average),
    AddSatS: binaryS16((x, y) => clamp(x + y, -0x8000, 0x7fff)),
    AddSatU: binaryU16((x, y) => clamp(x + y, 0, 0xffff)),
    SubSatS: binaryS16((x, y) => clamp(x - y, -0x8000, 0x7fff)),
    SubSatU: binaryU16((x, y) => clamp(x - y, 0, 0xffff)),
    // Fixed point with 15 fraction bits, rounded; only -1 * -1 leaves the range.
    Q15MulRSatS: binaryS16((x, y) => clamp((x * y + 0x4000) >> 15, -0x8000, 0x7fff)),
  },
  I32x4: {
    Add: binaryS32(add),
    Sub: binaryS32(subtract),
    Mul: binaryS32(Math.imul),
    MinS: binaryS32(least),
    MinU: binaryU32(least),
    MaxS: binaryS32(greatest),
    MaxU: binaryU32(greatest),
  },
  I64x2: { Add: binary64(halvesAdd), Sub: binary64(halvesSub), Mul: binary64(halvesMul) },
};

function comparisons(
  signed: (lane: (x: number, y: number) => number) => VecBinary,
  unsigned: (lane: (x: number, y: number) => number) => VecBinary,
): Readonly<Record<IntRelop, VecBinary>> {
  return {
    Eq: signed(equal),
    Ne: signed(unequal),
    LtS: signed(less),
    LtU: unsigned(less),
    LeS: signed(lessOrEqual),
    LeU: unsigned(lessOrEqual),
    GtS: signed(greater),
    GtU: unsigned(greater),
    GeS: signed(greaterOrEqual),
    GeU: unsigned(greaterOrEqual),
  };
}

/** Lanes of all ones where the comparison holds, of zeros where not. i64x2 has no unsigned comparisons. */
export const integerCompare: Readonly<Record<LaneShape, Readonly<Partial<Record<IntRelop, VecBinary>>>>> = {
  I8x16: comparisons(binaryS8, binaryU8),
  I16x8: comparisons(binaryS16, binaryU16),
  I32x4: comparisons(binaryS32, binaryU32),
  I64x2: {
    Eq: compare64(halvesEq),
    Ne: compare64(halvesNe),
    LtS: compare64(halvesLtS),
    LeS: compare64(halvesLeS),
    GtS: compare64(halvesGtS),
    GeS: compare64(halvesGeS),
  },
};

type Shift = (v: V128, count: number) => V128;
type LaneShift = (x: number, count: number) => number;

function shift8(lane: LaneShift): Shift {
  return (v, count) => {
    const result = newV128();
    for (let at = 0; at < V128_BYTES; at++) result[at] = lane(s8(v, at), count & 7);
    return result;
  };
}

function shift16(lane: LaneShift): Shift {
  return (v, count) => {
    const result = newV128();
    for (let at = 0; at < V128_BYTES; at += 2) put16(result, at, lane(s16(v, at), count & 15));
    return result;
  };
}

function shift32(lane: LaneShift): Shift {
  return (v, count) => {
    const result = newV128();
    for (let at = 0; at < V128_BYTES; at += 4) put32(result, at, lane(s32(v, at), count & 31));
    return result;
  };
}

/** From a shift of halves, which takes the count modulo 64 itself. */
function shift64(lane: (lo: number, hi: number, count: number) => number): Shift {
  return (v, count) => {
    const result = newV128();
    for (let at = 0; at < V128_BYTES; at += 8) {
      put32(result, at, lane(s32(v, at), s32(v, at + 4), count));
      put32(result, at + 4, high[0] as number);
    }
    return result;
  };
}

const left: LaneShift = (x, count) => x << count;
const rightSigned: LaneShift = (x, count) => x >> count;

/** The count is an i32 taken modulo the lane width in bits. */
export const vecShift: Readonly<Record<LaneShape, Readonly<Record<VecShiftop, Shift>>>> = {
  I8x16: { Shl: shift8(left), ShrS: shift8(rightSigned), ShrU: shift8((x, count) => (x & 0xff) >> count) },
  I16x8: { Shl: shift16(left), ShrS: shift16(rightSigned), ShrU: shift16((x, count) => (x & 0xffff) >> count) },
  I32x4: { Shl: shift32(left), ShrS: shift32(rightSigned), ShrU: shift32((x, count) => x >>> count) },
  I64x2: { Shl: shift64(halvesShl), ShrS: shift64(halvesShrS), ShrU: shift64(halvesShrU) },
};

function everyLane(laneBytes: number, isTrue: (v: V128, at: number) => boolean): (v: V128) => number {
  return (v) => {
    for (let at = 0; at < V128_BYTES; at += laneBytes) if (!isTrue(v, at)) return 0;
    return 1;
  };
}

/** AllTrue: 1 if no lane is zero, else 0. */
export const vecAllTrue: Readonly<Record<LaneShape, (v: V128) => number>> = {
  I8x16: everyLane(1, (v, at) => u8(v, at) !== 0),
  I16x8: everyLane(2, (v, at) => u16(v, at) !== 0),
  I32x4: everyLane(4, (v, at) => s32(v, at) !== 0),
  I64x2: everyLane(8, (v, at) => (s32(v, at) | s32(v, at + 4)) !== 0),
};

function signBits(laneBytes: number, topOfLane: (v: V128, at: number) => number): (v: V128) => number {
  return (v) => {
    let mask = 0;
    for (let at = 0, bit = 1; at < V128_BYTES; at += laneBytes, bit <<= 1) if (topOfLane(v, at) < 0) mask |= bit;
    return mask;
  };
}

/** Bit i of the result (an i32) is the sign of lane i. */
export const vecBitmask: Readonly<Record<LaneShape, (v: V128) => number>> = {
  I8x16: signBits(1, s8),
  I16x8: signBits(2, s16),
  I32x4: signBits(4, s32),
  I64x2: signBits(8, (v, at) => s32(v, at + 4)),
};
