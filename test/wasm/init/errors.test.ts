// The texts of failing initialisations, names of exports, and what modules are made into.
import { describe, expect, it } from "vitest";
import { ChunkedBytes } from "../../../src/merkle/chunked-bytes.js";
import { LazyVector } from "../../../src/merkle/lazy-vector.js";
import { buildNode, View } from "../../../src/merkle/schema.js";
import { EXACT_UNOBSERVED, PLAIN_ACCESS } from "../../../src/merkle/tree.js";
import { GuestError } from "../../../src/wasm/guest-errors.js";
import { findExport, type InitRules, initialInit, initStep, isInitialised } from "../../../src/wasm/init/machine.js";
import { initMany } from "../../../src/wasm/init/many.js";
import { type InitState, initStateSchema } from "../../../src/wasm/init/state.js";
import type { Extern } from "../../../src/wasm/runtime.js";
import type { FuncType, ValueType } from "../../../src/wasm/syntax.js";
import { importHost } from "./import-host.js";
import { linked, textModule } from "./modules.js";

const HOST = importHost();
const RULES: InitRules = { level: "pvm", stackLimit: 300 };
const LENIENT: InitRules = { ...RULES, functionExportsOnly: false, memoryExportRequired: false };

function finish(state: InitState, rules = RULES): InitState {
  const end = initMany(state, HOST, rules, 1_000_000).state;
  return isInitialised(end) ? end : initStep(end, HOST, rules);
}

function failure(run: () => unknown): GuestError {
  try {
    run();
  } catch (error) {
    if (error instanceof GuestError) return error;
    throw error;
  }
  throw new Error("no failure");
}

function initialised(fields: string, rules = RULES): InitState {
  return finish(linked(textModule(`(module ${fields})`)), rules);
}

const MEMORY = '(memory (export "m") 1)';

describe("errors", () => {
  it.each([
    ["", "Tezos_webassembly_interpreter.Eval.Missing_memory_0_export", "Module must export memory 0"],
    [
      '(memory 1) (memory (export "m") 1)',
      "Tezos_webassembly_interpreter.Eval.Missing_memory_0_export",
      "Module must export memory 0",
    ],
    ["(memory 3 2)", "Tezos_webassembly_interpreter.Partial_memory.Type", null],
    ["(table 3 2 funcref)", "Tezos_webassembly_interpreter.Partial_table.Type", null],
    [`${MEMORY} (global i64 (i32.const 1))`, "Tezos_webassembly_interpreter.Global.Type", null],
    [`${MEMORY} (global i32 (global.get 0))`, 'Error(_, "undefined global 0")', "undefined global 0"],
    ['(memory 1) (export "t" (table 2))', 'Error(_, "undefined table 2")', "undefined table 2"],
    [
      '(memory 1) (export "m" (memory 4000000000))',
      'Error(_, "undefined memory -294967296")',
      "undefined memory -294967296",
    ],
    ['(export "g" (global 0))', 'Error(_, "undefined global 0")', "undefined global 0"],
    [
      `${MEMORY} (global i32 (nop))`,
      'Error(_, "wrong number of results on stack")',
      "wrong number of results on stack",
    ],
    [
      `${MEMORY} (global i32 (i32.const 1) (i32.const 2))`,
      'Error(_, "wrong number of results on stack")',
      "wrong number of results on stack",
    ],
    [`${MEMORY} (func unreachable) (start 0)`, 'Error(_, "unreachable executed")', "unreachable executed"],
    [`${MEMORY} (func) (start 3)`, 'Error(_, "undefined function 3")', "undefined function 3"],
    [
      `${MEMORY} (data (i32.const 65536) "x")`,
      'Error(_, "out of bounds memory access")',
      "out of bounds memory access",
    ],
  ] as const)("%s", (fields, raw, explanation) => {
    const error = failure(() => initialised(fields));
    expect([error.raw, error.explanation, error.known]).toEqual([raw, explanation, true]);
  });

  it("a constant expression that traps has no next step", () => {
    const error = failure(() => initialised(`${MEMORY} (global i32 (unreachable))`));
    expect(error.raw).toBe("Tezos_webassembly_interpreter.Eval.Evaluation_step_error(2)");
    expect(error.explanation).toBe("Eval_step");
  });

  it("the end has no next step", () => {
    const error = failure(() => initStep(initialised(MEMORY), HOST, RULES));
    expect(error.raw).toBe("Tezos_webassembly_interpreter.Eval.Init_step_error(0)");
    expect(error.explanation).toBe("Init_step");
  });

  it("a number of externs other than of imports", () => {
    const module = textModule(`(module (import "smart_rollup_core" "write_debug" (func (param i32 i32))) ${MEMORY})`);
    const error = failure(() => initStep(initialInit(module, LazyVector.empty()), HOST, RULES));
    expect(error.explanation).toBe("wrong number of imports provided for initialisation");
  });

  it("a table that no machine holds is no error of the guest", () => {
    expect(() => initialised(`${MEMORY} (table 0x7fffffff funcref)`)).toThrow("a vector of 2147483647 elements");
  });
});

function types(...values: ValueType[]): LazyVector<ValueType> {
  return LazyVector.of(values);
}

function func(params: ValueType[], results: ValueType[]): Extern {
  const type: FuncType = { params: types(...params), results: types(...results) };
  return { tag: "ExternFunc", func: { tag: "Host", type, name: "f" } };
}

function memory(min: number, max: number | null): Extern {
  return { tag: "ExternMemory", memory: { min, max, chunks: ChunkedBytes.allocate(min * 65536) } };
}

function table(min: number, max: number | null, type: "funcref" | "externref"): Extern {
  const refs = LazyVector.absent<never>(min);
  return { tag: "ExternTable", table: { min, max, type, refs } };
}

function global(mutable: boolean): Extern {
  return { tag: "ExternGlobal", global: { mutable, value: { tag: "num", num: { type: "i32", value: 4 } } } };
}

describe("imports", () => {
  const withImport = (declared: string, extern: Extern): InitState =>
    initialInit(
      textModule(`(module (import "a\\c3\\a9" "b\\"" ${declared}) (memory (export "m") 1))`),
      LazyVector.of([extern]),
    );

  it.each([
    ["(func (param i32))", func([], []), "func [] -> []", "func [] -> []"],
    [
      "(func (param i32 i64) (result i32))",
      func(["i32", "i32"], ["i32"]),
      "func [i32 i64] -> [i32]",
      "func [i32 i32] -> [i32]",
    ],
    ["(func (param i32 i64 i64))", func(["i64", "i64", "i64"], []), "func [i32] -> []", "func [i64] -> []"],
    ["(func (result i64 i64))", func([], ["i64", "v128"]), "func [] -> [i64 i64]", "func [] -> [i64 v128]"],
    ["(table 1 10 externref)", func(["i32"], []), "table 1 10 externref", "func [] -> []"],
    ["(table 5 funcref)", table(4, 9, "funcref"), "table 5 funcref", "table 4 9 funcref"],
    ["(table 1 funcref)", table(4, null, "externref"), "table 1 funcref", "table 4 externref"],
    ["(memory 1 2)", memory(1, null), "memory 1 2", "memory 1"],
    ["(memory 1 2)", memory(1, 3), "memory 1 2", "memory 1 3"],
    ["(memory 1)", global(true), "memory 1", "global (mut i32)"],
    ["(global i32)", global(true), "global i32", "global (mut i32)"],
    ["(global (mut externref))", func([], []), "global (mut externref)", "func [] -> []"],
  ] as const)("%s", (declared, extern, expected, got) => {
    const start = withImport(declared, extern);
    const error = failure(() => finish(start, LENIENT));
    // Bytes of UTF-8, one a character.
    const text = `incompatible import type for "a\u00c3\u00a9" "b"": expected ${expected}, got ${got}`;
    expect(error.explanation).toBe(text);
    // From a stored state, too: the types printed are those that the comparison reads.
    const node = buildNode(initStateSchema, initMany(start, HOST, LENIENT, 1).state, true);
    for (const access of [PLAIN_ACCESS, EXACT_UNOBSERVED]) {
      const loaded = initStateSchema.load(View.of(node, access));
      expect(failure(() => initStep(loaded, HOST, LENIENT)).explanation).toBe(text);
    }
  });

  it.each([
    ["(func (param i32 v128) (result i64))", func(["i32", "v128"], ["i64"])],
    ["(table 3 funcref)", table(4, 9, "funcref")],
    ["(table 3 10 funcref)", table(4, 9, "funcref")],
    ["(memory 1 9)", memory(2, 9)],
    ["(global (mut i32))", global(true)],
  ] as const)("%s, satisfied", (declared, extern) => {
    const { registry } = finish(withImport(declared, extern), LENIENT);
    const { functions, tables, memories, globals } = registry.get("main");
    expect(functions.length + tables.length + memories.length + globals.length).toBe(2);
  });

  it("keep the order in which they are declared", () => {
    const imported = ["read_input", "write_debug", "store_has"];
    const fields = imported.map((name) => `(import "smart_rollup_core" "${name}" (func ${SIGNATURE[name]}))`).join("");
    const { registry } = initialised(`${fields} (memory (export "m") 1) (func)`);
    const { functions } = registry.get("main");
    expect(functions.toArray().map((value) => (value.tag === "Host" ? value.name : value.tag))).toEqual([
      "tezos_read_input",
      "tezos_write_debug",
      "tezos_store_has",
      "Native",
    ]);
    expect(functions.head).toBe(0);
  });
});

const SIGNATURE: Readonly<Record<string, string>> = {
  read_input: "(param i32 i32 i32) (result i32)",
  write_debug: "(param i32 i32)",
  store_has: "(param i32 i32) (result i32)",
};

describe("exports", () => {
  const { registry } = initialised(
    `${MEMORY} (table 1 funcref) (func (export "f")) (func (export "g\\"\\\\") (result i32) i32.const 1)
     (export "caf\\c3\\a9\\7f\\01 ~" (func 1)) (export "f" (func 1)) (export "t" (table 0))`,
  );

  it("are found by name, the last of several", () => {
    expect(findExport(registry, "f")).toBe(registry.get("main").functions.get(1));
    expect(findExport(registry, 'g"\\')?.tag).toBe("Native");
    expect(findExport(registry, "caf\u00e9\u007f\u0001 ~")?.tag).toBe("Native");
  });

  it("stand in the tree under escaped names", () => {
    const { exports } = registry.get("main");
    for (const key of ["f", 'g\\"\\\\', "caf\\u{c3}\\u{a9}\\u{7f}\\u{01} ~"])
      expect(exports.get(key).tag).toBe("ExternFunc");
  });

  it.each(["m", "t", "nothing"])("%s is no function", (name) => {
    const error = failure(() => findExport(registry, name));
    expect([error.raw, error.known]).toEqual(["Tezos_tree_encoding__Decoding.Key_not_found(_)", false]);
  });

  it("are kept of any kind when asked for", () => {
    const lenient = initialised('(table (export "t") 1 funcref)', LENIENT);
    expect(findExport(lenient.registry, "t")).toBeNull();
  });
});

describe("memories and tables", () => {
  it("of a negative size are empty", () => {
    const { registry } = initialised('(memory (export "m") 0x80000000) (table 0x80000000 funcref)');
    const { memories, tables } = registry.get("main");
    expect([memories.get(0).min, memories.get(0).chunks.length]).toEqual([-0x80000000, 0]);
    expect([tables.get(0).min, tables.get(0).refs.length]).toEqual([-0x80000000, 0]);
  });

  it("may have more pages than can be addressed", () => {
    const { registry } = initialised('(memory (export "m") 70000)');
    expect(registry.get("main").memories.get(0).chunks.length).toBe(70000 * 65536);
  });
});
