// A node that dies, or fails, after a level is stored and before what the level makes it do: it is done afterwards, and once.
import { describe, expect, it } from "vitest";
import { toHex } from "../../src/encoding/hex.js";
import { MemoryRecords } from "../../src/node/engine/state-store.js";
import { StoreError } from "../../src/node/store/store-error.js";
import { commitmentHash } from "../../src/protocol/commitment.js";
import type { StateHash } from "../../src/protocol/identifiers.js";
import { startNetwork, type TestNetwork } from "../l1/client/network.js";
import { BOB, CAROL } from "../l1/sandbox/chain.js";
import { assemble, originate } from "../l1/sandbox/rollup.js";
import { startTestNode, type TestNode, temporaryDirectory } from "./test-node.js";

/** Hashes of the commitments that have been published, by whomever. */
function published({ chain }: TestNetwork): string[] {
  const blocks = Array.from({ length: chain.level }, (_, i) => chain.sandbox.block(i + 1)).flatMap((one) => one ?? []);
  const receipts = blocks.flatMap(({ operations }) => operations.flatMap((operation) => operation.receipts));
  return receipts.flatMap(({ content }) =>
    content.kind === "smart_rollup_publish" ? [toHex(commitmentHash(content.commitment))] : [],
  );
}

async function bake(network: TestNetwork, count: number, node: TestNode): Promise<void> {
  for (let i = 0; i < count; i++) {
    network.chain.bake();
    await node.settled();
  }
}

describe("what an accuser owes when somebody publishes what is wrong", () => {
  it.each([
    { what: "the process dies", error: new StoreError("node.store.unavailable", "pulled out", "disk"), isFatal: true },
    { what: "something fails", error: new Error("out of luck"), isFatal: false },
  ])("is paid although $what in between", async ({ error, isFatal }) => {
    const network = await startNetwork();
    const { chain } = network;
    const rollup = originate(chain, BOB, assemble("echo"));
    const place = { mode: "accuser", dataDir: temporaryDirectory(), records: new MemoryRecords() } as const;
    let fails = false;
    const first = await startTestNode(network, rollup, {
      ...place,
      parts: {
        processing: async (work) => {
          const result = await work();
          if (!fails) return result;
          fails = false;
          throw error;
        },
      },
    });
    await bake(network, 6, first);
    const [, ours] = await first.context.store.commitments(0, chain.level);
    if (ours === undefined) throw new Error("no commitment yet");
    const commitment = { ...ours.commitment, compressedState: new Uint8Array(32).fill(7) as StateHash };
    fails = true;
    chain.inject(CAROL, { kind: "smart_rollup_publish", rollup: rollup.address, commitment });
    chain.bake();
    if (isFatal) await expect(first.finished).rejects.toBe(error);
    if (isFatal) await first.stop();
    const node = isFatal ? await startTestNode(network, rollup, place) : first;
    await node.settled();
    expect(published(network)).toEqual([toHex(commitmentHash(commitment))]);
    await bake(network, 3, node);
    expect(published(network)).toEqual([toHex(commitmentHash(commitment)), toHex(ours.hash)]);
  });
});
