// Kernels for scenarios that those of examples/kernels do not serve.

/** Asks for the parameters of the data availability layer at every level, and stores them. */
export const DAL_PARAMETERS_KERNEL = `(module
  (import "smart_rollup_core" "reveal" (func $reveal (param i32 i32 i32 i32) (result i32)))
  (import "smart_rollup_core" "store_write" (func $store_write (param i32 i32 i32 i32 i32) (result i32)))
  (memory 1)
  (export "memory" (memory 0))
  (data (i32.const 0) "\\03")
  (data (i32.const 16) "/parameters")
  (func (export "kernel_run")
    (local $size i32)
    (local.set $size (call $reveal (i32.const 0) (i32.const 1) (i32.const 64) (i32.const 4096)))
    (drop (call $store_write (i32.const 16) (i32.const 11) (i32.const 0) (i32.const 64) (local.get $size)))))`;
