;; reveal.wat: data that is too large, or too far away, for a message.
;;
;; An inbox message has at most 4096 bytes and costs layer-1 fees. Data can instead stay with those who run the rollup,
;; and a message carry its hash only: the kernel asks for the bytes behind the hash ("reveals" them), and since the hash
;; fixes them, every honest node gets the same. A page has at most 4096 bytes; larger data is a tree of pages which
;; contain hashes of further pages.
;;
;;   01 | hash: 33 bytes    an external message; the hash is 00 (the scheme: blake2b) and 32 bytes
;;
;; The page behind the hash of such a message is stored at /revealed in place of the one before. A node which does not
;; have the page cannot go on until it gets it, so a real kernel must make sure that hashes come from someone it trusts
;; to publish the data; this one believes anybody.
;;
;; The first run also reveals the rollup's metadata and stores it at /metadata: its address (20 bytes) and the level at
;; which it was originated (big-endian, 32 bits).

(module
  ;; See echo.wat.
  (import "smart_rollup_core" "read_input"
    (func $read_input (param $info i32) (param $destination i32) (param $max_size i32) (result i32)))

  ;; reveal_preimage(hash, hash_size, destination, max_size) writes up to max_size bytes of the data behind the hash.
  ;; reveal_metadata(destination, max_size) does the same with the metadata. Both return the number of bytes written, or
  ;; a negative error code.
  (import "smart_rollup_core" "reveal_preimage"
    (func $reveal_preimage
      (param $hash i32) (param $hash_size i32) (param $destination i32) (param $max_size i32)
      (result i32)))
  (import "smart_rollup_core" "reveal_metadata"
    (func $reveal_metadata (param $destination i32) (param $max_size i32) (result i32)))

  ;; store_has(key, key_size) returns 0 if there is nothing at the key, 1 if a value, 2 if keys below it, 3 if both.
  (import "smart_rollup_core" "store_has"
    (func $store_has (param $key i32) (param $key_size i32) (result i32)))

  ;; See storage.wat.
  (import "smart_rollup_core" "store_delete"
    (func $store_delete (param $key i32) (param $key_size i32) (result i32)))

  ;; See counter.wat. A call writes at most 2048 bytes.
  (import "smart_rollup_core" "store_write"
    (func $store_write
      (param $key i32) (param $key_size i32) (param $offset i32) (param $source i32) (param $size i32)
      (result i32)))

  ;; Memory: 0..7 level and number of the message, 16..4111 its bytes, 8192..12287 the page, 16384.. texts.
  (memory 1)
  (export "memory" (memory 0))

  (data (i32.const 16384) "/metadata")
  (data (i32.const 16400) "/revealed")

  (global $info i32 (i32.const 0))
  (global $message i32 (i32.const 16))
  (global $max_message_size i32 (i32.const 4096))
  (global $external i32 (i32.const 1))
  (global $hash_size i32 (i32.const 33))
  (global $page i32 (i32.const 8192))
  (global $max_page_size i32 (i32.const 4096))
  (global $max_write_size i32 (i32.const 2048))

  ;; Stores the first `size` bytes of the page at the key, in place of what was there. A page may be empty, and even
  ;; then is written once, so that the key has a value.
  (func $store_page (param $key i32) (param $key_size i32) (param $size i32)
    (local $offset i32)
    (local $piece i32)
    (local $error i32)
    (drop (call $store_delete (local.get $key) (local.get $key_size)))
    (loop $next_piece
      (local.set $piece (i32.sub (local.get $size) (local.get $offset)))
      (if (i32.gt_u (local.get $piece) (global.get $max_write_size))
        (then (local.set $piece (global.get $max_write_size))))
      (local.set $error
        (call $store_write
          (local.get $key) (local.get $key_size)
          (local.get $offset)
          (i32.add (global.get $page) (local.get $offset))
          (local.get $piece)))
      (local.set $offset (i32.add (local.get $offset) (local.get $piece)))
      (br_if $next_piece
        (i32.and
          (i32.eqz (local.get $error))
          (i32.lt_u (local.get $offset) (local.get $size))))))

  (func $store_metadata_once
    (local $size i32)
    (if (i32.eqz (call $store_has (i32.const 16384) (i32.const 9)))
      (then
        (local.set $size (call $reveal_metadata (global.get $page) (global.get $max_page_size)))
        (if (i32.ge_s (local.get $size) (i32.const 0))
          (then (call $store_page (i32.const 16384) (i32.const 9) (local.get $size)))))))

  ;; Reveals the page behind the hash in the message.
  (func $reveal
    (local $size i32)
    (local.set $size
      (call $reveal_preimage
        (i32.add (global.get $message) (i32.const 1)) (global.get $hash_size)
        (global.get $page) (global.get $max_page_size)))
    (if (i32.ge_s (local.get $size) (i32.const 0))
      (then (call $store_page (i32.const 16400) (i32.const 9) (local.get $size)))))

  ;; 1 if the message, of `size` bytes, is external and as long as a hash.
  (func $has_hash (param $size i32) (result i32)
    (i32.and
      (i32.eq (i32.load8_u (global.get $message)) (global.get $external))
      (i32.eq (local.get $size) (i32.add (global.get $hash_size) (i32.const 1)))))

  (func (export "kernel_run")
    (local $size i32)
    (call $store_metadata_once)
    (loop $next_message
      (local.set $size
        (call $read_input (global.get $info) (global.get $message) (global.get $max_message_size)))
      (if (i32.gt_s (local.get $size) (i32.const 0))
        (then
          (if (call $has_hash (local.get $size)) (then (call $reveal)))
          (br $next_message))))))
