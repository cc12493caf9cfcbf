// Reading answers of a node: the fields that are wanted, by the forms of the protocol, without minding others. A node of
// another version adds fields; its answers must stay readable (node.md §9.3).

import type { Form } from "../../encoding/form.js";
import { atStep, expectArray, expectObject, expectString, JsonError, type JsonObject } from "../../encoding/json.js";

/** Anything that reads JSON: a form, or part of one. Raises JsonError. */
export type Reader<T> = (json: unknown) => T;

export function reader<T>(form: Pick<Form<T>, "fromJson">): Reader<T> {
  return (json) => form.fromJson(json);
}

export function listReader<T>(item: Reader<T>): Reader<readonly T[]> {
  return (json) => expectArray(json).map((value, i) => atStep(`[${i}]`, () => item(value)));
}

export function nullableReader<T>(value: Reader<T>): Reader<T | null> {
  return (json) => (json === null ? null : value(json));
}

/** The object's fields named, each by its reader. */
export function fieldsReader<T extends object>(
  fields: { readonly [K in keyof T]: readonly [string, Reader<T[K]>] },
): Reader<T> {
  const entries = Object.entries(fields) as [string, readonly [string, Reader<unknown>]][];
  return (json) => {
    const object = expectObject(json);
    const value: Record<string, unknown> = {};
    for (const [property, [name, read]] of entries) value[property] = field(object, name, read);
    return value as T;
  };
}

/** A field that must be there. */
export function field<T>(object: JsonObject, name: string, read: Reader<T>): T {
  if (!Object.hasOwn(object, name)) {
    throw new JsonError("encoding.json.missing_field", `missing field ${JSON.stringify(name)}`, name);
  }
  return atStep(`.${name}`, () => read(object[name]));
}

/** A field that may be missing, or null. */
export function optionalField<T>(object: JsonObject, name: string, read: Reader<T>): T | undefined {
  const json = object[name];
  return json === undefined || json === null ? undefined : atStep(`.${name}`, () => read(json));
}

/** An integer that newer nodes print as a string and older ones as a number, or the other way round. */
export function readInteger(json: unknown): number {
  if (typeof json === "number" && Number.isSafeInteger(json)) return json;
  if (typeof json === "string" && /^-?\d{1,15}$/.test(json)) return Number(json);
  throw new JsonError("encoding.json.wrong_type", "an integer expected", json);
}

/** As `readInteger`, of any size. */
export function readBigInteger(json: unknown): bigint {
  if (typeof json === "number" && Number.isSafeInteger(json)) return BigInt(json);
  if (typeof json === "string" && /^-?\d{1,1000}$/.test(json)) return BigInt(json);
  throw new JsonError("encoding.json.wrong_type", "an integer expected", json);
}

export const readString: Reader<string> = expectString;

export function readBoolean(json: unknown): boolean {
  if (typeof json !== "boolean") throw new JsonError("encoding.json.wrong_type", "a boolean expected", json);
  return json;
}
