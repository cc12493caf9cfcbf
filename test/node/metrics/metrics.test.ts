import { afterEach, describe, expect, it } from "vitest";
import { ConfigurationError } from "../../../src/node/config/configuration.js";
import { Metrics, type MetricsServer, parseMetricsAddress, serveMetrics } from "../../../src/node/metrics/metrics.js";
import { listing } from "../../../src/node/metrics/names.js";

let server: MetricsServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

describe("metrics", () => {
  it("are served", async () => {
    const metrics = new Metrics(false);
    metrics.set("octez_sc_rollup_node_inbox_level", 7);
    metrics.set("octez_injector_queue_size", 2, { tags: "publish", index: "0" });
    metrics.describe("octez_sc_rollup_node_protocol", { protocol: "PtX" });
    const game = { opponent: "tz1", start_level: "3" };
    metrics.set("octez_sc_rollup_node_block_timeout", 9, game);
    metrics.forgetGame("tz1", 3);
    server = await serveMetrics(metrics, "127.0.0.1:0");
    const url = `http://127.0.0.1:${server.port}`;
    const answer = await fetch(`${url}/metrics`);
    expect(answer.headers.get("content-type")).toBe("text/plain; version=0.0.4");
    const text = await answer.text();
    expect(text).toContain("octez_sc_rollup_node_inbox_level 7");
    expect(text).toContain('octez_injector_queue_size{tags="publish",index="0"} 2');
    expect(text).toContain('octez_sc_rollup_node_protocol{protocol="PtX"} 0');
    expect(text).not.toContain("tz1");
    const comments = text.split("\n").filter((line) => line.startsWith("#"));
    expect(comments.join("\n")).toBe(listing(false));
    const other = await fetch(`${url}/other`);
    expect([other.status, await other.text()]).toEqual([400, "Error: Bad request"]);
  });

  it("have an address", () => {
    expect(parseMetricsAddress(":1")).toEqual({ host: "::", port: 1 });
    expect(parseMetricsAddress("localhost")).toEqual({ host: "localhost", port: 9933 });
    expect(parseMetricsAddress("[::1]:2")).toEqual({ host: "::1", port: 2 });
    expect(() => parseMetricsAddress("a:b")).toThrow(ConfigurationError);
    expect(() => parseMetricsAddress("a:70000")).toThrow(ConfigurationError);
  });
});
