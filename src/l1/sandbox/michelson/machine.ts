// The machine that runs checked code: a stack of values, and a stack of what remains to be run. Code inside of code (branches, loops, lambdas)
// is entered, not called, so that recursion is bounded by gas alone.

import type { CallContext } from "../contract-runtime.js";
import type { CodeTools } from "./code-tools.js";
import { GAS } from "./gas-costs.js";
import type { Lambda, Value } from "./values.js";

/** What an instruction does, its types known. Raises ProtocolError. */
export type Step = (vm: Machine) => void;

export interface Instruction {
  readonly location: number;
  readonly step: Step;
}

export type Code = readonly Instruction[];

interface Frame {
  readonly code: Code;
  next: number;
  /** What is done once the code has run. */
  readonly done: Step | undefined;
}

export class Machine {
  /** The top is the last. */
  #stack: Value[] = [];
  readonly #frames: Frame[] = [];

  constructor(
    readonly context: CallContext,
    readonly tools: CodeTools,
  ) {}

  push(value: Value): void {
    this.#stack.push(value);
  }

  pop(): Value {
    const value = this.#stack.pop();
    if (value === undefined) throw new TypeError("the stack is empty");
    return value;
  }

  /** The value at a depth; 0 is the top. */
  peek(depth: number): Value {
    const value = this.#stack.at(-1 - depth);
    if (value === undefined) throw new TypeError(`nothing at depth ${depth}`);
    return value;
  }

  /** Takes a value out from a depth. */
  pull(depth: number): Value {
    const [value] = this.#stack.splice(-1 - depth, 1);
    if (value === undefined) throw new TypeError(`nothing at depth ${depth}`);
    return value;
  }

  /** Puts a value in at a depth. */
  bury(depth: number, value: Value): void {
    this.#stack.splice(this.#stack.length - depth, 0, value);
  }

  /** Takes the topmost values off; the top is the last. */
  take(count: number): Value[] {
    return count === 0 ? [] : this.#stack.splice(-count);
  }

  pushAll(values: readonly Value[]): void {
    for (const value of values) this.#stack.push(value);
  }

  consume(milligas: number): void {
    this.context.gas.consume(milligas);
  }

  /** Runs code next, then `done`. */
  enter(code: Code, done?: Step): void {
    this.#frames.push({ code, next: 0, done });
  }

  /** Runs a lambda next, on a stack of its own, and pushes its result. */
  apply(lambda: Lambda, argument: Value): void {
    this.consume(GAS.lambdaCall);
    const outer = this.#stack;
    this.#stack = lambda.isRecursive ? [lambda, argument] : [argument];
    this.enter(lambda.code, (vm) => {
      const result = vm.pop();
      this.#stack = outer;
      vm.push(result);
    });
  }

  /** Runs code that takes a value and leaves one. */
  run(code: Code, argument: Value): Value {
    this.push(argument);
    this.enter(code);
    for (let frame = this.#frames.at(-1); frame !== undefined; frame = this.#frames.at(-1)) {
      const instruction = frame.code[frame.next];
      if (instruction === undefined) {
        this.#frames.pop();
        frame.done?.(this);
        continue;
      }
      frame.next += 1;
      this.consume(GAS.instruction);
      instruction.step(this);
    }
    return this.pop();
  }
}
