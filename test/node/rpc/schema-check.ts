// Holds JSON against the schemas of an OpenAPI document, strictly: a property that a schema does not name is a fault too, since Octez's readers
// refuse such objects.
import { isJsonObject } from "../../../src/encoding/json.js";

export interface JsonSchema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly nullable?: boolean;
  readonly oneOf?: readonly JsonSchema[];
  readonly $ref?: string;
}

export interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, OpenApiOperation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, JsonSchema>> };
}

export interface OpenApiOperation {
  readonly description?: string;
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly required: boolean }[];
  readonly requestBody?: Content;
  readonly responses: { readonly 200: Content };
}

interface Content {
  readonly content: { readonly "application/json": { readonly schema: JsonSchema } };
}

export function schemaOf({ content }: Content): JsonSchema {
  return content["application/json"].schema;
}

/** The schema that a reference names, or the schema itself. */
export function resolve(api: OpenApi, schema: JsonSchema): JsonSchema {
  if (schema.$ref === undefined) return schema;
  const found = api.components.schemas[schema.$ref.replace("#/components/schemas/", "")];
  if (found === undefined) throw new Error(`no schema ${schema.$ref}`);
  return resolve(api, found);
}

/** What is wrong with `json`, with its places; empty: nothing. `loose`: unknown properties pass. */
export function faults(api: OpenApi, given: JsonSchema, json: unknown, loose = false, at = "$"): string[] {
  const schema = resolve(api, given);
  if (json === null) return schema.nullable === true ? [] : untyped(schema) ? [] : [`${at}: null`];
  if (schema.oneOf !== undefined) {
    const each = schema.oneOf.map((one) => faults(api, one, json, loose, at));
    if (each.some((list) => list.length === 0)) return [];
    return each.sort((a, b) => a.length - b.length)[0] ?? [`${at}: no case`];
  }
  if (schema.enum !== undefined && !schema.enum.includes(json)) return [`${at}: ${String(json)} is none of the names`];
  switch (schema.type) {
    case "object":
      return objectFaults(api, schema, json, loose, at);
    case "array":
      if (!Array.isArray(json)) return [`${at}: no array`];
      return json.flatMap((item, i) => faults(api, schema.items ?? {}, item, loose, `${at}[${i}]`));
    case "string":
      if (typeof json !== "string") return [`${at}: no text`];
      return schema.pattern === undefined || new RegExp(schema.pattern).test(json) ? [] : [`${at}: not of the pattern`];
    case "integer":
    case "number": {
      if (typeof json !== "number") return [`${at}: no number`];
      if (schema.type === "integer" && !Number.isInteger(json)) return [`${at}: no integer`];
      const { minimum = -Infinity, maximum = Infinity } = schema;
      return json >= minimum && json <= maximum ? [] : [`${at}: ${json} is out of bounds`];
    }
    case "boolean":
      return typeof json === "boolean" ? [] : [`${at}: no boolean`];
    default:
      return [];
  }
}

function untyped({ type, oneOf, enum: values }: JsonSchema): boolean {
  return type === undefined && oneOf === undefined && values === undefined;
}

function objectFaults(api: OpenApi, schema: JsonSchema, json: unknown, loose: boolean, at: string): string[] {
  if (!isJsonObject(json)) return [`${at}: no object`];
  const { properties = {}, required = [] } = schema;
  const missing = required.filter((name) => !Object.hasOwn(json, name)).map((name) => `${at}: no ${name}`);
  const unknown =
    loose || schema.properties === undefined
      ? []
      : Object.keys(json)
          .filter((name) => !Object.hasOwn(properties, name))
          .map((name) => `${at}: unknown ${name}`);
  const inside = Object.entries(properties).flatMap(([name, one]) =>
    Object.hasOwn(json, name) ? faults(api, one, json[name], loose, `${at}.${name}`) : [],
  );
  return [...missing, ...unknown, ...inside];
}
