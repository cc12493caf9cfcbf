// Many ticks at once give, wherever they stop, the state that single ticks give.
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { toHex } from "../../../src/encoding/hex.js";
import { buildNode } from "../../../src/merkle/schema.js";
import { GuestError } from "../../../src/wasm/guest-errors.js";
import { type InitRules, initStep, isInitialised } from "../../../src/wasm/init/machine.js";
import { initMany } from "../../../src/wasm/init/many.js";
import { type InitState, initStateSchema } from "../../../src/wasm/init/state.js";
import { describeShared, sharedPath } from "../../shared-data.js";
import { importHost } from "./import-host.js";
import { BULK_MODULE, decodeModule, linked, textModule } from "./modules.js";

const HOST = importHost();
const RULES: InitRules = { level: "pvm", stackLimit: 300 };

function hashOf(state: InitState): string {
  return toHex(buildNode(initStateSchema, state, false)?.hash ?? new Uint8Array(0));
}

/** The hashes of all states of an initialisation, and the error it ends with, if any. */
function singleSteps(start: InitState): { readonly hashes: readonly string[]; readonly error: string | null } {
  const hashes: string[] = [];
  let state = start;
  for (;;) {
    hashes.push(hashOf(state));
    if (isInitialised(state)) return { hashes, error: null };
    try {
      state = initStep(state, HOST, RULES);
    } catch (error) {
      if (!(error instanceof GuestError)) throw error;
      return { hashes, error: error.raw };
    }
  }
}

/** Runs with these budgets, over and over, comparing every state reached. */
function compareWith(start: InitState, budgets: readonly number[], expected: ReturnType<typeof singleSteps>): void {
  let state = start;
  let tick = 0;
  for (let round = 0; ; round++) {
    const budget = budgets[round % budgets.length] as number;
    const next = initMany(state, HOST, RULES, budget);
    if (next.ticks === 0) break;
    expect(next.ticks).toBeLessThanOrEqual(budget);
    state = next.state;
    tick += next.ticks;
    expect(`${tick} ${hashOf(state)}`).toBe(`${tick} ${expected.hashes[tick]}`);
  }
  expect(tick).toBe(expected.hashes.length - 1);
}

const budgetLists = fc.array(fc.oneof(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 2000 })), {
  minLength: 1,
  maxLength: 30,
});

function property(start: InitState, runs: number): void {
  const expected = singleSteps(start);
  for (const budget of [1, 42, 2 ** 50]) compareWith(start, [budget], expected);
  fc.assert(
    fc.property(budgetLists, (budgets) => compareWith(start, budgets, expected)),
    { seed: 20241, numRuns: runs },
  );
}

/** A table of functions with two other references among them, and a start function. */
function mixedTable(start: string): string {
  return `(memory (export "m") 1) (table 6 20 funcref)
    (elem externref (ref.func 0) (ref.func 0) (ref.null extern))
    (func
      (drop (table.grow 0 (ref.null extern) (i32.const 2)))
      (drop (table.grow 0 (ref.func 0) (i32.const 2)))
      (table.fill 0 (i32.const 0) (ref.func 0) (i32.const 4))
      ${start})
    (start 0)`;
}

describe("any budget", () => {
  it("segments, constants and bulk instructions", () => {
    property(linked(textModule(BULK_MODULE)), 15);
  });

  it("many segments: joins", () => {
    const data = Array.from({ length: 12 }, (_, index) => `(data (i32.const ${index}) "ab")`).join("");
    property(linked(textModule(`(module (memory (export "m") 1) ${data} (func) (elem declare func 0))`)), 15);
  });

  it.each([
    [
      "a data segment for another memory",
      '(memory (export "m") 1) (memory 1) (data (i32.const 0) "a") (data (memory 1) (i32.const 0) "b")',
    ],
    ["an export of nothing", '(memory 1) (func (export "f")) (export "g" (func 7)) (export "m" (memory 0))'],
    ["a function of no type", "(memory 1) (func) (func (type 9))"],
    [
      "a global of another type",
      "(memory 1) (global i32 (i32.const 1)) (global i32 (i64.const 1)) (global i32 (i32.const 2))",
    ],
    [
      "an item that is no reference",
      '(memory (export "m") 1) (table 1 funcref) (func) (elem funcref (ref.func 0) (item (i32.const 1)))',
    ],
    [
      "a segment out of bounds",
      '(memory (export "m") 1) (data (i32.const 65530) "abcdef") (data (i32.const 65531) "abcdef")',
    ],
    [
      "a reference of another type, copied upwards",
      mixedTable("(table.copy (i32.const 3) (i32.const 4) (i32.const 4))"),
    ],
    [
      "a reference of another type, copied downwards",
      mixedTable("(table.copy (i32.const 1) (i32.const 0) (i32.const 9))"),
    ],
    [
      "a reference of another type in a segment",
      mixedTable("(table.init 0 (i32.const 1) (i32.const 0) (i32.const 3))"),
    ],
  ])("%s", (_, fields) => {
    property(linked(textModule(`(module ${fields})`)), 10);
  });
});

describeShared("any budget, walk kernels", ["vectors/pvm/walks", "vectors/kernels/regression"], () => {
  it.each(["tables", "memory", "control", "simd", "traps", "bad-glob", "bad-hostinit"])("%s", (name) => {
    property(linked(decodeModule(readFileSync(sharedPath(`vectors/pvm/walks/${name}.wasm`)))), 4);
  });

  it("echo", () => {
    property(linked(decodeModule(readFileSync(sharedPath("vectors/kernels/regression/echo.wasm")))), 10);
  });
});
