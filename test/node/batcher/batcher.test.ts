// The batcher: names of messages against Octez's, order, limits, duplicates, cutting, statuses, removal.
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encode } from "../../../src/encoding/binary.js";
import { fromHex } from "../../../src/encoding/hex.js";
import {
  Batcher,
  type BatcherEvent,
  type BatcherLimits,
  type BatchInjector,
  PROTOCOL_MAX_BATCH_BYTES,
} from "../../../src/node/batcher/batcher.js";
import { BatcherError } from "../../../src/node/batcher/errors.js";
import { compareMessages, MessageHeap, type QueuedMessage } from "../../../src/node/batcher/message-heap.js";
import { isMessageId, messageId } from "../../../src/node/batcher/message-id.js";
import type { BlockHash, PublicKeyHash, Signature } from "../../../src/protocol/identifiers.js";
import { encodeOperation } from "../../../src/protocol/operation.js";
import { contentForm } from "../../../src/protocol/operation-contents.js";
import { describeShared, sharedPath } from "../../shared-data.js";

/** An injector that takes everything, or refuses when told to. */
class Taker implements BatchInjector {
  readonly operations = new Map<string, { readonly messages: readonly string[]; readonly order: bigint | undefined }>();
  readonly forgotten = new Set<string>();
  refuses = false;
  refusesAfter = Number.POSITIVE_INFINITY;

  async add(messages: readonly Uint8Array[], order: bigint | undefined): Promise<string> {
    await Promise.resolve();
    if (this.refuses || this.operations.size >= this.refusesAfter) throw new Error("the queue is full");
    const id = `iop${this.operations.size}`;
    this.operations.set(id, { messages: messages.map(textOf), order });
    return id;
  }

  knows(id: string): boolean {
    return this.operations.has(id) && !this.forgotten.has(id);
  }

  get batches(): readonly (readonly string[])[] {
    return [...this.operations.values()].map(({ messages }) => messages);
  }
}

const bytesOf = (text: string) => new TextEncoder().encode(text);
const textOf = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

const LIMITS: BatcherLimits = { minBatchElements: 10, maxBatchElements: 2 ** 30 - 1 };

function setUp(limits: Partial<BatcherLimits> = {}, capacity?: number) {
  const injector = new Taker();
  const events: BatcherEvent[] = [];
  const batcher = new Batcher({
    limits: { ...LIMITS, ...limits },
    injector,
    onEvent: (event) => events.push(event),
    ...(capacity === undefined ? {} : { capacity }),
  });
  const add = (texts: readonly string[], options: { order?: bigint; dropDuplicates?: boolean } = {}) =>
    batcher.register(texts.map(bytesOf), options);
  return { injector, events, batcher, add };
}

describeShared("ids of layer 2 messages", "vectors/rpc/batcher-message-ids.json", () => {
  const vectors = JSON.parse(readFileSync(sharedPath("vectors/rpc/batcher-message-ids.json"), "utf8"));

  it("are Octez's for 75 messages that are told apart", () => {
    expect(vectors.drop_duplicate_false).toHaveLength(75);
    for (const { counter, content, id } of vectors.drop_duplicate_false) {
      expect(messageId(fromHex(content), BigInt(counter))).toBe(id);
      expect(isMessageId(id)).toBe(true);
    }
  });

  it("and for messages that are not", () => {
    for (const { content, id } of vectors.drop_duplicate_true_computed) expect(messageId(fromHex(content))).toBe(id);
  });

  it("come from the batcher in this order", async () => {
    const { batcher } = setUp({ minBatchElements: 1000 });
    const all: { content: string; id: string }[] = vectors.drop_duplicate_false;
    const ids: string[] = [];
    for (let i = 0; i < all.length; i += 5) {
      ids.push(...(await batcher.register(all.slice(i, i + 5).map(({ content }) => fromHex(content)))));
    }
    expect(ids).toEqual(all.map(({ id }) => id));
  });
});

describe("the queue", () => {
  it("has ordered messages first, then those that came first", async () => {
    const { batcher, add } = setUp();
    await add(["a"]);
    await add(["b", "c"], { order: 7n });
    await add(["d"], { order: 2n });
    await add(["e"], { order: 7n });
    await add(["f"]);
    expect(batcher.queue().map(({ content }) => textOf(content))).toEqual(["d", "b", "c", "e", "a", "f"]);
    expect(batcher.queue()[0]).toMatchObject({ order: 2n, counter: 3n });
  });

  it("is cut between heads once enough messages wait, and at a head whatever waits", async () => {
    const { injector, batcher, add, events } = setUp({ minBatchElements: 4 });
    await add(["a", "b", "c"]);
    expect(injector.batches).toEqual([]);
    await add(["d"]);
    expect(injector.batches).toEqual([["a", "b", "c", "d"]]);
    await add(["e"], { order: 5n });
    await add(["f"], { order: 3n });
    await batcher.onHead();
    expect(injector.batches.slice(1)).toEqual([["f", "e"]]);
    expect(injector.operations.get("iop1")?.order).toBe(3n);
    expect(injector.operations.get("iop0")?.order).toBeUndefined();
    expect(events.filter(({ name }) => name === "batched")).toEqual([
      { name: "batched", batches: 1, messages: 4, left: 0 },
      { name: "batched", batches: 1, messages: 2, left: 0 },
    ]);
    await batcher.onHead();
    expect(injector.operations.size).toBe(2);
  });

  it("leaves what is below the minimum after a full batch", async () => {
    const { injector, batcher, add } = setUp({ minBatchElements: 3, maxBatchElements: 2 });
    await add(["a", "b", "c", "d", "e"]);
    expect(injector.batches).toEqual([
      ["a", "b"],
      ["c", "d"],
    ]);
    expect(batcher.size).toBe(1);
  });

  it("closes a batch before the message that would make it too large", async () => {
    const { injector, batcher, add } = setUp({ maxBatchSize: 30 });
    await add(["0123456789", "0123456789", "01", "0123456789012345678901234"]); // 14 + 14, 6 + 29 is too much
    await batcher.onHead();
    expect(injector.batches.map((batch) => batch.map(({ length }) => length))).toEqual([[10, 10], [2], [25]]);
  });

  it("fills an operation to its last byte", () => {
    const source = "tz1VSUr8wwNhLAzempoch5d6hLRiTh8Cjcjb" as PublicKeyHash;
    const widest = { fee: 2n ** 63n - 1n, counter: 2n ** 62n - 1n, storageLimit: 2n ** 62n - 1n };
    const content = {
      kind: "smart_rollup_add_messages",
      source,
      ...widest,
      gasLimit: (2n ** 62n - 2n) / 1000n,
      messages: [new Uint8Array(0)],
    } as const;
    expect(encode(contentForm, content).length).toBeGreaterThan(0);
    const branch = new Uint8Array(32) as BlockHash;
    const operation = encodeOperation({ branch, contents: [content], signature: new Uint8Array(64) as Signature });
    expect(32_768 - operation.length).toBe(PROTOCOL_MAX_BATCH_BYTES);
  });
});

describe("limits", () => {
  it("refuse a message of more than 4096 bytes, with all that came with it", async () => {
    const { batcher, add } = setUp();
    const large = "x".repeat(4097);
    const refused = add(["a", large]);
    await expect(refused).rejects.toThrow(BatcherError);
    await expect(refused).rejects.toThrow("Message 1 is too large (max size is 4100)");
    expect(batcher.size).toBe(0);
    await add(["x".repeat(4096)]);
    expect(batcher.size).toBe(1);
  });

  it("are those of the batch if these are smaller", async () => {
    const { add } = setUp({ maxBatchSize: 10 });
    await expect(add(["1234567"])).rejects.toThrow("Message 0 is too large (max size is 10)");
    await expect(add(["123456"])).resolves.toHaveLength(1);
  });

  it("of the configuration are checked", () => {
    const message = "batcher.max_batch_size must be smaller than 32607";
    expect(() => setUp({ maxBatchSize: 32_608 })).toThrow(message);
    expect(() => setUp({ maxBatchSize: 32_607 })).not.toThrow();
  });

  it("refuse what the queue has no room for", async () => {
    const { batcher, add } = setUp({ minBatchElements: 100 }, 3);
    await add(["a", "b"]);
    const refused = await add(["c", "d"]).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(BatcherError);
    expect((refused as BatcherError).toJson()).toEqual({
      kind: "permanent",
      id: "batcher.heap_insertion_failed",
      error: "no space left in heap",
    });
    expect(batcher.size).toBe(2);
    await add(["c"]);
    await batcher.onHead();
    await expect(add(["d", "e"])).resolves.toHaveLength(2);
  });
});

describe("duplicates", () => {
  it("are different messages by default", async () => {
    const { batcher, add } = setUp();
    const ids = [...(await add(["a", "a"])), ...(await add(["a"]))];
    expect(new Set(ids).size).toBe(3);
    expect(batcher.size).toBe(3);
  });

  it("are dropped on demand, while they wait and while the injector knows them", async () => {
    const { injector, batcher, add, events } = setUp();
    const [first] = await add(["a"], { dropDuplicates: true });
    expect(await add(["a", "a"], { dropDuplicates: true })).toEqual([first, first]);
    expect(batcher.size).toBe(1);
    await batcher.onHead();
    expect(await add(["a"], { dropDuplicates: true })).toEqual([first]);
    expect(batcher.size).toBe(0);
    expect(events.filter(({ name }) => name === "dropped_message")).toEqual([{ name: "dropped_message", id: first }]);
    injector.forgotten.add("iop0");
    expect(await add(["a"], { dropDuplicates: true })).toEqual([first]);
    expect(batcher.size).toBe(1);
  });

  it("take the place of the first when their order is lower", async () => {
    const { batcher, add } = setUp();
    await add(["x"], { dropDuplicates: true, order: 5n });
    await add(["y"], { order: 3n });
    await add(["x"], { dropDuplicates: true, order: 1n });
    await add(["x"], { dropDuplicates: true, order: 9n });
    expect(batcher.queue().map(({ content, order }) => [textOf(content), order])).toEqual([
      ["x", 1n],
      ["y", 3n],
    ]);
  });
});

describe("statuses", () => {
  it("follow a message", async () => {
    const { batcher, add } = setUp();
    const [id = ""] = await add(["a"]);
    expect(batcher.statusOf(id)).toEqual({ status: "pending_batch", content: bytesOf("a") });
    await batcher.onHead();
    expect(batcher.statusOf(id)).toEqual({ status: "batched", content: bytesOf("a"), operation: "iop0" });
    expect(batcher.statusOf(messageId(bytesOf("other")))).toBeUndefined();
  });

  it("are known while the injector takes its time", async () => {
    const { batcher, add } = setUp();
    const [id = ""] = await add(["a"]);
    const cutting = batcher.onHead();
    await Promise.resolve();
    expect(batcher.statusOf(id)?.status).toBe("pending_batch");
    await cutting;
    expect(batcher.statusOf(id)?.status).toBe("batched");
  });

  it("of the oldest messages are forgotten", async () => {
    const { batcher, add } = setUp({}, 2);
    const [first = ""] = await add(["a"]);
    await batcher.onHead();
    const later = await add(["b", "c"]);
    await batcher.onHead();
    expect(batcher.statusOf(first)).toBeUndefined();
    for (const id of later) expect(batcher.statusOf(id)?.status).toBe("batched");
  });
});

describe("an injector that takes nothing", () => {
  it("loses no message", async () => {
    const { injector, batcher, add, events } = setUp({ minBatchElements: 2, maxBatchElements: 2 });
    injector.refusesAfter = 1;
    const ids = await add(["a", "b", "c", "d"]);
    expect(ids).toHaveLength(4);
    expect(injector.batches).toEqual([["a", "b"]]);
    expect(batcher.queue().map(({ content }) => textOf(content))).toEqual(["c", "d"]);
    expect(events.at(-2)).toMatchObject({ name: "not_taken", messages: 2 });
    injector.refusesAfter = Number.POSITIVE_INFINITY;
    await batcher.onHead();
    expect(injector.batches[1]).toEqual(["c", "d"]);
  });
});

describe("removal", () => {
  it("goes by order, the bound included", async () => {
    const { batcher, add } = setUp();
    for (const order of [1n, 2n, 3n]) await add([`${order}`], { order });
    await add(["none"]);
    await batcher.removeUpTo(2n, false);
    expect(batcher.queue().map(({ content }) => textOf(content))).toEqual(["3", "none"]);
    await batcher.removeUpTo(2n, true);
    expect(batcher.queue().map(({ content }) => textOf(content))).toEqual(["3"]);
  });

  it("of everything forgets batches too", async () => {
    const { batcher, add } = setUp();
    const [batched = ""] = await add(["a"]);
    await batcher.onHead();
    const [waiting = ""] = await add(["b"]);
    await batcher.clear();
    expect([batched, waiting].map((id) => batcher.statusOf(id))).toEqual([undefined, undefined]);
    expect(batcher.size).toBe(0);
  });
});

describe("the heap", () => {
  const messageArbitrary = fc.record({
    name: fc.integer({ min: 0, max: 20 }),
    order: fc.option(fc.bigInt({ min: 0n, max: 5n }), { nil: undefined }),
  });
  const step = fc.oneof(
    { weight: 5, arbitrary: messageArbitrary.map((message) => ({ tag: "insert" as const, message })) },
    { weight: 2, arbitrary: fc.constant({ tag: "pop" as const }) },
    { weight: 1, arbitrary: fc.bigInt({ min: 0n, max: 5n }).map((bound) => ({ tag: "remove" as const, bound })) },
  );

  it("does what a sorted list does", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const heap = new MessageHeap(12);
        let model: QueuedMessage[] = [];
        let counter = 0n;
        for (const one of steps) {
          if (one.tag === "insert") {
            const { name, order } = one.message;
            const message = { id: `m${name}`, content: new Uint8Array(0), counter: counter++, ...withOrder(order) };
            const same = model.find(({ id }) => id === message.id);
            const hasRoom = same !== undefined || model.length < 12;
            expect(heap.insert(message)).toBe(hasRoom);
            if (hasRoom && (same === undefined || compareMessages(message, same) < 0)) {
              model = [...model.filter((other) => other !== same), message].sort(compareMessages);
            }
          } else if (one.tag === "pop") {
            expect(heap.pop()).toBe(model.shift());
          } else {
            const matches = ({ order }: QueuedMessage) => order !== undefined && order <= one.bound;
            expect(heap.remove(matches)).toBe(model.filter(matches).length);
            model = model.filter((message) => !matches(message));
          }
          expect(heap.size).toBe(model.length);
          expect(heap.peek()).toBe(model[0]);
        }
        expect(heap.toSortedArray()).toEqual(model);
      }),
      { seed: 5, numRuns: 200 },
    );
  });

  it("does not grow when one message is replaced again and again", () => {
    const heap = new MessageHeap(10);
    for (let i = 0n; i < 10_000n; i++) {
      heap.insert({ id: "same", content: new Uint8Array(0), counter: i, order: 10_000n - i });
    }
    expect(heap.size).toBe(1);
    expect(heap.pop()?.order).toBe(1n);
    expect(heap.pop()).toBeUndefined();
  });
});

function withOrder(order: bigint | undefined): { order?: bigint } {
  return order === undefined ? {} : { order };
}
