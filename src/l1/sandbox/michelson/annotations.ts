// Annotations: which may stand where. They mean nothing but for the names of entrypoints, yet wrong ones are refused (reference:
// script_ir_annot.ml).

import { ProtocolError } from "../../../protocol/errors.js";
import type { Node, PrimNode } from "./nodes.js";

const MAX_LENGTH = 255;
const NAME = /^[A-Za-z_0-9][A-Za-z_.%@0-9]*$/;
const MAX_ENTRYPOINT_LENGTH = 31;

export const DEFAULT_ENTRYPOINT = "default";
export const ROOT_ENTRYPOINT = "root";

const unexpected = (location: number) => new ProtocolError("michelson_v1.unexpected_annotation", { location });

/** Names by their kind; an annotation may be empty ("%"), which stands for no name at its place. */
interface Annotations {
  readonly variables: readonly string[];
  readonly types: readonly string[];
  readonly fields: readonly string[];
}

/** What else than names may stand there. */
interface Special {
  /** "@%" and "@%%". */
  readonly variable?: boolean;
  /** "%@". */
  readonly field?: boolean;
}

function nameIn(location: number, text: string): string {
  const name = text.slice(1);
  if (text.length > MAX_LENGTH || (name !== "" && !NAME.test(name))) throw unexpected(location);
  return name;
}

const SIGIL_KINDS: Readonly<Record<string, keyof Annotations>> = { "@": "variables", ":": "types", "%": "fields" };

/** Annotations of a kind stand together. */
function classify({ location, annots }: PrimNode, special: Special = {}): Annotations {
  const found: Record<keyof Annotations, string[]> = { variables: [], types: [], fields: [] };
  let last: keyof Annotations | undefined;
  let scattered = false;
  for (const text of annots) {
    const kind = SIGIL_KINDS[text.charAt(0)];
    if (kind === undefined) throw unexpected(location);
    const isSpecial =
      (special.variable === true && (text === "@%" || text === "@%%")) || (special.field === true && text === "%@");
    const name = isSpecial ? text.slice(1) : nameIn(location, text);
    if (kind !== last && found[kind].length > 0) scattered = true;
    found[kind].push(name);
    last = kind;
  }
  if (scattered) throw new ProtocolError("michelson_v1.ungrouped_annotations", { location });
  return found;
}

function atMost(node: PrimNode, names: readonly string[], count: number): void {
  if (names.length > count) throw unexpected(node.location);
}

/** How many of each kind an instruction takes. */
interface Allowance extends Special {
  readonly variables?: number;
  readonly types?: number;
  readonly fields?: number;
}

function check(node: PrimNode, { variables = 0, types = 0, fields = 0, ...special }: Allowance): void {
  const found = classify(node, { variable: special.variable === true, field: special.field === true });
  atMost(node, found.variables, variables);
  atMost(node, found.types, types);
  atMost(node, found.fields, fields);
}

export const ANNOTATION_RULES = {
  none(node: PrimNode): void {
    if (node.annots.length > 0) throw unexpected(node.location);
  },
  type: (node: PrimNode) => check(node, { types: 1 }),
  variable: (node: PrimNode) => check(node, { variables: 1 }),
  twoVariables: (node: PrimNode) => check(node, { variables: 2 }),
  variableAndType: (node: PrimNode) => check(node, { variables: 1, types: 1 }),
  /** PAIR, LEFT, RIGHT. */
  construction: (node: PrimNode) => check(node, { variables: 1, types: 1, fields: 2, field: true }),
  /** CAR, CDR. */
  destruction: (node: PrimNode) => check(node, { variables: 1, fields: 1, variable: true }),
  unpairing: (node: PrimNode) => check(node, { variables: 2, fields: 2, variable: true }),
  /** MIN_BLOCK_TIME, and what takes a name of an entrypoint. */
  any: () => undefined,
} as const;

export type AnnotationRule = keyof typeof ANNOTATION_RULES;

/** Takes the first annotation of a field off a node; undefined: it has none, or an empty one. */
export function withoutFieldName(node: Node): { readonly node: Node; readonly name: string | undefined } {
  if (node.kind !== "prim") return { node, name: undefined };
  const { location, annots } = node;
  for (const [i, text] of annots.entries()) {
    if (!text.startsWith("%")) continue;
    const name = nameIn(location, text);
    if (name === "") continue;
    return { node: { ...node, annots: annots.filter((_, at) => at !== i) }, name };
  }
  return { node, name: undefined };
}

export function isEntrypointName(name: string): boolean {
  return name.length <= MAX_ENTRYPOINT_LENGTH;
}

function fieldOf(node: PrimNode): string | undefined {
  const { variables, types, fields } = classify(node);
  atMost(node, types, 0);
  atMost(node, fields, 1);
  atMost(node, variables, 1);
  const [name] = fields;
  return name === "" ? undefined : name;
}

/** A name of an entrypoint that must not be "default"; "" stands for that. Raises ProtocolError. */
export function strictEntrypoint(name: string, location: number): string {
  if (!isEntrypointName(name)) throw new ProtocolError("michelson_v1.entrypoint_name_too_long", { name });
  if (name === DEFAULT_ENTRYPOINT) {
    throw new ProtocolError("michelson_v1.unexpected_default_entrypoint", { location });
  }
  return name === "" ? DEFAULT_ENTRYPOINT : name;
}

/** The entrypoint that CONTRACT or EMIT names: "default" without an annotation, and never in one. */
export function namedEntrypoint(node: PrimNode): string {
  return strictEntrypoint(fieldOf(node) ?? "", node.location);
}

/** The entrypoint that SELF names. */
export function selfEntrypoint(node: PrimNode): string {
  const name = fieldOf(node) ?? DEFAULT_ENTRYPOINT;
  if (!isEntrypointName(name)) throw new ProtocolError("michelson_v1.entrypoint_name_too_long", { name });
  return name;
}
