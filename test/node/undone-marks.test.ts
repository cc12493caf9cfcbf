// What a node has noted of blocks that a reorganisation drops (publications, executed messages) is taken back, and noted again if they come back.
import { describe, expect, it } from "vitest";
import { toHex } from "../../src/encoding/hex.js";
import { LazyMicheline } from "../../src/encoding/micheline.js";
import type { Block } from "../../src/l1/sandbox/block.js";
import type { ContractHash } from "../../src/protocol/identifiers.js";
import { type OutboxMessage, serializeOutboxMessage } from "../../src/protocol/outbox-message.js";
import { startNetwork, type TestNetwork } from "../l1/client/network.js";
import { BOB, CAROL, said } from "../l1/sandbox/chain.js";
import { assemble, originate } from "../l1/sandbox/rollup.js";
import { NAT, RUNTIME, toyCode } from "../l1/sandbox/toy-contracts.js";
import { startTestNode, type TestNode } from "./test-node.js";

/** Blocks after which what was sent has been cemented and executed. */
const ENOUGH_BLOCKS = 30;

const has = ({ operations }: Block, kind: string): boolean =>
  operations.some(({ receipts }) => receipts.some(({ content }) => content.kind === kind));

/** What is noted, by levels: [when our commitments were published], [what has been executed of outboxes]. */
async function marks({ context: { store } }: TestNode, upTo: number) {
  const publications = await Promise.all(
    (await store.commitments(0, upTo)).map(async ({ hash }) => [toHex(hash), await store.publication(hash)]),
  );
  const outboxes = [];
  for (let level = 0; level <= upTo; level++) outboxes.push(await store.outboxLevel(level));
  return { publications, outboxes };
}

/** An operator that has published, and executed, and an observer who looks on; up to a block that holds operations of a kind. */
async function startedUpTo(kind: string) {
  const network = await startNetwork({ contracts: RUNTIME });
  const { chain } = network;
  const script = { code: LazyMicheline.ofValue(toyCode("SWAP", NAT)), storage: LazyMicheline.ofValue({ int: "0" }) };
  const originated = said("origination", chain.apply(CAROL, { kind: "origination", balance: 0n, script }));
  const destination = originated.originatedContracts[0] as ContractHash; // one was asked for
  const rollup = originate(chain, BOB, assemble("echo"));
  const operator = await startTestNode(network, rollup, {
    config: { executeOutboxFilter: [{ destination: "any", entrypoint: "any" }] },
  });
  const observer = await startTestNode(network, rollup, { mode: "observer" });
  const transactions = [{ parameters: { int: "7" }, destination, entrypoint: "default" }];
  const message: OutboxMessage = { kind: "untyped", transactions };
  chain.inject(CAROL, { kind: "smart_rollup_add_messages", messages: [serializeOutboxMessage(message)] });
  let block = chain.bake();
  for (let i = 0; i < ENOUGH_BLOCKS && !has(block, kind); i++) {
    await operator.settled();
    block = chain.bake();
  }
  expect(has(block, kind)).toBe(true);
  await operator.stop();
  const newest = chain.bake();
  await observer.settled();
  const fresh = (): Promise<TestNode> => settledObserver(network, rollup);
  return { network, observer, fresh, block, newest };
}

async function settledObserver(network: TestNetwork, rollup: Parameters<typeof startTestNode>[1]): Promise<TestNode> {
  const node = await startTestNode(network, rollup, { mode: "observer" });
  await node.settled();
  return node;
}

describe("a reorganisation of depth 2", { timeout: 60_000 }, () => {
  it.each(["smart_rollup_publish", "smart_rollup_execute_outbox_message"])(
    "takes back what was noted of a block with %s, and coming back brings it back",
    async (kind) => {
      const { network, observer, fresh, newest } = await startedUpTo(kind);
      const { chain } = network;
      const before = await marks(observer, newest.shell.level);
      const old = await fresh();
      expect(before).toEqual(await marks(old, newest.shell.level));
      await old.stop();
      chain.sandbox.reorg(2, { reinject: false });
      await observer.settled();
      const { level } = chain;
      const another = await fresh();
      const after = await marks(observer, level);
      expect(after).not.toEqual(before);
      expect(after).toEqual(await marks(another, level));
      await another.stop();
      chain.sandbox.resetHead(newest.hash);
      chain.bake(2);
      await observer.settled();
      expect(await marks(observer, newest.shell.level)).toEqual(before);
      expect(observer.eventsNamed("smart_rollup_node_daemon_error")).toEqual([]);
    },
  );
});
