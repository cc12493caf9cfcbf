/**
 * The abstract syntax of a WebAssembly module as the decoder produces it and the machine runs it (pvm-encodings.md §1, §4.7, §5).
 * Instructions are immutable and carry no source positions. Float forms exist only at the `full` language level; they have no stored form.
 */

import type { ChunkedBytes } from "../merkle/chunked-bytes.js";
import type { LazyVector } from "../merkle/lazy-vector.js";

export type NumType = "i32" | "i64" | "f32" | "f64";
export type RefType = "funcref" | "externref";
export type ValueType = NumType | "v128" | RefType;
export type LaneShape = "I8x16" | "I16x8" | "I32x4" | "I64x2" | "F32x4" | "F64x2";

/** A number. f32 and f64 are their bits, so that no NaN payload is lost. */
export type Num =
  | { readonly type: "i32"; readonly value: number }
  | { readonly type: "i64"; readonly value: bigint }
  | { readonly type: "f32"; readonly value: number }
  | { readonly type: "f64"; readonly value: bigint };

export type PackSize = 8 | 16 | 32 | 64;
export type Extension = "SX" | "ZX";

/** How a vector load widens or places what it loads. */
export type VecExtension =
  | { readonly tag: "ExtLane"; readonly shape: "8x8" | "16x4" | "32x2"; readonly extension: Extension }
  | { readonly tag: "ExtSplat" }
  | { readonly tag: "ExtZero" };

/** A block's type: an index into the types, or at most one result. */
export type BlockType =
  | { readonly tag: "index"; readonly index: number }
  | { readonly tag: "value"; readonly type: ValueType | null };

/** An operator of a number type; its name is one of numerics' tables. */
export interface NumOp {
  readonly type: NumType;
  readonly name: string;
  /** ExtendS only: width in bits of the number that is sign-extended. */
  readonly width?: 8 | 16 | 32;
}

/** An operator on lanes. */
export interface VecOp {
  readonly shape: LaneShape;
  readonly name: string;
  /** Shuffle only: sixteen lane numbers as decoded, 0 … 255. */
  readonly lanes?: readonly number[];
}

interface MemoryOperand {
  /** Exponent of the alignment, as decoded. */
  readonly align: number;
  /** Unsigned offset kept as an int32. */
  readonly offset: number;
}

type PlainTag =
  | "Unreachable"
  | "Nop"
  | "Drop"
  | "Return"
  | "MemorySize"
  | "MemoryGrow"
  | "MemoryFill"
  | "MemoryCopy"
  | "RefIsNull";

/** Instructions with one index (label, function, local, global, table, element or data segment). */
export type IndexTag =
  | "Br"
  | "BrIf"
  | "Call"
  | "LocalGet"
  | "LocalSet"
  | "LocalTee"
  | "GlobalGet"
  | "GlobalSet"
  | "TableGet"
  | "TableSet"
  | "TableSize"
  | "TableGrow"
  | "TableFill"
  | "ElemDrop"
  | "MemoryInit"
  | "DataDrop"
  | "RefFunc";

export type NumOpTag = "Test" | "Compare" | "Unary" | "Binary" | "Convert";
export type VecOpTag =
  | "VecTest"
  | "VecCompare"
  | "VecUnary"
  | "VecBinary"
  | "VecConvert"
  | "VecShift"
  | "VecBitmask"
  | "VecSplat";
/** Bitwise vector operators: their names are AnyTrue; Not; And, Or, Xor, AndNot; Bitselect. */
export type VecBitsTag = "VecTestBits" | "VecUnaryBits" | "VecBinaryBits" | "VecTernaryBits";

export type Instruction =
  | { readonly tag: PlainTag }
  | { readonly tag: IndexTag; readonly index: number }
  | { readonly tag: "Select"; readonly types: readonly ValueType[] | null }
  | { readonly tag: "Block" | "Loop"; readonly type: BlockType; readonly body: number }
  | { readonly tag: "If"; readonly type: BlockType; readonly then: number; readonly else: number }
  | { readonly tag: "BrTable"; readonly targets: readonly number[]; readonly default: number }
  | { readonly tag: "CallIndirect"; readonly table: number; readonly type: number }
  | { readonly tag: "TableCopy"; readonly destination: number; readonly source: number }
  | { readonly tag: "TableInit"; readonly table: number; readonly segment: number }
  | ({
      readonly tag: "Load";
      readonly type: NumType;
      readonly pack: { readonly size: PackSize; readonly extension: Extension } | null;
    } & MemoryOperand)
  | ({ readonly tag: "Store"; readonly type: NumType; readonly pack: PackSize | null } & MemoryOperand)
  | ({
      readonly tag: "VecLoad";
      readonly pack: { readonly size: PackSize; readonly extension: VecExtension } | null;
    } & MemoryOperand)
  | ({ readonly tag: "VecStore" } & MemoryOperand)
  | ({ readonly tag: "VecLoadLane" | "VecStoreLane"; readonly size: PackSize; readonly lane: number } & MemoryOperand)
  | { readonly tag: "RefNull"; readonly type: RefType }
  | { readonly tag: "Const"; readonly value: Num }
  | { readonly tag: "VecConst"; readonly bytes: Uint8Array }
  | { readonly tag: NumOpTag; readonly op: NumOp }
  | { readonly tag: VecOpTag; readonly op: VecOp }
  | { readonly tag: VecBitsTag; readonly name: "AnyTrue" | "Not" | "And" | "Or" | "Xor" | "AndNot" | "Bitselect" }
  | {
      readonly tag: "VecExtract";
      readonly shape: LaneShape;
      readonly lane: number;
      /** I8x16 and I16x8 only. */
      readonly extension: Extension | null;
    }
  | { readonly tag: "VecReplace"; readonly shape: LaneShape; readonly lane: number };

export type InstructionTag = Instruction["tag"];

export interface Limits {
  /** Unsigned, kept as an int32. */
  readonly min: number;
  readonly max: number | null;
}

export interface TableType {
  readonly limits: Limits;
  readonly type: RefType;
}

export type MemoryType = Limits;

export interface GlobalType {
  readonly type: ValueType;
  readonly mutable: boolean;
}

export interface FuncType {
  readonly params: LazyVector<ValueType>;
  readonly results: LazyVector<ValueType>;
}

export type ImportDesc =
  | { readonly tag: "Func"; readonly type: number }
  | { readonly tag: "Table"; readonly type: TableType }
  | { readonly tag: "Memory"; readonly type: MemoryType }
  | { readonly tag: "Global"; readonly type: GlobalType };

export type ExternKind = "Func" | "Table" | "Memory" | "Global";

export interface Import {
  readonly module: string;
  readonly item: string;
  readonly desc: ImportDesc;
}

export interface Export {
  readonly name: string;
  readonly kind: ExternKind;
  readonly index: number;
}

/** A module's global: its type and the block of its initial value. */
export interface GlobalDef {
  readonly type: GlobalType;
  readonly init: number;
}

/** Where an active segment goes: the table or memory, and the block of its offset. */
export type SegmentMode =
  | { readonly tag: "Passive" }
  | { readonly tag: "Active"; readonly index: number; readonly offset: number }
  | { readonly tag: "Declarative" };

export interface ElemSegment {
  readonly type: RefType;
  /** The blocks of the items. */
  readonly init: LazyVector<number>;
  readonly mode: SegmentMode;
}

export interface DataSegment {
  /** Label in the table of data. */
  readonly init: number;
  readonly mode: SegmentMode;
}

/** A function's type index, the types of its declared locals, and the label of its body. */
export interface Func {
  readonly type: number;
  readonly locals: LazyVector<ValueType>;
  readonly body: number;
}

/** A sequence of instructions. */
export type Block = LazyVector<Instruction>;

/** What a module refers to by label: blocks of instructions and data. Label 0 of each is empty. */
export interface Allocations {
  readonly blocks: LazyVector<Block>;
  readonly datas: LazyVector<ChunkedBytes>;
}

export interface Module {
  readonly types: LazyVector<FuncType>;
  readonly globals: LazyVector<GlobalDef>;
  readonly tables: LazyVector<TableType>;
  readonly memories: LazyVector<MemoryType>;
  readonly funcs: LazyVector<Func>;
  readonly start: number | null;
  readonly elems: LazyVector<ElemSegment>;
  readonly datas: LazyVector<DataSegment>;
  readonly imports: LazyVector<Import>;
  readonly exports: LazyVector<Export>;
  readonly allocations: Allocations;
}
