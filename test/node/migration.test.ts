// Layer 1 changes its protocol: the node reads the message of it, takes on the new constants, and goes on.
import { describe, expect, it } from "vitest";
import { toHex } from "../../src/encoding/hex.js";
import { findProtocol, type Protocol } from "../../src/l1/sandbox/protocols.js";
import { MemoryRecords } from "../../src/node/engine/state-store.js";
import { overrideConstants } from "../../src/protocol/constants.js";
import { hashInbox } from "../../src/protocol/inbox.js";
import { startNetwork } from "../l1/client/network.js";
import { BOB, QUICK } from "../l1/sandbox/chain.js";
import { assemble, originate } from "../l1/sandbox/rollup.js";
import { startTestNode, temporaryDirectory } from "./test-node.js";

const ACTIVATION = 12;
const USHUAIA = findProtocol("u025_025") as Protocol; // the sandbox has it

describe("a change of protocol", () => {
  it("is followed: at once, after a restart over it, and from far behind", async () => {
    const constants = overrideConstants(QUICK, { smart_rollup_commitment_period_in_blocks: 5 });
    const schedule = [{ protocol: USHUAIA, level: ACTIVATION, constants }];
    const network = await startNetwork({ nextProtocols: schedule });
    const { chain } = network;
    const rollup = originate(chain, BOB, assemble("echo"));
    const steady = await startTestNode(network, rollup);
    const [dataDir, records] = [temporaryDirectory(), new MemoryRecords()];
    const before = await startTestNode(network, rollup, { mode: "observer", dataDir, records });
    while (chain.level < ACTIVATION + 20) {
      chain.bake();
      await steady.settled();
      if (chain.level < ACTIVATION) await before.settled();
      if (chain.level === ACTIVATION - 1) await before.stop();
    }
    const restarted = await startTestNode(network, rollup, { mode: "observer", dataDir, records });
    const late = await startTestNode(network, rollup, { mode: "observer" });
    await Promise.all([restarted.settled(), late.settled()]);
    for (let level = rollup.originationLevel; level <= chain.level; level++) {
      const [a, b, c] = await Promise.all([steady, restarted, late].map(({ context }) => context.store.blockAt(level)));
      expect(b, `level ${level}`).toEqual(a);
      expect(c, `level ${level}`).toEqual(a);
    }
    const head = await steady.context.store.blockAt(chain.level);
    const inbox = chain.sandbox.context(chain.head).inbox();
    expect(toHex(head?.inboxHash ?? new Uint8Array(0))).toBe(toHex(hashInbox(inbox)));
    const told = steady.eventsNamed("smart_rollup_node_daemon_protocol_migration");
    expect(told).toHaveLength(1);
    expect(steady.context.protocol.constants.rollup.commitmentPeriod).toBe(5);
    const cemented = chain.sandbox.context(chain.head).rollup(rollup.address).lastCemented();
    expect(cemented.level).toBeGreaterThan(ACTIVATION);
    expect(steady.eventsNamed("smart_rollup_node_daemon_error")).toEqual([]);
  });
});
