// The input and the output buffer, and how they are stored (pvm.md §7, pvm-encodings.md §9).
import { describe, expect, it } from "vitest";
import { Directory } from "../../src/merkle/node.js";
import { recordProof, verifyProof } from "../../src/merkle/prove.js";
import { loadFrom, saveInto } from "../../src/merkle/schema.js";
import { Tree } from "../../src/merkle/tree.js";
import {
  type Buffers,
  buffersSchema,
  dequeue,
  emptyBuffers,
  enqueue,
  type InputBuffer,
  type OutputBuffer,
  outboxMessages,
  readMessage,
  startLevel,
  writeMessage,
} from "../../src/pvm/buffers.js";
import { GuestError } from "../../src/wasm/guest-errors.js";

function bytes(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, "latin1"));
}

function input(...messages: [level: number, counter: number, payload: string][]): InputBuffer {
  return messages.reduce<InputBuffer>(
    (buffer, [level, counter, payload]) =>
      enqueue(buffer, { level, counter: BigInt(counter), payload: bytes(payload) }),
    emptyBuffers(10, 100n).input,
  );
}

function output(validityPeriod = 3, messageLimit = 2n): OutputBuffer {
  return emptyBuffers(validityPeriod, messageLimit).output;
}

function written(buffer: OutputBuffer, ...messages: string[]): OutputBuffer {
  return messages.reduce((before, message) => {
    const after = writeMessage(before, bytes(message));
    if (typeof after === "string") throw new Error(after);
    return after;
  }, buffer);
}

describe("the input buffer", () => {
  it("gives messages in the order they came", () => {
    let buffer = input([0, 0, "a"], [0, 1, "b"], [2, 0, "c"]);
    const taken: string[] = [];
    for (let next = dequeue(buffer); next !== null; next = dequeue(buffer)) {
      taken.push(`${next.message.level} ${next.message.counter} ${Buffer.from(next.message.payload).toString()}`);
      buffer = next.rest;
    }
    expect(taken).toEqual(["0 0 a", "0 1 b", "2 0 c"]);
    expect(buffer.length).toBe(0);
    expect(buffer.head).toBe(3);
  });

  it.each([
    ["the same", 4, 7],
    ["an earlier counter", 4, 6],
    ["an earlier level", 3, 8],
  ])("refuses %s after the last message", (_what, level, counter) => {
    const buffer = input([4, 7, "a"]);
    const raw = "Tezos_webassembly_interpreter.Input_buffer.Cannot_store_an_earlier_message";
    expect(() => enqueue(buffer, { level, counter: BigInt(counter), payload: bytes("b") })).toThrow(raw);
  });

  it("compares with the last message that waits, not with those taken", () => {
    const { rest } = dequeue(input([9, 9, "a"])) ?? expect.fail("a message waits");
    expect(enqueue(rest, { level: 0, counter: 0n, payload: bytes("b") }).length).toBe(1);
  });
});

describe("the output buffer", () => {
  it("starts at the level of the first message, then counts by itself", () => {
    const first = startLevel(output(), 5);
    expect(first.lastLevel).toBe(5);
    expect(startLevel(first, 100).lastLevel).toBe(6);
  });

  it("refuses a negative first level", () => {
    const error = (() => {
      try {
        startLevel(output(), -1);
      } catch (thrown) {
        return thrown;
      }
    })();
    expect(error).toBeInstanceOf(GuestError);
    expect(error).toMatchObject({ raw: "Tezos_webassembly_interpreter.Output_buffer.Invalid_level", known: false });
  });

  it("keeps as many levels as its validity period", () => {
    let buffer = startLevel(output(3), 5);
    for (let level = 5; level < 9; level++) {
      buffer = startLevel(written(buffer, `at ${level}`), 0);
    }
    expect(buffer.lastLevel).toBe(9);
    const available = Array.from({ length: 12 }, (_, level) => outboxMessages(buffer, level).length);
    expect(available).toEqual([0, 0, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0]);
    expect(Buffer.from(readMessage(buffer, 7, 0) ?? []).toString()).toBe("at 7");
    expect(readMessage(buffer, 6, 0)).toBeNull();
    expect(readMessage(buffer, 9, 0)).toBeNull();
    expect(readMessage(buffer, 10, 0)).toBeNull();
  });

  it("reads messages by index", () => {
    const buffer = written(startLevel(output(), 5), "a", "b");
    expect(outboxMessages(buffer, 5)).toEqual([bytes("a"), bytes("b")]);
    expect(readMessage(buffer, 5, 1)).toEqual(bytes("b"));
    for (const index of [-1, 2]) expect(readMessage(buffer, 5, index)).toBeNull();
    expect(readMessage(output(), 0, 0)).toBeNull();
    expect(outboxMessages(output(), 0)).toEqual([]);
  });

  it("is full at its limit, level by level", () => {
    const full = written(startLevel(output(), 5), "a", "b");
    expect(writeMessage(full, bytes("c"))).toBe("full");
    expect(outboxMessages(written(startLevel(full, 0), "c"), 6)).toEqual([bytes("c")]);
  });

  it("has nowhere to write before the first level", () => {
    expect(writeMessage(output(), bytes("a"))).toBe("not_initialised");
  });

  it("keeps nothing with a validity period of none", () => {
    const buffer = startLevel(startLevel(output(0), 5), 0);
    expect(writeMessage(buffer, bytes("a"))).toBe("not_initialised");
    expect(outboxMessages(buffer, 6)).toEqual([]);
    expect(readMessage(buffer, 6, 0)).toBeNull();
  });

  it("reads nothing of a level whose outbox was taken away", () => {
    const shrunk = startLevel(startLevel(output(1), 5), 0);
    // A later, longer period, as a migration sets it, does not bring outboxes back.
    expect(readMessage({ ...shrunk, validityPeriod: 10 }, 4, 0)).toBeNull();
    expect(outboxMessages({ ...shrunk, validityPeriod: 10 }, 5)).toEqual([]);
  });
});

describe("stored buffers", () => {
  const buffers: Buffers = {
    input: input([3, 0, "first"], [3, 1, "x".repeat(600)]),
    output: written(startLevel(output(10, 100n), 3), "out"),
  };

  function stored(value: Buffers): Tree {
    const tree = new Tree(Directory.empty);
    saveInto(tree, [], buffersSchema, value);
    return tree;
  }

  function load(tree: Tree): Buffers {
    return loadFrom(tree, [], buffersSchema) ?? expect.fail("there are buffers");
  }

  /** The bytes of a leaf in hexadecimal. */
  function leaf(tree: Tree, path: string): string | undefined {
    const found = tree.find(path.split("/"));
    return found && Buffer.from(found).toString("hex");
  }

  it("lie where the reference puts them", () => {
    const tree = stored(buffers);
    expect(tree.list([]).map(({ step }) => step)).toEqual(["tag", "value"]);
    expect(leaf(tree, "tag")).toBe("00000004536f6d65");
    const at = "value/pvm/buffers";
    expect(leaf(tree, `${at}/input/length`)).toBe("02");
    expect(leaf(tree, `${at}/input/head`)).toBe("00");
    expect(leaf(tree, `${at}/input/contents/1/raw-level`)).toBe("00000003");
    expect(leaf(tree, `${at}/input/contents/1/message-counter`)).toBe("01");
    expect(leaf(tree, `${at}/input/contents/1/length`)).toBe("0000000000000258");
    expect(tree.list([...at.split("/"), "input", "contents", "1", "contents"])).toHaveLength(2);
    expect(leaf(tree, `${at}/output/1/outboxes/3/contents/0`)).toBe("000000036f7574");
    expect(leaf(tree, `${at}/output/1/outboxes/3/length`)).toBe("01");
    expect(leaf(tree, `${at}/output/2/last_level`)).toBe("00000003");
    expect(leaf(tree, `${at}/output/3/validity_period`)).toBe("0000000a");
    expect(leaf(tree, `${at}/output/4/message_limit`)).toBe("a401");
  });

  it("have no last level before the first", () => {
    const tree = stored(emptyBuffers(10, 100n));
    expect(
      tree
        .list(["value", "pvm", "buffers", "output"])
        .map(({ step }) => step)
        .sort(),
    ).toEqual(["3", "4"]);
    expect(load(tree).output.lastLevel).toBeNull();
  });

  it("come back as they were", () => {
    const loaded = load(stored(buffers));
    expect(loaded.input.toArray()).toEqual(buffers.input.toArray());
    expect(outboxMessages(loaded.output, 3)).toEqual([bytes("out")]);
    expect(loaded.output.validityPeriod).toBe(10);
    expect(loaded.output.messageLimit).toBe(100n);
    expect(loadFrom(new Tree(Directory.empty), [], buffersSchema)).toBeNull();
  });

  it("are saved alike whether they were loaded in between or not", () => {
    const change = (before: Buffers): Buffers => {
      const { rest } = dequeue(before.input) ?? expect.fail("a message waits");
      return {
        input: enqueue(rest, { level: 4, counter: 0n, payload: bytes("third") }),
        output: written(startLevel(written(before.output, "more"), 0), "next"),
      };
    };
    const direct = stored(change(buffers));
    const tree = stored(buffers);
    saveInto(tree, [], buffersSchema, change(load(tree)));
    expect(Buffer.from(tree.hash).toString("hex")).toBe(Buffer.from(direct.hash).toString("hex"));
  });

  it("show in a proof the whole message that is taken, and the last one when one is added", () => {
    const root = stored({
      ...buffers,
      input: input([3, 0, "y".repeat(1500)], [3, 1, "z"], [3, 2, "x".repeat(600)]),
    }).root;
    const take = (tree: Tree): string => {
      const loaded = load(tree);
      const taken = dequeue(loaded.input) ?? expect.fail("a message waits");
      saveInto(tree, [], buffersSchema, { ...loaded, input: taken.rest });
      return Buffer.from(taken.message.payload).toString();
    };
    const add = (tree: Tree): number => {
      const loaded = load(tree);
      const added = enqueue(loaded.input, { level: 4, counter: 0n, payload: bytes("new") });
      saveInto(tree, [], buffersSchema, { ...loaded, input: added });
      return added.length;
    };
    const taking = recordProof(root, take);
    expect(taking.result).toBe("y".repeat(1500));
    expect(verifyProof(taking.proof, take)).toBe("y".repeat(1500));
    const adding = recordProof(root, add);
    expect(verifyProof(adding.proof, add)).toBe(4);
    const shown = JSON.stringify(adding.proof, (_key, value: unknown) =>
      value instanceof Uint8Array ? Buffer.from(value).toString("latin1") : value,
    );
    // Both chunks of the last message, none of the others.
    expect(shown).toContain("x".repeat(512));
    expect(shown).toContain("x".repeat(88));
    expect(shown).not.toContain("yyy");
  });
});
