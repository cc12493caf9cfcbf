// Random operations on trees, and what each does to a tree and to its model.
import fc from "fast-check";
import type { Tree } from "../../src/merkle/tree.js";
import type { ModelTree } from "./model.js";

type Path = readonly string[];

export type Operation =
  | { readonly kind: "add"; readonly path: Path; readonly value: Uint8Array }
  | { readonly kind: "remove" | "removeAll" | "find" | "findTree" | "list" | "length"; readonly path: Path }
  | { readonly kind: "copy" | "move"; readonly path: Path; readonly to: Path };

/** Names that meet often, names enough for a directory of some size, and some that are out of the ordinary. */
const step = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom("a", "b", "c", "value", "tag") },
  { weight: 6, arbitrary: fc.nat(40).map((number) => `k${number}`) },
  { weight: 1, arbitrary: fc.constantFrom("é", "ΩΩ", "x".repeat(127), "y".repeat(128), "z".repeat(200), "10", "-1") },
);
const path = fc.array(step, { minLength: 1, maxLength: 3 });
const value = fc.oneof(fc.uint8Array({ maxLength: 3 }), fc.constant(new Uint8Array(700)));

export const operation: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: fc.constant("add" as const), path, value }) },
  {
    weight: 7,
    arbitrary: fc.record({
      kind: fc.constantFrom("remove", "remove", "removeAll", "find", "findTree", "list", "length"),
      path,
    }) as fc.Arbitrary<Extract<Operation, { kind: "remove" }>>,
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom("copy" as const, "move" as const), path, to: path }) },
);

/** Does an operation on a tree. */
export function apply(tree: Tree, op: Operation): void {
  switch (op.kind) {
    case "add":
      tree.add(op.path, op.value);
      break;
    case "remove":
      tree.remove(op.path);
      break;
    case "removeAll":
      // One by one: what empties a directory.
      for (const { step: name } of tree.list(op.path)) tree.remove([...op.path, name]);
      break;
    case "find":
      tree.find(op.path);
      break;
    case "findTree":
      tree.findTree(op.path);
      break;
    case "list":
      tree.list(op.path);
      break;
    case "length":
      tree.length(op.path);
      break;
    default: {
      const node = tree.findTree(op.path);
      if (op.kind === "move") tree.remove(op.path);
      if (node !== undefined) tree.addTree(op.to, node);
    }
  }
}

/** Does it to the model. */
export function applyToModel(model: ModelTree, op: Operation): void {
  switch (op.kind) {
    case "add":
      model.add(op.path, op.value);
      break;
    case "remove":
      model.remove(op.path);
      break;
    case "removeAll":
      for (const name of model.names(op.path)) model.remove([...op.path, name]);
      break;
    case "copy":
      model.graft(model, op.path, op.to);
      break;
    case "move": {
      const before = model.copy();
      model.remove(op.path);
      model.graft(before, op.path, op.to);
      break;
    }
    default:
  }
}
