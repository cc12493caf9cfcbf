// Big maps in running code, and what of them goes to the chain (reference: script_big_map.ml; script_ir_translator.ml, extract_lazy_storage_diff).
// A big map is the chain's, by its id, and what changed since.

import type { Micheline } from "../../../encoding/micheline.js";
import { ProtocolError } from "../../../protocol/errors.js";
import type { BigMapDiff, BigMaps, BigMapUpdate, GasCounter } from "../contract-runtime.js";
import type { CodeTools } from "./code-tools.js";
import { readExpression } from "./data-reader.js";
import { payForExpression, writeData } from "./data-writer.js";
import { GAS } from "./gas-costs.js";
import type { Machine } from "./machine.js";
import { keyHash } from "./packing.js";
import { type Type, writeType } from "./types.js";
import { as, type BigMap, itemsOf, listOfValues, type Value } from "./values.js";

/** Whom to ask, and who pays. */
export interface BigMapAccess {
  readonly gas: GasCounter;
  readonly tools: CodeTools;
  /** Undefined: there are none. */
  readonly bigMaps: BigMaps | undefined;
}

/** Reads what the chain has in a big map. */
export function readBigMapValue(valueType: Type, written: Micheline, { gas, tools }: BigMapAccess): Value {
  return readExpression(valueType, written, { gas, tools, tickets: true, bigMaps: undefined, chain: "unchecked" });
}

function accessOf({ context, tools }: Machine): BigMapAccess {
  return { gas: context.gas, tools, bigMaps: context.bigMaps };
}

function hashOf(vm: Machine, { keyType }: BigMap, key: Value): string {
  vm.consume(GAS.hash);
  const expression = writeData(keyType, key, { mode: "Optimized_legacy", tools: vm.tools });
  payForExpression(vm.context.gas, expression);
  return keyHash(keyType, key, vm.tools);
}

function valueUnder(vm: Machine, map: BigMap, hash: string): Value | undefined {
  const change = map.changes.get(hash);
  if (change !== undefined) return change.value;
  if (map.id === undefined) return undefined;
  vm.consume(GAS.bigMapRead);
  const access = accessOf(vm);
  const written = access.bigMaps?.value(map.id, hash);
  return written === undefined ? undefined : readBigMapValue(map.valueType, written, access);
}

/** Undefined: nothing is under the key. */
export function bigMapGet(vm: Machine, map: BigMap, key: Value): Value | undefined {
  return valueUnder(vm, map, hashOf(vm, map, key));
}

/** The big map with a value under a key; without a value, nothing is under it. */
export function bigMapUpdated(vm: Machine, map: BigMap, key: Value, value: Value | undefined): BigMap {
  const hash = hashOf(vm, map, key);
  vm.consume(GAS.copiedItem * map.changes.size);
  const changes = new Map(map.changes).set(hash, { key, ...(value === undefined ? {} : { value }) });
  return { ...map, changes };
}

// ---- Ids

/** Ids of the big maps inside a value. */
export function bigMapIds(type: Type, value: Value, found = new Set<bigint>()): ReadonlySet<bigint> {
  visitBigMaps(type, value, (map) => {
    if (map.id !== undefined) found.add(map.id);
    return map;
  });
  return found;
}

/** The value with its big maps replaced, in the order of writing. */
function visitBigMaps(type: Type, value: Value, replace: (map: BigMap) => BigMap): Value {
  if (!type.hasBigMap) return value;
  switch (type.kind) {
    case "big_map":
      return replace(as("big_map", value));
    case "pair": {
      const given = as("pair", value);
      const left = visitBigMaps(type.left, given.left, replace);
      return { kind: "pair", left, right: visitBigMaps(type.right, given.right, replace) };
    }
    case "or": {
      const given = as("or", value);
      return { ...given, value: visitBigMaps(type[given.side], given.value, replace) };
    }
    case "option": {
      const given = as("option", value);
      return given.value === undefined ? given : { ...given, value: visitBigMaps(type.item, given.value, replace) };
    }
    case "list":
      return listOfValues(itemsOf(as("list", value)).map((item) => visitBigMaps(type.item, item, replace)));
    case "map": {
      const given = as("map", value);
      const entries = given.entries.map(({ key, value: inner }) => ({
        key,
        value: visitBigMaps(type.right, inner, replace),
      }));
      return { ...given, entries };
    }
    default:
      return value;
  }
}

// ---- What goes to the chain

export interface ExtractionOptions extends BigMapAccess {
  /** For what operations carry: gives them ids that last as long as the operation. */
  readonly temporary: boolean;
  /** Big maps that belong to somebody else: they are copied. */
  readonly toDuplicate: ReadonlySet<bigint>;
  /** Big maps that the value had before: they are changed, or removed when they are no longer in it. */
  readonly toUpdate: ReadonlySet<bigint>;
}

export interface Extraction {
  /** The value with every big map by its id. */
  readonly value: Value;
  /** To be applied in this order. */
  readonly diffs: readonly BigMapDiff[];
}

/** Raises "michelson_v1.unexpected_lazy_storage" where there are no big maps. */
export function extractBigMaps(type: Type, value: Value, options: ExtractionOptions): Extraction {
  const { temporary, toUpdate, toDuplicate } = options;
  const toCopy = new Set([...toDuplicate].filter((id) => !toUpdate.has(id)));
  const alive = new Set<bigint>();
  const found: BigMapDiff[] = [];
  const extracted = visitBigMaps(type, value, (map) => {
    const diff = diffOf(map, toCopy, options);
    found.push(diff);
    alive.add(diff.id);
    // Whoever comes second to a big map gets a copy.
    toCopy.add(diff.id);
    return { ...map, id: diff.id, changes: new Map() };
  });
  // Copies are made of what was there before: what is changed in place, always found before its copies, comes last.
  const diffs = found.reverse();
  if (temporary) return { value: extracted, diffs };
  const removed = [...toUpdate]
    .filter((id) => !alive.has(id))
    .sort((a, b) => (a > b ? -1 : 1))
    .map((id): BigMapDiff => ({ id, action: { kind: "remove" }, updates: [] }));
  return { value: extracted, diffs: [...removed, ...diffs] };
}

function diffOf(map: BigMap, toCopy: ReadonlySet<bigint>, options: ExtractionOptions): BigMapDiff {
  const { temporary, bigMaps } = options;
  if (bigMaps === undefined) throw new ProtocolError("michelson_v1.unexpected_lazy_storage", { loc: 0 });
  const updates = updatesOf(map, options);
  if (map.id === undefined) {
    const types = { keyType: writeType(map.keyType), valueType: writeType(map.valueType) };
    return { id: bigMaps.freshId(temporary), action: { kind: "alloc", ...types }, updates };
  }
  if (!toCopy.has(map.id)) return { id: map.id, action: { kind: "update" }, updates };
  return { id: bigMaps.freshId(temporary), action: { kind: "copy", source: map.id }, updates };
}

/** In falling order of hashes, as the reference has them. */
function updatesOf({ keyType, valueType, changes }: BigMap, { gas, tools }: BigMapAccess): BigMapUpdate[] {
  const write = (type: Type, value: Value): Micheline => {
    const written = writeData(type, value, { mode: "Optimized", tools });
    payForExpression(gas, written);
    return written;
  };
  return [...changes]
    .sort(([a], [b]) => (a > b ? -1 : 1))
    .map(([hash, { key, value }]) => ({
      key: write(keyType, key),
      keyHash: hash,
      ...(value === undefined ? {} : { value: write(valueType, value) }),
    }));
}
