// Found by the targets `v8` and `binaryen`, all at the level `full`, where valid modules must do what the specification says: the reference,
// and so the level `pvm`, does otherwise. Each is checked of both our evaluators and of V8.
import { describe, expect, it } from "vitest";
import { assemble } from "../../wasm/validate/support.js";
import { type Argument, printOutcome, type Running } from "../engines/engine.js";
import { startHere } from "../engines/ours.js";
import { startInV8 } from "../engines/v8.js";
import { instrument } from "../module/instrument.js";

const MAX_TICKS = 100_000;

function i32(value: number): Argument {
  return { type: "i32", value };
}

/** The functions of a module in each engine. */
function engines(text: string): [name: string, running: Running][] {
  const module = instrument(assemble(text), null);
  const started = {
    ticks: startHere(module, "ticks", MAX_TICKS),
    fast: startHere(module, "fast", MAX_TICKS),
    V8: startInV8(module),
  };
  return Object.entries(started).map(([name, { running, outcome }]) => {
    if (running === null) throw new Error(`${name}: ${printOutcome(outcome)}`);
    return [name, running];
  });
}

function expectAll(text: string, call: (running: Running) => string, expected: string): void {
  const found = engines(text).map(([name, running]) => `${name}: ${call(running)}`);
  expect(found).toEqual(["ticks", "fast", "V8"].map((name) => `${name}: ${expected}`));
}

describe("at the level full", () => {
  it("return leaves nothing below its results", () => {
    const text = `(module
      (func (result i32) i32.const 1 i32.const 2 return)
      (func (result i32 i32) i32.const 7 call 0)
      (func (result i32) i32.const 9 i32.const 3 (block (br_if 0 (i32.const 0)) (return (i32.const 5))) return))`;
    expectAll(text, (running) => printOutcome(running.call("#f1", [])), "[i32 7, i32 2]");
    expectAll(text, (running) => printOutcome(running.call("#f2", [])), "[i32 5]");
  });

  it("a vector stored partly past the end is not stored at all", () => {
    const text = `(module (memory 1)
      (func (param i32) (v128.store (local.get 0) (v128.const i32x4 -1 -1 -1 -1))))`;
    const call = (running: Running): string => {
      const outcome = printOutcome(running.call("#f0", [i32(65536 - 15)]));
      return `${outcome}, ${running.memory()?.subarray(-16).join()}`;
    };
    expectAll(text, call, `trap: memory out of bounds, ${new Array(16).fill(0).join()}`);
    expectAll(text, (running) => printOutcome(running.call("#f0", [i32(65536 - 16)])), "[]");
  });

  it("a table does not grow beyond ten million references", () => {
    const text = `(module (table 2 funcref)
      (func (param i32) (result i32 i32) (table.grow 0 (ref.null func) (local.get 0)) table.size 0))`;
    for (const delta of [9_999_999, -1, -(2 ** 31)]) {
      expectAll(text, (running) => printOutcome(running.call("#f0", [i32(delta)])), "[i32 -1, i32 2]");
    }
    expectAll(text, (running) => printOutcome(running.call("#f0", [i32(3)])), "[i32 2, i32 5]");
  });

  it("floats keep their bits in locals, blocks and calls", () => {
    const text = `(module
      (func (param f32 f64) (result f32 f64) (local f32 f64)
        (local.set 2 (local.get 0)) (local.set 3 (local.get 1))
        local.get 2 local.get 3 (block (param f32 f64) (result f32 f64) call 1))
      (func (param f32 f64) (result f32 f64) local.get 0 local.get 1))`;
    const args: Argument[] = [i32(0x7fa0_0001), { type: "i64", value: 0x7ff4_0000_0000_0001n }];
    expectAll(text, (running) => printOutcome(running.call("#f0", args)), "[i32 2141192193, i64 9219994337134247937]");
  });

  it("a call that does not end is given up", () => {
    const module = instrument(assemble("(module (func (loop (br 0))))"), null);
    for (const engine of ["ticks", "fast"] as const) {
      const { running } = startHere(module, engine, MAX_TICKS);
      expect(printOutcome(running?.call("#f0", []) ?? { tag: "values", values: [] })).toBe("limit: ticks");
    }
  });
});
