/**
 * i64 instructions of the fast evaluator, one function so that loop.ts stays small enough to be compiled soon. Each gives the slot after the
 * operands when it is done, or MICRO, having changed nothing, when an operand is not what it should be or the result is a trap.
 *
 * Cases are literals, see loop.ts. Typed-array reads are in bounds by construction, hence `as number`.
 */
import {
  halvesClz,
  halvesCtz,
  halvesDivS,
  halvesDivU,
  halvesMul,
  halvesPopcnt,
  halvesRemS,
  halvesRemU,
  halvesRotl,
  halvesRotr,
  halvesShl,
  halvesShrS,
  halvesShrU,
  high,
} from "../numerics/int64-halves.js";
import { MICRO } from "./control.js";
import { TAG } from "./engine.js";

const { NONE, I32, I64 } = TAG;

/** Executes an i64 instruction or a conversion to i64. */
export function int64Instruction(
  op: number,
  lo: Int32Array,
  hi: Int32Array,
  tag: Uint8Array,
  top: number,
  start: number,
): number {
  let sp = top;
  switch (op) {
    case 122: {
      // I64_EXTEND_I32_S
      if (sp <= start || tag[sp - 1] !== I32) {
        return MICRO;
      }
      tag[sp - 1] = I64;
      hi[sp - 1] = (lo[sp - 1] as number) >> 31;
      return sp;
    }
    case 123: {
      // I64_EXTEND_I32_U
      if (sp <= start || tag[sp - 1] !== I32) {
        return MICRO;
      }
      tag[sp - 1] = I64;
      hi[sp - 1] = 0;
      return sp;
    }
    case 91: {
      // I64_EQ
      if (sp - 2 < start || tag[sp - 1] !== I64 || tag[sp - 2] !== I64) {
        return MICRO;
      }
      sp--;
      const a = lo[sp - 1] as number;
      const b = lo[sp] as number;
      const aHigh = hi[sp - 1] as number;
      const bHigh = hi[sp] as number;
      tag[sp] = NONE;
      tag[sp - 1] = I32;
      lo[sp - 1] = a === b && aHigh === bHigh ? 1 : 0;
      return sp;
    }
    case 92: {
      // I64_NE
      if (sp - 2 < start || tag[sp - 1] !== I64 || tag[sp - 2] !== I64) {
        return MICRO;
      }
      sp--;
      const a = lo[sp - 1] as number;
      const b = lo[sp] as number;
      const aHigh = hi[sp - 1] as number;
      const bHigh = hi[sp] as number;
      tag[sp] = NONE;
      tag[sp - 1] = I32;
      lo[sp - 1] = a !== b || aHigh !== bHigh ? 1 : 0;
      return sp;
    }
    case 93: {
      // I64_LT_S
      if (sp - 2 < start || tag[sp - 1] !== I64 || tag[sp - 2] !== I64) {
        return MICRO;
      }
      sp--;
      const a = lo[sp - 1] as number;
      const b = lo[sp] as number;
      const aHigh = hi[sp - 1] as number;
      const bHigh = hi[sp] as number;
      tag[sp] = NONE;
      tag[sp - 1] = I32;
      lo[sp - 1] = (aHigh === bHigh ? a >>> 0 < b >>> 0 : aHigh < bHigh) ? 1 : 0;
      return sp;
    }
    case 94: {
      // I64_LT_U
      if (sp - 2 < start || tag[sp - 1] !== I64 || tag[sp - 2] !== I64) {
        return MICRO;
      }
      sp--;
      const a = lo[sp - 1] as number;
      const b = lo[sp] as number;
      const aHigh = hi[sp - 1] as number;
      const bHigh = hi[sp] as number;
      tag[sp] = NONE;
      tag[sp - 1] = I32;
      lo[sp - 1] = (aHigh === bHigh ? a >>> 0 < b >>> 0 : aHigh >>> 0 < bHigh >>> 0) ? 1 : 0;
      return sp;
    }
    case 95: {
      // I64_GT_S
      if (sp - 2 < start || tag[sp - 1] !== I64 || tag[sp - 2] !== I64) {
        return MICRO;
      }
      sp--;
      const a = lo[sp - 1] as number;
      const b = lo[sp] as number;
      const aHigh = hi[sp - 1] as number;
      const bHigh = hi[sp] as number;
      tag[sp] = NONE;
      tag[sp - 1] = I32;
      lo[sp - 1] = (aHigh === bHigh ? a >>> 0 > b >>> 0 : aHigh > bHigh) ? 1 : 0;
      return sp;
    }
    case 96: {
      // I64_GT_U
      if (sp - 2 < start || tag[sp - 1] !== I64 || tag[sp - 2] !== I64) {
        return MICRO;
      }
      sp--;
      const a = lo[sp - 1] as number;
      const b = lo[sp] as number;
      const aHigh = hi[sp - 1] as number;
      const bHigh = hi[sp] as number;
      tag[sp] = NONE;
      tag[sp - 1] = I32;
      lo[sp - 1] = (aHigh === bHigh ? a >>> 0 > b >>> 0 : aHigh >>> 0 > bHigh >>> 0) ? 1 : 0;
      return sp;
    }
    case 97: {
      // I64_LE_S
      if (sp - 2 < start || tag[sp - 1] !== I64 || tag[sp - 2] !== I64) {
        return MICRO;
      }
      sp--;
      const a = lo[sp - 1] as number;
      const b = lo[sp] as number;
      const aHigh = hi[sp - 1] as number;
      const bHigh = hi[sp] as number;
      tag[sp] = NONE;
      tag[sp - 1] = I32;
      lo[sp - 1] = (aHigh === bHigh ? a >>> 0 <= b >>> 0 : aHigh < bHigh) ? 1 : 0;
      return sp;
    }
    case 98: {
      // I64_LE_U
      if (sp - 2 < start || tag[sp - 1] !== I64 || tag[sp - 2] !== I64) {
        return MICRO;
      }
      sp--;
      const a = lo[sp - 1] as number;
      const b = lo[sp] as number;
      const aHigh = hi[sp - 1] as number;
      const bHigh = hi[sp] as number;
      tag[sp] = NONE;
      tag[sp - 1] = I32;
      lo[sp - 1] = (aHigh === bHigh ? a >>> 0 <= b >>> 0 : aHigh >>> 0 < bHigh >>> 0) ? 1 : 0;
      return sp;
    }
    case 99: {
      // I64_GE_S
      if (sp - 2 < start || tag[sp - 1] !== I64 || tag[sp - 2] !== I64) {
        return MICRO;
      }
      sp--;
      const a = lo[sp - 1] as number;
      const b = lo[sp] as number;
      const aHigh = hi[sp - 1] as number;
      const bHigh = hi[sp] as number;
      tag[sp] = NONE;
      tag[sp - 1] = I32;
      lo[sp - 1] = (aHigh === bHigh ? a >>> 0 >= b >>> 0 : aHigh > bHigh) ? 1 : 0;
      return sp;
    }
    case 100: {
      // I64_GE_U
      if (sp - 2 < start || tag[sp - 1] !== I64 || tag[sp - 2] !== I64) {
        return MICRO;
      }
      sp--;
      const a = lo[sp - 1] as number;
      const b = lo[sp] as number;
      const aHigh = hi[sp - 1] as number;
      const bHigh = hi[sp] as number;
      tag[sp] = NONE;
      tag[sp - 1] = I32;
      lo[sp - 1] = (aHigh === bHigh ? a >>> 0 >= b >>> 0 : aHigh >>> 0 > bHigh >>> 0) ? 1 : 0;
      return sp;
    }
    case 104: {
      // I64_ADD
      if (sp - 2 < start || tag[sp - 1] !== I64 || tag[sp - 2] !== I64) {
        return MICRO;
      }
      sp--;
      const a = lo[sp - 1] as number;
      const b = lo[sp] as number;
      const aHigh = hi[sp - 1] as number;
      const bHigh = hi[sp] as number;
      tag[sp] = NONE;
      const sum = (a + b) | 0;
      lo[sp - 1] = sum;
      hi[sp - 1] = aHigh + bHigh + (sum >>> 0 < a >>> 0 ? 1 : 0);
      return sp;
    }
    case 105: {
      // I64_SUB
      if (sp - 2 < start || tag[sp - 1] !== I64 || tag[sp - 2] !== I64) {
        return MICRO;
      }
      sp--;
      const a = lo[sp - 1] as number;
      const b = lo[sp] as number;
      const aHigh = hi[sp - 1] as number;
      const bHigh = hi[sp] as number;
      tag[sp] = NONE;
      lo[sp - 1] = a - b;
      hi[sp - 1] = aHigh - bHigh - (a >>> 0 < b >>> 0 ? 1 : 0);
      return sp;
    }
    case 111: {
      // I64_AND
      if (sp - 2 < start || tag[sp - 1] !== I64 || tag[sp - 2] !== I64) {
        return MICRO;
      }
      sp--;
      const a = lo[sp - 1] as number;
      const b = lo[sp] as number;
      const aHigh = hi[sp - 1] as number;
      const bHigh = hi[sp] as number;
      tag[sp] = NONE;
      lo[sp - 1] = a & b;
      hi[sp - 1] = aHigh & bHigh;
      return sp;
    }
    case 112: {
      // I64_OR
      if (sp - 2 < start || tag[sp - 1] !== I64 || tag[sp - 2] !== I64) {
        return MICRO;
      }
      sp--;
      const a = lo[sp - 1] as number;
      const b = lo[sp] as number;
      const aHigh = hi[sp - 1] as number;
      const bHigh = hi[sp] as number;
      tag[sp] = NONE;
      lo[sp - 1] = a | b;
      hi[sp - 1] = aHigh | bHigh;
      return sp;
    }
    case 113: {
      // I64_XOR
      if (sp - 2 < start || tag[sp - 1] !== I64 || tag[sp - 2] !== I64) {
        return MICRO;
      }
      sp--;
      const a = lo[sp - 1] as number;
      const b = lo[sp] as number;
      const aHigh = hi[sp - 1] as number;
      const bHigh = hi[sp] as number;
      tag[sp] = NONE;
      lo[sp - 1] = a ^ b;
      hi[sp - 1] = aHigh ^ bHigh;
      return sp;
    }
    case 106: {
      // I64_MUL
      if (sp - 2 < start || tag[sp - 1] !== I64 || tag[sp - 2] !== I64) {
        return MICRO;
      }
      sp--;
      const a = lo[sp - 1] as number;
      const b = lo[sp] as number;
      const aHigh = hi[sp - 1] as number;
      const bHigh = hi[sp] as number;
      tag[sp] = NONE;
      lo[sp - 1] = halvesMul(a, aHigh, b, bHigh);
      hi[sp - 1] = high[0] as number;
      return sp;
    }
    case 107: {
      // I64_DIV_S
      if (
        sp - 2 < start ||
        tag[sp - 1] !== I64 ||
        tag[sp - 2] !== I64 ||
        (lo[sp - 1] === 0 && hi[sp - 1] === 0) ||
        (lo[sp - 1] === -1 && hi[sp - 1] === -1 && lo[sp - 2] === 0 && hi[sp - 2] === -0x8000_0000)
      ) {
        return MICRO;
      }
      sp--;
      const a = lo[sp - 1] as number;
      const b = lo[sp] as number;
      const aHigh = hi[sp - 1] as number;
      const bHigh = hi[sp] as number;
      tag[sp] = NONE;
      lo[sp - 1] = halvesDivS(a, aHigh, b, bHigh);
      hi[sp - 1] = high[0] as number;
      return sp;
    }
    case 108: {
      // I64_DIV_U
      if (sp - 2 < start || tag[sp - 1] !== I64 || tag[sp - 2] !== I64 || (lo[sp - 1] === 0 && hi[sp - 1] === 0)) {
        return MICRO;
      }
      sp--;
      const a = lo[sp - 1] as number;
      const b = lo[sp] as number;
      const aHigh = hi[sp - 1] as number;
      const bHigh = hi[sp] as number;
      tag[sp] = NONE;
      lo[sp - 1] = halvesDivU(a, aHigh, b, bHigh);
      hi[sp - 1] = high[0] as number;
      return sp;
    }
    case 109: {
      // I64_REM_S
      if (sp - 2 < start || tag[sp - 1] !== I64 || tag[sp - 2] !== I64 || (lo[sp - 1] === 0 && hi[sp - 1] === 0)) {
        return MICRO;
      }
      sp--;
      const a = lo[sp - 1] as number;
      const b = lo[sp] as number;
      const aHigh = hi[sp - 1] as number;
      const bHigh = hi[sp] as number;
      tag[sp] = NONE;
      lo[sp - 1] = halvesRemS(a, aHigh, b, bHigh);
      hi[sp - 1] = high[0] as number;
      return sp;
    }
    case 110: {
      // I64_REM_U
      if (sp - 2 < start || tag[sp - 1] !== I64 || tag[sp - 2] !== I64 || (lo[sp - 1] === 0 && hi[sp - 1] === 0)) {
        return MICRO;
      }
      sp--;
      const a = lo[sp - 1] as number;
      const b = lo[sp] as number;
      const aHigh = hi[sp - 1] as number;
      const bHigh = hi[sp] as number;
      tag[sp] = NONE;
      lo[sp - 1] = halvesRemU(a, aHigh, b, bHigh);
      hi[sp - 1] = high[0] as number;
      return sp;
    }
    case 114: {
      // I64_SHL
      if (sp - 2 < start || tag[sp - 1] !== I64 || tag[sp - 2] !== I64) {
        return MICRO;
      }
      sp--;
      const a = lo[sp - 1] as number;
      const b = lo[sp] as number;
      const aHigh = hi[sp - 1] as number;
      tag[sp] = NONE;
      lo[sp - 1] = halvesShl(a, aHigh, b);
      hi[sp - 1] = high[0] as number;
      return sp;
    }
    case 115: {
      // I64_SHR_S
      if (sp - 2 < start || tag[sp - 1] !== I64 || tag[sp - 2] !== I64) {
        return MICRO;
      }
      sp--;
      const a = lo[sp - 1] as number;
      const b = lo[sp] as number;
      const aHigh = hi[sp - 1] as number;
      tag[sp] = NONE;
      lo[sp - 1] = halvesShrS(a, aHigh, b);
      hi[sp - 1] = high[0] as number;
      return sp;
    }
    case 116: {
      // I64_SHR_U
      if (sp - 2 < start || tag[sp - 1] !== I64 || tag[sp - 2] !== I64) {
        return MICRO;
      }
      sp--;
      const a = lo[sp - 1] as number;
      const b = lo[sp] as number;
      const aHigh = hi[sp - 1] as number;
      tag[sp] = NONE;
      lo[sp - 1] = halvesShrU(a, aHigh, b);
      hi[sp - 1] = high[0] as number;
      return sp;
    }
    case 117: {
      // I64_ROTL
      if (sp - 2 < start || tag[sp - 1] !== I64 || tag[sp - 2] !== I64) {
        return MICRO;
      }
      sp--;
      const a = lo[sp - 1] as number;
      const b = lo[sp] as number;
      const aHigh = hi[sp - 1] as number;
      tag[sp] = NONE;
      lo[sp - 1] = halvesRotl(a, aHigh, b);
      hi[sp - 1] = high[0] as number;
      return sp;
    }
    case 118: {
      // I64_ROTR
      if (sp - 2 < start || tag[sp - 1] !== I64 || tag[sp - 2] !== I64) {
        return MICRO;
      }
      sp--;
      const a = lo[sp - 1] as number;
      const b = lo[sp] as number;
      const aHigh = hi[sp - 1] as number;
      tag[sp] = NONE;
      lo[sp - 1] = halvesRotr(a, aHigh, b);
      hi[sp - 1] = high[0] as number;
      return sp;
    }
    case 90: {
      // I64_EQZ
      if (sp <= start || tag[sp - 1] !== I64) {
        return MICRO;
      }
      const a = lo[sp - 1] as number;
      tag[sp - 1] = I32;
      lo[sp - 1] = a === 0 && hi[sp - 1] === 0 ? 1 : 0;
      return sp;
    }
    case 101: {
      // I64_CLZ
      if (sp <= start || tag[sp - 1] !== I64) {
        return MICRO;
      }
      const a = lo[sp - 1] as number;
      lo[sp - 1] = halvesClz(a, hi[sp - 1] as number);
      hi[sp - 1] = 0;
      return sp;
    }
    case 102: {
      // I64_CTZ
      if (sp <= start || tag[sp - 1] !== I64) {
        return MICRO;
      }
      const a = lo[sp - 1] as number;
      lo[sp - 1] = halvesCtz(a, hi[sp - 1] as number);
      hi[sp - 1] = 0;
      return sp;
    }
    case 103: {
      // I64_POPCNT
      if (sp <= start || tag[sp - 1] !== I64) {
        return MICRO;
      }
      const a = lo[sp - 1] as number;
      lo[sp - 1] = halvesPopcnt(a, hi[sp - 1] as number);
      hi[sp - 1] = 0;
      return sp;
    }
    case 119: {
      // I64_EXTEND8_S
      if (sp <= start || tag[sp - 1] !== I64) {
        return MICRO;
      }
      const a = lo[sp - 1] as number;
      lo[sp - 1] = (a << 24) >> 24;
      hi[sp - 1] = (lo[sp - 1] as number) >> 31;
      return sp;
    }
    case 120: {
      // I64_EXTEND16_S
      if (sp <= start || tag[sp - 1] !== I64) {
        return MICRO;
      }
      const a = lo[sp - 1] as number;
      lo[sp - 1] = (a << 16) >> 16;
      hi[sp - 1] = (lo[sp - 1] as number) >> 31;
      return sp;
    }
    case 121: {
      // I64_EXTEND32_S
      if (sp <= start || tag[sp - 1] !== I64) {
        return MICRO;
      }
      const a = lo[sp - 1] as number;
      hi[sp - 1] = a >> 31;
      return sp;
    }
    default:
      return MICRO;
  }
}
