// What an instruction is to the checker: a rule that says, for a stack, what it leaves and what is done when it runs.

import { ProtocolError, traced } from "../../../protocol/errors.js";
import type { GasCounter } from "../contract-runtime.js";
import { ANNOTATION_RULES, type AnnotationRule } from "./annotations.js";
import type { CodeTools } from "./code-tools.js";
import type { Parameter } from "./entrypoints.js";
import type { Code, Step } from "./machine.js";
import type { Node, PrimNode } from "./nodes.js";
import { onto, type StackType, topmost } from "./stack-types.js";
import { expectSameType, type Type } from "./types.js";

/** Where code stands. */
export interface Scope {
  /** What the contract takes; undefined for code in data. */
  readonly parameter: Parameter | undefined;
  readonly isInLambda: boolean;
}

/** Code that never gets to its end. */
export const FAILED = "failed";

/** What checking some code found. */
export interface Judgement {
  readonly location: number;
  readonly code: Code;
  readonly after: StackType | typeof FAILED;
}

export interface CodeChecker {
  readonly gas: GasCounter;
  readonly tools: CodeTools;
  /** Checks code on a stack. Raises ProtocolError. */
  check(node: Node, stack: StackType, scope: Scope): Judgement;
  /** Checks code that takes a value and leaves one. Raises ProtocolError. */
  checkFunction(node: Node, before: StackType, result: Type, scope: Scope): Code;
  /** Checks a script inside a script; gives the type of its storage. Raises ProtocolError. */
  checkScript(node: Node): Type;
}

export interface RuleInput {
  readonly node: PrimNode;
  readonly stack: StackType;
  readonly scope: Scope;
  readonly checker: CodeChecker;
}

export interface Conclusion {
  readonly after: StackType | typeof FAILED;
  /** Absent: nothing is done. */
  readonly step?: Step;
}

/** Undefined: the stack (or the number of arguments) does not fit, which is said in the same way for all. */
export type Rule = (input: RuleInput) => Conclusion | undefined;

/** A rule for an instruction without arguments that may have one name of a variable. */
export type PlainRule = (stack: StackType, input: RuleInput) => Conclusion | undefined;

/** `annotations`: looked at where the stack fits. */
export function plain(rule: PlainRule, annotations: AnnotationRule = "variable"): Rule {
  return (input) => {
    if (input.node.args.length > 0) return undefined;
    const conclusion = rule(input.stack, input);
    if (conclusion !== undefined) ANNOTATION_RULES[annotations](input.node);
    return conclusion;
  };
}

/** What an instruction does to the values of one combination of kinds. */
export interface Overload {
  readonly gives: Type;
  readonly step: Step;
}

/** A rule of an instruction that means something else for other kinds of values, which are on top of the stack. */
export function overloaded(overloads: Readonly<Record<string, Overload>>): Rule {
  const counts = [...new Set(Object.keys(overloads).map((kinds) => kinds.split(" ").length))];
  return plain((stack) => {
    for (const count of counts) {
      const found = topmost(stack, count);
      const kinds = kindsOf(stack, count);
      const overload = kinds !== undefined && Object.hasOwn(overloads, kinds) ? overloads[kinds] : undefined;
      if (found !== undefined && overload !== undefined) {
        return { after: onto(found.rest, overload.gives), step: overload.step };
      }
    }
    return undefined;
  });
}

/** What is said of a stack that does not fit: how much of it matters, or that the operator is not defined on what it holds. */
export type Misfit = number | "unary" | "binary" | "unary or binary" | "unknown";

export interface Instruction {
  /** Arguments, as errors about their number say; absent where the reference says nothing about it. */
  readonly arity?: number;
  /** Numbers of arguments that are no error by themselves; absent: `arity` alone. */
  readonly arities?: readonly number[];
  readonly misfit: Misfit;
  readonly rule: Rule;
}

export type InstructionSet = Readonly<Record<string, Instruction>>;

export function badStack({ location, prim }: PrimNode, relevantStackPortion: number): ProtocolError {
  // The stack is not shown, as where gas is counted.
  return new ProtocolError("michelson_v1.bad_stack", {
    location,
    primitiveName: prim,
    relevantStackPortion,
    wrongStackType: [],
  });
}

/** Raises when the item at a level (1 is the top) is not of the type that the instruction takes there. */
export function expectItem(node: PrimNode, portion: number, itemLevel: number, expected: Type, given: Type): void {
  traced(
    () => badStack(node, portion),
    () =>
      traced(
        () => new ProtocolError("michelson_v1.bad_stack_item", { itemLevel }),
        () => expectSameType(node.location, expected, given),
      ),
  );
}

/** The argument of an instruction that is a number of some bits. Raises "michelson_v1.invalid_syntactic_constant". */
export function expectSmallNumber(node: Node, bits: number): number {
  const limit = 2 ** bits;
  if (node.kind === "int" && node.value >= 0n && node.value < BigInt(limit)) return Number(node.value);
  const { location, source } = node;
  throw new ProtocolError("michelson_v1.invalid_syntactic_constant", {
    location,
    expectedForm: `a positive ${bits}-bit integer (between 0 and ${limit - 1})`,
    wrongExpression: source,
  });
}

/** The arguments, if there are so many. */
export function argumentsOf<const N extends 0 | 1 | 2 | 3>(node: PrimNode, count: N): ArgumentsOf<N> | undefined {
  return node.args.length === count ? (node.args as unknown as ArgumentsOf<N>) : undefined; // so many
}

type ArgumentsOf<N> = N extends 0
  ? readonly []
  : N extends 1
    ? readonly [Node]
    : N extends 2
      ? readonly [Node, Node]
      : readonly [Node, Node, Node];

/** Kinds of the topmost types, the top first, as one word: "nat int". */
export function kindsOf(stack: StackType, count: number): string | undefined {
  return topmost(stack, count)
    ?.types.map(({ kind }) => kind)
    .join(" ");
}
