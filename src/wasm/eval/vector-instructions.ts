/** Instructions on vectors, other than loads and stores. */

import { vecBitsBinary, vecBitsTernary, vecBitsTest, vecBitsUnary } from "../numerics/simd-bits.js";
import { vecAllTrue, vecBitmask, vecShift } from "../numerics/simd-integer.js";
import type { VecBinary } from "../numerics/simd-lanes.js";
import { shuffle, vecExtract, vecReplace, vecSplat } from "../numerics/simd-rearrange.js";
import { vecBinary, vecCompare, vecConvert, vecUnary } from "../numerics/simd-tables.js";
import type { LaneShape, Num, VecOp } from "../syntax.js";
import { f32Operand, f64Operand, i32Operand, i64Operand } from "./numbers.js";
import { type Handlers, pushI32, pushNum, pushVec } from "./outcome.js";
import { popNum, popVec } from "./stack.js";

type VectorTag =
  | "VecConst"
  | "VecTest"
  | "VecCompare"
  | "VecUnary"
  | "VecBinary"
  | "VecConvert"
  | "VecShift"
  | "VecBitmask"
  | "VecTestBits"
  | "VecUnaryBits"
  | "VecBinaryBits"
  | "VecTernaryBits"
  | "VecSplat"
  | "VecExtract"
  | "VecReplace";

/** The operation of a table by lane shape and name, which the decoder only gives if it is there. */
function named<F>(table: Readonly<Partial<Record<string, Readonly<Partial<Record<string, F>>>>>>, op: VecOp): F {
  const operation = table[op.shape]?.[op.name];
  if (operation === undefined) throw new Error(`no operator ${op.name} on ${op.shape}`);
  return operation;
}

/** The operation of a table keyed by the lane shapes that have it. */
function shaped<F>(table: Readonly<Partial<Record<string, F>>>, shape: LaneShape): F {
  const operation = table[shape];
  if (operation === undefined) throw new Error(`no operator on ${shape}`);
  return operation;
}

function binaryOperation(op: VecOp): VecBinary {
  if (op.name !== "Shuffle") return named(vecBinary, op);
  const lanes = op.lanes ?? [];
  return (a, b) => shuffle(a, b, lanes);
}

/** A vector with a number in every lane. */
function splat(shape: LaneShape, num: Num): Uint8Array {
  switch (shape) {
    case "I64x2":
      return vecSplat.I64x2(i64Operand(num, 1));
    case "F32x4":
      return vecSplat.F32x4(f32Operand(num, 1));
    case "F64x2":
      return vecSplat.F64x2(f64Operand(num, 1));
    default:
      return vecSplat[shape](i32Operand(num, 1));
  }
}

function replaceLane(shape: LaneShape, vector: Uint8Array, lane: number, num: Num): Uint8Array {
  switch (shape) {
    case "I64x2":
      return vecReplace.I64x2(vector, lane, i64Operand(num, 1));
    case "F32x4":
      return vecReplace.F32x4(vector, lane, f32Operand(num, 1));
    case "F64x2":
      return vecReplace.F64x2(vector, lane, f64Operand(num, 1));
    default:
      return vecReplace[shape](vector, lane, i32Operand(num, 1));
  }
}

/** Throws `LaneOutOfRange`. */
function extractLane(shape: LaneShape, vector: Uint8Array, lane: number, extension: "SX" | "ZX" | null): Num {
  switch (shape) {
    case "I8x16":
    case "I16x8":
      return { type: "i32", value: vecExtract[shape](vector, lane, extension ?? "ZX") };
    case "I32x4":
      return { type: "i32", value: vecExtract.I32x4(vector, lane) };
    case "I64x2":
      return { type: "i64", value: vecExtract.I64x2(vector, lane) };
    case "F32x4":
      return { type: "f32", value: vecExtract.F32x4(vector, lane) };
    case "F64x2":
      return { type: "f64", value: vecExtract.F64x2(vector, lane) };
  }
}

export const vectorHandlers: Handlers<VectorTag> = {
  VecConst: (_tick, values, { bytes }) => pushVec(bytes, values),

  VecTest(_tick, values, { op }) {
    const [vector, rest] = popVec(values);
    return pushI32(shaped(vecAllTrue, op.shape)(vector), rest);
  },

  VecUnary(_tick, values, { op }) {
    const [vector, rest] = popVec(values);
    return pushVec(named(vecUnary, op)(vector), rest);
  },

  VecBinary(_tick, values, { op }) {
    const [b, below] = popVec(values);
    const [a, rest] = popVec(below);
    return pushVec(binaryOperation(op)(a, b), rest);
  },

  VecCompare(_tick, values, { op }) {
    const [b, below] = popVec(values);
    const [a, rest] = popVec(below);
    return pushVec(named(vecCompare, op)(a, b), rest);
  },

  VecConvert(_tick, values, { op }) {
    const [vector, rest] = popVec(values);
    return pushVec(named(vecConvert, op)(vector), rest);
  },

  VecShift(_tick, values, { op }) {
    const [count, below] = popNum(values);
    const [vector, rest] = popVec(below);
    return pushVec(named(vecShift, op)(vector, i32Operand(count, 2)), rest);
  },

  VecBitmask(_tick, values, { op }) {
    const [vector, rest] = popVec(values);
    return pushI32(shaped(vecBitmask, op.shape)(vector), rest);
  },

  VecTestBits(_tick, values) {
    const [vector, rest] = popVec(values);
    return pushI32(vecBitsTest.AnyTrue(vector), rest);
  },

  VecUnaryBits(_tick, values) {
    const [vector, rest] = popVec(values);
    return pushVec(vecBitsUnary.Not(vector), rest);
  },

  VecBinaryBits(_tick, values, { name }) {
    const [b, below] = popVec(values);
    const [a, rest] = popVec(below);
    return pushVec(vecBitsBinary[name as keyof typeof vecBitsBinary](a, b), rest);
  },

  VecTernaryBits(_tick, values) {
    const [mask, below] = popVec(values);
    const [b, lower] = popVec(below);
    const [a, rest] = popVec(lower);
    return pushVec(vecBitsTernary.Bitselect(a, b, mask), rest);
  },

  VecSplat(_tick, values, { op }) {
    const [num, rest] = popNum(values);
    return pushVec(splat(op.shape, num), rest);
  },

  VecExtract(_tick, values, { shape, lane, extension }) {
    const [vector, rest] = popVec(values);
    return pushNum(extractLane(shape, vector, lane, extension), rest);
  },

  VecReplace(_tick, values, { shape, lane }) {
    const [num, below] = popNum(values);
    const [vector, rest] = popVec(below);
    return pushVec(replaceLane(shape, vector, lane, num), rest);
  },
};
