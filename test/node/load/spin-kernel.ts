// A kernel that computes for as long as it is told to: an external message of "S" and a number of turns (32 bits, little-endian) makes it go
// round so often at the end of its level.

import { assemble } from "../../l1/sandbox/rollup.js";

const SOURCE = `(module
  (import "smart_rollup_core" "read_input" (func $read_input (param i32 i32 i32) (result i32)))
  (import "smart_rollup_core" "store_write" (func $store_write (param i32 i32 i32 i32 i32) (result i32)))
  (memory 1) (export "memory" (memory 0))
  (data (i32.const 8192) "/spun")
  (data (i32.const 8208) "/page/first")
  (func (export "kernel_run") (local $size i32) (local $turns i32) (local $x i32)
    (loop $next_message
      (local.set $size (call $read_input (i32.const 0) (i32.const 16) (i32.const 4096)))
      (if (i32.gt_s (local.get $size) (i32.const 0))
        (then
          (if (i32.and (i32.eq (local.get $size) (i32.const 6)) (i32.eq (i32.load16_u (i32.const 16)) (i32.const 0x5301)))
            (then (local.set $turns (i32.add (local.get $turns) (i32.load (i32.const 18))))))
          (br $next_message))))
    (loop $spin
      (if (local.get $turns)
        (then
          (local.set $x (i32.add (i32.mul (local.get $x) (i32.const 1664525)) (i32.const 1013904223)))
          (local.set $turns (i32.sub (local.get $turns) (i32.const 1)))
          (br $spin))))
    (i32.store (i32.const 0) (local.get $x))
    (drop (call $store_write (i32.const 8192) (i32.const 5) (i32.const 0) (i32.const 0) (i32.const 4)))
    (drop (call $store_write (i32.const 8208) (i32.const 11) (i32.const 0) (i32.const 0) (i32.const 2048)))))`;

/** Ticks of a turn of the loop; a test holds it to the machine. */
export const TICKS_A_TURN = 91;

export function spinKernel(): Uint8Array {
  return assemble(SOURCE);
}

/** The message that makes a level take so many ticks of evaluation, or a few more. */
export function spinMessage(ticks: number): Uint8Array {
  const message = new Uint8Array(5);
  message[0] = 0x53;
  new DataView(message.buffer).setUint32(1, Math.ceil(ticks / TICKS_A_TURN), true);
  return message;
}
