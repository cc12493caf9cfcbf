// What each item costs in ticks: the table of pvm.md §4.5.
import { describe, expect, it } from "vitest";
import { i32 } from "../../../src/wasm/runtime.js";
import { assemble, type HostDefinition, hostOf, hostResult, outcomeOf, runToEnd, startKernel } from "./kernel-run.js";

const FUNCTION_END = 3 + 3 + 1 + 1;
/** Call of an empty kernel_run, its end, and the end of the bottom frame. */
const EMPTY_RUN = 8 + FUNCTION_END + 3 + 1;
const PLAIN = 6;
const BLOCK_END = 3;
/** Of a label left with `kept` values over `outer` others. */
const leaveLabel = (kept = 0, outer = 0) => 4 + kept + outer;

const host = hostOf({
  wait: {
    name: "wait",
    params: ["i32"],
    results: ["i32"],
    call: () => hostResult([i32(7)], 100),
  } satisfies HostDefinition,
});

function ticksOf(body: string, rest = ""): number {
  const wat = `(module
    (type $unary (func (param i32) (result i32)))
    (import "smart_rollup_core" "wait" (func $wait (param i32) (result i32)))
    (memory (export "mem") 1)
    (table $t 10 funcref)
    (data $d "0123456789")
    (elem $e func $id $id $id)
    (func $id (type $unary) (local.get 0))
    (func $two (param i32 i64) (result i32 i64) (local i32 i32 i64) (local.get 0) (local.get 1))
    (func $early (param i32) (result i32) (return (local.get 0)))
    (func (export "kernel_run") ${body})
    ${rest})`;
  const start = startKernel(assemble(wat), host);
  const end = runToEnd(start, host);
  expect(outcomeOf(end)).toEqual([]);
  return end.tick - start.tick - EMPTY_RUN;
}

describe("ticks", () => {
  const call = (args: number, locals: number) => 14 + 2 * args + 2 * locals;
  const range = "(i32.const 2) (i32.const 0) (i32.const 3)";
  const cases: readonly (readonly [what: string, body: string, ticks: number])[] = [
    ["nothing", "", 0],
    ["nop", "nop", PLAIN],
    ["const and drop", "(drop (i32.const 1))", 2 * PLAIN],
    ["an empty block", "(block)", PLAIN + BLOCK_END + leaveLabel()],
    ["a block with a result", "(drop (block (result i32) (i32.const 1)))", 3 * PLAIN + BLOCK_END + leaveLabel(1)],
    ["a block over a value", "(i32.const 1) (block) (drop)", 3 * PLAIN + BLOCK_END + leaveLabel(0, 1)],
    ["a loop left", "(loop)", PLAIN + BLOCK_END + leaveLabel()],
    ["if taken", "(if (i32.const 1) (then nop))", PLAIN + 9 + PLAIN + BLOCK_END + leaveLabel()],
    ["if not taken", "(if (i32.const 0) (then nop))", PLAIN + 9 + BLOCK_END + leaveLabel()],
    ["br 0", "(block (br 0))", PLAIN + PLAIN + leaveLabel()],
    ["br 0 with a value", "(drop (block (result i32) (br 0 (i32.const 1))))", 4 * PLAIN + leaveLabel(1)],
    ["br 2", "(block (block (block (br 2))))", 4 * PLAIN + 2 * 3 + leaveLabel()],
    ["br to the function", "(br 0)", PLAIN + 3 - BLOCK_END - 3],
    ["br_if not taken", "(block (br_if 0 (i32.const 0)))", 3 * PLAIN + BLOCK_END + leaveLabel()],
    ["br_if taken", "(block (br_if 0 (i32.const 1)))", 3 * PLAIN + 3 + leaveLabel()],
    ["br_table", "(block (block (br_table 0 1 (i32.const 1))))", 4 * PLAIN + 3 + 3 + leaveLabel()],
    ["return", "(return)", PLAIN + 3 - BLOCK_END - 3],
    ["call", "(drop (call $id (i32.const 1)))", 2 * PLAIN + call(1, 0) + PLAIN + FUNCTION_END + 1],
    [
      "call with locals",
      "(call $two (i32.const 1) (i64.const 2)) (drop) (drop)",
      4 * PLAIN + call(2, 3) + 2 * PLAIN + FUNCTION_END + 2,
    ],
    [
      "call over a value",
      "(i64.const 9) (call $id (i32.const 1)) (drop) (drop)",
      4 * PLAIN + call(1, 0) + PLAIN + FUNCTION_END + 2,
    ],
    ["call that returns early", "(drop (call $early (i32.const 1)))", 2 * PLAIN + call(1, 0) + 2 * PLAIN + 3 + 2 + 1],
    ["host call", "(drop (call $wait (i32.const 1)))", 2 * PLAIN + PLAIN + 5 + 100],
    ["memory.fill", "(memory.fill (i32.const 5) (i32.const 1) (i32.const 9))", 4 * PLAIN + 42 * 9],
    ["memory.fill of nothing", "(memory.fill (i32.const 5) (i32.const 1) (i32.const 0))", 4 * PLAIN],
    ["memory.init", "(memory.init $d (i32.const 5) (i32.const 1) (i32.const 9))", 4 * PLAIN + 42 * 9],
    ["memory.copy upwards", "(memory.copy (i32.const 1) (i32.const 5) (i32.const 9))", 4 * PLAIN + 48 * 9],
    ["memory.copy downwards", "(memory.copy (i32.const 5) (i32.const 1) (i32.const 9))", 4 * PLAIN + 48 * 9],
    ["table.fill", "(table.fill $t (i32.const 1) (ref.null func) (i32.const 3))", 4 * PLAIN + 42 * 3],
    ["table.init", `(table.init $t $e ${range})`, 4 * PLAIN + 42 * 3],
    ["table.copy", `(table.copy $t $t ${range})`, 4 * PLAIN + 48 * 3],
  ];

  it.each(cases)("%s", (_what, body, ticks) => expect(ticksOf(body)).toBe(ticks));

  it("a loop target costs the loop again", () => {
    const body = (times: number) => `(local $n i32) (local.set $n (i32.const ${times}))
      (loop (br_if 0 (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))`;
    // Local, constant, subtraction, tee, br_if: the label is left and its loop executed once more.
    const again = 5 * PLAIN + 3 + leaveLabel() + 3;
    expect(ticksOf(body(5)) - ticksOf(body(2))).toBe(3 * again);
  });
});
