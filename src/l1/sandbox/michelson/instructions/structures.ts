// Instructions on pairs, ors, options and lists: PAIR UNPAIR CAR CDR UNIT SOME NONE LEFT RIGHT NIL CONS. GET n and UPDATE n are here too, but listed
// in collections.ts, since they share their names with what maps have.

import { ProtocolError } from "../../../../protocol/errors.js";
import { ANNOTATION_RULES } from "../annotations.js";
import type { Step } from "../machine.js";
import {
  argumentsOf,
  badStack,
  type Conclusion,
  expectItem,
  expectSmallNumber,
  type InstructionSet,
  plain,
  type RuleInput,
} from "../rules.js";
import { onto, ontoAll, topmost } from "../stack-types.js";
import { ALLOWED, parseType } from "../type-parser.js";
import { ATOMS, binary, type Type, unary } from "../types.js";
import { as, cons, NIL, NONE, option, or, pair, UNIT_VALUE, type Value } from "../values.js";

/** Numbers of parts have 10 bits, places in combs 11. */
const COUNT_BITS = 10;
const PLACE_BITS = 11;

// ---- Pairs

function pairRule({ node, stack }: RuleInput): Conclusion | undefined {
  const found = topmost(stack, 2);
  const [left, right] = found?.types ?? [];
  if (found === undefined || left === undefined || right === undefined) return undefined;
  ANNOTATION_RULES.construction(node);
  const step: Step = (vm) => {
    const value = vm.pop();
    vm.push(pair(value, vm.pop()));
  };
  return { after: onto(found.rest, binary("pair", left, right, node.location)), step };
}

function pairManyRule({ node, stack }: RuleInput): Conclusion | undefined {
  const [countNode] = argumentsOf(node, 1) ?? [];
  if (countNode === undefined || stack === undefined) return undefined;
  const { location } = node;
  ANNOTATION_RULES.variable(node);
  const count = expectSmallNumber(countNode, COUNT_BITS);
  if (count < 2) throw new ProtocolError("michelson_v1.bad_pair_argument", { loc: location });
  const found = topmost(stack, count);
  if (found === undefined) throw badStack(node, 1);
  const type = found.types.reduceRight((right, left) => binary("pair", left, right, location));
  // The topmost is the last that is taken.
  return {
    after: onto(found.rest, type),
    step: (vm) => vm.push(vm.take(count).reduce((right, left) => pair(left, right))),
  };
}

function unpairRule({ node, stack }: RuleInput): Conclusion | undefined {
  if (stack?.type.kind !== "pair") return undefined;
  const { left, right } = stack.type;
  ANNOTATION_RULES.unpairing(node);
  const step: Step = (vm) => {
    const value = as("pair", vm.pop());
    vm.push(value.right);
    vm.push(value.left);
  };
  return { after: ontoAll(stack.rest, [right, left]), step };
}

function unpairManyRule({ node, stack }: RuleInput): Conclusion | undefined {
  const [countNode] = argumentsOf(node, 1) ?? [];
  if (countNode === undefined || stack === undefined) return undefined;
  ANNOTATION_RULES.none(node);
  const count = expectSmallNumber(countNode, COUNT_BITS);
  if (count < 2) throw new ProtocolError("michelson_v1.bad_unpair_argument", { loc: node.location });
  const types: Type[] = [];
  let last = stack.type;
  while (types.length < count - 1) {
    if (last.kind !== "pair") throw badStack(node, 1);
    types.push(last.left);
    last = last.right;
  }
  const step: Step = (vm) => {
    const values: Value[] = [];
    let at = vm.pop();
    while (values.length < count - 1) {
      const { left, right } = as("pair", at);
      values.push(left);
      at = right;
    }
    vm.push(at);
    vm.pushAll(values.reverse());
  };
  return { after: ontoAll(onto(stack.rest, last), types.reverse()), step };
}

function part(side: "left" | "right") {
  return plain((stack) => {
    if (stack?.type.kind !== "pair") return undefined;
    return { after: onto(stack.rest, stack.type[side]), step: (vm) => vm.push(as("pair", vm.pop())[side]) };
  }, "destruction");
}

// ---- Combs: GET n, UPDATE n. Odd places are parts, even ones what is left behind so many parts.

function placeType(type: Type, place: number): Type | undefined {
  let at = type;
  for (let left = place; left > 0; left -= 2) {
    if (at.kind !== "pair") return undefined;
    if (left === 1) return at.left;
    at = at.right;
  }
  return at;
}

/** GET with a number. */
export function getPlace({ node, stack }: RuleInput): Conclusion | undefined {
  const [placeNode] = argumentsOf(node, 1) ?? [];
  if (placeNode === undefined || stack === undefined) return undefined;
  ANNOTATION_RULES.variable(node);
  const place = expectSmallNumber(placeNode, PLACE_BITS);
  const type = placeType(stack.type, place);
  if (type === undefined) throw badStack(node, 1);
  const step: Step = (vm) => {
    let at = vm.pop();
    for (let left = place; left > 0; left -= 2) at = as("pair", at)[left === 1 ? "left" : "right"];
    vm.push(at);
  };
  return { after: onto(stack.rest, type), step };
}

function updatedType(node: RuleInput["node"], comb: Type, place: number, part: Type): Type {
  if (place === 0) return part;
  if (comb.kind !== "pair") throw badStack(node, 2);
  if (place === 1) return binary("pair", part, comb.right, node.location);
  return binary("pair", comb.left, updatedType(node, comb.right, place - 2, part), node.location);
}

/** UPDATE with a number. */
export function updatePlace({ node, stack }: RuleInput): Conclusion | undefined {
  const [placeNode] = argumentsOf(node, 1) ?? [];
  const found = topmost(stack, 2);
  const [part, comb] = found?.types ?? [];
  if (placeNode === undefined || found === undefined || part === undefined || comb === undefined) return undefined;
  ANNOTATION_RULES.variable(node);
  const place = expectSmallNumber(placeNode, PLACE_BITS);
  const type = updatedType(node, comb, place, part);
  const step: Step = (vm) => {
    const value = vm.pop();
    vm.push(updated(vm.pop(), place, value));
  };
  return { after: onto(found.rest, type), step };
}

function updated(comb: Value, place: number, value: Value): Value {
  const before: Value[] = [];
  let at = comb;
  let left = place;
  for (; left > 1; left -= 2) {
    const { left: first, right } = as("pair", at);
    before.push(first);
    at = right;
  }
  const last = left === 1 ? pair(value, as("pair", at).right) : value;
  return before.reduceRight((right, first) => pair(first, right), last);
}

// ---- Ors, options, lists

function sideRule(side: "left" | "right") {
  return ({ node, stack }: RuleInput): Conclusion | undefined => {
    const [otherNode] = argumentsOf(node, 1) ?? [];
    if (otherNode === undefined || stack === undefined) return undefined;
    const other = parseType(otherNode, ALLOWED.any);
    ANNOTATION_RULES.construction(node);
    const [left, right] = side === "left" ? [stack.type, other] : [other, stack.type];
    const after = onto(stack.rest, binary("or", left, right, node.location));
    return { after, step: (vm) => vm.push(or(side, vm.pop())) };
  };
}

function emptyRule(kind: "option" | "list", value: Value) {
  return ({ node, stack }: RuleInput): Conclusion | undefined => {
    const [typeNode] = argumentsOf(node, 1) ?? [];
    if (typeNode === undefined) return undefined;
    const type = parseType(typeNode, ALLOWED.any);
    ANNOTATION_RULES.variableAndType(node);
    return { after: onto(stack, unary(kind, type, node.location)), step: (vm) => vm.push(value) };
  };
}

function consRule({ node, stack }: RuleInput): Conclusion | undefined {
  const found = topmost(stack, 2);
  const [item, list] = found?.types ?? [];
  if (found === undefined || item === undefined || list?.kind !== "list") return undefined;
  expectItem(node, 2, 1, item, list.item);
  const step: Step = (vm) => {
    const head = vm.pop();
    vm.push(cons(head, as("list", vm.pop())));
  };
  return { after: onto(found.rest, list), step };
}

export const STRUCTURE_INSTRUCTIONS: InstructionSet = {
  PAIR: {
    arity: 0,
    misfit: 2,
    rule: (input) => (input.node.args.length === 0 ? pairRule(input) : pairManyRule(input)),
  },
  UNPAIR: {
    arity: 0,
    misfit: 1,
    rule: (input) => (input.node.args.length === 0 ? unpairRule(input) : unpairManyRule(input)),
  },
  CAR: { arity: 0, misfit: 1, rule: part("left") },
  CDR: { arity: 0, misfit: 1, rule: part("right") },
  UNIT: {
    arity: 0,
    misfit: "unknown",
    rule: plain((stack) => ({ after: onto(stack, ATOMS.unit), step: (vm) => vm.push(UNIT_VALUE) }), "variableAndType"),
  },
  SOME: {
    arity: 0,
    misfit: 1,
    rule: plain((stack, { node }) => {
      if (stack === undefined) return undefined;
      const after = onto(stack.rest, unary("option", stack.type, node.location));
      return { after, step: (vm) => vm.push(option(vm.pop())) };
    }, "variableAndType"),
  },
  NONE: { arity: 1, misfit: "unknown", rule: emptyRule("option", NONE) },
  LEFT: { arity: 1, misfit: 1, rule: sideRule("left") },
  RIGHT: { arity: 1, misfit: 1, rule: sideRule("right") },
  NIL: { arity: 1, misfit: "unknown", rule: emptyRule("list", NIL) },
  CONS: { arity: 0, misfit: 2, rule: plain((_stack, input) => consRule(input)) },
};
