;; storage.wat: a key-value store driven by messages.
;;
;; Each external message is one order:
;;
;;   01 | size of the key: 1 byte | key | value: the rest
;;
;; A non-empty value is stored at the key in place of the old one; an empty value deletes the key and everything below
;; it. So `01 02 "/a" "hello"` puts "hello" at /a, and `01 02 "/a"` deletes it. A key starts with "/", its steps are
;; made of letters, digits and . - _ and it is at most 240 bytes long; orders with another key have no effect. Nor have
;; those for keys starting with /kernel, where the kernel's own code lives: whoever may write there can replace the
;; kernel.
;;
;; To show how trees are copied and moved, each value stored is also copied to /latest, with everything below its key,
;; and at the start of a level /latest is moved to /previous.

(module
  ;; See echo.wat.
  (import "smart_rollup_core" "read_input"
    (func $read_input (param $info i32) (param $destination i32) (param $max_size i32) (result i32)))

  ;; See counter.wat. A call writes at most 2048 bytes.
  (import "smart_rollup_core" "store_write"
    (func $store_write
      (param $key i32) (param $key_size i32) (param $offset i32) (param $source i32) (param $size i32)
      (result i32)))

  ;; store_delete removes the value at a key and all keys below it, store_delete_value the value alone. Both return 0,
  ;; whether there was something to remove or not, or a negative error code.
  (import "smart_rollup_core" "store_delete"
    (func $store_delete (param $key i32) (param $key_size i32) (result i32)))
  (import "smart_rollup_core" "store_delete_value"
    (func $store_delete_value (param $key i32) (param $key_size i32) (result i32)))

  ;; store_copy and store_move put the tree at one key (its value and all keys below it) in the place of the tree at
  ;; another. The cost does not depend on its size. Both return 0 or a negative error code, -10 if there is no such
  ;; tree.
  (import "smart_rollup_core" "store_copy"
    (func $store_copy (param $from i32) (param $from_size i32) (param $to i32) (param $to_size i32) (result i32)))
  (import "smart_rollup_core" "store_move"
    (func $store_move (param $from i32) (param $from_size i32) (param $to i32) (param $to_size i32) (result i32)))

  ;; Memory: 0..7 level and number of the message, 16..4111 its bytes, 8192.. texts.
  (memory 1)
  (export "memory" (memory 0))

  (data (i32.const 8192) "/latest")
  (data (i32.const 8208) "/previous")
  (data (i32.const 8224) "/kernel")

  (global $info i32 (i32.const 0))
  (global $message i32 (i32.const 16))
  (global $max_message_size i32 (i32.const 4096))
  (global $external i32 (i32.const 1))
  (global $max_write_size i32 (i32.const 2048))

  ;; 1 if the key starts with /kernel. The seven bytes are compared as two groups of four which share the "r".
  (func $is_kernel_key (param $key i32) (param $key_size i32) (result i32)
    (i32.and
      (i32.ge_u (local.get $key_size) (i32.const 7))
      (i32.and
        (i32.eq (i32.load (local.get $key)) (i32.load (i32.const 8224)))
        (i32.eq (i32.load offset=3 (local.get $key)) (i32.load offset=3 (i32.const 8224))))))

  ;; Makes `size` bytes at `source` the value at the key. Returns 0 or the first error code.
  (func $store (param $key i32) (param $key_size i32) (param $source i32) (param $size i32) (result i32)
    (local $offset i32)
    (local $piece i32)
    (local $error i32)
    ;; Writing over a longer value would leave its end in place.
    (drop (call $store_delete_value (local.get $key) (local.get $key_size)))
    (loop $next_piece
      (local.set $piece (i32.sub (local.get $size) (local.get $offset)))
      (if (i32.gt_u (local.get $piece) (global.get $max_write_size))
        (then (local.set $piece (global.get $max_write_size))))
      (local.set $error
        (call $store_write
          (local.get $key) (local.get $key_size)
          (local.get $offset)
          (i32.add (local.get $source) (local.get $offset))
          (local.get $piece)))
      (local.set $offset (i32.add (local.get $offset) (local.get $piece)))
      (br_if $next_piece
        (i32.and
          (i32.eqz (local.get $error))
          (i32.lt_u (local.get $offset) (local.get $size)))))
    (local.get $error))

  ;; Carries out an order for a key that has been checked.
  (func $apply (param $key i32) (param $key_size i32) (param $value i32) (param $value_size i32)
    (if (i32.eqz (local.get $value_size))
      (then (drop (call $store_delete (local.get $key) (local.get $key_size))))
      (else
        (if (i32.eqz
              (call $store
                (local.get $key) (local.get $key_size) (local.get $value) (local.get $value_size)))
          (then
            (drop
              (call $store_copy
                (local.get $key) (local.get $key_size) (i32.const 8192) (i32.const 7))))))))

  ;; Takes an external message of `size` bytes apart. Malformed ones, which anyone can send, are skipped.
  (func $obey (param $size i32)
    (local $key i32)
    (local $key_size i32)
    (local $value_size i32)
    (if (i32.lt_u (local.get $size) (i32.const 3)) (then (return)))
    (local.set $key (i32.add (global.get $message) (i32.const 2)))
    (local.set $key_size (i32.load8_u offset=1 (global.get $message)))
    (local.set $value_size
      (i32.sub (i32.sub (local.get $size) (i32.const 2)) (local.get $key_size)))
    ;; An empty key is the root of the whole storage; a negative size means that the key is cut off.
    (if (i32.eqz (local.get $key_size)) (then (return)))
    (if (i32.lt_s (local.get $value_size) (i32.const 0)) (then (return)))
    (if (call $is_kernel_key (local.get $key) (local.get $key_size)) (then (return)))
    (call $apply
      (local.get $key) (local.get $key_size)
      (i32.add (local.get $key) (local.get $key_size)) (local.get $value_size)))

  (func (export "kernel_run")
    (local $size i32)
    ;; At the first level there is no /latest: the error code is of no interest.
    (drop (call $store_move (i32.const 8192) (i32.const 7) (i32.const 8208) (i32.const 9)))
    (loop $next_message
      (local.set $size
        (call $read_input (global.get $info) (global.get $message) (global.get $max_message_size)))
      (if (i32.gt_s (local.get $size) (i32.const 0))
        (then
          (if (i32.eq (i32.load8_u (global.get $message)) (global.get $external))
            (then (call $obey (local.get $size))))
          (br $next_message))))))
