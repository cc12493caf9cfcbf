// Where events go (node.md §1.6, §6.1): the console, the node's daily logs, and the sinks that TEZOS_EVENTS_CONFIG names.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { isJsonObject } from "../../encoding/json.js";
import type { Emit, NodeEvent } from "../events.js";
import { declareIn } from "./declaration.js";
import { text as textField } from "./fields.js";
import { type LayoutOptions, type Occurrence, oneLine, rfc5424, short } from "./layout.js";
import { parseLogRules, passes, type SectionRule } from "./levels.js";
import { type LogFile, openLog, writeEventFile } from "./log-files.js";
import { type FilesSink, parseSink, SinkError, type StreamSink } from "./sink-uri.js";

/** What sinks need of the process. */
export interface SinkHost {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly hostname: string;
  readonly pid: number;
  /** Milliseconds since 1970. */
  now(): number;
  out(text: string): void;
  err(text: string): void;
  /** Width of the terminal that a stream is; undefined for what is none. */
  readonly outColumns?: number;
  readonly errColumns?: number;
}

const EVENTS_CONFIG = "TEZOS_EVENTS_CONFIG";

const loadedFromEnvironment = declareIn("internal_event_unix")({
  name: "uri_loaded_from_env",
  level: "Notice",
  message: "Loaded URIs from environment (variable = {variable}, value = {value})",
  fields: { variable: textField, value: textField },
});

type Handle = (occurrence: Occurrence) => void;

export class EventSinks {
  readonly #host: SinkHost;
  readonly #handles: Handle[] = [];
  readonly #files: LogFile[] = [];
  #hasComplained = false;

  /** Opens the console and what the environment names. Raises SinkError. */
  constructor(host: SinkHost) {
    this.#host = host;
    const uris = (host.env[EVENTS_CONFIG] ?? "").split(/[ \t\n]+/).filter((uri) => uri !== "");
    for (const uri of uris.flatMap(activeSinks)) this.#add(parseSink(uri));
    this.#add(consoleSink(host));
    if (uris.length > 0) this.emit(loadedFromEnvironment({ variable: EVENTS_CONFIG, value: uris.join(" ") }));
  }

  /** Opens `<data-dir>/daily_logs`. Raises SinkError. */
  addDailyLogs(dataDir: string): void {
    const path = join(dataDir, "daily_logs", "daily.log");
    const query = "create-dirs=true&daily-logs=7&level-at-least=info&format=pp-rfc5424";
    this.#add(parseSink(`file-descriptor-path://${path.split("/").map(encodeURIComponent).join("/")}?${query}`));
  }

  readonly emit: Emit = (event) => {
    const occurrence = { event, at: this.#host.now() };
    for (const handle of this.#handles) {
      try {
        handle(occurrence);
      } catch (error) {
        this.#complain(event, error);
      }
    }
  };

  close(): void {
    this.#handles.length = 0;
    for (const file of this.#files.splice(0)) {
      try {
        file.close();
      } catch {
        // It is of no use any more, and everything in it has been written.
      }
    }
  }

  #complain({ name }: NodeEvent, error: unknown): void {
    if (this.#hasComplained) return;
    this.#hasComplained = true;
    const reason = error instanceof Error ? error.message : String(error);
    this.#host.err(`Failed to send event '${name}': ${reason}\n`);
  }

  #add(sink: StreamSink | FilesSink): void {
    if (sink.kind === "null") return;
    if (sink.kind === "files") this.#handles.push((occurrence) => writeEventFile(sink, occurrence));
    else this.#handles.push(this.#streamHandle(sink));
  }

  #streamHandle(sink: StreamSink): Handle {
    const write = this.#writer(sink);
    const { hostname, env } = this.#host;
    const columns = { stdout: this.#host.outColumns, stderr: this.#host.errColumns, path: undefined, null: undefined }[
      sink.kind
    ];
    const options: LayoutOptions = {
      hostname: env["TEZOS_EVENT_HOSTNAME"] ?? hostname,
      advertiseLevels: sink.advertiseLevels,
      colors: sink.colors && columns !== undefined && env["TERM"] !== "dumb",
      ...(columns === undefined ? {} : { columns }),
    };
    return (occurrence) => {
      if (passes(sink.rules, occurrence.event)) write(layOut(sink, occurrence, options), occurrence.at);
    };
  }

  #writer({ kind, ...sink }: StreamSink): (text: string, at: number) => void {
    if (kind === "stdout") return (text) => this.#host.out(text);
    if (kind === "stderr") return (text) => this.#host.err(text);
    try {
      const file = openLog({ kind, ...sink }, this.#host.pid, this.#host.now());
      this.#files.push(file);
      return (text, at) => file.write(text, at);
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new SinkError("node.events.sink", `Cannot open ${sink.path}: ${reason}`, sink.path, { cause });
    }
  }
}

function layOut({ format }: StreamSink, occurrence: Occurrence, options: LayoutOptions): string {
  switch (format) {
    case "one-per-line":
      return `${oneLine(occurrence, options)}\n`;
    case "netstring": {
      const line = oneLine(occurrence, options);
      return `${Buffer.byteLength(line)}:${line},`;
    }
    case "pp-short":
      return short(occurrence, options);
    case "pp-rfc5424":
      return rfc5424(occurrence, options);
  }
}

/** The sinks of a file that lists them; a URI with a scheme is one itself. */
function activeSinks(uri: string): readonly string[] {
  if (URL.canParse(uri)) return [uri];
  try {
    const json: unknown = JSON.parse(readFileSync(uri, "utf8"));
    const sinks = isJsonObject(json) ? (json["active_sinks"] ?? json["activate"] ?? []) : undefined;
    if (Array.isArray(sinks) && sinks.every((sink) => typeof sink === "string")) return sinks;
    throw new TypeError("a list of sinks is expected in active_sinks");
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new SinkError("node.events.sink", `Cannot read the list of sinks ${uri}: ${reason}`, uri, { cause });
  }
}

/** Standard error, from notices on; TEZOS_LOG (or LWT_LOG) says otherwise. */
function consoleSink({ env }: SinkHost): StreamSink {
  const name = env["TEZOS_LOG"] === undefined ? "LWT_LOG" : "TEZOS_LOG";
  return {
    kind: "stderr",
    path: "",
    format: "pp-short",
    rules: [...environmentRules(name, env[name]), { prefix: [], level: "Notice" }],
    advertiseLevels: true,
    colors: true,
    createDirs: false,
    withPid: false,
    fresh: false,
    mode: 0o600,
  };
}

function environmentRules(name: string, rules: string | undefined): readonly SectionRule[] {
  if (rules === undefined) return [];
  try {
    return parseLogRules(rules);
  } catch (cause) {
    const message = `Incorrect log rules defined in environment variable ${name}`;
    throw new SinkError("node.events.rules", message, rules, { cause });
  }
}
