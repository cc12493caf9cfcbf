// The binary format, writing: numbers, vectors, sections.
import type {
  Code,
  DataDraft,
  Draft,
  ElemDraft,
  ExternKind,
  FuncType,
  FunctionDraft,
  ImportKind,
  Limits,
  SegmentMode,
  ValueType,
} from "./draft.js";

export const TYPE_BYTE: Readonly<Record<ValueType, number>> = {
  i32: 0x7f,
  i64: 0x7e,
  f32: 0x7d,
  f64: 0x7c,
  v128: 0x7b,
  funcref: 0x70,
  externref: 0x6f,
};

export const SECTION = {
  custom: 0,
  type: 1,
  import: 2,
  function: 3,
  table: 4,
  memory: 5,
  global: 6,
  export: 7,
  start: 8,
  elem: 9,
  code: 10,
  data: 11,
  dataCount: 12,
} as const;

export const EXTERN_BYTE: Readonly<Record<ExternKind, number>> = { func: 0, table: 1, memory: 2, global: 3 };
export const END = 0x0b;
const MAGIC = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];

/** Unsigned LEB128. */
export function unsigned(value: number): number[] {
  const bytes: number[] = [];
  let left = value;
  for (; left >= 0x80; left = Math.floor(left / 0x80)) bytes.push((left % 0x80) | 0x80);
  bytes.push(left);
  return bytes;
}

/** Signed LEB128. */
export function signed(value: number | bigint): number[] {
  const bytes: number[] = [];
  let left = BigInt(value);
  for (;;) {
    const byte = Number(left & 0x7fn);
    left >>= 7n;
    if ((left === 0n && byte < 0x40) || (left === -1n && byte >= 0x40)) {
      bytes.push(byte);
      return bytes;
    }
    bytes.push(byte | 0x80);
  }
}

/** The low bytes of a number, the least first. */
export function littleEndian(value: number | bigint, count: number): number[] {
  return Array.from({ length: count }, (_, index) => Number((BigInt(value) >> BigInt(8 * index)) & 0xffn));
}

export function name(text: string): number[] {
  return counted([...Buffer.from(text, "utf8")]);
}

/** Bytes behind their number. */
export function counted(bytes: readonly number[]): number[] {
  return unsigned(bytes.length).concat(bytes);
}

/** Items behind their number. */
export function vector(items: readonly (readonly number[])[]): number[] {
  return unsigned(items.length).concat(items.flat());
}

export function section(id: number, content: readonly number[]): number[] {
  return [id, ...counted(content)];
}

export function types(list: readonly ValueType[]): number[] {
  return vector(list.map((type) => [TYPE_BYTE[type]]));
}

export function funcType({ params, results }: FuncType): number[] {
  return [0x60, ...types(params), ...types(results)];
}

function limits({ min, max }: Limits): number[] {
  return max === null ? [0, ...unsigned(min)] : [1, ...unsigned(min), ...unsigned(max)];
}

export function expression(code: readonly Code[]): number[] {
  return [...code.flat(), END];
}

function importKind(what: ImportKind): number[] {
  const kind = EXTERN_BYTE[what.kind];
  switch (what.kind) {
    case "func":
      return [kind, ...unsigned(what.type)];
    case "table":
      return [kind, TYPE_BYTE[what.type], ...limits(what.limits)];
    case "memory":
      return [kind, ...limits(what.limits)];
    case "global":
      return [kind, TYPE_BYTE[what.type], what.mutable ? 1 : 0];
  }
}

/** A function's locals and code. */
export function functionBody({ locals, code }: Pick<FunctionDraft, "locals" | "code">): number[] {
  const groups: [number, ValueType][] = [];
  for (const type of locals) {
    const last = groups.at(-1);
    if (last?.[1] === type) last[0]++;
    else groups.push([1, type]);
  }
  const declared = vector(groups.map(([count, type]) => [...unsigned(count), TYPE_BYTE[type]]));
  return counted([...declared, ...expression(code)]);
}

/** The offset of an active segment, behind the index of a table or memory that is not the first. */
function place(mode: Extract<SegmentMode, { tag: "active" }>, isIndexed: boolean): number[] {
  return [...(isIndexed ? unsigned(mode.index) : []), ...expression(mode.offset)];
}

function elem({ type, mode, items }: ElemDraft): number[] {
  const isIndices = type === "funcref" && items.every((item) => typeof item === "number");
  const isShort = mode.tag === "active" && mode.index === 0 && type === "funcref";
  const flags = (mode.tag === "active" ? (isShort ? 0 : 2) : mode.tag === "passive" ? 1 : 3) + (isIndices ? 0 : 4);
  const bytes = [flags];
  if (mode.tag === "active") bytes.push(...place(mode, !isShort));
  if (!isShort) bytes.push(isIndices ? 0 : TYPE_BYTE[type]);
  const list = items.map((item) => (typeof item === "number" ? unsigned(item) : expression(item)));
  return bytes.concat(vector(list));
}

function data({ mode, bytes }: DataDraft): number[] {
  const content = counted([...bytes]);
  if (mode.tag !== "active") return [1, ...content];
  return mode.index === 0 ? [0, ...place(mode, false), ...content] : [2, ...place(mode, true), ...content];
}

/** The sections that a draft has anything for, in order. */
export function sections(draft: Draft): number[][] {
  const found: number[][] = [];
  const add = (id: number, items: readonly (readonly number[])[]): void => {
    if (items.length > 0) found.push(section(id, vector(items)));
  };
  add(SECTION.type, draft.types.map(funcType));
  add(
    SECTION.import,
    draft.imports.map(({ module, name: item, what }) => [...name(module), ...name(item), ...importKind(what)]),
  );
  add(
    SECTION.function,
    draft.functions.map(({ type }) => unsigned(type)),
  );
  add(
    SECTION.table,
    draft.tables.map((table) => [TYPE_BYTE[table.type], ...limits(table.limits)]),
  );
  add(SECTION.memory, draft.memories.map(limits));
  add(
    SECTION.global,
    draft.globals.map(({ type, mutable, init }) => [TYPE_BYTE[type], mutable ? 1 : 0, ...expression(init)]),
  );
  add(
    SECTION.export,
    draft.exports.map(({ name: item, kind, index }) => [...name(item), EXTERN_BYTE[kind], ...unsigned(index)]),
  );
  if (draft.start !== null) found.push(section(SECTION.start, unsigned(draft.start)));
  add(SECTION.elem, draft.elems.map(elem));
  if (draft.dataCount !== null) found.push(section(SECTION.dataCount, unsigned(draft.dataCount)));
  add(SECTION.code, draft.functions.map(functionBody));
  add(SECTION.data, draft.datas.map(data));
  return found;
}

export function encode(draft: Draft): Uint8Array {
  return Uint8Array.from([...MAGIC, ...sections(draft).flat()]);
}

export function encodeSections(list: readonly (readonly number[])[]): Uint8Array {
  return Uint8Array.from([...MAGIC, ...list.flat()]);
}
