// Expressions with the places that errors name: every node has its number, counted from 0 in the order of writing (the canonical
// locations of the reference), and the expression it came from.

import { isSequence, type Micheline } from "../../../encoding/micheline.js";
import { ProtocolError } from "../../../protocol/errors.js";
import { type Namespace, namespaceOf } from "./primitives.js";

export interface IntNode {
  readonly kind: "int";
  readonly location: number;
  readonly source: Micheline;
  readonly value: bigint;
}

export interface StringNode {
  readonly kind: "string";
  readonly location: number;
  readonly source: Micheline;
  readonly value: string;
}

export interface BytesNode {
  readonly kind: "bytes";
  readonly location: number;
  readonly source: Micheline;
  /** Hexadecimal. */
  readonly value: string;
}

export interface PrimNode {
  readonly kind: "prim";
  readonly location: number;
  readonly source: Micheline;
  readonly prim: string;
  readonly args: readonly Node[];
  readonly annots: readonly string[];
}

export interface SequenceNode {
  readonly kind: "sequence";
  readonly location: number;
  readonly source: readonly Micheline[];
  readonly items: readonly Node[];
}

export type Node = IntNode | StringNode | BytesNode | PrimNode | SequenceNode;

/** Place of what was written nowhere. */
export const NOWHERE = -1;

/** Numbers the nodes of a whole expression. */
export function locate(expression: Micheline): Node {
  let next = 0;
  const visit = (source: Micheline): Node => {
    const location = next++;
    if (isSequence(source)) return { kind: "sequence", location, source, items: source.map(visit) };
    if ("prim" in source) {
      const { prim, args = [], annots = [] } = source;
      return { kind: "prim", location, source, prim, args: args.map(visit), annots };
    }
    if ("int" in source) return { kind: "int", location, source, value: BigInt(source.int) };
    if ("string" in source) return { kind: "string", location, source, value: source.string };
    return { kind: "bytes", location, source, value: source.bytes };
  };
  return visit(expression);
}

/** How errors call kinds of nodes. */
export type NodeKind = "integer" | "string" | "bytes" | "primitiveApplication" | "sequence";

const KIND_NAMES = {
  int: "integer",
  string: "string",
  bytes: "bytes",
  prim: "primitiveApplication",
  sequence: "sequence",
} as const satisfies Record<Node["kind"], NodeKind>;

export function kindOf(node: Node): NodeKind {
  return KIND_NAMES[node.kind];
}

/** A node of another kind than may stand there. */
export function wrongKind(node: Node, expectedKinds: readonly NodeKind[]): ProtocolError {
  const { location } = node;
  return new ProtocolError("michelson_v1.invalid_expression_kind", {
    location,
    expectedKinds,
    wrongKind: kindOf(node),
  });
}

export function wrongArity({ location, prim, args }: PrimNode, expectedArity: number): ProtocolError {
  return new ProtocolError("michelson_v1.invalid_arity", {
    location,
    primitiveName: prim,
    expectedArity,
    wrongArity: args.length,
  });
}

/** A node that is none of the primitives that may stand there (nor of the other kinds). */
export function unexpectedNode(
  node: Node,
  otherKinds: readonly NodeKind[],
  expected: Namespace,
  primitives: readonly string[],
): ProtocolError {
  if (node.kind !== "prim") return wrongKind(node, ["primitiveApplication", ...otherKinds]);
  const { location, prim } = node;
  const namespace = namespaceOf(prim);
  if (namespace !== expected) {
    return new ProtocolError("michelson_v1.invalid_primitive_namespace", {
      location,
      primitiveName: prim,
      expectedNamespace: expected,
      wrongNamespace: namespace,
    });
  }
  return new ProtocolError("michelson_v1.invalid_primitive", {
    location,
    expectedPrimitiveNames: primitives,
    wrongPrimitiveName: prim,
  });
}

/** The items of a sequence. Raises "michelson_v1.invalid_expression_kind" for anything else. */
export function expectSequence(node: Node): SequenceNode {
  if (node.kind !== "sequence") throw wrongKind(node, ["sequence"]);
  return node;
}
