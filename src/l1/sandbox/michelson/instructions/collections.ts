// Instructions on lists, sets, maps and big maps: EMPTY_SET EMPTY_MAP EMPTY_BIG_MAP MEM GET UPDATE GET_AND_UPDATE SIZE, and MAP and ITER, which run code on
// each item. MAP takes options as well; GET and UPDATE with a number are about pairs (structures.ts).

import { ProtocolError, traced } from "../../../../protocol/errors.js";
import { ANNOTATION_RULES } from "../annotations.js";
import { bigMapGet, bigMapUpdated } from "../big-maps.js";
import { EMPTY_MAP, EMPTY_SET, mapGet, mapUpdated, setHas, setUpdated } from "../collections.js";
import { GAS } from "../gas-costs.js";
import type { Code, Machine, Step } from "../machine.js";
import { expectSequence } from "../nodes.js";
import {
  argumentsOf,
  type Conclusion,
  expectItem,
  FAILED,
  type InstructionSet,
  type Judgement,
  plain,
  type RuleInput,
} from "../rules.js";
import { expectSameStack, onto, type StackType, topmost } from "../stack-types.js";
import { ALLOWED, parseComparableType, parseType } from "../type-parser.js";
import { ATOMS, binary, type Type, type TypeOf, unary } from "../types.js";
import {
  as,
  asBool,
  asBytes,
  asText,
  itemsOf,
  listOfValues,
  type MapEntry,
  option,
  pair,
  type Value,
} from "../values.js";
import { getPlace, updatePlace } from "./structures.js";

// ---- Making

function emptySet({ node, stack }: RuleInput): Conclusion | undefined {
  const [typeNode] = argumentsOf(node, 1) ?? [];
  if (typeNode === undefined) return undefined;
  const type = parseComparableType(typeNode);
  ANNOTATION_RULES.variableAndType(node);
  return { after: onto(stack, unary("set", type, node.location)), step: (vm) => vm.push(EMPTY_SET) };
}

function emptyMap(kind: "map" | "big_map") {
  return ({ node, stack }: RuleInput): Conclusion | undefined => {
    const [keyNode, valueNode] = argumentsOf(node, 2) ?? [];
    if (keyNode === undefined || valueNode === undefined) return undefined;
    const keyType = parseComparableType(keyNode);
    const valueType = parseType(valueNode, kind === "map" ? ALLOWED.any : ALLOWED.bigMapValue);
    ANNOTATION_RULES.variableAndType(node);
    const empty: Value = kind === "map" ? EMPTY_MAP : { kind, keyType, valueType, changes: new Map() };
    return { after: onto(stack, binary(kind, keyType, valueType, node.location)), step: (vm) => vm.push(empty) };
  };
}

// ---- Looking up and changing

type Keyed = TypeOf<"map"> | TypeOf<"big_map">;

function isKeyed(type: Type | undefined): type is Keyed {
  return type?.kind === "map" || type?.kind === "big_map";
}

/** Steps of a look-up among so many items. */
function payForLookup(vm: Machine, size: number): void {
  vm.consume(GAS.lookupStep * (32 - Math.clz32(size + 1)));
}

function payForChange(vm: Machine, size: number): void {
  payForLookup(vm, size);
  vm.consume(GAS.copiedItem * size);
}

function get(vm: Machine, { kind, left: keyType }: Keyed, collection: Value, key: Value): Value | undefined {
  if (kind === "big_map") return bigMapGet(vm, as("big_map", collection), key);
  const map = as("map", collection);
  payForLookup(vm, map.entries.length);
  return mapGet(map, keyType, key);
}

function updated(
  vm: Machine,
  { kind, left: keyType }: Keyed,
  collection: Value,
  key: Value,
  value: Value | undefined,
): Value {
  if (kind === "big_map") return bigMapUpdated(vm, as("big_map", collection), key, value);
  const map = as("map", collection);
  payForChange(vm, map.entries.length);
  return mapUpdated(map, keyType, key, value);
}

function memRule({ node, stack }: RuleInput): Conclusion | undefined {
  const found = topmost(stack, 2);
  const [item, collection] = found?.types ?? [];
  if (found === undefined || item === undefined || collection === undefined) return undefined;
  const after = onto(found.rest, ATOMS.bool);
  if (collection.kind === "set") {
    ANNOTATION_RULES.variableAndType(node);
    expectItem(node, 2, 1, collection.item, item);
    const step: Step = (vm) => {
      const value = vm.pop();
      const set = as("set", vm.pop());
      payForLookup(vm, set.items.length);
      vm.push(setHas(set, item, value));
    };
    return { after, step };
  }
  if (!isKeyed(collection)) return undefined;
  expectItem(node, 2, 1, item, collection.left);
  ANNOTATION_RULES.variable(node);
  const step: Step = (vm) => {
    const key = vm.pop();
    vm.push(get(vm, collection, vm.pop(), key) !== undefined);
  };
  return { after, step };
}

function getRule({ node, stack }: RuleInput): Conclusion | undefined {
  const found = topmost(stack, 2);
  const [key, map] = found?.types ?? [];
  if (found === undefined || key === undefined || !isKeyed(map)) return undefined;
  expectItem(node, 2, 1, key, map.left);
  const step: Step = (vm) => {
    const wanted = vm.pop();
    vm.push(option(get(vm, map, vm.pop(), wanted)));
  };
  return { after: onto(found.rest, unary("option", map.right, node.location)), step };
}

function updateRule({ node, stack }: RuleInput): Conclusion | undefined {
  const found = topmost(stack, 3);
  const [item, given, collection] = found?.types ?? [];
  if (found === undefined || item === undefined || given === undefined || collection === undefined) return undefined;
  const after = onto(found.rest, collection);
  if (given.kind === "bool" && collection.kind === "set") {
    expectItem(node, 3, 1, collection.item, item);
    const step: Step = (vm) => {
      const value = vm.pop();
      const isIn = asBool(vm.pop());
      const set = as("set", vm.pop());
      payForChange(vm, set.items.length);
      vm.push(setUpdated(set, item, value, isIn));
    };
    return { after, step };
  }
  if (given.kind !== "option" || !isKeyed(collection)) return undefined;
  expectItem(node, 3, 1, item, collection.left);
  expectItem(node, 3, 2, given.item, collection.right);
  const step: Step = (vm) => {
    const key = vm.pop();
    const { value } = as("option", vm.pop());
    vm.push(updated(vm, collection, vm.pop(), key, value));
  };
  return { after, step };
}

function getAndUpdateRule({ node, stack }: RuleInput): Conclusion | undefined {
  const found = topmost(stack, 3);
  const [key, given, map] = found?.types ?? [];
  if (found === undefined || key === undefined || given?.kind !== "option" || !isKeyed(map)) return undefined;
  expectItem(node, 3, 1, key, map.left);
  expectItem(node, 3, 2, given.item, map.right);
  const step: Step = (vm) => {
    const wanted = vm.pop();
    const { value } = as("option", vm.pop());
    const before = vm.pop();
    const old = get(vm, map, before, wanted);
    vm.push(updated(vm, map, before, wanted, value));
    vm.push(option(old));
  };
  return { after: onto(onto(found.rest, map), given), step };
}

function sizeOf(value: Value): number {
  if (typeof value === "string") return asText(value).length;
  if (value instanceof Uint8Array) return asBytes(value).length;
  if (typeof value !== "object") throw new TypeError("SIZE of a number");
  switch (value.kind) {
    case "list":
      return value.length;
    case "set":
      return value.items.length;
    case "map":
      return value.entries.length;
    default:
      throw new TypeError(`SIZE of ${value.kind}`);
  }
}

const SIZED: ReadonlySet<string> = new Set(["string", "bytes", "list", "set", "map"]);

function sizeRule({ node, stack }: RuleInput): Conclusion | undefined {
  if (stack === undefined || !SIZED.has(stack.type.kind)) return undefined;
  if (argumentsOf(node, 0) === undefined) return undefined;
  ANNOTATION_RULES[stack.type.kind === "list" ? "variableAndType" : "variable"](node);
  return { after: onto(stack.rest, ATOMS.nat), step: (vm) => vm.push(BigInt(sizeOf(vm.pop()))) };
}

// ---- Running code on each item

/** What code gets of an item. */
function itemType(type: Type, location: number): Type | undefined {
  switch (type.kind) {
    case "list":
    case "set":
      return type.item;
    case "map":
      return binary("pair", type.left, type.right, location);
    default:
      return undefined;
  }
}

const pairOf = ({ key, value }: MapEntry) => pair(key, value);

function itemsIn(collection: Value): readonly Value[] {
  if (typeof collection !== "object" || collection instanceof Uint8Array) throw new TypeError("not a collection");
  switch (collection.kind) {
    case "list":
      return itemsOf(collection);
    case "set":
      return collection.items;
    case "map":
      return collection.entries.map(pairOf);
    default:
      throw new TypeError(`no items in ${collection.kind}`);
  }
}

/** Runs code on one item after the other; `between` after each, `end` at the end. */
function forEach(vm: Machine, items: readonly Value[], code: Code, between: Step, end: Step): void {
  let at = 0;
  const next: Step = (machine) => {
    machine.consume(GAS.instruction);
    const item = items[at];
    at += 1;
    if (item === undefined) {
      end(machine);
      return;
    }
    machine.push(item);
    machine.enter(code, (after) => {
      between(after);
      next(after);
    });
  };
  vm.consume(GAS.visitedItem * items.length);
  next(vm);
}

const nothing: Step = () => undefined;

function iterRule({ node, stack, scope, checker }: RuleInput): Conclusion | undefined {
  const [bodyNode] = argumentsOf(node, 1) ?? [];
  const { location } = node;
  const type = stack === undefined ? undefined : itemType(stack.type, location);
  if (bodyNode === undefined || stack === undefined || type === undefined) return undefined;
  expectSequence(bodyNode);
  ANNOTATION_RULES.none(node);
  const { rest } = stack;
  const { code, after } = checker.check(bodyNode, onto(rest, type), scope);
  if (after !== FAILED) {
    traced(
      () => new ProtocolError("michelson_v1.invalid_iter_body", { loc: location, befStack: [], aftStack: [] }),
      () => expectSameStack(location, after, rest),
    );
  }
  return { after: rest, step: (vm) => forEach(vm, itemsIn(vm.pop()), code, nothing, nothing) };
}

/** The type that the body leaves on a stack that is else as it was. */
function mappedType({ after }: Judgement, rest: StackType, location: number, loc: number): Type {
  if (after === FAILED) throw new ProtocolError("michelson_v1.invalid_map_block_fail", { loc });
  const invalid = () => new ProtocolError("michelson_v1.invalid_map_body", { loc: location, bodyType: [] });
  if (after === undefined) throw invalid();
  traced(invalid, () => expectSameStack(location, after.rest, rest));
  return after.type;
}

function mapRule({ node, stack, scope, checker }: RuleInput): Conclusion | undefined {
  const [bodyNode] = argumentsOf(node, 1) ?? [];
  if (bodyNode === undefined || stack === undefined) return undefined;
  const { location } = node;
  const { type, rest } = stack;
  const item = type.kind === "option" ? type.item : type.kind === "set" ? undefined : itemType(type, location);
  if (item === undefined) return undefined;
  expectSequence(bodyNode);
  ANNOTATION_RULES.variableAndType(node);
  const judgement = checker.check(bodyNode, onto(rest, item), scope);
  const { code } = judgement;
  // For options, errors name the place of the body.
  const place = type.kind === "option" && judgement.after !== undefined ? judgement.location : location;
  const mapped = mappedType(judgement, rest, place, location);
  switch (type.kind) {
    case "option": {
      const step: Step = (vm) => {
        const { value } = as("option", vm.pop());
        if (value === undefined) {
          vm.push(option(undefined));
          return;
        }
        vm.push(value);
        vm.enter(code, (after) => after.push(option(after.pop())));
      };
      return { after: onto(rest, unary("option", mapped, location)), step };
    }
    case "list": {
      const after = onto(rest, unary("list", mapped, location));
      return { after, step: (vm) => mapItems(vm, itemsIn(vm.pop()), code, listOfValues) };
    }
    case "map": {
      const step: Step = (vm) => {
        const { entries } = as("map", vm.pop());
        mapItems(vm, entries.map(pairOf), code, (values) => ({
          kind: "map",
          entries: entries.map(({ key }, i) => ({ key, value: values[i] as Value })), // one each
        }));
      };
      return { after: onto(rest, binary("map", type.left, mapped, location)), step };
    }
    default:
      return undefined;
  }
}

function mapItems(
  vm: Machine,
  items: readonly Value[],
  code: Code,
  collect: (values: readonly Value[]) => Value,
): void {
  const results: Value[] = [];
  forEach(
    vm,
    items,
    code,
    (after) => void results.push(after.pop()),
    (after) => after.push(collect(results)),
  );
}

export const COLLECTION_INSTRUCTIONS: InstructionSet = {
  EMPTY_SET: { arity: 1, misfit: "unknown", rule: emptySet },
  EMPTY_MAP: { arity: 2, misfit: "unknown", rule: emptyMap("map") },
  EMPTY_BIG_MAP: { arity: 2, misfit: "unknown", rule: emptyMap("big_map") },
  MEM: { arity: 0, misfit: 2, rule: (input) => (input.node.args.length === 0 ? memRule(input) : undefined) },
  GET: {
    arity: 0,
    misfit: 2,
    rule: (input) => (input.node.args.length === 0 ? plain((_stack, same) => getRule(same))(input) : getPlace(input)),
  },
  UPDATE: {
    arity: 0,
    misfit: 3,
    rule: (input) =>
      input.node.args.length === 0 ? plain((_stack, same) => updateRule(same))(input) : updatePlace(input),
  },
  GET_AND_UPDATE: { misfit: "unknown", rule: plain((_stack, input) => getAndUpdateRule(input)) },
  SIZE: { arity: 0, misfit: "unary", rule: sizeRule },
  MAP: { arity: 1, misfit: 1, rule: mapRule },
  ITER: { arity: 1, misfit: 1, rule: iterRule },
};
