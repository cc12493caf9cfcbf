/** What a module declares, as its instructions see it: index spaces with the imports first. */
import type { FuncType, GlobalType, Module, RefType, TableType, ValueType } from "../syntax.js";
import { unknown } from "./errors.js";
import type { Signature } from "./signature.js";

export interface Context {
  readonly types: readonly Signature[];
  /** Types of the functions; null: its type index is wrong, which is reported where it stands. */
  readonly functions: readonly (Signature | null)[];
  readonly tables: readonly TableType[];
  readonly memories: number;
  readonly globals: readonly GlobalType[];
  /** The globals before this index are imported: the only ones that constant expressions may read. */
  readonly importedGlobals: number;
  readonly elems: readonly RefType[];
  readonly datas: number;
  /** Functions that `ref.func` may name: those that occur outside functions. */
  readonly declared: ReadonlySet<number>;
}

function signatureOfType({ params, results }: FuncType): Signature {
  return { params: params.toArray(), results: results.toArray() };
}

/** Every `ref.func` of a constant expression declares its function. */
function declareIn(module: Module, block: number, declared: Set<number>): void {
  const { blocks } = module.allocations;
  const code = blocks.get(block);
  for (let index = 0; index < code.length; index++) {
    const instruction = code.get(index);
    if (instruction.tag === "RefFunc") declared.add(instruction.index >>> 0);
  }
}

/** Functions named by exports, globals and element segments. */
function declaredFunctions(module: Module): Set<number> {
  const declared = new Set<number>();
  for (const { kind, index } of module.exports.toArray()) if (kind === "Func") declared.add(index >>> 0);
  for (const { init } of module.globals.toArray()) declareIn(module, init, declared);
  for (const { init } of module.elems.toArray()) {
    for (const item of init.toArray()) declareIn(module, item, declared);
  }
  return declared;
}

export function contextOf(module: Module): Context {
  const types = module.types.toArray().map(signatureOfType);
  const functions: (Signature | null)[] = [];
  const tables: TableType[] = [];
  const globals: GlobalType[] = [];
  let memories = 0;
  for (const { desc } of module.imports.toArray()) {
    if (desc.tag === "Func") functions.push(types[desc.type >>> 0] ?? null);
    else if (desc.tag === "Table") tables.push(desc.type);
    else if (desc.tag === "Global") globals.push(desc.type);
    else memories++;
  }
  const importedGlobals = globals.length;
  for (const { type } of module.funcs.toArray()) functions.push(types[type >>> 0] ?? null);
  for (const type of module.tables.toArray()) tables.push(type);
  for (const { type } of module.globals.toArray()) globals.push(type);
  return {
    types,
    functions,
    tables,
    memories: memories + module.memories.length,
    globals,
    importedGlobals,
    elems: module.elems.toArray().map((segment) => segment.type),
    datas: module.datas.length,
    declared: declaredFunctions(module),
  };
}

/** The context as constant expressions see it: of the globals, only the imported ones. */
export function constantContext(context: Context): Context {
  return { ...context, globals: context.globals.slice(0, context.importedGlobals) };
}

// Lookups by index; each throws `Fault`.

function at<T>(space: readonly T[], index: number, what: string): T {
  const found = space[index >>> 0];
  if (found === undefined) throw unknown(what, index);
  return found;
}

export function typeAt(context: Context, index: number): Signature {
  return at(context.types, index, "type");
}

export function functionAt(context: Context, index: number): Signature | null {
  return at(context.functions, index, "function");
}

export function tableAt(context: Context, index: number): TableType {
  return at(context.tables, index, "table");
}

export function globalAt(context: Context, index: number): GlobalType {
  return at(context.globals, index, "global");
}

export function elemAt(context: Context, index: number): RefType {
  return at(context.elems, index, "elem segment");
}

export function checkMemory(context: Context, index = 0): void {
  if (index >>> 0 >= context.memories) throw unknown("memory", index);
}

export function checkData(context: Context, index: number): void {
  if (index >>> 0 >= context.datas) throw unknown("data segment", index);
}

export function printTypes(types: readonly (ValueType | "any")[]): string {
  return `[${types.join(" ")}]`;
}
