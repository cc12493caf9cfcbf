// The OpenAPI document of a table of services (node.md §5.3), laid out as Octez's own.

import type { Json } from "../../encoding/json.js";
import { pathTemplate } from "./http/directory.js";
import { refName, type Schema, schemaJson } from "./schema.js";
import { ERROR_SCHEMA, NAMED_SCHEMAS } from "./schemas/shared.js";
import type { Service } from "./service.js";

export interface OpenApiOptions {
  /** Hash of the protocol that is named in it. */
  readonly protocol: string;
  /** Of the program. */
  readonly version: string;
}

type Fields = { readonly [name: string]: Json };

export function openApiOf(services: readonly Service[], { protocol, version }: OpenApiOptions): Json {
  const paths = new Map<string, { [method: string]: Json }>();
  const sorted = [...services].sort((a, b) => compareTexts(pathTemplate(a.path), pathTemplate(b.path)));
  for (const one of sorted) {
    const path = pathTemplate(one.path);
    const methods = paths.get(path) ?? {};
    methods[one.method.toLowerCase()] = operation(one);
    paths.set(path, methods);
  }
  return {
    openapi: "3.0.0",
    info: {
      title: "Smart Rollup Node RPCs",
      description: `Smart Rollup Node RPC API for protocol ${protocol}`,
      version,
    },
    paths: Object.fromEntries(paths),
    components: { schemas: usedSchemas(services) },
  };
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function operation({ description, body, output, ...one }: Service): Json {
  const parameters = parametersOf(one);
  return {
    description,
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined ? {} : { requestBody: { content: jsonContent(body.schema) } }),
    responses: {
      200: { description: "", content: jsonContent(output) },
      default: { description: "", content: jsonContent(ERROR_SCHEMA) },
    },
  };
}

function jsonContent(schema: Schema): Json {
  return { "application/json": { schema: schemaJson(schema) } };
}

function parametersOf({ path, query }: Pick<Service, "path" | "query">): readonly Json[] {
  const inPath = path.flatMap((segment) =>
    typeof segment === "string" ? [] : [parameter(segment.name, "path", segment.description, true)],
  );
  const inQuery = Object.entries(query).map(([name, field]) =>
    parameter(name, "query", field.description, !field.optional),
  );
  return [...inPath, ...inQuery];
}

function parameter(name: string, place: string, description: string | undefined, required: boolean): Json {
  const described: Fields = description === undefined ? {} : { description };
  return { name, in: place, ...described, required, schema: { type: "string" } };
}

/** The named schemas that services refer to, and those that these do. */
function usedSchemas(services: readonly Service[]): Json {
  const used = new Set<string>();
  for (const { body, output } of services) {
    collectNames(output, used);
    if (body !== undefined) collectNames(body.schema, used);
  }
  return Object.fromEntries([...used].sort(compareTexts).map((name) => [name, schemaJson(namedSchema(name))]));
}

export function namedSchema(name: string): Schema {
  const schema = NAMED_SCHEMAS[name];
  if (schema === undefined) throw new TypeError(`no schema is called ${name}`);
  return schema;
}

/** Adds the names that a schema refers to, directly or not. */
export function collectNames(schema: Schema, names: Set<string>): void {
  const name = refName(schema);
  if (name !== undefined && !names.has(name)) {
    names.add(name);
    collectNames(namedSchema(name), names);
  }
  for (const one of Object.values(schema.properties ?? {})) collectNames(one, names);
  for (const one of schema.oneOf ?? []) collectNames(one, names);
  if (schema.items !== undefined) collectNames(schema.items, names);
}
