// A rollup node as a process of its own, heard through its events: one JSON line each on standard output, from Debug on.
import { type ChildProcess, spawn } from "node:child_process";
import { appendFileSync } from "node:fs";
import { createInterface } from "node:readline";

/** What a node has told. */
export interface ToldEvent {
  readonly name: string;
  readonly section: string;
  readonly fields: unknown;
}

const EVENTS = "file-descriptor-stdout://?level-at-least=debug&format=one-per-line";
const MAIN_LOOP = "smart_rollup_node_daemon_loop_process_finished";
const DEGRADED = "smart_rollup_node_daemon_degraded_mode";
const GAMES = "smart_rollup_node.refutation_game.coordinator";

export interface NodeProcessOptions {
  /** The compiled program. */
  readonly program: string;
  readonly args: readonly string[];
  /** Gets what the node says on standard error, and its events. */
  readonly logFile: string;
  /** Whether the node plays games. */
  readonly plays: boolean;
  /** Called when something has been told, and when the process has ended. */
  readonly onChange: () => void;
  readonly onEvent?: (event: ToldEvent) => void;
}

export class NodeProcess {
  readonly events: ToldEvent[] = [];
  /** The exit code, or the signal that ended the process. */
  readonly ended: Promise<number | string>;
  readonly #child: ChildProcess;
  readonly #options: NodeProcessOptions;
  #mainLevel = 0;
  #gamesLevel = 0;
  #isDegraded = false;
  #said = "";
  #end: number | string | undefined;

  constructor(options: NodeProcessOptions) {
    this.#options = options;
    const { program, args, logFile, onChange } = options;
    this.#child = spawn(process.execPath, [program, ...args], {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, TEZOS_CLIENT_UNSAFE_DISABLE_DISCLAIMER: "y", TEZOS_EVENTS_CONFIG: EVENTS },
    });
    const { stdout, stderr } = this.#child;
    if (stdout === null || stderr === null) throw new TypeError("a process without pipes");
    createInterface({ input: stdout }).on("line", (line) => this.#hear(line));
    stderr.on("data", (text: Buffer) => {
      this.#said += text.toString();
      appendFileSync(logFile, text);
    });
    this.ended = new Promise((resolve, reject) => {
      this.#child.once("error", reject);
      // When its pipes have been read to the end.
      this.#child.once("close", (code, signal) => {
        this.#end = code ?? signal ?? "unknown";
        resolve(this.#end);
        onChange();
      });
    });
  }

  get isRunning(): boolean {
    return this.#end === undefined;
  }

  get isDegraded(): boolean {
    return this.#isDegraded;
  }

  /** All of its standard error. */
  get said(): string {
    return this.#said;
  }

  /** Whether all that the block of a level makes the node do has been done; what cannot be done in degraded mode is left out. */
  hasDone(level: number): boolean {
    const playsOn = !this.#options.plays || this.#gamesLevel >= level;
    return playsOn && (this.#mainLevel >= level || this.#isDegraded);
  }

  named(name: string): readonly ToldEvent[] {
    return this.events.filter((event) => event.name === name);
  }

  kill(signal: "SIGTERM" | "SIGKILL"): void {
    this.#child.kill(signal);
  }

  /** What it is at, for whoever waits for it in vain. */
  describe(): string {
    const state = this.isRunning ? (this.#isDegraded ? "degraded" : "running") : `ended with ${this.#end}`;
    const last = this.events.slice(-8).map(({ name, fields }) => `    ${name} ${JSON.stringify(fields).slice(0, 300)}`);
    return [`${state}, main loop at ${this.#mainLevel}, games at ${this.#gamesLevel}`, ...last].join("\n");
  }

  #hear(line: string): void {
    const event = readEvent(line);
    if (event === undefined) return;
    this.events.push(event);
    appendFileSync(this.#options.logFile, `${line}\n`);
    if (event.name === MAIN_LOOP) {
      this.#mainLevel = (event.fields as { readonly to: number }).to;
      this.#isDegraded = false;
    } else if (event.name === DEGRADED) this.#isDegraded = true;
    else if (event.section === GAMES && event.name === "request_completed") {
      const { view } = event.fields as { readonly view: { readonly block: { readonly level: number } } };
      this.#gamesLevel = view.block.level;
    }
    this.#options.onEvent?.(event);
    this.#options.onChange();
  }
}

function readEvent(line: string): ToldEvent | undefined {
  if (!line.startsWith('{"fd-sink-item.v0":')) return undefined;
  const { "fd-sink-item.v0": item } = JSON.parse(line) as {
    readonly "fd-sink-item.v0": {
      readonly section: string | readonly string[];
      readonly event: Readonly<Record<string, unknown>>;
    };
  };
  const [versioned = "", fields] = Object.entries(item.event)[0] ?? [];
  const section = typeof item.section === "string" ? item.section : item.section.join(".");
  return { name: versioned.replace(/\.v\d+$/, ""), section, fields };
}
