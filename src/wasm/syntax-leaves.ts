/** The one-leaf encodings of types, descriptions, numbers and vectors: pvm-encodings.md §1. Float types have none and raise `NoStoredForm`. */
import type { ByteReader, ByteWriter } from "../encoding/binary.js";
import { leafCodec, NoStoredForm, oneOf, readInt32, readOption, writeInt32, writeOption } from "./leaf-codec.js";
import type {
  BlockType,
  ExternKind,
  GlobalDef,
  GlobalType,
  ImportDesc,
  Limits,
  MemoryType,
  Num,
  RefType,
  SegmentMode,
  TableType,
  ValueType,
} from "./syntax.js";

const refType = oneOf<RefType>(["funcref", "externref"], "reference type");
export const valueType = oneOf<ValueType>(["i32", "i64", "v128", "funcref", "externref"], "value type");
const externKind = oneOf<ExternKind>(["Func", "Table", "Memory", "Global"], "kind");

// Types

export const valueTypeLeaf = leafCodec<ValueType>(valueType.write, valueType.read);
export const refTypeLeaf = leafCodec<RefType>(refType.write, refType.read);
export const mutabilityLeaf = leafCodec<boolean>(
  (out, mutable) => out.u8(mutable ? 0 : 1),
  (input) => {
    const byte = input.u8();
    if (byte > 1) throw new Error("unknown mutability");
    return byte === 0;
  },
);

function writeLimits(out: ByteWriter, limits: Limits): void {
  out.i32(limits.min);
  writeOption(out, limits.max, writeInt32);
}

function readLimits(input: ByteReader): Limits {
  const min = input.i32();
  return { min, max: readOption(input, readInt32) };
}

function writeTableType(out: ByteWriter, table: TableType): void {
  writeLimits(out, table.limits);
  refType.write(out, table.type);
}

function readTableType(input: ByteReader): TableType {
  const limits = readLimits(input);
  return { limits, type: refType.read(input) };
}

function writeGlobalType(out: ByteWriter, global: GlobalType): void {
  valueType.write(out, global.type);
  out.u8(global.mutable ? 0 : 1);
}

function readGlobalType(input: ByteReader): GlobalType {
  const type = valueType.read(input);
  const flag = input.u8();
  if (flag > 1) throw new Error("unknown mutability");
  return { type, mutable: flag === 0 };
}

export const tableTypeLeaf = leafCodec<TableType>(writeTableType, readTableType);
export const memoryTypeLeaf = leafCodec<MemoryType>(writeLimits, readLimits);
export const globalTypeLeaf = leafCodec<GlobalType>(writeGlobalType, readGlobalType);

function writeBlockType(out: ByteWriter, type: BlockType): void {
  if (type.tag === "index") {
    out.u8(0);
    out.i32(type.index);
  } else {
    out.u8(1);
    writeOption(out, type.type, valueType.write);
  }
}

function readBlockType(input: ByteReader): BlockType {
  const tag = input.u8();
  if (tag === 0) return { tag: "index", index: input.i32() };
  if (tag === 1) return { tag: "value", type: readOption(input, valueType.read) };
  throw new Error("unknown block type");
}

export const blockTypeLeaf = leafCodec<BlockType>(writeBlockType, readBlockType);

// Parts of modules

export const importDescLeaf = leafCodec<ImportDesc>(
  (out, desc) => {
    externKind.write(out, desc.tag);
    if (desc.tag === "Func") out.i32(desc.type);
    else if (desc.tag === "Table") writeTableType(out, desc.type);
    else if (desc.tag === "Memory") writeLimits(out, desc.type);
    else writeGlobalType(out, desc.type);
  },
  (input) => {
    const tag = externKind.read(input);
    if (tag === "Func") return { tag, type: input.i32() };
    if (tag === "Table") return { tag, type: readTableType(input) };
    if (tag === "Memory") return { tag, type: readLimits(input) };
    return { tag, type: readGlobalType(input) };
  },
);

export const exportDescLeaf = leafCodec<{ readonly kind: ExternKind; readonly index: number }>(
  (out, desc) => {
    externKind.write(out, desc.kind);
    out.i32(desc.index);
  },
  (input) => ({ kind: externKind.read(input), index: input.i32() }),
);

export const globalDefLeaf = leafCodec<GlobalDef>(
  (out, global) => {
    writeGlobalType(out, global.type);
    out.i32(global.init);
  },
  (input) => ({ type: readGlobalType(input), init: input.i32() }),
);

export const segmentModeLeaf = leafCodec<SegmentMode>(
  (out, mode) => {
    out.u8(mode.tag === "Passive" ? 0 : mode.tag === "Active" ? 1 : 2);
    if (mode.tag === "Active") {
      out.i32(mode.index);
      out.i32(mode.offset);
    }
  },
  (input) => {
    const tag = input.u8();
    if (tag === 0) return { tag: "Passive" };
    if (tag === 1) return { tag: "Active", index: input.i32(), offset: input.i32() };
    if (tag === 2) return { tag: "Declarative" };
    throw new Error("unknown segment mode");
  },
);

// Numbers and vectors

export function writeNum(out: ByteWriter, num: Num): void {
  if (num.type === "i32") {
    out.u8(0);
    out.i32(num.value);
  } else if (num.type === "i64") {
    out.u8(1);
    out.i64(num.value);
  } else throw new NoStoredForm(`${num.type} number`);
}

function readNum(input: ByteReader): Num {
  const tag = input.u8();
  if (tag === 0) return { type: "i32", value: input.i32() };
  if (tag === 1) return { type: "i64", value: input.i64() };
  throw new Error("unknown number type");
}

export const numLeaf = leafCodec<Num>(writeNum, readNum);

export const vecLeaf = leafCodec<Uint8Array>(
  (out, bytes) => {
    out.u8(0);
    out.i32(16);
    out.raw(bytes);
  },
  (input) => {
    if (input.u8() !== 0 || input.i32() !== 16) throw new Error("not a vector");
    return input.raw(16);
  },
);
