/**
 * Numeric instructions on numbers: operator names and operand types resolved to the functions of numerics. Nothing validates a kernel, so
 * operands are checked here; where both are wrong, the second is the one reported.
 */
import type { GuestError } from "../guest-errors.js";
import { f32Convert, f64Convert, i32Convert, i64Convert } from "../numerics/convert.js";
import { f32Binary, f32Compare, f32Unary } from "../numerics/float32.js";
import { f64Binary, f64Compare, f64Unary } from "../numerics/float64.js";
import { i32Binary, i32Compare, i32Test, i32Unary } from "../numerics/int32.js";
import { i64Binary, i64Compare, i64Test, i64Unary } from "../numerics/int64.js";
import type { Num, NumOp, NumType } from "../syntax.js";
import { crash } from "./guest.js";

/** An operand of the wrong number type. */
export function typeError(operand: number, expected: NumType, found: Num): GuestError {
  return crash(`type error, expected ${expected} as operand ${operand}, got ${found.type}`);
}

export function i32Operand(num: Num, operand: number): number {
  if (num.type !== "i32") throw typeError(operand, "i32", num);
  return num.value;
}

export function i64Operand(num: Num, operand: number): bigint {
  if (num.type !== "i64") throw typeError(operand, "i64", num);
  return num.value;
}

export function f32Operand(num: Num, operand: number): number {
  if (num.type !== "f32") throw typeError(operand, "f32", num);
  return num.value;
}

export function f64Operand(num: Num, operand: number): bigint {
  if (num.type !== "f64") throw typeError(operand, "f64", num);
  return num.value;
}

/** The operation of a table under a name, which the decoder only gives if it is there. */
function named<F>(table: Readonly<Partial<Record<string, F>>>, name: string): F {
  const operation = table[name];
  if (operation === undefined) throw new Error(`no operator ${name}`);
  return operation;
}

export function evalTest(op: NumOp, num: Num): number {
  if (op.type === "i32") return named(i32Test, op.name)(i32Operand(num, 1));
  if (op.type === "i64") return named(i64Test, op.name)(i64Operand(num, 1));
  throw new Error(`no test of ${op.type}`);
}

export function evalCompare(op: NumOp, a: Num, b: Num): number {
  switch (op.type) {
    case "i32": {
      const right = i32Operand(b, 2);
      return named(i32Compare, op.name)(i32Operand(a, 1), right);
    }
    case "i64": {
      const right = i64Operand(b, 2);
      return named(i64Compare, op.name)(i64Operand(a, 1), right);
    }
    case "f32": {
      const right = f32Operand(b, 2);
      return named(f32Compare, op.name)(f32Operand(a, 1), right);
    }
    case "f64": {
      const right = f64Operand(b, 2);
      return named(f64Compare, op.name)(f64Operand(a, 1), right);
    }
  }
}

export function evalUnary(op: NumOp, num: Num): Num {
  const name = op.name === "ExtendS" ? `ExtendS${op.width}` : op.name;
  switch (op.type) {
    case "i32":
      return { type: "i32", value: named(i32Unary, name)(i32Operand(num, 1)) };
    case "i64":
      return { type: "i64", value: named(i64Unary, name)(i64Operand(num, 1)) };
    case "f32":
      return { type: "f32", value: named(f32Unary, name)(f32Operand(num, 1)) };
    case "f64":
      return { type: "f64", value: named(f64Unary, name)(f64Operand(num, 1)) };
  }
}

/** Throws `NumericTrap`. */
export function evalBinary(op: NumOp, a: Num, b: Num): Num {
  switch (op.type) {
    case "i32": {
      const right = i32Operand(b, 2);
      return { type: "i32", value: named(i32Binary, op.name)(i32Operand(a, 1), right) };
    }
    case "i64": {
      const right = i64Operand(b, 2);
      return { type: "i64", value: named(i64Binary, op.name)(i64Operand(a, 1), right) };
    }
    case "f32": {
      const right = f32Operand(b, 2);
      return { type: "f32", value: named(f32Binary, op.name)(f32Operand(a, 1), right) };
    }
    case "f64": {
      const right = f64Operand(b, 2);
      return { type: "f64", value: named(f64Binary, op.name)(f64Operand(a, 1), right) };
    }
  }
}

/** The number type that a conversion takes; its name ends in it, but for reinterpretations. */
function convertedType(op: NumOp): NumType {
  if (op.name === "ReinterpretFloat") return op.type === "i32" ? "f32" : "f64";
  if (op.name === "ReinterpretInt") return op.type === "f32" ? "i32" : "i64";
  return op.name.slice(-3).toLowerCase() as NumType;
}

type Conversion = (value: number | bigint) => number | bigint;
type ConversionTable = Readonly<Record<string, Readonly<Partial<Record<string, Conversion>>>>>;

// Each entry takes and gives the representation of the types it stands under, which the checks below have made sure of.
const CONVERSIONS = { i32: i32Convert, i64: i64Convert, f32: f32Convert, f64: f64Convert } as unknown as Readonly<
  Record<NumType, ConversionTable>
>;

/** Throws `NumericTrap`. */
export function evalConvert(op: NumOp, num: Num): Num {
  const from = convertedType(op);
  const conversion = CONVERSIONS[op.type][from.toUpperCase()]?.[op.name];
  if (conversion === undefined) throw typeError(1, op.type, num);
  if (num.type !== from) throw typeError(1, from, num);
  return { type: op.type, value: conversion(num.value) } as Num;
}
