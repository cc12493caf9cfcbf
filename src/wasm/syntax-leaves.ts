/** The one-leaf encodings of the abstract syntax: pvm-encodings.md §1. Float types and operators have none and raise `NoStoredForm`. */
import { ByteReader, ByteWriter } from "../encoding/binary.js";
import { Leaf } from "../merkle/node.js";
import type { LeafCodec } from "../merkle/schema.js";
import type {
  BlockType,
  Extension,
  ExternKind,
  GlobalDef,
  GlobalType,
  ImportDesc,
  Instruction,
  LaneShape,
  Limits,
  MemoryType,
  Num,
  NumOp,
  NumType,
  PackSize,
  RefType,
  SegmentMode,
  TableType,
  ValueType,
  VecExtension,
  VecOp,
} from "./syntax.js";

/** Something that the state tree cannot hold: the reference raises out of the machine when it has to (pvm.md §10). */
export class NoStoredForm extends Error {
  readonly code = "wasm.no_stored_form";
  constructor(what: string) {
    super(`no stored form: ${what}`);
    this.name = "NoStoredForm";
  }
}

type Write<T> = (out: ByteWriter, value: T) => void;
type Read<T> = (input: ByteReader) => T;

/** A leaf codec from a writer and a reader that must use all the bytes. */
export function leafCodec<T>(write: Write<T>, read: Read<T>): LeafCodec<T> {
  return {
    encode(value) {
      const out = new ByteWriter(32);
      write(out, value);
      return Leaf.of(out.finish());
    },
    decode(bytes) {
      const input = new ByteReader(bytes);
      const value = read(input);
      if (input.remaining !== 0) throw new Error(`${input.remaining} bytes too many`);
      return value;
    },
  };
}

/** A value out of a short list, written as its index in one byte. */
function oneOf<T>(names: readonly T[], what: string): { write: Write<T>; read: Read<T> } {
  return {
    write(out, value) {
      const index = names.indexOf(value);
      if (index < 0) throw new NoStoredForm(`${what} ${String(value)}`);
      out.u8(index);
    },
    read(input) {
      const value = names[input.u8()];
      if (value === undefined) throw new Error(`unknown ${what}`);
      return value;
    },
  };
}

const numType = oneOf<NumType>(["i32", "i64"], "number type");
const refType = oneOf<RefType>(["funcref", "externref"], "reference type");
const valueType = oneOf<ValueType>(["i32", "i64", "v128", "funcref", "externref"], "value type");
const packSize = oneOf<PackSize>([8, 16, 32, 64], "pack size");
const packShape = oneOf<"8x8" | "16x4" | "32x2">(["8x8", "16x4", "32x2"], "pack shape");
const extension = oneOf<Extension>(["SX", "ZX"], "extension");
const laneShape = oneOf<LaneShape>(["I8x16", "I16x8", "I32x4", "I64x2"], "lane shape");
const externKind = oneOf<ExternKind>(["Func", "Table", "Memory", "Global"], "kind");

function writeInt31(out: ByteWriter, value: number): void {
  if (value < -0x4000_0000 || value > 0x3fff_ffff) throw new NoStoredForm(`int31 ${value}`);
  out.i32(value);
}

function writeOption<T>(out: ByteWriter, value: T | null, write: Write<T>): void {
  out.u8(value === null ? 0 : 1);
  if (value !== null) write(out, value);
}

function readOption<T>(input: ByteReader, read: Read<T>): T | null {
  const flag = input.u8();
  if (flag > 1) throw new Error("not an option");
  return flag === 0 ? null : read(input);
}

function writeList<T>(out: ByteWriter, values: readonly T[], size: number, write: Write<T>): void {
  out.i32(values.length * size);
  for (const value of values) write(out, value);
}

function readList<T>(input: ByteReader, size: number, read: Read<T>): T[] {
  const bytes = input.i32();
  if (bytes < 0 || bytes > input.remaining || bytes % size !== 0) throw new Error("list size");
  return Array.from({ length: bytes / size }, () => read(input));
}

const writeInt32: Write<number> = (out, value) => out.i32(value);
const readInt32: Read<number> = (input) => input.i32();

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

// Operators

const OPERATORS = {
  Unary: ["Clz", "Ctz", "Popcnt", "ExtendS"],
  Binary: [
    "Add",
    "Sub",
    "Mul",
    "DivS",
    "DivU",
    "RemS",
    "RemU",
    "And",
    "Or",
    "Xor",
    "Shl",
    "ShrS",
    "ShrU",
    "Rotl",
    "Rotr",
  ],
  Test: ["Eqz"],
  Compare: ["Eq", "Ne", "LtS", "LtU", "GtS", "GtU", "LeS", "LeU", "GeS", "GeU"],
  Convert: [
    "ExtendSI32",
    "ExtendUI32",
    "WrapI64",
    "TruncSF32",
    "TruncUF32",
    "TruncSF64",
    "TruncUF64",
    "TruncSatSF32",
    "TruncSatUF32",
    "TruncSatSF64",
    "TruncSatUF64",
    "ReinterpretFloat",
  ],
} as const;

export function numOpLeaf(kind: keyof typeof OPERATORS): LeafCodec<NumOp> {
  const names = oneOf<string>(OPERATORS[kind], "operator");
  return leafCodec<NumOp>(
    (out, op) => {
      numType.write(out, op.type);
      names.write(out, op.name);
      if (op.name === "ExtendS") packSize.write(out, op.width ?? 8);
    },
    (input) => {
      const type = numType.read(input);
      const name = names.read(input);
      return name === "ExtendS" ? { type, name, width: packSize.read(input) as 8 | 16 | 32 } : { type, name };
    },
  );
}

const VECTOR_OPERATORS = {
  VecTest: ["AllTrue"],
  VecUnary: ["Abs", "Neg", "Popcnt"],
  VecBinary: [
    "Add",
    "Sub",
    "Mul",
    "MinS",
    "MinU",
    "MaxS",
    "MaxU",
    "AvgrU",
    "AddSatS",
    "AddSatU",
    "SubSatS",
    "SubSatU",
    "DotS",
    "Q15MulRSatS",
    "ExtMulLowS",
    "ExtMulHighS",
    "ExtMulLowU",
    "ExtMulHighU",
    "Swizzle",
    "Shuffle",
    "NarrowS",
    "NarrowU",
  ],
  VecCompare: ["Eq", "Ne", "LtS", "LtU", "LeS", "LeU", "GtS", "GtU", "GeS", "GeU"],
  VecConvert: [
    "ExtendLowS",
    "ExtendLowU",
    "ExtendHighS",
    "ExtendHighU",
    "ExtAddPairwiseS",
    "ExtAddPairwiseU",
    "TruncSatSF32x4",
    "TruncSatUF32x4",
    "TruncSatSZeroF64x2",
    "TruncSatUZeroF64x2",
  ],
  VecShift: ["Shl", "ShrS", "ShrU"],
  VecBitmask: ["Bitmask"],
  VecSplat: ["Splat"],
} as const;

export function vecOpLeaf(kind: keyof typeof VECTOR_OPERATORS): LeafCodec<VecOp> {
  const names = oneOf<string>(VECTOR_OPERATORS[kind], "vector operator");
  return leafCodec<VecOp>(
    (out, op) => {
      out.u8(0);
      laneShape.write(out, op.shape);
      names.write(out, op.name);
      if (op.name !== "Shuffle") return;
      const lanes = op.lanes ?? [];
      const wide = lanes.find((lane) => lane > 127);
      if (wide !== undefined) throw new NoStoredForm(`shuffle lane ${wide}`);
      writeList(out, lanes, 1, (bytes, lane) => bytes.i8(lane));
    },
    (input) => {
      if (input.u8() !== 0) throw new Error("unknown vector type");
      const shape = laneShape.read(input);
      const name = names.read(input);
      return name === "Shuffle" ? { shape, name, lanes: readList(input, 1, (bytes) => bytes.i8()) } : { shape, name };
    },
  );
}

const BIT_OPERATORS = {
  VecTestBits: ["AnyTrue"],
  VecUnaryBits: ["Not"],
  VecBinaryBits: ["And", "Or", "Xor", "AndNot"],
  VecTernaryBits: ["Bitselect"],
} as const;

export type VecBitsName = "AnyTrue" | "Not" | "And" | "Or" | "Xor" | "AndNot" | "Bitselect";

export function vecBitsLeaf(kind: keyof typeof BIT_OPERATORS): LeafCodec<VecBitsName> {
  const names = oneOf<VecBitsName>(BIT_OPERATORS[kind], "vector operator");
  return leafCodec<VecBitsName>(
    (out, name) => {
      out.u8(0);
      names.write(out, name);
    },
    (input) => {
      if (input.u8() !== 0) throw new Error("unknown vector type");
      return names.read(input);
    },
  );
}

type Of<K extends Instruction["tag"]> = Omit<Extract<Instruction, { tag: K }>, "tag">;

function readInt31(input: ByteReader): number {
  const value = input.i32();
  if (value < -0x4000_0000 || value > 0x3fff_ffff) throw new Error("not an int31");
  return value;
}

export const loadLeaf = leafCodec<Of<"Load">>(
  (out, op) => {
    numType.write(out, op.type);
    writeInt31(out, op.align);
    out.i32(op.offset);
    writeOption(out, op.pack, (bytes, pack) => {
      packSize.write(bytes, pack.size);
      extension.write(bytes, pack.extension);
    });
  },
  (input) => ({
    type: numType.read(input),
    align: readInt31(input),
    offset: input.i32(),
    pack: readOption(input, (bytes) => ({ size: packSize.read(bytes), extension: extension.read(bytes) })),
  }),
);

export const storeLeaf = leafCodec<Of<"Store">>(
  (out, op) => {
    numType.write(out, op.type);
    writeInt31(out, op.align);
    out.i32(op.offset);
    writeOption(out, op.pack, packSize.write);
  },
  (input) => ({
    type: numType.read(input),
    align: readInt31(input),
    offset: input.i32(),
    pack: readOption(input, packSize.read),
  }),
);

function writeVecExtension(out: ByteWriter, value: VecExtension): void {
  out.u8(value.tag === "ExtLane" ? 0 : value.tag === "ExtSplat" ? 1 : 2);
  if (value.tag === "ExtLane") {
    packShape.write(out, value.shape);
    extension.write(out, value.extension);
  }
}

function readVecExtension(input: ByteReader): VecExtension {
  const tag = input.u8();
  if (tag === 0) return { tag: "ExtLane", shape: packShape.read(input), extension: extension.read(input) };
  if (tag === 1) return { tag: "ExtSplat" };
  if (tag === 2) return { tag: "ExtZero" };
  throw new Error("unknown vector extension");
}

export const vecLoadLeaf = leafCodec<Of<"VecLoad">>(
  (out, op) => {
    writeInt31(out, op.align);
    out.i32(op.offset);
    writeOption(out, op.pack, (bytes, pack) => {
      packSize.write(bytes, pack.size);
      writeVecExtension(bytes, pack.extension);
    });
  },
  (input) => ({
    align: readInt31(input),
    offset: input.i32(),
    pack: readOption(input, (bytes) => ({ size: packSize.read(bytes), extension: readVecExtension(bytes) })),
  }),
);

export const vecStoreLeaf = leafCodec<Of<"VecStore">>(
  (out, op) => {
    writeInt31(out, op.align);
    out.i32(op.offset);
  },
  (input) => ({ align: readInt31(input), offset: input.i32() }),
);

/** The operands of a vector load or store of one lane. */
type LaneAccess = Omit<Extract<Instruction, { size: PackSize }>, "tag">;

export const vecLaneLeaf = leafCodec<LaneAccess>(
  (out, op) => {
    writeInt31(out, op.align);
    out.i32(op.offset);
    packSize.write(out, op.size);
    writeInt31(out, op.lane);
  },
  (input) => ({ align: readInt31(input), offset: input.i32(), size: packSize.read(input), lane: readInt31(input) }),
);

export const vecExtractLeaf = leafCodec<Of<"VecExtract">>(
  (out, op) => {
    out.u8(0);
    laneShape.write(out, op.shape);
    out.u8(0);
    writeInt31(out, op.lane);
    if (op.extension !== null) extension.write(out, op.extension);
  },
  (input) => {
    if (input.u8() !== 0) throw new Error("unknown vector type");
    const shape = laneShape.read(input);
    if (input.u8() !== 0) throw new Error("unknown operator");
    const lane = readInt31(input);
    return { shape, lane, extension: shape === "I8x16" || shape === "I16x8" ? extension.read(input) : null };
  },
);

export const vecReplaceLeaf = leafCodec<Of<"VecReplace">>(
  (out, op) => {
    out.u8(0);
    laneShape.write(out, op.shape);
    out.u8(0);
    writeInt31(out, op.lane);
  },
  (input) => {
    if (input.u8() !== 0) throw new Error("unknown vector type");
    const shape = laneShape.read(input);
    if (input.u8() !== 0) throw new Error("unknown operator");
    return { shape, lane: readInt31(input) };
  },
);

export const selectLeaf = leafCodec<readonly ValueType[] | null>(
  (out, types) => writeOption(out, types, (bytes, list) => writeList(bytes, list, 1, valueType.write)),
  (input) => readOption(input, (bytes) => readList(bytes, 1, valueType.read)),
);

export const indexListLeaf = leafCodec<readonly number[]>(
  (out, indices) => writeList(out, indices, 4, writeInt32),
  (input) => readList(input, 4, readInt32),
);
