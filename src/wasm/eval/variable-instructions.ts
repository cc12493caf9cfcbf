/** Instructions on locals and globals, and those that only move operands. */

import type { Value } from "../runtime.js";
import { typeOf } from "../runtime.js";
import { crash } from "./guest.js";
import { type Handlers, leave, push } from "./outcome.js";
import { popI32, popValue } from "./stack.js";
import { lookUp, type Tick } from "./tick.js";

type VariableTag = "Nop" | "Drop" | "Select" | "LocalGet" | "LocalSet" | "LocalTee" | "GlobalGet" | "GlobalSet";

/** Throws `VectorBounds`: unlike a read, a write to a local that is not there has no message of its own. */
function setLocal(tick: Tick, index: number, value: Value): void {
  const { module, locals } = tick.frame;
  tick.frame = { module, locals: locals.set(index, value) };
}

export const variableHandlers: Handlers<VariableTag> = {
  Nop: (_tick, values) => leave(values),

  Drop: (_tick, values) => leave(popValue(values)[1]),

  Select(_tick, values) {
    const [condition, below] = popI32(values);
    const [second, lower] = popValue(below);
    const [first, rest] = popValue(lower);
    return push(condition === 0 ? second : first, rest);
  },

  LocalGet: (tick, values, { index }) => push(lookUp(tick.frame.locals, index, "local"), values),

  LocalSet(tick, values, { index }) {
    const [value, rest] = popValue(values);
    setLocal(tick, index, value);
    return leave(rest);
  },

  LocalTee(tick, values, { index }) {
    const [value, rest] = popValue(values);
    setLocal(tick, index, value);
    return push(value, rest);
  },

  GlobalGet: (tick, values, { index }) => push(tick.global(index).value, values),

  GlobalSet(tick, values, { index }) {
    const [value, rest] = popValue(values);
    const global = tick.global(index);
    if (!global.mutable) throw crash("write to immutable global");
    if (typeOf(value) !== typeOf(global.value)) throw crash("type mismatch at global write");
    tick.replaceGlobal(index, { mutable: true, value });
    return leave(rest);
  },
};
