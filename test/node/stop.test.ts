// A node that is stopped before layer 1 has answered.
import { expect, it } from "vitest";
import { runNode } from "../../src/node/run-node.js";
import type { RollupAddress } from "../../src/protocol/identifiers.js";
import { configuration, temporaryDirectory } from "./test-node.js";

it("stops while it waits for a layer 1 that is away", async () => {
  const stopping = new AbortController();
  const address = "sr1Ghq66tYK9y3r8CC1Tf8i8m5nxh8nTvZEf" as RollupAddress;
  const rollup = { address, kernel: new Uint8Array(0), originationLevel: 0, genesisCommitment: new Uint8Array(32) };
  const names: string[] = [];
  const end = await runNode({
    config: configuration(rollup as Parameters<typeof configuration>[0], { mode: "observer" }),
    dataDir: temporaryDirectory(),
    endpoint: "http://127.0.0.1:1",
    signers: new Map(),
    version: "test",
    now: () => 0,
    signal: stopping.signal,
    emit: ({ name }) => {
      names.push(name);
      if (name.includes("wait_reconnect")) stopping.abort();
    },
  });
  expect(end).toBe("stopped");
  expect(names.at(-1)).toBe("stopping_smart_rollup_node");
});
