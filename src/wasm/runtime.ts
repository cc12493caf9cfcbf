/**
 * The run-time structures of the machine: values, functions, memories, tables, globals and module instances (pvm-encodings.md §4.1–4.6),
 * each with its schema. All are immutable: an instance that changes is replaced (pvm.md §1.4.1 tells why that is the provable behaviour).
 */
import { type ChunkedBytes, chunkedBytes } from "../merkle/chunked-bytes.js";
import { type LazyMap, lazyMap } from "../merkle/lazy-map.js";
import type { LazyVector } from "../merkle/lazy-vector.js";
import { int32, text } from "../merkle/leaves.js";
import { at, leaf, mapped, memoized, optionalLeaf, record, type Schema, tagged } from "../merkle/schema.js";
import { allocationsSchema, funcTypeSchema, indexSchema, valueTypes, vector } from "./module-schema.js";
import type { Allocations, Func, FuncType, Limits, Num, RefType, ValueType } from "./syntax.js";
import { mutabilityLeaf, numLeaf, refTypeLeaf, vecLeaf } from "./syntax-leaves.js";

// Values

export interface HostFunction {
  readonly tag: "Host";
  readonly type: FuncType;
  /** The name under which the machine knows it, not the one it is imported by. */
  readonly name: string;
}

export interface NativeFunction {
  readonly tag: "Native";
  /** The type as instances hold it. */
  readonly type: FuncType;
  /** Key of its module in the registry. */
  readonly module: string;
  readonly func: Func;
}

export type FunctionInstance = HostFunction | NativeFunction;

export type Ref =
  | { readonly tag: "FuncRef"; readonly func: FunctionInstance }
  | { readonly tag: "ExternRef"; readonly value: number }
  | { readonly tag: "NullRef"; readonly type: RefType };

/** A value of the stack, a local, a global. */
export type Value =
  | { readonly tag: "num"; readonly num: Num }
  | { readonly tag: "vec"; readonly bytes: Uint8Array }
  | { readonly tag: "ref"; readonly ref: Ref };

/** Function types of instances and native functions. */
export const functionTypeSchema: Schema<FuncType> = memoized(
  record<FuncType>({ params: at("1/type-params", valueTypes), results: at("2/type-result", valueTypes) }),
);

/** The type of a host function stands under `1`, whose own parts are numbered again. */
export const functionSchema: Schema<FunctionInstance> = memoized(
  tagged<FunctionInstance>(text, {
    Host: { type: at("1", funcTypeSchema), name: at("2/name", leaf(text)) },
    Native: {
      type: at("1", functionTypeSchema),
      module: at("2/module", leaf(text)),
      func: record<Func>({
        type: at("3/ftype", indexSchema),
        locals: at("4/locals", valueTypes),
        body: at("5", indexSchema),
      }),
    },
  }),
);

export const refSchema: Schema<Ref> = memoized(
  tagged<Ref>(text, {
    FuncRef: { func: functionSchema },
    ExternRef: { value: indexSchema },
    NullRef: { type: leaf(refTypeLeaf) },
  }),
);

type StoredValue =
  | { readonly tag: "NumType"; readonly num: Num }
  | { readonly tag: "VecType V128Type"; readonly bytes: Uint8Array }
  | { readonly tag: "RefType"; readonly ref: Ref };

export const valueSchema: Schema<Value> = memoized(
  mapped<Value, StoredValue>(
    tagged<StoredValue>(text, {
      NumType: { num: leaf(numLeaf) },
      "VecType V128Type": { bytes: leaf(vecLeaf) },
      RefType: { ref: refSchema },
    }),
    (stored) =>
      stored.tag === "NumType"
        ? { tag: "num", num: stored.num }
        : stored.tag === "RefType"
          ? { tag: "ref", ref: stored.ref }
          : { tag: "vec", bytes: stored.bytes },
    (value) =>
      value.tag === "num"
        ? { tag: "NumType", num: value.num }
        : value.tag === "ref"
          ? { tag: "RefType", ref: value.ref }
          : { tag: "VecType V128Type", bytes: value.bytes },
  ),
);

export type Values = LazyVector<Value>;
export const valuesSchema: Schema<Values> = vector(valueSchema);

export function i32(value: number): Value {
  return { tag: "num", num: { type: "i32", value: value | 0 } };
}

export function i64(value: bigint): Value {
  return { tag: "num", num: { type: "i64", value: BigInt.asIntN(64, value) } };
}

/** The type of a value. */
export function typeOf(value: Value): ValueType {
  if (value.tag === "num") return value.num.type;
  if (value.tag === "vec") return "v128";
  const ref = value.ref;
  return ref.tag === "FuncRef" ? "funcref" : ref.tag === "ExternRef" ? "externref" : ref.type;
}

// Instances

/** A linear memory. `min` is its present size in pages (unsigned, kept as an int32). */
export interface Memory {
  readonly min: number;
  readonly max: number | null;
  readonly chunks: ChunkedBytes;
}

export interface Table {
  readonly min: number;
  readonly max: number | null;
  readonly refs: LazyVector<Ref>;
  readonly type: RefType;
}

export interface Global {
  readonly mutable: boolean;
  readonly value: Value;
}

export const memorySchema: Schema<Memory> = memoized(
  record<Memory>({
    min: at("1/min", leaf(int32)),
    max: at("2/max", optionalLeaf(int32)),
    chunks: at("3/chunks", chunkedBytes),
  }),
);

export const tableSchema: Schema<Table> = memoized(
  record<Table>({
    min: at("1/min", leaf(int32)),
    max: at("2/max", optionalLeaf(int32)),
    refs: at("3/refs", vector(refSchema)),
    type: at("4/ref-type", leaf(refTypeLeaf)),
  }),
);

export const globalSchema: Schema<Global> = memoized(
  record<Global>({ mutable: at("1/type", leaf(mutabilityLeaf)), value: at("2/value", valueSchema) }),
);

export type Extern =
  | { readonly tag: "ExternFunc"; readonly func: FunctionInstance }
  | { readonly tag: "ExternTable"; readonly table: Table }
  | { readonly tag: "ExternMemory"; readonly memory: Memory }
  | { readonly tag: "ExternGlobal"; readonly global: Global };

export const externSchema: Schema<Extern> = memoized(
  tagged<Extern>(text, {
    ExternFunc: { func: functionSchema },
    ExternTable: { table: tableSchema },
    ExternMemory: { memory: memorySchema },
    ExternGlobal: { global: globalSchema },
  }),
);

/** An element segment of an instance: its references, none once dropped. */
export interface ElemInstance {
  readonly refs: LazyVector<Ref>;
}

export const elemInstanceSchema: Schema<ElemInstance> = memoized(
  record<ElemInstance>({ refs: at("refs", vector(refSchema)) }),
);

export interface ModuleInstance {
  readonly types: LazyVector<FuncType>;
  readonly functions: LazyVector<FunctionInstance>;
  readonly tables: LazyVector<Table>;
  readonly memories: LazyVector<Memory>;
  readonly globals: LazyVector<Global>;
  /** Exported functions by name, escaped as keys of the tree. */
  readonly exports: LazyMap<Extern>;
  readonly elems: LazyVector<ElemInstance>;
  /** Labels of the data segments, 0 once dropped. */
  readonly datas: LazyVector<number>;
  readonly allocations: Allocations;
}

export const instanceSchema: Schema<ModuleInstance> = memoized(
  record<ModuleInstance>({
    types: at("1/types", vector(functionTypeSchema)),
    functions: at("2/functions", vector(functionSchema)),
    tables: at("3/tables", vector(tableSchema)),
    memories: at("4/memories", vector(memorySchema)),
    globals: at("5/globals", vector(globalSchema)),
    exports: at("6", lazyMap(externSchema)),
    elems: at("7/elements", vector(elemInstanceSchema)),
    datas: at("8/datas", vector(indexSchema)),
    allocations: at("9", allocationsSchema),
  }),
);

/** The instances by module name; a rollup kernel is the only one, `main`. */
export type Registry = LazyMap<ModuleInstance>;
export const registrySchema: Schema<Registry> = lazyMap(instanceSchema);

export const PAGE_BYTES = 65536;

/** A memory type and a memory share their limits. */
export type MemoryLimits = Limits;
