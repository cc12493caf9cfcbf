// Values as code works on them. Their types are known from the checker, so that a value says only as much as tells it from others of its
// representation: int, nat, mutez and timestamp are bigints; string, key and key_hash are text; bytes, signature and chain_id are
// bytes. Everything is immutable.

import type { Micheline } from "../../../encoding/micheline.js";
import type { Contract, Destination } from "../../../protocol/identifiers.js";
import type { BigMapDiff, EmittedOperation } from "../contract-runtime.js";
import type { Code } from "./machine.js";
import type { Type } from "./types.js";

export interface Unit {
  readonly kind: "unit";
}

export interface Pair {
  readonly kind: "pair";
  readonly left: Value;
  readonly right: Value;
}

export interface Or {
  readonly kind: "or";
  readonly side: "left" | "right";
  readonly value: Value;
}

export interface Option {
  readonly kind: "option";
  /** Absent: None. */
  readonly value?: Value;
}

/** A list: its first item and the rest. */
export interface List {
  readonly kind: "list";
  readonly length: number;
  /** Absent: an empty list. */
  readonly cell?: { readonly head: Value; readonly tail: List };
}

/** In order, each once. */
export interface SetValue {
  readonly kind: "set";
  readonly items: readonly Value[];
}

export interface MapEntry {
  readonly key: Value;
  readonly value: Value;
}

/** In the order of the keys. */
export interface MapValue {
  readonly kind: "map";
  readonly entries: readonly MapEntry[];
}

/** What changed under a key; without a value, it was removed. */
export interface BigMapChange {
  readonly key: Value;
  readonly value?: Value;
}

export interface BigMap {
  readonly kind: "big_map";
  /** Absent for one that is not on the chain yet. */
  readonly id?: bigint;
  readonly keyType: Type;
  readonly valueType: Type;
  /** What differs from the chain, by the hash of the key. */
  readonly changes: ReadonlyMap<string, BigMapChange>;
}

export interface Lambda {
  readonly kind: "lambda";
  readonly code: Code;
  /** What the code was made from: a sequence. */
  readonly body: Micheline;
  /** A recursive one finds itself beneath its argument. */
  readonly isRecursive: boolean;
  readonly argument: Type;
  readonly result: Type;
}

export interface Address {
  readonly kind: "address";
  readonly destination: Destination;
  readonly entrypoint: string;
}

/** An address that is known to take values of a type. */
export interface ContractValue {
  readonly kind: "contract";
  readonly destination: Destination;
  readonly entrypoint: string;
  readonly parameterType: Type;
}

export interface Ticket {
  readonly kind: "ticket";
  readonly ticketer: Contract;
  readonly contents: Value;
  readonly amount: bigint;
}

export interface Operation {
  readonly kind: "operation";
  readonly nonce: number;
  readonly operation: EmittedOperation;
  /** Big maps that go with it. */
  readonly bigMaps: readonly BigMapDiff[];
}

export type Composite =
  | Unit
  | Pair
  | Or
  | Option
  | List
  | SetValue
  | MapValue
  | BigMap
  | Lambda
  | Address
  | ContractValue
  | Ticket
  | Operation;

export type Value = bigint | string | boolean | Uint8Array | Composite;

// ---- Making

export const UNIT_VALUE: Unit = { kind: "unit" };
export const NONE: Option = { kind: "option" };
export const NIL: List = { kind: "list", length: 0 };

export function pair(left: Value, right: Value): Pair {
  return { kind: "pair", left, right };
}

/** Pairs to the right. */
export function pairs(first: Value, second: Value, ...others: readonly Value[]): Pair {
  const [third, ...rest] = others;
  return pair(first, third === undefined ? second : pairs(second, third, ...rest));
}

export function or(side: Or["side"], value: Value): Or {
  return { kind: "or", side, value };
}

/** `Some`; without a value, `None`. */
export function option(value: Value | undefined): Option {
  return value === undefined ? NONE : { kind: "option", value };
}

export function cons(head: Value, tail: List): List {
  return { kind: "list", length: tail.length + 1, cell: { head, tail } };
}

export function listOfValues(items: readonly Value[]): List {
  return items.reduceRight<List>((tail, head) => cons(head, tail), NIL);
}

export function itemsOf(list: List): Value[] {
  const items: Value[] = [];
  for (let at = list.cell; at !== undefined; at = at.tail.cell) items.push(at.head);
  return items;
}

export function address(destination: Destination, entrypoint: string): Address {
  return { kind: "address", destination, entrypoint };
}

// ---- Taking apart. The checker sees to it that values are what they are taken for.

function mismatch(wanted: string, value: Value): TypeError {
  return new TypeError(
    `${wanted} expected, not ${typeof value === "object" && "kind" in value ? value.kind : typeof value}`,
  );
}

export function asInt(value: Value): bigint {
  if (typeof value !== "bigint") throw mismatch("a number", value);
  return value;
}

export function asText(value: Value): string {
  if (typeof value !== "string") throw mismatch("text", value);
  return value;
}

export function asBool(value: Value): boolean {
  if (typeof value !== "boolean") throw mismatch("a bool", value);
  return value;
}

export function asBytes(value: Value): Uint8Array {
  if (!(value instanceof Uint8Array)) throw mismatch("bytes", value);
  return value;
}

type Named<K extends Composite["kind"]> = Extract<Composite, { readonly kind: K }>;

/** A value of a kind. */
export function as<K extends Composite["kind"]>(kind: K, value: Value): Named<K> {
  if (typeof value !== "object" || value instanceof Uint8Array || value.kind !== kind) throw mismatch(kind, value);
  return value as Named<K>; // of that kind
}
