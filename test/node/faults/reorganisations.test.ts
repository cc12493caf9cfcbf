// Reorganisations of every depth from 1 to 10: while the node looks on, while it is away, while it processes blocks; with messages and commitments
// in the blocks that go, which layer 1 puts back into its pool or has forgotten. Afterwards all is as for a node that has seen the last branch only.
import { describe, expect, it } from "vitest";
import { toHex } from "../../../src/encoding/hex.js";
import { MemoryRecords } from "../../../src/node/engine/state-store.js";
import { startNetwork, type TestNetwork } from "../../l1/client/network.js";
import { BOB, CAROL } from "../../l1/sandbox/chain.js";
import { assemble, originate, type Rollup } from "../../l1/sandbox/rollup.js";
import { startTestNode, type TestNode, temporaryDirectory } from "../test-node.js";

/** Blocks before the reorganisation: more than the deepest. */
const BLOCKS_BEFORE = 12;

interface World {
  readonly network: TestNetwork;
  readonly rollup: Rollup;
}

async function start(): Promise<World> {
  const network = await startNetwork();
  return { network, rollup: originate(network.chain, BOB, assemble("echo")) };
}

async function bake({ network }: World, count: number, ...nodes: readonly TestNode[]): Promise<void> {
  for (let i = 0; i < count; i++) {
    network.chain.bake();
    for (const node of nodes) await node.settled();
  }
}

async function agrees({ network, rollup }: World, ...nodes: readonly TestNode[]): Promise<void> {
  const fresh = await startTestNode(network, rollup, { mode: "observer" });
  await fresh.settled();
  for (let level = rollup.originationLevel; level <= network.chain.level; level++) {
    const block = await fresh.context.store.blockAt(level);
    expect(block).toBeDefined();
    for (const node of nodes) expect(await node.context.store.blockAt(level)).toEqual(block);
  }
  for (const node of nodes) {
    expect(node.context.lcc).toEqual(fresh.context.lcc);
    expect((await node.context.store.state()).head).toEqual((await fresh.context.store.state()).head);
  }
  await fresh.stop();
}

/** How often each message is on the main branch, and each commitment of the node's. */
function onChain({ network }: World): { readonly messages: readonly string[]; readonly published: number } {
  const blocks = Array.from({ length: network.chain.level }, (_, i) => network.chain.sandbox.block(i + 1));
  const receipts = blocks.flatMap((block) => block?.operations.flatMap((operation) => operation.receipts) ?? []);
  const isPublished = ({ content, metadata }: (typeof receipts)[number]): boolean =>
    content.kind === "smart_rollup_publish" && metadata.operationResult.status === "applied";
  return {
    messages: blocks.flatMap((block) => block?.inboxMessages.map(toHex) ?? []),
    published: receipts.filter(isPublished).length,
  };
}

async function sendThrough(node: TestNode, text: string): Promise<string> {
  const bytes = Buffer.from(text);
  await node.batcher?.register([bytes]);
  return `01${toHex(bytes)}`;
}

describe("a reorganisation", { timeout: 240_000 }, () => {
  it.each([
    { depth: 1, reinject: true },
    { depth: 2, reinject: false },
    { depth: 3, reinject: true },
    { depth: 5, reinject: false },
    { depth: 7, reinject: true },
    { depth: 10, reinject: false },
    { depth: 10, reinject: true },
  ])("of depth $depth takes nothing back for good (layer 1 remembers: $reinject)", async ({ depth, reinject }) => {
    const world = await start();
    const node = await startTestNode(world.network, world.rollup);
    const sent: string[] = [];
    for (let i = 0; i < BLOCKS_BEFORE; i++) {
      if (i >= BLOCKS_BEFORE - depth) sent.push(await sendThrough(node, `message ${i}`));
      await bake(world, 1, node);
    }
    const published = onChain(world).published;
    expect(published).toBeGreaterThan(0);
    world.network.chain.sandbox.reorg(depth, { reinject, beyondFinality: true });
    await node.told(({ name, fields }) => name === "smart_rollup_node_daemon_reorg" && fields["number"] === depth);
    await bake(world, 12, node);
    const after = onChain(world);
    for (const message of sent) expect(after.messages.filter((one) => one === message)).toHaveLength(1);
    expect(after.published).toBeGreaterThanOrEqual(published);
    expect(node.context.lcc.level).toBeGreaterThan(world.rollup.originationLevel);
    await agrees(world, node);
    expect(node.eventsNamed("smart_rollup_node_daemon_error")).toEqual([]);
  });

  it("of every depth agrees, one after the other, with nodes that look on, are away, or are in the middle of blocks", async () => {
    const world = await start();
    const { network, rollup } = world;
    const steady = await startTestNode(network, rollup);
    const away = { dataDir: temporaryDirectory(), records: new MemoryRecords(), mode: "observer" as const };
    await bake(world, BLOCKS_BEFORE, steady);
    for (let depth = 1; depth <= 10; depth++) {
      const other = await startTestNode(network, rollup, away);
      network.chain.send(CAROL, { kind: "smart_rollup_add_messages", messages: [Buffer.from(`depth ${depth}`)] });
      await other.settled();
      if (depth % 2 === 0) await other.stop();
      // The nodes are told of these while they process the ones before.
      network.chain.bake(2);
      network.chain.sandbox.reorg(depth, { beyondFinality: true, reinject: depth % 3 !== 0 });
      network.chain.bake();
      if (depth % 2 === 1) {
        await other.settled();
        await other.stop();
      }
    }
    const other = await startTestNode(network, rollup, away);
    await bake(world, 2, steady, other);
    await agrees(world, steady, other);
  });
});
