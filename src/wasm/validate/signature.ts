/**
 * The operands and results of the instructions whose type is their own: it depends neither on the stack nor on the module. Also the limits
 * of their immediates: alignments and lanes.
 */
import type { Instruction, LaneShape, NumOp, NumType, PackSize, ValueType } from "../syntax.js";
import { Fault } from "./errors.js";

export interface Signature {
  readonly params: readonly ValueType[];
  readonly results: readonly ValueType[];
}

const signatures = new Map<string, Signature>();

/** The signature `params -> results`; the same object for the same types. */
function signature(params: readonly ValueType[], ...results: readonly ValueType[]): Signature {
  const key = `${params.join()}>${results.join()}`;
  let known = signatures.get(key);
  if (known === undefined) {
    known = { params, results };
    signatures.set(key, known);
  }
  return known;
}

const BYTES: Readonly<Record<NumType, number>> = { i32: 4, i64: 8, f32: 4, f64: 8 };

const LANES: Readonly<Record<LaneShape, number>> = { I8x16: 16, I16x8: 8, I32x4: 4, I64x2: 2, F32x4: 4, F64x2: 2 };

const LANE_TYPES: Readonly<Record<LaneShape, NumType>> = {
  I8x16: "i32",
  I16x8: "i32",
  I32x4: "i32",
  I64x2: "i64",
  F32x4: "f32",
  F64x2: "f64",
};

/** What the conversions convert from, by the end of their names; reinterpretations keep the width. */
function conversionSource({ type, name }: NumOp): NumType {
  if (name === "ReinterpretFloat") return type === "i32" ? "f32" : "f64";
  if (name === "ReinterpretInt") return type === "f32" ? "i32" : "i64";
  return name.slice(-3).toLowerCase() as NumType; // the names of the others end with the type they convert from
}

function checkAlignment(align: number, bytes: number): void {
  if (align > 31 || 2 ** align > bytes) {
    throw new Fault(`alignment must not be larger than natural (2^${align}, ${bytes} bytes)`);
  }
}

function checkLane(lane: number, count: number): void {
  if (lane < 0 || lane >= count) throw new Fault(`invalid lane index ${lane} of ${count}`);
}

function vectorAccessBytes(pack: { readonly size: PackSize } | null): number {
  return pack === null ? 16 : pack.size / 8;
}

/** Whether an instruction works on memory 0. */
export function needsMemory({ tag }: Instruction): boolean {
  return tag.startsWith("Memory") || /^(Vec)?(Load|Store)(Lane)?$/.test(tag);
}

function vectorSignature(instruction: Instruction): Signature | null {
  switch (instruction.tag) {
    case "VecConst":
      return signature([], "v128");
    case "VecLoad":
      checkAlignment(instruction.align, vectorAccessBytes(instruction.pack));
      return signature(["i32"], "v128");
    case "VecStore":
      checkAlignment(instruction.align, 16);
      return signature(["i32", "v128"]);
    case "VecLoadLane":
    case "VecStoreLane": {
      checkAlignment(instruction.align, instruction.size / 8);
      checkLane(instruction.lane, 128 / instruction.size);
      return instruction.tag === "VecLoadLane" ? signature(["i32", "v128"], "v128") : signature(["i32", "v128"]);
    }
    case "VecTest":
    case "VecBitmask":
    case "VecTestBits":
      return signature(["v128"], "i32");
    case "VecUnary":
    case "VecUnaryBits":
    case "VecConvert":
      return signature(["v128"], "v128");
    case "VecBinary":
      for (const lane of instruction.op.lanes ?? []) checkLane(lane, 32);
      return signature(["v128", "v128"], "v128");
    case "VecCompare":
    case "VecBinaryBits":
      return signature(["v128", "v128"], "v128");
    case "VecTernaryBits":
      return signature(["v128", "v128", "v128"], "v128");
    case "VecShift":
      return signature(["v128", "i32"], "v128");
    case "VecSplat":
      return signature([LANE_TYPES[instruction.op.shape]], "v128");
    case "VecExtract":
      checkLane(instruction.lane, LANES[instruction.shape]);
      return signature(["v128"], LANE_TYPES[instruction.shape]);
    case "VecReplace":
      checkLane(instruction.lane, LANES[instruction.shape]);
      return signature(["v128", LANE_TYPES[instruction.shape]], "v128");
    default:
      return null;
  }
}

/** The signature of an instruction; null if it is not the instruction's own. Throws `Fault` for a wrong alignment or lane. */
export function signatureOf(instruction: Instruction): Signature | null {
  switch (instruction.tag) {
    case "Nop":
      return signature([]);
    case "Const":
      return signature([], instruction.value.type);
    case "RefNull":
      return signature([], instruction.type);
    case "Load":
    case "Store": {
      const { type, pack } = instruction;
      const bits = pack === null ? 8 * BYTES[type] : typeof pack === "number" ? pack : pack.size;
      checkAlignment(instruction.align, bits / 8);
      return instruction.tag === "Load" ? signature(["i32"], type) : signature(["i32", type]);
    }
    case "MemorySize":
      return signature([], "i32");
    case "MemoryGrow":
      return signature(["i32"], "i32");
    case "MemoryFill":
    case "MemoryCopy":
    case "MemoryInit":
      return signature(["i32", "i32", "i32"]);
    case "DataDrop":
    case "ElemDrop":
      return signature([]);
    case "TableInit":
    case "TableCopy":
      return signature(["i32", "i32", "i32"]);
    case "TableSize":
      return signature([], "i32");
    case "Test":
      return signature([instruction.op.type], "i32");
    case "Compare":
      return signature([instruction.op.type, instruction.op.type], "i32");
    case "Unary":
      return signature([instruction.op.type], instruction.op.type);
    case "Binary":
      return signature([instruction.op.type, instruction.op.type], instruction.op.type);
    case "Convert":
      return signature([conversionSource(instruction.op)], instruction.op.type);
    default:
      return vectorSignature(instruction);
  }
}
