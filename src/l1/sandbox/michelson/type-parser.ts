// Reading types (reference: script_ir_translator.ml, parse_ty): their form, their annotations, and what may stand where. Refused by
// name: types of sapling, BLS12-381 and timelocks, which the sandbox does not have.

import type { Micheline } from "../../../encoding/micheline.js";
import { ProtocolError } from "../../../protocol/errors.js";
import { ANNOTATION_RULES, isEntrypointName, withoutFieldName } from "./annotations.js";
import { checkEntrypoints, type EntrypointTree, type Parameter } from "./entrypoints.js";
import { locate, type Node, type PrimNode, unexpectedNode, wrongArity } from "./nodes.js";
import { ATOMS, type Atom, binary, COMPARABLE_ATOMS, type Type, type TypeOf, unary } from "./types.js";

/** What may stand in a type at its place. */
export interface Allowed {
  readonly bigMap: boolean;
  readonly operation: boolean;
  readonly contract: boolean;
  readonly ticket: boolean;
}

export const ALLOWED = {
  any: { bigMap: true, operation: true, contract: true, ticket: true },
  /** Parameters of contracts. */
  passable: { bigMap: true, operation: false, contract: true, ticket: true },
  storage: { bigMap: true, operation: false, contract: false, ticket: true },
  /** Data in code, and what UNPACK gives. */
  packable: { bigMap: false, operation: false, contract: false, ticket: false },
  bigMapValue: { bigMap: false, operation: false, contract: false, ticket: true },
} as const satisfies Record<string, Allowed>;

const COMPARABLE: Allowed = { bigMap: false, operation: false, contract: false, ticket: false };

const ATOM_NAMES: ReadonlySet<string> = new Set(COMPARABLE_ATOMS);
const ARITY: Readonly<Record<string, number>> = {
  ...{ set: 1, list: 1, option: 1, contract: 1, ticket: 1, operation: 0 },
  ...{ pair: 2, or: 2, map: 2, big_map: 2, lambda: 2 },
};
/** What errors say could have stood there. */
const KNOWN_TYPES: readonly string[] = [...COMPARABLE_ATOMS, ...Object.keys(ARITY)].sort();

/** Reads a type. Raises ProtocolError. */
export function parseType(node: Node, allowed: Allowed): Type {
  if (node.kind !== "prim" || !KNOWN_TYPES.includes(node.prim)) {
    throw unexpectedNode(node, [], "type", KNOWN_TYPES);
  }
  expectAllowed(node, allowed);
  expectArity(node);
  ANNOTATION_RULES.type(node);
  if (ATOM_NAMES.has(node.prim)) return ATOMS[node.prim as Atom["kind"]];
  return parseComposite(node, allowed);
}

function expectAllowed({ prim, location: loc }: PrimNode, allowed: Allowed): void {
  if (prim === "operation" && !allowed.operation) throw new ProtocolError("michelson_v1.unexpected_operation", { loc });
  if (prim === "contract" && !allowed.contract) throw new ProtocolError("michelson_v1.unexpected_contract", { loc });
  if (prim === "ticket" && !allowed.ticket) throw new ProtocolError("michelson_v1.unexpected_ticket", { loc });
  if (prim === "big_map" && !allowed.bigMap) throw new ProtocolError("michelson_v1.unexpected_lazy_storage", { loc });
}

function expectArity(node: PrimNode): void {
  const arity = ARITY[node.prim] ?? 0;
  const count = node.args.length;
  const fits = node.prim === "pair" ? count >= 2 : count === arity;
  if (!fits) throw wrongArity(node, arity);
}

function parseComposite(node: PrimNode, allowed: Allowed): Type {
  const { prim, location, args } = node;
  const [first, second] = args as readonly [Node, Node]; // of its arity
  switch (prim) {
    case "operation":
      return ATOMS.operation;
    case "option":
    case "list":
      return unary(prim, parseType(first, allowed), location);
    case "contract":
      return unary("contract", parseType(first, ALLOWED.passable), location);
    case "set":
    case "ticket":
      return unary(prim, parseComparableType(first), location);
    case "map":
      return binary("map", parseComparableType(first), parseType(second, allowed), location);
    case "big_map":
      return binary("big_map", parseComparableType(first), parseType(second, ALLOWED.bigMapValue), location);
    case "lambda":
      return binary("lambda", parseType(first, ALLOWED.any), parseType(second, ALLOWED.any), location);
    case "or": {
      const left = parseType(withoutFieldName(first).node, allowed);
      return binary("or", left, parseType(withoutFieldName(second).node, allowed), location);
    }
    case "pair":
      return parsePair(node, allowed);
    default:
      throw new TypeError(`no type ${prim}`);
  }
}

/** A pair of more than two is one of pairs to the right. */
function parsePair({ location, args }: PrimNode, allowed: Allowed): Type {
  const [last, ...before] = args.map((arg) => parseType(withoutFieldName(arg).node, allowed)).reverse();
  if (last === undefined) throw new TypeError("a pair of nothing");
  return before.reduce<Type>((right, left) => binary("pair", left, right, location), last);
}

/** Reads a type whose values can be compared. */
export function parseComparableType(node: Node): Type {
  const type = parseType(node, COMPARABLE);
  if (!type.isComparable) {
    throw new ProtocolError("michelson_v1.comparable_type_expected", {
      location: node.location,
      wrongType: node.source,
    });
  }
  return type;
}

// ---- Parameters

/**
 * Reads the type of a parameter and the names of its entrypoints. `strict`: raises for names that clash; code that is on the
 * chain was looked at before.
 */
export function parseParameter(node: Node, options: { readonly strict: boolean }): Parameter {
  const { type, tree } = parseBranch(node);
  const parameter = { type, tree, written: node.source };
  if (options.strict) checkEntrypoints(parameter);
  return parameter;
}

interface Branch {
  readonly type: Type;
  readonly tree: EntrypointTree;
}

function parseBranch(annotated: Node): Branch {
  const { node, name } = withoutFieldName(annotated);
  // Names that are too long are no names.
  const named = name !== undefined && isEntrypointName(name) ? { name } : {};
  const written = name === undefined ? annotated.source : withoutAnnotation(annotated.source, `%${name}`);
  if (node.kind !== "prim" || node.prim !== "or" || node.args.length !== 2) {
    return { type: parseType(node, ALLOWED.passable), tree: { ...named, written } };
  }
  ANNOTATION_RULES.type(node);
  const [first, second] = node.args as readonly [Node, Node]; // two of them
  const left = parseBranch(first);
  const right = parseBranch(second);
  const type: TypeOf<"or"> = binary("or", left.type, right.type, node.location);
  return { type, tree: { ...named, written, branches: { left: left.tree, right: right.tree } } };
}

function withoutAnnotation(source: Micheline, annotation: string): Micheline {
  if (!("prim" in source)) return source;
  const { annots = [], ...rest } = source;
  const others = annots.filter((annot) => annot !== annotation);
  return others.length === 0 ? rest : { ...rest, annots: others };
}

/** Reads a whole expression as a type. Raises ProtocolError. */
export function parseTypeExpression(expression: Micheline, allowed: Allowed): Type {
  return parseType(locate(expression), allowed);
}
