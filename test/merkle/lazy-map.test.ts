// Lazy maps against a model: entries under their names, beside other fields; every version saved at once or a piece at a time, plainly or
// exactly (merkle.md §2.1). FULL=1: ten times more.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { toHex } from "../../src/encoding/hex.js";
import { KeyNotFound } from "../../src/merkle/errors.js";
import { LazyMap, lazyMap } from "../../src/merkle/lazy-map.js";
import { int32 } from "../../src/merkle/leaves.js";
import type { TreeNode } from "../../src/merkle/node.js";
import { at, buildNode, leaf, record, type Schema, View } from "../../src/merkle/schema.js";
import { EXACT_UNOBSERVED, PLAIN_ACCESS } from "../../src/merkle/tree.js";
import { int32Bytes, ModelTree } from "./model.js";

const SEED = 20261124;
const FULL = process.env["FULL"] === "1";

interface Element {
  readonly a: number;
  readonly b: number;
}

interface Holder {
  readonly before: number;
  readonly map: LazyMap<Element>;
}

const element = record<Element>({ a: at("a", leaf(int32)), b: at("b", leaf(int32)) });
const schemaOf = (compare?: (a: string, b: string) => number): Schema<Holder> =>
  record<Holder>({ before: at("before", leaf(int32)), map: at("map", lazyMap(element, compare)) });
const byNumber = (a: string, b: string): number => Number(a) - Number(b);

type Model = ReadonlyMap<string, number>;

interface Version {
  readonly map: LazyMap<Element>;
  readonly model: Model;
}

const elementOf = (number: number): Element => ({ a: number, b: number + 1 });
function hashOf(model: Model): string {
  const tree = new ModelTree();
  tree.add(["before"], int32Bytes(7));
  for (const [name, value] of model) {
    tree.add(["map", name, "a"], int32Bytes(value));
    tree.add(["map", name, "b"], int32Bytes(value + 1));
  }
  return toHex(tree.hash);
}

const operation = fc.record({
  kind: fc.constantFrom("set", "set", "setAll", "remove", "remove", "get", "save", "reload"),
  version: fc.nat(),
  name: fc.nat(24),
  value: fc.nat(0x3fff_ffff),
});
type Operation = typeof operation extends fc.Arbitrary<infer T> ? T : never;

interface Form {
  readonly schema: Schema<Holder>;
  readonly exact: boolean;
  readonly name: (number: number) => string;
}

function saved(map: LazyMap<Element>, { schema, exact }: Form): TreeNode {
  const node = buildNode(schema, { before: 7, map }, exact);
  if (node === undefined) throw new Error("nothing was saved");
  return node;
}

function expectGet({ map, model }: Version, name: string): void {
  const value = model.get(name);
  if (value === undefined) expect(() => map.get(name)).toThrow(KeyNotFound);
  else expect(map.get(name)).toEqual(elementOf(value));
}

function apply(version: Version, { kind, name: number, value }: Operation, form: Form): Version[] {
  const { map, model } = version;
  const name = form.name(number);
  switch (kind) {
    case "set":
      return [{ map: map.set(name, elementOf(value)), model: new Map(model).set(name, value) }];
    case "setAll": {
      const other = form.name((number + 1) % 25);
      const all = [name, other, name].map((key, index) => [key, value + index] as const);
      return [
        {
          map: map.setAll(all.map(([key, each]) => [key, elementOf(each)] as const)),
          model: new Map([...model, ...all]),
        },
      ];
    }
    case "remove": {
      const rest = new Map(model);
      rest.delete(name);
      return [{ map: map.remove(name), model: rest }];
    }
    case "get":
      expectGet(version, name);
      return [];
    case "save":
      expect(toHex(saved(map, form).hash)).toBe(hashOf(model));
      return [];
    default: {
      const node = saved(map, form);
      if (number % 2 === 0) node.ensureHash();
      return [{ map: form.schema.load(View.of(node, form.exact ? EXACT_UNOBSERVED : PLAIN_ACCESS)).map, model }];
    }
  }
}

const FORMS: readonly (readonly [string, Form])[] = [
  ["plain", { schema: schemaOf(), exact: false, name: (number) => `name ${number}` }],
  ["exact", { schema: schemaOf(), exact: true, name: (number) => `name ${number}` }],
  ["plain, by number", { schema: schemaOf(byNumber), exact: false, name: String }],
  ["exact, by number", { schema: schemaOf(byNumber), exact: true, name: String }],
];

describe("a lazy map", () => {
  it.each(FORMS)("is its entries, in every version: %s", (_, form) => {
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 60, size: "max" }), (ops) => {
        const versions: Version[] = [{ map: LazyMap.empty(), model: new Map() }];
        for (const op of ops) {
          const chosen = op.version % 4 === 0 ? op.version % versions.length : versions.length - 1;
          versions.push(...apply(versions[chosen] as Version, op, form)); // chosen is in bounds
        }
        for (const version of versions) {
          const expected = hashOf(version.model);
          const fresh = LazyMap.empty<Element>().setAll(
            [...version.model].map(([name, value]) => [name, elementOf(value)]),
          );
          expect(toHex(saved(version.map, form).hash)).toBe(expected);
          expect(toHex(saved(fresh, { ...form, exact: false }).hash)).toBe(expected);
          expect(toHex(saved(fresh, { ...form, exact: true }).hash)).toBe(expected);
          for (let number = 0; number < 25; number += 6) expectGet(version, form.name(number));
        }
      }),
      { seed: SEED, numRuns: FULL ? 1000 : 100 },
    );
  });
});
