/**
 * The opcodes behind the prefix fd: vectors. Those that work on float lanes are forbidden by the PVM, but for a few that its list misses
 * (pvm.md §2.5): f64x2 ceil, floor, trunc and nearest, the saturating truncations and f32x4.convert.
 */
import type { Extension, Instruction, LaneShape, PackSize, VecBitsTag, VecExtension, VecOpTag } from "../syntax.js";

/** What an opcode stands for, by the form of its immediates. */
export type VectorOpcode = { readonly float: boolean } & (
  | { readonly form: "plain"; readonly instruction: Instruction }
  | { readonly form: "load"; readonly pack: { readonly size: PackSize; readonly extension: VecExtension } | null }
  | { readonly form: "store" }
  | { readonly form: "load lane" | "store lane"; readonly size: PackSize }
  | { readonly form: "const" }
  | { readonly form: "shuffle" }
  | { readonly form: "extract"; readonly shape: LaneShape; readonly extension: Extension | null }
  | { readonly form: "replace"; readonly shape: LaneShape }
);

const table: (VectorOpcode | undefined)[] = new Array<VectorOpcode | undefined>(256).fill(undefined);

function load(opcode: number, size: PackSize, extension: VecExtension): void {
  table[opcode] = { form: "load", pack: { size, extension }, float: false };
}

function operator(opcode: number, tag: VecOpTag, shape: LaneShape, name: string, float = false): void {
  table[opcode] = { form: "plain", instruction: { tag, op: { shape, name } }, float };
}

/** Operators at consecutive opcodes; null leaves one out. */
function operators(
  first: number,
  tag: VecOpTag,
  shape: LaneShape,
  names: readonly (string | null)[],
  float = false,
): void {
  names.forEach((name, index) => {
    if (name !== null) operator(first + index, tag, shape, name, float);
  });
}

function bits(
  opcode: number,
  tag: VecBitsTag,
  name: "AnyTrue" | "Not" | "And" | "Or" | "Xor" | "AndNot" | "Bitselect",
): void {
  table[opcode] = { form: "plain", instruction: { tag, name }, float: false };
}

const EXTENDING_LOADS = ["8x8", "16x4", "32x2"] as const;
const SIZES = [8, 16, 32, 64] as const;
const INT_COMPARE = ["Eq", "Ne", "LtS", "LtU", "GtS", "GtU", "LeS", "LeU", "GeS", "GeU"];
const FLOAT_COMPARE = ["Eq", "Ne", "Lt", "Gt", "Le", "Ge"];
const SHIFTS = ["Shl", "ShrS", "ShrU"];
const MIN_MAX = ["MinS", "MinU", "MaxS", "MaxU"];
const ADD_SUB = ["Add", "AddSatS", "AddSatU", "Sub", "SubSatS", "SubSatU"];
const EXTENDS = ["ExtendLowS", "ExtendHighS", "ExtendLowU", "ExtendHighU"];
const EXTENDED_PRODUCTS = ["ExtMulLowS", "ExtMulHighS", "ExtMulLowU", "ExtMulHighU"];
const FLOAT_BINARY = ["Add", "Sub", "Mul", "Div", "Min", "Max", "Pmin", "Pmax"];

table[0x00] = { form: "load", pack: null, float: false };
EXTENDING_LOADS.forEach((shape, index) => {
  load(0x01 + 2 * index, 64, { tag: "ExtLane", shape, extension: "SX" });
  load(0x02 + 2 * index, 64, { tag: "ExtLane", shape, extension: "ZX" });
});
SIZES.forEach((size, index) => {
  load(0x07 + index, size, { tag: "ExtSplat" });
  table[0x54 + index] = { form: "load lane", size, float: false };
  table[0x58 + index] = { form: "store lane", size, float: false };
});
load(0x5c, 32, { tag: "ExtZero" });
load(0x5d, 64, { tag: "ExtZero" });
table[0x0b] = { form: "store", float: false };
table[0x0c] = { form: "const", float: false };
table[0x0d] = { form: "shuffle", float: false };
operator(0x0e, "VecBinary", "I8x16", "Swizzle");

(["I8x16", "I16x8", "I32x4", "I64x2"] as const).forEach((shape, index) => {
  operator(0x0f + index, "VecSplat", shape, "Splat");
});
(["F32x4", "F64x2"] as const).forEach((shape, index) => {
  operator(0x13 + index, "VecSplat", shape, "Splat", true);
  table[0x1f + 2 * index] = { form: "extract", shape, extension: null, float: true };
  table[0x20 + 2 * index] = { form: "replace", shape, float: true };
});
(["I8x16", "I16x8"] as const).forEach((shape, index) => {
  table[0x15 + 3 * index] = { form: "extract", shape, extension: "SX", float: false };
  table[0x16 + 3 * index] = { form: "extract", shape, extension: "ZX", float: false };
  table[0x17 + 3 * index] = { form: "replace", shape, float: false };
});
(["I32x4", "I64x2"] as const).forEach((shape, index) => {
  table[0x1b + 2 * index] = { form: "extract", shape, extension: null, float: false };
  table[0x1c + 2 * index] = { form: "replace", shape, float: false };
});

operators(0x23, "VecCompare", "I8x16", INT_COMPARE);
operators(0x2d, "VecCompare", "I16x8", INT_COMPARE);
operators(0x37, "VecCompare", "I32x4", INT_COMPARE);
operators(0x41, "VecCompare", "F32x4", FLOAT_COMPARE, true);
operators(0x47, "VecCompare", "F64x2", FLOAT_COMPARE, true);
operators(0xd6, "VecCompare", "I64x2", ["Eq", "Ne", "LtS", "GtS", "LeS", "GeS"]);

bits(0x4d, "VecUnaryBits", "Not");
bits(0x4e, "VecBinaryBits", "And");
bits(0x4f, "VecBinaryBits", "AndNot");
bits(0x50, "VecBinaryBits", "Or");
bits(0x51, "VecBinaryBits", "Xor");
bits(0x52, "VecTernaryBits", "Bitselect");
bits(0x53, "VecTestBits", "AnyTrue");

operator(0x5e, "VecConvert", "F32x4", "DemoteZeroF64x2", true);
operator(0x5f, "VecConvert", "F64x2", "PromoteLowF32x4", true);
operators(0x60, "VecUnary", "I8x16", ["Abs", "Neg", "Popcnt"]);
operator(0x63, "VecTest", "I8x16", "AllTrue");
operator(0x64, "VecBitmask", "I8x16", "Bitmask");
operators(0x65, "VecBinary", "I8x16", ["NarrowS", "NarrowU"]);
operators(0x67, "VecUnary", "F32x4", ["Ceil", "Floor", "Trunc", "Nearest"], true);
operators(0x6b, "VecShift", "I8x16", SHIFTS);
operators(0x6e, "VecBinary", "I8x16", ADD_SUB);
operators(0x74, "VecUnary", "F64x2", ["Ceil", "Floor"]);
operators(0x76, "VecBinary", "I8x16", MIN_MAX);
operator(0x7a, "VecUnary", "F64x2", "Trunc");
operator(0x7b, "VecBinary", "I8x16", "AvgrU");
operators(0x7c, "VecConvert", "I16x8", ["ExtAddPairwiseS", "ExtAddPairwiseU"]);
operators(0x7e, "VecConvert", "I32x4", ["ExtAddPairwiseS", "ExtAddPairwiseU"]);

operators(0x80, "VecUnary", "I16x8", ["Abs", "Neg"]);
operator(0x82, "VecBinary", "I16x8", "Q15MulRSatS");
operator(0x83, "VecTest", "I16x8", "AllTrue");
operator(0x84, "VecBitmask", "I16x8", "Bitmask");
operators(0x85, "VecBinary", "I16x8", ["NarrowS", "NarrowU"]);
operators(0x87, "VecConvert", "I16x8", EXTENDS);
operators(0x8b, "VecShift", "I16x8", SHIFTS);
operators(0x8e, "VecBinary", "I16x8", ADD_SUB);
operator(0x94, "VecUnary", "F64x2", "Nearest");
operators(0x95, "VecBinary", "I16x8", ["Mul", ...MIN_MAX, null, "AvgrU", ...EXTENDED_PRODUCTS]);

operators(0xa0, "VecUnary", "I32x4", ["Abs", "Neg"]);
operator(0xa3, "VecTest", "I32x4", "AllTrue");
operator(0xa4, "VecBitmask", "I32x4", "Bitmask");
operators(0xa7, "VecConvert", "I32x4", EXTENDS);
operators(0xab, "VecShift", "I32x4", SHIFTS);
operator(0xae, "VecBinary", "I32x4", "Add");
operator(0xb1, "VecBinary", "I32x4", "Sub");
operators(0xb5, "VecBinary", "I32x4", ["Mul", ...MIN_MAX, "DotS", null, ...EXTENDED_PRODUCTS]);

operators(0xc0, "VecUnary", "I64x2", ["Abs", "Neg"]);
operator(0xc3, "VecTest", "I64x2", "AllTrue");
operator(0xc4, "VecBitmask", "I64x2", "Bitmask");
operators(0xc7, "VecConvert", "I64x2", EXTENDS);
operators(0xcb, "VecShift", "I64x2", SHIFTS);
operator(0xce, "VecBinary", "I64x2", "Add");
operator(0xd1, "VecBinary", "I64x2", "Sub");
operator(0xd5, "VecBinary", "I64x2", "Mul");
operators(0xdc, "VecBinary", "I64x2", EXTENDED_PRODUCTS);

operators(0xe0, "VecUnary", "F32x4", ["Abs", "Neg", null, "Sqrt"], true);
operators(0xe4, "VecBinary", "F32x4", FLOAT_BINARY, true);
operators(0xec, "VecUnary", "F64x2", ["Abs", "Neg", null, "Sqrt"], true);
operators(0xf0, "VecBinary", "F64x2", FLOAT_BINARY, true);
operators(0xf8, "VecConvert", "I32x4", ["TruncSatSF32x4", "TruncSatUF32x4"]);
operators(0xfa, "VecConvert", "F32x4", ["ConvertSI32x4", "ConvertUI32x4"]);
operators(0xfc, "VecConvert", "I32x4", ["TruncSatSZeroF64x2", "TruncSatUZeroF64x2"]);
operators(0xfe, "VecConvert", "F64x2", ["ConvertSI32x4", "ConvertUI32x4"], true);

/** By the number behind the prefix; holes are no instruction. */
export const VECTOR_OPCODES: readonly (VectorOpcode | undefined)[] = table;
