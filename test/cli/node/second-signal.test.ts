// A node as a process that is told to stop while it evaluates a level without end in sight, and told so again.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { INTERRUPTED_EXIT_CODE } from "../../../src/cli/node/signals.js";
import { ProcessWorld } from "../../e2e/node-processes.js";
import { startNetwork } from "../../l1/client/network.js";
import { BOB, CAROL } from "../../l1/sandbox/chain.js";
import { originate } from "../../l1/sandbox/rollup.js";
import { spinKernel, spinMessage } from "../../node/load/spin-kernel.js";
import { temporaryFolder } from "../harness.js";

/** More than any machine does before the test is over. */
const TICKS = 10_000_000_000;
/** Milliseconds between two signals: the node hears the first of them, and the first a second after that. */
const AGAIN_MS = 50;

const world = new ProcessWorld(temporaryFolder());
afterAll(() => world.stopAll());

it("ends at once, with 255, at the second signal", { timeout: 60_000 }, async () => {
  const network = await startNetwork();
  const { chain } = network;
  const rollup = originate(chain, BOB, spinKernel());
  world.endpoint = network.endpoint;
  mkdirSync(world.baseDir);
  chain.inject(CAROL, { kind: "smart_rollup_add_messages", messages: [spinMessage(TICKS)] });
  chain.bake();
  const dataDir = ["--data-dir", join(world.folder, "data"), "--rpc-port", "0"];
  const node = world.startNode("node", "run", "observer", "for", rollup.address, "with", "operators", ...dataDir);
  let said = "";
  node.process.stderr?.on("data", (text: Buffer) => {
    said += text.toString("utf8").replaceAll(/\s+/g, " ");
  });
  await world.until(() => new RegExp(`Processing head \\S+ at level ${chain.level}\\b`).test(said), node);
  const signals = setInterval(() => node.process.kill("SIGTERM"), AGAIN_MS);
  expect(await node.ended.finally(() => clearInterval(signals))).toBe(INTERRUPTED_EXIT_CODE);
});
