/** The one-leaf encodings of what stands in an instruction: pvm-encodings.md §1. Float operators have none and raise `NoStoredForm`. */
import type { ByteReader, ByteWriter } from "../encoding/binary.js";
import type { LeafCodec } from "../merkle/schema.js";
import {
  leafCodec,
  NoStoredForm,
  oneOf,
  readInt31,
  readInt32,
  readList,
  readOption,
  writeInt31,
  writeInt32,
  writeList,
  writeOption,
} from "./leaf-codec.js";
import type {
  Extension,
  Instruction,
  LaneShape,
  NumOp,
  NumType,
  PackSize,
  ValueType,
  VecExtension,
  VecOp,
} from "./syntax.js";
import { valueType } from "./syntax-leaves.js";

const numType = oneOf<NumType>(["i32", "i64"], "number type");
const packSize = oneOf<PackSize>([8, 16, 32, 64], "pack size");
const packShape = oneOf<"8x8" | "16x4" | "32x2">(["8x8", "16x4", "32x2"], "pack shape");
const extension = oneOf<Extension>(["SX", "ZX"], "extension");
const laneShape = oneOf<LaneShape>(["I8x16", "I16x8", "I32x4", "I64x2"], "lane shape");

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
