// The cached store says what the store behind it says, whatever is written and read, and asks it only once.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CachedStore } from "../../../src/node/store/cached-store.js";
import type { Store } from "../../../src/node/store/store.js";
import { commitmentHash } from "../../../src/protocol/commitment.js";
import { hashInbox } from "../../../src/protocol/inbox.js";
import { levelBatch } from "./level-batch.js";
import { MemoryStore } from "./memory-store.js";
import { sampleBlock, sampleCommitment, sampleInbox, sampleMessages } from "./samples.js";

const MAX_LEVEL = 12;

type Step =
  | { readonly do: "write" | "read" | "resetTo" | "deleteBelow"; readonly level: number }
  | { readonly do: "repair" };

async function apply(store: Store, step: Step): Promise<unknown> {
  try {
    switch (step.do) {
      case "write":
        return await store.write(levelBatch(step.level));
      case "resetTo":
        return await store.resetTo(step.level);
      case "deleteBelow":
        return await store.deleteBelow(step.level);
      case "repair":
        return await store.repair();
      case "read":
        return await answers(store, step.level);
    }
  } catch (error) {
    return error;
  }
}

async function answers(store: Store, level: number): Promise<unknown> {
  const { hash, inboxHash, inboxWitness } = sampleBlock(level);
  return Promise.all([
    store.state(),
    store.block(hash),
    store.hashAt(level),
    store.blockAt(level),
    store.inbox(inboxHash),
    store.messages(inboxWitness),
    store.commitment(commitmentHash(sampleCommitment(level))),
    store.firstAvailableLevel(),
    store.lastCommitted(),
    store.lastCommitted(level),
  ]);
}

describe("the cached store", () => {
  it("says what the store says", async () => {
    const level = fc.integer({ min: 0, max: MAX_LEVEL });
    const step: fc.Arbitrary<Step> = fc.oneof(
      { weight: 4, arbitrary: fc.record({ do: fc.constantFrom("write" as const, "read" as const), level }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constantFrom("resetTo" as const, "deleteBelow" as const), level }) },
      { weight: 1, arbitrary: fc.constant({ do: "repair" as const }) },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), fc.integer({ min: 1, max: 4 }), async (steps, size) => {
        const plain = new MemoryStore();
        const cached = new CachedStore(new MemoryStore(), size);
        for (const one of steps) expect(await apply(cached, one)).toEqual(await apply(plain, one));
      }),
      { seed: 20261124, numRuns: 200 },
    );
  });

  it("asks the store behind it no more for what it was told", async () => {
    const inner = new MemoryStore();
    const cached = new CachedStore(inner, 64);
    await cached.write(levelBatch(0));
    await cached.state();
    await cached.firstAvailableLevel();
    await cached.write(levelBatch(1));
    await inner.close();
    const { hash } = sampleBlock(1);
    expect((await cached.state()).head).toEqual({ hash, level: 1 });
    expect(await cached.block(hash)).toEqual(sampleBlock(1));
    expect(await cached.blockAt(1)).toEqual(sampleBlock(1));
    expect(await cached.hashAt(0)).toEqual(sampleBlock(0).hash);
    expect(await cached.inbox(hashInbox(sampleInbox(1)))).toEqual(sampleInbox(1));
    expect(await cached.messages(sampleBlock(1).inboxWitness)).toEqual(sampleMessages(1));
    expect(await cached.firstAvailableLevel()).toBe(0);
    await expect(cached.fullBlock(hash)).rejects.toThrow();
  });

  it("does not keep what a write overtakes", async () => {
    const inner = new MemoryStore();
    const cached = new CachedStore(inner, 64);
    await cached.write(levelBatch(0));
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const state = inner.state.bind(inner);
    inner.state = async () => {
      const read = await state();
      await held;
      return read;
    };
    const overtaken = cached.state();
    await cached.write(levelBatch(1));
    release();
    expect((await overtaken).head?.level).toBe(0);
    expect((await cached.state()).head?.level).toBe(1);
  });
});
