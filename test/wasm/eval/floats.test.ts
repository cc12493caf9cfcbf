// Floats exist at the full language level only: the same evaluator, on decoded modules that the PVM would refuse.
import { describe, expect, it } from "vitest";
import { GuestError } from "../../../src/wasm/guest-errors.js";
import { f32Bits, f64Bits } from "../../../src/wasm/numerics/float-bits.js";
import { i32, i64, type Value } from "../../../src/wasm/runtime.js";
import { NO_HOST, results } from "./kernel-run.js";

const f32 = (value: number): Value => ({ tag: "num", num: { type: "f32", value: f32Bits(value) } });
const f64 = (value: number): Value => ({ tag: "num", num: { type: "f64", value: f64Bits(value) } });

function run(type: string, body: string): readonly Value[] | string {
  const wat = `(module (memory (export "mem") 1) (global $g (mut f64) (f64.const 2.5))
    (func (export "kernel_run") (result ${type}) (local $zero f32) ${body}))`;
  return results(wat, NO_HOST, "full");
}

describe("floats", () => {
  const cases: readonly (readonly [type: string, body: string, expected: Value | string])[] = [
    ["f32", "(local.get $zero)", f32(0)],
    ["f32", "(f32.add (f32.const 1.5) (f32.const 2.25))", f32(3.75)],
    ["f64", "(f64.div (f64.const 1) (f64.const 3))", f64(1 / 3)],
    ["f64", "(f64.sqrt (global.get $g))", f64(Math.sqrt(2.5))],
    ["i32", "(f64.lt (f64.const 1) (f64.const 2))", i32(1)],
    ["f32", "(f32.store (i32.const 8) (f32.const 0.1)) (f32.load (i32.const 8))", f32(Math.fround(0.1))],
    ["f64", "(f64.store (i32.const 509) (f64.const -7)) (f64.load (i32.const 509))", f64(-7)],
    ["i32", "(i32.trunc_f64_s (f64.const -7.9))", i32(-7)],
    ["i32", "(i32.trunc_f64_s (f64.const nan))", "invalid conversion to integer"],
    ["i64", "(i64.trunc_f32_u (f32.const -1))", "integer overflow"],
    ["i64", "(i64.trunc_sat_f64_s (f64.const 1e300))", i64(2n ** 63n - 1n)],
    ["f64", "(f64.convert_i64_u (i64.const -1))", f64(2 ** 64)],
    ["f64", "(f64.promote_f32 (f32.const 0.5))", f64(0.5)],
    ["i32", "(i32.reinterpret_f32 (f32.const 1))", i32(0x3f80_0000)],
    ["f32", "(f32x4.extract_lane 2 (f32x4.mul (f32x4.splat (f32.const 3)) (f32x4.splat (f32.const 0.5))))", f32(1.5)],
    ["f64", "(f64x2.extract_lane 1 (f64x2.replace_lane 1 (f64x2.splat (f64.const 1)) (f64.const 9)))", f64(9)],
  ];
  it.each(cases)("%s: %s", (type, body, expected) => {
    expect(run(type, body)).toEqual(typeof expected === "string" ? expected : [expected]);
  });

  it("are refused by the PVM", () => {
    const wat = `(module (memory (export "mem") 1) (func (export "kernel_run") (drop (f32.const 1))))`;
    expect(() => results(wat)).toThrow(GuestError);
  });
});
