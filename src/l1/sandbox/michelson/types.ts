// Michelson's types (reference: script_typed_ir.ml, and the equality of script_ir_translator.ml): what each may be used for, when two are the
// same, how they are written. A type knows its size, which is bounded, so that code cannot grow types without end.

import type { Micheline } from "../../../encoding/micheline.js";
import { ProtocolError } from "../../../protocol/errors.js";

export const MAX_TYPE_SIZE = 2001;

/** Types without arguments whose values can be compared. */
export const COMPARABLE_ATOMS = [
  ...(["unit", "never", "bool", "int", "nat", "string", "bytes", "chain_id", "mutez", "timestamp"] as const),
  ...(["key_hash", "key", "signature", "address"] as const),
] as const;

export type AtomName = (typeof COMPARABLE_ATOMS)[number] | "operation";

interface Properties {
  /** Nodes. */
  readonly size: number;
  /** Keys of maps, contents of tickets. */
  readonly isComparable: boolean;
  /** Cannot be duplicated. */
  readonly hasTicket: boolean;
  readonly hasBigMap: boolean;
}

export interface Atom extends Properties {
  readonly kind: AtomName;
}

export type UnaryName = "option" | "list" | "set" | "contract" | "ticket";
export type BinaryName = "pair" | "or" | "map" | "big_map" | "lambda";

export interface Unary<K extends UnaryName = UnaryName> extends Properties {
  readonly kind: K;
  readonly item: Type;
}

export interface Binary<K extends BinaryName = BinaryName> extends Properties {
  readonly kind: K;
  /** The left one, the key's, the argument's. */
  readonly left: Type;
  /** The right one, the value's, the result's. */
  readonly right: Type;
}

export type Type =
  | Atom
  | Unary<"option">
  | Unary<"list">
  | Unary<"set">
  | Unary<"contract">
  | Unary<"ticket">
  | Binary<"pair">
  | Binary<"or">
  | Binary<"map">
  | Binary<"big_map">
  | Binary<"lambda">;

export type TypeOf<K extends Type["kind"]> = Extract<Type, { readonly kind: K }>;

const atom = (kind: AtomName): Atom => ({
  kind,
  size: 1,
  isComparable: kind !== "operation",
  hasTicket: false,
  hasBigMap: false,
});

/** The types without arguments, by name. */
export const ATOMS = Object.fromEntries(
  [...COMPARABLE_ATOMS, "operation" as const].map((name) => [name, atom(name)]),
) as {
  readonly [K in AtomName]: Atom;
};

function sizeWithin(size: number, loc: number): number {
  if (size > MAX_TYPE_SIZE) {
    throw new ProtocolError("michelson_v1.type_too_large", { loc, maximumTypeSize: MAX_TYPE_SIZE });
  }
  return size;
}

/** A type of one argument. Raises "michelson_v1.type_too_large". */
export function unary<K extends UnaryName>(kind: K, item: Type, location: number): TypeOf<K> {
  return {
    kind,
    item,
    size: sizeWithin(1 + item.size, location),
    isComparable: kind === "option" && item.isComparable,
    hasTicket: kind === "ticket" || (kind !== "contract" && item.hasTicket),
    hasBigMap: kind !== "contract" && item.hasBigMap,
  } as TypeOf<K>; // a type of its kind, whichever it is
}

/** A type of two arguments. Raises "michelson_v1.type_too_large". */
export function binary<K extends BinaryName>(kind: K, left: Type, right: Type, location: number): TypeOf<K> {
  const isLambda = kind === "lambda";
  return {
    kind,
    left,
    right,
    size: sizeWithin(1 + left.size + right.size, location),
    isComparable: (kind === "pair" || kind === "or") && left.isComparable && right.isComparable,
    hasTicket: !isLambda && (left.hasTicket || right.hasTicket),
    hasBigMap: kind === "big_map" || (!isLambda && (left.hasBigMap || right.hasBigMap)),
  } as TypeOf<K>; // a type of its kind, whichever it is
}

export function isUnary(type: Type): type is Extract<Type, { readonly item: Type }> {
  return "item" in type;
}

export function isBinary(type: Type): type is Extract<Type, { readonly left: Type }> {
  return "left" in type;
}

/** Ticketer, contents and amount: what READ_TICKET gives, and how tickets are written. */
export function openedTicket(contents: Type, location: number): TypeOf<"pair"> {
  return binary("pair", ATOMS.address, binary("pair", contents, ATOMS.nat, location), location);
}

// ---- Writing

/** A type as the reference writes it: without annotations, pairs of pairs to the right as one. */
export function writeType(type: Type): Micheline {
  return { prim: type.kind, ...writtenArguments(type) };
}

function writtenArguments(type: Type): { readonly args?: readonly Micheline[] } {
  if (isUnary(type)) return { args: [writeType(type.item)] };
  if (!isBinary(type)) return {};
  const parts: Type[] = [type.left];
  let last: Type = type.right;
  while (type.kind === "pair" && last.kind === "pair") {
    parts.push(last.left);
    last = last.right;
  }
  return { args: [...parts, last].map(writeType) };
}

// ---- Comparing

/** Whether two types are the same. */
export function sameType(a: Type, b: Type): boolean {
  if (a === b) return true;
  if (a.kind !== b.kind || a.size !== b.size) return false;
  if (isUnary(a)) return isUnary(b) && sameType(a.item, b.item);
  if (isBinary(a)) return isBinary(b) && sameType(a.left, b.left) && sameType(a.right, b.right);
  return true;
}

function inconsistent(loc: number, a: Type, b: Type): ProtocolError {
  return new ProtocolError("michelson_v1.inconsistent_types", {
    loc,
    firstType: writeType(a),
    otherType: writeType(b),
  });
}

/**
 * The trace of a difference: an error a level. The reference says it once more where it finds it, of the whole types when
 * sizes differ.
 */
function difference(loc: number, a: Type, b: Type, whole: () => ProtocolError): ProtocolError[] {
  const here = inconsistent(loc, a, b);
  if (a.kind !== b.kind) return [here, here];
  if (a.size !== b.size) {
    const sizes = { firstTypeSize: a.size, otherTypeSize: b.size };
    return [here, whole(), new ProtocolError("michelson_v1.inconsistent_type_sizes", sizes)];
  }
  return [here, ...innerDifference(loc, a, b, whole)];
}

function innerDifference(loc: number, a: Type, b: Type, whole: () => ProtocolError): ProtocolError[] {
  if (isUnary(a) && isUnary(b)) return difference(loc, a.item, b.item, whole);
  if (!isBinary(a) || !isBinary(b)) return [];
  // Of maps, the values are looked at first.
  const isMap = a.kind === "map" || a.kind === "big_map";
  const [first, second] = isMap ? (["right", "left"] as const) : (["left", "right"] as const);
  const differing = sameType(a[first], b[first]) ? second : first;
  return difference(loc, a[differing], b[differing], whole);
}

/** Raises "michelson_v1.inconsistent_types". */
export function expectSameType(location: number, a: Type, b: Type): void {
  if (sameType(a, b)) return;
  const [error, ...causes] = difference(location, a, b, () => inconsistent(location, a, b));
  if (error === undefined) throw new TypeError("types differ nowhere");
  throw new ProtocolError(error.id, error.fields, causes);
}

// ---- What types may be used for

/** Raises "michelson_v1.comparable_type_expected". */
export function expectComparable(location: number, type: Type): void {
  if (type.isComparable) return;
  throw new ProtocolError("michelson_v1.comparable_type_expected", { location, wrongType: writeType(type) });
}

/** Raises "michelson_v1.non_dupable_type" for types that hold tickets. */
export function expectDuplicable(loc: number, type: Type): void {
  if (!type.hasTicket) return;
  throw new ProtocolError("michelson_v1.non_dupable_type", { loc, type: writeType(type) }, [
    new ProtocolError("michelson_v1.unexpected_ticket", { loc }),
  ]);
}

/** Raises "michelson_v1.unpackable_type" for types whose values mean nothing as bytes. */
export function expectPackable(loc: number, type: Type, options: { readonly contracts: boolean }): void {
  const culprit = unpackablePart(type, options.contracts);
  if (culprit === undefined) return;
  const cause = {
    big_map: "michelson_v1.unexpected_lazy_storage",
    operation: "michelson_v1.unexpected_operation",
    ticket: "michelson_v1.unexpected_ticket",
    contract: "michelson_v1.unexpected_contract",
  } as const;
  throw new ProtocolError("michelson_v1.unpackable_type", { loc }, [new ProtocolError(cause[culprit], { loc })]);
}

type Unpackable = "big_map" | "operation" | "ticket" | "contract";

/** The first part, from left to right. What a lambda takes and gives does not matter. */
function unpackablePart(type: Type, contracts: boolean): Unpackable | undefined {
  switch (type.kind) {
    case "big_map":
    case "operation":
    case "ticket":
      return type.kind;
    case "contract":
      return contracts ? undefined : "contract";
    case "option":
    case "list":
      return unpackablePart(type.item, contracts);
    case "pair":
    case "or":
      return unpackablePart(type.left, contracts) ?? unpackablePart(type.right, contracts);
    case "map":
      return unpackablePart(type.right, contracts);
    default:
      return undefined;
  }
}
