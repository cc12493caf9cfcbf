// Every trap and every stuck state of the machine, reached by a kernel of its own, with shortcuts and tick by tick: same text, same hash.
import { describe, expect, it } from "vitest";
import type { Machine } from "../../src/pvm/machine.js";
import { run } from "../../src/pvm/run.js";
import { assemble, boot, feed, finish, has, hex, runTo, stuck } from "./machines.js";

const STUCK_FLAG = "/readonly/kernel/env/stuck";
const LIMIT = 200_000n;
const PARAMETERS = { ticksPerSnapshot: LIMIT, outboxValidityPeriod: 10, outboxMessageLimit: 100n };

/** A kernel whose `kernel_run` is `body`, with a memory of one page, a table of two functions and a null, and segments. */
function kernel(body: string, more = ""): Uint8Array {
  return assemble(`(module
    (type $nullary (func)) (type $unary (func (param i32)))
    (import "smart_rollup_core" "store_has" (func $store_has (param i32 i32) (result i32)))
    (memory (export "mem") 1 2)
    (table $t 3 4 funcref)
    (elem (i32.const 0) $id $id)
    (elem $passive func $id)
    (data $d "abc")
    (global $g (mut i32) (i32.const 7))
    (func $id (param i32))
    (func $deep (call $deep))
    (func $main (export "kernel_run") (local i32) ${body})
    ${more})`);
}

function start(binary: Uint8Array): Machine {
  const machine = boot(binary, "2.0.0-r6", PARAMETERS);
  feed(machine, 0);
  return machine;
}

/** The text of the trap the kernel run ends in. */
function trapOf(machine: Machine): string {
  runTo(machine, "eval");
  for (let tick = 0n; tick < LIMIT; tick++) {
    const { tickState } = machine;
    if (tickState.tag === "eval" && tickState.config.stepKont.tag === "SK_Trapped")
      return tickState.config.stepKont.message;
    if (machine.inputRequest().tag !== "none") break;
    run(machine, 1n, { singleSteps: true });
  }
  throw new Error(`no trap, but ${machine.tickState.tag}`);
}

const TRAPS: readonly (readonly [body: string, text: string])[] = [
  ["unreachable", "unreachable executed"],
  ["(drop (i32.div_s (i32.const 1) (i32.const 0)))", "integer divide by zero"],
  ["(drop (i32.div_u (i32.const 1) (i32.const 0)))", "integer divide by zero"],
  ["(drop (i32.rem_s (i32.const 1) (i32.const 0)))", "integer divide by zero"],
  ["(drop (i32.rem_u (i32.const 1) (i32.const 0)))", "integer divide by zero"],
  ["(drop (i64.div_s (i64.const 1) (i64.const 0)))", "integer divide by zero"],
  ["(drop (i64.div_u (i64.const 1) (i64.const 0)))", "integer divide by zero"],
  ["(drop (i64.rem_s (i64.const 1) (i64.const 0)))", "integer divide by zero"],
  ["(drop (i64.rem_u (i64.const 1) (i64.const 0)))", "integer divide by zero"],
  ["(drop (i32.div_s (i32.const 0x80000000) (i32.const -1)))", "integer overflow"],
  ["(drop (i64.div_s (i64.const 0x8000000000000000) (i64.const -1)))", "integer overflow"],
  ["(drop (i32.load (i32.const 65533)))", "out of bounds memory access"],
  ["(drop (i64.load8_u offset=4294967295 (i32.const 1)))", "out of bounds memory access"],
  ["(i32.store16 (i32.const 65535) (i32.const 1))", "out of bounds memory access"],
  ["(i64.store (i32.const -1) (i64.const 1))", "out of bounds memory access"],
  ["(drop (v128.load (i32.const 65530)))", "out of bounds memory access"],
  ["(v128.store (i32.const 65530) (v128.const i64x2 1 2))", "out of bounds memory access"],
  ["(memory.fill (i32.const 65000) (i32.const 1) (i32.const 1000))", "out of bounds memory access"],
  ["(memory.copy (i32.const 0) (i32.const 65000) (i32.const 1000))", "out of bounds memory access"],
  ["(memory.init $d (i32.const 0) (i32.const 2) (i32.const 2))", "out of bounds memory access"],
  ["data.drop $d (memory.init $d (i32.const 0) (i32.const 0) (i32.const 1))", "out of bounds memory access"],
  ["(drop (table.get $t (i32.const 3)))", "out of bounds table access"],
  ["(table.set $t (i32.const 3) (ref.null func))", "out of bounds table access"],
  ["(table.fill $t (i32.const 2) (ref.null func) (i32.const 2))", "out of bounds table access"],
  ["(table.copy $t $t (i32.const 2) (i32.const 0) (i32.const 2))", "out of bounds table access"],
  ["(table.init $t $passive (i32.const 0) (i32.const 1) (i32.const 1))", "out of bounds table access"],
  [
    "elem.drop $passive (table.init $t $passive (i32.const 0) (i32.const 0) (i32.const 1))",
    "out of bounds table access",
  ],
  ["(call_indirect (type $nullary) (i32.const 0))", "indirect call type mismatch"],
];

describe("a trap", () => {
  it.each(TRAPS)("%s: %s", (body, text) => {
    const binary = kernel(body);
    const ticked = start(binary);
    expect(trapOf(ticked)).toBe(text);
    finish(ticked, { singleSteps: true });
    const quick = start(binary);
    finish(quick);
    expect(quick.currentTick).toBe(ticked.currentTick);
    expect(hex(quick.hash())).toBe(hex(ticked.hash()));
    // The trap is over: the machine has yielded, with the flag set.
    expect(quick.tickState.tag).toBe("collect");
    expect(has(quick, STUCK_FLAG)).toBe(true);
  });
});

const error = (text: string): string => `Error(_, ${JSON.stringify(text)}) | ${text}`;
const noFallback = (phase: string, text: string): string => `no_fallback_kernel: ${phase}: ${text}`;
const bytes = (...list: number[]): Uint8Array => Uint8Array.from(list);
const HEADER = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];

const STUCK: readonly (readonly [name: string, binary: Uint8Array, text: string])[] = [
  ["no header", bytes(1, 2, 3, 4, 5, 6, 7, 8), noFallback("decode", error("magic header not detected"))],
  ["an unknown section", bytes(...HEADER, 13, 0), noFallback("decode", error("malformed section id"))],
  ["a short section", bytes(...HEADER, 1, 5), noFallback("decode", error("length out of bounds"))],
  ["floats", kernel("(drop (f32.const 1))"), noFallback("decode", error("float instructions are forbidden"))],
  [
    "another module's import",
    assemble('(module (import "env" "f" (func)) (memory (export "mem") 1) (func (export "kernel_run")))'),
    "no_fallback_kernel: link: Unexpected module import: env",
  ],
  [
    "an unknown import",
    assemble('(module (import "smart_rollup_core" "f" (func)) (memory (export "mem") 1) (func (export "kernel_run")))'),
    "no_fallback_kernel: link: Unexpected import: smart_rollup_core.f",
  ],
  [
    "no memory",
    assemble('(module (func (export "kernel_run")))'),
    noFallback("init", "Tezos_webassembly_interpreter.Eval.Missing_memory_0_export | Module must export memory 0"),
  ],
  [
    "data out of bounds",
    assemble('(module (memory (export "mem") 1) (data (i32.const 65536) "a") (func (export "kernel_run")))'),
    noFallback("init", error("out of bounds memory access")),
  ],
  [
    "elements out of bounds",
    assemble(
      '(module (memory (export "mem") 1) (table 1 funcref) (func $f (export "kernel_run")) (elem (i32.const 1) $f))',
    ),
    noFallback("init", error("out of bounds table access")),
  ],
  [
    "a start function that traps",
    kernel("nop", "(func $s unreachable) (start $s)"),
    noFallback("init", error("unreachable executed")),
  ],
  [
    "a host function called at the start",
    kernel("nop", "(func $s (drop (call $store_has (i32.const 0) (i32.const 1)))) (start $s)"),
    noFallback("init", error("host functions must not access memory during initialisation")),
  ],
  ["a full call stack", kernel("(call $deep)"), "too_many_ticks"],
  ["an endless loop", kernel("(loop (br 0))"), "too_many_ticks"],
  [
    "a null function",
    kernel("(call_indirect (type $nullary) (i32.const 2))"),
    `eval_error: ${error("uninitialized element 2")}`,
  ],
  [
    "no such element",
    kernel("(call_indirect (type $nullary) (i32.const 9))"),
    `eval_error: ${error("undefined element 9")}`,
  ],
  ["a missing operand", kernel("i32.add drop"), `eval_error: ${error("missing or ill-typed operand on stack")}`],
  ["an undefined local", kernel("(drop (local.get 5))"), `eval_error: ${error("undefined local 5")}`],
];

describe("a stuck state", () => {
  it.each(STUCK)("%s", (_name, binary, text) => {
    const quick = start(binary);
    finish(quick);
    const ticked = start(binary);
    finish(ticked, { singleSteps: true });
    expect(stuck(quick)).toBe(text);
    expect(quick.currentTick).toBe(ticked.currentTick);
    expect(hex(quick.hash())).toBe(hex(ticked.hash()));
  });

  it("a call stack that is full, where the ticks suffice", () => {
    const machine = boot(kernel("(call $deep)"), "2.0.0", PARAMETERS);
    feed(machine, 0);
    finish(machine);
    expect(stuck(machine)).toBe(`eval_error: ${error("call stack exhausted")}`);
  });
});
