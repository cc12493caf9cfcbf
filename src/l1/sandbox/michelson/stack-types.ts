// Types of stacks: what code takes and leaves.

import { ProtocolError, traced } from "../../../protocol/errors.js";
import { expectSameType, sameType, type Type } from "./types.js";

export interface StackItem {
  readonly type: Type;
  readonly rest: StackType;
}

/** The topmost first; undefined: an empty stack. */
export type StackType = StackItem | undefined;

export function onto(rest: StackType, type: Type): StackItem {
  return { type, rest };
}

/** Puts types on, the last of them topmost. */
export function ontoAll(rest: StackType, types: readonly Type[]): StackType {
  return types.reduce<StackType>(onto, rest);
}

/** The topmost types, the top first, and what is beneath; undefined when there are not as many. */
export function topmost(
  stack: StackType,
  count: number,
): { readonly types: readonly Type[]; readonly rest: StackType } | undefined {
  const types: Type[] = [];
  let at = stack;
  for (; types.length < count; at = at.rest) {
    if (at === undefined) return undefined;
    types.push(at.type);
  }
  return { types, rest: at };
}

export function sameStack(a: StackType, b: StackType): boolean {
  let [atA, atB] = [a, b];
  while (atA !== undefined && atB !== undefined) {
    if (atA === atB) return true;
    if (!sameType(atA.type, atB.type)) return false;
    [atA, atB] = [atA.rest, atB.rest];
  }
  return atA === atB;
}

/** Raises "michelson_v1.bad_stack_item" or "michelson_v1.inconsistent_stack_lengths". */
export function expectSameStack(location: number, a: StackType, b: StackType): void {
  if (sameStack(a, b)) return;
  let [atA, atB] = [a, b];
  for (let itemLevel = 1; atA !== undefined && atB !== undefined; itemLevel++) {
    const [typeA, typeB] = [atA.type, atB.type];
    traced(
      () => new ProtocolError("michelson_v1.bad_stack_item", { itemLevel }),
      () => expectSameType(location, typeA, typeB),
    );
    [atA, atB] = [atA.rest, atB.rest];
  }
  throw new ProtocolError("michelson_v1.inconsistent_stack_lengths", {});
}
