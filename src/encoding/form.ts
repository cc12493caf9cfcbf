// Forms: the binary and the JSON shape of a value, from one description, as Octez's data-encoding gives them (protocol.md,
// conventions). Objects are records of fields in binary order; a union has a one-byte tag in binary and is told apart in JSON
// by constant fields ("kind": "…"), which take no bytes. Leaves are in form-leaves.ts.
//
// Errors: EncodeError and DecodeError for bytes, JsonError for JSON.

import { type ByteReader, type ByteWriter, type Codec, DecodeError, EncodeError } from "./binary.js";
import { bool, boundedSize, check, conv, dynamicSize, list, option } from "./codecs.js";
import { locate } from "./errors.js";
import {
  atStep,
  expectArray,
  expectObject,
  expectOnlyFields,
  isJsonObject,
  type Json,
  JsonError,
  type JsonObject,
} from "./json.js";

/** Both shapes of a type of values. */
export interface Form<T> extends Codec<T> {
  toJson(value: T): Json;
  fromJson(json: unknown): T;
}

/** The type of the values of a form. */
export type FormValue<F> = F extends Form<infer T> ? T : never;

/** A form from a codec and the two JSON functions. */
export function formOf<T>(codec: Codec<T>, toJson: (value: T) => Json, fromJson: (json: unknown) => T): Form<T> {
  return {
    name: codec.name,
    ...(codec.size === undefined ? {} : { size: codec.size }),
    write: (w, value) => codec.write(w, value),
    read: (r) => codec.read(r),
    toJson,
    fromJson,
  };
}

/** A form for `U` on top of one for `T`; `to` and `from` never fail. */
export function mapped<T, U>(form: Form<T>, to: (value: T) => U, from: (value: U) => T): Form<U> {
  return formOf(
    conv(form, to, from),
    (value) => form.toJson(from(value)),
    (json) => to(form.fromJson(json)),
  );
}

/** `form` restricted to the values that satisfy `predicate`; `message` says what is wrong with the others. */
export function refined<T>(form: Form<T>, predicate: (value: T) => boolean, message: string): Form<T> {
  return formOf(
    check(form, predicate, message),
    (value) => form.toJson(value),
    (json) => {
      const value = form.fromJson(json);
      if (!predicate(value)) throw new JsonError("encoding.json.bad_value", message, json);
      return value;
    },
  );
}

/** `form` in at most `limit` bytes (data-encoding's check_size); JSON is not limited. */
export function sizeLimited<T>(limit: number, form: Form<T>): Form<T> {
  return withCodec(boundedSize(limit, form), form);
}

/** A 4-byte size, then the bytes of `form`, which must fill it; the same JSON. */
export function sized<T>(form: Form<T>): Form<T> {
  return withCodec(dynamicSize(form), form);
}

function withCodec<T>(codec: Codec<T>, form: Form<T>): Form<T> {
  return formOf(
    codec,
    (value) => form.toJson(value),
    (json) => form.fromJson(json),
  );
}

/** A list: 4-byte size in bytes, then the elements; a JSON array. */
export function listOf<T>(element: Form<T>): Form<readonly T[]> {
  return formOf(
    list(element),
    (values) => values.map((value) => element.toJson(value)),
    (json) => expectArray(json).map((item, i) => atStep(`[${i}]`, () => element.fromJson(item))),
  );
}

/** `00`, or `01` and the value; JSON null or the value (data-encoding's `option`). */
export function nullable<T>(form: Form<T>): Form<T | null> {
  return formOf<T | null>(
    conv(
      option(form),
      (value) => (value === undefined ? null : value),
      (value) => (value === null ? undefined : value),
    ),
    (value) => (value === null ? null : form.toJson(value)),
    (json) => (json === null ? null : form.fromJson(json)),
  );
}

/** A field of an object form. */
export interface Field<T, Optional extends boolean> {
  /** Name in JSON. */
  readonly json: string;
  readonly form: Form<T>;
  /** Whether the property may be absent from the record. */
  readonly optional: Optional;
  /** For a field left out of JSON when it has its default value (always present in binary). */
  readonly otherwise?: { readonly value: T; is(value: T): boolean };
  /** For an optional field: whether a value means the same as no value; such a one is neither written nor read. */
  isVoid?(value: T): boolean;
}

/** A field always there. */
export function req<T>(json: string, form: Form<T>): Field<T, false> {
  return { json, form, optional: false };
}

/** A field that may be absent: presence byte in binary, no field in JSON. `isVoid` tells values that mean absence. */
export function opt<T>(json: string, form: Form<T>, isVoid?: (value: T) => boolean): Field<T, true> {
  return { json, form, optional: true, ...(isVoid === undefined ? {} : { isVoid }) };
}

/** A field left out of JSON when it equals `value`; always written in binary. Lists are compared by emptiness. */
export function dft<T extends bigint | boolean | number | string | readonly unknown[]>(
  json: string,
  form: Form<T>,
  value: T,
): Field<T, false> {
  const is = (given: T): boolean =>
    Array.isArray(value) ? Array.isArray(given) && given.length === 0 && value.length === 0 : given === value;
  return { json, form, optional: false, otherwise: { value, is } };
}

/** The fields of an object: property names of the record, in binary (and JSON) order. */
export type Fields = Readonly<Record<string, Field<unknown, boolean>>>;

type FieldType<F> = F extends Field<infer T, boolean> ? T : never;
type Flat<T> = { readonly [K in keyof T]: T[K] };

/** The record that an object form describes. */
export type RecordOf<F extends Fields> = Flat<
  {
    readonly [K in keyof F as F[K]["optional"] extends true ? never : K]: FieldType<F[K]>;
  } & {
    readonly [K in keyof F as F[K]["optional"] extends true ? K : never]?: FieldType<F[K]>;
  }
>;

/** Constant JSON fields. */
export type Constants = Readonly<Record<string, string>>;

/** An object: its fields in order; in JSON, `constants` come first. Unknown JSON fields are refused. */
export function objectForm<F extends Fields>(name: string, fields: F, constants: Constants = {}): Form<RecordOf<F>> {
  const entries = Object.entries(fields);
  const known = new Set([...Object.keys(constants), ...entries.map(([, field]) => field.json)]);
  return {
    name,
    write: (w, value) => writeFields(w, entries, value as Readonly<Record<string, unknown>>),
    read: (r) => readFields(r, entries) as RecordOf<F>,
    toJson: (value) => fieldsToJson(entries, constants, value as Readonly<Record<string, unknown>>),
    fromJson(json) {
      const object = expectObject(json);
      checkConstants(object, constants);
      expectOnlyFields(object, known);
      return fieldsFromJson(entries, object) as RecordOf<F>;
    },
  };
}

type Entry = readonly [string, Field<unknown, boolean>];

function isAbsent(field: Field<unknown, boolean>, value: unknown): boolean {
  return value === undefined || field.isVoid?.(value) === true;
}

function writeFields(w: ByteWriter, entries: readonly Entry[], value: Readonly<Record<string, unknown>>): void {
  for (const [property, field] of entries) {
    try {
      const given = value[property];
      if (field.optional) {
        const present = !isAbsent(field, given);
        bool.write(w, present);
        if (!present) continue;
      }
      field.form.write(w, given);
    } catch (error) {
      throw locate(error, `.${property}`);
    }
  }
}

function readFields(r: ByteReader, entries: readonly Entry[]): Record<string, unknown> {
  const value: Record<string, unknown> = {};
  for (const [property, field] of entries) {
    try {
      if (field.optional && !bool.read(r)) continue;
      const read = field.form.read(r);
      if (!isAbsent(field, read)) value[property] = read;
    } catch (error) {
      throw locate(error, `.${property}`);
    }
  }
  return value;
}

function fieldsToJson(entries: readonly Entry[], constants: Constants, value: Readonly<Record<string, unknown>>): Json {
  const json: Record<string, Json> = { ...constants };
  for (const [property, field] of entries) {
    const given = value[property];
    if (field.optional && isAbsent(field, given)) continue;
    if (field.otherwise?.is(given) === true) continue;
    json[field.json] = field.form.toJson(given);
  }
  return json;
}

function fieldsFromJson(entries: readonly Entry[], json: JsonObject): Record<string, unknown> {
  const value: Record<string, unknown> = {};
  for (const [property, field] of entries) {
    if (Object.hasOwn(json, field.json) && json[field.json] !== undefined) {
      const read = atStep(`.${field.json}`, () => field.form.fromJson(json[field.json]));
      if (!isAbsent(field, read)) value[property] = read;
    } else if (field.otherwise !== undefined) {
      value[property] = field.otherwise.value;
    } else if (!field.optional) {
      throw new JsonError("encoding.json.missing_field", `missing field ${JSON.stringify(field.json)}`, field.json);
    }
  }
  return value;
}

function checkConstants(json: JsonObject, constants: Constants): void {
  for (const [name, expected] of Object.entries(constants)) {
    if (json[name] !== expected) {
      throw new JsonError(
        "encoding.json.bad_value",
        `${JSON.stringify(expected)} expected in ${name}`,
        json[name],
      ).under(`.${name}`);
    }
  }
}

/** One case of a tagged union of objects. */
export interface Variant<F extends Fields> {
  readonly tag: number;
  readonly constants: Constants;
  readonly fields: F;
}

/** A case: its binary tag, its constant JSON fields, its fields. */
export function variant<F extends Fields>(tag: number, constants: Constants, fields: F): Variant<F> {
  return { tag, constants, fields };
}

type Variants = Readonly<Record<string, Variant<Fields>>>;

/** The union that `variantsForm` describes: records told apart by the property `D`. */
export type VariantsOf<D extends string, V extends Variants> = {
  [K in keyof V & string]: Flat<{ readonly [P in D]: K } & RecordOf<V[K]["fields"]>>;
}[keyof V & string];

/**
 * A union of objects, told apart by the property `discriminant`, whose value is the case's name. Binary: tag byte, fields.
 * JSON: the case whose constants fit; where several do, the first that reads.
 */
export function variantsForm<D extends string, V extends Variants>(
  name: string,
  discriminant: D,
  cases: V,
): Form<VariantsOf<D, V>> {
  type Value = VariantsOf<D, V>;
  const list = Object.entries(cases).map(([caseName, { tag, constants, fields }]) => ({
    caseName,
    tag,
    constants: Object.entries(constants),
    form: objectForm(caseName, fields, constants) as Form<unknown>,
  }));
  const byName = new Map(list.map((item) => [item.caseName, item]));
  const byTag = new Map(list.map((item) => [item.tag, item]));
  const caseOf = (value: Value) => {
    const found = byName.get((value as Readonly<Record<string, string>>)[discriminant] ?? "");
    if (found === undefined) throw new EncodeError("encoding.no_case_matched", `no such ${name}`, value);
    return found;
  };
  const made = (caseName: string, fields: unknown): Value =>
    ({ [discriminant]: caseName, ...(fields as object) }) as Value;
  return {
    name,
    write(w, value) {
      const { tag, form } = caseOf(value);
      w.u8(tag);
      form.write(w, value);
    },
    read(r) {
      const at = r.position;
      const tag = r.u8();
      const found = byTag.get(tag);
      if (found === undefined) throw new DecodeError("encoding.unknown_tag", `no ${name} has tag ${tag}`, at, tag);
      return made(found.caseName, found.form.read(r));
    },
    toJson: (value) => caseOf(value).form.toJson(value),
    fromJson(json) {
      const object = expectObject(json);
      const fitting = list.filter(({ constants }) => constants.every(([field, text]) => object[field] === text));
      return firstThatReads(
        name,
        object,
        fitting.map(
          ({ caseName, form }) =>
            () =>
              made(caseName, form.fromJson(object)),
        ),
      );
    },
  };
}

/** One case of a union whose JSON is told apart by its shape. */
export interface ShapeCase<T> {
  readonly tag: number;
  readonly form: Form<T>;
  /** Whether a value belongs here. */
  is(value: T): boolean;
  /** Whether JSON looks like a value of this case; absent: try and see. */
  fits?(json: unknown): boolean;
}

/** A union of values of different shapes. JSON: the first case that fits and reads. */
export function shapesForm<T>(name: string, cases: readonly ShapeCase<T>[]): Form<T> {
  const caseOf = (value: T): ShapeCase<T> => {
    const found = cases.find((item) => item.is(value));
    if (found === undefined) throw new EncodeError("encoding.no_case_matched", `no such ${name}`, value);
    return found;
  };
  return {
    name,
    write(w, value) {
      const { tag, form } = caseOf(value);
      w.u8(tag);
      form.write(w, value);
    },
    read(r) {
      const at = r.position;
      const tag = r.u8();
      const found = cases.find((item) => item.tag === tag);
      if (found === undefined) throw new DecodeError("encoding.unknown_tag", `no ${name} has tag ${tag}`, at, tag);
      return found.form.read(r);
    },
    toJson: (value) => caseOf(value).form.toJson(value),
    fromJson(json) {
      const fitting = cases.filter((item) => item.fits?.(json) ?? true);
      return firstThatReads(
        name,
        json,
        fitting.map(
          ({ form }) =>
            () =>
              form.fromJson(json),
        ),
      );
    },
  };
}

/** The first of several readings that raises no JsonError; the last error when all do. */
function firstThatReads<T>(name: string, json: unknown, readings: readonly (() => T)[]): T {
  let last = new JsonError(
    "encoding.json.no_case_matched",
    `no case of ${name} fits`,
    isJsonObject(json) ? undefined : json,
  );
  for (const read of readings) {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof JsonError)) throw error;
      last = error;
    }
  }
  throw last;
}
