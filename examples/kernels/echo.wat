;; echo.wat: what goes in comes out.
;;
;; A kernel is a WebAssembly module which exports its memory and a function `kernel_run`. At every level of layer 1 the
;; rollup receives an inbox of messages and calls `kernel_run`; the module is instantiated afresh for each call, so the
;; memory starts from zero every time and whatever must last goes into durable storage (see counter.wat).
;;
;; This kernel reads its inbox to the end and writes the payload of each external message to the outbox. Anyone can send
;; an external message; the messages of layer 1 itself (start of level, information on the level, end of level,
;; transfers from contracts) are internal and are skipped here.
;;
;;   first byte 00   internal message: a second byte tells the kind, then the content
;;   first byte 01   external message: the payload follows
;;
;; The outbox of a level holds 100 messages; what does not fit is lost. Layer 1 can execute an outbox message only if it
;; is the binary encoding of a batch of transactions, but it stores and proves any bytes.

(module
  ;; read_input(info, destination, max_size) takes the next message out of the inbox: up to max_size bytes of it go to
  ;; `destination`, its level and its number (two little-endian 32-bit integers) to `info`. Returns the number of bytes
  ;; written, 0 when the inbox is empty, or a negative error code.
  (import "smart_rollup_core" "read_input"
    (func $read_input (param $info i32) (param $destination i32) (param $max_size i32) (result i32)))

  ;; write_output(source, size) adds one message to the outbox of this level. Returns 0 or a negative error code.
  (import "smart_rollup_core" "write_output"
    (func $write_output (param $source i32) (param $size i32) (result i32)))

  ;; Memory: 0..7 level and number of the message, 16..4111 its bytes (a message has at most 4096).
  (memory 1)
  (export "memory" (memory 0))

  (global $info i32 (i32.const 0))
  (global $message i32 (i32.const 16))
  (global $max_message_size i32 (i32.const 4096))
  (global $external i32 (i32.const 1))

  (func $echo (param $size i32)
    (if (i32.eq (i32.load8_u (global.get $message)) (global.get $external))
      (then
        (drop
          (call $write_output
            (i32.add (global.get $message) (i32.const 1))
            (i32.sub (local.get $size) (i32.const 1)))))))

  (func (export "kernel_run")
    (local $size i32)
    (loop $next_message
      (local.set $size
        (call $read_input (global.get $info) (global.get $message) (global.get $max_message_size)))
      (if (i32.gt_s (local.get $size) (i32.const 0))
        (then
          (call $echo (local.get $size))
          (br $next_message))))))
