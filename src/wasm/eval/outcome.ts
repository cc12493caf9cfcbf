/** What an instruction handler is, and the ends it can come to. */

import { NumericTrap } from "../numerics/errors.js";
import { i32, type Value, type Values } from "../runtime.js";
import type { Instruction, InstructionTag, Num } from "../syntax.js";
import { type AdminInstruction, trapping } from "./admin.js";
import { AccessTrap } from "./guest.js";
import type { Tick } from "./tick.js";

/** The operands that are left, and what is pushed on the code, first to run first. */
export interface Outcome {
  readonly values: Values;
  readonly push: readonly AdminInstruction[];
}

/** The instruction with a tag. */
export type InstructionOf<K extends InstructionTag> = Instruction extends infer I
  ? I extends { readonly tag: infer T }
    ? K extends T
      ? I
      : never
    : never
  : never;

/** Executes an instruction, which has been taken off the code, on the operands. May change the tick. */
export type Handler<K extends InstructionTag> = (tick: Tick, values: Values, instruction: InstructionOf<K>) => Outcome;

export type Handlers<K extends InstructionTag> = { readonly [T in K]: Handler<T> };

const NOTHING: readonly AdminInstruction[] = [];

/** Goes on with these operands. */
export function leave(values: Values): Outcome {
  return { values, push: NOTHING };
}

/** Goes on with another operand on top. */
export function push(value: Value, values: Values): Outcome {
  return { values: values.cons(value), push: NOTHING };
}

export function pushNum(num: Num, values: Values): Outcome {
  return push({ tag: "num", num }, values);
}

export function pushI32(value: number, values: Values): Outcome {
  return push(i32(value), values);
}

export function pushVec(bytes: Uint8Array, values: Values): Outcome {
  return push({ tag: "vec", bytes }, values);
}

/** Goes on with one more instruction. */
export function run(instruction: AdminInstruction, values: Values): Outcome {
  return { values, push: [instruction] };
}

export function trap(message: string, values: Values): Outcome {
  return run(trapping(message), values);
}

/** The outcome, or a trap with these operands if arithmetic or an access fails. */
export function orTrap(values: Values, outcome: () => Outcome): Outcome {
  try {
    return outcome();
  } catch (error) {
    if (error instanceof NumericTrap || error instanceof AccessTrap) return trap(error.message, values);
    throw error;
  }
}
