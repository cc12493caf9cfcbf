// Which Michelson types the messages between contracts and rollups may have (protocol.md §7.4; reference: sc_rollup_operations.ml,
// validate_ty): plain data, tickets included, but nothing that lives on layer 1 only. A type is checked for its form here too.

import { isSequence, type Micheline, type MichelinePrim } from "../../encoding/micheline.js";
import { ProtocolError } from "../../protocol/errors.js";

/** Types without arguments: those that can be compared, and the others. */
const COMPARABLE = new Set([
  ...["unit", "never", "bool", "int", "nat", "string", "bytes", "chain_id", "mutez", "timestamp"],
  ...["key_hash", "key", "signature", "address"],
]);
const OTHER_SIMPLE = new Set([...["bls12_381_g1", "bls12_381_g2", "bls12_381_fr", "operation", "chest", "chest_key"]]);

/** Types that a message may not hold. */
const REFUSED = new Set([
  ...["mutez", "big_map", "sapling_state", "sapling_transaction", "sapling_transaction_deprecated"],
  ...["operation", "chest", "chest_key", "lambda"],
]);

/** Number of arguments; pairs have two or more. */
const ARITY: Readonly<Record<string, number>> = {
  contract: 1,
  ticket: 1,
  set: 1,
  option: 1,
  list: 1,
  or: 2,
  map: 2,
  big_map: 2,
  lambda: 2,
  sapling_state: 1,
  sapling_transaction: 1,
  sapling_transaction_deprecated: 1,
};

/** Arguments that must be comparable: what tickets and sets are of, keys of maps. */
const COMPARABLE_ARGUMENT = new Set(["ticket", "set", "map", "big_map"]);
const COMPARABLE_CONTAINERS = new Set(["option", "or", "pair"]);

const invalid = () => new ProtocolError("smart_rollup_invalid_parameters_type", {});

function illFormed(type: Micheline): ProtocolError {
  return new ProtocolError("michelson_v1.ill_formed_type", { illFormedExpression: type, location: 0 });
}

/**
 * Refuses a type for the messages of a rollup. `entrypoints`: whether names of entrypoints, which rollups do not have, are looked for.
 * Raises ProtocolError: "michelson_v1.ill_formed_type", "smart_rollup_invalid_parameters_type".
 */
export function checkParametersType(type: Micheline, entrypoints: boolean): void {
  checkForm(type);
  checkAllowed(type, entrypoints);
}

function asPrim(type: Micheline): MichelinePrim {
  if (isSequence(type) || !("prim" in type)) throw illFormed(type);
  return type;
}

function checkForm(type: Micheline): void {
  const { prim, args = [] } = asPrim(type);
  if (COMPARABLE.has(prim) || OTHER_SIMPLE.has(prim)) {
    if (args.length !== 0) throw illFormed(type);
    return;
  }
  if (prim.startsWith("sapling_")) return; // refused anyway; its argument is a number
  const arity = ARITY[prim];
  const fits = prim === "pair" ? args.length >= 2 : arity === args.length;
  if (!fits) throw illFormed(type);
  for (const argument of args) checkForm(argument);
  const [first] = args;
  if (COMPARABLE_ARGUMENT.has(prim) && first !== undefined && !isComparable(first)) throw illFormed(type);
}

function isComparable(type: Micheline): boolean {
  const { prim, args = [] } = asPrim(type);
  return COMPARABLE.has(prim) || (COMPARABLE_CONTAINERS.has(prim) && args.every(isComparable));
}

function checkAllowed(type: Micheline, entrypoints: boolean): void {
  const { prim, args = [], annots = [] } = asPrim(type);
  if (entrypoints && annots.some((annot) => annot.startsWith("%"))) throw invalid();
  if (REFUSED.has(prim)) throw invalid();
  // What a contract takes is its own business.
  if (prim === "contract") return;
  for (const argument of args) checkAllowed(argument, entrypoints && prim === "or");
}
