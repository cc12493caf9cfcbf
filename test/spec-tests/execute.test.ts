// The runner on scripts made for it: what holds passes, and what does not is seen to fail, with either engine.
import { describe, expect, it } from "vitest";
import { createAssembler } from "../../spec-tests/assemble.js";
import { type Result, runScript } from "../../spec-tests/execute.js";
import { parseScript } from "../../spec-tests/script.js";
import type { Engine } from "../../src/wasm/embedding/store.js";

const assemble = await createAssembler();

function run(script: string, engine: Engine): Result[] {
  return runScript(parseScript(script), assemble, engine);
}

/** The kinds of the commands that fail, with what is said of them. */
function failures(script: string, engine: Engine): string[] {
  return run(script, engine)
    .filter(({ passed }) => !passed)
    .map(({ kind, detail }) => `${kind}: ${detail}`);
}

const MODULE = `(module
  (global (export "g") i64 (i64.const 9))
  (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
  (func (export "two") (result i32 i64) (i32.const 1) (i64.const 2))
  (func (export "nan") (result f32) (f32.sqrt (f32.const -1)))
  (func (export "div") (param i32) (result i32) (i32.div_s (i32.const 1) (local.get 0)))
  (func $deep (export "deep") (call $deep))
  (table (export "t") 2 externref)
  (func (export "indirect") (call_indirect $f (i32.const 1)))
  (table $f 1 funcref)
  (func (export "set") (param externref) (table.set 0 (i32.const 1) (local.get 0)))
  (func (export "ref") (result externref) (table.get 0 (i32.const 1))))`;

describe.each(["ticks", "fast"] as const)("the runner with the engine %s", (engine) => {
  it("passes what holds", () => {
    const results = run(
      `${MODULE}
      (assert_return (invoke "add" (i32.const 2) (i32.const -3)) (i32.const -1))
      (assert_return (invoke "two") (i32.const 1) (i64.const 2))
      (assert_return (invoke "nan") (f32.const nan:canonical))
      (assert_return (get "g") (i64.const 9))
      (invoke "set" (ref.extern 5))
      (assert_return (invoke "ref") (ref.extern 5))
      (assert_trap (invoke "div" (i32.const 0)) "integer divide by zero")
      (assert_trap (invoke "indirect") "undefined element")
      (assert_exhaustion (invoke "deep") "call stack exhausted")
      (assert_malformed (module binary "\\00asm\\02\\00\\00\\00") "unknown binary version")
      (assert_malformed (module quote "(func") "unexpected")
      (assert_invalid (module (func (result i32))) "type mismatch")
      (assert_unlinkable (module (import "m" "f" (func))) "unknown import")
      (assert_unlinkable (module (import "spectest" "print_i32" (func))) "incompatible import type")
      (assert_trap (module (memory 0) (data (i32.const 0) "a")) "out of bounds memory access")
      (assert_trap (module (func (unreachable)) (start 0)) "unreachable")`,
      engine,
    );
    expect(results.filter(({ passed }) => !passed)).toEqual([]);
    expect(results.map(({ kind }) => kind)).toContain("assert_malformed (text)");
    expect(results.length).toBe(17);
  });

  it.each([
    ['(assert_return (invoke "add" (i32.const 2) (i32.const 2)) (i32.const 5))', "i32 4 instead of i32 5"],
    ['(assert_return (invoke "two") (i64.const 2) (i32.const 1))', "i32 1, i64 2 instead of i64 2, i32 1"],
    ['(assert_return (invoke "two") (i32.const 1))', "i32 1, i64 2 instead of i32 1"],
    ['(assert_return (invoke "nan") (f32.const 0))', "f32 bits 0x7fc00000 instead of f32 bits 0x00000000"],
    ['(assert_return (invoke "div" (i32.const 0)) (i32.const 0))', "Trap: integer divide by zero"],
    [
      '(assert_trap (invoke "div" (i32.const 1)) "integer divide by zero")',
      'returned i32 1 instead of "integer divide by zero"',
    ],
    ['(assert_trap (invoke "div" (i32.const 0)) "unreachable")', '"integer divide by zero" instead of "unreachable"'],
    ['(assert_trap (invoke "deep") "call stack exhausted")', "GuestError: call stack exhausted"],
    [
      '(assert_exhaustion (invoke "add" (i32.const 0) (i32.const 0)) "call stack exhausted")',
      'returned i32 0 instead of "call stack exhausted"',
    ],
    ['(assert_malformed (module binary "\\00asm\\01\\00\\00\\00") "x")', "accepted instead of malformed: x"],
    ['(assert_malformed (module quote "(func)") "x")', "accepted instead of malformed: x"],
    ['(assert_malformed (module quote "(func (drop))") "x")', "invalid: type mismatch"],
    ['(assert_invalid (module (func)) "type mismatch")', "accepted instead of invalid: type mismatch"],
    ['(assert_invalid (module (func (drop))) "unknown local")', '"type mismatch" instead of "unknown local"'],
    [
      '(assert_invalid (module (func (local.bad))) "unknown local")',
      'text: module.wat:1:16: error: unexpected token "local.bad", expected an instr.',
    ],
    [
      '(assert_unlinkable (module (import "spectest" "print" (func))) "unknown import")',
      "accepted instead of unlinkable: unknown import",
    ],
    ['(invoke "nothing")', "no function nothing"],
    ['(get "add")', "no global add"],
    ['(invoke "add" (i32.const 1))', "ArgumentError: arguments: expected [i32 i32], found [i32]"],
    ['(invoke $other "add")', "no module $other"],
    ["(assert_nothing)", "unknown command assert_nothing"],
  ])("sees that this fails: %s", (command, detail) => {
    const [failure, ...others] = failures(MODULE + command, engine);
    expect(others).toEqual([]);
    expect(failure?.slice(failure.indexOf(": ") + 2)).toBe(detail);
  });

  it("does not run actions on the module before a bad one", () => {
    const script = `${MODULE} (module (func (drop))) (assert_return (get "g") (i64.const 9))`;
    expect(failures(script, engine)).toEqual(["module: invalid: type mismatch", "assert_return: no module before it"]);
  });

  it("links modules by the names they are registered under", () => {
    const script = `
      (module $A (func (export "f") (result i32) (i32.const 4)))
      (register "a" $A)
      (module $B (import "a" "f" (func $f (result i32))) (func (export "twice") (result i32) (i32.add (call $f) (call $f))))
      (assert_return (invoke $B "twice") (i32.const 8))
      (assert_return (invoke $A "f") (i32.const 4))`;
    expect(failures(script, engine)).toEqual([]);
  });
});
