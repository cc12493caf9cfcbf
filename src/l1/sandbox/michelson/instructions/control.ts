// Instructions that choose, repeat and end: IF IF_NONE IF_LEFT IF_CONS LOOP LOOP_LEFT FAILWITH NEVER, and functions: LAMBDA LAMBDA_REC EXEC APPLY.

import type { Micheline } from "../../../../encoding/micheline.js";
import { ProtocolError, traced } from "../../../../protocol/errors.js";
import { ANNOTATION_RULES, type AnnotationRule } from "../annotations.js";
import { payForExpression, writeData } from "../data-writer.js";
import type { Code, Machine, Step } from "../machine.js";
import { expectSequence } from "../nodes.js";
import {
  argumentsOf,
  type Conclusion,
  expectItem,
  FAILED,
  type Instruction,
  type InstructionSet,
  type Judgement,
  plain,
  type RuleInput,
} from "../rules.js";
import { expectSameStack, onto, type StackType, topmost } from "../stack-types.js";
import { ALLOWED, parseType } from "../type-parser.js";
import { binary, expectPackable, type Type, type TypeOf, writeType } from "../types.js";
import { as, asBool, type Lambda, pair, type Value } from "../values.js";

// ---- Branches

function unmatched(location: number): ProtocolError {
  return new ProtocolError("michelson_v1.unmatched_branches", { location, firstStackType: [], otherStackType: [] });
}

/** What either branch leaves; one that fails leaves whatever the other does. */
function mergedAfter(location: number, first: Judgement, second: Judgement): Conclusion["after"] {
  const { after: a } = first;
  const { after: b } = second;
  if (a === FAILED) return b;
  if (b === FAILED) return a;
  traced(
    () => unmatched(location),
    () => expectSameStack(location, a, b),
  );
  return a;
}

interface Branching {
  /** Stacks of the branches; undefined: the instruction does not fit. */
  readonly stacks: (stack: StackType) => readonly [StackType, StackType] | undefined;
  /** Takes what is tested and says which branch is to be run. */
  readonly isFirst: (vm: Machine) => boolean;
}

function branching({ stacks, isFirst }: Branching): Instruction {
  const rule = ({ node, stack, scope, checker }: RuleInput): Conclusion | undefined => {
    const [firstNode, secondNode] = argumentsOf(node, 2) ?? [];
    const before = stacks(stack);
    if (firstNode === undefined || secondNode === undefined || before === undefined) return undefined;
    expectSequence(firstNode);
    expectSequence(secondNode);
    ANNOTATION_RULES.none(node);
    const first = checker.check(firstNode, before[0], scope);
    const second = checker.check(secondNode, before[1], scope);
    const step: Step = (vm) => vm.enter(isFirst(vm) ? first.code : second.code);
    return { after: mergedAfter(node.location, first, second), step };
  };
  return { arity: 2, misfit: 1, rule };
}

const ifBool = branching({
  stacks: (stack) => (stack?.type.kind === "bool" ? [stack.rest, stack.rest] : undefined),
  isFirst: (vm) => asBool(vm.pop()),
});

const ifNone = branching({
  stacks: (stack) => (stack?.type.kind === "option" ? [stack.rest, onto(stack.rest, stack.type.item)] : undefined),
  isFirst(vm) {
    const { value } = as("option", vm.pop());
    if (value !== undefined) vm.push(value);
    return value === undefined;
  },
});

const ifLeft = branching({
  stacks(stack) {
    if (stack?.type.kind !== "or") return undefined;
    return [onto(stack.rest, stack.type.left), onto(stack.rest, stack.type.right)];
  },
  isFirst(vm) {
    const { side, value } = as("or", vm.pop());
    vm.push(value);
    return side === "left";
  },
});

const ifCons = branching({
  stacks: (stack) => (stack?.type.kind === "list" ? [onto(stack, stack.type.item), stack.rest] : undefined),
  isFirst(vm) {
    const { cell } = as("list", vm.pop());
    if (cell === undefined) return false;
    vm.push(cell.tail);
    vm.push(cell.head);
    return true;
  },
});

// ---- Loops

interface Looping {
  readonly annotations: AnnotationRule;
  /** Stacks of the body, and after the loop; undefined: the instruction does not fit. */
  readonly stacks: (stack: StackType) => { readonly body: StackType; readonly after: StackType } | undefined;
  /** Takes what is tested and says whether the body is to be run. */
  readonly isOn: (vm: Machine) => boolean;
}

function looping({ annotations, stacks, isOn }: Looping): Instruction {
  const rule = ({ node, stack, scope, checker }: RuleInput): Conclusion | undefined => {
    const [bodyNode] = argumentsOf(node, 1) ?? [];
    const found = stacks(stack);
    if (bodyNode === undefined || found === undefined) return undefined;
    const { location } = node;
    expectSequence(bodyNode);
    ANNOTATION_RULES[annotations](node);
    const { code, after } = checker.check(bodyNode, found.body, scope);
    if (after !== FAILED) {
      traced(
        () => unmatched(location),
        () => expectSameStack(location, after, stack),
      );
    }
    const step: Step = (vm) => {
      if (isOn(vm)) vm.enter(code, step);
    };
    return { after: found.after, step };
  };
  return { arity: 1, misfit: 1, rule };
}

const loop = looping({
  annotations: "none",
  stacks: (stack) => (stack?.type.kind === "bool" ? { body: stack.rest, after: stack.rest } : undefined),
  isOn: (vm) => asBool(vm.pop()),
});

const loopLeft = looping({
  annotations: "variable",
  stacks(stack) {
    if (stack?.type.kind !== "or") return undefined;
    return { body: onto(stack.rest, stack.type.left), after: onto(stack.rest, stack.type.right) };
  },
  isOn(vm) {
    const { side, value } = as("or", vm.pop());
    vm.push(value);
    return side === "left";
  },
});

// ---- Ends

function failwithRule({ node, stack }: RuleInput): Conclusion | undefined {
  if (stack === undefined || argumentsOf(node, 0) === undefined) return undefined;
  const { location } = node;
  const { type } = stack;
  ANNOTATION_RULES.none(node);
  expectPackable(location, type, { contracts: false });
  const step: Step = (vm) => {
    const value = vm.pop();
    const written = traced(
      () => new ProtocolError("michelson_v1.cannot_serialize_failure", {}),
      () => writtenForUse(vm, type, value),
    );
    throw new ProtocolError("michelson_v1.script_rejected", { location, with: written });
  };
  return { after: FAILED, step };
}

/** In optimized form, paid for. */
function writtenForUse(vm: Machine, type: Type, value: Value): Micheline {
  const written = writeData(type, value, { mode: "Optimized", tools: vm.tools });
  payForExpression(vm.context.gas, written);
  return written;
}

function neverRule({ node, stack }: RuleInput): Conclusion | undefined {
  if (stack?.type.kind !== "never" || argumentsOf(node, 0) === undefined) return undefined;
  ANNOTATION_RULES.none(node);
  const step: Step = () => {
    throw new TypeError("a value of type never");
  };
  return { after: FAILED, step };
}

// ---- Functions

function lambdaRule(isRecursive: boolean) {
  return ({ node, stack, scope, checker }: RuleInput): Conclusion | undefined => {
    const [argumentNode, resultNode, body] = argumentsOf(node, 3) ?? [];
    if (argumentNode === undefined || resultNode === undefined || body === undefined) return undefined;
    const argument = parseType(argumentNode, ALLOWED.any);
    const result = parseType(resultNode, ALLOWED.any);
    expectSequence(body);
    ANNOTATION_RULES.variable(node);
    const type = binary("lambda", argument, result, node.location);
    const before = onto(isRecursive ? onto(undefined, type) : undefined, argument);
    const code = checker.checkFunction(body, before, result, { ...scope, isInLambda: true });
    const lambda: Lambda = { kind: "lambda", code, body: body.source, isRecursive, argument, result };
    return { after: onto(stack, type), step: (vm) => vm.push(lambda) };
  };
}

function execRule({ node, stack }: RuleInput): Conclusion | undefined {
  const found = topmost(stack, 2);
  const [argument, lambda] = found?.types ?? [];
  if (found === undefined || argument === undefined || lambda?.kind !== "lambda") return undefined;
  expectItem(node, 2, 1, argument, lambda.left);
  const step: Step = (vm) => {
    const value = vm.pop();
    vm.apply(as("lambda", vm.pop()), value);
  };
  return { after: onto(found.rest, lambda.right), step };
}

function applyRule({ node, stack }: RuleInput): Conclusion | undefined {
  const found = topmost(stack, 2);
  const [captured, lambda] = found?.types ?? [];
  if (found === undefined || captured === undefined || lambda?.kind !== "lambda") return undefined;
  const { left: argument, right: result } = lambda;
  if (argument.kind !== "pair") return undefined;
  const { location } = node;
  expectPackable(location, argument.left, { contracts: false });
  expectItem(node, 2, 1, captured, argument.left);
  const step: Step = (vm) => {
    const value = vm.pop();
    vm.push(applied(vm, location, argument, as("lambda", vm.pop()), value));
  };
  return { after: onto(found.rest, binary("lambda", argument.right, result, location)), step };
}

const word = (prim: string, ...args: readonly Micheline[]): Micheline =>
  args.length === 0 ? { prim } : { prim, args };

/** A lambda that pairs its argument with a value and goes on as another does; it is written so too. */
function applied(vm: Machine, location: number, full: TypeOf<"pair">, lambda: Lambda, captured: Value): Lambda {
  const { result, isRecursive } = lambda;
  const written = writtenForUse(vm, full.left, captured);
  const start = [word("PUSH", writeType(full.left), written), word("PAIR")];
  const rest = isRecursive
    ? [word("LAMBDA_REC", writeType(full), writeType(result), lambda.body), word("SWAP"), word("EXEC")]
    : [lambda.body];
  const pairUp: Step = (machine) => machine.push(pair(captured, machine.pop()));
  const call: Step = (machine) => machine.apply(lambda, machine.pop());
  const code: Code = isRecursive
    ? [pairUp, call].map((step) => ({ location, step }))
    : [{ location, step: pairUp }, ...lambda.code];
  return { kind: "lambda", code, body: [...start, ...rest], isRecursive: false, argument: full.right, result };
}

export const CONTROL_INSTRUCTIONS: InstructionSet = {
  IF: ifBool,
  IF_NONE: ifNone,
  IF_LEFT: ifLeft,
  IF_CONS: ifCons,
  LOOP: loop,
  LOOP_LEFT: loopLeft,
  FAILWITH: { arity: 0, misfit: 1, rule: failwithRule },
  NEVER: { arity: 0, misfit: 1, rule: neverRule },
  LAMBDA: { arity: 3, misfit: "unknown", rule: lambdaRule(false) },
  LAMBDA_REC: { misfit: "unknown", rule: lambdaRule(true) },
  EXEC: { arity: 0, misfit: 2, rule: plain((_stack, input) => execRule(input)) },
  APPLY: { misfit: "unknown", rule: plain((_stack, input) => applyRule(input)) },
};
