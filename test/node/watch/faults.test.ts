// What a watcher makes of a rollup node and a layer 1 that answer nonsense, late, or not at all.
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, describe, expect, it } from "vitest";
import { blake2b256 } from "../../../src/crypto/blake2b.js";
import { encodeBase58Check } from "../../../src/encoding/base58check.js";
import { L1Client } from "../../../src/l1/client/l1-client.js";
import { L1RpcError } from "../../../src/l1/client/rpc-error.js";
import { OwnStatesError } from "../../../src/node/watch/own-states.js";
import { RpcStates } from "../../../src/node/watch/rpc-states.js";
import { Watcher } from "../../../src/node/watch/watcher.js";
import { startNetwork } from "../../l1/client/network.js";
import { CAROL } from "../../l1/sandbox/chain.js";
import { assemble, originate } from "../../l1/sandbox/rollup.js";

type Answers = (path: string) => string | undefined;

/** A server that answers with texts; 404 for none. */
async function answering(answers: Answers | RequestListener): Promise<string> {
  const isListener = answers.length === 2;
  const server = createServer(
    isListener
      ? (answers as RequestListener)
      : (request, response) => {
          const text = (answers as Answers)(request.url ?? "");
          response.writeHead(text === undefined ? 404 : 200, { "content-type": "application/json" }).end(text);
        },
  );
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function statesFrom(answers: Answers | RequestListener): Promise<RpcStates> {
  const states = new RpcStates(await answering(answers));
  afterAll(() => states.close());
  return states;
}

const hash = (kind: "blockHash" | "stateHash" | "commitmentHash", name: string): string =>
  encodeBase58Check(kind, blake2b256(new TextEncoder().encode(name)));

/** A block as a node prints it: 100 ticks a level, a commitment every third. */
function block(level: number, fields: object = {}): string {
  return JSON.stringify({
    block_hash: hash("blockHash", String(level)),
    predecessor: hash("blockHash", String(level - 1)),
    level,
    num_ticks: "100",
    state_hash: hash("stateHash", String(level)),
    commitment_hash: level % 3 === 0 ? hash("commitmentHash", String(level)) : null,
    ...fields,
  });
}

function levelOf(path: string): number {
  const id = path.split("/").at(-1) ?? "";
  for (let level = 0; level < 20; level++)
    if (id === hash("blockHash", String(level)) || id === String(level)) return level;
  return -1;
}

const honest: Answers = (path) => {
  if (path === "/global/tezos_level") return "12";
  if (path.startsWith("/global/block/")) return block(levelOf(path));
  const [, level, tick] = /^\/local\/proof\/(\d+)\/hash\/(\d+)$/.exec(path) ?? [];
  if (level === undefined) return undefined;
  return JSON.stringify({ level: Number(level), tick, state_hash: hash("stateHash", `${level}+${tick}`) });
};

async function codeOf(asked: Promise<unknown>): Promise<string> {
  const error = await asked.catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(OwnStatesError);
  return (error as OwnStatesError).code;
}

describe("the states of a node over its RPC", () => {
  it("are found by their place in the period", async () => {
    const states = await statesFrom(honest);
    expect(await states.headLevel()).toBe(12);
    expect(encodeBase58Check("commitmentHash", (await states.commitmentAt(9)) ?? new Uint8Array())).toBe(
      hash("commitmentHash", "9"),
    );
    expect(await states.commitmentAt(10)).toBeUndefined();
    expect(await states.commitmentAt(15)).toBeUndefined(); // not there yet
    const found = await states.statesAt(9, [0n, 1n, 100n, 150n, 299n, 300n, 301n]);
    expect(found.map((state) => state && encodeBase58Check("stateHash", state))).toEqual([
      hash("stateHash", "6"),
      hash("stateHash", "7+1"),
      hash("stateHash", "7"),
      hash("stateHash", "8+50"),
      hash("stateHash", "9+99"),
      hash("stateHash", "9"),
      undefined,
    ]);
  });

  it.each<[string, Answers, string]>([
    ["no JSON", () => "<html>", "node.watch.bad_answer"],
    ["nothing", () => "", "node.watch.bad_answer"],
    ["no block", () => "[]", "node.watch.bad_answer"],
    ["another block", (path) => (path.includes("block") ? block(5) : honest(path)), "node.watch.bad_answer"],
    ["no hash", () => block(9, { state_hash: "srs1" }), "node.watch.bad_answer"],
    ["ticks that are none", () => block(9, { num_ticks: "-4" }), "node.watch.bad_answer"],
    ["a level that is none", () => block(9, { level: "9" }), "node.watch.bad_answer"],
    ["a commitment that is none", () => block(9, { commitment_hash: 5 }), "node.watch.bad_answer"],
    ["another tick", (path) => honest(path.replace(/\d+$/, "4")), "node.watch.bad_answer"],
    ["a level without commitment", () => block(9, { commitment_hash: null }), "node.watch.unknown_states"],
    [
      "as Octez's, without /local/proof",
      (path: string) => (path.includes("proof") ? undefined : honest(path)),
      "node.watch.unknown_states",
    ],
    ["nothing known", () => undefined, "node.watch.unknown_states"],
  ])("may be %s", async (_name, answers, code) => {
    const states = await statesFrom((path: string) => answers(path));
    expect(await codeOf(states.statesAt(9, [50n]))).toBe(code);
  });

  it("may be a chain of blocks that leads nowhere", async () => {
    // Every block is its own predecessor.
    const states = await statesFrom((path: string) =>
      block(9, {
        predecessor: hash("blockHash", "9"),
        commitment_hash: path.includes("/9") ? hash("commitmentHash", "9") : null,
      }),
    );
    expect(await codeOf(states.statesAt(9, [0n]))).toBe("node.watch.bad_answer");
  });

  it("may be away", async () => {
    const states = new RpcStates("http://127.0.0.1:1");
    expect(await codeOf(states.headLevel())).toBe("node.watch.node_away");
    await states.close();
  });
});

describe("a watcher of a layer 1", () => {
  it("that lies raises errors of its answers, and goes on when it tells the truth", async () => {
    const network = await startNetwork();
    const { chain, client } = network;
    const rollup = originate(chain, CAROL, assemble("echo"));
    let spoil: (path: string) => string | undefined = () => undefined;
    // A proxy that replaces some answers.
    const proxy = await answering((request, response) => {
      const path = request.url ?? "";
      const spoiled = spoil(path);
      if (spoiled === "") {
        request.socket.destroy();
        return;
      }
      void fetch(network.endpoint + path).then(async (answer) => {
        const text = spoiled ?? (await answer.text());
        response
          .writeHead(spoiled === undefined ? answer.status : 200, { "content-type": "application/json" })
          .end(text);
      });
    });
    const l1 = new L1Client(proxy, { retries: 0 });
    afterAll(() => l1.close());
    const own = await statesFrom(honest);
    const watcher = new Watcher({ client: l1, rollup: rollup.address, own, alarmBlocks: 2 });
    const look = async () => watcher.look(await client.block().header());
    expect((await look()).games).toEqual([]);
    for (const [part, text, code] of [
      ["last_cemented", "{}", "l1.rpc.unexpected_content"],
      ["/stakers", '["tz1"]', "l1.rpc.unexpected_content"],
      ["/stakers", "nonsense", "l1.rpc.unexpected_content"],
      ["/operations/3", '[{"contents":[]}]', "l1.rpc.unexpected_content"],
      ["last_cemented", "", "l1.rpc.unreachable"],
    ] as const) {
      chain.bake();
      spoil = (path) => (path.includes(part) ? text : undefined);
      const failed = await look().catch((error: unknown) => error);
      expect(failed).toBeInstanceOf(L1RpcError);
      expect((failed as L1RpcError).code).toBe(code);
      spoil = () => undefined;
      const report = await look();
      expect(report.head.level).toBe(chain.level);
      expect(report.ownLevel).toBe(12);
    }
  });
});
