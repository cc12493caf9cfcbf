// `tickproof node` as a process with a probe in it (probe.ts), on a chain of this process.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { Client, type Dispatcher } from "undici";
import { writeKeys } from "../../../src/cli/sandbox-keys.js";
import { JsonStreamSplitter } from "../../../src/l1/client/json-stream.js";
import type { Rollup } from "../../l1/sandbox/rollup.js";
import type { ProbeAnswer } from "./probe.js";

export interface ProcessScripts {
  /** The compiled command. */
  readonly main: string;
  /** The compiled probe.ts. */
  readonly probe: string;
}

export interface NodeProcessOptions extends ProcessScripts {
  /** For keys and data. */
  readonly folder: string;
  /** Of layer 1. */
  readonly endpoint: string;
  readonly rollup: Rollup;
  /** "operator bootstrap2". */
  readonly operators?: readonly string[];
  readonly mode?: string;
  /** More arguments of the command. */
  readonly args?: readonly string[];
  readonly nodeArgs?: readonly string[];
}

const OUTPUT_KEPT = 20_000;
/** What a node says before it waits ten seconds and tries again. */
const TROUBLE = "[Fatal daemon error]";

export class NodeProcess {
  readonly #child: ChildProcess;
  readonly #client: Client;
  readonly #ended: Promise<unknown>;
  #output = "";
  #level = 0;
  #waiting: (() => void)[] = [];
  #questions = 0;

  private constructor(
    readonly endpoint: string,
    child: ChildProcess,
  ) {
    this.#child = child;
    this.#client = new Client(endpoint, { headersTimeout: 0, bodyTimeout: 0 });
    this.#ended = once(child, "exit").then(() => this.#wake());
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on("data", (chunk: Buffer) => {
        this.#output = (this.#output + chunk.toString()).slice(-OUTPUT_KEPT);
        this.#wake();
      });
    }
  }

  /** Started, and following the chain. */
  static async start(options: NodeProcessOptions): Promise<NodeProcess> {
    const { folder, endpoint, rollup, main, probe, mode = "operator", operators = ["bootstrap2"] } = options;
    const keys = join(folder, "keys");
    await writeKeys(keys);
    const port = await freePort();
    const args = [
      ...["--expose-gc", ...(options.nodeArgs ?? []), "--import", pathToFileURL(probe).href, main, "node", "-d", keys],
      ...["-E", endpoint, "run", mode, "for", rollup.address, "with", "operators", ...operators],
      ...["--data-dir", join(folder, "data"), "--rpc-port", String(port), ...(options.args ?? [])],
    ];
    const child = spawn(process.execPath, args, {
      stdio: ["ignore", "pipe", "pipe", "ipc"],
      env: { ...process.env, TEZOS_CLIENT_UNSAFE_DISABLE_DISCLAIMER: "y" },
    });
    const node = new NodeProcess(`http://127.0.0.1:${port}`, child);
    await node.#until(() => node.#output.includes("is listening to"));
    void node.#followBlocks();
    return node;
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  async #until(holds: () => boolean): Promise<void> {
    while (!holds()) {
      if (this.#child.exitCode !== null || this.#child.signalCode !== null) {
        throw new Error(`the node has ended: ${this.#output}`);
      }
      if (this.#output.includes(TROUBLE)) throw new Error(`the node is in trouble: ${this.#output}`);
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  /** The last of what it has printed. */
  get output(): string {
    return this.#output;
  }

  /** Level of the last block that it has told of. */
  get level(): number {
    return this.#level;
  }

  async #followBlocks(): Promise<void> {
    try {
      const { body } = await this.#client.request({ method: "GET", path: "/global/monitor_blocks" });
      const splitter = new JsonStreamSplitter();
      for await (const chunk of body) {
        for (const block of splitter.push(String(chunk))) this.#level = (block as { level: number }).level;
        this.#wake();
      }
    } catch {
      // It was stopped; whoever waits is told by the end of the process.
    }
  }

  /** Waits until it has a block of this level. */
  reached(level: number): Promise<void> {
    return this.#until(() => this.#level >= level);
  }

  /** The JSON of an answer; raises when it is not 200. */
  async get(path: string): Promise<unknown> {
    const client = new Client(this.endpoint);
    try {
      const { statusCode, body }: Dispatcher.ResponseData = await client.request({ method: "GET", path });
      const text = await body.text();
      if (statusCode !== 200) throw new Error(`${path}: status ${statusCode}: ${text}`);
      return JSON.parse(text);
    } finally {
      await client.close();
    }
  }

  /** What it holds of memory, after collections in all threads. */
  async probe(): Promise<ProbeAnswer> {
    const id = this.#questions++;
    const answered = new Promise<ProbeAnswer>((resolve, reject) => {
      const hear = (answer: ProbeAnswer): void => {
        if (answer.id !== id) return;
        this.#child.off("message", hear);
        resolve(answer);
      };
      this.#child.on("message", hear);
      void this.#ended.then(() => reject(new Error(`the node has ended: ${this.#output}`)));
    });
    this.#child.send(id);
    return answered;
  }

  async stop(): Promise<void> {
    this.#child.kill("SIGTERM");
    await this.#ended;
    await this.#client.destroy();
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new TypeError("a TCP server has a port");
  return address.port;
}
