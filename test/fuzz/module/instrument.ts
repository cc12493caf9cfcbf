// Adds exports to a module by which everything in it can be called and looked at from JavaScript without a bit being lost: of each function
// and each global one that takes and gives i32, i64 and references only; the memory; the tables.
import type { Code, FuncType, ValueType } from "./draft.js";
import { EXTERN_BYTE, encodeSections, funcType, functionBody, name, SECTION, section, unsigned } from "./encode.js";
import { OP } from "./instructions.js";
import { i32Const } from "./numbers.js";
import { type Outline, outlineOf } from "./read.js";

/** A type that passes to JavaScript and back unchanged. */
export type PlainType = "i32" | "i64" | "funcref" | "externref";

export interface PlainFunction {
  /** Name of the export. */
  readonly name: string;
  readonly params: readonly PlainType[];
  readonly results: readonly PlainType[];
}

export interface Instrumented {
  readonly binary: Uint8Array;
  readonly outline: Outline;
  readonly calls: readonly PlainFunction[];
  readonly globals: readonly PlainFunction[];
  readonly memory: string | null;
  readonly tables: readonly string[];
}

/** Before each call, this much is put into this global. */
export interface Fuel {
  readonly global: number;
  readonly amount: number;
}

/** What stands for a value of a type: as many bits. */
export function plainTypes(type: ValueType): PlainType[] {
  switch (type) {
    case "f32":
      return ["i32"];
    case "f64":
      return ["i64"];
    case "v128":
      return ["i64", "i64"];
    default:
      return [type];
  }
}

/** Code that pushes a value of a type, of what stands for it in locals from `first` on. */
export function fromPlain(type: ValueType, first: number): Code[] {
  const get = (local: number): Code => [...OP.localGet, ...unsigned(local)];
  switch (type) {
    case "f32":
      return [get(first), OP.f32ReinterpretI32];
    case "f64":
      return [get(first), OP.f64ReinterpretI64];
    case "v128":
      return [get(first), OP.i64x2Splat, get(first + 1), [...OP.i64x2Replace, 1]];
    default:
      return [get(first)];
  }
}

/** Code that pushes what stands for the value in a local. */
export function toPlain(type: ValueType, local: number): Code[] {
  const get: Code = [...OP.localGet, ...unsigned(local)];
  switch (type) {
    case "f32":
      return [get, OP.i32ReinterpretF32];
    case "f64":
      return [get, OP.i64ReinterpretF64];
    case "v128":
      return [get, [...OP.i64x2Extract, 0], get, [...OP.i64x2Extract, 1]];
    default:
      return [get];
  }
}

interface Added {
  readonly type: FuncType & { readonly params: readonly PlainType[]; readonly results: readonly PlainType[] };
  readonly locals: ValueType[];
  readonly code: Code[];
}

function wrapper({ params, results }: FuncType, index: number, fuel: Fuel | null): Added {
  const plainParams = params.flatMap(plainTypes);
  const code: Code[] = [];
  if (fuel !== null) code.push(i32Const(fuel.amount), [...OP.globalSet, ...unsigned(fuel.global)]);
  let at = 0;
  for (const type of params) {
    code.push(...fromPlain(type, at));
    at += plainTypes(type).length;
  }
  code.push([...OP.call, ...unsigned(index)]);
  for (let result = results.length - 1; result >= 0; result--) code.push([...OP.localSet, ...unsigned(at + result)]);
  results.forEach((type, result) => {
    code.push(...toPlain(type, at + result));
  });
  return { type: { params: plainParams, results: results.flatMap(plainTypes) }, locals: [...results], code };
}

function getter(type: ValueType, index: number): Added {
  const code: Code[] = [[...OP.globalGet, ...unsigned(index)], [...OP.localSet, 0], ...toPlain(type, 0)];
  return { type: { params: [], results: plainTypes(type) }, locals: [type], code };
}

/** A section with items added at its end. */
function extended(content: Uint8Array | undefined, id: number, items: readonly (readonly number[])[]): number[] {
  if (content === undefined) return section(id, [...unsigned(items.length), ...items.flat()]);
  let count = 0;
  let at = 0;
  for (let scale = 1; ; scale *= 128) {
    const byte = content[at++] ?? 0;
    count += (byte & 0x7f) * scale;
    if (byte < 0x80) break;
  }
  return section(id, [...unsigned(count + items.length), ...content.subarray(at), ...items.flat()]);
}

const ORDER: readonly number[] = [
  SECTION.type,
  SECTION.import,
  SECTION.function,
  SECTION.table,
  SECTION.memory,
  SECTION.global,
  SECTION.export,
  SECTION.start,
  SECTION.elem,
  SECTION.dataCount,
  SECTION.code,
  SECTION.data,
];

function withSections(outline: Outline, items: ReadonlyMap<number, readonly (readonly number[])[]>): Uint8Array {
  const list: (readonly number[])[] = [];
  for (const id of ORDER) {
    const content = outline.sections.find((found) => found.id === id)?.content;
    const added = items.get(id);
    if (added !== undefined) list.push(extended(content, id, added));
    else if (content !== undefined) list.push(section(id, [...content]));
  }
  return encodeSections(list);
}

export function instrument(binary: Uint8Array, fuel: Fuel | null): Instrumented {
  const outline = outlineOf(binary);
  const { functions, globals, types } = outline;
  const importedFunctions = outline.imports.filter(({ what }) => what.kind === "func").length;
  const named = [
    ...functions.map((type, index) => ({ name: `#f${index}`, added: wrapper(type, index, fuel) })),
    ...globals.map(({ type }, index) => ({ name: `#g${index}`, added: getter(type, index) })),
  ];
  const exports = named.map(({ name: text }, index) => [
    ...name(text),
    EXTERN_BYTE.func,
    ...unsigned(functions.length + index),
  ]);
  const memory = outline.memories > 0 ? "#m" : null;
  if (memory !== null) exports.push([...name(memory), EXTERN_BYTE.memory, 0]);
  const tables = outline.tables.map((_, index) => `#t${index}`);
  tables.forEach((table, index) => {
    exports.push([...name(table), EXTERN_BYTE.table, ...unsigned(index)]);
  });
  const instrumented = withSections(
    outline,
    new Map<number, readonly (readonly number[])[]>([
      [SECTION.type, named.map(({ added }) => funcType(added.type))],
      [SECTION.function, named.map((_, index) => unsigned(types.length + index))],
      [SECTION.export, exports],
      [SECTION.code, named.map(({ added }) => functionBody(added))],
    ]),
  );
  const plain = named.map(({ name: text, added }) => ({ name: text, ...added.type }));
  return {
    binary: instrumented,
    outline,
    calls: plain.slice(importedFunctions, functions.length),
    globals: plain.slice(functions.length),
    memory,
    tables,
  };
}
