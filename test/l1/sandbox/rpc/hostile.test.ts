// Hostile HTTP: 500 mutated requests (5,000: `npm run soak -- hostile-http`; SEED=… for others), huge, slow and abandoned bodies, and
// thousands of streams (FULL=1). Every answer has a right status, the server never breaks, and its memory stays bounded.
import type { Socket } from "node:net";
import { beforeAll, describe, expect, it } from "vitest";
import type { TestChain } from "../chain.js";
import { attack, dial as dialTo, MEBIBYTE, makeTarget, statusOf, TIGHT_LIMITS } from "./hostile-target.js";
import { TestServer } from "./http.js";
import type { Samples } from "./mutated-requests.js";

const SEED = Number(process.env["SEED"] ?? 20_260_701);
const FULL = process.env["FULL"] === "1";
const REQUESTS = 500;
const STREAMS = FULL ? 2000 : 300;

let chain: TestChain;
let http: TestServer;
let samples: Samples;

beforeAll(async () => {
  ({ chain, samples } = makeTarget());
  http = await TestServer.start(chain, TIGHT_LIMITS);
});

const dial = (): Promise<Socket> => dialTo(http.url);

describe("hostile HTTP", () => {
  it(`gives ${REQUESTS} mutated requests a right status`, { timeout: 300_000 }, async () => {
    console.log(await attack({ url: http.url, samples, seed: SEED, requests: REQUESTS, bugs: http.bugs }));
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

  it("lets a client that sends before it reads see why its body is refused", async () => {
    for (let time = 0; time < 5; time++) {
      const socket = await dial();
      socket.pause();
      socket.write(`POST /injection/operation HTTP/1.1\r\nhost: x\r\ncontent-length: ${8 * MEBIBYTE}\r\n\r\n`);
      const lost = new Promise<Error>((resolve) => socket.once("error", resolve));
      const sent = new Promise<void>((resolve) => socket.write(Buffer.alloc(8 * MEBIBYTE, 0x20), () => resolve()));
      expect(await Promise.race([sent, lost])).toBeUndefined();
      const text = new Promise<string>((resolve) => socket.once("data", (chunk) => resolve(chunk.toString("latin1"))));
      socket.resume();
      expect(await Promise.race([text, lost])).toMatch(/^HTTP\/1\.1 413 Payload Too Large\r\n/);
      socket.destroy();
    }
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
      starts.map((start) => statusOf(http.url, { bytes: Buffer.from(start), statuses: [], streams: false })),
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
