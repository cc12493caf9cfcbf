// Modules of the initialisation tests, as text. Nothing validates them.
import wabt from "wabt";
import { ChunkedBytes } from "../../../src/merkle/chunked-bytes.js";
import { decodedModule, decodeStep, initialDecodeState } from "../../../src/wasm/decode/machine.js";
import { initialInit } from "../../../src/wasm/init/machine.js";
import type { InitState } from "../../../src/wasm/init/state.js";
import { linkStep, startLinking } from "../../../src/wasm/link/link.js";
import type { Module } from "../../../src/wasm/syntax.js";
import { HOST_MODULE, importHost } from "./import-host.js";

const { parseWat } = await wabt();

/** The module that a binary decodes to. */
export function decodeModule(binary: Uint8Array): Module {
  const kernel = ChunkedBytes.ofBytes(binary);
  for (let state = initialDecodeState(); ; state = decodeStep(state, kernel, "pvm")) {
    const module = decodedModule(state);
    if (module !== null) return module;
  }
}

/** The module of a text, not validated. */
export function textModule(wat: string): Module {
  const features = { bulk_memory: true, reference_types: true, simd: true, multi_memory: true };
  const parsed = parseWat("test.wat", wat, features);
  try {
    return decodeModule(parsed.toBinary({}).buffer);
  } finally {
    parsed.destroy();
  }
}

/** The state in which the initialisation of a module starts, its imports resolved by the test host. */
export function linked(module: Module): InitState {
  for (let state = startLinking(module); ; ) {
    const outcome = linkStep(state, importHost(), HOST_MODULE);
    if (outcome.tag === "error") throw new Error(outcome.text);
    if (outcome.tag === "done") return initialInit(outcome.module, outcome.externs);
    state = outcome.state;
  }
}

/** Segments of every kind, constants of several forms, and a start function that runs every bulk instruction. */
export const BULK_MODULE = `(module
  (import "smart_rollup_core" "read_input" (func $read (param i32 i32 i32) (result i32)))
  (type $nothing (func))
  (memory (export "mem") 1)
  (table $t 20 40 funcref)
  (table $u 9 externref)
  (table $w 12 funcref)
  (global $zero i32 (i32.const 7))
  (global $wide (mut i64) (i64.const -3))
  (global $vec v128 (v128.const i32x4 1 2 3 4))
  (global $ref funcref (ref.func $a))
  (global $null (mut externref) (ref.null extern))
  (global $block i32 (i32.const 11))
  (data $first (i32.const 500) "some bytes that cross a chunk of memory")
  (data $empty (i32.const 3) "")
  (data $passive "kept for the start function")
  (elem $active (table $t) (i32.const 2) func $a $b $read $a)
  (elem $exprs (table $t) (offset (i32.const 9)) funcref (ref.func $b) (ref.null func) (item (global.get $ref)))
  (elem $kept func $b $a $b)
  (elem declare func $start)
  (func $a (type $nothing))
  (func $b (param i32) (result i32) (local.get 0))
  (func $start (local $i i32)
    (i32.const 77)
    (memory.init $passive (i32.const 510) (i32.const 2) (i32.const 20))
    (memory.fill (i32.const 1020) (i32.const 0x1ff) (i32.const 9))
    (memory.copy (i32.const 100) (i32.const 505) (i32.const 30))
    (memory.copy (i32.const 515) (i32.const 510) (i32.const 25))
    (memory.copy (i32.const 40) (i32.const 40) (i32.const 3))
    (memory.copy (i32.const 4000) (i32.const 3999) (i32.const 1))
    (memory.fill (i32.const 5000) (i32.const 0) (i32.const 4))
    (memory.fill (i32.const 0) (i32.const 1) (i32.const 0))
    (table.init $t $kept (i32.const 14) (i32.const 0) (i32.const 3))
    (table.fill $t (i32.const 17) (ref.func $b) (i32.const 3))
    (table.fill $u (i32.const 1) (ref.null extern) (i32.const 5))
    (table.copy $t $t (i32.const 1) (i32.const 4) (i32.const 6))
    (table.copy $t $t (i32.const 8) (i32.const 3) (i32.const 7))
    (table.copy $w $t (i32.const 1) (i32.const 8) (i32.const 5))
    (table.copy $w $t (i32.const 4) (i32.const 1) (i32.const 6))
    (block (result i32) (i32.const 5) (memory.fill (i32.const 9) (i32.const 3) (i32.const 2)))
    drop
    drop)
  (export "kernel_run" (func $a))
  (export "\\"quoted\\\\name\\"" (func $b))
  (export "caf\\c3\\a9" (func $read))
  (export "\\7f\\01" (func $read))
  (export "kernel_run2" (func $b))
  (export "table" (table $t))
  (export "global" (global $zero))
  (start $start))`;
