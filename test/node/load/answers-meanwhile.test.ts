// While a level of many ticks is evaluated, the node answers: hundreds of requests that are sent after the evaluation has begun have their answers
// before it ends. Two processes; no clock is asked.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { compiledProgram } from "../../compiled-program.js";
import { BOB } from "../../l1/sandbox/chain.js";
import { originate } from "../../l1/sandbox/rollup.js";
import { compileForChild } from "../store/compiled.js";
import { type MessageChain, startMessageChain } from "./chain-with-messages.js";
import { NodeProcess } from "./node-process.js";
import { CALLS, longLevel, rpcLoad } from "./rpc-load.js";
import { spinKernel, TICKS_A_TURN } from "./spin-kernel.js";

const CLIENTS = 100;
/** Some two seconds of one processor. */
const TICKS = 100_000_000;
/** One after the other, some of them surely after the computation has begun. */
const READS = 20;

const folder = mkdtempSync(join(tmpdir(), "tickproof-answers-"));
let world: MessageChain;
let node: NodeProcess;

beforeAll(async () => {
  const probe = compileForChild("test/node/load/probe.ts", join(folder, "compiled"));
  world = await startMessageChain();
  const rollup = originate(world.chain, BOB, spinKernel());
  node = await NodeProcess.start({ main: compiledProgram(), probe, folder, endpoint: world.endpoint, rollup });
  for (let i = 0; i < 3; i++) world.chain.bake();
  await node.reached(world.chain.level);
}, 300_000);

afterAll(async () => {
  await node.stop();
  await world.close();
  rmSync(folder, { recursive: true, force: true });
});

it("answers while ticks run", { timeout: 120_000 }, async () => {
  const stop = new AbortController();
  const level = longLevel(world.chain, node, TICKS).finally(() => stop.abort());
  const asked = await rpcLoad(node, { clients: CLIENTS, pause: 0, signal: stop.signal });
  const { from, to } = await level;
  const meanwhile = asked.filter(({ sent, milliseconds }) => sent > from && sent + milliseconds < to);
  expect(meanwhile.length).toBeGreaterThan(2 * CLIENTS);
  const kinds = new Set(meanwhile.map(({ what }) => what));
  expect([...kinds].sort()).toEqual([...new Set(CALLS.map(({ what }) => what))].sort());
  const { phases } = (await node.get(`/local/proof/${world.chain.level}/phases`)) as Phases;
  const ticks = phases.filter(({ phase }) => phase === "eval").reduce((sum, span) => sum + Number(span.ticks), 0);
  expect(ticks).toBeGreaterThan(TICKS);
  expect(ticks).toBeLessThan(TICKS + 1000 * TICKS_A_TURN);
});

it("reads states while a proof is computed", { timeout: 120_000 }, async () => {
  const ended: string[] = [];
  const long = node.get(`/local/proof/${world.chain.level}/phases`).then(() => ended.push("phases"));
  for (let i = 0; i < READS; i++) {
    await node.get("/global/block/head/durable/wasm_2_0_0/value?key=/spun");
    ended.push("read");
  }
  await long;
  expect(ended).toEqual([...Array<string>(READS).fill("read"), "phases"]);
});

interface Phases {
  readonly phases: readonly { readonly phase: string; readonly ticks: string }[];
}
