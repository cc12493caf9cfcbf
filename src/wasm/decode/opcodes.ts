/**
 * The scalar opcodes: which instruction each stands for, and which the PVM forbids as float instructions. Its list has gaps (pvm.md §2.5):
 * conversions from floats to integers are not in it.
 */
import type { Extension, IndexTag, Instruction, NumOp, NumOpTag, NumType, PackSize } from "../syntax.js";

/** An instruction without immediates. */
export interface PlainOpcode {
  readonly instruction: Instruction;
  readonly float: boolean;
}

/** A load or store of a number. */
export type MemoryOpcode = { readonly type: NumType; readonly float: boolean } & (
  | { readonly tag: "Load"; readonly pack: { readonly size: PackSize; readonly extension: Extension } | null }
  | { readonly tag: "Store"; readonly pack: PackSize | null }
);

/** Tables by opcode; holes are other kinds of instructions or none. */
export type OpcodeTable<T> = readonly (T | undefined)[];

function table<T>(size: number): (T | undefined)[] {
  return new Array<T | undefined>(size).fill(undefined);
}

const plain = table<PlainOpcode>(256);

function put(opcode: number, instruction: Instruction, float = false): void {
  plain[opcode] = { instruction, float };
}

/** Consecutive opcodes for the operators of one number type. */
function operators(first: number, tag: NumOpTag, type: NumType, names: readonly string[], float = false): void {
  names.forEach((name, index) => {
    put(first + index, { tag, op: { type, name } }, float);
  });
}

function extension(opcode: number, type: NumType, width: 8 | 16 | 32): void {
  put(opcode, { tag: "Unary", op: { type, name: "ExtendS", width } });
}

const INT_COMPARE = ["Eq", "Ne", "LtS", "LtU", "GtS", "GtU", "LeS", "LeU", "GeS", "GeU"];
const FLOAT_COMPARE = ["Eq", "Ne", "Lt", "Gt", "Le", "Ge"];
const INT_UNARY = ["Clz", "Ctz", "Popcnt"];
const INT_BINARY = [
  ...["Add", "Sub", "Mul", "DivS", "DivU", "RemS", "RemU"],
  ...["And", "Or", "Xor", "Shl", "ShrS", "ShrU", "Rotl", "Rotr"],
];
const FLOAT_UNARY = ["Abs", "Neg", "Ceil", "Floor", "Trunc", "Nearest", "Sqrt"];
const FLOAT_BINARY = ["Add", "Sub", "Mul", "Div", "Min", "Max", "CopySign"];
const TRUNCATIONS = ["TruncSF32", "TruncUF32", "TruncSF64", "TruncUF64"];
const FROM_INTEGERS = ["ConvertSI32", "ConvertUI32", "ConvertSI64", "ConvertUI64"];

put(0x00, { tag: "Unreachable" });
put(0x01, { tag: "Nop" });
put(0x0f, { tag: "Return" });
put(0x1a, { tag: "Drop" });
put(0x1b, { tag: "Select", types: null });
put(0xd1, { tag: "RefIsNull" });
operators(0x45, "Test", "i32", ["Eqz"]);
operators(0x46, "Compare", "i32", INT_COMPARE);
operators(0x50, "Test", "i64", ["Eqz"]);
operators(0x51, "Compare", "i64", INT_COMPARE);
operators(0x5b, "Compare", "f32", FLOAT_COMPARE, true);
operators(0x61, "Compare", "f64", FLOAT_COMPARE, true);
operators(0x67, "Unary", "i32", INT_UNARY);
operators(0x6a, "Binary", "i32", INT_BINARY);
operators(0x79, "Unary", "i64", INT_UNARY);
operators(0x7c, "Binary", "i64", INT_BINARY);
operators(0x8b, "Unary", "f32", FLOAT_UNARY, true);
operators(0x92, "Binary", "f32", FLOAT_BINARY, true);
operators(0x99, "Unary", "f64", FLOAT_UNARY, true);
operators(0xa0, "Binary", "f64", FLOAT_BINARY, true);
operators(0xa7, "Convert", "i32", ["WrapI64", ...TRUNCATIONS]);
operators(0xac, "Convert", "i64", ["ExtendSI32", "ExtendUI32", ...TRUNCATIONS]);
operators(0xb2, "Convert", "f32", [...FROM_INTEGERS, "DemoteF64"], true);
operators(0xb7, "Convert", "f64", [...FROM_INTEGERS, "PromoteF32"], true);
operators(0xbc, "Convert", "i32", ["ReinterpretFloat"]);
operators(0xbd, "Convert", "i64", ["ReinterpretFloat"]);
operators(0xbe, "Convert", "f32", ["ReinterpretInt"], true);
operators(0xbf, "Convert", "f64", ["ReinterpretInt"], true);
extension(0xc0, "i32", 8);
extension(0xc1, "i32", 16);
extension(0xc2, "i64", 8);
extension(0xc3, "i64", 16);
extension(0xc4, "i64", 32);

export const PLAIN_OPCODES: OpcodeTable<PlainOpcode> = plain;

const indexed = table<IndexTag>(256);
const INDEXED: readonly (readonly [opcode: number, tag: IndexTag])[] = [
  [0x0c, "Br"],
  [0x0d, "BrIf"],
  [0x10, "Call"],
  [0x20, "LocalGet"],
  [0x21, "LocalSet"],
  [0x22, "LocalTee"],
  [0x23, "GlobalGet"],
  [0x24, "GlobalSet"],
  [0x25, "TableGet"],
  [0x26, "TableSet"],
  [0xd2, "RefFunc"],
];
for (const [opcode, tag] of INDEXED) indexed[opcode] = tag;

/** Instructions whose immediate is one index. */
export const INDEXED_OPCODES: OpcodeTable<IndexTag> = indexed;

const memory = table<MemoryOpcode>(256);

function load(opcode: number, type: NumType, size: PackSize | null, sign: Extension = "SX"): void {
  memory[opcode] = {
    tag: "Load",
    type,
    pack: size === null ? null : { size, extension: sign },
    float: type === "f32" || type === "f64",
  };
}

function store(opcode: number, type: NumType, pack: PackSize | null): void {
  memory[opcode] = { tag: "Store", type, pack, float: type === "f32" || type === "f64" };
}

(["i32", "i64", "f32", "f64"] as const).forEach((type, index) => {
  load(0x28 + index, type, null);
  store(0x36 + index, type, null);
});
load(0x2c, "i32", 8, "SX");
load(0x2d, "i32", 8, "ZX");
load(0x2e, "i32", 16, "SX");
load(0x2f, "i32", 16, "ZX");
load(0x30, "i64", 8, "SX");
load(0x31, "i64", 8, "ZX");
load(0x32, "i64", 16, "SX");
load(0x33, "i64", 16, "ZX");
load(0x34, "i64", 32, "SX");
load(0x35, "i64", 32, "ZX");
store(0x3a, "i32", 8);
store(0x3b, "i32", 16);
store(0x3c, "i64", 8);
store(0x3d, "i64", 16);
store(0x3e, "i64", 32);

export const MEMORY_OPCODES: OpcodeTable<MemoryOpcode> = memory;

function saturating(type: NumType): NumOp[] {
  return ["TruncSatSF32", "TruncSatUF32", "TruncSatSF64", "TruncSatUF64"].map((name) => ({ type, name }));
}

/** Opcodes 0 to 7 behind the prefix fc: saturating truncations. */
export const SATURATING_TRUNCATIONS: readonly Instruction[] = [...saturating("i32"), ...saturating("i64")].map(
  (op) => ({
    tag: "Convert",
    op,
  }),
);
