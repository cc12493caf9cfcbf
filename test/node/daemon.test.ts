// A node against a sandbox chain: it follows, commits, publishes, cements; two of them agree; reorganisations and restarts change nothing.
import { describe, expect, it } from "vitest";
import { toHex } from "../../src/encoding/hex.js";
import { MemoryRecords } from "../../src/node/engine/state-store.js";
import { hashInbox } from "../../src/protocol/inbox.js";
import { startNetwork, type TestNetwork } from "../l1/client/network.js";
import { BOB, CAROL } from "../l1/sandbox/chain.js";
import { assemble, originate, type Rollup } from "../l1/sandbox/rollup.js";
import { startTestNode, type TestNode, temporaryDirectory } from "./test-node.js";

async function network(kernel = "echo"): Promise<{ network: TestNetwork; rollup: Rollup }> {
  const started = await startNetwork();
  return { network: started, rollup: originate(started.chain, BOB, assemble(kernel)) };
}

/** Bakes, letting nodes do their work after each block. */
async function bake(network: TestNetwork, count: number, ...nodes: readonly TestNode[]): Promise<void> {
  for (let i = 0; i < count; i++) {
    network.chain.bake();
    for (const node of nodes) await node.settled();
  }
}

describe("a node", () => {
  it("commits every period, publishes what is final, cements what is old enough", async () => {
    const { network: net, rollup } = await network();
    const node = await startTestNode(net, rollup);
    await bake(net, 25, node);
    const view = net.chain.sandbox.context(net.chain.head).rollup(rollup.address);
    const { lcc, lpc, store } = node.context;
    const cemented = view.lastCemented();
    expect(cemented.level).toBeGreaterThan(rollup.originationLevel);
    expect(toHex(lcc.hash)).toBe(toHex(cemented.hash));
    expect(lpc?.level).toBeGreaterThan(lcc.level);
    expect((lcc.level - rollup.originationLevel) % 3).toBe(0);
    const block = await store.blockAt(net.chain.level);
    const theirs = net.chain.sandbox.context(net.chain.head).inbox();
    expect(toHex(block?.inboxHash ?? new Uint8Array(0))).toBe(toHex(hashInbox(theirs)));
    expect(node.eventsNamed("smart_rollup_node_new_commitment").length).toBeGreaterThan(5);
    expect(node.eventsNamed("smart_rollup_node_daemon_error")).toEqual([]);
  });

  it("agrees with one that was stopped and started, and with one that joined late, over messages and reorganisations", async () => {
    const { network: net, rollup } = await network();
    const steady = await startTestNode(net, rollup);
    const dataDir = temporaryDirectory();
    const records = new MemoryRecords();
    let restarted = await startTestNode(net, rollup, { mode: "observer", dataDir, records });
    for (let round = 0; round < 6; round++) {
      net.chain.send(CAROL, { kind: "smart_rollup_add_messages", messages: [Buffer.from(`round ${round}`)] });
      await bake(net, 2, steady, restarted);
      if (round === 2) {
        net.chain.sandbox.reorg(2);
        await bake(net, 2, steady, restarted);
      }
      if (round === 1 || round === 4) {
        await restarted.stop();
        await bake(net, 1, steady);
        restarted = await startTestNode(net, rollup, { mode: "observer", dataDir, records });
        await restarted.settled();
      }
    }
    const late = await startTestNode(net, rollup, { mode: "observer" });
    await late.settled();
    for (let level = rollup.originationLevel; level <= net.chain.level; level++) {
      const [a, b, c] = await Promise.all([steady, restarted, late].map((node) => node.context.store.blockAt(level)));
      expect(a).toEqual(c);
      expect(b).toEqual(c);
    }
  });
});
