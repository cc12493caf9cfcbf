/** Operand stacks: vectors whose first element is on top. Pushing puts an element in front; popping reads it, then forgets it. */
import type { LazyVector } from "../../merkle/lazy-vector.js";
import type { Ref, Value, Values } from "../runtime.js";
import type { Num } from "../syntax.js";
import { crash } from "./guest.js";

/** The first element and the others. Throws `VectorBounds`. */
export function pop<T>(vector: LazyVector<T>): [first: T, others: LazyVector<T>] {
  return [vector.get(0), vector.drop()];
}

/** The vector with elements in front, the first of them first. */
export function prepend<T>(elements: readonly T[], vector: LazyVector<T>): LazyVector<T> {
  let longer = vector;
  for (let index = elements.length - 1; index >= 0; index--) longer = longer.cons(elements[index] as T); // index is in bounds
  return longer;
}

function illTyped(): Error {
  return crash("missing or ill-typed operand on stack");
}

/** Pops an operand of any type. Like the others, throws `GuestError` if there is none of the type. */
export function popValue(values: Values): [operand: Value, rest: Values] {
  if (values.length === 0) throw illTyped();
  return [values.get(0), values.drop()];
}

export function popNum(values: Values): [operand: Num, rest: Values] {
  const [value, rest] = popValue(values);
  if (value.tag !== "num") throw illTyped();
  return [value.num, rest];
}

export function popI32(values: Values): [operand: number, rest: Values] {
  const [value, rest] = popValue(values);
  if (value.tag !== "num" || value.num.type !== "i32") throw illTyped();
  return [value.num.value, rest];
}

export function popVec(values: Values): [operand: Uint8Array, rest: Values] {
  const [value, rest] = popValue(values);
  if (value.tag !== "vec") throw illTyped();
  return [value.bytes, rest];
}

export function popRef(values: Values): [operand: Ref, rest: Values] {
  const [value, rest] = popValue(values);
  if (value.tag !== "ref") throw illTyped();
  return [value.ref, rest];
}

/** The first `arity` operands, over all of the entries; all operands if there is no arity. Throws `VectorBounds`. */
export function take(arity: number | null, values: Values): Values {
  return arity === null ? values : values.split(arity)[0];
}
