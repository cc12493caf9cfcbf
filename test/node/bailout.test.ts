// A node in bailout mode whose operator does not stake has nothing to do: it does not start.
import { expect, it } from "vitest";
import { startNetwork } from "../l1/client/network.js";
import { BOB } from "../l1/sandbox/chain.js";
import { assemble, originate } from "../l1/sandbox/rollup.js";
import { startTestNode } from "./test-node.js";

it("does not bail out of what it has no stake in", async () => {
  const network = await startNetwork();
  const rollup = originate(network.chain, BOB, assemble("echo"));
  await expect(startTestNode(network, rollup, { mode: "bailout" })).rejects.toThrow(
    "This implicit account is not a staker of this smart rollup.",
  );
});
