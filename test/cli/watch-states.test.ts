// `tickproof watch` with states that it reads or makes itself, as a process: those in the data directory of a node that runs, and those of
// an observer of its own. Both tell the same about a game as the states of a node that is asked.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { RpcServer } from "../../src/node/rpc/server.js";
import { viewOf } from "../../src/node/running-view.js";
import { compiledProgram } from "../compiled-program.js";
import { startNetwork, type TestNetwork } from "../l1/client/network.js";
import { ALICE, BOB, CAROL } from "../l1/sandbox/chain.js";
import { assemble, originate, type Rollup } from "../l1/sandbox/rollup.js";
import { startTestNode, type TestNode } from "../node/test-node.js";
import { type KeptNode, startKeptNode } from "../node/tools/node-directory.js";
import { tickproof } from "./harness.js";

const TIMEOUT_MS = 300_000;

interface Process {
  readonly child: ChildProcess;
  /** The exit code, or the signal, once it has ended and said all. */
  readonly ended: Promise<number | string>;
  readonly said: { out: string; err: string };
  /** The next object that it prints. */
  next(): Promise<Json>;
}

type Json = { readonly [name: string]: unknown };

describe("tickproof watch, with states of its own", () => {
  const folder = mkdtempSync(join(tmpdir(), "tickproof-watch-states-"));
  /** Where the command puts what is for a while. */
  const temporary = join(folder, "tmp");
  const processes: Process[] = [];
  let network: TestNetwork;
  let rollup: Rollup;
  let honest: KeptNode;
  let liar: TestNode;
  /** What a watcher that asks the honest node tells of the head. */
  let expected: Json;

  const args = (...more: readonly string[]): readonly string[] => [
    ...["watch", "--endpoint", network.endpoint, "--rollup", rollup.address, "--alarm-blocks", "0", "--json"],
    ...more,
  ];

  const settle = async (): Promise<void> => {
    network.chain.bake();
    for (const node of [honest.node, liar]) await node.settled();
  };

  function watch(...more: readonly string[]): Process {
    const child = spawn(process.execPath, [compiledProgram(), ...args(...more)], {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, TMPDIR: temporary },
    });
    const ended = once(child, "close").then(([code, signal]) => (code ?? signal) as number | string); // one of them is set
    const said = { out: "", err: "" };
    child.stderr.on("data", (chunk) => {
      said.err += String(chunk);
    });
    child.stdout.on("data", (chunk) => {
      said.out += String(chunk);
    });
    const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
    const next = async (): Promise<Json> => {
      const { value, done } = await lines.next();
      if (done === true) throw new Error(`it has ended: ${said.err}`);
      return JSON.parse(value) as Json;
    };
    const one: Process = { child, ended, said, next };
    processes.push(one);
    return one;
  }

  beforeAll(async () => {
    mkdirSync(temporary);
    network = await startNetwork();
    rollup = originate(network.chain, CAROL, assemble("echo"));
    const lie = { level: network.chain.level + 1, messageIndex: 1, messageTick: 0n };
    honest = await startKeptNode(network, rollup, { account: ALICE });
    const config = { loserMode: { kind: "failures", failures: [lie] } } as const;
    liar = await startTestNode(network, rollup, { account: BOB, config });
    const games = async () => network.client.block().rollup(rollup.address).games(ALICE.address);
    while ((await games()).length === 0) await settle();
    const server = new RpcServer(viewOf(honest.node, { version: "test", historyMode: "full", now: () => 0 }));
    try {
      const { out } = await tickproof(args("--once", "--node", await server.listen()));
      expected = JSON.parse(out) as Json;
    } finally {
      await server.close();
    }
  }, TIMEOUT_MS);

  afterEach(async () => {
    for (const { child, ended } of processes.splice(0)) {
      child.kill("SIGKILL");
      await ended;
    }
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("has something to tell", () => {
    expect(expected).toMatchObject({
      own_level: network.chain.level,
      games: [{ honest: ALICE.address, phase: "dissecting", forecast: { outcome: ALICE.address } }],
      conflicts: [{ is_first: true, stakers: [BOB.address], defenders: [ALICE.address] }],
      troubles: [],
    });
  });

  it("runs an observer, and leaves nothing of it", { timeout: TIMEOUT_MS }, async () => {
    const observing = watch("--once");
    expect([await observing.ended, observing.said.err]).toEqual([0, ""]);
    expect(JSON.parse(observing.said.out)).toEqual(expected);
    expect(readdirSync(temporary)).toEqual([]);
  });

  it("reads the data directory of a node that runs, head after head", { timeout: TIMEOUT_MS }, async () => {
    const reading = watch("--data-dir", honest.dataDir);
    expect(await reading.next()).toEqual(expected);
    const { level } = network.chain;
    await settle();
    expect(await reading.next()).toMatchObject({ event: "level", level: level + 1, troubles: [] });
    reading.child.kill("SIGTERM");
    expect([await reading.ended, reading.said.err]).toEqual([0, ""]);
    expect(readdirSync(temporary)).toEqual([]);
  });

  it("does not take the data directory of another rollup's node", { timeout: TIMEOUT_MS }, async () => {
    const other = originate(network.chain, CAROL, assemble("echo"));
    const elsewhere = ["watch", "--endpoint", network.endpoint, "--rollup", other.address, "--once"];
    const { code, err } = await tickproof([...elsewhere, "--data-dir", honest.dataDir]);
    expect([code, err]).toEqual([
      2,
      expect.stringContaining(`is the data directory of a node of ${rollup.address}, not`),
    ]);
  });
});
