// Instructions that move values about: DROP DUP SWAP DIG DUG DIP PUSH, and CAST and RENAME, which do nothing.

import { ProtocolError, traced } from "../../../../protocol/errors.js";
import { ANNOTATION_RULES } from "../annotations.js";
import { readData } from "../data-reader.js";
import type { Machine } from "../machine.js";
import { expectSequence } from "../nodes.js";
import {
  argumentsOf,
  badStack,
  type Conclusion,
  expectSmallNumber,
  FAILED,
  type InstructionSet,
  type RuleInput,
} from "../rules.js";
import { onto, ontoAll, topmost } from "../stack-types.js";
import { ALLOWED, parseType } from "../type-parser.js";
import { expectDuplicable, expectSameType, type Type } from "../types.js";

/** Numbers of items have 10 bits. */
const COUNT_BITS = 10;

function reversed(types: readonly Type[]): readonly Type[] {
  return [...types].reverse();
}

function drop({ node, stack }: RuleInput): Conclusion | undefined {
  const [countNode, ...others] = node.args;
  if (others.length > 0) return undefined;
  if (countNode === undefined) {
    if (stack === undefined) return undefined;
    ANNOTATION_RULES.none(node);
    return { after: stack.rest, step: (vm) => void vm.pop() };
  }
  const count = expectSmallNumber(countNode, COUNT_BITS);
  ANNOTATION_RULES.none(node);
  const dropped = topmost(stack, count);
  if (dropped === undefined) throw badStack(node, count);
  return { after: dropped.rest, step: (vm) => void vm.take(count) };
}

function dup({ node, stack }: RuleInput): Conclusion | undefined {
  const [countNode, ...others] = node.args;
  if (stack === undefined || others.length > 0) return undefined;
  const { location: loc } = node;
  ANNOTATION_RULES.variable(node);
  if (countNode === undefined) {
    expectDuplicable(loc, stack.type);
    return { after: onto(stack, stack.type), step: (vm) => vm.push(vm.peek(0)) };
  }
  const count = expectSmallNumber(countNode, COUNT_BITS);
  if (count === 0) throw new ProtocolError("michelson_v1.bad_dupn_argument", { loc });
  const type = traced(
    () => new ProtocolError("michelson_v1.bad_dupn_stack", { loc }),
    () => {
      const found = topmost(stack, count)?.types.at(-1);
      if (found === undefined) throw badStack(node, 1);
      return found;
    },
  );
  expectDuplicable(loc, type);
  return { after: onto(stack, type), step: (vm) => vm.push(vm.peek(count - 1)) };
}

function swap({ node, stack }: RuleInput): Conclusion | undefined {
  const found = topmost(stack, 2);
  if (found === undefined || argumentsOf(node, 0) === undefined) return undefined;
  ANNOTATION_RULES.none(node);
  return { after: ontoAll(found.rest, found.types), step: (vm) => vm.push(vm.pull(1)) };
}

function dig({ node, stack }: RuleInput): Conclusion | undefined {
  const [countNode] = argumentsOf(node, 1) ?? [];
  if (countNode === undefined) return undefined;
  const depth = expectSmallNumber(countNode, COUNT_BITS);
  ANNOTATION_RULES.none(node);
  const found = topmost(stack, depth);
  if (found?.rest === undefined) throw badStack(node, 3);
  const after = onto(ontoAll(found.rest.rest, reversed(found.types)), found.rest.type);
  return { after, step: (vm) => vm.push(vm.pull(depth)) };
}

function dug({ node, stack }: RuleInput): Conclusion | undefined {
  const [countNode] = argumentsOf(node, 1) ?? [];
  if (countNode === undefined) return undefined;
  if (stack === undefined) {
    ANNOTATION_RULES.none(node);
    throw badStack(node, 1);
  }
  const depth = expectSmallNumber(countNode, COUNT_BITS);
  ANNOTATION_RULES.none(node);
  const found = topmost(stack.rest, depth);
  if (found === undefined) throw badStack(node, depth);
  const after = ontoAll(onto(found.rest, stack.type), reversed(found.types));
  return { after, step: (vm) => vm.bury(depth, vm.pop()) };
}

function dip(input: RuleInput): Conclusion | undefined {
  const { node, stack, checker, scope } = input;
  const [first, second, ...others] = node.args;
  if (first === undefined || others.length > 0) return undefined;
  if (second === undefined && stack === undefined) return undefined;
  const depth = second === undefined ? 1 : expectSmallNumber(first, COUNT_BITS);
  ANNOTATION_RULES.none(node);
  const body = second ?? expectSequence(first);
  const held = topmost(stack, depth);
  if (held === undefined) throw badStack(node, 1);
  const { after, code } = checker.check(body, held.rest, scope);
  if (after === FAILED) {
    throw new ProtocolError("michelson_v1.fail_not_in_tail_position", { location: node.location });
  }
  const step = (vm: Machine) => {
    const values = vm.take(depth);
    vm.enter(code, () => vm.pushAll(values));
  };
  return { after: ontoAll(after, reversed(held.types)), step };
}

function push({ node, stack, checker }: RuleInput): Conclusion | undefined {
  const [typeNode, dataNode] = argumentsOf(node, 2) ?? [];
  if (typeNode === undefined || dataNode === undefined) return undefined;
  ANNOTATION_RULES.variable(node);
  const type = parseType(typeNode, ALLOWED.packable);
  const { gas, tools } = checker;
  const value = readData(type, dataNode, { gas, tools, tickets: false, bigMaps: undefined, chain: "unchecked" });
  return { after: onto(stack, type), step: (vm) => vm.push(value) };
}

function cast({ node, stack }: RuleInput): Conclusion | undefined {
  const [typeNode] = argumentsOf(node, 1) ?? [];
  if (typeNode === undefined || stack === undefined) return undefined;
  ANNOTATION_RULES.variable(node);
  expectSameType(node.location, parseType(typeNode, ALLOWED.any), stack.type);
  return { after: stack };
}

function rename({ node, stack }: RuleInput): Conclusion | undefined {
  if (stack === undefined || argumentsOf(node, 0) === undefined) return undefined;
  ANNOTATION_RULES.variable(node);
  return { after: stack };
}

export const STACK_INSTRUCTIONS: InstructionSet = {
  DROP: { arity: 1, arities: [0, 1], misfit: 1, rule: drop },
  DUP: { arity: 0, misfit: 1, rule: dup },
  SWAP: { arity: 0, misfit: 2, rule: swap },
  DIG: { arity: 1, misfit: 3, rule: dig },
  DUG: { arity: 1, misfit: 1, rule: dug },
  DIP: { arity: 2, arities: [1, 2], misfit: 1, rule: dip },
  PUSH: { arity: 2, misfit: "unknown", rule: push },
  CAST: { arity: 1, misfit: 1, rule: cast },
  RENAME: { arity: 0, misfit: 1, rule: rename },
};
