// The order of comparable values (reference: script_comparable.ml). Hashes, keys and addresses are compared as text: texts of a kind have
// one length, and their digits are in the order of characters, so that the text's order is that of the bytes.

import type { Type } from "./types.js";
import { type Address, as, asBool, asBytes, asInt, asText, type Value } from "./values.js";

/** -1: the first comes first; 0: equal; 1. */
export type Order = -1 | 0 | 1;

function ordered<T extends bigint | string | number>(a: T, b: T): Order {
  return a < b ? -1 : a > b ? 1 : 0;
}

function orderOfBytes(a: Uint8Array, b: Uint8Array): Order {
  return ordered(Buffer.compare(a, b), 0);
}

const KEY_PREFIXES = ["edpk", "sppk", "p2pk", "BLpk"];

function orderOfKeys(a: string, b: string): Order {
  const byCurve = ordered(KEY_PREFIXES.indexOf(a.slice(0, 4)), KEY_PREFIXES.indexOf(b.slice(0, 4)));
  return byCurve === 0 ? ordered(a, b) : byCurve;
}

/** Accounts come before contracts, rollups last. */
const DESTINATION_PREFIXES = ["tz", "KT", "sr"];

function orderOfAddresses(a: Address, b: Address): Order {
  const [rankA, rankB] = [a, b].map(({ destination }) => DESTINATION_PREFIXES.indexOf(destination.slice(0, 2)));
  const byKind = ordered(rankA as number, rankB as number); // two of them
  if (byKind !== 0) return byKind;
  const byDestination = ordered<string>(a.destination, b.destination);
  return byDestination === 0 ? ordered(a.entrypoint, b.entrypoint) : byDestination;
}

/** Compares two values of a comparable type. */
export function compare(type: Type, a: Value, b: Value): Order {
  switch (type.kind) {
    case "unit":
      return 0;
    case "bool":
      return ordered(Number(asBool(a)), Number(asBool(b)));
    case "int":
    case "nat":
    case "mutez":
    case "timestamp":
      return ordered(asInt(a), asInt(b));
    case "string":
    case "key_hash":
      return ordered(asText(a), asText(b));
    case "key":
      return orderOfKeys(asText(a), asText(b));
    case "bytes":
    case "signature":
    case "chain_id":
      return orderOfBytes(asBytes(a), asBytes(b));
    case "address":
      return orderOfAddresses(as("address", a), as("address", b));
    case "pair": {
      const [pairA, pairB] = [as("pair", a), as("pair", b)];
      const byLeft = compare(type.left, pairA.left, pairB.left);
      return byLeft === 0 ? compare(type.right, pairA.right, pairB.right) : byLeft;
    }
    case "or": {
      const [orA, orB] = [as("or", a), as("or", b)];
      if (orA.side !== orB.side) return orA.side === "left" ? -1 : 1;
      return compare(type[orA.side], orA.value, orB.value);
    }
    case "option": {
      const [{ value: someA }, { value: someB }] = [as("option", a), as("option", b)];
      if (someA === undefined || someB === undefined)
        return ordered(Number(someA !== undefined), Number(someB !== undefined));
      return compare(type.item, someA, someB);
    }
    default:
      throw new TypeError(`values of ${type.kind} cannot be compared`);
  }
}
