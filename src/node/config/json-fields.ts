// JSON objects described field by field: what each is called, how its value reads and prints, whether it may be absent, and what stands
// in for it then. Fields that equal their default are not written, unless all are asked for.

import {
  atStep,
  expectArray,
  expectBoolean,
  expectInteger,
  expectObject,
  expectOnlyFields,
  expectString,
  type Json,
  JsonError,
  wrongType,
} from "../../encoding/json.js";

/** Methods, not properties: so a form of one type is one of `unknown` too, which lists of fields need. */
export interface JsonForm<T> {
  /** Raises JsonError. */
  read(json: unknown): T;
  write(value: T): Json;
}

// ---- Values

export const booleanForm: JsonForm<boolean> = { read: expectBoolean, write: (value) => value };
export const textForm: JsonForm<string> = { read: expectString, write: (value) => value };

export const numberForm: JsonForm<number> = {
  read: (json) => {
    if (typeof json !== "number" || !Number.isFinite(json)) throw wrongType("a number", json);
    return json;
  },
  write: (value) => value,
};

export function integerForm(min: number, max: number): JsonForm<number> {
  return { read: (json) => expectInteger(json, min, max), write: (value) => value };
}

export const uint8Json = integerForm(0, 0xff);
export const uint16Json = integerForm(0, 0xffff);
/** Octez's `int31`: integers of a 32-bit machine. */
export const int31Json = integerForm(-(2 ** 30), 2 ** 30 - 1);
export const int32Json = integerForm(-(2 ** 31), 2 ** 31 - 1);

export function choiceForm<const T extends string>(choices: readonly T[]): JsonForm<T> {
  return {
    read: (json) => {
      const found = choices.find((choice) => choice === json);
      if (found === undefined) throw bad(`one of ${choices.map((choice) => `"${choice}"`).join(", ")} expected`, json);
      return found;
    },
    write: (value) => value,
  };
}

export function listForm<T>(item: JsonForm<T>): JsonForm<readonly T[]> {
  return {
    read: (json) => expectArray(json).map((one, i) => atStep(`[${i}]`, () => item.read(one))),
    write: (values) => values.map((value) => item.write(value)),
  };
}

/** A form whose values must also pass `check`, which gives what is wrong with them. */
export function checked<T>(form: JsonForm<T>, check: (value: T) => string | undefined): JsonForm<T> {
  return {
    read: (json) => {
      const value = form.read(json);
      const fault = check(value);
      if (fault !== undefined) throw bad(fault, json);
      return value;
    },
    write: (value) => form.write(value),
  };
}

export function bad(reason: string, json: unknown): JsonError {
  return new JsonError("encoding.json.bad_value", reason, json);
}

// ---- Objects

type Presence = "required" | "default" | "optional";

interface Field<T, P extends Presence> {
  readonly name: string;
  readonly form: JsonForm<T>;
  readonly presence: P;
  /** What is written for a value that is the same as that of an absent field, if anything. */
  readonly fallback?: T;
}

export function required<T>(name: string, form: JsonForm<T>): Field<T, "required"> {
  return { name, form, presence: "required" };
}

export function defaulted<T>(name: string, form: JsonForm<T>, fallback: NoInfer<T>): Field<T, "default"> {
  return { name, form, presence: "default", fallback };
}

export function optional<T>(name: string, form: JsonForm<T>): Field<T, "optional"> {
  return { name, form, presence: "optional" };
}

type AnyField = Field<unknown, Presence>;
type FieldSet = Readonly<Record<string, AnyField>>;
type ValueOf<F> = F extends Field<infer T, Presence> ? T : never;

type RequiredKeys<S extends FieldSet> = { [K in keyof S]: S[K]["presence"] extends "optional" ? never : K }[keyof S];
type OptionalKeys<S extends FieldSet> = Exclude<keyof S, RequiredKeys<S>>;

export type ObjectOf<S extends FieldSet> = { readonly [K in RequiredKeys<S>]: ValueOf<S[K]> } & {
  readonly [K in OptionalKeys<S>]?: ValueOf<S[K]>;
};

export interface ObjectForm<T> extends JsonForm<T> {
  /** With fields that equal their defaults; those that may be absent and are, stay so. */
  readonly writeAll: (value: T) => { readonly [name: string]: Json };
  /** Names of fields. */
  readonly names: readonly string[];
}

/** In the order of the fields. Other fields are refused. */
export function fieldsForm<S extends FieldSet>(fields: S): ObjectForm<ObjectOf<S>> {
  const entries = Object.entries<AnyField>(fields);
  const names = entries.map(([, { name }]) => name);
  const known = new Set(names);
  const write = (values: ObjectOf<S>, all: boolean): { readonly [name: string]: Json } => {
    const json: Record<string, Json> = {};
    for (const [property, field] of entries) {
      const value = (values as Readonly<Record<string, unknown>>)[property];
      if (value === undefined) continue;
      const written = field.form.write(value);
      if (!all && field.presence === "default" && isSame(written, field.form.write(field.fallback))) continue;
      json[field.name] = written;
    }
    return json;
  };
  return {
    names,
    read: (json) => {
      const object = expectObject(json);
      expectOnlyFields(object, known);
      const values: Record<string, unknown> = {};
      for (const [property, field] of entries) {
        if (Object.hasOwn(object, field.name)) {
          values[property] = atStep(`.${field.name}`, () => field.form.read(object[field.name]));
        } else if (field.presence === "required") {
          throw new JsonError("encoding.json.missing_field", `missing field ${JSON.stringify(field.name)}`, json);
        } else if (field.presence === "default") {
          values[property] = field.fallback;
        }
      }
      return values as ObjectOf<S>; // every required property has been set
    },
    write: (values) => write(values, false),
    writeAll: (values) => write(values, true),
  };
}

/** Both were written by the same form, so fields come in the same order. */
function isSame(a: Json, b: Json): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
