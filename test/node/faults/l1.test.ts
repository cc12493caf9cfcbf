// Layer 1 on its bad days: the node tells of it, waits, tries again, and comes to what a node that saw none of it comes to.
import { afterAll, describe, expect, it } from "vitest";
import { encodeBase58Check } from "../../../src/encoding/base58check.js";
import { toHex } from "../../../src/encoding/hex.js";
import { startNetwork, type TestNetwork } from "../../l1/client/network.js";
import { BOB, CAROL } from "../../l1/sandbox/chain.js";
import { assemble, originate, type Rollup } from "../../l1/sandbox/rollup.js";
import { startTestNode, type TestNode } from "../test-node.js";
import { type FaultOf, FaultyL1 } from "./faulty-l1.js";

interface World {
  readonly network: TestNetwork;
  readonly rollup: Rollup;
  readonly l1: FaultyL1;
  readonly node: TestNode;
}

/** Seconds that calls may take; few where some are never answered. */
const PATIENCE = 30;
const LITTLE_PATIENCE = 2;

/** An operator behind a proxy, on a chain of a few blocks. */
async function start(timeout = PATIENCE): Promise<World> {
  const network = await startNetwork();
  const rollup = originate(network.chain, BOB, assemble("echo"));
  const l1 = new FaultyL1(network.endpoint);
  const endpoint = await l1.listen();
  afterAll(() => l1.close());
  const node = await startTestNode({ ...network, endpoint }, rollup, {
    config: { l1RpcTimeout: timeout, reconnectionDelay: 0.05 },
  });
  network.chain.bake(3);
  await node.settled();
  return { network, rollup, l1, node };
}

async function agrees({ network, rollup, node }: World): Promise<void> {
  const fresh = await startTestNode(network, rollup, { mode: "observer" });
  await fresh.settled();
  for (let level = rollup.originationLevel; level <= network.chain.level; level++) {
    expect(await node.context.store.blockAt(level)).toEqual(await fresh.context.store.blockAt(level));
  }
  await fresh.stop();
}

const isBlock = (path: string): boolean => /^\/chains\/main\/blocks\/B\w{50}(\?|$)/.test(path);
const isInjection = (path: string): boolean => path.startsWith("/injection/");

describe("a node whose layer 1", { timeout: 120_000 }, () => {
  const faults: readonly (readonly [string, FaultOf])[] = [
    ["answers 500", (_, path) => (isBlock(path) ? { kind: "answer", status: 500, body: "oops" } : undefined)],
    ["does not answer", (_, path) => (isBlock(path) ? { kind: "hang" } : undefined)],
    ["hangs up in the middle of answers", (_, path) => (isBlock(path) ? { kind: "cut" } : undefined)],
    ["answers what is no JSON", (_, path) => (isBlock(path) ? { kind: "answer", status: 200, body: "{]" } : undefined)],
    [
      "answers other JSON",
      (_, path) => (isBlock(path) ? { kind: "answer", status: 200, body: '{"hash":3}' } : undefined),
    ],
  ];

  it.each(faults)("%s is degraded, and goes on when it is over", async (name, fault) => {
    const world = await start(name === "does not answer" ? LITTLE_PATIENCE : PATIENCE);
    const { network, l1, node } = world;
    l1.fault = fault;
    network.chain.bake(2);
    await node.told(({ name }) => name === "smart_rollup_node_daemon_degraded_mode");
    await node.told(({ name }) => name === "smart_rollup_node_daemon_main_loop_retry");
    expect(node.context.isDegraded).toBe(true);
    expect(l1.spoilt.length).toBeGreaterThan(0);
    l1.heal();
    await node.settled();
    expect(node.context.isDegraded).toBe(false);
    await agrees(world);
  });

  it("breaks the stream of heads, or sends nonsense in it, is connected to again", async () => {
    const world = await start();
    const { network, l1, node } = world;
    const isStream = (path: string): boolean => path.startsWith("/monitor/heads");
    l1.fault = (_, path) => (isStream(path) ? { kind: "answer", status: 200, body: '{"level":]' } : undefined);
    l1.hangUp();
    await node.told(({ name }) => name.endsWith("connection_lost"));
    await node.told(({ name }) => name.includes("cannot_connect"));
    network.chain.bake(2);
    l1.heal();
    await node.settled();
    await agrees(world);
  });

  const lies: readonly (readonly [string, (world: World) => FaultOf])[] = [
    [
      "a block's predecessor, in the block",
      ({ network }) => {
        const truth = encodeBase58Check("blockHash", network.chain.head.hash);
        const lie = encodeBase58Check(
          "blockHash",
          network.chain.sandbox.block(network.chain.level - 1)?.hash ?? network.chain.head.hash,
        );
        const change = (body: string): string => body.replace(`"predecessor":"${truth}"`, `"predecessor":"${lie}"`);
        return (_, path) => (isBlock(path) ? { kind: "lie", change } : undefined);
      },
    ],
    [
      "a block's level",
      ({ network }) => {
        const next = network.chain.level + 2;
        const change = (body: string): string => body.replace(`"level":${next},`, `"level":${next + 7},`);
        return (_, path) => (isBlock(path) ? { kind: "lie", change } : undefined);
      },
    ],
    [
      "which block it is",
      ({ network }) => {
        const change = (body: string): string =>
          body.replace(
            /"hash":"B\w{50}"/,
            `"hash":"${encodeBase58Check("blockHash", network.chain.sandbox.genesis.hash)}"`,
          );
        return (_, path) => (isBlock(path) ? { kind: "lie", change } : undefined);
      },
    ],
  ];

  it.each(lies)("lies about %s refuses it, says so, and goes on when it is over", async (_, lieOf) => {
    const world = await start();
    const { network, l1, node } = world;
    l1.fault = lieOf(world);
    network.chain.bake(2);
    const told = await node.told(({ name }) => name === "smart_rollup_node_daemon_error");
    expect(JSON.stringify(told.fields)).toContain("sc_rollup.node.unreliable_tezos_node");
    expect(told.message).toMatch(/Layer 1 contradicts itself about block B\w{50}: its? /);
    l1.heal();
    await node.settled();
    await agrees(world);
  });

  it("lies about predecessors in lists of blocks and heads ends up with the truth", async () => {
    const world = await start();
    const { network, l1, node } = world;
    const lie = encodeBase58Check("blockHash", network.chain.sandbox.genesis.hash);
    const truth = encodeBase58Check("blockHash", network.chain.head.hash);
    l1.fault = (_, path) =>
      /^\/(monitor\/heads|chains\/main\/blocks\?)/.test(path)
        ? { kind: "lie", change: (body) => body.replaceAll(truth, lie) }
        : undefined;
    l1.hangUp();
    network.chain.bake(2);
    await node.told(({ name }) => name === "smart_rollup_node_daemon_error");
    l1.heal();
    l1.hangUp();
    await node.settled();
    await agrees(world);
  });

  it.each(["cut", "hang"] as const)("does not say that it has taken operations (%s) has each once", async (kind) => {
    const world = await start(LITTLE_PATIENCE);
    const { network, l1, node } = world;
    // The sandbox gets them; the node does not hear so.
    l1.fault = (_, path) => (isInjection(path) ? { kind: "cut" } : undefined);
    if (kind === "hang") l1.fault = (_, path) => (isInjection(path) ? { kind: "hang" } : undefined);
    const messages = ["one", "two", "three"].map((text) => Buffer.from(text));
    for (const message of messages) {
      await node.batcher?.register([message]);
      network.chain.send(CAROL, { kind: "smart_rollup_add_messages", messages: [Buffer.from("somebody else's")] });
      await node.settled();
    }
    expect(l1.spoilt.filter((line) => line.startsWith("POST /injection")).length).toBeGreaterThan(0);
    l1.heal();
    for (let i = 0; i < 6; i++) {
      network.chain.bake();
      await node.settled();
    }
    const onChain = Array.from(
      { length: network.chain.level },
      (_, i) => network.chain.sandbox.block(i + 1)?.inboxMessages ?? [],
    )
      .flat()
      .map(toHex);
    for (const message of messages) expect(onChain.filter((hex) => hex === `01${toHex(message)}`)).toHaveLength(1);
    await agrees(world);
  });
});
