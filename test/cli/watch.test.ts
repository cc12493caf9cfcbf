// `tickproof watch` beside a chain and nodes in this process: what it prints, its alarms, its webhook, and layer 1 going away.
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runProgram } from "../../src/cli/program.js";
import type { Terminal } from "../../src/cli/terminal.js";
import { RpcServer as L1Server } from "../../src/l1/sandbox/rpc/server.js";
import { RpcServer } from "../../src/node/rpc/server.js";
import { viewOf } from "../../src/node/running-view.js";
import { startNetwork, type TestNetwork } from "../l1/client/network.js";
import { ALICE, BOB, CAROL } from "../l1/sandbox/chain.js";
import { assemble, originate, type Rollup } from "../l1/sandbox/rollup.js";
import { startTestNode, type TestNode } from "../node/test-node.js";
import { tickproof } from "./harness.js";

/** The command, running: what it has said so far. */
class Running {
  out = "";
  err = "";
  readonly ended: Promise<number>;
  #wake: () => void = () => undefined;

  constructor(args: readonly string[], isTty = false) {
    const terminal: Terminal = {
      out: (text) => {
        this.out += text;
        this.#wake();
      },
      err: (text) => {
        this.err += text;
        this.#wake();
      },
      outIsTty: isTty,
      errIsTty: false,
      hasColours: false,
      columns: 80,
      now: () => 0,
    };
    this.ended = runProgram(["watch", ...args], terminal);
    void this.ended.then(() => this.#wake());
  }

  async until(holds: () => boolean): Promise<void> {
    let hasEnded = false;
    void this.ended.then(() => {
      hasEnded = true;
    });
    while (!holds()) {
      if (hasEnded) expect.fail(`it has ended: ${this.out}${this.err}`);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}

type Json = { readonly [name: string]: unknown };

function lines(text: string): readonly Json[] {
  return text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Json);
}

async function listening(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function bodyOf(request: IncomingMessage): Promise<Json> {
  let text = "";
  for await (const chunk of request) text += String(chunk);
  return JSON.parse(text) as Json;
}

async function rpcOf(node: TestNode): Promise<string> {
  const server = new RpcServer(viewOf(node, { version: "test", historyMode: "full", now: () => 0 }));
  afterAll(() => server.close());
  return server.listen();
}

describe("tickproof watch", () => {
  let network: TestNetwork;
  let rollup: Rollup;
  let honest: TestNode;
  let liar: TestNode;
  let observer: TestNode;
  let node: string;

  const settle = async (): Promise<void> => {
    network.chain.bake();
    for (const one of [honest, liar, observer]) await one.settled().catch(() => undefined);
  };

  beforeAll(async () => {
    network = await startNetwork();
    rollup = originate(network.chain, CAROL, assemble("echo"));
    const lie = { level: network.chain.level + 1, messageIndex: 1, messageTick: 0n };
    honest = await startTestNode(network, rollup, { account: ALICE });
    const config = { loserMode: { kind: "failures", failures: [lie] } } as const;
    liar = await startTestNode(network, rollup, { account: BOB, config });
    observer = await startTestNode(network, rollup, { mode: "observer" });
    node = await rpcOf(observer);
  }, 60_000);

  const watch = (...more: readonly string[]): readonly string[] => [
    ...["--endpoint", network.endpoint, "--rollup", rollup.address, "--node", node, "--alarm-blocks", "2"],
    ...more,
  ];

  it("looks once: nothing yet", async () => {
    await settle();
    const plain = await tickproof(["watch", ...watch("--once")]);
    expect(plain).toMatchObject({ code: 0, err: "" });
    expect(plain.out).toMatch(/^watching sr1\w+, with the states of http/);
    expect(plain.out).toMatch(/^level \d+ {2}own states to level \d+ {2}cemented to \d+ {2}no game, no conflict$/m);
  });

  it("tells of conflicts and games, as text and as JSON", { timeout: 60_000 }, async () => {
    const games = async () => network.client.block().rollup(rollup.address).games(ALICE.address);
    while ((await games()).length === 0) await settle();
    const { code, out } = await tickproof(["watch", ...watch("--once", "--json")]);
    expect(code).toBe(0);
    const [level, ...more] = lines(out);
    expect(more).toEqual([]);
    const [game] = (level?.["games"] ?? []) as readonly Json[];
    expect(game).toMatchObject({
      alice: BOB.address < ALICE.address ? BOB.address : ALICE.address,
      honest: ALICE.address,
      phase: "dissecting",
      forecast: { outcome: ALICE.address },
      disputed_ticks: { start: "0" },
    });
    expect(typeof game?.["blocks_left"]).toBe("number");
    const [conflict] = (level?.["conflicts"] ?? []) as readonly Json[];
    expect(conflict).toMatchObject({ is_first: true, stakers: [BOB.address], defenders: [ALICE.address] });

    const plain = await tickproof(["watch", ...watch("--once")]);
    expect(plain.out).toMatch(/^ {2}game tz1\w+… against tz1\w+… about level \d+, since level \d+$/m);
    expect(plain.out).toMatch(/^ {2}dissecting: [\d,]+ ticks from 0; turn of tz1\w+…, \d+ blocks left$/m);
    expect(plain.out).toMatch(
      /^ {2}tz1\w+… is honest; tz1\w+… wins: the last dissection is wrong at tick \d+, and right at tick 0$/m,
    );
    expect(plain.out).toMatch(/^ {2}wrong commitment for level \d+: src1\w+ of tz1\w+…, contested by tz1\w+…$/m);
  });

  it("posts alarms to a webhook, and ends when it does not take one", { timeout: 120_000 }, async () => {
    const posted: Json[] = [];
    const webhook = await listening(
      createServer((request, response) => {
        void bodyOf(request).then((body) => {
          posted.push(body);
          response.writeHead(posted.length === 1 ? 204 : 410).end();
        });
      }),
    );
    await honest.stop();
    const running = new Running(watch("--json", "--webhook", webhook));
    await running.until(() => running.out.includes('"event":"level"'));
    for (let i = 0; i < 40 && posted.length < 2; i++) {
      const before = running.out.length;
      await settle();
      if (posted.length < 2) await running.until(() => running.out.length > before || posted.length >= 2);
    }
    expect(await running.ended).toBe(1);
    expect(posted.map(({ kind }) => kind).slice(0, 2)).toEqual(["little_time", "game_lost"]);
    expect(posted[0]).toMatchObject({ event: "alarm", rollup: rollup.address, blocks_left: 2 });
    const events = lines(running.out).map(({ event }) => event);
    expect(events).toContain("alarm");
    expect(events).toContain("game_ended");
    expect(running.out).toMatch(
      /"event":"trouble","message":"the webhook http:\/\/127.0.0.1:\d+ answers with status 410"/,
    );
  });

  it("ends with the first alarm without a webhook, after layer 1 was away, in a live view", {
    timeout: 60_000,
  }, async () => {
    const { chain } = network;
    const free = await new Promise<number>((resolve) => {
      const server = createServer().listen(0, "127.0.0.1", () => {
        const { port } = server.address() as AddressInfo;
        server.close(() => resolve(port));
      });
    });
    const args = ["--endpoint", `http://127.0.0.1:${free}`, "--rollup", rollup.address, "--node", node];
    const running = new Running([...args, "--alarm-blocks", "1000000"], true);
    await running.until(() => running.out.includes("layer 1 is away"));
    const server = new L1Server(chain.sandbox, { port: free });
    await server.listen();
    afterAll(() => server.close());
    // Nobody contests the liar's commitment any more.
    expect(await running.ended).toBe(1);
    expect(running.out).toMatch(/ALARM at level \d+: (nobody contests the|a) wrong commitment \w+/);
    expect(running.out.startsWith("\u001b[?1049h")).toBe(true);
    expect(running.out).toContain("\u001b[?1049l");
  });

  it("says what it cannot do", async () => {
    const gone = await tickproof([
      "watch",
      ...watch("--once").map((one) => (one === network.endpoint ? "http://127.0.0.1:1" : one)),
    ]);
    expect(gone).toMatchObject({ code: 3, err: expect.stringContaining("l1.rpc.unreachable") });
    const other = "sr1Ghq66tYK9y3r8CC1Tf8i8m5nxh8nTvZEf";
    const none = await tickproof(["watch", ...watch("--once").map((one) => (one === rollup.address ? other : one))]);
    expect(none).toMatchObject({ code: 2, err: expect.stringContaining(`there is no rollup ${other}`) });
    const blind = await tickproof([
      "watch",
      ...watch("--once").map((one) => (one === node ? "http://127.0.0.1:1" : one)),
    ]);
    expect(blind).toMatchObject({ code: 0, out: expect.stringContaining("own states: http://127.0.0.1:1") });
    const folder = await tickproof(["watch", ...watch("--once").slice(0, 4), "--once", "--data-dir", "/nonexistent"]);
    expect(folder).toMatchObject({
      code: 2,
      err: expect.stringContaining("is not the data directory of a rollup node"),
    });
  });

  it.each([
    [["--rollup", "sr2"], "sr1"],
    [["--webhook", "ftp://x"], "An address like"],
    [["--alarm-blocks", "-1"], "natural number"],
    [["--endpoint", "nowhere"], "An address like"],
    [
      ["--rollup", "sr1Ghq66tYK9y3r8CC1Tf8i8m5nxh8nTvZEf", "--data-dir", "x", "--node", "http://x"],
      "cannot be used with",
    ],
  ])("refuses %j", async (args, reason) => {
    const { code, out, err } = await tickproof(["watch", ...args]);
    expect([code, out]).toEqual([2, ""]);
    expect(err).toContain(reason);
  });
});
