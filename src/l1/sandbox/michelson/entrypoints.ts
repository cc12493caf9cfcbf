// Entrypoints: the named branches of a parameter's type (reference: script_ir_translator.ml). A name leads to a place in the tree of
// "or"s, and a value given there becomes one of the whole by way of Left and Right.

import type { Micheline } from "../../../encoding/micheline.js";
import { ProtocolError } from "../../../protocol/errors.js";
import { DEFAULT_ENTRYPOINT, ROOT_ENTRYPOINT } from "./annotations.js";
import { sameType, type Type } from "./types.js";

/** A place of the tree. */
export interface EntrypointTree {
  readonly name?: string;
  /** The type as it was written, without the name. */
  readonly written: Micheline;
  readonly branches?: { readonly left: EntrypointTree; readonly right: EntrypointTree };
}

/** What a contract, or a rollup, takes. */
export interface Parameter {
  readonly type: Type;
  readonly tree: EntrypointTree;
  /** The whole type as it was written, with its name. */
  readonly written: Micheline;
}

export type Side = "left" | "right";

export interface FoundEntrypoint {
  readonly type: Type;
  readonly written: Micheline;
  /** From the root. */
  readonly path: readonly Side[];
}

function search(type: Type, tree: EntrypointTree, name: string, path: readonly Side[]): FoundEntrypoint | undefined {
  if (tree.name === name) return { type, written: tree.written, path };
  if (type.kind !== "or" || tree.branches === undefined) return undefined;
  return (
    search(type.left, tree.branches.left, name, [...path, "left"]) ??
    search(type.right, tree.branches.right, name, [...path, "right"])
  );
}

/** Where a name leads; "default" is the root unless something else has that name. Undefined: nowhere. */
export function findEntrypoint({ type, tree, written }: Parameter, name: string): FoundEntrypoint | undefined {
  const found = search(type, tree, name, []);
  return found ?? (name === DEFAULT_ENTRYPOINT ? { type, written, path: [] } : undefined);
}

/** Raises "michelson_v1.no_such_entrypoint". */
export function expectEntrypoint(parameter: Parameter, entrypoint: string): FoundEntrypoint {
  const found = findEntrypoint(parameter, entrypoint);
  if (found === undefined) throw new ProtocolError("michelson_v1.no_such_entrypoint", { entrypoint });
  return found;
}

/**
 * The entrypoint that takes values of a type: the one named, but for a root called "root", which "default" stands for when its own
 * type does not fit. Undefined: none.
 */
export function entrypointTaking(parameter: Parameter, name: string, expected: Type): string | undefined {
  const found = findEntrypoint(parameter, name);
  if (found === undefined) return undefined;
  if (sameType(found.type, expected)) return name;
  const isRoot = parameter.tree.name === ROOT_ENTRYPOINT && name === DEFAULT_ENTRYPOINT;
  return isRoot && sameType(parameter.type, expected) ? ROOT_ENTRYPOINT : undefined;
}

/** All that have a name, in the order of the code; the root is "default" unless something else has that name. */
export function listEntrypoints({ type, tree, written }: Parameter): ReadonlyMap<string, FoundEntrypoint> {
  const found = new Map<string, FoundEntrypoint>();
  const visit = (at: Type, node: EntrypointTree, path: readonly Side[]): void => {
    if (node.name !== undefined && !found.has(node.name)) {
      found.set(node.name, { type: at, written: node.written, path });
    }
    if (at.kind !== "or" || node.branches === undefined) return;
    visit(at.left, node.branches.left, [...path, "left"]);
    visit(at.right, node.branches.right, [...path, "right"]);
  };
  visit(type, tree, []);
  if (found.has(DEFAULT_ENTRYPOINT)) return found;
  return new Map([[DEFAULT_ENTRYPOINT, { type, written, path: [] }], ...found]);
}

/**
 * Raises "michelson_v1.duplicate_entrypoint" for a name that stands twice, "michelson_v1.unreachable_entrypoint" when one is called
 * "default" and a branch then has no name to be called by.
 */
export function checkEntrypoints({ type, tree }: Parameter): void {
  const names = new Set<string>(tree.name === undefined ? [] : [tree.name]);
  let unreachable: readonly string[] | undefined;
  const enter = (at: Type, node: EntrypointTree, path: readonly string[], isReachable: boolean): boolean => {
    if (node.name === undefined) {
      if (!isReachable && at.kind !== "or") unreachable ??= path;
      return isReachable;
    }
    if (names.has(node.name)) throw new ProtocolError("michelson_v1.duplicate_entrypoint", { path: node.name });
    names.add(node.name);
    return true;
  };
  const visit = (at: Type, node: EntrypointTree, path: readonly string[], isReachable: boolean): void => {
    if (at.kind !== "or" || node.branches === undefined) return;
    const { left, right } = node.branches;
    const leftPath = [...path, "Left"];
    const rightPath = [...path, "Right"];
    const isLeftReachable = enter(at.left, left, leftPath, isReachable);
    const isRightReachable = enter(at.right, right, rightPath, isReachable);
    visit(at.left, left, leftPath, isLeftReachable);
    visit(at.right, right, rightPath, isRightReachable);
  };
  visit(type, tree, [], tree.name !== undefined);
  if (names.has(DEFAULT_ENTRYPOINT) && unreachable !== undefined) {
    throw new ProtocolError("michelson_v1.unreachable_entrypoint", { path: unreachable });
  }
}
