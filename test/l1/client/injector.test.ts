// The injector's queue as a state machine, and the injector on a sandbox chain.
import fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import { toHex } from "../../../src/encoding/hex.js";
import type { JsonObject } from "../../../src/encoding/json.js";
import { DEFAULT_FEE_RATES } from "../../../src/l1/client/fees.js";
import { Injector, type InjectorEvent, type SentOperation } from "../../../src/l1/client/injector.js";
import { type InjectorOperation, InjectorQueue, type QueueEvent } from "../../../src/l1/client/injector-queue.js";
import { PriorityQueue } from "../../../src/l1/client/priority-queue.js";
import { ROLLUP_INJECTOR_RULES, safetyGuardOf } from "../../../src/l1/client/rollup-injector-rules.js";
import { L1RpcError } from "../../../src/l1/client/rpc-error.js";
import type { RollupAddress } from "../../../src/protocol/identifiers.js";
import { ALICE, BOB, CAROL } from "../sandbox/chain.js";
import { signerOf, startNetwork, type TestNetwork } from "./network.js";

const NOWHERE = "sr163Lv22CdE8QagCwf48PWDTquk6isQwv57" as RollupAddress;
const TEMPORARY: readonly JsonObject[] = [{ kind: "temporary", id: "proto.alpha.contract.counter_in_the_future" }];
const PERMANENT: readonly JsonObject[] = [{ kind: "permanent", id: "proto.alpha.smart_rollup_does_not_exist" }];

function operation(id: string, tag = "add_messages", more: Partial<InjectorOperation> = {}): InjectorOperation {
  const body = { kind: "smart_rollup_add_messages", messages: [Uint8Array.of(1)] } as const;
  return { id, tag, draft: { body }, bytes: 100, ...more };
}

describe("a priority queue", () => {
  it("gives the least first, and equals in their order", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(9), fc.boolean())), fc.nat(9), (entries, out) => {
        const queue = new PriorityQueue<{ key: number; id: string }>(
          (a, b) => a.key - b.key,
          ({ id }) => id,
        );
        let model: { key: number; id: string }[] = [];
        const inOrder = () => [...model].sort((a, b) => a.key - b.key || Number(a.id) - Number(b.id));
        entries.forEach(([key, pops], i) => {
          const entry = { key, id: String(i) };
          queue.push(entry);
          model.push(entry);
          if (!pops) return;
          const [first] = inOrder();
          expect(queue.peek()).toBe(first);
          expect(queue.pop()).toBe(first);
          model = model.filter((one) => one !== first);
        });
        expect(queue.toSortedArray()).toEqual(inOrder());
        const removed = queue.remove(({ key }) => key === out);
        expect(removed).toHaveLength(model.filter(({ key }) => key === out).length);
        model = model.filter(({ key }) => key !== out);
        while (queue.size > 0) {
          const [first] = inOrder();
          expect(queue.get(first?.id ?? "")).toBe(first);
          expect(queue.pop()).toBe(first);
          model = model.filter((one) => one !== first);
        }
        expect(queue.pop()).toBeUndefined();
      }),
      { seed: 2, numRuns: 300 },
    );
  });

  it("has an element once", () => {
    const queue = new PriorityQueue<string>(
      () => 0,
      (id) => id,
    );
    queue.push("a");
    expect(() => queue.push("a")).toThrow("a is in the queue already");
  });
});

describe("the queue", () => {
  let events: QueueEvent[] = [];
  const kinds = () => events.map(({ kind }) => kind);
  const queueOf = (signers = [ALICE.address, BOB.address], rules: Partial<typeof ROLLUP_INJECTOR_RULES> = {}) => {
    events = [];
    return new InjectorQueue(signers, { ...ROLLUP_INJECTOR_RULES, ...rules }, (event) => events.push(event));
  };

  it("hands out operations by rank and order, in groups that fit", () => {
    const queue = queueOf(undefined, { maxGroupBytes: 296 });
    for (const tag of ["add_messages", "cement", "refute", "timeout", "publish"]) queue.add(operation(tag, tag));
    queue.add(operation("cement first", "cement", { order: 1n }));
    queue.add(operation("cement later", "cement", { order: 2n }));
    expect(queue.pending().map(({ id }) => id)).toEqual([
      ...["timeout", "refute", "cement first", "cement later", "cement", "publish", "add_messages"],
    ]);
    const groups = queue.takeGroups();
    expect(groups.map(({ signer, operations }) => [signer, operations.map(({ id }) => id)])).toEqual([
      [ALICE.address, ["timeout", "refute"]],
      [BOB.address, ["cement first", "cement later"]],
    ]);
    expect(queue.availableSigners()).toEqual([]);
    expect(queue.takeGroups()).toEqual([]);
  });

  it("knows what it has, and takes no more than it can hold", () => {
    const queue = queueOf([ALICE.address], { capacity: 2 });
    expect([
      queue.add(operation("a")),
      queue.add(operation("a")),
      queue.add(operation("b")),
      queue.add(operation("c")),
    ]).toEqual([...["added", "known", "added", "full"]]);
    expect(queue.removePending(({ id }) => id === "a")).toBe(1);
    expect(queue.statusOf("a")).toBeUndefined();
  });

  it("follows an operation into a block, and forgets it when it is final", () => {
    const queue = queueOf([ALICE.address], { retentionPeriod: 3 });
    queue.add(operation("a"));
    const [group] = queue.takeGroups();
    if (group === undefined) throw new Error("no group");
    expect(queue.statusOf("a")).toMatchObject({ status: "injecting" });
    queue.injected(group, "op", 10, 1);
    expect([...queue.awaited]).toEqual(["op"]);
    expect(queue.takeGroups()).toEqual([]);
    queue.blockHas("B", 11, "op", [{ status: "applied" }, { status: "applied" }]);
    expect(queue.statusOf("a")).toMatchObject({ status: "included", block: "B", level: 11, index: 1, hash: "op" });
    queue.headIs(12);
    expect(queue.add(operation("a"))).toBe("known");
    queue.headIs(15);
    expect(queue.statusOf("a")).toMatchObject({ status: "included" });
    queue.headIs(16);
    expect(queue.statusOf("a")).toBeUndefined();
    expect(queue.sizes).toEqual({ pending: 0, injected: 0, included: 0 });
  });

  it("takes back what a block had that is gone", () => {
    const queue = queueOf([ALICE.address]);
    queue.add(operation("a"));
    const [group] = queue.takeGroups();
    if (group === undefined) throw new Error("no group");
    queue.injected(group, "op", 10);
    queue.blockHas("B", 11, "op", [{ status: "applied" }]);
    queue.blockGone("B");
    expect(queue.statusOf("a")).toMatchObject({ status: "pending" });
    expect(kinds()).toEqual(["added", "included", "reverted", "retried"]);
  });

  it("gives up what is in no block for too long", () => {
    const queue = queueOf([ALICE.address], { injectionTtl: 5 });
    queue.add(operation("a"));
    const [group] = queue.takeGroups();
    if (group === undefined) throw new Error("no group");
    queue.injected(group, "op", 10);
    queue.headIs(15);
    expect(queue.availableSigners()).toEqual([]);
    queue.headIs(16);
    expect(queue.availableSigners()).toEqual([ALICE.address]);
    expect(kinds().at(-1)).toBe("never_included");
    expect(queue.statusOf("a")).toBeUndefined();
  });

  it("tries again what may pass, not for ever, and drops what never will", () => {
    const queue = queueOf([ALICE.address], { attempts: 2 });
    queue.add(operation("a"));
    for (let i = 0; i < 3; i++) {
      const [group] = queue.takeGroups();
      if (group === undefined) throw new Error("no group");
      queue.release(group, TEMPORARY);
    }
    expect(kinds()).toEqual(["added", "failed", "retried", "failed", "retried", "discarded"]);
    expect(queue.statusOf("a")).toBeUndefined();
    queue.add(operation("b"));
    const [group] = queue.takeGroups();
    queue.release(group ?? { signer: ALICE.address, operations: [] }, PERMANENT);
    expect(kinds().at(-1)).toBe("dropped");
  });

  it("goes on without those of a group that fail", () => {
    const queue = queueOf([ALICE.address]);
    for (const id of ["a", "b", "c"]) queue.add(operation(id));
    const [group] = queue.takeGroups();
    if (group === undefined) throw new Error("no group");
    const settled = queue.settle(group, [
      { status: "backtracked" },
      { status: "failed", errors: PERMANENT },
      { status: "skipped" },
    ]);
    expect(settled.operations.map(({ id }) => id)).toEqual(["a", "c"]);
    expect(queue.settle(settled, [{ status: "applied" }, { status: "applied" }])).toBe(settled);
    const half = queue.split(settled);
    expect(half?.operations.map(({ id }) => id)).toEqual(["a"]);
    expect(queue.pending().map(({ id }) => id)).toEqual(["c"]);
    expect(half === undefined ? "" : queue.split(half)).toBeUndefined();
    queue.clear();
    expect(queue.statusOf("c")).toBeUndefined();
    expect(queue.statusOf("a")).toMatchObject({ status: "injecting" });
  });

  it("never loses an operation, nor has it twice", () => {
    const step = fc.record({ what: fc.nat(6), n: fc.nat(3) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const queue = queueOf([ALICE.address, BOB.address], { retentionPeriod: 1, injectionTtl: 3, attempts: 1 });
        const ended = new Set<string>();
        const alive = new Set<string>();
        let [level, next, hashes] = [1, 0, 0];
        const sent: string[] = [];
        const blocks: string[] = [];
        const settle = () => {
          for (const event of events.splice(0)) {
            if (event.kind === "discarded" || event.kind === "dropped" || event.kind === "never_included") {
              ended.add(event.operation.id);
            }
            if (event.kind === "added" || event.kind === "retried") ended.delete(event.operation.id);
          }
        };
        for (const { what, n } of steps) {
          if (what <= 1) {
            const id = String(next++);
            queue.add(operation(id));
            alive.add(id);
          } else if (what === 2) {
            for (const group of queue.takeGroups()) {
              if (n === 0) queue.release(group, TEMPORARY);
              else if (n === 1) queue.release(group);
              else {
                const hash = `op${hashes++}`;
                queue.injected(group, hash, level);
                sent.push(hash);
              }
            }
          } else if (what === 3) {
            const hash = sent.splice(n % Math.max(sent.length, 1), 1)[0];
            const block = `B${level}`;
            if (hash !== undefined) {
              queue.blockHas(block, level, hash, Array(100).fill({ status: "applied" }));
              blocks.push(block);
            }
          } else if (what === 4) {
            queue.headIs(++level);
          } else {
            const block = blocks.pop();
            if (block !== undefined) queue.blockGone(block);
          }
          settle();
          const { pending, injected, included } = queue.sizes;
          const known = [...alive].filter((id) => queue.statusOf(id) !== undefined).length;
          expect(known).toBeLessThanOrEqual(pending + injected + included);
          expect(new Set(queue.pending().map(({ id }) => id)).size).toBe(pending);
          for (const id of alive) {
            // What is known no more has ended, or was in a block that is final.
            const status = queue.statusOf(id);
            if (status === undefined) alive.delete(id);
            else expect(ended.has(id)).toBe(false);
          }
        }
      }),
      { seed: 6, numRuns: 300 },
    );
  });
});

describe("rules", () => {
  it("give more gas to what meets more than simulation saw", () => {
    expect(safetyGuardOf(["add_messages"])).toBeUndefined();
    expect(safetyGuardOf(["add_messages", "publish"])).toBe(300n);
  });
});

describe("the injector", () => {
  let network: TestNetwork;
  let injector: Injector;
  let events: InjectorEvent[] = [];
  const FEES = { ...DEFAULT_FEE_RATES, forceLowFee: false, feeCap: 1_000_000n, burnCap: 0n };

  beforeEach(async () => {
    network = await startNetwork();
    events = [];
    injector = new Injector({
      client: network.client,
      signers: [ALICE, BOB].map(signerOf),
      rules: ROLLUP_INJECTOR_RULES,
      fees: () => FEES,
      onEvent: (event) => events.push(event),
    });
    await head();
  });

  const head = (): Promise<void> => {
    const { hash, shell } = network.chain.head;
    return injector.onHead({ hash, level: shell.level });
  };
  const bake = async (): Promise<void> => {
    network.chain.bake();
    await head();
  };
  const message = (id: string, byte = 1): string =>
    injector.add(id, "add_messages", { kind: "smart_rollup_add_messages", messages: [Uint8Array.of(byte)] });
  const kinds = (): string[] => events.map(({ kind }) => kind);

  /** External messages of the head. */
  const messages = (): string[] => network.chain.head.inboxMessages.map(toHex).filter((hex) => hex.startsWith("01"));

  it("brings messages to the chain, with one operation a key and block", async () => {
    expect([message("a", 1), message("b", 2), message("a", 1)]).toEqual(["added", "added", "known"]);
    expect(await injector.inject()).toBe(2);
    message("c", 3);
    expect(await injector.inject()).toBe(1);
    message("d", 4);
    expect(await injector.inject()).toBe(0);
    await bake();
    expect(messages()).toEqual(["0101", "0102", "0103"]);
    expect(kinds().filter((kind) => kind === "included")).toHaveLength(2);
    expect(await injector.inject()).toBe(1);
    await bake();
    expect(messages()).toEqual(["0104"]);
    expect(injector.queue.statusOf("d")).toMatchObject({ status: "included", level: network.chain.level });
  });

  it("leaves out what fails, and injects the rest", async () => {
    message("good");
    injector.add("bad", "cement", { kind: "smart_rollup_cement", rollup: NOWHERE });
    message("better", 2);
    expect(await injector.inject()).toBe(2);
    await bake();
    expect(messages()).toEqual(["0101", "0102"]);
    expect(injector.queue.statusOf("bad")).toBeUndefined();
    expect(events.find(({ kind }) => kind === "dropped")).toMatchObject({ operation: { id: "bad" } });
  });

  it("does not leave what came while its key was busy to the next head", async () => {
    const options = { client: network.client, rules: ROLLUP_INJECTOR_RULES, fees: () => FEES };
    injector = new Injector({ ...options, signers: [signerOf(ALICE)] });
    await head();
    injector.add("bad", "cement", { kind: "smart_rollup_cement", rollup: NOWHERE });
    const first = injector.inject();
    message("late", 7);
    expect(await injector.inject()).toBe(1);
    expect(await first).toBe(0);
    await bake();
    expect(messages()).toEqual(["0107"]);
  });

  /** How often an external message is on the chain. */
  const occurrences = (hex: string): number =>
    Array.from({ length: network.chain.level }, (_, i) => network.chain.sandbox.block(i + 1)?.inboxMessages ?? [])
      .flat()
      .filter((message) => toHex(message) === hex).length;

  it.each([
    { reinject: true, what: "which layer 1 puts into a block again" },
    { reinject: false, what: "which layer 1 has forgotten" },
  ])("has what a reorganisation took away on the chain once: $what", async ({ reinject }) => {
    message("a", 9);
    await injector.inject();
    await bake();
    network.chain.sandbox.reorg(1, { reinject });
    if (reinject) network.chain.bake();
    await head();
    expect(kinds()).toContain("reverted");
    for (let i = 0; i < 3; i++) {
      await injector.inject();
      await bake();
    }
    expect(occurrences("0109")).toBe(1);
    expect(injector.queue.statusOf("a")?.status).toBe("included");
  });

  it("makes an operation anew when the block that it branches from is gone", async () => {
    network.chain.bake(4);
    await head();
    message("a", 9);
    await injector.inject();
    await bake();
    network.chain.sandbox.reorg(4, { beyondFinality: true });
    await head();
    expect(injector.queue.statusOf("a")?.status).toBe("pending");
    await injector.inject();
    await bake();
    expect(occurrences("0109")).toBe(1);
    expect(injector.queue.statusOf("a")?.status).toBe("included");
  });

  it.each(["got there", "got lost"])(
    "has an operation on the chain once whose answer did not come: it %s",
    async (fate) => {
      const { client } = network;
      const real = client.inject.bind(client);
      const lost = new L1RpcError("l1.rpc.unreachable", "other side closed", { method: "POST", url: "" });
      client.inject = async (bytes) => {
        if (fate === "got there") await real(bytes);
        throw lost;
      };
      message("a", 9);
      expect(await injector.inject()).toBe(0);
      client.inject = real;
      if (fate === "got there") network.chain.bake();
      for (let i = 0; i < 3; i++) {
        await head();
        await injector.inject();
        await bake();
      }
      expect(occurrences("0109")).toBe(1);
      expect(injector.queue.statusOf("a")?.status).toBe("included");
    },
  );

  it.each(["pool", "block", "nowhere"])("goes on after a restart with what is in the node's %s", async (place) => {
    const kept: SentOperation[] = [];
    const make = (): Injector =>
      new Injector({
        client: network.client,
        signers: [signerOf(CAROL)],
        rules: ROLLUP_INJECTOR_RULES,
        fees: () => FEES,
        beforeSending: async (operation) => void kept.push(operation),
      });
    injector = make();
    await head();
    message("a", 9);
    if (place === "nowhere") network.client.inject = () => Promise.reject(new Error("killed"));
    await injector.inject().catch(() => undefined);
    if (place === "nowhere") Reflect.deleteProperty(network.client, "inject");
    if (place === "block") network.chain.bake(3);
    injector = make();
    for (const operation of kept.splice(0)) injector.resume(operation);
    expect(injector.add("a", "add_messages", { kind: "smart_rollup_add_messages", messages: [] })).toBe("known");
    await head();
    for (let i = 0; i < 3; i++) {
      await injector.inject();
      await bake();
    }
    expect(occurrences("0109")).toBe(1);
    expect(injector.queue.statusOf("a")?.status).toBe("included");
    expect(kept).toEqual([]);
  });

  it("counts the life of an operation from the head when it was made, not from the last head it was told of", async () => {
    network.chain.bake(ROLLUP_INJECTOR_RULES.injectionTtl + 1);
    message("a", 9);
    expect(await injector.inject()).toBe(1);
    await head();
    expect(kinds()).not.toContain("never_included");
    expect(injector.queue.statusOf("a")?.status).toBe("injected");
    await bake();
    expect(injector.queue.statusOf("a")).toMatchObject({ status: "included", level: network.chain.level });
  });

  it("forgets operations of a branch that is gone that their makers make again if they still make sense", async () => {
    const { queue } = injector;
    queue.add(operation("old", "publish"));
    queue.add(operation("message"));
    const [group] = queue.takeGroups();
    if (group === undefined) throw new Error("no group");
    queue.injected(group, "op", network.chain.level);
    queue.blockHas("B", network.chain.level, "op", [{ status: "applied" }, { status: "applied" }]);
    queue.blockGone("B");
    expect(queue.statusOf("old")).toBeUndefined();
    expect(queue.statusOf("message")?.status).toBe("pending");
  });

  it("finds its operations in the blocks of a gap of any length that an operation outlives", async () => {
    message("a", 9);
    expect(await injector.inject()).toBe(1);
    network.chain.bake();
    const { level } = network.chain;
    network.chain.bake(2 * ROLLUP_INJECTOR_RULES.injectionTtl);
    await head();
    expect(kinds()).not.toContain("never_included");
    expect(injector.queue.statusOf("a")).toMatchObject({ status: "included", level });
    expect(occurrences("0109")).toBe(1);
  });

  it("keeps its operations when the node does not answer", async () => {
    await network.client.close();
    message("a");
    expect(await injector.inject()).toBe(0);
    expect(events.find(({ kind }) => kind === "round_failed")).toMatchObject({ signer: ALICE.address });
    expect(injector.queue.statusOf("a")).toMatchObject({ status: "pending", failures: 0 });
  });

  it("gets over somebody else using the key", async () => {
    message("a");
    network.chain.inject(ALICE, { kind: "transaction", amount: 1n, destination: CAROL.address });
    await injector.inject();
    message("b", 2);
    await injector.inject();
    for (let i = 0; i < 4; i++) {
      await bake();
      await injector.inject();
    }
    await bake();
    expect(["a", "b"].map((id) => injector.queue.statusOf(id)?.status)).toEqual(["included", "included"]);
  });
});
