/**
 * One instruction that is not a block (block, loop and if: block.ts): its immediates and the instruction they make (pvm.md §2.5).
 *
 * Equal instructions of the usual kinds are the same object: saving remembers the trees of instructions by identity. What is remembered is
 * bounded, whatever the kernel.
 */
import { GuestError } from "../guest-errors.js";
import type { IndexTag, Instruction, ValueType } from "../syntax.js";
import type { ByteStream } from "./byte-stream.js";
import { StepError } from "./errors.js";
import {
  INDEXED_OPCODES,
  MEMORY_OPCODES,
  type MemoryOpcode,
  PLAIN_OPCODES,
  SATURATING_TRUNCATIONS,
} from "./opcodes.js";
import { type DecodeLevel, guardFloat, refType, valueType } from "./types.js";
import { VECTOR_OPCODES, type VectorOpcode } from "./vector-opcodes.js";

/** Largest index, and number of instructions of a kind, that are remembered. */
const MAX_REMEMBERED = 8192;
/** Alignments and offsets below these are remembered; both fit in one small integer. */
const REMEMBERED_ALIGNMENTS = 8;
const REMEMBERED_OFFSETS = 1 << 20;

const indexedInstructions = new Map<IndexTag, Instruction[]>();

/** The instruction with an index; the same object for the same small index. */
export function indexedInstruction(tag: IndexTag, index: number): Instruction {
  if (index < 0 || index >= MAX_REMEMBERED) return { tag, index };
  let known = indexedInstructions.get(tag);
  if (known === undefined) {
    known = [];
    indexedInstructions.set(tag, known);
  }
  // In order, so that the array stays dense.
  for (let next = known.length; next <= index; next++) known.push({ tag, index: next });
  return known[index] as Instruction; // just filled
}

function remember(known: Map<number, Instruction>, key: number, instruction: Instruction): Instruction {
  if (known.size >= MAX_REMEMBERED) known.clear();
  known.set(key, instruction);
  return instruction;
}

const i32Constants = new Map<number, Instruction>();
const i64Constants = new Map<number, Instruction>();
const indirectCalls = new Map<number, Instruction>();
const memoryInstructions = MEMORY_OPCODES.map((): Map<number, Instruction> => new Map());

function i32Constant(value: number): Instruction {
  return i32Constants.get(value) ?? remember(i32Constants, value, { tag: "Const", value: { type: "i32", value } });
}

function i64Constant(value: bigint): Instruction {
  const instruction: Instruction = { tag: "Const", value: { type: "i64", value } };
  const small = Number(value);
  if (!Number.isSafeInteger(small)) return instruction;
  return i64Constants.get(small) ?? remember(i64Constants, small, instruction);
}

interface Placement {
  readonly align: number;
  readonly offset: number;
}

function alignment(stream: ByteStream): number {
  const align = stream.unsigned(32);
  if (align > 32) throw GuestError.withMessage("malformed memop flags");
  return align;
}

function placement(stream: ByteStream): Placement {
  const align = alignment(stream);
  return { align, offset: stream.index() };
}

function memoryInstruction(stream: ByteStream, opcode: number, kind: MemoryOpcode): Instruction {
  const align = alignment(stream);
  const offset = stream.index();
  const isUsual = align < REMEMBERED_ALIGNMENTS && offset >= 0 && offset < REMEMBERED_OFFSETS;
  const known = memoryInstructions[opcode] as Map<number, Instruction>; // one for each opcode
  const key = offset * REMEMBERED_ALIGNMENTS + align;
  const same = isUsual ? known.get(key) : undefined;
  if (same !== undefined) return same;
  const { type } = kind;
  const instruction: Instruction =
    kind.tag === "Load"
      ? { tag: "Load", type, pack: kind.pack, align, offset }
      : { tag: "Store", type, pack: kind.pack, align, offset };
  return isUsual ? remember(known, key, instruction) : instruction;
}

function callIndirect(stream: ByteStream): Instruction {
  const type = stream.index();
  const table = stream.index();
  if (table !== 0) return { tag: "CallIndirect", table, type };
  return indirectCalls.get(type) ?? remember(indirectCalls, type, { tag: "CallIndirect", table, type });
}

function list<T>(stream: ByteStream, item: (stream: ByteStream) => T): T[] {
  const items: T[] = [];
  for (let left = stream.count(); left > 0; left--) items.push(item(stream));
  return items;
}

function zeroByte(stream: ByteStream): void {
  stream.expect(0x00, "zero byte expected");
}

function hexByte(value: number): string {
  return value.toString(16).padStart(2, "0");
}

function illegalOpcode(text: string): GuestError {
  return GuestError.withMessage(`illegal opcode ${text}`);
}

/** The instructions behind the prefix fc: saturating truncations, bulk memory and tables. */
function bulkInstruction(stream: ByteStream): Instruction {
  const opcode = stream.unsigned(32);
  const truncation = SATURATING_TRUNCATIONS[opcode];
  if (truncation !== undefined) return truncation;
  switch (opcode) {
    case 0x08: {
      const index = stream.index();
      zeroByte(stream);
      return indexedInstruction("MemoryInit", index);
    }
    case 0x09:
      return indexedInstruction("DataDrop", stream.index());
    case 0x0a:
      zeroByte(stream);
      zeroByte(stream);
      return MEMORY_COPY;
    case 0x0b:
      zeroByte(stream);
      return MEMORY_FILL;
    case 0x0c: {
      const segment = stream.index();
      return { tag: "TableInit", table: stream.index(), segment };
    }
    case 0x0d:
      return indexedInstruction("ElemDrop", stream.index());
    case 0x0e: {
      const destination = stream.index();
      return { tag: "TableCopy", destination, source: stream.index() };
    }
    case 0x0f:
      return indexedInstruction("TableGrow", stream.index());
    case 0x10:
      return indexedInstruction("TableSize", stream.index());
    case 0x11:
      return indexedInstruction("TableFill", stream.index());
    default:
      throw illegalOpcode(`fc ${hexByte(opcode)}`);
  }
}

const MEMORY_COPY: Instruction = { tag: "MemoryCopy" };
const MEMORY_FILL: Instruction = { tag: "MemoryFill" };
const MEMORY_SIZE: Instruction = { tag: "MemorySize" };
const MEMORY_GROW: Instruction = { tag: "MemoryGrow" };

function shuffle(stream: ByteStream): Instruction {
  const lanes: number[] = [];
  for (let lane = 0; lane < 16; lane++) lanes.push(stream.u8());
  return { tag: "VecBinary", op: { shape: "I8x16", name: "Shuffle", lanes } };
}

function vectorImmediates(stream: ByteStream, kind: VectorOpcode): Instruction {
  switch (kind.form) {
    case "plain":
      return kind.instruction;
    case "load":
      return { tag: "VecLoad", pack: kind.pack, ...placement(stream) };
    case "store":
      return { tag: "VecStore", ...placement(stream) };
    case "load lane":
    case "store lane": {
      const { align, offset } = placement(stream);
      const tag = kind.form === "load lane" ? "VecLoadLane" : "VecStoreLane";
      return { tag, size: kind.size, align, offset, lane: stream.u8() };
    }
    case "const":
      return { tag: "VecConst", bytes: stream.bytes(16) };
    case "shuffle":
      return shuffle(stream);
    case "extract":
      return { tag: "VecExtract", shape: kind.shape, lane: stream.u8(), extension: kind.extension };
    case "replace":
      return { tag: "VecReplace", shape: kind.shape, lane: stream.u8() };
  }
}

/** The instructions behind the prefix fd. */
function vectorInstruction(stream: ByteStream, level: DecodeLevel): Instruction {
  const opcode = stream.unsigned(32);
  const kind = VECTOR_OPCODES[opcode];
  if (kind === undefined) throw illegalOpcode(hexByte(opcode));
  if (kind.float) guardFloat(level);
  return vectorImmediates(stream, kind);
}

/** Instructions whose immediates are of their own kind. */
function otherInstruction(stream: ByteStream, opcode: number, level: DecodeLevel): Instruction {
  switch (opcode) {
    case 0x02:
    case 0x03:
    case 0x04:
      throw new StepError("Instr_step");
    case 0x05:
      throw GuestError.withMessage("misplaced ELSE opcode");
    case 0x0b:
      throw GuestError.withMessage("misplaced END opcode");
    case 0x0e: {
      const targets = list(stream, (input) => input.index());
      return { tag: "BrTable", targets, default: stream.index() };
    }
    case 0x11:
      return callIndirect(stream);
    case 0x1c:
      return { tag: "Select", types: list(stream, (input): ValueType => valueType(input, level)) };
    case 0x3f:
      zeroByte(stream);
      return MEMORY_SIZE;
    case 0x40:
      zeroByte(stream);
      return MEMORY_GROW;
    case 0x41:
      return i32Constant(stream.signed(32));
    case 0x42:
      return i64Constant(stream.signed64());
    case 0x43:
      guardFloat(level);
      return { tag: "Const", value: { type: "f32", value: stream.u32() | 0 } };
    case 0x44:
      guardFloat(level);
      return { tag: "Const", value: { type: "f64", value: BigInt.asIntN(64, stream.u64()) } };
    case 0xd0:
      return { tag: "RefNull", type: refType(stream) };
    case 0xfc:
      return bulkInstruction(stream);
    case 0xfd:
      return vectorInstruction(stream, level);
    default:
      throw illegalOpcode(hexByte(opcode));
  }
}

/** The instruction whose opcode has just been read. */
export function decodeInstruction(stream: ByteStream, opcode: number, level: DecodeLevel): Instruction {
  const plain = PLAIN_OPCODES[opcode];
  if (plain !== undefined) {
    if (plain.float) guardFloat(level);
    return plain.instruction;
  }
  const tag = INDEXED_OPCODES[opcode];
  if (tag !== undefined) return indexedInstruction(tag, stream.index());
  const memory = MEMORY_OPCODES[opcode];
  if (memory !== undefined) {
    if (memory.float) guardFloat(level);
    return memoryInstruction(stream, opcode, memory);
  }
  return otherInstruction(stream, opcode, level);
}
