/** Instructions on numbers. */
import { evalBinary, evalCompare, evalConvert, evalTest, evalUnary } from "./numbers.js";
import { type Handlers, orTrap, pushI32, pushNum } from "./outcome.js";
import { popNum } from "./stack.js";

export const numericHandlers: Handlers<"Const" | "Test" | "Compare" | "Unary" | "Binary" | "Convert"> = {
  Const: (_tick, values, { value }) => pushNum(value, values),

  Test(_tick, values, { op }) {
    const [num, rest] = popNum(values);
    return pushI32(evalTest(op, num), rest);
  },

  Compare(_tick, values, { op }) {
    const [b, below] = popNum(values);
    const [a, rest] = popNum(below);
    return pushI32(evalCompare(op, a, b), rest);
  },

  Unary(_tick, values, { op }) {
    const [num, rest] = popNum(values);
    return pushNum(evalUnary(op, num), rest);
  },

  Binary(_tick, values, { op }) {
    const [b, below] = popNum(values);
    const [a, rest] = popNum(below);
    return orTrap(rest, () => pushNum(evalBinary(op, a, b), rest));
  },

  Convert(_tick, values, { op }) {
    const [num, rest] = popNum(values);
    return orTrap(rest, () => pushNum(evalConvert(op, num), rest));
  },
};
