/**
 * Types of imports: whether what was linked is what the module declares, and how the two are printed when it is not (pvm.md §3.1).
 *
 * The reference prints of a function type only the value types it has loaded. A tick starts from a stored state, so those are the ones this
 * very comparison has read: none if the numbers of parameters or of results differ, and nothing behind the first difference.
 */
import type { LazyVector } from "../../merkle/lazy-vector.js";
import { byteString, GuestError } from "../guest-errors.js";
import { type Extern, typeOf } from "../runtime.js";
import type { FuncType, GlobalType, Import, Limits, Module, TableType, ValueType } from "../syntax.js";

type ExternType =
  | { readonly tag: "Func"; readonly type: FuncType }
  | { readonly tag: "Table"; readonly type: TableType }
  | { readonly tag: "Memory"; readonly type: Limits }
  | { readonly tag: "Global"; readonly type: GlobalType };

function expectedType(module: Module, { desc }: Import): ExternType {
  if (desc.tag !== "Func") return desc;
  return { tag: "Func", type: module.types.get(desc.type) };
}

function actualType(extern: Extern): ExternType {
  switch (extern.tag) {
    case "ExternFunc":
      return { tag: "Func", type: extern.func.type };
    case "ExternTable": {
      const { min, max, type } = extern.table;
      return { tag: "Table", type: { limits: { min, max }, type } };
    }
    case "ExternMemory":
      return { tag: "Memory", type: extern.memory };
    case "ExternGlobal":
      return { tag: "Global", type: { type: typeOf(extern.global.value), mutable: extern.global.mutable } };
  }
}

/** How far a comparison of two function types got: how many of their parameters and results were looked at. */
interface Compared {
  readonly equal: boolean;
  readonly params: number;
  readonly results: number;
}

const NOTHING_COMPARED: Compared = { equal: false, params: 0, results: 0 };

/** Compares element by element, up to the first difference: whether there is none, and how many elements were read. */
function compareTypes(a: LazyVector<ValueType>, b: LazyVector<ValueType>): { equal: boolean; read: number } {
  const length = a.length | 0;
  for (let index = 0; index < length; index++) {
    if (a.get(index) !== b.get(index)) return { equal: false, read: index + 1 };
  }
  return { equal: true, read: length };
}

function compareFuncTypes(a: FuncType, b: FuncType): Compared {
  if (a.params.length !== b.params.length || a.results.length !== b.results.length) return NOTHING_COMPARED;
  // The results are compared even when the parameters differ.
  const params = compareTypes(a.params, b.params);
  const results = compareTypes(a.results, b.results);
  return { equal: params.equal && results.equal, params: params.read, results: results.read };
}

function limitsMatch(actual: Limits, expected: Limits): boolean {
  if (actual.min >>> 0 < expected.min >>> 0) return false;
  if (expected.max === null) return true;
  return actual.max !== null && actual.max >>> 0 <= expected.max >>> 0;
}

function compare(actual: ExternType, expected: ExternType): Compared {
  if (actual.tag === "Func" && expected.tag === "Func") return compareFuncTypes(actual.type, expected.type);
  let equal = false;
  if (actual.tag === "Table" && expected.tag === "Table") {
    equal = actual.type.type === expected.type.type && limitsMatch(actual.type.limits, expected.type.limits);
  } else if (actual.tag === "Memory" && expected.tag === "Memory") {
    equal = limitsMatch(actual.type, expected.type);
  } else if (actual.tag === "Global" && expected.tag === "Global") {
    equal = actual.type.type === expected.type.type && actual.type.mutable === expected.type.mutable;
  }
  return { ...NOTHING_COMPARED, equal };
}

function printTypes(types: LazyVector<ValueType>, count: number): string {
  return `[${Array.from({ length: count }, (_, index) => types.get(index)).join(" ")}]`;
}

function printLimits({ min, max }: Limits): string {
  return max === null ? String(min >>> 0) : `${min >>> 0} ${max >>> 0}`;
}

function printType(type: ExternType, { params, results }: Compared): string {
  switch (type.tag) {
    case "Func":
      return `func ${printTypes(type.type.params, params)} -> ${printTypes(type.type.results, results)}`;
    case "Table":
      return `table ${printLimits(type.type.limits)} ${type.type.type}`;
    case "Memory":
      return `memory ${printLimits(type.type)}`;
    case "Global":
      return `global ${type.type.mutable ? `(mut ${type.type.type})` : type.type.type}`;
  }
}

/** Checks that an extern has the type its import declares. Throws `GuestError`. */
export function checkImport(module: Module, extern: Extern, wanted: Import): void {
  const expected = expectedType(module, wanted);
  const actual = actualType(extern);
  const compared = compare(actual, expected);
  if (compared.equal) return;
  const name = `"${byteString(wanted.module)}" "${byteString(wanted.item)}"`;
  const types = `expected ${printType(expected, compared)}, got ${printType(actual, compared)}`;
  throw GuestError.withMessage(`incompatible import type for ${name}: ${types}`);
}
