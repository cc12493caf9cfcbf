// A node that is far behind layer 1's head: its injectors hear of heads all the same, and nothing that it sends is given up, or sent again, for that.
import { expect, it } from "vitest";
import { toHex } from "../../src/encoding/hex.js";
import { startNetwork, type TestNetwork } from "../l1/client/network.js";
import { BOB } from "../l1/sandbox/chain.js";
import { assemble, originate } from "../l1/sandbox/rollup.js";
import { configuration, startTestNode, type TestNode } from "./test-node.js";

/** Blocks that an operation may wait. */
const INJECTION_TTL = 6;

/** Keeps the node from processing blocks while it is shut. */
class Gate {
  #opened: Promise<void> = Promise.resolve();
  #open: () => void = () => undefined;

  shut(): void {
    this.#opened = new Promise((resolve) => {
      this.#open = resolve;
    });
  }

  open(): void {
    this.#open();
  }

  readonly processing = async <T>(work: () => Promise<T>): Promise<T> => {
    await this.#opened;
    return work();
  };
}

async function start(): Promise<{ readonly network: TestNetwork; readonly gate: Gate; readonly node: TestNode }> {
  const network = await startNetwork();
  const rollup = originate(network.chain, BOB, assemble("echo"));
  const gate = new Gate();
  const { injector } = configuration(rollup);
  const node = await startTestNode(network, rollup, {
    config: { injector: { ...injector, injectionTtl: INJECTION_TTL } },
    parts: { processing: gate.processing },
  });
  for (let i = 0; i < 3; i++) {
    network.chain.bake();
    await node.settled();
  }
  return { network, gate, node };
}

const blocksOf = ({ chain }: TestNetwork) =>
  Array.from({ length: chain.level }, (_, i) => chain.sandbox.block(i + 1)).flatMap((block) => block ?? []);

/** Inbox levels of the commitments that were published, applied or not. */
function publications(network: TestNetwork): number[] {
  const receipts = blocksOf(network).flatMap(({ operations }) => operations.flatMap((operation) => operation.receipts));
  return receipts.flatMap(({ content }) =>
    content.kind === "smart_rollup_publish" ? [content.commitment.inboxLevel] : [],
  );
}

it("sees what it sent in blocks that it has not processed yet", async () => {
  const { network, gate, node } = await start();
  gate.shut();
  network.chain.bake();
  const id = node.injectors.add({ kind: "add_messages", messages: [Uint8Array.of(9)] }) ?? "";
  expect(await node.injectors.inject()).toBe(1);
  network.chain.bake();
  const { level } = network.chain;
  await node.told(({ name, fields }) => name === "included" && JSON.stringify(fields["operations"]).includes(id));
  expect(node.injectors.status(id)).toMatchObject({ status: "included", level });
  network.chain.bake(2 * INJECTION_TTL);
  gate.open();
  await node.settled();
  expect(node.eventsNamed("never_included")).toEqual([]);
  const messages = blocksOf(network).flatMap((block) => block.inboxMessages.map(toHex));
  expect(messages.filter((hex) => hex === "0109")).toHaveLength(1);
});

it("publishes each commitment once, and gives none up, while it works off what it is behind", async () => {
  const { network, gate, node } = await start();
  gate.shut();
  network.chain.bake(3 * INJECTION_TTL);
  gate.open();
  await node.settled();
  for (let i = 0; i < 6; i++) {
    network.chain.bake();
    await node.settled();
  }
  const published = publications(network);
  expect(published.length).toBeGreaterThan(4);
  expect(new Set(published).size).toBe(published.length);
  expect(node.eventsNamed("never_included")).toEqual([]);
  expect(node.eventsNamed("smart_rollup_node_daemon_error")).toEqual([]);
});
