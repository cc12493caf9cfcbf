// Reading data (reference: script_ir_translator.ml, parse_data): an expression becomes a value of a type, or is refused with a trace of
// what it was taken for on the way in. Text and bytes, pairs of two and of many are all read, whichever mode wrote them.

import type { Micheline } from "../../../encoding/micheline.js";
import { ProtocolError } from "../../../protocol/errors.js";
import type { GasCounter } from "../contract-runtime.js";
import { ANNOTATION_RULES, strictEntrypoint } from "./annotations.js";
import { readBigMap, readMap, readSet } from "./collection-reader.js";
import { expectContract } from "./contracts.js";
import { GAS } from "./gas-costs.js";
import { locate, type Node, type NodeKind, type PrimNode, unexpectedNode, wrongArity, wrongKind } from "./nodes.js";
import { notOfForm, type Reading, tracedAsConstant } from "./reading.js";
import {
  addressForms,
  bytesOfHex,
  chainIdForms,
  destinationOfText,
  keyForms,
  keyHashForms,
  signatureForms,
  timestampOfText,
} from "./scalars.js";
import { readTicket } from "./ticket-reader.js";
import type { Type, TypeOf } from "./types.js";
import { type Address, address, listOfValues, option, or, pair, UNIT_VALUE, type Value } from "./values.js";

/** Reads a whole expression. Raises ProtocolError. */
export function readExpression(type: Type, expression: Micheline, reading: Reading): Value {
  return readData(type, locate(expression), reading);
}

/** Reads a value of a type. Raises ProtocolError. */
export function readData(type: Type, node: Node, reading: Reading): Value {
  reading.gas.consume(GAS.dataNode);
  switch (type.kind) {
    // These leave their traces to what is inside of them, where it is not as it should be.
    case "ticket":
      return readTicket(type, node, reading, readData);
    case "big_map":
      return readBigMap(type, node, reading, readData);
    case "operation":
      throw new TypeError("operations are not data");
    default:
      return tracedAsConstant(type, node, () => readTraced(type, node, reading));
  }
}

type Traced = Exclude<Type, TypeOf<"ticket"> | TypeOf<"big_map">>;

function readTraced(type: Traced, node: Node, reading: Reading): Value {
  switch (type.kind) {
    case "pair":
      return readPair(type, node, reading);
    case "or":
      return readOr(type, node, reading);
    case "option":
      return readOption(type, node, reading);
    case "list":
      if (node.kind !== "sequence") throw wrongKind(node, ["sequence"]);
      return listOfValues(node.items.map((item) => readData(type.item, item, reading)));
    case "set":
      return readSet(type, node, reading, readData);
    case "map":
      return readMap(type, node, reading, readData);
    case "lambda":
      return readLambda(type, node, reading);
    case "contract":
      return readContract(type, node, reading);
    default:
      return readScalar(type.kind, node, reading);
  }
}

// ---- Scalars

function readScalar(kind: string, node: Node, reading: Reading): Value {
  payForText(node, reading.gas);
  switch (kind) {
    case "unit":
      expectWord(node, ["Unit"]);
      return UNIT_VALUE;
    case "bool":
      return expectWord(node, ["True", "False"]) === "True";
    case "int":
      return expectInt(node);
    case "nat": {
      const value = expectInt(node);
      if (value < 0n) throw notOfForm(node, "a non-negative integer");
      return value;
    }
    case "mutez": {
      const value = expectInt(node);
      if (value < 0n || BigInt.asIntN(64, value) !== value) throw notOfForm(node, "a valid mutez amount");
      return value;
    }
    case "string":
      return readString(node);
    case "bytes":
      if (node.kind !== "bytes") throw wrongKind(node, ["bytes"]);
      return bytesOfHex(node.value);
    case "timestamp":
      return readTimestamp(node);
    case "address":
      return readAddress(node);
    case "key":
      return readInEitherForm(node, keyForms, "a valid public key");
    case "key_hash":
      return readInEitherForm(node, keyHashForms, "a valid key hash");
    case "signature":
      return readInEitherForm(node, signatureForms, "a valid signature");
    case "chain_id":
      return readInEitherForm(node, chainIdForms, "a valid chain id");
    case "never":
      throw new ProtocolError("michelson_v1.invalid_never_expr", { location: node.location });
    default:
      throw new TypeError(`no scalar ${kind}`);
  }
}

function payForText(node: Node, gas: GasCounter): void {
  if (node.kind === "string" || node.kind === "bytes") gas.consume(GAS.dataByte * node.value.length);
  if (node.kind === "int" && !isSmall(node.value)) gas.consume(GAS.dataByte * node.value.toString(16).length);
}

function isSmall(value: bigint): boolean {
  return BigInt.asIntN(64, value) === value;
}

/** A word without arguments. */
function expectWord(node: Node, words: readonly string[]): string {
  if (node.kind !== "prim" || !words.includes(node.prim)) throw unexpectedNode(node, [], "constant", words);
  if (node.args.length > 0) throw wrongArity(node, 0);
  ANNOTATION_RULES.none(node);
  return node.prim;
}

function expectInt(node: Node): bigint {
  if (node.kind !== "int") throw wrongKind(node, ["integer"]);
  return node.value;
}

const UNPRINTABLE = /[^\n\x20-\x7e]/;

function readString(node: Node): string {
  if (node.kind !== "string") throw wrongKind(node, ["string"]);
  if (!UNPRINTABLE.test(node.value)) return node.value;
  // The last one, counted in bytes.
  const bytes = Buffer.from(node.value, "utf8");
  const position = bytes.findLastIndex((byte) => byte !== 0x0a && (byte < 0x20 || byte > 0x7e));
  const { id, fields } = notOfForm(node, "a printable ascii string");
  throw new ProtocolError(id, fields, [
    new ProtocolError("michelson_v1.non_printable_character", { position, string: node.value }),
  ]);
}

function readTimestamp(node: Node): bigint {
  if (node.kind === "int") return node.value;
  if (node.kind !== "string") throw wrongKind(node, ["string", "integer"]);
  const seconds = timestampOfText(node.value);
  if (seconds === undefined) throw notOfForm(node, "a valid timestamp");
  return seconds;
}

interface Readable<T> {
  ofText(text: string): T | undefined;
  ofBytes(bytes: Uint8Array): T | undefined;
}

const TEXT_OR_BYTES: readonly NodeKind[] = ["string", "bytes"];

function readInEitherForm<T>(node: Node, forms: Readable<T>, expected: string): T {
  if (node.kind !== "string" && node.kind !== "bytes") throw wrongKind(node, TEXT_OR_BYTES);
  const value = node.kind === "string" ? forms.ofText(node.value) : forms.ofBytes(bytesOfHex(node.value));
  if (value === undefined) throw notOfForm(node, expected);
  return value;
}

/** An address; in text, an entrypoint may follow behind "%". */
function readAddress(node: Node): Address {
  if (node.kind !== "string") return readInEitherForm(node, addressForms, "a valid address");
  const at = node.value.indexOf("%");
  const entrypoint = strictEntrypoint(at < 0 ? "" : node.value.slice(at + 1), node.location);
  const input = at < 0 ? node.value : node.value.slice(0, at);
  const destination = destinationOfText(input);
  if (destination === undefined) throw new ProtocolError("destination_repr.invalid_b58check", { input });
  return address(destination, entrypoint);
}

function readContract(type: TypeOf<"contract">, node: Node, { chain, gas }: Reading): Value {
  const at = readAddress(node);
  if (chain === "unchecked") return { ...at, kind: "contract", parameterType: type.item };
  gas.consume(GAS.contractLookup);
  return expectContract(node.location, chain, at, type.item);
}

// ---- Composites

/** `Pair`s of two, of many, or sequences: all but the first are of the pair to the right. */
function readPair(type: TypeOf<"pair">, node: Node, reading: Reading): Value {
  const items = pairItems(node);
  const { location } = node;
  const [first, second, ...others] = items;
  if (first === undefined) throw wrongArity(node as PrimNode, 2);
  const left = readData(type.left, first, reading);
  if (second !== undefined && others.length === 0) return pair(left, readData(type.right, second, reading));
  if (second === undefined || type.right.kind !== "pair") throw notSoMany(location, items.length);
  const rest = items.slice(1);
  const source = { prim: "Pair", args: rest.map((item) => item.source) };
  const right: PrimNode = { kind: "prim", location, source, prim: "Pair", args: rest, annots: [] };
  return pair(left, readData(type.right, right, reading));
}

function notSoMany(location: number, wrongArity: number): ProtocolError {
  return new ProtocolError("michelson_v1.invalid_arity", {
    location,
    primitiveName: "Pair",
    expectedArity: 2,
    wrongArity,
  });
}

function pairItems(node: Node): readonly Node[] {
  if (node.kind === "prim" && node.prim === "Pair") {
    if (node.args.length > 0) ANNOTATION_RULES.none(node);
    return node.args;
  }
  if (node.kind !== "sequence") throw unexpectedNode(node, [], "constant", ["Pair"]);
  if (node.items.length >= 2) return node.items;
  throw new ProtocolError("michelson_v1.invalid_seq_arity", {
    location: node.location,
    minimalExpectedArity: 2,
    wrongArity: node.items.length,
  });
}

/** The argument of one of the words given. */
function expectApplication(node: Node, words: readonly string[], arities: readonly number[]): PrimNode {
  const at = node.kind === "prim" ? words.indexOf(node.prim) : -1;
  const arity = arities[at];
  if (node.kind !== "prim" || arity === undefined) throw unexpectedNode(node, [], "constant", words);
  if (node.args.length !== arity) throw wrongArity(node, arity);
  ANNOTATION_RULES.none(node);
  return node;
}

function readOr(type: TypeOf<"or">, node: Node, reading: Reading): Value {
  const { prim, args } = expectApplication(node, ["Left", "Right"], [1, 1]);
  const side = prim === "Left" ? "left" : "right";
  return or(side, readData(type[side], args[0] as Node, reading)); // of arity 1
}

function readOption(type: TypeOf<"option">, node: Node, reading: Reading): Value {
  const [some] = expectApplication(node, ["Some", "None"], [1, 0]).args;
  return option(some === undefined ? undefined : readData(type.item, some, reading));
}

function readLambda(type: TypeOf<"lambda">, node: Node, { tools }: Reading): Value {
  if (node.kind === "sequence") return tools.checkLambda(type, node, false);
  const [body, ...others] = node.kind === "prim" && node.prim === "Lambda_rec" ? node.args : [];
  const isPlain = node.kind === "prim" && node.annots.length === 0 && others.length === 0;
  if (!isPlain || body?.kind !== "sequence") throw wrongKind(node, ["sequence"]);
  return tools.checkLambda(type, body, true);
}
