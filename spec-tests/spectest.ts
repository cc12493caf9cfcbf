// The host module `spectest` that scripts import: functions that print (here: nothing), four globals, a table and a memory.
import { ChunkedBytes } from "../src/merkle/chunked-bytes.js";
import { LazyVector } from "../src/merkle/lazy-vector.js";
import { Cell, type External } from "../src/wasm/embedding/store.js";
import type { Host } from "../src/wasm/host.js";
import { type HostFunction, i32, i64, PAGE_BYTES, type Ref, type Value } from "../src/wasm/runtime.js";
import type { ValueType } from "../src/wasm/syntax.js";
import { parseF32, parseF64 } from "./numbers.js";

export const SPECTEST = "spectest";

const PRINTS: Readonly<Record<string, readonly ValueType[]>> = {
  print: [],
  print_i32: ["i32"],
  print_i64: ["i64"],
  print_f32: ["f32"],
  print_f64: ["f64"],
  print_i32_f32: ["i32", "f32"],
  print_f64_f64: ["f64", "f64"],
};

const GLOBALS: Readonly<Record<string, Value>> = {
  global_i32: i32(666),
  global_i64: i64(666n),
  global_f32: { tag: "num", num: { type: "f32", value: parseF32("666.6") | 0 } },
  global_f64: { tag: "num", num: { type: "f64", value: BigInt.asIntN(64, parseF64("666.6")) } },
};

const NULL: Ref = { tag: "NullRef", type: "funcref" };

function printFunction(item: string, params: readonly ValueType[]): HostFunction {
  const type = { params: LazyVector.of(params), results: LazyVector.empty<ValueType>() };
  return { tag: "Host", type, name: `${SPECTEST}.${item}` };
}

/** The exports of a fresh `spectest`: scripts may change its table and memory. */
export function createSpectest(): ReadonlyMap<string, External> {
  const exports = new Map<string, External>();
  for (const [item, params] of Object.entries(PRINTS))
    exports.set(item, { kind: "Func", func: printFunction(item, params) });
  for (const [item, value] of Object.entries(GLOBALS)) {
    exports.set(item, { kind: "Global", cell: new Cell<"Global">({ mutable: false, value }) });
  }
  const refs = LazyVector.of(new Array<Ref>(10).fill(NULL));
  exports.set("table", { kind: "Table", cell: new Cell<"Table">({ min: 10, max: 20, refs, type: "funcref" }) });
  const chunks = ChunkedBytes.allocate(PAGE_BYTES);
  exports.set("memory", { kind: "Memory", cell: new Cell<"Memory">({ min: 1, max: 2, chunks }) });
  return exports;
}

/** Runs the functions of `spectest`: they return nothing. Imports are resolved by the runner, which knows the other modules too. */
export const spectestHost: Host = {
  resolve: () => null,
  call: () => ({ tag: "results", results: [], memory: null, ticks: 0 }),
};
