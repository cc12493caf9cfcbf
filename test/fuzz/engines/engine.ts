// What an engine does with a module, in words that can be compared: ours and V8's are the same where nothing differs.
import type { PlainType } from "../module/instrument.js";

/** An argument. Functions are named by the export they are, other references by a number. */
export type Argument =
  | { readonly type: "i32"; readonly value: number }
  | { readonly type: "i64"; readonly value: bigint }
  | { readonly type: "funcref"; readonly export: string | null }
  | { readonly type: "externref"; readonly value: number | null };

export const TRAPS = [
  "unreachable",
  "integer division by zero",
  "integer overflow or conversion",
  "memory out of bounds",
  "table out of bounds",
  "call of no such function",
] as const;

export type TrapKind = (typeof TRAPS)[number];

/** How a call or an instantiation ended. */
export type Outcome =
  /** One text a value, as `printPlain` makes them. */
  | { readonly tag: "values"; readonly values: readonly string[] }
  | { readonly tag: "trap"; readonly kind: TrapKind | string }
  /** The engine gave up: too long, or too deep. Nothing that comes after can be compared. */
  | { readonly tag: "limit"; readonly why: string };

/** An instance of a module in an engine. */
export interface Running {
  call(name: string, args: readonly Argument[]): Outcome;
  memory(): Uint8Array | null;
  /** The references in a table, as texts. */
  table(name: string): string[];
  /** Calls of imported functions so far. */
  readonly log: readonly string[];
}

/** A module that was instantiated, or not. */
export interface Started {
  readonly running: Running | null;
  readonly outcome: Outcome;
  readonly log: readonly string[];
}

export function printPlain(type: PlainType, value: number | bigint | string | null): string {
  return `${type} ${value === null ? "null" : value}`;
}

export function printOutcome(outcome: Outcome): string {
  switch (outcome.tag) {
    case "values":
      return `[${outcome.values.join(", ")}]`;
    case "trap":
      return `trap: ${outcome.kind}`;
    case "limit":
      return `limit: ${outcome.why}`;
  }
}

export function printArgument(argument: Argument): string {
  return argument.type === "funcref"
    ? printPlain("funcref", argument.export)
    : printPlain(argument.type, argument.value);
}

/** The bits of what imported functions return, and imported globals begin with: by a number, never a NaN. */
export function madeUpBits(type: "i32" | "i64" | "f32" | "f64" | "v128", number: number): bigint {
  switch (type) {
    case "i32":
      return BigInt(Math.imul(number, 0x9e37_79b1) >>> (number % 5 === 0 ? 24 : 0));
    case "i64":
      return BigInt.asUintN(64, BigInt(number) * 0x9e37_79b9_7f4a_7c15n);
    case "f32":
      return BigInt(new Uint32Array(Float32Array.of(number * 1.25 - 3).buffer)[0] ?? 0);
    case "f64":
      return new BigUint64Array(Float64Array.of(number * 1000.125 - 7).buffer)[0] ?? 0n;
    case "v128":
      return (madeUpBits("f64", number) << 64n) | madeUpBits("f64", number + 1);
  }
}

/** Which external reference stands where one is made up. */
export function madeUpExtern(number: number): number {
  return number % EXTERNS;
}

export const EXTERNS = 4;
