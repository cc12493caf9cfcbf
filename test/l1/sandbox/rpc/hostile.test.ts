// Hostile HTTP: mutated requests (500 by default, 5,000 with FULL=1; SEED=… for others), huge, slow and abandoned bodies, and thousands of streams.
// Every answer has a right status, the server never breaks, and its memory stays bounded.
import { connect, type Socket } from "node:net";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { toHex } from "../../../../src/encoding/hex.js";
import type { Json } from "../../../../src/encoding/json.js";
import { encodeOperation, operationToJson } from "../../../../src/protocol/operation.js";
import { ALICE, BOB, CAROL, TestChain } from "../chain.js";
import { assemble, Operator, originate } from "../rollup.js";
import { BLOCK, TestServer } from "./http.js";
import { type HostileRequest, hostileRequest, type Samples } from "./mutated-requests.js";

const SEED = Number(process.env["SEED"] ?? 20_260_701);
const FULL = process.env["FULL"] === "1";
const REQUESTS = FULL ? 5000 : 500;
const STREAMS = FULL ? 2000 : 300;
const MEBIBYTE = 1024 * 1024;

const chain = new TestChain();
let http: TestServer;
let samples: Samples;

beforeAll(async () => {
  chain.bake(3);
  const rollup = originate(chain, ALICE, assemble("echo"));
  chain.bake(4);
  new Operator(chain, ALICE, rollup).publish(1);
  chain.apply(BOB, { kind: "transaction", amount: 1n, destination: CAROL.address });
  http = await TestServer.start(chain, {
    requestTimeoutMs: 1500,
    maxBodyBytes: MEBIBYTE,
    maxBodyBytesInFlight: 8 * MEBIBYTE,
  });
  samples = makeSamples(rollup.address);
});

function makeSamples(rollup: string): Samples {
  const { address } = ALICE;
  const rollups = `${BLOCK}/context/smart_rollups`;
  const one = `${rollups}/smart_rollup/${rollup}`;
  const contracts = `${BLOCK}/context/contracts/${address}`;
  const operation = chain.operation(CAROL, [
    { kind: "transaction", amount: 1n, destination: BOB.address },
    { kind: "smart_rollup_add_messages", messages: [Uint8Array.of(1, 2)] },
  ]);
  const json = operationToJson(operation) as { readonly [name: string]: Json };
  const { signature: _signature, ...unsigned } = json;
  const protocol = "ProtoALphaALphaALphaALphaALphaALphaALphaALphaDdp3zK";
  const tried = JSON.stringify({ operation: json, chain_id: "NetXdQprcVkpaWU" });
  const token = { ticketer: address, content_type: { prim: "nat" }, content: { int: "1" } };
  return {
    gets: [
      "/version",
      "/chains/main/chain_id",
      "/chains/main/blocks?length=3",
      "/chains/main/protocols",
      "/monitor/heads/main",
      "/monitor/bootstrapped",
      "/chains/main/mempool/pending_operations",
      "/chains/main/mempool/monitor_operations",
      BLOCK,
      `${BLOCK}/header`,
      `${BLOCK}~1/operations/3/0?metadata=never`,
      `${BLOCK}/operation_hashes/3`,
      `${BLOCK}/metadata`,
      `${BLOCK}/live_blocks`,
      `${BLOCK}/context/constants`,
      `${BLOCK}/helpers/current_level?offset=2`,
      `${BLOCK}/context/delegates/${address}`,
      contracts,
      `${contracts}/balance`,
      `${contracts}/manager_key`,
      `${contracts}/entrypoints/default`,
      `${BLOCK}/context/big_maps/3`,
      `${rollups}/all/inbox`,
      `${one}/kind`,
      `${one}/stakers`,
      `${one}/staker/${address}/staked_on_commitment`,
      `${one}/staker1/${address}/staker2/${BOB.address}/timeout`,
      `${one}/consumed_outputs/3`,
      `${one}/inbox_level/8/commitments`,
    ],
    posts: [
      ["/injection/operation", JSON.stringify(toHex(encodeOperation(operation)))],
      [`${BLOCK}/helpers/forge/operations`, JSON.stringify(unsigned)],
      [`${BLOCK}/helpers/forge/signed_operations`, JSON.stringify(json)],
      [
        `${BLOCK}/helpers/parse/operations`,
        JSON.stringify({ operations: [{ branch: unsigned["branch"], data: "00ff" }] }),
      ],
      [`${BLOCK}/helpers/preapply/operations`, JSON.stringify([{ protocol, ...json }])],
      [`${BLOCK}/helpers/scripts/simulate_operation`, tried],
      [`${BLOCK}/helpers/scripts/run_operation`, tried],
      [`${BLOCK}/helpers/scripts/pack_data`, JSON.stringify({ data: { int: "1" }, type: { prim: "nat" } })],
      [
        `${BLOCK}/helpers/scripts/normalize_type`,
        JSON.stringify({ type: { prim: "pair", args: [{ prim: "nat" }, { prim: "nat" }] } }),
      ],
      [`${contracts}/big_map_get`, JSON.stringify({ key: { int: "1" }, type: { prim: "nat" } })],
      [`${contracts}/ticket_balance`, JSON.stringify(token)],
      [`${one}/ticket_balance`, JSON.stringify(token)],
    ],
  };
}

/** Connects to the server. */
function dial(): Promise<Socket> {
  const { port } = new URL(http.url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), "127.0.0.1", () => resolve(socket));
    socket.on("error", reject);
  });
}

/** Sends bytes; gives the status that comes back, 0 if the connection ends without one. */
async function statusOf({ bytes, streams }: HostileRequest): Promise<number> {
  const socket = await dial();
  return new Promise((resolve) => {
    let text = "";
    const done = (): void => {
      socket.destroy();
      resolve(Number(/^(?:HTTP\/1\.1 100 Continue\r\n\r\n)?HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0));
    };
    socket.on("data", (chunk) => {
      if (text.length < 64) text += chunk.toString("latin1");
      if (streams && text.length >= 12) done();
    });
    socket.on("error", () => undefined).on("close", done);
    socket.write(bytes);
  });
}

describe("hostile HTTP", () => {
  it(`gives ${REQUESTS} mutated requests a right status`, { timeout: 300_000 }, async () => {
    const counts = new Map<number, number>();
    await fc.assert(
      fc.asyncProperty(hostileRequest(samples), async (request) => {
        const status = await statusOf(request);
        counts.set(status, (counts.get(status) ?? 0) + 1);
        expect(request.statuses, Buffer.from(request.bytes).toString("latin1").slice(0, 1000)).toContain(status);
        expect(http.bugs).toEqual([]);
      }),
      { seed: SEED, numRuns: REQUESTS, endOnFailure: true },
    );
    console.log(
      `statuses: ${[...counts]
        .sort(([a], [b]) => a - b)
        .map(([status, n]) => `${status}: ${n}`)
        .join(", ")}`,
    );
    expect(await http.get("/chains/main/chain_id")).toBe("NetXdQprcVkpaWU");
  });

  it("refuses huge bodies before they are all there", async () => {
    const socket = await dial();
    let text = "";
    const closed = new Promise((resolve) => socket.on("close", resolve));
    socket.on("data", (chunk) => {
      text += chunk.toString("latin1");
    });
    socket.on("error", () => undefined);
    socket.write("POST /injection/operation HTTP/1.1\r\nhost: x\r\ncontent-length: 1000000000\r\n\r\n");
    const chunk = Buffer.alloc(64 * 1024, 0x20);
    let sent = 0;
    while (!socket.destroyed && !text.startsWith("HTTP") && sent < 64 * MEBIBYTE) {
      const isRoom = socket.write(chunk);
      sent += chunk.length;
      if (!isRoom) await new Promise<void>((resolve) => socket.once("drain", resolve).once("close", () => resolve()));
    }
    await closed;
    expect(text).toMatch(/^HTTP\/1\.1 413 /);
    expect(sent).toBeLessThan(16 * MEBIBYTE);
  });

  it("does not let many bodies fill its memory", { timeout: 60_000 }, async () => {
    const head = `POST /injection/operation HTTP/1.1\r\nhost: x\r\ncontent-length: ${MEBIBYTE}\r\n\r\n`;
    const sockets = await Promise.all(Array.from({ length: 40 }, dial));
    const answers = sockets.map(
      (socket) =>
        new Promise<string>((resolve) => {
          let text = "";
          socket.on("data", (chunk) => {
            text += chunk.toString("latin1");
          });
          socket.on("error", () => undefined).on("close", () => resolve(text.slice(9, 12)));
          socket.write(head);
          socket.write(Buffer.alloc(MEBIBYTE - 1, 0x20)); // the last byte does not come
        }),
    );
    const statuses = await Promise.all(answers);
    // Those there was no room for, and those that did not end in time.
    expect(new Set(statuses)).toEqual(new Set(["503", "408"]));
    expect(await http.get("/chains/main/chain_id")).toBe("NetXdQprcVkpaWU");
  });

  it("does not wait for slow requests", { timeout: 60_000 }, async () => {
    const starts = [
      "GET /version HTT",
      "GET /version HTTP/1.1\r\nhost: x\r\nx: ",
      'POST /injection/operation HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\n"00',
      'POST /injection/operation HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n4\r\n"0',
    ];
    const statuses = await Promise.all(
      starts.map((start) => statusOf({ bytes: Buffer.from(start), statuses: [], streams: false })),
    );
    expect(statuses).toEqual(starts.map(() => 408));
  });

  it("forgets clients that leave", async () => {
    for (let i = 0; i < 50; i++) {
      const socket = await dial();
      socket.write('POST /injection/operation HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\n"00');
      socket.destroy();
    }
    expect(await http.get("/chains/main/chain_id")).toBe("NetXdQprcVkpaWU");
    expect(http.bugs).toEqual([]);
  });

  it(`serves ${STREAMS} streams at once`, { timeout: 120_000 }, async () => {
    const sockets = await Promise.all(Array.from({ length: STREAMS }, dial));
    const counts = sockets.map((socket) => {
      const seen = { lines: 0 };
      socket
        .on("error", () => undefined)
        .on("data", (chunk) => {
          seen.lines += chunk.toString("latin1").split('"hash"').length - 1;
        });
      socket.write("GET /monitor/heads/main HTTP/1.1\r\nhost: x\r\n\r\n");
      return seen;
    });
    const all = async (lines: number): Promise<void> => {
      while (!counts.every((seen) => seen.lines >= lines)) await new Promise((resolve) => setImmediate(resolve));
    };
    await all(1);
    expect(http.server.openStreams).toBe(STREAMS);
    const before = process.memoryUsage().rss;
    for (let i = 0; i < 5; i++) {
      chain.bake();
      await all(2 + i);
    }
    const growth = (process.memoryUsage().rss - before) / MEBIBYTE;
    console.log(`${STREAMS} streams, 5 heads: ${growth.toFixed(1)} MiB more`);
    expect(growth).toBeLessThan(200);
    for (const socket of sockets) socket.destroy();
    while (http.server.openStreams > 0) await new Promise((resolve) => setImmediate(resolve));
  });
});
