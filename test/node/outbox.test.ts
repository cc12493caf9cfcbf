// A node that executes what its rollup puts into the outbox, as far as the filters of its configuration let it.
import { describe, expect, it } from "vitest";
import { LazyMicheline, type Micheline } from "../../src/encoding/micheline.js";
import type { OutboxFilter } from "../../src/node/config/configuration.js";
import type { ContractHash } from "../../src/protocol/identifiers.js";
import { type OutboxMessage, serializeOutboxMessage } from "../../src/protocol/outbox-message.js";
import { startNetwork } from "../l1/client/network.js";
import { BOB, CAROL, said, type TestChain } from "../l1/sandbox/chain.js";
import { assemble, originate } from "../l1/sandbox/rollup.js";
import { NAT, RUNTIME, toyCode } from "../l1/sandbox/toy-contracts.js";
import { startTestNode } from "./test-node.js";

/** Blocks in which commitments with what was sent are published, cemented, and executed. */
const BLOCKS = 25;

/** A contract that keeps the number it is called with. */
function keeper(chain: TestChain): ContractHash {
  const script = { code: LazyMicheline.ofValue(toyCode("SWAP", NAT)), storage: LazyMicheline.ofValue({ int: "0" }) };
  const result = said("origination", chain.apply(CAROL, { kind: "origination", balance: 0n, script }));
  return result.originatedContracts[0] as ContractHash; // one was asked for
}

const storageOf = (chain: TestChain, hash: ContractHash): Micheline | undefined =>
  chain.sandbox.context(chain.head).contract(hash)?.script.storage;

const call = (destination: ContractHash, int: string, entrypoint = "default") => ({
  parameters: { int },
  destination,
  entrypoint,
});

/** What two contracts hold in the end, and how often messages were executed. */
async function executed(
  filters: (one: ContractHash, other: ContractHash) => readonly OutboxFilter[],
  transactions: (one: ContractHash, other: ContractHash) => OutboxMessage[],
) {
  const network = await startNetwork({ contracts: RUNTIME });
  const { chain } = network;
  const [one, other] = [keeper(chain), keeper(chain)];
  const rollup = originate(chain, BOB, assemble("echo"));
  const node = await startTestNode(network, rollup, { config: { executeOutboxFilter: filters(one, other) } });
  const messages = transactions(one, other).map(serializeOutboxMessage);
  chain.inject(CAROL, { kind: "smart_rollup_add_messages", messages });
  let executions = 0;
  for (let i = 0; i < BLOCKS; i++) {
    const block = chain.bake();
    await node.settled();
    const contents = block.operations.flatMap(({ receipts }) => receipts);
    executions += contents.filter(({ content }) => content.kind === "smart_rollup_execute_outbox_message").length;
  }
  expect(node.eventsNamed("smart_rollup_node_daemon_error")).toEqual([]);
  return { executions, one: storageOf(chain, one), other: storageOf(chain, other), node };
}

const untyped = (...transactions: ReturnType<typeof call>[]): OutboxMessage => ({ kind: "untyped", transactions });

describe("execution of the outbox", () => {
  it("takes everything where everything may pass, each message once", async () => {
    const { executions, one, other } = await executed(
      () => [{ destination: "any", entrypoint: "any" }],
      (one, other) => [untyped(call(one, "7")), untyped(call(one, "8"), call(other, "9"))],
    );
    expect(executions).toBe(2);
    expect([one, other]).toEqual([{ int: "8" }, { int: "9" }]);
  });

  it("takes only batches of which each transaction may pass", async () => {
    const { executions, one, other } = await executed(
      (one) => [{ destination: [one], entrypoint: "any" }],
      (one, other) => [untyped(call(one, "7")), untyped(call(one, "8"), call(other, "9"))],
    );
    expect(executions).toBe(1);
    expect([one, other]).toEqual([{ int: "7" }, { int: "0" }]);
  });

  it("looks at entrypoints", async () => {
    const { executions } = await executed(
      () => [{ destination: "any", entrypoint: ["mint"] }],
      (one) => [untyped(call(one, "7"))],
    );
    expect(executions).toBe(0);
  });

  it("leaves all alone without a filter", async () => {
    const { executions } = await executed(
      () => [],
      (one) => [untyped(call(one, "7"))],
    );
    expect(executions).toBe(0);
  });
});
