// Ways to spoil a module: in its parts, where the binary stays well-formed, or in its bytes.
import type { Source } from "../choices.js";
import type { Code, Draft, SegmentMode, ValueType } from "./draft.js";
import { encode, encodeSections, name, SECTION, section, sections, signed, TYPE_BYTE, unsigned } from "./encode.js";
import { LOADS, OP, OPERATORS, STORES } from "./instructions.js";
import { anyBits, constant } from "./numbers.js";

const VALUE_TYPES: readonly ValueType[] = ["i32", "i64", "f32", "f64", "v128", "funcref", "externref"];

/** An index that is most likely in bounds, and now and then far from it. */
function index(source: Source): number[] {
  switch (source.below(8)) {
    case 6:
      return unsigned(source.below(300));
    case 7:
      return unsigned(source.pick([0xffff_ffff, 0x8000_0000, 0x7fff_ffff]));
    default:
      return unsigned(source.below(5));
  }
}

function blockType(source: Source): number[] {
  switch (source.below(4)) {
    case 0:
      return [0x40];
    case 1:
      return signed(source.below(6));
    case 2:
      return [TYPE_BYTE[source.pick(VALUE_TYPES)]];
    default:
      return [source.below(256)];
  }
}

const INDEXED: readonly Code[] = [
  ...[OP.br, OP.brIf, OP.call, OP.localGet, OP.localSet, OP.localTee, OP.globalGet, OP.globalSet],
  ...[OP.tableGet, OP.tableSet, OP.refFunc, OP.dataDrop, OP.elemDrop, OP.tableGrow, OP.tableSize, OP.tableFill],
];
const TWICE_INDEXED: readonly Code[] = [OP.callIndirect, OP.tableInit, OP.tableCopy];
const PLAIN: readonly Code[] = [
  ...[OP.unreachable, OP.nop, OP.else, OP.end, OP.return, OP.drop, OP.select, OP.refIsNull],
  ...[OP.memorySize, OP.memoryGrow, OP.memoryCopy, OP.memoryFill],
];

/** Any instruction of WebAssembly 2.0, with any immediates. */
function instruction(source: Source): Code {
  switch (source.below(10)) {
    case 0:
    case 1: {
      const { bytes, immediate } = source.pick(OPERATORS);
      const most = source.below(6) === 5 ? 256 : (immediate?.lanes ?? 1);
      return [...bytes, ...Array.from({ length: immediate?.count ?? 0 }, () => source.below(most))];
    }
    case 2: {
      const { bytes, align, lanes } = source.pick([...LOADS, ...STORES]);
      const alignment = source.below(4) === 3 ? source.below(34) : source.below(align + 1);
      return [...bytes, ...unsigned(alignment), ...index(source), ...(lanes > 0 ? [source.below(lanes + 1)] : [])];
    }
    case 3:
      return [...source.pick(INDEXED), ...index(source)];
    case 4:
      return [...source.pick(TWICE_INDEXED), ...index(source), ...index(source)];
    case 5:
      return [...source.pick([OP.block, OP.loop, OP.if]), ...blockType(source)];
    case 6: {
      const type = source.pick(["i32", "i64", "f32", "f64", "v128"] as const);
      return constant(type, anyBits(source, type));
    }
    case 7:
      return source.pick(PLAIN);
    case 8: {
      const targets = source.list(3, () => index(source));
      return [...OP.brTable, ...unsigned(targets.length), ...targets.flat(), ...index(source)];
    }
    default:
      switch (source.below(3)) {
        case 0:
          return [...OP.refNull, source.below(4) === 3 ? source.below(256) : 0x6f + source.below(2)];
        case 1:
          return [...OP.selectTyped, ...unsigned(source.below(3)), TYPE_BYTE[source.pick(VALUE_TYPES)]];
        default:
          return [...OP.memoryInit, ...index(source), 0];
      }
  }
}

/** The last byte as the beginning of a longer number of the same value, or nearly. */
function padded(code: Code, count: number): Code {
  const last = code.at(-1) ?? 0;
  const isNegative = (last & 0x40) !== 0;
  const fill = new Array<number>(count).fill(isNegative ? 0xff : 0x80);
  return [...code.slice(0, -1), last | 0x80, ...fill.slice(1), isNegative ? 0x7f : 0x00];
}

function mutateCode(source: Source, code: Code[]): void {
  const at = source.below(code.length + 1);
  const old = code[at];
  switch (source.below(8)) {
    case 0:
      code.splice(at, 1);
      return;
    case 1:
      code.splice(at, 0, instruction(source));
      return;
    case 2:
      code.splice(at, 1, instruction(source));
      return;
    case 3:
      if (old !== undefined) code.splice(source.below(code.length), 0, old);
      return;
    case 4:
      if (old !== undefined) code.splice(source.below(code.length), 0, ...code.splice(at, 1));
      return;
    case 5:
      // A number written longer than it has to be, or too long.
      if (old !== undefined) code[at] = padded(old, 1 + source.below(4));
      return;
    case 6: {
      // Two operands and an operator, of which constant expressions have some beyond WebAssembly 2.0.
      const type = source.pick(["i32", "i64"] as const);
      code.push(constant(type, 1n), [(type === "i32" ? 0x6a : 0x7c) + source.below(4)]);
      return;
    }
    default:
      // Another immediate, or another opcode of the same form.
      if (old !== undefined) code[at] = old.with(source.below(old.length), source.below(256));
  }
}

type Mutation = (source: Source, draft: Draft) => void;

const mutateFunction: Mutation = (source, draft) => {
  if (draft.functions.length === 0) return;
  const func = source.pick(draft.functions);
  switch (source.below(8)) {
    case 0:
      func.type = source.below(draft.types.length + 1);
      return;
    case 1:
      if (func.locals.length > 0) func.locals[source.below(func.locals.length)] = source.pick(VALUE_TYPES);
      return;
    case 2:
      func.locals.pop();
      return;
    default:
      for (let count = 1 + source.below(3); count > 0; count--) mutateCode(source, func.code);
  }
};

const mutateType: Mutation = (source, draft) => {
  const at = source.below(draft.types.length);
  const type = draft.types[at];
  if (type === undefined) return;
  const types = (list: readonly ValueType[]): ValueType[] => {
    const changed = [...list];
    changed.splice(source.below(list.length + 1), source.below(2), ...source.list(1, () => source.pick(VALUE_TYPES)));
    return changed;
  };
  const isParams = source.below(2) === 0;
  draft.types[at] = {
    params: isParams ? types(type.params) : type.params,
    results: isParams ? type.results : types(type.results),
  };
};

const mutateGlobal: Mutation = (source, draft) => {
  if (draft.globals.length === 0) return;
  const global = source.pick(draft.globals);
  switch (source.below(4)) {
    case 0:
      global.type = source.pick(VALUE_TYPES);
      return;
    case 1:
      global.mutable = !global.mutable;
      return;
    default:
      mutateCode(source, global.init);
  }
};

function mutateMode(source: Source, mode: SegmentMode): SegmentMode {
  if (mode.tag !== "active") return { tag: "active", index: source.below(2), offset: [instruction(source)] };
  if (source.below(3) === 0) return { ...mode, index: source.below(4) };
  mutateCode(source, mode.offset);
  return mode;
}

const mutateSegment: Mutation = (source, draft) => {
  if (draft.datas.length > 0 && source.below(3) === 0) {
    const data = source.pick(draft.datas);
    data.mode = mutateMode(source, data.mode);
    return;
  }
  if (draft.elems.length === 0) return;
  const elem = source.pick(draft.elems);
  switch (source.below(3)) {
    case 0:
      elem.mode = mutateMode(source, elem.mode);
      return;
    case 1:
      elem.type = elem.type === "funcref" ? "externref" : "funcref";
      return;
    default: {
      const { items } = elem;
      const at = source.below(items.length);
      const item = items[at];
      if (typeof item === "number") (items as number[])[at] = source.below(10);
      else if (item !== undefined) mutateCode(source, item);
    }
  }
};

const mutateLimits: Mutation = (source, draft) => {
  const all = [...draft.tables.map(({ limits }) => limits), ...draft.memories];
  if (all.length === 0 || source.below(6) === 5) {
    draft.memories.push({ min: 0, max: null });
    return;
  }
  const limits = source.pick(all);
  const value = source.pick([0, 1, 5, 65535, 65536, 65537, 10_000_000, 0xffff_ffff]);
  if (source.below(2) === 0) limits.min = value;
  else limits.max = value;
};

const mutateExport: Mutation = (source, draft) => {
  if (draft.exports.length > 0 && source.below(3) === 0) draft.exports.push({ ...source.pick(draft.exports) });
  const kind = source.pick(["func", "table", "memory", "global"] as const);
  draft.exports.push({ name: `x${draft.exports.length}`, kind, index: source.below(5) });
};

const mutateCounts: Mutation = (source, draft) => {
  switch (source.below(5)) {
    case 4:
      draft.imports.push({ module: "m".repeat(source.below(600)), name: "n", what: { kind: "func", type: 0 } });
      return;
    case 0:
      draft.dataCount = source.pick([null, 0, 1, 2, 3]);
      return;
    case 1:
      draft.start = source.below(8);
      return;
    case 2:
      draft.types.pop();
      return;
    default:
      if (draft.tables.length > 0) {
        const table = source.pick(draft.tables);
        table.type = table.type === "funcref" ? "externref" : "funcref";
      }
  }
};

const MUTATIONS: readonly (readonly [number, Mutation])[] = [
  [12, mutateFunction],
  [2, mutateType],
  [3, mutateGlobal],
  [3, mutateSegment],
  [2, mutateLimits],
  [2, mutateExport],
  [2, mutateCounts],
];

function mutateBytes(source: Source, bytes: number[]): void {
  const at = source.below(bytes.length);
  switch (source.below(6)) {
    case 0:
      bytes.splice(at, 1);
      return;
    case 1:
      bytes.splice(at, 0, source.below(256));
      return;
    case 2:
      bytes.length = at;
      return;
    default:
      bytes[at] = source.below(3) === 0 ? source.pick([0x00, 0x01, 0x0b, 0x40, 0x7f, 0x80, 0xff]) : source.below(256);
  }
}

const MAGIC_BYTES = 8;

/** Sections moved, doubled, left out, or a custom one put in. */
function mutateSections(source: Source, list: number[][]): void {
  const at = source.below(list.length);
  const old = list[at];
  switch (source.below(4)) {
    case 0:
      list.splice(at, 1);
      return;
    case 1:
      if (old !== undefined) list.splice(source.below(list.length + 1), 0, old);
      return;
    case 2:
      if (old !== undefined) list.splice(source.below(list.length), 0, ...list.splice(at, 1));
      return;
    default: {
      const text = source.pick(["", "note", "name", "producers"]);
      const content = [...name(text), ...source.bytes(source.below(5))];
      if (source.below(3) === 2) content[0] = source.below(256);
      list.splice(at, 0, section(SECTION.custom, content));
    }
  }
}

/** The binary of a draft with a few things spoilt. The draft is changed. */
export function mutated(source: Source, draft: Draft): Uint8Array {
  const level = source.below(8);
  if (level < 4) {
    for (let count = 1 + source.below(2); count > 0; count--) source.weighted(MUTATIONS)(source, draft);
    return encode(draft);
  }
  if (level === 4) {
    const list = sections(draft);
    mutateSections(source, list);
    return encodeSections(list);
  }
  const bytes = [...encode(draft)];
  const content = bytes.splice(MAGIC_BYTES);
  for (let count = 1 + source.below(3); count > 0; count--) mutateBytes(source, content);
  return Uint8Array.from([...bytes, ...content]);
}
