;; counter.wat: durable storage and reboots.
;;
;; Durable storage is the rollup's disk: a tree of values under keys such as "/counter". It outlives the call of
;; `kernel_run`, and its hash is what layer 1 commits to. This kernel keeps the number of its runs at /counter, as a
;; little-endian 32-bit integer.
;;
;; A run may last only so many ticks. A kernel with more to do saves its work, writes any value at /kernel/env/reboot
;; and returns: it is then called again within the same level, up to 1000 times. The machine takes the request away each
;; time and keeps the number of reboots left at /readonly/kernel/env/reboot_counter (little-endian, 32 bits): 1000 in
;; the first run of a level, 999 in the second, and so on. Keys below /readonly can be read but not written by a kernel.
;;
;; Here each level asks for $reboots_per_level reboots, so /counter grows by one more than that at every level. Messages
;; are never read: what is left of an inbox is dropped at the end of the level.

(module
  ;; store_read(key, key_size, offset, destination, max_size) copies bytes of the value at the key from `offset` on (at
  ;; most 2048 at a time). Returns their number or a negative error code, -3 where there is no value.
  (import "smart_rollup_core" "store_read"
    (func $store_read
      (param $key i32) (param $key_size i32) (param $offset i32) (param $destination i32) (param $max_size i32)
      (result i32)))

  ;; store_write(key, key_size, offset, source, size) writes bytes (at most 2048 at a time) into the value at the key,
  ;; which grows as needed and is created if absent. Returns 0 or a negative error code.
  (import "smart_rollup_core" "store_write"
    (func $store_write
      (param $key i32) (param $key_size i32) (param $offset i32) (param $source i32) (param $size i32)
      (result i32)))

  ;; write_debug(source, size) prints a text where one is watching, as in the debugger, and has no other effect.
  (import "smart_rollup_core" "write_debug"
    (func $write_debug (param $source i32) (param $size i32)))

  ;; Memory: 0..3 the counter, 4..7 the reboots left, 16.. texts.
  (memory 1)
  (export "memory" (memory 0))

  (data (i32.const 16) "/counter")
  (data (i32.const 32) "/kernel/env/reboot")
  (data (i32.const 64) "/readonly/kernel/env/reboot_counter")
  (data (i32.const 128) "counter: asking for a reboot\n")
  (data (i32.const 160) "counter: done for this level\n")

  (global $reboots_per_level i32 (i32.const 3))
  ;; What the machine says in the first run of a level.
  (global $max_reboots i32 (i32.const 1000))

  ;; Adds one to /counter. At the very first run there is no value to read, and the memory holds 0 already.
  (func $count_this_run
    (drop (call $store_read (i32.const 16) (i32.const 8) (i32.const 0) (i32.const 0) (i32.const 4)))
    (i32.store (i32.const 0) (i32.add (i32.load (i32.const 0)) (i32.const 1)))
    (drop (call $store_write (i32.const 16) (i32.const 8) (i32.const 0) (i32.const 0) (i32.const 4))))

  ;; How many reboots this level has had so far.
  (func $reboots_done (result i32)
    (drop (call $store_read (i32.const 64) (i32.const 35) (i32.const 0) (i32.const 4) (i32.const 4)))
    (i32.sub (global.get $max_reboots) (i32.load (i32.const 4))))

  (func $ask_for_reboot
    ;; An empty value will do: only its presence counts.
    (drop (call $store_write (i32.const 32) (i32.const 18) (i32.const 0) (i32.const 0) (i32.const 0)))
    (call $write_debug (i32.const 128) (i32.const 29)))

  (func (export "kernel_run")
    (call $count_this_run)
    (if (i32.lt_s (call $reboots_done) (global.get $reboots_per_level))
      (then (call $ask_for_reboot))
      (else (call $write_debug (i32.const 160) (i32.const 29))))))
