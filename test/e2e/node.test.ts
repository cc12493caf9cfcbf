// Real processes: a sandbox, an honest operator that is killed in the middle, and one that lies. The honest one commits, is killed, goes on,
// wins the game and keeps its bond.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { describeShared, sharedPath } from "../shared-data.js";
import { ProcessWorld } from "./node-processes.js";

/** The long form of the tests: `FULL=1 npm test`. */
const FULL = process.env["FULL"] === "1";
const KERNEL = "vectors/kernels/echo.wasm";
const PORTS = { honest: 29_431, liar: 29_432 } as const;
const CONSTANTS = {
  smart_rollup_commitment_period_in_blocks: 3,
  smart_rollup_challenge_window_in_blocks: 40,
  smart_rollup_timeout_period_in_blocks: 15,
};

describeShared("nodes as processes", [KERNEL], () => {
  const folder = mkdtempSync(join(tmpdir(), "tickproof-processes-"));
  let world: ProcessWorld;
  let rollup = "";

  beforeAll(async () => {
    world = new ProcessWorld(folder);
    writeFileSync(join(folder, "constants.json"), JSON.stringify(CONSTANTS));
    await world.startSandbox("constants.json");
    const kernel = readFileSync(sharedPath(KERNEL)).toString("hex");
    const phrase = "originate smart rollup echo from bootstrap1 of kind wasm_2_0_0 of type bytes with kernel";
    const out = await world.client(...phrase.split(" "), kernel, "--burn-cap", "10");
    rollup = /Address: (sr1\w+)/.exec(out)?.[1] ?? "";
  }, 120_000);

  afterAll(async () => {
    await world.stopAll();
    rmSync(folder, { recursive: true, force: true });
  });

  const rpc = async (node: keyof typeof PORTS, path: string): Promise<unknown> => {
    const answer = await fetch(`http://127.0.0.1:${PORTS[node]}${path}`);
    return answer.json();
  };

  const l1 = async (path: string): Promise<unknown> =>
    (await fetch(`${world.endpoint}/chains/main/blocks/head${path}`)).json();

  const published = async (node: keyof typeof PORTS): Promise<boolean> => {
    try {
      return (await rpc(node, "/local/last_published_commitment")) !== null;
    } catch {
      // It does not listen yet.
      return false;
    }
  };

  const runArguments = (name: keyof typeof PORTS, key: string): string[] => [
    ...`run operator for ${rollup} with operators ${key}`.split(" "),
    ...["--data-dir", join(folder, name), "--rpc-port", String(PORTS[name])],
  ];

  it("write their configuration, once", async () => {
    const args =
      `init operator config for ${rollup} with operators bootstrap2 --data-dir ${join(folder, "init")}`.split(" ");
    expect(await world.startNode("init", ...args).ended).toBe(0);
    expect(await world.startNode("init", ...args).ended).toBe(1);
    expect(world.log("init")).toMatch(/Configuration file ".*" already exists/);
  });

  // Its short forms are in e2e/refutation, which kills a node too.
  it.skipIf(!FULL)("dispute: the honest one wins, though it is killed on the way", { timeout: 300_000 }, async () => {
    const honest = runArguments("honest", "bootstrap2");
    const killed = world.startNode("honest", ...honest);
    const headLevel = ((await l1("/header")) as { level: number }).level;
    const liar = world.startNode("liar", ...runArguments("liar", "bootstrap3"), "--loser-mode", `${headLevel + 5} 0 0`);
    await world.until(async () => (await published("honest")) && (await published("liar")), killed, liar);
    killed.process.kill("SIGKILL");
    expect(await killed.ended).toBe("SIGKILL");
    const again = world.startNode("honest", ...honest);
    expect(await liar.ended).toBe(1);
    expect(world.log("liar")).toContain("lost");
    expect(again.process.exitCode).toBe(null);
    const key = "tz1gjaF81ZRRvdzjobyfVNsAeSC6PScjfQwN";
    const bonds = await l1(`/context/contracts/${key}/frozen_bonds`).catch(() => undefined);
    if (typeof bonds === "string") expect(bonds).toBe("10000000000");
    expect(await rpc("honest", "/health")).toMatchObject({ degraded: false });
    again.process.kill("SIGTERM");
    expect(await again.ended).toBe(127);
  });
});
