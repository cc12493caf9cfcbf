/**
 * What the expansion of bulk instructions leaves on the stacks of a label. Each of the instructions a meta unrolls into is pushed in front
 * of the code and popped again, and so are its operands: the slots they stood in are emptied.
 */
import type { LazyVector } from "../../merkle/lazy-vector.js";
import { type AdminInstruction, type Code, type MetaInstruction, plain } from "../eval/admin.js";
import { i32, type ModuleInstance, type Values } from "../runtime.js";

/** What whole elements of a bulk instruction make of an instance and of the code that has its meta in front. */
export interface MetaProgress {
  readonly instance: ModuleInstance;
  readonly code: Code;
  readonly ticks: number;
  /** How many operands were on the stack at most. */
  readonly operands: number;
}

/** The meta with a tag. */
export type Meta<K extends MetaInstruction["tag"]> = Extract<MetaInstruction, { readonly tag: K }>;

const ANY_CODE: AdminInstruction = plain({ tag: "Nop" });
const ANY_VALUE = i32(0);

/** The vector with the slots in front of it emptied. */
function clearFront<T>(vector: LazyVector<T>, slots: number, any: T): LazyVector<T> {
  let longer = vector;
  for (let slot = 0; slot < slots; slot++) longer = longer.cons(any);
  let cleared = longer;
  for (let slot = 0; slot < slots; slot++) cleared = cleared.drop();
  return cleared;
}

/** Operands after `slots` more were pushed and popped. */
export function usedOperands(values: Values, slots: number): Values {
  return clearFront(values, slots, ANY_VALUE);
}

/** Code after an instruction was pushed and popped. */
export function usedCode(code: Code): Code {
  return clearFront(code, 1, ANY_CODE);
}

/** The code with another meta in front, of elements that are left; null: none is left. */
export function withMeta(code: Code, meta: MetaInstruction | null): Code {
  const used = usedCode(code);
  return meta === null ? used.drop() : used.set(0, meta);
}
