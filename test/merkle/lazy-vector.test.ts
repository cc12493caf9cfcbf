// Lazy vectors against a model: a window over a map of entries, stale ones included (merkle.md §2.1). Many versions of a vector live at once;
// each is what it was made as, and its tree is that of its entries, saved at once or a piece at a time, plainly or exactly. FULL=1: ten times
// more.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { toHex } from "../../src/encoding/hex.js";
import { KeyNotFound, StateTooLarge } from "../../src/merkle/errors.js";
import { LazyVector, lazyVector, UnexpectedAccess, VectorBounds } from "../../src/merkle/lazy-vector.js";
import { int32 } from "../../src/merkle/leaves.js";
import type { TreeNode } from "../../src/merkle/node.js";
import { at, buildNode, leaf, record, View } from "../../src/merkle/schema.js";
import { EXACT_UNOBSERVED, PLAIN_ACCESS } from "../../src/merkle/tree.js";
import { int32Bytes, ModelTree } from "./model.js";

const SEED = 20261124;
const FULL = process.env["FULL"] === "1";

interface Element {
  readonly a: number;
  readonly b: number;
}

/** Elements of one leaf would not show how deep an entry is written. */
const element = record<Element>({ a: at("a", leaf(int32)), b: at("b", leaf(int32)) });
const schema = lazyVector(int32, element);
const elementOf = (number: number): Element => ({ a: number, b: ~number });

const REMOVED = null;

/** What a vector is: entries by key, removed ones remembered until it is loaded anew. */
interface Model {
  readonly head: number;
  readonly length: number;
  readonly entries: ReadonlyMap<number, number | typeof REMOVED>;
}

function withEntry({ head, length, entries }: Model, key: number, value: number | typeof REMOVED): Model {
  return { head, length, entries: new Map(entries).set(key | 0, value) };
}

function hashOf({ head, length, entries }: Model): string {
  const tree = new ModelTree();
  for (const [key, value] of entries) {
    if (value === REMOVED) continue;
    tree.add(["contents", String(key), "a"], int32Bytes(value));
    tree.add(["contents", String(key), "b"], int32Bytes(~value));
  }
  tree.add(["length"], int32Bytes(length));
  tree.add(["head"], int32Bytes(head));
  return toHex(tree.hash);
}

interface Version {
  readonly vector: LazyVector<Element>;
  readonly model: Model;
}

/** What one step does, and to which version; numbers are taken modulo what there is. */
const operation = fc.record({
  kind: fc.constantFrom(
    "set",
    "set",
    "cons",
    "cons",
    "drop",
    "append",
    "grow",
    "growAbsent",
    "split",
    "get",
    "all",
    "save",
    "reload",
  ),
  version: fc.nat(),
  index: fc.nat(),
  value: fc.nat(0x3fff_ffff),
});
type Operation = typeof operation extends fc.Arbitrary<infer T> ? T : never;

function saved(vector: LazyVector<Element>, exact: boolean): TreeNode {
  const node = buildNode(schema, vector, exact);
  if (node === undefined) throw new Error("nothing was saved");
  return node;
}

function expectGet({ vector, model }: Version, index: number): void {
  const value = model.entries.get((model.head + index) | 0);
  if (index >= model.length) expect(() => vector.get(index)).toThrow(VectorBounds);
  else if (value === undefined) expect(() => vector.get(index)).toThrow(KeyNotFound);
  else if (value === REMOVED) expect(() => vector.get(index)).toThrow(UnexpectedAccess);
  else expect(vector.get(index)).toEqual(elementOf(value));
}

/** What is there, as the vector itself lists it. */
function expectEntries({ vector, model }: Version): void {
  const there = [...model.entries].flatMap(([key, value]) =>
    value === REMOVED ? [] : [[key, elementOf(value)] as const],
  );
  const byKey = (a: readonly [number, Element], b: readonly [number, Element]): number => a[0] - b[0];
  expect(vector.entries().sort(byKey)).toEqual(there.sort(byKey));
  expect([vector.head, vector.length]).toEqual([model.head, model.length]);
}

function fill(version: Version, count: number, value: number): Version {
  const { head, length } = version.model;
  let model: Model = { ...version.model, length: length + count };
  for (let index = 0; index < count; index++) model = withEntry(model, head + length + index, value);
  return { vector: version.vector.grow(count, elementOf(value)), model };
}

/** The versions that an operation makes of one. */
function apply(version: Version, { kind, index, value }: Operation, exact: boolean): Version[] {
  const { vector, model } = version;
  const { head, length } = model;
  const inside = length === 0 ? 0 : index % length;
  switch (kind) {
    case "set":
      if (length > 0)
        return [{ vector: vector.set(inside, elementOf(value)), model: withEntry(model, head + inside, value) }];
      expect(() => vector.set(0, elementOf(value))).toThrow(VectorBounds);
      return [];
    case "cons":
      return [
        {
          vector: vector.cons(elementOf(value)),
          model: withEntry({ ...model, head: (head - 1) | 0, length: length + 1 }, head - 1, value),
        },
      ];
    case "drop":
      if (length > 0) {
        const rest = { ...model, head: (head + 1) | 0, length: length - 1 };
        return [{ vector: vector.drop(), model: withEntry(rest, head, REMOVED) }];
      }
      expect(() => vector.drop()).toThrow(VectorBounds);
      return [];
    case "append": {
      const longer = withEntry({ ...model, length: length + 1 }, head + length, value);
      return [{ vector: vector.append(elementOf(value)), model: longer }];
    }
    case "grow":
      return [fill(version, index % 5, value)];
    case "growAbsent":
      return [{ vector: vector.grow(index % 5), model: { ...model, length: length + (index % 5) } }];
    case "split": {
      const count = length === 0 ? 0 : index % (length + 1);
      const [first, second] = vector.split(count);
      expect(() => vector.split(length + 1)).toThrow(VectorBounds);
      return [
        { vector: first, model: { ...model, length: count } },
        { vector: second, model: { ...model, head: (head + count) | 0, length: length - count } },
      ];
    }
    case "get":
      expectGet(version, length === 0 ? 0 : index % (length + 1));
      return [];
    case "all":
      expectEntries(version);
      return [];
    case "save":
      expect(toHex(saved(vector, exact).hash)).toBe(hashOf(model));
      return [];
    default: {
      const node = saved(vector, exact);
      if (index % 2 === 0) node.ensureHash();
      const loaded = schema.load(View.of(node, exact ? EXACT_UNOBSERVED : PLAIN_ACCESS));
      const there = new Map([...model.entries].filter(([, entry]) => entry !== REMOVED));
      return [{ vector: loaded, model: { ...model, entries: there } }];
    }
  }
}

/** A vector made of nothing but a model's entries: saved for the first time. */
function fresh({ head, length, entries }: Model): LazyVector<Element> {
  const there = [...entries].flatMap(([key, value]) => (value === REMOVED ? [] : [[key, elementOf(value)] as const]));
  return LazyVector.window(head, length, there);
}

const EMPTY: Model = { head: 0, length: 0, entries: new Map() };
const starts: readonly Version[] = [
  { vector: LazyVector.empty(), model: EMPTY },
  {
    vector: LazyVector.of([1, 2, 3].map(elementOf)),
    model: {
      head: 0,
      length: 3,
      entries: new Map([
        [0, 1],
        [1, 2],
        [2, 3],
      ]),
    },
  },
  { vector: LazyVector.absent(4), model: { ...EMPTY, length: 4 } },
  ...[-2, 0x7fff_fffe, -0x8000_0000, 70_000].map((head): Version => {
    const entries = [-1, 0, 1, 5].map((key) => [(head + key) | 0, 9] as const);
    const vector = LazyVector.window(
      head,
      3,
      entries.map(([key, value]) => [key, elementOf(value)] as const),
    );
    return { vector, model: { head, length: 3, entries: new Map(entries) } };
  }),
];

describe("a lazy vector", () => {
  it.each([
    ["plain", false],
    ["exact", true],
  ])("is its window and its entries, in every version: %s", (_, exact) => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: starts.length - 1 }),
        fc.array(operation, { maxLength: 60, size: "max" }),
        (start, ops) => {
          const versions: Version[] = [starts[start] as Version]; // start is in bounds
          for (const op of ops) {
            // Mostly the newest, else any: the work branches.
            const chosen = op.version % 4 === 0 ? op.version % versions.length : versions.length - 1;
            versions.push(...apply(versions[chosen] as Version, op, exact)); // chosen is in bounds
          }
          for (const version of versions) {
            const expected = hashOf(version.model);
            expect(toHex(saved(version.vector, exact).hash)).toBe(expected);
            expect(toHex(saved(fresh(version.model), false).hash)).toBe(expected);
            expect(toHex(saved(fresh(version.model), true).hash)).toBe(expected);
            expectEntries(version);
            for (let index = 0; index <= Math.min(version.model.length, 6); index++) expectGet(version, index);
          }
        },
      ),
      { seed: SEED, numRuns: FULL ? 1500 : 150 },
    );
  });

  it("gives all its elements, first to last", () => {
    const vector = LazyVector.of([1, 2, 3].map(elementOf))
      .cons(elementOf(7))
      .drop()
      .append(elementOf(4))
      .cons(elementOf(0));
    expect(vector.toArray().map(({ a }) => a)).toEqual([0, 1, 2, 3, 4]);
    expect(LazyVector.empty().toArray()).toEqual([]);
    expect(() => LazyVector.absent(1).toArray()).toThrow(KeyNotFound);
  });

  it("counts up to 2^32 - 1 elements that are not there", () => {
    const vector = LazyVector.absent<Element>(0xffff_ffff);
    const changed = vector.set(-2, elementOf(5));
    expect(changed.get(0xffff_fffe)).toEqual(elementOf(5));
    const loaded = schema.load(View.of(saved(changed, false), PLAIN_ACCESS));
    expect(loaded.length).toBe(0xffff_ffff);
    expect(loaded.get(-2)).toEqual(elementOf(5));
    expect(() => loaded.get(-1)).toThrow(VectorBounds);
    expect(() => vector.append(elementOf(1))).toThrow(StateTooLarge);
    expect(() => LazyVector.empty<Element>().grow(0x4000_0000, elementOf(1))).toThrow(StateTooLarge);
  });
});
