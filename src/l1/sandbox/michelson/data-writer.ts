// Writing values as expressions (reference: script_ir_unparser.ml), in one of three modes. "Readable": text for people, pairs of many. "Optimized":
// bytes, right combs in the shortest form; storages and parameters are kept so. "Optimized_legacy": bytes, pairs of two; what PACK
// makes and what identifies tickets.

import { toHex } from "../../../encoding/hex.js";
import { isSequence, type Micheline } from "../../../encoding/micheline.js";
import { ProtocolError } from "../../../protocol/errors.js";
import type { GasCounter } from "../contract-runtime.js";
import { DEFAULT_ENTRYPOINT } from "./annotations.js";
import type { CodeTools } from "./code-tools.js";
import { compare } from "./compare.js";
import { GAS } from "./gas-costs.js";
import {
  type Mode,
  writeAddress,
  writeChainId,
  writeKey,
  writeKeyHash,
  writeSignature,
  writeTimestamp,
} from "./scalars.js";
import { openedTicket, type Type, type TypeOf } from "./types.js";
import {
  address,
  as,
  asBool,
  asBytes,
  asInt,
  asText,
  type BigMap,
  itemsOf,
  type Lambda,
  type MapEntry,
  pairs,
  type Ticket,
  type Value,
} from "./values.js";

export interface Writing {
  readonly mode: Mode;
  readonly tools: CodeTools;
}

const prim = (name: string, ...args: readonly Micheline[]): Micheline =>
  args.length === 0 ? { prim: name } : { prim: name, args };

/** Writes a value of a type. */
export function writeData(type: Type, value: Value, writing: Writing): Micheline {
  const { mode } = writing;
  switch (type.kind) {
    case "unit":
      return prim("Unit");
    case "bool":
      return prim(asBool(value) ? "True" : "False");
    case "int":
    case "nat":
    case "mutez":
      return { int: asInt(value).toString() };
    case "timestamp":
      return writeTimestamp(mode, asInt(value));
    case "string":
      return { string: asText(value) };
    case "bytes":
      return { bytes: toHex(asBytes(value)) };
    case "chain_id":
      return writeChainId(mode, asBytes(value));
    case "signature":
      return writeSignature(mode, asBytes(value));
    case "key":
      return writeKey(mode, asText(value));
    case "key_hash":
      return writeKeyHash(mode, asText(value));
    case "address":
      return writeAddress(mode, as("address", value));
    case "contract": {
      const { destination, entrypoint } = as("contract", value);
      return writeAddress(mode, address(destination, entrypoint));
    }
    case "never":
    case "operation":
      throw new TypeError(`values of ${type.kind} are not written`);
    default:
      return writeComposite(type, value, writing);
  }
}

type Composite = TypeOf<"pair" | "or" | "option" | "list" | "set" | "map" | "big_map" | "lambda" | "ticket">;

function writeComposite(type: Composite, value: Value, writing: Writing): Micheline {
  switch (type.kind) {
    case "pair":
      return writePair(type, value, writing);
    case "or": {
      const { side, value: inner } = as("or", value);
      return prim(side === "left" ? "Left" : "Right", writeData(type[side], inner, writing));
    }
    case "option": {
      const { value: some } = as("option", value);
      return some === undefined ? prim("None") : prim("Some", writeData(type.item, some, writing));
    }
    case "list":
      return itemsOf(as("list", value)).map((item) => writeData(type.item, item, writing));
    case "set":
      return as("set", value).items.map((item) => writeData(type.item, item, writing));
    case "map":
      return writeEntries(type.left, type.right, as("map", value).entries, writing);
    case "big_map":
      return writeBigMap(as("big_map", value), writing);
    case "lambda":
      return writeLambda(as("lambda", value), writing);
    case "ticket":
      return writeTicket(type.item, as("ticket", value), writing);
  }
}

/** The types along the right spine of a pair. */
function spine(type: TypeOf<"pair">): readonly Type[] {
  const types: Type[] = [];
  let at: Type = type;
  for (; at.kind === "pair"; at = at.right) types.push(at.left);
  return [...types, at];
}

/** Combs of so many are sequences, which are shorter then. */
const SEQUENCE_COMB = 4;

function writePair(type: TypeOf<"pair">, value: Value, writing: Writing): Micheline {
  const types = spine(type);
  const items: Micheline[] = [];
  let at = value;
  for (const [i, itemType] of types.entries()) {
    const isLast = i === types.length - 1;
    items.push(writeData(itemType, isLast ? at : as("pair", at).left, writing));
    if (!isLast) at = as("pair", at).right;
  }
  if (writing.mode === "Readable") return prim("Pair", ...items);
  if (writing.mode === "Optimized" && items.length >= SEQUENCE_COMB) return items;
  return items.reduceRight((right, left) => prim("Pair", left, right));
}

function writeEntries(key: Type, value: Type, entries: readonly MapEntry[], writing: Writing): Micheline {
  return entries.map((entry) =>
    prim("Elt", writeData(key, entry.key, writing), writeData(value, entry.value, writing)),
  );
}

/** By its id where it is as the chain has it; otherwise with what changed. */
function writeBigMap({ id, keyType, valueType, changes }: BigMap, writing: Writing): Micheline {
  if (id !== undefined && changes.size === 0) return { int: id.toString() };
  const sorted = [...changes.values()].sort((a, b) => compare(keyType, a.key, b.key));
  if (id === undefined) {
    const present = sorted.flatMap(({ key, value }) => (value === undefined ? [] : [{ key, value }]));
    return writeEntries(keyType, valueType, present, writing);
  }
  const written = sorted.map(({ key, value }): Micheline => {
    const some = value === undefined ? prim("None") : prim("Some", writeData(valueType, value, writing));
    return prim("Elt", writeData(keyType, key, writing), some);
  });
  return prim("Pair", { int: id.toString() }, written);
}

/** Lambdas are kept as they are written in optimized form. */
function writeLambda({ body, isRecursive }: Lambda, { mode, tools }: Writing): Micheline {
  const code = mode === "Optimized" ? body : tools.rewrite(body, mode);
  return isRecursive ? prim("Lambda_rec", code) : code;
}

function writeTicket(contentType: Type, { ticketer, contents, amount }: Ticket, writing: Writing): Micheline {
  const opened = pairs(address(ticketer, DEFAULT_ENTRYPOINT), contents, amount);
  return writeData(openedTicket(contentType, 0), opened, writing);
}

/** Deepest nesting of what is written: a little less than expressions have at most. */
const MAX_DEPTH = 480;

/** Pays for an expression that was written. Raises "michelson_v1.unparsing_stack_overflow" for one that is nested too deep. */
export function payForExpression(gas: GasCounter, node: Micheline, depth = 0): void {
  if (depth > MAX_DEPTH) throw new ProtocolError("michelson_v1.unparsing_stack_overflow", {});
  if (isSequence(node)) {
    gas.consume(GAS.dataNode);
    for (const item of node) payForExpression(gas, item, depth + 1);
  } else if ("prim" in node) {
    gas.consume(GAS.dataNode);
    for (const arg of node.args ?? []) payForExpression(gas, arg, depth + 1);
  } else {
    const text = "int" in node ? node.int : "string" in node ? node.string : node.bytes;
    gas.consume(GAS.dataNode + GAS.dataByte * text.length);
  }
}
