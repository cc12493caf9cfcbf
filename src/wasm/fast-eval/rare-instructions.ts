/**
 * The rarer i32 instructions and memory accesses of the fast evaluator, apart from loop.ts so that it stays small enough to be compiled
 * soon. Each gives the slot after the operands when it is done, or MICRO, having changed nothing, when an operand is not what it should be
 * or the result is a trap.
 *
 * Cases are literals, see loop.ts. Typed-array reads are in bounds by construction, hence `as number`.
 */
import { i32Ctz, i32Popcnt } from "../numerics/int32.js";
import { MICRO } from "./control.js";
import { TAG } from "./engine.js";
import type { FlatMemory } from "./flat-memory.js";

const { NONE, I32, I64 } = TAG;

/** Executes an i32 instruction. */
export function int32Instruction(op: number, lo: Int32Array, tag: Uint8Array, top: number, start: number): number {
  let sp = top;
  switch (op) {
    case 77: {
      // I32_ROTL
      if (sp - 2 < start || tag[sp - 1] !== I32 || tag[sp - 2] !== I32) {
        return MICRO;
      }
      sp--;
      const a = lo[sp - 1] as number;
      const b = lo[sp] as number;
      lo[sp - 1] = (a << (b & 31)) | (a >>> (-b & 31));
      tag[sp] = NONE;
      return sp;
    }
    case 78: {
      // I32_ROTR
      if (sp - 2 < start || tag[sp - 1] !== I32 || tag[sp - 2] !== I32) {
        return MICRO;
      }
      sp--;
      const a = lo[sp - 1] as number;
      const b = lo[sp] as number;
      lo[sp - 1] = (a >>> (b & 31)) | (a << (-b & 31));
      tag[sp] = NONE;
      return sp;
    }
    case 67: {
      // I32_DIV_S
      if (
        sp - 2 < start ||
        tag[sp - 1] !== I32 ||
        tag[sp - 2] !== I32 ||
        lo[sp - 1] === 0 ||
        (lo[sp - 1] === -1 && lo[sp - 2] === -0x8000_0000)
      ) {
        return MICRO;
      }
      sp--;
      const a = lo[sp - 1] as number;
      const b = lo[sp] as number;
      lo[sp - 1] = (a / b) | 0;
      tag[sp] = NONE;
      return sp;
    }
    case 68: {
      // I32_DIV_U
      if (sp - 2 < start || tag[sp - 1] !== I32 || tag[sp - 2] !== I32 || lo[sp - 1] === 0) {
        return MICRO;
      }
      sp--;
      const a = lo[sp - 1] as number;
      const b = lo[sp] as number;
      lo[sp - 1] = ((a >>> 0) / (b >>> 0)) | 0;
      tag[sp] = NONE;
      return sp;
    }
    case 69: {
      // I32_REM_S
      if (sp - 2 < start || tag[sp - 1] !== I32 || tag[sp - 2] !== I32 || lo[sp - 1] === 0) {
        return MICRO;
      }
      sp--;
      const a = lo[sp - 1] as number;
      const b = lo[sp] as number;
      lo[sp - 1] = (a % b) | 0;
      tag[sp] = NONE;
      return sp;
    }
    case 70: {
      // I32_REM_U
      if (sp - 2 < start || tag[sp - 1] !== I32 || tag[sp - 2] !== I32 || lo[sp - 1] === 0) {
        return MICRO;
      }
      sp--;
      const a = lo[sp - 1] as number;
      const b = lo[sp] as number;
      lo[sp - 1] = ((a >>> 0) % (b >>> 0)) | 0;
      tag[sp] = NONE;
      return sp;
    }
    case 61: {
      // I32_CLZ
      if (sp <= start || tag[sp - 1] !== I32) {
        return MICRO;
      }
      const a = lo[sp - 1] as number;
      lo[sp - 1] = Math.clz32(a);
      return sp;
    }
    case 62: {
      // I32_CTZ
      if (sp <= start || tag[sp - 1] !== I32) {
        return MICRO;
      }
      const a = lo[sp - 1] as number;
      lo[sp - 1] = i32Ctz(a);
      return sp;
    }
    case 63: {
      // I32_POPCNT
      if (sp <= start || tag[sp - 1] !== I32) {
        return MICRO;
      }
      const a = lo[sp - 1] as number;
      lo[sp - 1] = i32Popcnt(a);
      return sp;
    }
    case 79: {
      // I32_EXTEND8_S
      if (sp <= start || tag[sp - 1] !== I32) {
        return MICRO;
      }
      const a = lo[sp - 1] as number;
      lo[sp - 1] = (a << 24) >> 24;
      return sp;
    }
    case 80: {
      // I32_EXTEND16_S
      if (sp <= start || tag[sp - 1] !== I32) {
        return MICRO;
      }
      const a = lo[sp - 1] as number;
      lo[sp - 1] = (a << 16) >> 16;
      return sp;
    }
    default:
      return MICRO;
  }
}

/** Executes a load or a store; `offset` as in the instruction. */
export function memoryAccess(
  op: number,
  offset: number,
  flat: FlatMemory,
  lo: Int32Array,
  hi: Int32Array,
  tag: Uint8Array,
  top: number,
  start: number,
): number {
  let sp = top;
  const { view, dirty, length: memoryLength } = flat;
  switch (op) {
    case 32: {
      // I32_LOAD8_S
      const address = (lo[sp - 1] as number) >>> 0;
      const at = address + (offset >>> 0);
      if (sp <= start || tag[sp - 1] !== I32 || at + 1 > memoryLength) {
        return MICRO;
      }
      lo[sp - 1] = view.getInt8(at);
      return sp;
    }
    case 34: {
      // I32_LOAD16_S
      const address = (lo[sp - 1] as number) >>> 0;
      const at = address + (offset >>> 0);
      if (sp <= start || tag[sp - 1] !== I32 || at + 2 > memoryLength) {
        return MICRO;
      }
      lo[sp - 1] = view.getInt16(at, true);
      return sp;
    }
    case 36: {
      // I64_LOAD8_S
      const address = (lo[sp - 1] as number) >>> 0;
      const at = address + (offset >>> 0);
      if (sp <= start || tag[sp - 1] !== I32 || at + 1 > memoryLength) {
        return MICRO;
      }
      tag[sp - 1] = I64;
      lo[sp - 1] = view.getInt8(at);
      hi[sp - 1] = (lo[sp - 1] as number) >> 31;
      return sp;
    }
    case 37: {
      // I64_LOAD8_U
      const address = (lo[sp - 1] as number) >>> 0;
      const at = address + (offset >>> 0);
      if (sp <= start || tag[sp - 1] !== I32 || at + 1 > memoryLength) {
        return MICRO;
      }
      tag[sp - 1] = I64;
      lo[sp - 1] = view.getUint8(at);
      hi[sp - 1] = 0;
      return sp;
    }
    case 38: {
      // I64_LOAD16_S
      const address = (lo[sp - 1] as number) >>> 0;
      const at = address + (offset >>> 0);
      if (sp <= start || tag[sp - 1] !== I32 || at + 2 > memoryLength) {
        return MICRO;
      }
      tag[sp - 1] = I64;
      lo[sp - 1] = view.getInt16(at, true);
      hi[sp - 1] = (lo[sp - 1] as number) >> 31;
      return sp;
    }
    case 39: {
      // I64_LOAD16_U
      const address = (lo[sp - 1] as number) >>> 0;
      const at = address + (offset >>> 0);
      if (sp <= start || tag[sp - 1] !== I32 || at + 2 > memoryLength) {
        return MICRO;
      }
      tag[sp - 1] = I64;
      lo[sp - 1] = view.getUint16(at, true);
      hi[sp - 1] = 0;
      return sp;
    }
    case 40: {
      // I64_LOAD32_S
      const address = (lo[sp - 1] as number) >>> 0;
      const at = address + (offset >>> 0);
      if (sp <= start || tag[sp - 1] !== I32 || at + 4 > memoryLength) {
        return MICRO;
      }
      tag[sp - 1] = I64;
      lo[sp - 1] = view.getInt32(at, true);
      hi[sp - 1] = (lo[sp - 1] as number) >> 31;
      return sp;
    }
    case 41: {
      // I64_LOAD32_U
      const address = (lo[sp - 1] as number) >>> 0;
      const at = address + (offset >>> 0);
      if (sp <= start || tag[sp - 1] !== I32 || at + 4 > memoryLength) {
        return MICRO;
      }
      tag[sp - 1] = I64;
      lo[sp - 1] = view.getInt32(at, true);
      hi[sp - 1] = 0;
      return sp;
    }
    case 45: {
      // I32_STORE16
      const address = (lo[sp - 2] as number) >>> 0;
      const at = address + (offset >>> 0);
      if (sp - 2 < start || tag[sp - 1] !== I32 || tag[sp - 2] !== I32 || at + 2 > memoryLength) {
        return MICRO;
      }
      if (dirty[at >>> 9] === 0) flat.touch(at >>> 9);
      if (dirty[(at + 1) >>> 9] === 0) flat.touch((at + 1) >>> 9);
      view.setInt16(at, lo[sp - 1] as number, true);
      tag[--sp] = NONE;
      tag[--sp] = NONE;
      return sp;
    }
    case 46: {
      // I64_STORE8
      const address = (lo[sp - 2] as number) >>> 0;
      const at = address + (offset >>> 0);
      if (sp - 2 < start || tag[sp - 1] !== I64 || tag[sp - 2] !== I32 || at + 1 > memoryLength) {
        return MICRO;
      }
      if (dirty[at >>> 9] === 0) flat.touch(at >>> 9);
      view.setInt8(at, lo[sp - 1] as number);
      tag[--sp] = NONE;
      tag[--sp] = NONE;
      return sp;
    }
    case 47: {
      // I64_STORE16
      const address = (lo[sp - 2] as number) >>> 0;
      const at = address + (offset >>> 0);
      if (sp - 2 < start || tag[sp - 1] !== I64 || tag[sp - 2] !== I32 || at + 2 > memoryLength) {
        return MICRO;
      }
      if (dirty[at >>> 9] === 0) flat.touch(at >>> 9);
      if (dirty[(at + 1) >>> 9] === 0) flat.touch((at + 1) >>> 9);
      view.setInt16(at, lo[sp - 1] as number, true);
      tag[--sp] = NONE;
      tag[--sp] = NONE;
      return sp;
    }
    case 48: {
      // I64_STORE32
      const address = (lo[sp - 2] as number) >>> 0;
      const at = address + (offset >>> 0);
      if (sp - 2 < start || tag[sp - 1] !== I64 || tag[sp - 2] !== I32 || at + 4 > memoryLength) {
        return MICRO;
      }
      if (dirty[at >>> 9] === 0) flat.touch(at >>> 9);
      if (dirty[(at + 3) >>> 9] === 0) flat.touch((at + 3) >>> 9);
      view.setInt32(at, lo[sp - 1] as number, true);
      tag[--sp] = NONE;
      tag[--sp] = NONE;
      return sp;
    }
    default:
      return MICRO;
  }
}
