// PACK outside of contracts (`helpers/scripts/pack_data`): a byte 05 and the expression in the protocol's "Optimized" form, in which right
// combs of four or more are sequences (reference: script_ir_unparser.ml). Values come in as the runtime checked them.

import { encode } from "../../../encoding/binary.js";
import { isSequence, type Micheline, michelineCodec } from "../../../encoding/micheline.js";

const PACK_TAG = 0x05;
const MIN_SEQUENCE_COMB = 4;

/** The bytes that PACK makes of a checked value of a type. */
export function packData(type: Micheline, value: Micheline): Uint8Array {
  return Buffer.concat([Uint8Array.of(PACK_TAG), encode(michelineCodec, optimized(type, value))]);
}

interface Application {
  readonly prim: string;
  readonly args: readonly Micheline[];
}

/** An application with its arguments; undefined for anything else. */
function applied(node: Micheline): Application | undefined {
  return !isSequence(node) && "prim" in node ? { prim: node.prim, args: node.args ?? [] } : undefined;
}

/** The types along the right spine of a pair type, however it is written: at least two. */
function combTypes(type: Micheline): readonly Micheline[] {
  const pair = applied(type);
  if (pair?.prim !== "pair") return [type];
  const last = pair.args.at(-1);
  return [...pair.args.slice(0, -1), ...(last === undefined ? [] : combTypes(last))];
}

/** `count` values along the right spine of a pair, however it is written. */
function combValues(value: Micheline, count: number): readonly Micheline[] {
  if (count === 1) return [value];
  const items = isSequence(value) ? value : (applied(value)?.args ?? []);
  const [first, ...others] = items;
  if (first === undefined) return [value];
  const [only] = others;
  if (only !== undefined && others.length === 1) return [first, ...combValues(only, count - 1)];
  return [first, ...combValues([...others], count - 1)];
}

function optimized(type: Micheline, value: Micheline): Micheline {
  const { prim = "", args = [] } = applied(type) ?? {};
  switch (prim) {
    case "pair":
      return optimizedComb(combTypes(type), value);
    case "option":
    case "or":
      return mapArguments(value, (arg, side) => optimized(args[side === "Right" ? 1 : 0] ?? type, arg));
    case "list":
    case "set":
      return isSequence(value) ? value.map((item) => optimized(args[0] ?? type, item)) : value;
    case "map":
      return isSequence(value) ? value.map((entry) => optimizedEntry(args, entry)) : value;
    default:
      return value;
  }
}

function optimizedEntry(types: readonly Micheline[], entry: Micheline): Micheline {
  const elt = applied(entry);
  if (elt === undefined) return entry;
  return { prim: elt.prim, args: elt.args.map((item, i) => optimized(types[i] ?? item, item)) };
}

function mapArguments(value: Micheline, map: (arg: Micheline, prim: string) => Micheline): Micheline {
  const found = applied(value);
  if (found === undefined || found.args.length === 0) return value;
  return { prim: found.prim, args: found.args.map((arg) => map(arg, found.prim)) };
}

function optimizedComb(types: readonly Micheline[], value: Micheline): Micheline {
  const items = combValues(value, types.length).map((item, i) => optimized(types[i] ?? item, item));
  if (items.length >= MIN_SEQUENCE_COMB) return items;
  return items.reduceRight((right, left) => ({ prim: "Pair", args: [left, right] }));
}
