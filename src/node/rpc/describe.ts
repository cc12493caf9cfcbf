// `/describe`: the tree of services as Octez prints it (reference: RPC_encoding.ml), from a place in it, one level or all. Of binary shapes it says
// only that they are bytes.

import type { Json } from "../../encoding/json.js";
import { Directory, type Method, type PathArgument, type Place, type Segment } from "./http/directory.js";
import { collectNames, namedSchema } from "./openapi-document.js";
import { nullable, object, oneOf, oneOfTexts, type Schema, schemaJson, titled } from "./schema.js";
import { ERROR_SCHEMA } from "./schemas/shared.js";
import type { Service } from "./service.js";

export const SERVICE_TREE: Schema = oneOf(
  titled("Static", object({ static: { type: "object" } })),
  titled("Dynamic", object({ dynamic: nullable({ type: "string" }) })),
  titled("Empty", oneOfTexts("empty")),
);

/** Services at a path (where an argument stands, anything does) and below it. */
export function describeAt(services: readonly Service[], path: readonly string[], recurse: boolean): Json {
  const directory = new Directory<Service>();
  for (const one of services) directory.add(one.method, one.path, one);
  const place = directory.placeAt(path);
  return place === undefined ? "empty" : placeJson(place, recurse);
}

const NOT_FOLLOWED: Json = { dynamic: null };

function placeJson(place: Place<Service>, recurse: boolean): Json {
  const below = (next: Place<Service>): Json => (recurse ? placeJson(next, true) : NOT_FOLLOWED);
  const services = [...place.services].map(([method, one]) => [serviceField(method), serviceJson(one)] as const);
  const subdirs = subdirectories(place, below);
  return { static: { ...Object.fromEntries(services), ...(subdirs === undefined ? {} : { subdirs }) } };
}

function subdirectories({ argument, words }: Place<Service>, below: (next: Place<Service>) => Json): Json | undefined {
  if (argument !== undefined) {
    return { dynamic_dispatch: { arg: argumentJson(argument.argument), tree: below(argument.below) } };
  }
  if (words.size === 0) return undefined;
  const sorted = [...words].sort(([a], [b]) => (a < b ? -1 : 1));
  return { suffixes: sorted.map(([name, next]) => ({ name, tree: below(next) })) };
}

function serviceField(method: Method): string {
  return `${method.toLowerCase()}_service`;
}

function serviceJson({ method, path, description, query, body, output }: Service): Json {
  return {
    meth: method,
    path: path.map(segmentJson),
    description,
    query: Object.entries(query).map(([name, field]) => ({
      name,
      kind: { [field.optional ? "optional" : "single"]: argumentJson({ ...field, name: field.type }) },
    })),
    ...(body === undefined ? {} : { input: schemasJson(body.schema) }),
    output: schemasJson(output),
    error: schemasJson(ERROR_SCHEMA),
  };
}

function segmentJson(segment: Segment): Json {
  return typeof segment === "string" ? segment : argumentJson(segment);
}

function argumentJson({ name, description }: Pick<PathArgument<unknown>, "name" | "description">): Json {
  return { id: "single", name, ...(description === undefined ? {} : { descr: description }) };
}

const SOME_BYTES: Json = {
  toplevel: { fields: [{ layout: { kind: "Bytes" }, kind: "anon", data_kind: { kind: "Variable" } }] },
  fields: [],
};

/** JSON schema with the definitions that it refers to. */
function schemasJson(schema: Schema): Json {
  const names = new Set<string>();
  collectNames(schema, names);
  const definitions = Object.fromEntries([...names].map((name) => [name, schemaJson(namedSchema(name))]));
  const plain = schemaJson(schema) as { readonly [field: string]: Json };
  return {
    json_schema: names.size === 0 ? plain : { ...plain, components: { schemas: definitions } },
    binary_schema: SOME_BYTES,
  };
}
