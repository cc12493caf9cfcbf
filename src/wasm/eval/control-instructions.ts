/** Control instructions other than blocks and loops, which open a label (step.ts). */
import { LazyVector } from "../../merkle/lazy-vector.js";
import { GuestError } from "../guest-errors.js";
import type { FunctionInstance, Ref, Values } from "../runtime.js";
import type { FuncType, ValueType } from "../syntax.js";
import { plain } from "./admin.js";
import { AccessTrap, crash } from "./guest.js";
import { type Handlers, leave, type Outcome, run, trap } from "./outcome.js";
import { popI32 } from "./stack.js";
import { loadRef } from "./table.js";
import type { Tick } from "./tick.js";

type ControlTag = "Unreachable" | "If" | "Br" | "BrIf" | "BrTable" | "Return" | "Call" | "CallIndirect";

function branch(index: number, values: Values): Outcome {
  return run(plain({ tag: "Br", index }), values);
}

/** Unlike other accesses to tables, a wrong index here is an error of the machine, not a trap. Throws `GuestError`. */
function indirectRef(tick: Tick, table: number, index: number): Ref {
  try {
    return loadRef(tick.table(table), index);
  } catch (error) {
    if (error instanceof AccessTrap) throw GuestError.withMessage(`undefined element ${index}`);
    throw error;
  }
}

function indirectFunction(tick: Tick, table: number, index: number): FunctionInstance {
  const ref = indirectRef(tick, table, index);
  if (ref.tag === "FuncRef") return ref.func;
  if (ref.tag === "NullRef") throw GuestError.withMessage(`uninitialized element ${index}`);
  throw crash(`type mismatch for element ${index}`);
}

function sameTypes(a: LazyVector<ValueType>, b: LazyVector<ValueType>): boolean {
  for (let index = 0; index < a.length; index++) {
    const left = a.get(index);
    const right = b.get(index);
    if (left !== right) return false;
  }
  return true;
}

/** Whether two function types are the same. Results are compared even when the parameters differ: what is read ends up in proofs. */
export function sameFuncTypes(a: FuncType, b: FuncType): boolean {
  if (a.params.length !== b.params.length || a.results.length !== b.results.length) return false;
  const sameParams = sameTypes(a.params, b.params);
  const sameResults = sameTypes(a.results, b.results);
  return sameParams && sameResults;
}

export const controlHandlers: Handlers<ControlTag> = {
  Unreachable: (_tick, values) => trap("unreachable executed", values),

  If(_tick, values, { type, then, else: otherwise }) {
    const [condition, rest] = popI32(values);
    return run(plain({ tag: "Block", type, body: condition === 0 ? otherwise : then }), rest);
  },

  Br: (_tick, values, { index }) => run({ tag: "Breaking", depth: index, values }, LazyVector.empty()),

  BrIf(_tick, values, { index }) {
    const [condition, rest] = popI32(values);
    return condition === 0 ? leave(rest) : branch(index, rest);
  },

  BrTable(_tick, values, { targets, default: otherwise }) {
    const [index, rest] = popI32(values);
    return branch(targets[index >>> 0] ?? otherwise, rest);
  },

  Return: (_tick, values) => run({ tag: "Returning", values }, LazyVector.empty()),

  Call: (tick, values, { index }) => run({ tag: "Invoke", func: tick.func(index) }, values),

  CallIndirect(tick, values, { table, type }) {
    const [index, rest] = popI32(values);
    const func = indirectFunction(tick, table, index);
    const isExpected = sameFuncTypes(tick.type(type), func.type);
    return isExpected ? run({ tag: "Invoke", func }, rest) : trap("indirect call type mismatch", rest);
  },
};
