// v128 values and how lane-wise operations are made from operations on one lane. A v128 is a Uint8Array of 16 bytes, lane 0
// first, each lane little-endian. No operation writes to its operands; each result is a new array.
//
// Lanes are read and written at byte offsets. Every offset used is inside the 16 bytes, hence `as number`. Stores keep the
// low bits of the number given, so a lane operation may return a result that is too wide, signed or unsigned.

import { high } from "./int64-halves.js";

export const V128_BYTES = 16;

export type V128 = Uint8Array;
export type VecUnary = (v: V128) => V128;
export type VecBinary = (a: V128, b: V128) => V128;

type LaneUnary = (x: number) => number;
type LaneBinary = (x: number, y: number) => number;
type LongUnary = (lo: number, hi: number) => number;
type LongBinary = (aLo: number, aHi: number, bLo: number, bHi: number) => number;

export function newV128(): V128 {
  return new Uint8Array(V128_BYTES);
}

export function u8(v: V128, at: number): number {
  return v[at] as number;
}

export function s8(v: V128, at: number): number {
  return ((v[at] as number) << 24) >> 24;
}

export function u16(v: V128, at: number): number {
  return (v[at] as number) | ((v[at + 1] as number) << 8);
}

export function s16(v: V128, at: number): number {
  return (v[at] as number) | (((v[at + 1] as number) << 24) >> 16);
}

export function s32(v: V128, at: number): number {
  return (
    (v[at] as number) | ((v[at + 1] as number) << 8) | ((v[at + 2] as number) << 16) | ((v[at + 3] as number) << 24)
  );
}

export function u32(v: V128, at: number): number {
  return s32(v, at) >>> 0;
}

export function put16(v: V128, at: number, x: number): void {
  v[at] = x;
  v[at + 1] = x >> 8;
}

export function put32(v: V128, at: number, x: number): void {
  v[at] = x;
  v[at + 1] = x >> 8;
  v[at + 2] = x >> 16;
  v[at + 3] = x >> 24;
}

// Makers of lane-wise operations: the letter says how the lane is read (signed or unsigned), the number its width in bits.

export function unaryS8(operation: LaneUnary): VecUnary {
  return (v) => {
    const result = newV128();
    for (let at = 0; at < V128_BYTES; at++) result[at] = operation(s8(v, at));
    return result;
  };
}

export function unaryS16(operation: LaneUnary): VecUnary {
  return (v) => {
    const result = newV128();
    for (let at = 0; at < V128_BYTES; at += 2) put16(result, at, operation(s16(v, at)));
    return result;
  };
}

export function unaryS32(operation: LaneUnary): VecUnary {
  return (v) => {
    const result = newV128();
    for (let at = 0; at < V128_BYTES; at += 4) put32(result, at, operation(s32(v, at)));
    return result;
  };
}

export function binaryS8(operation: LaneBinary): VecBinary {
  return (a, b) => {
    const result = newV128();
    for (let at = 0; at < V128_BYTES; at++) result[at] = operation(s8(a, at), s8(b, at));
    return result;
  };
}

export function binaryU8(operation: LaneBinary): VecBinary {
  return (a, b) => {
    const result = newV128();
    for (let at = 0; at < V128_BYTES; at++) result[at] = operation(u8(a, at), u8(b, at));
    return result;
  };
}

export function binaryS16(operation: LaneBinary): VecBinary {
  return (a, b) => {
    const result = newV128();
    for (let at = 0; at < V128_BYTES; at += 2) put16(result, at, operation(s16(a, at), s16(b, at)));
    return result;
  };
}

export function binaryU16(operation: LaneBinary): VecBinary {
  return (a, b) => {
    const result = newV128();
    for (let at = 0; at < V128_BYTES; at += 2) put16(result, at, operation(u16(a, at), u16(b, at)));
    return result;
  };
}

export function binaryS32(operation: LaneBinary): VecBinary {
  return (a, b) => {
    const result = newV128();
    for (let at = 0; at < V128_BYTES; at += 4) put32(result, at, operation(s32(a, at), s32(b, at)));
    return result;
  };
}

export function binaryU32(operation: LaneBinary): VecBinary {
  return (a, b) => {
    const result = newV128();
    for (let at = 0; at < V128_BYTES; at += 4) put32(result, at, operation(u32(a, at), u32(b, at)));
    return result;
  };
}

/** From an operation on halves (int64-halves.ts), which leaves its high half in `high`. */
export function unary64(operation: LongUnary): VecUnary {
  return (v) => {
    const result = newV128();
    for (let at = 0; at < V128_BYTES; at += 8) {
      put32(result, at, operation(s32(v, at), s32(v, at + 4)));
      put32(result, at + 4, high[0] as number);
    }
    return result;
  };
}

/** From an operation on halves (int64-halves.ts), which leaves its high half in `high`. */
export function binary64(operation: LongBinary): VecBinary {
  return (a, b) => {
    const result = newV128();
    for (let at = 0; at < V128_BYTES; at += 8) {
      put32(result, at, operation(s32(a, at), s32(a, at + 4), s32(b, at), s32(b, at + 4)));
      put32(result, at + 4, high[0] as number);
    }
    return result;
  };
}

/** From a comparison of halves that returns 0 or 1: lanes of all zeros or all ones. */
export function compare64(comparison: LongBinary): VecBinary {
  return (a, b) => {
    const result = newV128();
    for (let at = 0; at < V128_BYTES; at += 8) {
      const mask = -comparison(s32(a, at), s32(a, at + 4), s32(b, at), s32(b, at + 4));
      put32(result, at, mask);
      put32(result, at + 4, mask);
    }
    return result;
  };
}
