// The validator on modules made wrong at random, against V8: valid modules with a few bytes changed. All that V8 sees otherwise is what it
// knows beyond WebAssembly 2.0, and what the decoder, as the reference's, lets pass in custom sections.
import fc from "fast-check";
import { expect, it } from "vitest";
import { decodeModule } from "../../../src/wasm/decode/many.js";
import { GuestError } from "../../../src/wasm/guest-errors.js";
import { validationErrors } from "../../../src/wasm/validate/validate.js";
import { assemble } from "./support.js";

const MODULES = [
  `(module (type (func (param i32 i64) (result i64 i32))) (import "m" "f" (func $f (param f32))) (import "m" "g" (global $g i64))
    (table 3 funcref) (table 2 externref) (memory 1 3) (global $h (mut i32) (i32.const 5)) (global i64 (global.get $g))
    (elem (i32.const 0) $f $a) (elem declare func $b) (data (i32.const 3) "abc") (data "d")
    (func $a (param i32) (result i32) (local i64 f32)
      (block $l (result i32) (loop $k (br_if $k (i32.eqz (local.get 0)))) (br_table $l $l 1 (i32.const 2) (local.get 0)))
      (local.set 1 (i64.load offset=4 (i32.const 0))) (call $f (local.get 2)) (global.set $h (i32.const 1)))
    (func $b (type 0) (i64.extend_i32_s (local.get 0)) (i32.wrap_i64 (local.get 1)) (block (param i64 i32) (result i64 i32)))
    (func (export "c") (memory.init 1 (i32.const 0) (i32.const 0) (i32.const 1)) (data.drop 0)
      (table.set 0 (i32.const 1) (ref.func $b)) (table.copy 0 0 (i32.const 0) (i32.const 1) (i32.const 1))
      (drop (table.grow 1 (ref.null extern) (i32.const 1))) (drop (select (result funcref) (ref.null func) (ref.func $b) (i32.const 1)))))`,
  `(module (memory 1) (func (param v128 v128) (result v128) (local f64)
      (i8x16.shuffle 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 (local.get 0) (local.get 1)) (i32x4.add (local.get 1))
      (f64x2.replace_lane 1 (local.get 2)) (i16x8.shl (i32.const 3)) (v128.bitselect (local.get 0) (v128.load (i32.const 16)))
      (v128.store32_lane 2 (i32.const 0) (local.get 0)) (drop (i16x8.extract_lane_u 7 (local.get 0))))
    (func (result f64) (f64.const 2.5) (f64.promote_f32 (f32.const 1)) (f64.add) (if (result f64) (i32.const 1) (then (f64.const 1)) (else (unreachable) (f64.neg)))
      (return) (f64.sqrt) (drop) (i64.trunc_sat_f32_u (f32.const 0)) (drop) (f64.nearest)))`,
  `(module (func (param i32 i64 f32 f64) (result i32)
    (if (result i32) (local.get 0) (then (i32.trunc_f64_s (local.get 3))) (else (i32.reinterpret_f32 (f32.copysign (local.get 2) (local.get 2)))))
    (block (br 0) (drop)) (loop (result i32) (i32.const 3)) (i32.rotl) (local.tee 0) (drop) (i64.clz (i64.shr_u (local.get 1) (i64.const 3))) (i64.ge_s (i64.const 4))
    (i32.extend8_s) (block (param i32) (result i32) (i32.popcnt)) (unreachable) (select) (i32.add (i32.const 1))))`,
].map(assemble);

/** What is known to differ: on V8's side, from newer proposals (tail calls, exceptions, shared memory), or the decoder's leniency. */
function isKnown(v8Accepts: boolean, ours: string | null): boolean {
  if (!v8Accepts) return ours === null;
  return (
    ours !== null && /^(illegal opcode (06|12|13|18|19|07|08|09)|integer too large|malformed section id)/.test(ours)
  );
}

function judge(bytes: Uint8Array): string | null {
  try {
    return validationErrors(decodeModule(bytes, "full"))[0]?.message ?? null;
  } catch (error) {
    if (error instanceof GuestError) return error.message;
    throw error;
  }
}

/** Whether V8 refuses a module only for what it says of a custom section. */
function isAboutCustomSection(bytes: Uint8Array): boolean {
  try {
    new WebAssembly.Module(new Uint8Array(bytes));
    return false;
  } catch (error) {
    return /expected \d+ bytes, fell off end/.test(String(error));
  }
}

const mutation = fc.record({
  module: fc.constantFrom(...MODULES),
  changes: fc.array(
    fc.record({
      at: fc.nat(),
      to: fc.oneof(fc.nat(255), fc.constantFrom(0x0b, 0x1a, 0x6a, 0x7c, 0x20, 0x0c, 0x00, 0x01)),
    }),
    { minLength: 1, maxLength: 3 },
  ),
});

it("accepts and refuses what V8 does", () => {
  let valid = 0;
  fc.assert(
    fc.property(mutation, ({ module, changes }) => {
      const bytes = new Uint8Array(module);
      for (const { at, to } of changes) bytes[8 + (at % (bytes.length - 8))] = to;
      const ours = judge(bytes);
      const accepted = WebAssembly.validate(bytes);
      if (accepted) valid++;
      if (accepted === (ours === null)) return;
      const excused = isKnown(accepted, ours) && (accepted || isAboutCustomSection(bytes));
      expect(excused, `V8 ${accepted ? "accepts" : "refuses"}, ours: ${ours}`).toBe(true);
    }),
    { numRuns: 20_000, seed: 20_240_711 },
  );
  // Both kinds must come up, or nothing is compared.
  expect(valid).toBeGreaterThan(1000);
});
