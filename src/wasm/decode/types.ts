/** The types of the binary format (pvm.md §2.5): value, table, memory, global and block types, and the descriptors of imports and exports. */
import { GuestError } from "../guest-errors.js";
import type {
  BlockType,
  Export,
  GlobalType,
  ImportDesc,
  Limits,
  NumType,
  RefType,
  TableType,
  ValueType,
} from "../syntax.js";
import type { ByteStream } from "./byte-stream.js";

/** The language decoded: `pvm` forbids floats, with the reference's gaps; `full` is all of WebAssembly 2.0. */
export type DecodeLevel = "pvm" | "full";

/** Throws the error of a float where there must be none. */
export function guardFloat(level: DecodeLevel): void {
  if (level === "pvm") throw GuestError.withMessage("float instructions are forbidden");
}

function numType(stream: ByteStream, level: DecodeLevel): NumType {
  switch (stream.signed(7)) {
    case -0x01:
      return "i32";
    case -0x02:
      return "i64";
    case -0x03:
      guardFloat(level);
      return "f32";
    case -0x04:
      guardFloat(level);
      return "f64";
    default:
      throw GuestError.withMessage("malformed number type");
  }
}

export function refType(stream: ByteStream): RefType {
  switch (stream.signed(7)) {
    case -0x10:
      return "funcref";
    case -0x11:
      return "externref";
    default:
      throw GuestError.withMessage("malformed reference type");
  }
}

/** Number, vector and reference types are told apart by the range their byte lies in. */
export function valueType(stream: ByteStream, level: DecodeLevel): ValueType {
  const byte = stream.peek();
  if (byte >= 0x7c) return numType(stream, level);
  if (byte < 0x71) return refType(stream);
  if (stream.signed(7) !== -0x05) throw GuestError.withMessage("malformed vector type");
  return "v128";
}

function limits(stream: ByteStream): Limits {
  const bounded = stream.unsigned(1) === 1;
  const min = stream.index();
  return { min, max: bounded ? stream.index() : null };
}

export function tableType(stream: ByteStream): TableType {
  const type = refType(stream);
  return { limits: limits(stream), type };
}

export const memoryType: (stream: ByteStream) => Limits = limits;

export function globalType(stream: ByteStream, level: DecodeLevel): GlobalType {
  const type = valueType(stream, level);
  const mutability = stream.u8();
  if (mutability > 1) throw GuestError.withMessage("malformed mutability");
  return { type, mutable: mutability === 1 };
}

const NO_RESULT: BlockType = { tag: "value", type: null };
const ONE_RESULT = new Map<ValueType, BlockType>(
  (["i32", "i64", "f32", "f64", "v128", "funcref", "externref"] as const).map((type) => [type, { tag: "value", type }]),
);

export function blockType(stream: ByteStream, level: DecodeLevel): BlockType {
  const byte = stream.peek();
  if (byte === 0x40) {
    stream.position++;
    return NO_RESULT;
  }
  if ((byte & 0xc0) !== 0x40) return { tag: "index", index: stream.signed(33) };
  const type = valueType(stream, level);
  return ONE_RESULT.get(type) ?? { tag: "value", type };
}

export function importDesc(stream: ByteStream, level: DecodeLevel): ImportDesc {
  switch (stream.u8()) {
    case 0:
      return { tag: "Func", type: stream.index() };
    case 1:
      return { tag: "Table", type: tableType(stream) };
    case 2:
      return { tag: "Memory", type: memoryType(stream) };
    case 3:
      return { tag: "Global", type: globalType(stream, level) };
    default:
      throw GuestError.withMessage("malformed import kind");
  }
}

const EXPORT_KINDS = ["Func", "Table", "Memory", "Global"] as const;

export function exportDesc(stream: ByteStream): Pick<Export, "kind" | "index"> {
  const kind = EXPORT_KINDS[stream.u8()];
  if (kind === undefined) throw GuestError.withMessage("malformed export kind");
  return { kind, index: stream.index() };
}
