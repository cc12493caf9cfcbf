// The values of a node's metrics, as it sets them, and the server that Prometheus asks (node.md §8).

import { createServer, type Server } from "node:http";
import { Counter, Gauge, Registry } from "prom-client";
import { ConfigurationError, DEFAULT_METRICS_PORT } from "../config/configuration.js";
import { type MetricName, metricsListed } from "./names.js";

type Labels = Readonly<Record<string, string>>;

export class Metrics {
  readonly #registry = new Registry();
  readonly #gauges = new Map<string, Gauge>();
  readonly #counters = new Map<string, Counter>();

  /** `withPerformance`: whether there are metrics of the machine's load, for `set` to fill. */
  constructor(withPerformance: boolean) {
    for (const { name, kind, help, labels = [] } of metricsListed(withPerformance)) {
      const options = { name, help, labelNames: [...labels], registers: [this.#registry] };
      if (kind === "gauge") this.#gauges.set(name, new Gauge(options));
      else this.#counters.set(name, new Counter(options));
    }
  }

  /** Sets a gauge. Times are in seconds. Raises TypeError for a name that is none's. */
  set(name: MetricName, value: number, labels: Labels = {}): void {
    const gauge = this.#gauges.get(name);
    if (gauge === undefined) throw new TypeError(`no gauge ${name}`);
    gauge.set(labels, value);
  }

  /** Makes a counter known that is there for its labels: "node_info", "rollup_node_info", "protocol". */
  describe(name: MetricName, labels: Labels): void {
    const counter = this.#counters.get(name);
    if (counter === undefined) throw new TypeError(`no counter ${name}`);
    counter.inc(labels, 0);
  }

  /** Sets a counter that counts by itself. */
  count(name: MetricName, total: number): void {
    const counter = this.#counters.get(name);
    if (counter === undefined) throw new TypeError(`no counter ${name}`);
    counter.reset();
    counter.inc(total);
  }

  /** Forgets a game that is over. */
  forgetGame(opponent: string, startLevel: number): void {
    const labels = { opponent, start_level: String(startLevel) };
    for (const name of ["state_of_refutation_game", "block_timeout"]) {
      this.#gauges.get(`octez_sc_rollup_node_${name}`)?.remove(labels);
    }
  }

  /** Text format 0.0.4. */
  text(): Promise<string> {
    return this.#registry.metrics();
  }
}

/** "ADDR:PORT", ":PORT" or "ADDR". Raises ConfigurationError. */
export function parseMetricsAddress(text: string): { readonly host: string; readonly port: number } {
  const [, bracketed, plain, digits] = /^(?:\[([0-9a-fA-F:.]+)\]|([^\s:[\]]*))(?::(\d{1,5}))?$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  const port = digits === undefined ? DEFAULT_METRICS_PORT : Number(digits);
  if (host === undefined || port > 0xffff) {
    throw new ConfigurationError("node.configuration.argument", `${JSON.stringify(text)} is not ADDR:PORT`, text);
  }
  // Octez listens everywhere when no address is given.
  return { host: host === "" ? "::" : host, port };
}

export interface MetricsServer {
  readonly host: string;
  readonly port: number;
  close(): Promise<void>;
}

/** Serves `GET /metrics`, and nothing else. Raises ConfigurationError, and what listening does. */
export async function serveMetrics(metrics: Pick<Metrics, "text">, address: string): Promise<MetricsServer> {
  const { host, port } = parseMetricsAddress(address);
  const server = createServer((request, response) => {
    if (request.method !== "GET" || request.url?.split("?")[0] !== "/metrics") {
      response.writeHead(400, { "content-type": "text/plain" }).end("Error: Bad request");
      return;
    }
    metrics.text().then(
      (text) => response.writeHead(200, { "content-type": "text/plain; version=0.0.4" }).end(text),
      () => response.writeHead(500).end(),
    );
  });
  await listening(server, port, host);
  const bound = server.address();
  return {
    host,
    port: typeof bound === "object" && bound !== null ? bound.port : port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listening(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve();
    });
  });
}
