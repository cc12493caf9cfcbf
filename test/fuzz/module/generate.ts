// Random valid modules. Where nothing else ends them, a global that counts down does; no more calls are nested than it allows.
import type { Source } from "../choices.js";
import type { HostSignature } from "../host/program.js";
import {
  type Code,
  type Draft,
  emptyDraft,
  type FuncType,
  imported,
  type RefType,
  type SegmentMode,
  typeIndex,
  type ValueType,
} from "./draft.js";
import { unsigned } from "./encode.js";
import { body } from "./expressions.js";
import { OP } from "./instructions.js";
import { anyBits, constant, i32Const, isReference, nullOf } from "./numbers.js";
import { type Features, FunctionScope, ModuleScope } from "./scope.js";
import { burnOrReturn } from "./statements.js";

export interface Wanted extends Features {
  /** Module of which functions, and now and then a memory, a table and globals, are imported; null: nothing is. */
  readonly importFrom: string | null;
  /** Whether it is a kernel: exports its only memory, and a function `kernel_run` without parameters or results. */
  readonly kernel: boolean;
  /** What a kernel imports, from `smart_rollup_core`. */
  readonly hostFunctions?: readonly HostSignature[];
  /** How much fuel there is at the start; null: nothing ends the module's runs. */
  readonly fuel: number | null;
  /** Instructions of a function, roughly. */
  readonly instructions: number;
  /** Functions beside the imported ones, at most. */
  readonly functions: number;
}

export interface Generated {
  readonly draft: Draft;
  /** Index of the global that counts down; null: none does. */
  readonly fuel: number | null;
}

const NESTING = 5;
/** Bytes of keys at the beginning of a kernel's memory. */
const KEY_TEXT = 512;
const REFERENCES: readonly RefType[] = ["funcref", "externref"];

function valueTypes({ floats, vectors }: Features, references: boolean): ValueType[] {
  const types: ValueType[] = ["i32", "i64"];
  if (floats) types.push("f32", "f64");
  if (vectors) types.push("v128");
  return references ? [...types, ...REFERENCES] : types;
}

function signature(source: Source, types: readonly ValueType[]): FuncType {
  return { params: source.list(3, () => source.pick(types)), results: source.list(3, () => source.pick(types)) };
}

function addImports(source: Source, draft: Draft, module: string, types: readonly ValueType[]): void {
  source.list(2, (index) => {
    const type = typeIndex(draft, signature(source, types));
    draft.imports.push({ module, name: `f${index}`, what: { kind: "func", type } });
  });
  source.list(2, (index) => {
    const what = { kind: "global", type: source.pick(types), mutable: source.below(2) === 1 } as const;
    draft.imports.push({ module, name: `g${index}`, what });
  });
  if (source.below(4) === 3) {
    const what = { kind: "memory", limits: { min: 1, max: 2 } } as const;
    draft.imports.push({ module, name: "m", what });
  }
  if (source.below(4) === 3) {
    const what = { kind: "table", type: source.pick(REFERENCES), limits: { min: 4, max: 8 } } as const;
    draft.imports.push({ module, name: "t", what });
  }
}

function addHostFunctions(draft: Draft, functions: readonly HostSignature[]): void {
  for (const { name, params, result } of functions) {
    const type = typeIndex(draft, { params, results: result === null ? [] : [result] });
    draft.imports.push({ module: "smart_rollup_core", name, what: { kind: "func", type } });
  }
  // Keys from many an address on, of many a length.
  if (functions.length === 0) return;
  const mode: SegmentMode = { tag: "active", index: 0, offset: [i32Const(0)] };
  draft.datas.push({ mode, bytes: Buffer.from("/k".repeat(KEY_TEXT / 2)) });
}

/** The value a global begins with: a constant, or an imported global's. */
function initial(source: Source, draft: Draft, type: ValueType, functions: number): Code[] {
  const same = imported(draft, "global").flatMap((global, index) =>
    global.type === type && !global.mutable ? [index] : [],
  );
  if (same.length > 0 && source.below(3) === 2) return [[...OP.globalGet, ...unsigned(source.pick(same))]];
  if (!isReference(type)) return [constant(type, anyBits(source, type))];
  if (type === "funcref" && functions > 0 && source.below(2) === 1) {
    return [[...OP.refFunc, ...unsigned(source.below(functions))]];
  }
  return [nullOf(type)];
}

function segmentMode(source: Source, count: number, room: number): SegmentMode {
  if (count === 0 || source.below(2) === 0) return { tag: "passive" };
  const far = source.below(20) === 19;
  return { tag: "active", index: 0, offset: [i32Const(far ? -1 : source.below(Math.max(1, room)))] };
}

function addElems(source: Source, draft: Draft, functions: number): void {
  const tables = [...imported(draft, "table"), ...draft.tables];
  source.list(3, () => {
    const type = source.pick(REFERENCES);
    const isIndices = type === "funcref" && source.below(2) === 0;
    const items = source.list(4, (): Code => {
      const isFunction = type === "funcref" && functions > 0 && source.below(4) > 0;
      return isFunction ? [...OP.refFunc, ...unsigned(source.below(functions))] : nullOf(type);
    });
    const index = tables.findIndex((table) => table.type === type);
    let mode = segmentMode(source, index < 0 ? 0 : 1, (tables[index]?.limits.min ?? 0) - items.length + 1);
    if (mode.tag === "active") mode = { ...mode, index };
    const indices = items.map(() => source.below(functions));
    draft.elems.push({ type, mode, items: isIndices && functions > 0 ? indices : items.map((item) => [item]) });
  });
  // Every function may be named by ref.func.
  if (functions > 0) {
    const all = Array.from({ length: functions }, (_, index) => index);
    draft.elems.push({ type: "funcref", mode: { tag: "declarative" }, items: all });
  }
}

function addDatas(source: Source, draft: Draft): void {
  const memories = imported(draft, "memory").length + draft.memories.length;
  source.list(3, () => {
    const bytes = source.bytes(source.below(20));
    draft.datas.push({ mode: segmentMode(source, memories, 0x8000), bytes });
  });
  draft.dataCount = draft.datas.length;
}

function addMemory(source: Source, draft: Draft): void {
  if (imported(draft, "memory").length > 0) return;
  const min = source.below(3) === 2 ? 2 : 1;
  draft.memories.push({ min, max: source.below(4) === 3 ? null : min + source.below(3) });
}

function addTables(source: Source, draft: Draft): void {
  source.list(2, () => {
    const min = source.below(8);
    const max = source.below(4) === 3 ? null : min + source.below(4);
    draft.tables.push({
      type: source.weighted([
        [2, "funcref"],
        [1, "externref"],
      ] as const),
      limits: { min, max },
    });
  });
}

/** Declares everything but code. Gives the index of the fuel. */
function declare(source: Source, draft: Draft, wanted: Wanted): number | null {
  const types = valueTypes(wanted, true);
  source.list(2, () => draft.types.push(signature(source, types)));
  if (wanted.hostFunctions !== undefined) addHostFunctions(draft, wanted.hostFunctions);
  if (wanted.importFrom !== null) addImports(source, draft, wanted.importFrom, types);
  const kernelType = wanted.kernel ? [typeIndex(draft, { params: [], results: [] })] : [];
  const others = source.list(wanted.functions - 1, () => typeIndex(draft, signature(source, types)));
  const all = [...kernelType, typeIndex(draft, signature(source, types)), ...others];
  for (const type of all) draft.functions.push({ type, locals: [], code: [] });
  const functions = imported(draft, "func").length + all.length;
  if (wanted.kernel || source.below(8) > 0) addMemory(source, draft);
  addTables(source, draft);
  source.list(4, () => {
    const type = source.pick(types);
    draft.globals.push({ type, mutable: source.below(4) > 0, init: initial(source, draft, type, functions) });
  });
  const importedGlobals = imported(draft, "global").length;
  const fuel = wanted.fuel === null ? null : importedGlobals + draft.globals.length;
  if (wanted.fuel !== null) draft.globals.push({ type: "i32", mutable: true, init: [i32Const(wanted.fuel)] });
  addElems(source, draft, functions);
  addDatas(source, draft);
  return fuel;
}

function addExports(source: Source, draft: Draft, wanted: Wanted): void {
  if (wanted.kernel) {
    draft.exports.push({ name: "mem", kind: "memory", index: 0 });
    draft.exports.push({ name: "kernel_run", kind: "func", index: imported(draft, "func").length });
  }
  const functions = imported(draft, "func").length + draft.functions.length;
  source.list(2, (index) => draft.exports.push({ name: `e${index}`, kind: "func", index: source.below(functions) }));
}

function addStart(source: Source, draft: Draft): void {
  const types = [...imported(draft, "func"), ...draft.functions].map(({ type }) => draft.types[type]);
  const possible = types.flatMap((type, index) =>
    type?.params.length === 0 && type.results.length === 0 ? [index] : [],
  );
  if (possible.length > 0 && source.below(3) === 2) draft.start = source.pick(possible);
}

export function generate(source: Source, wanted: Wanted): Generated {
  const draft = emptyDraft();
  const fuel = declare(source, draft, wanted);
  const module = new ModuleScope(draft, wanted, fuel, wanted.hostFunctions?.length ?? 0);
  for (const func of draft.functions) {
    const type = draft.types[func.type] ?? { params: [], results: [] };
    const scope = new FunctionScope(module, source, func, type, wanted.instructions);
    scope.labels.push(type.results);
    burnOrReturn(scope);
    body(scope, type.results, NESTING);
    func.code = scope.out;
  }
  addExports(source, draft, wanted);
  if (!wanted.kernel || source.below(8) === 7) addStart(source, draft);
  return { draft, fuel };
}
