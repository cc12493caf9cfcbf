// Beyond scalar.test.ts: which error a failing truncation raises (V8 has one message for both), the fixed choice of NaN
// results, and operand types that an operator does not take.

import { describe, expect, test } from "vitest";
import { f32Convert, f64Convert, i32Convert, i64Convert } from "../../../src/wasm/numerics/convert.js";
import { IntegerOverflow, InvalidConversion } from "../../../src/wasm/numerics/errors.js";
import { f32Binary, f32Unary } from "../../../src/wasm/numerics/float32.js";
import { f64Binary, f64Unary } from "../../../src/wasm/numerics/float64.js";
import { i32Unary } from "../../../src/wasm/numerics/int32.js";

const F32_NAN = 0x7fc00000;
const F32_INFINITY = 0x7f800000;
const F64_NAN = 0x7ff8000000000000n;
const F64_SIGNALLING = 0x7ff0000000000001n;
const F64_INFINITY = 0x7ff0000000000000n;

describe("truncation", () => {
  test("of a NaN is an invalid conversion", () => {
    for (const table of [i32Convert, i64Convert]) {
      expect(() => table.F32.TruncSF32?.(F32_NAN)).toThrow(InvalidConversion);
      expect(() => table.F32.TruncUF32?.(-1)).toThrow(InvalidConversion);
      expect(() => table.F64.TruncSF64?.(F64_NAN)).toThrow(InvalidConversion);
      expect(() => table.F64.TruncUF64?.(F64_SIGNALLING)).toThrow("invalid conversion to integer");
    }
  });

  test("of a number out of range is an integer overflow", () => {
    for (const table of [i32Convert, i64Convert]) {
      expect(() => table.F32.TruncSF32?.(F32_INFINITY)).toThrow(IntegerOverflow);
      expect(() => table.F32.TruncUF32?.(-0x40800000)).toThrow(IntegerOverflow); // -1
      expect(() => table.F64.TruncSF64?.(f64Unary.Neg(F64_INFINITY))).toThrow(IntegerOverflow);
      expect(() => table.F64.TruncUF64?.(F64_INFINITY)).toThrow("integer overflow");
    }
  });
});

describe("NaN results", () => {
  test("take the first operand that is a NaN, made quiet", () => {
    expect(f32Binary.Add(0x7fa00001, 0x7fc00002)).toBe(0x7fe00001);
    expect(f32Binary.Div(0, -0x003ffffe)).toBe(-0x003ffffe);
    expect(f32Binary.Min(0x3f800000, 0x7f800003)).toBe(0x7fc00003);
    expect(f32Binary.Max(0x7f800003, 0x7f800004)).toBe(0x7fc00003);
    expect(f64Binary.Sub(F64_SIGNALLING, F64_NAN)).toBe(F64_SIGNALLING | 0x8000000000000n);
    expect(f64Unary.Nearest(F64_SIGNALLING)).toBe(F64_SIGNALLING | 0x8000000000000n);
  });

  test("are the positive canonical NaN if no operand is one", () => {
    expect(f32Binary.Div(0, 0)).toBe(F32_NAN);
    expect(f32Unary.Sqrt(-0x40800000)).toBe(F32_NAN);
    expect(f64Binary.Mul(0n, F64_INFINITY)).toBe(F64_NAN);
    expect(f64Binary.Sub(F64_INFINITY, F64_INFINITY)).toBe(F64_NAN);
  });

  test("keep sign and payload from one width to the other", () => {
    expect(f64Convert.F32.PromoteF32?.(-0x7ffffe | 0)).toBe(BigInt.asIntN(64, 0xfff8000040000000n));
    expect(f32Convert.F64.DemoteF64?.(BigInt.asIntN(64, 0xfff4000060000000n))).toBe(0xffe00003 | 0);
  });
});

test("an operator has no entry under an operand type it does not take", () => {
  expect(i32Convert.I32).toEqual({});
  expect(i32Convert.I64.ExtendSI32).toBeUndefined();
  expect(i64Convert.I64).toEqual({});
  expect(i32Convert.F64.ReinterpretFloat).toBeUndefined();
  expect(f32Convert.F64.PromoteF32).toBeUndefined();
});

test("the i32 sign extension from 32 bits, which no instruction has, is the identity", () => {
  expect(i32Unary.ExtendS32(-5)).toBe(-5);
});
