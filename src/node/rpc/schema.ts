// JSON schemas as OpenAPI 3.0 has them, written as Octez's own description is (shared vectors, rpc/*-openapi.json): what each service's JSON
// looks like. Names stand for schemas that several services share; schemas.ts has those.

import type { Json } from "../../encoding/json.js";

export interface Schema {
  readonly title?: string;
  readonly description?: string;
  readonly type?: "object" | "array" | "string" | "integer" | "number" | "boolean";
  readonly properties?: { readonly [name: string]: Schema };
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly enum?: readonly string[];
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly nullable?: boolean;
  readonly oneOf?: readonly Schema[];
  /** "#/components/schemas/<name>" */
  readonly $ref?: string;
}

const REF = "#/components/schemas/";

export function ref(name: string): Schema {
  return { $ref: `${REF}${name}` };
}

/** The name that a reference gives. */
export function refName({ $ref }: Schema): string | undefined {
  return $ref?.slice(REF.length);
}

/** Any JSON. */
export const anything: Schema = {};
export const bool: Schema = { type: "boolean" };
export const number: Schema = { type: "number" };

function integer(minimum: number, maximum: number): Schema {
  return { type: "integer", minimum, maximum };
}

export const int32: Schema = integer(-(2 ** 31), 2 ** 31 - 1);
export const level: Schema = integer(0, 2 ** 31 - 1);
export const int31: Schema = integer(-(2 ** 30), 2 ** 30 - 1);
export const uint16: Schema = integer(0, 2 ** 16 - 1);
export const uint8: Schema = integer(0, 2 ** 8 - 1);
export const hex: Schema = { type: "string", pattern: "^([a-zA-Z0-9][a-zA-Z0-9])*$" };

export function oneOfTexts(...values: readonly string[]): Schema {
  return { type: "string", enum: values };
}

export function arrayOf(items: Schema): Schema {
  return { type: "array", items };
}

/** An object; properties whose names end in "?" may be absent. */
export function object(properties: { readonly [name: string]: Schema }): Schema {
  const names = Object.keys(properties);
  const required = names.filter((name) => !name.endsWith("?"));
  const plain = Object.entries(properties).map(([name, schema]) => [name.replace(/\?$/, ""), schema] as const);
  return {
    type: "object",
    properties: Object.fromEntries(plain),
    ...(required.length === 0 ? {} : { required }),
  };
}

export function oneOf(...cases: readonly Schema[]): Schema {
  return { oneOf: cases };
}

export function titled(title: string, schema: Schema): Schema {
  return schema.$ref === undefined ? { title, ...schema } : { title, oneOf: [schema] };
}

export function described(description: string, schema: Schema): Schema {
  return schema.$ref === undefined ? { description, ...schema } : { description, oneOf: [schema] };
}

/** The schema's value, or null. */
export function nullable(schema: Schema): Schema {
  return { nullable: true, oneOf: [titled("Some", schema)] };
}

export function schemaJson(schema: Schema): Json {
  return JSON.parse(JSON.stringify(schema));
}
