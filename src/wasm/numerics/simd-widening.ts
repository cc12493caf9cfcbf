// Integer v128 operations between lanes of different width: narrowing, extension, extended multiplication, pairwise
// addition, dot product. The lane shape that names each is that of the result.

import { halvesExtendS32, halvesExtendU32, halvesMulWordsS, halvesMulWordsU, high } from "./int64-halves.js";
import type { LaneShape, VecBinop, VecCvtop } from "./operators.js";
import { clamp } from "./simd-integer.js";
import type { V128, VecBinary, VecUnary } from "./simd-lanes.js";
import { newV128, put16, put32, s8, s16, s32, u8, u16, V128_BYTES } from "./simd-lanes.js";

/** Lower and upper half of a vector, as the byte offset where it starts. */
const LOW = 0;
const HIGH = 8;

type ReadLane = (v: V128, at: number) => number;
type WriteLane = (v: V128, at: number, x: number) => void;
type LaneBinary = (x: number, y: number) => number;

// Reader and writer of the narrow lanes and of the lanes twice as wide.
interface Widening {
  readonly narrowBytes: number;
  readonly read: ReadLane;
  readonly write: WriteLane;
}

const S8_TO_16: Widening = { narrowBytes: 1, read: s8, write: put16 };
const U8_TO_16: Widening = { narrowBytes: 1, read: u8, write: put16 };
const S16_TO_32: Widening = { narrowBytes: 2, read: s16, write: put32 };
const U16_TO_32: Widening = { narrowBytes: 2, read: u16, write: put32 };

function extend({ narrowBytes, read, write }: Widening, from: number): VecUnary {
  return (v) => {
    const result = newV128();
    for (let at = 0; at < 8; at += narrowBytes) write(result, 2 * at, read(v, from + at));
    return result;
  };
}

function extendedMultiply({ narrowBytes, read, write }: Widening, from: number): VecBinary {
  return (a, b) => {
    const result = newV128();
    for (let at = 0; at < 8; at += narrowBytes) {
      write(result, 2 * at, Math.imul(read(a, from + at), read(b, from + at)));
    }
    return result;
  };
}

function addPairs({ narrowBytes, read, write }: Widening): VecUnary {
  return (v) => {
    const result = newV128();
    for (let at = 0; at < V128_BYTES; at += 2 * narrowBytes) write(result, at, read(v, at) + read(v, at + narrowBytes));
    return result;
  };
}

/** From words to i64 lanes, by an operation that leaves its high half in `high`. */
function extendWords(operation: (word: number) => number, from: number): VecUnary {
  return (v) => {
    const result = newV128();
    for (let at = 0; at < 8; at += 4) {
      put32(result, 2 * at, operation(s32(v, from + at)));
      put32(result, 2 * at + 4, high[0] as number);
    }
    return result;
  };
}

/** From words to i64 lanes, by an operation that leaves its high half in `high`. */
function multiplyWords(operation: LaneBinary, from: number): VecBinary {
  return (a, b) => {
    const result = newV128();
    for (let at = 0; at < 8; at += 4) {
      put32(result, 2 * at, operation(s32(a, from + at), s32(b, from + at)));
      put32(result, 2 * at + 4, high[0] as number);
    }
    return result;
  };
}

/** Lanes of `a`, then lanes of `b`, each taken as signed and clamped to the narrow range. */
function narrow8(least: number, most: number): VecBinary {
  return (a, b) => {
    const result = newV128();
    for (let at = 0; at < 8; at++) {
      result[at] = clamp(s16(a, 2 * at), least, most);
      result[8 + at] = clamp(s16(b, 2 * at), least, most);
    }
    return result;
  };
}

function narrow16(least: number, most: number): VecBinary {
  return (a, b) => {
    const result = newV128();
    for (let at = 0; at < 8; at += 2) {
      put16(result, at, clamp(s32(a, 2 * at), least, most));
      put16(result, 8 + at, clamp(s32(b, 2 * at), least, most));
    }
    return result;
  };
}

/** i32x4.dot_i16x8_s: sums of two neighbouring products, modulo 2^32. */
function dotS(a: V128, b: V128): V128 {
  const result = newV128();
  for (let at = 0; at < V128_BYTES; at += 4) {
    put32(result, at, s16(a, at) * s16(b, at) + s16(a, at + 2) * s16(b, at + 2));
  }
  return result;
}

export const wideningBinary: Readonly<Record<LaneShape, Readonly<Partial<Record<VecBinop, VecBinary>>>>> = {
  I8x16: { NarrowS: narrow8(-0x80, 0x7f), NarrowU: narrow8(0, 0xff) },
  I16x8: {
    NarrowS: narrow16(-0x8000, 0x7fff),
    NarrowU: narrow16(0, 0xffff),
    ExtMulLowS: extendedMultiply(S8_TO_16, LOW),
    ExtMulHighS: extendedMultiply(S8_TO_16, HIGH),
    ExtMulLowU: extendedMultiply(U8_TO_16, LOW),
    ExtMulHighU: extendedMultiply(U8_TO_16, HIGH),
  },
  I32x4: {
    DotS: dotS,
    ExtMulLowS: extendedMultiply(S16_TO_32, LOW),
    ExtMulHighS: extendedMultiply(S16_TO_32, HIGH),
    ExtMulLowU: extendedMultiply(U16_TO_32, LOW),
    ExtMulHighU: extendedMultiply(U16_TO_32, HIGH),
  },
  I64x2: {
    ExtMulLowS: multiplyWords(halvesMulWordsS, LOW),
    ExtMulHighS: multiplyWords(halvesMulWordsS, HIGH),
    ExtMulLowU: multiplyWords(halvesMulWordsU, LOW),
    ExtMulHighU: multiplyWords(halvesMulWordsU, HIGH),
  },
};

export const wideningConvert: Readonly<Record<LaneShape, Readonly<Partial<Record<VecCvtop, VecUnary>>>>> = {
  I8x16: {},
  I16x8: {
    ExtendLowS: extend(S8_TO_16, LOW),
    ExtendHighS: extend(S8_TO_16, HIGH),
    ExtendLowU: extend(U8_TO_16, LOW),
    ExtendHighU: extend(U8_TO_16, HIGH),
    ExtAddPairwiseS: addPairs(S8_TO_16),
    ExtAddPairwiseU: addPairs(U8_TO_16),
  },
  I32x4: {
    ExtendLowS: extend(S16_TO_32, LOW),
    ExtendHighS: extend(S16_TO_32, HIGH),
    ExtendLowU: extend(U16_TO_32, LOW),
    ExtendHighU: extend(U16_TO_32, HIGH),
    ExtAddPairwiseS: addPairs(S16_TO_32),
    ExtAddPairwiseU: addPairs(U16_TO_32),
  },
  I64x2: {
    ExtendLowS: extendWords(halvesExtendS32, LOW),
    ExtendHighS: extendWords(halvesExtendS32, HIGH),
    ExtendLowU: extendWords(halvesExtendU32, LOW),
    ExtendHighU: extendWords(halvesExtendU32, HIGH),
  },
};
