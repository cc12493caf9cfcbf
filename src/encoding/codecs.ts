// Combinators: codecs made of codecs, after the binary rules of Octez's data-encoding (pvm-encodings.md §1): containers,
// options, lists, conversions, tuples, records, unions, enumerations. Padding and mutually recursive "mu" are left out
// (`lazy` does for recursion). The scalars they start from are in scalars.ts and can be imported from here as well.

import {
  type ByteReader,
  ByteWriter,
  type Codec,
  type CodecSize,
  DecodeError,
  EncodeError,
  type ValueOf,
} from "./binary.js";
import { locate } from "./errors.js";
import { bool, codec, INT30_LIMIT } from "./scalars.js";
import { readN, writeN } from "./zarith.js";

export {
  bool,
  byteString,
  bytes,
  codec,
  fixedBytes,
  int8,
  int16,
  int31,
  int32,
  int64,
  n,
  string,
  uint8,
  uint16,
  uint30,
  variableBytes,
  variableString,
  z,
} from "./scalars.js";

// ---- Containers

/** How a length is written: fixed width, or "n" for a zarith natural. */
export type LengthEncoding = "uint8" | "uint16" | "uint30" | "n";

const LENGTH_BYTES = { uint8: 1, uint16: 2, uint30: 4 } as const;
const LENGTH_MAXIMUM = { uint8: 0xff, uint16: 0xffff, uint30: INT30_LIMIT - 1, n: INT30_LIMIT - 1 } as const;

/** The byte length of a value's encoding, then the encoding: gives `inner` a container of its own. */
export function dynamicSize<T>(inner: Codec<T>, length: LengthEncoding = "uint30"): Codec<T> {
  return codec(
    inner.name,
    "dynamic",
    (w, value) => writeSized(w, inner, value, length),
    (r) => r.within(readLength(r, length), (window) => inner.read(window)),
  );
}

function writeSized<T>(w: ByteWriter, inner: Codec<T>, value: T, length: LengthEncoding): void {
  if (length === "n") {
    const apart = new ByteWriter();
    inner.write(apart, value);
    checkSize(apart.length, LENGTH_MAXIMUM.n);
    writeN(w, apart.length);
    w.raw(apart.peek());
    return;
  }
  const width = LENGTH_BYTES[length];
  const at = w.length;
  for (let i = 0; i < width; i++) w.u8(0);
  inner.write(w, value);
  const size = w.length - at - width;
  checkSize(size, LENGTH_MAXIMUM[length]);
  w.patch(at, width, size);
}

function checkSize(size: number, limit: number): void {
  if (size > limit) throw new EncodeError("encoding.size_limit", `${size} bytes, ${limit} allowed`, size);
}

function readLength(r: ByteReader, length: LengthEncoding): number {
  if (length === "uint8") return r.u8();
  if (length === "uint16") return r.u16();
  if (length === "uint30") return r.length32();
  const at = r.position;
  const size = readN(r);
  if (size > LENGTH_MAXIMUM.n || r.position - at > 5) {
    throw new DecodeError("encoding.int_out_of_range", `${size} is not a length`, at, size);
  }
  return Number(size);
}

/** Limits the encoding of `inner` to `limit` bytes, adding nothing to it (data-encoding's `check_size`). */
export function boundedSize<T>(limit: number, inner: Codec<T>): Codec<T> {
  return codec(
    inner.name,
    inner.size ?? "dynamic",
    (w, value) => {
      const at = w.length;
      inner.write(w, value);
      checkSize(w.length - at, limit);
    },
    (r) => {
      const at = r.position;
      const value = inner.read(r);
      const size = r.position - at;
      if (size > limit) throw new DecodeError("encoding.size_limit", `${size} bytes, ${limit} allowed`, at, size);
      return value;
    },
  );
}

/** Elements up to the end of the container, `maximum` of them at most. */
export function variableList<T>(element: Codec<T>, maximum = Number.POSITIVE_INFINITY): Codec<readonly T[]> {
  if (element.size === 0 || element.size === "variable") {
    throw new TypeError(`a list needs elements that show where they end, not ${element.name}`);
  }
  return codec(
    `list of ${element.name}`,
    "variable",
    (w, values) => {
      if (values.length > maximum) {
        throw new EncodeError(
          "encoding.invalid_length",
          `${values.length} elements, ${maximum} allowed`,
          values.length,
        );
      }
      let i = 0;
      try {
        for (; i < values.length; i++) element.write(w, values[i] as T); // i < values.length
      } catch (error) {
        throw locate(error, `[${i}]`);
      }
    },
    (r) => {
      const values: T[] = [];
      try {
        while (r.remaining > 0) {
          const at = r.position;
          if (values.length === maximum) {
            throw new DecodeError("encoding.list_too_long", `more than ${maximum} elements`, at, maximum);
          }
          values.push(element.read(r));
          // A dynamic element of no bytes would be read for ever.
          if (r.position === at) throw new DecodeError("encoding.empty_element", "list element of no bytes", at);
        }
      } catch (error) {
        throw locate(error, `[${values.length}]`);
      }
      return values;
    },
  );
}

/** 4-byte byte length, then the elements. */
export function list<T>(element: Codec<T>, maximum?: number): Codec<readonly T[]> {
  return dynamicSize(variableList(element, maximum));
}

/** 01 and the value, or 00 for undefined. */
export function option<T>(inner: Codec<T>): Codec<T | undefined> {
  return codec<T | undefined>(
    `option of ${inner.name}`,
    inner.size === "variable" ? "variable" : "dynamic",
    (w, value) => {
      w.u8(value === undefined ? 0 : 1);
      if (value !== undefined) inner.write(w, value);
    },
    (r) => {
      const at = r.position;
      const tag = r.u8();
      if (tag > 1) throw new DecodeError("encoding.unknown_tag", `${tag} is not an option tag`, at, tag);
      return tag === 1 ? inner.read(r) : undefined;
    },
  );
}

/** An optional object field: ff and the value, or 00 for undefined (data-encoding's `opt`, where `option` writes 01). */
export function optionalField<T>(inner: Codec<T>): Codec<T | undefined> {
  return codec<T | undefined>(
    `optional ${inner.name}`,
    inner.size === "variable" ? "variable" : "dynamic",
    (w, value) => {
      bool.write(w, value !== undefined);
      if (value !== undefined) inner.write(w, value);
    },
    (r) => (bool.read(r) ? inner.read(r) : undefined),
  );
}

/** A last field that may be missing: nothing for undefined (data-encoding's `varopt`). */
export function variableOptional<T>(inner: Codec<T>): Codec<T | undefined> {
  return codec<T | undefined>(
    `optional ${inner.name}`,
    "variable",
    (w, value) => {
      if (value !== undefined) inner.write(w, value);
    },
    (r) => (r.remaining === 0 ? undefined : inner.read(r)),
  );
}

// ---- Conversions

/** Zero bytes standing for `value`. */
export function constant<const T>(value: T): Codec<T> {
  return codec<T>(
    `constant ${String(value)}`,
    0,
    (_, given) => {
      if (given !== value) throw new EncodeError("encoding.no_case_matched", `not ${String(value)}`, given);
    },
    () => value,
  );
}

/** Zero bytes. */
export const unit: Codec<undefined> = constant(undefined);

/** One of `names` by its index (1 byte up to 255 names, then 2); a single name takes no byte at all. */
export function enumeration<const N extends readonly string[]>(names: N): Codec<N[number]> {
  if (names.length === 0) throw new TypeError("an enumeration needs a name");
  if (names.length === 1) return constant(names[0] as N[number]);
  const wide = names.length > 0xff;
  const indices = new Map<string, number>(names.map((name, index) => [name, index]));
  return codec<N[number]>(
    `enum ${names.join("|")}`,
    wide ? 2 : 1,
    (w, name) => {
      const index = indices.get(name);
      if (index === undefined) throw new EncodeError("encoding.no_case_matched", `${name} is not in the enum`, name);
      if (wide) w.u16(index);
      else w.u8(index);
    },
    (r) => {
      const at = r.position;
      const index = wide ? r.u16() : r.u8();
      const name: N[number] | undefined = names[index];
      if (name === undefined) {
        throw new DecodeError("encoding.unknown_tag", `no name for ${index} in the enum`, at, index);
      }
      return name;
    },
  );
}

class Refusal {
  constructor(readonly reason: string) {}
}

function refuse(reason: string): never {
  throw new Refusal(reason);
}

/**
 * A codec for T on top of one for U. `to` turns what was read into a T, and may call `fail(reason)` to refuse it
 * (DecodeError "encoding.check_failed"); `from` is its inverse.
 */
export function conv<U, T>(
  inner: Codec<U>,
  to: (raw: U, fail: (reason: string) => never) => T,
  from: (value: T) => U,
  name = inner.name,
): Codec<T> {
  return codec(
    name,
    inner.size ?? "dynamic",
    (w, value) => inner.write(w, from(value)),
    (r) => {
      const at = r.position;
      const raw = inner.read(r);
      try {
        return to(raw, refuse);
      } catch (error) {
        if (error instanceof Refusal) throw new DecodeError("encoding.check_failed", error.reason, at, raw);
        throw error;
      }
    },
  );
}

/** Refuses values that do not satisfy `predicate`, in both directions. */
export function check<T>(inner: Codec<T>, predicate: (value: T) => boolean, message: string): Codec<T> {
  return codec(
    inner.name,
    inner.size ?? "dynamic",
    (w, value) => {
      if (!predicate(value)) throw new EncodeError("encoding.check_failed", message, value);
      inner.write(w, value);
    },
    (r) => {
      const at = r.position;
      const value = inner.read(r);
      if (!predicate(value)) throw new DecodeError("encoding.check_failed", message, at, value);
      return value;
    },
  );
}

/** A codec looked up at each use, for recursive types; nesting is bounded (MAX_DEPTH of binary.ts) when reading. */
export function lazy<T>(get: () => Codec<T>, name = "recursive"): Codec<T> {
  return codec<T>(
    name,
    "dynamic",
    (w, value) => get().write(w, value),
    (r) => r.nested((inner) => get().read(inner)),
  );
}

// ---- Tuples, records, unions

/** Sizes of the parts of a product: the whole, and for a variable part the bytes its successors take. */
function productLayout(name: string, parts: readonly Codec<unknown>[]): { size: CodecSize | "dynamic"; after: number } {
  const variable = parts.findIndex((part) => part.size === "variable");
  if (variable < 0) {
    const fixed = fixedSum(parts);
    return { size: fixed ?? "dynamic", after: 0 };
  }
  const after = fixedSum(parts.slice(variable + 1));
  if (after === undefined) {
    throw new TypeError(`${name}: after a variable part only parts of fixed size can be told apart`);
  }
  return { size: "variable", after };
}

function fixedSum(parts: readonly Codec<unknown>[]): number | undefined {
  let sum = 0;
  for (const part of parts) {
    if (typeof part.size !== "number") return undefined;
    sum += part.size;
  }
  return sum;
}

/** Reads one part of a product; a variable one must leave `after` bytes to its successors. */
function readPart<T>(r: ByteReader, part: Codec<T>, after: number): T {
  if (part.size !== "variable" || after === 0) return part.read(r);
  return r.within(r.remaining - after, (window) => part.read(window));
}

type TupleOf<C extends readonly Codec<unknown>[]> = { readonly [K in keyof C]: ValueOf<C[K]> };

/** The parts one after the other. A variable part may only be followed by parts of fixed size. */
export function tuple<const C extends readonly Codec<unknown>[]>(...parts: C): Codec<TupleOf<C>> {
  const name = `tuple of ${parts.map((part) => part.name).join(", ")}`;
  const { size, after } = productLayout(name, parts);
  return codec<TupleOf<C>>(
    name,
    size,
    (w, values) => {
      let i = 0;
      try {
        for (const part of parts) part.write(w, values[i++]);
      } catch (error) {
        throw locate(error, `[${i - 1}]`);
      }
    },
    (r) => {
      const values: unknown[] = [];
      try {
        for (const part of parts) values.push(readPart(r, part, after));
      } catch (error) {
        throw locate(error, `[${values.length}]`);
      }
      return values as unknown as TupleOf<C>; // one value a part, in order
    },
  );
}

/** Codecs by field name; the order of the properties is the order of the bytes. */
export type Fields = Readonly<Record<string, Codec<unknown>>>;
export type RecordOf<F extends Fields> = { readonly [K in keyof F]: ValueOf<F[K]> };

/** An object whose fields are written one after the other in the order given. Names must not look like integers. */
export function record<F extends Fields>(fields: F, name = "record"): Codec<RecordOf<F>> {
  return headedRecord<RecordOf<F>>(name, {}, fields);
}

/** A record codec whose objects start with the properties of `head`, which take no bytes. */
function headedRecord<T extends object>(name: string, head: object, fields: Fields): Codec<T> {
  const entries = Object.entries(fields);
  if (entries.some(([field]) => /^\d/.test(field))) throw new TypeError(`${name}: a field name starts with a digit`);
  const { size, after } = productLayout(
    name,
    entries.map(([, part]) => part),
  );
  return codec<T>(
    name,
    size,
    (w, value) => {
      let field = "";
      try {
        for (const entry of entries) {
          field = entry[0];
          entry[1].write(w, (value as Record<string, unknown>)[field]);
        }
      } catch (error) {
        throw locate(error, `.${field}`);
      }
    },
    (r) => {
      const value: Record<string, unknown> = { ...head };
      let field = "";
      try {
        for (const entry of entries) {
          field = entry[0];
          value[field] = readPart(r, entry[1], after);
        }
      } catch (error) {
        throw locate(error, `.${field}`);
      }
      return value as T; // has the properties of `head` and one of the right type for each field
    },
  );
}

/** A value of a discriminated union. */
export interface Kinded {
  readonly kind: string;
}

/** One case of a union: the tag in the bytes, the `kind` of the values, and a codec for those values (tag excluded). */
export interface Case<T extends Kinded> {
  readonly tag: number;
  readonly name: T["kind"];
  readonly codec: Codec<T>;
}

export type CaseValue<C> = C extends Case<infer T> ? T : never;

/** A case whose values are `{ kind: name, ...fields }`. */
export function caseOf<const K extends string>(tag: number, name: K): Case<{ readonly kind: K }>;
export function caseOf<const K extends string, F extends Fields>(
  tag: number,
  name: K,
  fields: F,
): Case<{ readonly kind: K } & RecordOf<F>>;
export function caseOf(tag: number, name: string, fields: Fields = {}): Case<Kinded> {
  return { tag, name, codec: headedRecord<Kinded>(name, { kind: name }, fields) };
}

/** A case whose values are `{ kind: name, value }`. */
export function valueCase<const K extends string, T>(
  tag: number,
  name: K,
  value: Codec<T>,
): Case<{ readonly kind: K; readonly value: T }> {
  return { tag, name, codec: headedRecord(name, { kind: name }, { value }) };
}

/** A tag, then the case it stands for. Values are told apart by their `kind`. */
export function union<const C extends readonly Case<Kinded>[]>(options: {
  readonly name?: string;
  readonly tagSize?: "uint8" | "uint16";
  readonly cases: C;
}): Codec<CaseValue<C[number]>> {
  type T = CaseValue<C[number]>;
  const { cases, name = "union", tagSize = "uint8" } = options;
  const wide = tagSize === "uint16";
  const byTag = new Map<number, Case<Kinded>>(cases.map((one) => [one.tag, one]));
  const byKind = new Map<string, Case<Kinded>>(cases.map((one) => [one.name, one]));
  if (byTag.size !== cases.length || byKind.size !== cases.length) throw new TypeError(`${name}: cases collide`);
  return codec<T>(
    name,
    unionSize(wide ? 2 : 1, cases),
    (w, value) => {
      const { kind }: Kinded = value;
      const found = byKind.get(kind);
      if (found === undefined) throw new EncodeError("encoding.no_case_matched", `no case ${kind} in ${name}`, kind);
      if (wide) w.u16(found.tag);
      else w.u8(found.tag);
      try {
        found.codec.write(w, value);
      } catch (error) {
        throw locate(error, `.${kind}`);
      }
    },
    (r) => {
      const at = r.position;
      const tag = wide ? r.u16() : r.u8();
      const found = byTag.get(tag);
      if (found === undefined) throw new DecodeError("encoding.unknown_tag", `no case ${tag} in ${name}`, at, tag);
      try {
        return found.codec.read(r) as T; // the codec of a case reads values of that case
      } catch (error) {
        throw locate(error, `.${found.name}`);
      }
    },
  );
}

function unionSize(tagBytes: number, cases: readonly Case<Kinded>[]): CodecSize | "dynamic" {
  const sizes = new Set(cases.map((one) => one.codec.size));
  if (sizes.has("variable")) return "variable";
  const [only] = sizes;
  return sizes.size === 1 && typeof only === "number" ? tagBytes + only : "dynamic";
}
