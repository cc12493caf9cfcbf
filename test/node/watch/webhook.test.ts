// Webhooks that take alarms, that fail for a while, for good, or never answer.
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, describe, expect, it } from "vitest";
import type { Waiting } from "../../../src/l1/client/back-off.js";
import { postToWebhook, WebhookError } from "../../../src/node/watch/webhook.js";

async function webhook(listener: RequestListener): Promise<URL> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/alarm?from=us`);
}

/** Notes the waits, and does not wait. */
function noWaiting(): Waiting & { readonly waits: number[] } {
  const waits: number[] = [];
  const sleep = async (ms: number): Promise<void> => {
    waits.push(ms);
  };
  return { waits, random: () => 0.5, now: () => 0, sleep };
}

describe("a webhook", () => {
  it("gets the alarm as JSON", async () => {
    const seen: unknown[] = [];
    const url = await webhook((request, response) => {
      let body = "";
      request.on("data", (chunk: Buffer) => {
        body += chunk.toString();
      });
      request.on("end", () => {
        seen.push([request.method, request.url, request.headers["content-type"], JSON.parse(body)]);
        response.writeHead(202).end("thank you");
      });
    });
    await postToWebhook(url, { event: "alarm", level: 3 });
    expect(seen).toEqual([["POST", "/alarm?from=us", "application/json", { event: "alarm", level: 3 }]]);
  });

  it("is tried again when it fails for a while", async () => {
    const statuses = [500, 429, 503, 200];
    const url = await webhook((_request, response) => response.writeHead(statuses.shift() ?? 500).end());
    const waiting = noWaiting();
    await postToWebhook(url, {}, { waiting });
    expect(statuses).toEqual([]);
    expect(waiting.waits).toEqual([1000, 1500, 2250]);
  });

  it("is given up after some attempts, or at once when it refuses for good", async () => {
    let calls = 0;
    const failing = await webhook((_request, response) => {
      calls++;
      response.writeHead(500).end();
    });
    const given = postToWebhook(failing, {}, { waiting: noWaiting(), attempts: 3 });
    await expect(given).rejects.toThrow(/answers with status 500, after 3 attempts$/);
    expect(calls).toBe(3);
    for (const status of [301, 404]) {
      const waiting = noWaiting();
      const refusing = await webhook((_request, response) => response.writeHead(status, { location: "/" }).end());
      await expect(postToWebhook(refusing, {}, { waiting })).rejects.toThrow(`answers with status ${status}`);
      expect(waiting.waits).toEqual([]);
    }
  });

  it("may not answer, hang up, or not be there", async () => {
    const silent = await webhook(() => undefined);
    const rude = await webhook((request) => request.socket.destroy());
    const options = { waiting: noWaiting(), attempts: 2, timeoutMs: 50 };
    await expect(postToWebhook(silent, {}, options)).rejects.toThrow("does not answer in time, after 2 attempts");
    const patient = { ...options, timeoutMs: 10_000 };
    await expect(postToWebhook(rude, {}, patient)).rejects.toThrow(WebhookError);
    await expect(postToWebhook(new URL("http://127.0.0.1:1"), {}, patient)).rejects.toMatchObject({
      code: "node.watch.webhook_failed",
    });
  });

  it("is not tried again once it is given up from outside", async () => {
    const stop = new AbortController();
    let calls = 0;
    const url = await webhook((_request, response) => {
      calls++;
      stop.abort();
      response.writeHead(500).end();
    });
    await expect(postToWebhook(url, {}, { signal: stop.signal })).rejects.toThrow(WebhookError);
    expect(calls).toBe(1);
  });
});
