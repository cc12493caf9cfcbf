// Forms of single values (protocol.md, conventions): JSON numbers for what fits 32 bits, decimal strings for the rest,
// lower-case hexadecimal for bytes, base58check for hashes. Text that is not UTF-8 is refused in both shapes, where Octez
// would print it as an object of bytes.

import { BASE58_KINDS, Base58Error, type Base58Kind, decodeBase58Check, encodeBase58Check } from "./base58check.js";
import type { Codec } from "./binary.js";
import {
  bool,
  bytes,
  conv,
  enumeration,
  fixedBytes,
  int16,
  int31,
  int32,
  int64,
  n,
  string,
  uint8,
  uint16,
  z,
} from "./codecs.js";
import { DecodeError } from "./errors.js";
import { type Form, formOf, refined, sizeLimited } from "./form.js";
import { fromHex, toHex } from "./hex.js";
import { expectBoolean, expectDecimal, expectInteger, expectString, JsonError } from "./json.js";

/** A codec of integers that JSON prints as numbers within [min, max]. */
function numberForm(codec: Codec<number>, min: number, max: number): Form<number> {
  return formOf(
    codec,
    (value) => value,
    (json) => expectInteger(json, min, max),
  );
}

/** A codec of integers that JSON prints as decimal strings within [min, max]. */
function decimalForm(codec: Codec<bigint>, min?: bigint, max?: bigint): Form<bigint> {
  return formOf(
    codec,
    (value) => value.toString(),
    (json) => {
      const value = expectDecimal(json);
      if ((min !== undefined && value < min) || (max !== undefined && value > max)) {
        throw new JsonError("encoding.json.bad_value", `${value} is out of range`, json);
      }
      return value;
    },
  );
}

const INT64_MAX = 2n ** 63n - 1n;

export const uint8Form: Form<number> = numberForm(uint8, 0, 0xff);
export const uint16Form: Form<number> = numberForm(uint16, 0, 0xffff);
export const int16Form: Form<number> = numberForm(int16, -0x8000, 0x7fff);
export const int31Form: Form<number> = numberForm(int31, -0x40000000, 0x3fffffff);
export const int32Form: Form<number> = numberForm(int32, -0x80000000, 0x7fffffff);
export const int64Form: Form<bigint> = decimalForm(int64, -INT64_MAX - 1n, INT64_MAX);
export const natForm: Form<bigint> = decimalForm(n, 0n);
export const zForm: Form<bigint> = decimalForm(z);

export const boolForm: Form<boolean> = formOf(bool, (value) => value, expectBoolean);

/** Text behind a 4-byte length. */
export const textForm: Form<string> = formOf(string, (value) => value, expectString);

/** One of `names`, by its index; the name in JSON. */
export function enumForm<const N extends readonly string[]>(what: string, names: N): Form<N[number]> {
  return formOf<N[number]>(
    enumeration(names),
    (name) => name,
    (json) => {
      const text = expectString(json);
      const found: N[number] | undefined = names.find((name) => name === text);
      if (found === undefined) throw new JsonError("encoding.json.bad_value", `no ${what} is called ${text}`, text);
      return found;
    },
  );
}

/** A non-negative int64. */
export const positiveInt64Form: Form<bigint> = refined(int64Form, (value) => value >= 0n, "negative number");

/** A natural number of at most `limit` encoded bytes. */
export function boundedNat(limit: number): Form<bigint> {
  const max = 2n ** BigInt(7 * limit) - 1n;
  return sizeLimited(limit, decimalForm(n, 0n, max));
}

/** The bytes that hexadecimal JSON text stands for. */
export function hexFromJson(json: unknown): Uint8Array {
  const text = expectString(json);
  try {
    return fromHex(text);
  } catch (error) {
    if (error instanceof DecodeError) throw new JsonError("encoding.json.bad_value", "hexadecimal expected", text);
    throw error;
  }
}

/** A codec of bytes that JSON prints in hexadecimal. */
export function hexForm(codec: Codec<Uint8Array>): Form<Uint8Array> {
  return formOf(codec, toHex, hexFromJson);
}

/** Bytes behind a 4-byte length. */
export const bytesForm: Form<Uint8Array> = hexForm(bytes);

/** Raw bytes of the kind's size; base58check text in JSON. */
export function base58Form<T extends Uint8Array>(kind: Base58Kind): Form<T> {
  return formOf<T>(
    conv(
      fixedBytes(BASE58_KINDS[kind].size),
      (raw) => raw as T,
      (value) => value,
      kind,
    ),
    (value) => encodeBase58Check(kind, value),
    (json) => fromBase58Json(json, (text) => decodeBase58Check(kind, text)) as T,
  );
}

/** Applies `decode` to JSON text, turning Base58Error into JsonError. */
export function fromBase58Json<T>(json: unknown, decode: (text: string) => T): T {
  const text = expectString(json);
  try {
    return decode(text);
  } catch (error) {
    if (error instanceof Base58Error) throw new JsonError("encoding.json.bad_value", error.message, text);
    throw error;
  }
}
