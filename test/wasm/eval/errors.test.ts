// What ends an evaluation other than a result: traps, which are states, and errors of the guest with the reference's text.
import { describe, expect, it } from "vitest";
import { LazyVector } from "../../../src/merkle/lazy-vector.js";
import { plain } from "../../../src/wasm/eval/admin.js";
import { startConfig } from "../../../src/wasm/eval/config.js";
import { evalStep, RevealEscape, revealStep } from "../../../src/wasm/eval/machine.js";
import { GuestError } from "../../../src/wasm/guest-errors.js";
import { i32, i64, type Value } from "../../../src/wasm/runtime.js";
import type { Instruction } from "../../../src/wasm/syntax.js";
import {
  assemble,
  type HostDefinition,
  hostOf,
  instanceOf,
  isOver,
  NO_HOST,
  next,
  outcomeOf,
  type Run,
  results,
  runToEnd,
  startKernel,
} from "./kernel-run.js";

function wat(body: string): string {
  return `(module
    (type $nullary (func))
    (type $unary (func (param i32)))
    (memory (export "mem") 1 2)
    (table $t 4 funcref)
    (elem (i32.const 1) $empty)
    (global $constant i32 (i32.const 1))
    (global $wide (mut i64) (i64.const 1))
    (func $empty)
    (func $forever (call $forever))
    (func (export "kernel_run") ${body}))`;
}

function errorOf(act: () => unknown): { raw: string; explanation: string | null; known: boolean } {
  try {
    act();
  } catch (error) {
    if (error instanceof GuestError) return { raw: error.raw, explanation: error.explanation, known: error.known };
    throw error;
  }
  throw new Error("no error");
}

const message = (text: string) => ({ raw: `Error(_, "${text}")`, explanation: text, known: true });
const BOUNDS = { raw: "Tezos_lazy_containers.Lazy_vector.Bounds", explanation: null, known: true };
const NTH = { raw: 'Failure("nth")', explanation: null, known: false };

describe("traps", () => {
  const cases: readonly (readonly [body: string, text: string])[] = [
    ["unreachable", "unreachable executed"],
    ["(drop (i32.div_u (i32.const 1) (i32.const 0)))", "integer divide by zero"],
    ["(drop (i32.div_s (i32.const 0x80000000) (i32.const -1)))", "integer overflow"],
    ["(drop (i64.rem_s (i64.const 1) (i64.const 0)))", "integer divide by zero"],
    ["(drop (i32.load (i32.const 65533)))", "out of bounds memory access"],
    ["(drop (i32.load8_u offset=4294967295 (i32.const 1)))", "out of bounds memory access"],
    ["(i64.store32 (i32.const -1) (i64.const 1))", "out of bounds memory access"],
    ["(drop (v128.load64_splat (i32.const 65529)))", "out of bounds memory access"],
    ["(memory.fill (i32.const 65536) (i32.const 0) (i32.const 1))", "out of bounds memory access"],
    ["(memory.copy (i32.const 0) (i32.const 65530) (i32.const 7))", "out of bounds memory access"],
    ["(drop (table.get $t (i32.const 4)))", "out of bounds table access"],
    ["(table.set $t (i32.const -1) (ref.null func))", "out of bounds table access"],
    ["(table.fill $t (i32.const 2) (ref.null func) (i32.const 3))", "out of bounds table access"],
    ["(call_indirect (type $unary) (i32.const 9) (i32.const 1))", "indirect call type mismatch"],
  ];
  it.each(cases)("%s", (body, text) => expect(results(wat(body))).toBe(text));
});

describe("errors", () => {
  const cases: readonly (readonly [body: string, error: ReturnType<typeof errorOf>])[] = [
    ["(i32.add)", message("missing or ill-typed operand on stack")],
    ["(i64.const 1) (br_if 0)", message("missing or ill-typed operand on stack")],
    ["(drop (i32.add (i64.const 1) (i64.const 2)))", message("type error, expected i32 as operand 2, got i64")],
    ["(drop (i32.sub (i64.const 1) (i32.const 2)))", message("type error, expected i32 as operand 1, got i64")],
    ["(drop (i32.eqz (i64.const 1)))", message("type error, expected i32 as operand 1, got i64")],
    ["(drop (i64.extend_i32_s (i64.const 1)))", message("type error, expected i32 as operand 1, got i64")],
    ["(drop (i32.wrap_i64 (i32.const 1)))", message("type error, expected i64 as operand 1, got i32")],
    ["(drop (i32.trunc_f32_s (i32.const 1)))", message("type error, expected f32 as operand 1, got i32")],
    ["(drop (i64.reinterpret_f64 (i64.const 1)))", message("type error, expected f64 as operand 1, got i64")],
    [
      "(drop (i32x4.shl (v128.const i64x2 0 0) (i64.const 1)))",
      message("type error, expected i32 as operand 2, got i64"),
    ],
    ["(drop (i64x2.splat (i32.const 1)))", message("type error, expected i64 as operand 1, got i32")],
    ["(global.set $constant (i32.const 1))", message("write to immutable global")],
    ["(global.set $wide (i32.const 1))", message("type mismatch at global write")],
    ["(drop (local.get 9))", message("undefined local 9")],
    ["(local.set 9 (i32.const 1))", BOUNDS],
    ["(block (type $unary) (drop))", BOUNDS],
    ["(drop (block (result i32) (br 0)))", BOUNDS],
    ["(call_indirect (type $nullary) (i32.const 0))", message("uninitialized element 0")],
    ["(call_indirect (type $nullary) (i32.const -7))", message("undefined element -7")],
  ];
  it.each(cases)("%s", (body, error) => expect(errorOf(() => results(wat(body)))).toEqual(error));

  it("a branch to a label that is not there", () => {
    const code: Instruction[] = [{ tag: "Br", index: 5 }];
    expect(errorOf(() => runCode(code))).toEqual(message("undefined label"));
  });

  it.each([
    [{ tag: "Call", index: 77 }, "undefined function 77"],
    [{ tag: "GlobalGet", index: -1 }, "undefined global -1"],
    [{ tag: "TableSize", index: 3 }, "undefined table 3"],
    [{ tag: "ElemDrop", index: 3 }, "undefined element segment 3"],
    [{ tag: "DataDrop", index: 3 }, "undefined data segment 3"],
    [{ tag: "Block", type: { tag: "index", index: 40 }, body: 0 }, "undefined type 40"],
  ] as [Instruction, string][])("%j", (instruction, text) => {
    expect(errorOf(() => runCode([instruction]))).toEqual(message(text));
  });

  it("tables that do not exist, the destination before the source", () => {
    const operands = [i32(0), i32(0), i32(0)];
    const copy = (destination: number, source: number) => () =>
      runCode([{ tag: "TableCopy", destination, source }], operands);
    expect(errorOf(copy(7, 8))).toEqual(message("undefined table 7"));
    expect(errorOf(copy(0, 8))).toEqual(message("undefined table 8"));
    expect(copy(0, 0)()).toEqual([]);
  });

  it("lanes that do not exist", () => {
    const vector: Instruction = { tag: "VecConst", bytes: new Uint8Array(16) };
    const extract: Instruction = { tag: "VecExtract", shape: "I32x4", lane: 4, extension: null };
    expect(errorOf(() => runCode([vector, extract]))).toEqual(NTH);
    const lanes = Array.from({ length: 16 }, (_, lane) => lane * 3);
    const shuffle: Instruction = { tag: "VecBinary", op: { shape: "I8x16", name: "Shuffle", lanes } };
    expect(errorOf(() => runCode([vector, vector, shuffle]))).toEqual(NTH);
    const replace: Instruction = { tag: "VecReplace", shape: "I16x8", lane: 8 };
    expect(runCode([vector, { tag: "Const", value: { type: "i32", value: 1 } }, replace])).toEqual([
      { tag: "vec", bytes: new Uint8Array(16) },
    ]);
  });

  it("a call stack that is full", () => {
    const start = startKernel(assemble(wat("(call $forever)")));
    const limited = (limit: number): Run => ({ ...start, config: { ...start.config, stackLimit: limit } });
    expect(errorOf(() => runToEnd(limited(5)))).toEqual(message("call stack exhausted"));
    let run = limited(5);
    let deepest = 0;
    expect(() => {
      for (;;) {
        run = next(run);
        const { stepKont } = run.config;
        if (stepKont.tag === "SK_Start") deepest = Math.max(deepest, stepKont.rest.length);
      }
    }).toThrow(GuestError);
    // Frames below the top one: with it there are as many as the limit.
    expect(deepest).toBe(4);
  });

  it("a failed tick leaves the state as it was", () => {
    const start = startKernel(assemble(wat("(local i32) (local.set 0 (i32.const 5)) (local.set 9 (i32.const 1))")));
    let run = start;
    expect(() => {
      for (;;) run = next(run);
    }).toThrow(GuestError);
    const again = run;
    expect(errorOf(() => next(again))).toEqual(BOUNDS);
    expect(isOver(again)).toBe(false);
  });

  it("states that have no next step", () => {
    const end = runToEnd(startKernel(assemble(wat(""))));
    const dead = (printed: string, explanation: string) => ({
      raw: `Tezos_webassembly_interpreter.Eval.Evaluation_step_error(${printed})`,
      explanation,
      known: true,
    });
    expect(errorOf(() => next(end))).toEqual(dead("2", "Eval_step"));
    expect(errorOf(() => next(runToEnd(startKernel(assemble(wat("unreachable"))))))).toEqual(dead("2", "Eval_step"));
    const host = hostOf({ ask: asking(0, 4) });
    const waiting = runUntilReveal(0, 4);
    expect(errorOf(() => next(waiting, host))).toEqual(
      dead("_", "Invoke_step: The reveal tick cannot be evaluated as is"),
    );
  });
});

/** Runs instructions in a frame of a small module; what they leave, first value first. */
function runCode(code: readonly Instruction[], values: readonly Value[] = []): readonly Value[] | string {
  const { registry } = startKernel(assemble(wat("")));
  const config = startConfig("main", code.map(plain), 100, LazyVector.of(values));
  return outcomeOf(runToEnd({ config, registry, tick: 0 }));
}

function asking(base: number, maxBytes: number): HostDefinition {
  const call = () => ({ tag: "reveal", request: Uint8Array.of(1), base, maxBytes }) as const;
  return { name: "ask", params: [], results: ["i32"], call };
}

function runUntilReveal(base: number, maxBytes: number): Run {
  const host = hostOf({ ask: asking(base, maxBytes) });
  let run = startKernel(
    assemble(`(module (import "smart_rollup_core" "ask" (func $ask (result i32)))
      (memory (export "mem") 1) (func (export "kernel_run") (i32.store (i32.const 100) (call $ask))))`),
    host,
  );
  for (let ticks = 0; ticks < 100; ticks++) {
    const { stepKont } = run.config;
    if (stepKont.tag === "SK_Next" && stepKont.kont.tag === "LS_Craft_frame") {
      if (stepKont.kont.invoke.tag === "Inv_reveal_tick") return run;
    }
    run = next(run, host);
  }
  throw new Error("no reveal");
}

describe("reveals", () => {
  const answer = Uint8Array.of(1, 2, 3, 4, 5, 6);

  it("write what fits and give its length", () => {
    const run = runUntilReveal(8, 4);
    const answered = { ...revealStep(run.config, run.registry, answer), tick: 0 };
    const end = runToEnd(answered);
    // The ticks of the bytes, the end of the wait, the label, the store, and the ends of function and frame.
    expect(end.tick).toBe(42 * 4 + 2 + 6 + 8 + 4);
    const { chunks } = instanceOf(end).memories.get(0);
    expect([...chunks.bytes(7, 6)]).toEqual([0, 1, 2, 3, 4, 0]);
    expect([...chunks.bytes(100, 4)]).toEqual([4, 0, 0, 0]);
  });

  it.each([
    ["a destination outside the memory", 65533, 4],
    ["a negative size", 0, -1],
  ])("escape: %s", (_what, base, maxBytes) => {
    const run = runUntilReveal(base, maxBytes);
    expect(() => revealStep(run.config, run.registry, answer)).toThrow(RevealEscape);
  });

  it("escape: nothing is pending", () => {
    const { config, registry } = startKernel(assemble(wat("")));
    expect(() => revealStep(config, registry, answer)).toThrow(RevealEscape);
    expect(evalStep(config, registry, NO_HOST, { init: false, level: "pvm" }).config.stepKont.tag).toBe("SK_Next");
  });
});

describe("values", () => {
  it("return leaks what lies below the results", () => {
    const body = `(func $leaky (result i32) (i32.const 1) (i32.const 2) (i32.const 3) (return))
      (func (export "kernel_run") (result i32 i32 i32 i32) (i32.const 9) (call $leaky))`;
    const leaked = results(`(module (memory (export "mem") 1) ${body})`);
    expect(leaked).toEqual([i32(9), i32(1), i32(2), i32(3)]);
  });

  it("br cuts to the arity", () => {
    const body = `(i32.const 1) (drop (block (result i64) (i32.const 2) (i64.const 3) (br 0))) (drop)`;
    expect(results(wat(body))).toEqual([]);
    expect(runCode([{ tag: "Const", value: { type: "i64", value: 5n } }], [i32(1)])).toEqual([i32(1), i64(5n)]);
  });
});
