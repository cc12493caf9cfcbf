// The durable storage: the grammar of keys, the shape of values in the tree, and the operations against a map from keys to bytes.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BytesBounds } from "../../src/merkle/chunked-bytes.js";
import { KeyNotFound } from "../../src/merkle/errors.js";
import { Directory } from "../../src/merkle/node.js";
import { Tree } from "../../src/merkle/tree.js";
import { Durable, durableKey, parseKey } from "../../src/pvm/durable.js";

describe("parseKey", () => {
  it.each([
    ["", [], true],
    ["/a", ["a"], false],
    ["/a/b.c/-_/Z9", ["a", "b.c", "-_", "Z9"], false],
    ["/readonly", ["readonly"], true],
    ["/readonly/x", ["readonly", "x"], true],
    ["/readonlyX/x", ["readonlyX", "x"], false],
    ["/x/readonly", ["x", "readonly"], false],
    ["/.", ["."], false],
    ["/..", [".."], false],
    ["/constructor", ["constructor"], false],
  ])("takes %j", (key, steps, readonly) => {
    expect(parseKey(key)).toEqual({ steps, value: [...steps, "@"], readonly });
  });

  it.each(["/", "a", "a/b", "//", "/a/", "/a//b", "//a", "/a@", "/@", "/a b", "/\0", "/a\n", "/\u00e9", "/a:b", " /a"])(
    "refuses %j",
    (key) => {
      expect(parseKey(key)).toBeNull();
    },
  );

  it("takes 240 bytes and refuses 241", () => {
    expect(parseKey(`/${"x".repeat(239)}`)).not.toBeNull();
    expect(parseKey(`/${"x".repeat(240)}`)).toBeNull();
    expect(parseKey("/x".repeat(120))?.steps).toHaveLength(120);
    expect(parseKey("/x".repeat(121))).toBeNull();
  });

  it("takes exactly the characters of steps", () => {
    for (let code = 0; code < 256; code++) {
      const char = String.fromCharCode(code);
      expect(parseKey(`/${char}`) !== null, `character ${code}`).toBe(/[-._0-9A-Za-z]/.test(char));
    }
  });

  it("keeps its answers when many keys were parsed", () => {
    const first = parseKey("/first");
    for (let index = 0; index < 10_000; index++) parseKey(`/key/${index}`);
    expect(parseKey("/first")).toEqual(first);
  });

  it("has a strict form", () => {
    expect(() => durableKey("/a/")).toThrow('"/a/"');
  });
});

function bytes(text: string): Uint8Array {
  return Buffer.from(text, "latin1");
}

function empty(): Durable {
  return new Durable(new Tree(Directory.empty));
}

function read(durable: Durable, key: string): string | null {
  const value = durable.findValue(durableKey(key));
  return value === null ? null : Buffer.from(value.toBytes()).toString("latin1");
}

describe("a value", () => {
  it("stands under @ in chunks of 512 bytes beside its length", () => {
    const durable = empty();
    durable.setValue(durableKey("/a/b"), bytes("x".repeat(513)));
    const steps = (path: string[]): string[] => durable.tree.list(path).map(({ step }) => step);
    expect(steps(["a", "b"])).toEqual(["@"]);
    expect(steps(["a", "b", "@"])).toEqual(["contents", "length"]);
    expect(steps(["a", "b", "@", "contents"]).sort()).toEqual(["0", "1"]);
    expect(durable.tree.find(["a", "b", "@", "length"])).toEqual(Uint8Array.of(0, 0, 0, 0, 0, 0, 2, 1));
    const last = durable.tree.find(["a", "b", "@", "contents", "1"]) as Uint8Array;
    expect([...last]).toEqual([0x78, ...new Uint8Array(511)]);
  });

  it("that is empty has a length only", () => {
    const durable = empty();
    durable.setValue(durableKey("/a"), new Uint8Array(0));
    expect(durable.tree.list(["a", "@"]).map(({ step }) => step)).toEqual(["length"]);
  });

  it("keeps no chunk of the value it replaces", () => {
    const durable = empty();
    durable.setValue(durableKey("/a"), new Uint8Array(5000).fill(1));
    durable.setValue(durableKey("/a"), bytes("short"));
    expect(durable.tree.list(["a", "@", "contents"])).toHaveLength(1);
    durable.setValue(durableKey("/a"), new Uint8Array(0));
    expect(durable.tree.has(["a", "@", "contents"])).toBe(false);
  });

  it("gets chunks only where it is written", () => {
    const durable = empty();
    durable.createValue(durableKey("/a"), 10_000);
    expect(durable.writeValue(durableKey("/a"), 5000, bytes("here"))).toBe(true);
    expect(durable.tree.list(["a", "@", "contents"]).map(({ step }) => step)).toEqual(["9"]);
    expect(read(durable, "/a")).toBe(`${"\0".repeat(5000)}here${"\0".repeat(4996)}`);
  });

  it("gets one more chunk at a boundary", () => {
    const durable = empty();
    const key = durableKey("/a");
    durable.writeValue(key, 0, new Uint8Array(512).fill(1));
    durable.writeValue(key, 512, Uint8Array.of(2));
    expect(durable.tree.list(["a", "@", "contents"])).toHaveLength(2);
    expect(durable.writeValue(key, 514, Uint8Array.of(3))).toBe(false);
    expect(() => durable.writeValue(key, -1, Uint8Array.of(3))).toThrow(BytesBounds);
  });

  it("without a length is no value but a broken state", () => {
    const durable = empty();
    durable.tree.add(["a", "@", "contents", "0"], new Uint8Array(512));
    expect(durable.hasValue(durableKey("/a"))).toBe(true);
    expect(() => durable.hasLoadedValue(durableKey("/a"))).toThrow(KeyNotFound);
    expect(() => durable.findValue(durableKey("/a"))).toThrow("/durable/a/@/length");
  });

  it("that was found stays what it was", () => {
    const durable = empty();
    const key = durableKey("/a");
    durable.setValue(key, new Uint8Array(2000).fill(1));
    const found = durable.findValue(key);
    durable.writeValue(key, 0, new Uint8Array(2000).fill(2));
    durable.deleteTree(key);
    expect(found?.toBytes()).toEqual(new Uint8Array(2000).fill(1));
  });
});

describe("writing and setting", () => {
  it("lead to the same tree", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 700 }), { maxLength: 6 }), (parts) => {
        const written = empty();
        const set = empty();
        const key = durableKey("/k");
        let length = 0;
        for (const part of parts) {
          written.writeValue(key, length, part);
          length += part.length;
        }
        if (parts.length > 0) set.setValue(key, Buffer.concat(parts));
        expect(Buffer.compare(written.tree.hash, set.tree.hash)).toBe(0);
      }),
      { seed: 1, numRuns: 100 },
    );
  });
});

describe("children", () => {
  it("are counted and named each once", () => {
    const durable = empty();
    const names = Array.from({ length: 40 }, (_, index) => `k${index}`);
    for (const name of names) durable.setValue(durableKey(`/dir/${name}`), new Uint8Array(0));
    durable.setValue(durableKey("/dir"), new Uint8Array(0));
    const key = durableKey("/dir");
    expect(durable.count(key)).toBe(41);
    const found = Array.from({ length: 41 }, (_, index) => durable.childName(key, index));
    expect([...found].sort()).toEqual(["", ...names].sort());
    expect(durable.childName(key, 41)).toBeNull();
    expect(durable.childName(durableKey("/nothing"), 0)).toBeNull();
  });

  it("come in the same order while they are new and when they are stored", () => {
    const durable = empty();
    const key = durableKey("/dir");
    for (let index = 0; index < 20; index++) durable.setValue(durableKey(`/dir/k${index}`), new Uint8Array(0));
    const order = (storage: Durable): (string | null)[] =>
      Array.from({ length: 21 }, (_, index) => storage.childName(key, index));
    const fresh = order(durable);
    durable.tree.hash;
    expect(order(durable)).toEqual(fresh);
    const loaded = new Durable(new Tree(durable.tree.root));
    expect(order(loaded)).toEqual(fresh);
    // The order of the inodes: seldom the alphabet's.
    expect(fresh.slice(0, 20)).not.toEqual(fresh.slice(0, 20).sort());
    expect(
      durable
        .list(key)
        .map(({ step }) => step)
        .sort(),
    ).toEqual(fresh.slice(0, 20).sort());
  });
});

// The operations against a model: a sorted map from keys to bytes. A key exists when it or one below it has a value.

type Model = Map<string, Uint8Array>;

function below(model: Model, key: string): string[] {
  return [...model.keys()].filter((other) => other === key || other.startsWith(`${key}/`));
}

function children(model: Model, key: string): Set<string> {
  const found = new Set<string>();
  for (const other of below(model, key)) {
    const rest = other.slice(key.length + 1);
    found.add(other === key ? "" : (rest.split("/")[0] as string));
  }
  return found;
}

function move(model: Model, from: string, to: string, keep: boolean): boolean {
  const moved = below(model, from).map((key): [string, Uint8Array] => [key, model.get(key) as Uint8Array]);
  if (moved.length === 0) return false;
  if (!keep) for (const [key] of moved) model.delete(key);
  for (const key of below(model, to)) model.delete(key);
  for (const [key, value] of moved) model.set(to + key.slice(from.length), value);
  return true;
}

function writeModel(model: Model, key: string, offset: number, data: Uint8Array): boolean {
  const old = model.get(key) ?? new Uint8Array(0);
  if (offset > old.length) return false;
  const value = new Uint8Array(Math.max(old.length, offset + data.length));
  value.set(old);
  value.set(data, offset);
  model.set(key, value);
  return true;
}

const key = fc
  .array(fc.constantFrom("a", "b", "c", "dd", "e.e", "length", "contents"), { minLength: 1, maxLength: 3 })
  .map((steps) => `/${steps.join("/")}`);
const data = fc.oneof(fc.uint8Array({ maxLength: 20 }), fc.integer({ min: 0, max: 1500 }).map(filled));

function filled(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => index % 251);
}

type Operation =
  | { readonly op: "set" | "create" | "deleteValue" | "deleteTree"; readonly key: string; readonly data: Uint8Array }
  | { readonly op: "write"; readonly key: string; readonly offset: number; readonly data: Uint8Array }
  | { readonly op: "copy" | "move"; readonly key: string; readonly to: string }
  | { readonly op: "hash" | "reload" };

const operation: fc.Arbitrary<Operation> = fc.oneof(
  fc.record({ op: fc.constantFrom("set", "create", "deleteValue", "deleteTree"), key, data }),
  fc.record({ op: fc.constant("write" as const), key, offset: fc.constantFrom(0, 1, 20, 512, 1000), data }),
  fc.record({ op: fc.constantFrom("copy", "move"), key, to: key }),
  fc.record({ op: fc.constantFrom("hash", "reload") }),
);

/** Applies an operation to both and compares what they answer; gives the storage to go on with. */
function apply(durable: Durable, model: Model, step: Operation): Durable {
  switch (step.op) {
    case "set":
      durable.setValue(durableKey(step.key), step.data);
      model.set(step.key, step.data);
      break;
    case "create":
      expect(durable.createValue(durableKey(step.key), step.data.length)).toBe(!model.has(step.key));
      if (!model.has(step.key)) model.set(step.key, new Uint8Array(step.data.length));
      break;
    case "deleteValue":
      durable.deleteValue(durableKey(step.key));
      model.delete(step.key);
      break;
    case "deleteTree":
      durable.deleteTree(durableKey(step.key));
      for (const other of below(model, step.key)) model.delete(other);
      break;
    case "write":
      expect(durable.writeValue(durableKey(step.key), step.offset, step.data)).toBe(
        writeModel(model, step.key, step.offset, step.data),
      );
      break;
    case "copy":
      expect(durable.copyTree(durableKey(step.key), durableKey(step.to))).toBe(move(model, step.key, step.to, true));
      break;
    case "move":
      expect(durable.moveTree(durableKey(step.key), durableKey(step.to))).toBe(move(model, step.key, step.to, false));
      break;
    case "hash":
      durable.tree.hash;
      break;
    case "reload":
      return new Durable(new Tree(durable.tree.root));
  }
  return durable;
}

function compare(durable: Durable, model: Model): void {
  const keys = new Set(["/a", "/a/b", "/dd", "/e.e/length", "/length/contents", ...model.keys()]);
  for (const text of keys) {
    const parsed = durableKey(text);
    const expected = model.get(text);
    expect(durable.hasValue(parsed)).toBe(expected !== undefined);
    expect(durable.hasLoadedValue(parsed)).toBe(expected !== undefined);
    const found = durable.findValue(parsed)?.toBytes();
    expect(found === undefined ? undefined : Buffer.from(found)).toEqual(expected && Buffer.from(expected));
    const names = children(model, text);
    expect(durable.exists(parsed)).toBe(names.size > 0);
    expect(durable.count(parsed)).toBe(names.size);
    const listed = Array.from({ length: names.size }, (_, index) => durable.childName(parsed, index));
    expect(new Set(listed)).toEqual(names);
    expect(durable.treeHash(parsed) === null).toBe(names.size === 0);
    expect(durable.valueHash(parsed) === null).toBe(expected === undefined);
  }
}

describe("the storage", () => {
  it("behaves like a map from keys to bytes", () => {
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 25 }), (steps) => {
        let durable = empty();
        const model: Model = new Map();
        for (const step of steps) durable = apply(durable, model, step);
        compare(durable, model);
      }),
      { seed: 7, numRuns: 300 },
    );
  });

  it("has a hash that depends on what it holds, not on how it came about", () => {
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 20 }), (steps) => {
        // Holes in values are no contents: written out they have chunks. So no value is created here.
        const plain = steps.filter(({ op }) => op !== "create");
        let durable = empty();
        const model: Model = new Map();
        for (const step of plain) durable = apply(durable, model, step);
        const again = empty();
        for (const text of [...model.keys()].sort().reverse()) {
          again.setValue(durableKey(text), model.get(text) as Uint8Array);
        }
        expect(Buffer.from(durable.tree.hash).toString("hex")).toBe(Buffer.from(again.tree.hash).toString("hex"));
      }),
      { seed: 11, numRuns: 200 },
    );
  });
});
