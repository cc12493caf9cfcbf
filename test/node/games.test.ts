// An honest node against one that lies: it finds the conflict, plays, and wins, and keeps its bond.
import { describe, expect, it } from "vitest";
import { startNetwork, type TestNetwork } from "../l1/client/network.js";
import { ALICE, BOB, CAROL } from "../l1/sandbox/chain.js";
import { assemble, originate } from "../l1/sandbox/rollup.js";
import { startTestNode, type TestNode } from "./test-node.js";

const STAKE = 10_000_000_000n;

/** Bakes until a condition holds, letting nodes do their work after each block. */
async function bakeUntil(network: TestNetwork, holds: () => boolean, most: number, ...nodes: readonly TestNode[]) {
  for (let i = 0; i < most; i++) {
    if (holds()) return;
    network.chain.bake();
    for (const node of nodes) await node.settled();
  }
  expect.fail(`not after ${most} blocks`);
}

describe("an honest node", () => {
  for (const [name, messageIndex, messageTick] of [
    ["a message that is not there", 2, 0n],
    ["an evaluation gone wrong", 4, 11_000_000_001n],
  ] as const) {
    it(`wins against ${name}`, async () => {
      const network = await startNetwork();
      const { chain } = network;
      const rollup = originate(chain, CAROL, assemble("echo"));
      const lie = { level: chain.level + 2, messageIndex, messageTick };
      const honest = await startTestNode(network, rollup, { account: ALICE });
      const liar = await startTestNode(network, rollup, {
        account: BOB,
        config: { loserMode: { kind: "failures", failures: [lie] } },
      });
      chain.bake();
      chain.inject(CAROL, {
        kind: "smart_rollup_add_messages",
        messages: [Buffer.from("hello"), Buffer.from("world")],
      });
      await honest.settled();
      await liar.settled();
      const before = chain.balance(ALICE);
      const wealth = chain.balance(BOB) + chain.bonds(BOB);
      let loss: unknown;
      liar.finished.catch((error: unknown) => {
        loss = error;
      });
      // The loser's node ends when it sees that it has lost; until then it plays.
      await bakeUntil(network, () => loss !== undefined, 60, honest, {
        ...liar,
        settled: () => liar.settled().catch(() => undefined),
      });
      expect(loss).toMatchObject({ code: "sc_rollup.node.lost_game" });
      expect(chain.bonds(ALICE)).toBe(STAKE);
      // What was at stake is gone, whether or not the liar stakes anew.
      expect(chain.balance(BOB) + chain.bonds(BOB)).toBeLessThanOrEqual(wealth - STAKE);
      // Half of the liar's bond, less fees.
      expect(chain.balance(ALICE)).toBeGreaterThan(before - STAKE + STAKE / 2n - 1_000_000n);
      expect(honest.eventsNamed("smart_rollup_node_conflict_detected").length).toBe(1);
      expect(honest.eventsNamed("smart_rollup_node_computed_dissection").length).toBeGreaterThan(1);
    });
  }
});
