// Reading sets, maps and big maps: sequences, whose items or keys stand in order, each once.

import { ProtocolError } from "../../../protocol/errors.js";
import type { BigMaps } from "../contract-runtime.js";
import { ANNOTATION_RULES } from "./annotations.js";
import { compare } from "./compare.js";
import { GAS } from "./gas-costs.js";
import { locate, type Node, type SequenceNode, unexpectedNode, wrongArity, wrongKind } from "./nodes.js";
import { keyHash } from "./packing.js";
import { invalidConstant, type ReadInner, type Reading, tracedAsConstant } from "./reading.js";
import { ALLOWED, parseComparableType, parseType } from "./type-parser.js";
import { expectSameType, type Type, type TypeOf, unary } from "./types.js";
import { as, type BigMapChange, type MapEntry, type MapValue, type SetValue, type Value } from "./values.js";

export function readSet(type: TypeOf<"set">, node: Node, reading: Reading, read: ReadInner): SetValue {
  if (node.kind !== "sequence") throw wrongKind(node, ["sequence"]);
  const { location, source: value } = node;
  const items: Value[] = [];
  for (const item of node.items) {
    const itemValue = read(type.item, item, reading);
    const last = items.at(-1);
    const order = last === undefined ? -1 : compare(type.item, last, itemValue);
    if (order === 0) throw new ProtocolError("michelson_v1.duplicate_set_values_in_literal", { location, value });
    if (order > 0) throw new ProtocolError("michelson_v1.unordered_set_literal", { location, value });
    items.push(itemValue);
  }
  return { kind: "set", items };
}

export function readMap(type: TypeOf<"map">, node: Node, reading: Reading, read: ReadInner): MapValue {
  if (node.kind !== "sequence") throw wrongKind(node, ["sequence"]);
  return { kind: "map", entries: readEntries(type, type.right, node, node, reading, read) };
}

/** `whole`: the literal, in which the entries stand. */
function readEntries(
  type: TypeOf<"map"> | TypeOf<"big_map">,
  valueType: Type,
  { items }: SequenceNode,
  whole: Node,
  reading: Reading,
  read: ReadInner,
): readonly MapEntry[] {
  const entries: MapEntry[] = [];
  for (const item of items) {
    const [keyNode, valueNode] = entryOf(item, type, whole);
    const key = read(type.left, keyNode, reading);
    const value = read(valueType, valueNode, reading);
    const last = entries.at(-1);
    const order = last === undefined ? -1 : compare(type.left, last.key, key);
    const where = { location: item.location, item: whole.source };
    if (order === 0) throw new ProtocolError("michelson_v1.duplicate_map_keys", where);
    if (order > 0) throw new ProtocolError("michelson_v1.unordered_map_literal", where);
    entries.push({ key, value });
  }
  return entries;
}

function entryOf(item: Node, type: Type, whole: Node): readonly [Node, Node] {
  if (item.kind !== "prim") throw invalidConstant(type, whole);
  if (item.prim !== "Elt") {
    throw new ProtocolError("michelson_v1.invalid_primitive", {
      location: item.location,
      expectedPrimitiveNames: ["Elt"],
      wrongPrimitiveName: item.prim,
    });
  }
  if (item.args.length !== 2) throw wrongArity(item, 2);
  ANNOTATION_RULES.none(item);
  return item.args as readonly [Node, Node]; // two
}

// ---- Big maps

/** By its id, by its contents, or by its id and what changes. */
export function readBigMap(type: TypeOf<"big_map">, node: Node, reading: Reading, read: ReadInner): Value {
  const { left: keyType, right: valueType } = type;
  const { id, contents } = bigMapParts(type, node);
  const changes = new Map<string, BigMapChange>();
  if (contents !== undefined) {
    const given = id === undefined ? valueType : unary("option", valueType, node.location);
    const entries = tracedAsConstant(type, node, () => readEntries(type, given, contents, node, reading, read));
    for (const { key, value } of entries) {
      reading.gas.consume(GAS.hash);
      const change = id === undefined ? value : as("option", value).value;
      changes.set(keyHash(keyType, key, reading.tools), { key, ...(change === undefined ? {} : { value: change }) });
    }
  }
  if (id === undefined) return { kind: "big_map", keyType, valueType, changes };
  expectBigMap(type, id.location, id.value, node, reading.bigMaps);
  return { kind: "big_map", id: id.value, keyType, valueType, changes };
}

interface BigMapParts {
  readonly id?: { readonly location: number; readonly value: bigint };
  readonly contents?: SequenceNode;
}

function bigMapParts(type: Type, node: Node): BigMapParts {
  if (node.kind === "int") return { id: node };
  if (node.kind === "sequence") return { contents: node };
  return tracedAsConstant(type, node, () => {
    if (node.kind !== "prim" || node.prim !== "Pair") {
      throw unexpectedNode(node, ["sequence", "integer"], "constant", ["Pair"]);
    }
    const [id, contents, ...others] = node.args;
    if (id === undefined || contents === undefined || others.length > 0) throw wrongArity(node, 2);
    if (id.kind !== "int") throw wrongKind(id, ["integer"]);
    if (contents.kind !== "sequence") throw wrongKind(contents, ["sequence"]);
    ANNOTATION_RULES.none(node);
    return { id, contents };
  });
}

/** Whether the chain has such a big map, of the type that is expected. */
function expectBigMap(
  type: TypeOf<"big_map">,
  location: number,
  id: bigint,
  node: Node,
  bigMaps: BigMaps | "unchecked" | undefined,
): void {
  if (bigMaps === "unchecked") return;
  const types = tracedAsConstant(type, node, () => {
    if (bigMaps === undefined) throw new ProtocolError("michelson_v1.unexpected_forged_value", { location });
    const found = bigMaps.types(id);
    if (found === undefined) throw new ProtocolError("michelson_v1.invalid_big_map", { location, bigMap: id });
    return found;
  });
  expectSameType(location, type.left, parseComparableType(locate(types.keyType)));
  expectSameType(location, type.right, parseType(locate(types.valueType), ALLOWED.bigMapValue));
}
