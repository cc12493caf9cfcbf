// The parameters of a request behind the question mark, as Octez's services read them (reference: Query in resto.ml): each service names
// its own, with type and default. Unknown parameters are ignored; a known one that comes twice, or cannot be read, is a 400.

import { badQuery } from "../answer.js";
import { BadArgument } from "./directory.js";

export interface QueryField<T> {
  /** Name of the parameter's type, as descriptions give it: "bool". */
  readonly type: string;
  readonly description?: string;
  /** Whether descriptions call it optional; it may be left out either way. */
  readonly optional: boolean;
  /** Raises BadArgument. */
  parse(text: string): T;
  readonly otherwise: T;
}

export type QueryFields = { readonly [name: string]: QueryField<unknown> };

export type QueryValues<F extends QueryFields> = {
  readonly [N in keyof F]: F[N] extends QueryField<infer T> ? T : never;
};

/** Raises RpcFailure 400. */
export function parseQuery(fields: QueryFields, search: string): { readonly [name: string]: unknown } {
  const given = new URLSearchParams(search);
  const values: { [name: string]: unknown } = {};
  for (const [name, field] of Object.entries(fields)) {
    const texts = given.getAll(name);
    const [text] = texts;
    if (texts.length > 1) throw badQuery(`Duplicate argument '${name}' in query string.`);
    values[name] = text === undefined ? field.otherwise : parsed(name, field, text);
  }
  return values;
}

function parsed(name: string, field: QueryField<unknown>, text: string): unknown {
  try {
    return field.parse(text);
  } catch (error) {
    if (!(error instanceof BadArgument)) throw error;
    throw badQuery(`Failed to parse argument '${name}' (${JSON.stringify(text)}): ${error.message}`);
  }
}

// ---- Types of parameters

/** A truth value: "true", "yes", "t", "y", or nothing behind the name; "false", … */
export function boolField(otherwise: boolean): QueryField<boolean> {
  return {
    type: "bool",
    optional: false,
    otherwise,
    parse(text) {
      if (["", "true", "t", "yes", "y"].includes(text.toLowerCase())) return true;
      if (["false", "f", "no", "n"].includes(text.toLowerCase())) return false;
      throw new BadArgument("Cannot parse boolean value");
    },
  };
}

export const textField: QueryField<string> = {
  type: "string",
  optional: false,
  otherwise: "",
  parse: (text) => text,
};

/** An integer, within [min, max]; undefined when it is not given. `refusal`: what is said of other texts. */
export function integerField(
  type: string,
  min: number,
  max: number,
  refusal: (text: string) => string,
): QueryField<number | undefined> {
  return {
    type,
    optional: true,
    otherwise: undefined,
    parse(text) {
      const value = readInteger(text);
      if (value === undefined || value < min || value > max) throw new BadArgument(refusal(text));
      return value;
    },
  };
}

/** Decimal, or hexadecimal behind 0x, as OCaml reads integers; undefined for anything else. */
export function readInteger(text: string): number | undefined {
  if (!/^-?(?:[0-9]{1,16}|0[xX][0-9a-fA-F]{1,13})$/.test(text)) return undefined;
  const value = text.startsWith("-") ? -Number(text.slice(1)) : Number(text);
  return Number.isSafeInteger(value) ? value : undefined;
}

const MAX_DIGITS = 1000;

/** An integer of any size; undefined when it is not given. */
export const bigIntegerField: QueryField<bigint | undefined> = {
  type: "z",
  optional: true,
  otherwise: undefined,
  parse(text) {
    if (!/^-?[0-9]+$/.test(text) || text.length > MAX_DIGITS) throw new BadArgument("Cannot parse integer value");
    return BigInt(text);
  },
};
