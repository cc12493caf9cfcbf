// `tickproof node` in a process of its own, and what it tells: events as JSON, one a line. Without vitest.
import { type ChildProcess, spawn } from "node:child_process";
import { createServer } from "node:net";
import { createInterface } from "node:readline";

/** An event as the node prints it. */
export interface PrintedEvent {
  readonly name: string;
  readonly value: unknown;
}

export interface NodeProcessOptions {
  /** The program's entry point. */
  readonly main: string;
  /** After "node". */
  readonly args: readonly string[];
  readonly onEvent?: (event: PrintedEvent) => void;
  readonly env?: Readonly<Record<string, string>>;
}

const EVENTS = "file-descriptor-stdout://?format=one-per-line&level-at-least=debug";

export class NodeProcess {
  readonly child: ChildProcess;
  /** Ends with the exit code, or the signal. */
  readonly ended: Promise<number | string>;
  readonly events: PrintedEvent[] = [];
  /** What it has written that is no event. */
  text = "";
  readonly #waiting = new Set<() => void>();
  readonly #onEvent: (event: PrintedEvent) => void;

  constructor({ main, args, onEvent = () => undefined, env = {} }: NodeProcessOptions) {
    this.#onEvent = onEvent;
    this.child = spawn(process.execPath, [main, "node", ...args], {
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        ...process.env,
        TEZOS_CLIENT_UNSAFE_DISABLE_DISCLAIMER: "y",
        TEZOS_LOG: "* -> fatal",
        TEZOS_EVENTS_CONFIG: EVENTS,
        ...env,
      },
    });
    const { stdout, stderr } = this.child;
    if (stdout === null || stderr === null) throw new TypeError("pipes asked for");
    createInterface({ input: stdout }).on("line", (line) => this.#line(line));
    stderr.on("data", (chunk) => {
      this.text += String(chunk);
    });
    this.ended = new Promise((resolve) => {
      this.child.on("close", (code, signal) => resolve((code ?? signal) as number | string)); // one of them is set
    });
    void this.ended.then(() => this.#wake());
  }

  #line(line: string): void {
    const event = printedEvent(line);
    if (event === undefined) this.text += `${line}\n`;
    else {
      this.events.push(event);
      this.#onEvent(event);
    }
    this.#wake();
  }

  #wake(): void {
    for (const resume of [...this.#waiting]) resume();
  }

  get hasEnded(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  /** Until it is so, or the process has ended: then false. Looks again whenever the process says something. */
  async until(isSo: () => boolean): Promise<boolean> {
    while (!isSo()) {
      if (this.hasEnded) return false;
      await new Promise<void>((resolve) => {
        const resume = (): void => {
          this.#waiting.delete(resume);
          resolve();
        };
        this.#waiting.add(resume);
      });
    }
    return true;
  }

  named(name: string): readonly PrintedEvent[] {
    return this.events.filter((event) => event.name === name);
  }

  async kill(): Promise<void> {
    if (!this.hasEnded) this.child.kill("SIGKILL");
    await this.ended;
  }

  /** The exit code of an orderly end. */
  async stop(): Promise<number | string> {
    if (!this.hasEnded) this.child.kill("SIGTERM");
    return this.ended;
  }
}

function printedEvent(line: string): PrintedEvent | undefined {
  if (!line.startsWith("{")) return undefined;
  const parsed = JSON.parse(line) as {
    readonly "fd-sink-item.v0"?: { readonly event: Readonly<Record<string, unknown>> };
  };
  const [entry] = Object.entries(parsed["fd-sink-item.v0"]?.event ?? {});
  return entry === undefined ? undefined : { name: entry[0].replace(/\.v\d+$/, ""), value: entry[1] };
}

/** A port that nobody listens on at the moment. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => (typeof address === "object" && address !== null ? resolve(address.port) : reject(address)));
    });
  });
}
