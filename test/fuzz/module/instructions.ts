// The instructions that compute: what each takes and gives, from the tables of the WebAssembly 2.0 specification (appendix "index of
// instructions"). Written apart from the tables of the decoder, which they are to test.
import type { ValueType } from "./draft.js";

/** Lanes of which the result may be any NaN that the specification allows, where it is one. */
export type NanShape = "f32" | "f64" | "f32x4" | "f64x2";

export interface Operator {
  /** The opcode; immediates follow. */
  readonly bytes: readonly number[];
  readonly params: readonly ValueType[];
  readonly result: ValueType;
  readonly nan: NanShape | null;
  /** Immediates: `count` lanes below `lanes`. */
  readonly immediate: { readonly count: number; readonly lanes: number } | null;
  /** Whether it may trap. */
  readonly traps: boolean;
  /** Whether kernels must not have it, or cannot be stored with it (pvm.md §2.5). */
  readonly float: boolean;
}

const LETTERS: Readonly<Record<string, ValueType>> = { i: "i32", l: "i64", f: "f32", d: "f64", v: "v128" };

export const OPERATORS: Operator[] = [];

type Extra = Partial<Pick<Operator, "nan" | "immediate" | "traps" | "float">>;

function typesOf(letters: string): ValueType[] {
  return [...letters].map((letter) => LETTERS[letter] ?? "i32");
}

/** Operators with consecutive opcodes; `signature` as "ii>i". */
function put(bytes: readonly number[], count: number, signature: string, extra: Extra = {}): void {
  const [params = "", results = ""] = signature.split(">");
  const [result = "i32"] = typesOf(results);
  for (let index = 0; index < count; index++) {
    const { nan = null, immediate = null, traps = false } = extra;
    const float = extra.float ?? /[fd]/.test(signature);
    const opcode = bytes.map((byte, at) => (at === bytes.length - 1 ? byte + index : byte));
    OPERATORS.push({ bytes: opcode, params: typesOf(params), result, nan, immediate, traps, float });
  }
}

const F32 = { nan: "f32" } as const;
const F64 = { nan: "f64" } as const;
const TRAPS = { traps: true } as const;

put([0x45], 1, "i>i");
put([0x46], 10, "ii>i");
put([0x50], 1, "l>i");
put([0x51], 10, "ll>i");
put([0x5b], 6, "ff>i");
put([0x61], 6, "dd>i");
put([0x67], 3, "i>i");
put([0x6a], 3, "ii>i");
put([0x6d], 4, "ii>i", TRAPS);
put([0x71], 8, "ii>i");
put([0x79], 3, "l>l");
put([0x7c], 3, "ll>l");
put([0x7f], 4, "ll>l", TRAPS);
put([0x83], 8, "ll>l");
put([0x8b], 2, "f>f");
put([0x8d], 5, "f>f", F32);
put([0x92], 6, "ff>f", F32);
put([0x98], 1, "ff>f");
put([0x99], 2, "d>d");
put([0x9b], 5, "d>d", F64);
put([0xa0], 6, "dd>d", F64);
put([0xa6], 1, "dd>d");
put([0xa7], 1, "l>i");
put([0xa8], 2, "f>i", TRAPS);
put([0xaa], 2, "d>i", TRAPS);
put([0xac], 2, "i>l");
put([0xae], 2, "f>l", TRAPS);
put([0xb0], 2, "d>l", TRAPS);
put([0xb2], 2, "i>f");
put([0xb4], 2, "l>f");
put([0xb6], 1, "d>f", F32);
put([0xb7], 2, "i>d");
put([0xb9], 2, "l>d");
put([0xbb], 1, "f>d", F64);
put([0xbc], 1, "f>i");
put([0xbd], 1, "d>l");
put([0xbe], 1, "i>f");
put([0xbf], 1, "l>d");
put([0xc0], 2, "i>i");
put([0xc2], 3, "l>l");
put([0xfc, 0], 2, "f>i");
put([0xfc, 2], 2, "d>i");
put([0xfc, 4], 2, "f>l");
put([0xfc, 6], 2, "d>l");

/** A vector operator's opcode, in LEB128. */
function vector(opcode: number): number[] {
  return opcode < 0x80 ? [0xfd, opcode] : [0xfd, opcode, 1];
}

/** From the vector opcode `first` on; the second byte of a long opcode stays as it is. */
function putVector(first: number, count: number, signature: string, extra: Extra = {}): void {
  for (let index = 0; index < count; index++) put(vector(first + index), 1, signature, extra);
}

const FLOAT = { float: true } as const;
const INTEGER = { float: false } as const;
const F32X4 = { nan: "f32x4", float: true } as const;
const F64X2 = { nan: "f64x2", float: true } as const;

putVector(13, 1, "vv>v", { immediate: { count: 16, lanes: 32 } });
putVector(14, 1, "vv>v");
putVector(15, 3, "i>v");
putVector(18, 1, "l>v");
putVector(19, 1, "f>v");
putVector(20, 1, "d>v");
for (const [opcode, lanes, signature] of [
  [21, 16, "v>i"],
  [22, 16, "v>i"],
  [23, 16, "vi>v"],
  [24, 8, "v>i"],
  [25, 8, "v>i"],
  [26, 8, "vi>v"],
  [27, 4, "v>i"],
  [28, 4, "vi>v"],
  [29, 2, "v>l"],
  [30, 2, "vl>v"],
  [31, 4, "v>f"],
  [32, 4, "vf>v"],
  [33, 2, "v>d"],
  [34, 2, "vd>v"],
] as const) {
  putVector(opcode, 1, signature, { immediate: { count: 1, lanes } });
}
putVector(35, 30, "vv>v");
putVector(65, 12, "vv>v", FLOAT);
putVector(77, 1, "v>v");
putVector(78, 4, "vv>v");
putVector(82, 1, "vvv>v");
putVector(83, 1, "v>i");
putVector(94, 1, "v>v", F32X4);
putVector(95, 1, "v>v", F64X2);
putVector(96, 3, "v>v");
putVector(99, 2, "v>i");
putVector(101, 2, "vv>v");
putVector(103, 4, "v>v", F32X4);
putVector(107, 3, "vi>v");
putVector(110, 6, "vv>v");
putVector(116, 2, "v>v", F64X2);
putVector(118, 4, "vv>v");
putVector(122, 1, "v>v", F64X2);
putVector(123, 1, "vv>v");
putVector(124, 6, "v>v");
putVector(130, 1, "vv>v");
putVector(131, 2, "v>i");
putVector(133, 2, "vv>v");
putVector(135, 4, "v>v");
putVector(139, 3, "vi>v");
putVector(142, 6, "vv>v");
putVector(148, 1, "v>v", F64X2);
putVector(149, 5, "vv>v");
putVector(155, 5, "vv>v");
putVector(160, 2, "v>v");
putVector(163, 2, "v>i");
putVector(167, 4, "v>v");
putVector(171, 3, "vi>v");
putVector(174, 1, "vv>v");
putVector(177, 1, "vv>v");
putVector(181, 6, "vv>v");
putVector(188, 4, "vv>v");
putVector(192, 2, "v>v");
putVector(195, 2, "v>i");
putVector(199, 4, "v>v");
putVector(203, 3, "vi>v");
putVector(206, 1, "vv>v");
putVector(209, 1, "vv>v");
putVector(213, 11, "vv>v");
putVector(224, 2, "v>v", FLOAT);
putVector(227, 1, "v>v", F32X4);
putVector(228, 6, "vv>v", F32X4);
putVector(234, 2, "vv>v", FLOAT);
putVector(236, 2, "v>v", FLOAT);
putVector(239, 1, "v>v", F64X2);
putVector(240, 6, "vv>v", F64X2);
putVector(246, 2, "vv>v", FLOAT);
putVector(248, 2, "v>v", INTEGER); // saturating truncations: kernels may have them
putVector(250, 2, "v>v", FLOAT);
putVector(252, 2, "v>v", INTEGER);
putVector(254, 2, "v>v", FLOAT);

export interface MemoryAccess {
  readonly bytes: readonly number[];
  /** What is loaded or stored. */
  readonly type: ValueType;
  /** Exponent of the alignment that is the access's own size. */
  readonly align: number;
  /** Of how many lanes one is loaded (into a vector taken) or stored; 0: not a lane. */
  readonly lanes: number;
}

function accesses(first: number, type: ValueType, aligns: readonly number[]): MemoryAccess[] {
  return aligns.map((align, index) => ({ bytes: [first + index], type, align, lanes: 0 }));
}

function vectorAccess(opcode: number, align: number, lanes = 0): MemoryAccess {
  return { bytes: vector(opcode), type: "v128", align, lanes };
}

export const LOADS: readonly MemoryAccess[] = [
  ...accesses(0x28, "i32", [2]),
  ...accesses(0x29, "i64", [3]),
  ...accesses(0x2a, "f32", [2]),
  ...accesses(0x2b, "f64", [3]),
  ...accesses(0x2c, "i32", [0, 0, 1, 1]),
  ...accesses(0x30, "i64", [0, 0, 1, 1, 2, 2]),
  ...[4, 3, 3, 3, 3, 3, 3, 0, 1, 2, 3].map((align, opcode) => vectorAccess(opcode, align)),
  vectorAccess(92, 2),
  vectorAccess(93, 3),
  ...[0, 1, 2, 3].map((align) => vectorAccess(84 + align, align, 16 >> align)),
];

export const STORES: readonly MemoryAccess[] = [
  ...accesses(0x36, "i32", [2]),
  ...accesses(0x37, "i64", [3]),
  ...accesses(0x38, "f32", [2]),
  ...accesses(0x39, "f64", [3]),
  ...accesses(0x3a, "i32", [0, 1]),
  ...accesses(0x3c, "i64", [0, 1, 2]),
  vectorAccess(11, 4),
  ...[0, 1, 2, 3].map((align) => vectorAccess(88 + align, align, 16 >> align)),
];

/** Opcodes of the other instructions. */
export const OP = {
  unreachable: [0x00],
  nop: [0x01],
  block: [0x02],
  loop: [0x03],
  if: [0x04],
  else: [0x05],
  end: [0x0b],
  br: [0x0c],
  brIf: [0x0d],
  brTable: [0x0e],
  return: [0x0f],
  call: [0x10],
  callIndirect: [0x11],
  drop: [0x1a],
  select: [0x1b],
  selectTyped: [0x1c],
  localGet: [0x20],
  localSet: [0x21],
  localTee: [0x22],
  globalGet: [0x23],
  globalSet: [0x24],
  tableGet: [0x25],
  tableSet: [0x26],
  memorySize: [0x3f, 0],
  memoryGrow: [0x40, 0],
  i32Const: [0x41],
  i64Const: [0x42],
  f32Const: [0x43],
  f64Const: [0x44],
  i32Eqz: [0x45],
  i32Sub: [0x6b],
  i32And: [0x71],
  i32Or: [0x72],
  i64Or: [0x84],
  f32Eq: [0x5b],
  f64Eq: [0x61],
  i32ReinterpretF32: [0xbc],
  i64ReinterpretF64: [0xbd],
  f32ReinterpretI32: [0xbe],
  f64ReinterpretI64: [0xbf],
  refNull: [0xd0],
  refIsNull: [0xd1],
  refFunc: [0xd2],
  memoryInit: [0xfc, 8],
  dataDrop: [0xfc, 9],
  memoryCopy: [0xfc, 10, 0, 0],
  memoryFill: [0xfc, 11, 0],
  tableInit: [0xfc, 12],
  elemDrop: [0xfc, 13],
  tableCopy: [0xfc, 14],
  tableGrow: [0xfc, 15],
  tableSize: [0xfc, 16],
  tableFill: [0xfc, 17],
  v128Const: [0xfd, 12],
  i64x2Splat: [0xfd, 18],
  i64x2Extract: [0xfd, 29],
  i64x2Replace: [0xfd, 30],
  f32x4Eq: [0xfd, 65],
  f64x2Eq: [0xfd, 71],
  v128Bitselect: [0xfd, 82],
} as const;
