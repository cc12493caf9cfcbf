// v128 operations on the 128 bits as a whole: the bitwise operators and AnyTrue.

import type { VecBitsBinop, VecBitsTernop, VecBitsTestop, VecBitsUnop } from "./operators.js";
import type { V128, VecBinary, VecUnary } from "./simd-lanes.js";
import { binaryU8, newV128, u8, unaryS8, V128_BYTES } from "./simd-lanes.js";

/** Bits of `a` where `mask` has ones, of `b` where it has zeros. */
function bitselect(a: V128, b: V128, mask: V128): V128 {
  const result = newV128();
  for (let at = 0; at < V128_BYTES; at++) result[at] = (u8(a, at) & u8(mask, at)) | (u8(b, at) & ~u8(mask, at));
  return result;
}

/** 1 if any bit is set, else 0. */
function anyTrue(v: V128): number {
  for (let at = 0; at < V128_BYTES; at++) if (u8(v, at) !== 0) return 1;
  return 0;
}

export const vecBitsUnary: Readonly<Record<VecBitsUnop, VecUnary>> = { Not: unaryS8((x) => ~x) };

export const vecBitsBinary: Readonly<Record<VecBitsBinop, VecBinary>> = {
  And: binaryU8((x, y) => x & y),
  Or: binaryU8((x, y) => x | y),
  Xor: binaryU8((x, y) => x ^ y),
  AndNot: binaryU8((x, y) => x & ~y),
};

export const vecBitsTernary: Readonly<Record<VecBitsTernop, (a: V128, b: V128, mask: V128) => V128>> = {
  Bitselect: bitselect,
};

export const vecBitsTest: Readonly<Record<VecBitsTestop, (v: V128) => number>> = { AnyTrue: anyTrue };
