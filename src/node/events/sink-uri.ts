// Sinks as TEZOS_EVENTS_CONFIG names them (node.md §1.6): "file-descriptor-path:///tmp/events?level-at-least=debug&create-dirs=true".
// Left out: syslog.

import type { EventLevel } from "../events.js";
import { DEFAULT_LEVEL, parseLevel, parseSection, type SectionRule } from "./levels.js";

export type SinkFormat = "one-per-line" | "netstring" | "pp-short" | "pp-rfc5424";

export interface StreamSink {
  readonly kind: "stdout" | "stderr" | "path" | "null";
  /** Of "path". */
  readonly path: string;
  readonly format: SinkFormat;
  readonly rules: readonly SectionRule[];
  readonly advertiseLevels: boolean;
  readonly colors: boolean;
  readonly createDirs: boolean;
  readonly withPid: boolean;
  /** Whether what the file had is thrown away. */
  readonly fresh: boolean;
  /** Access rights of a file that is created. */
  readonly mode: number;
  /** Days kept, one file a day; absent: one file. */
  readonly dailyLogs?: number;
}

/** One file for every event. Any of the conditions suffices; without any, all events pass. */
export interface FilesSink {
  readonly kind: "files";
  readonly path: string;
  readonly level?: EventLevel;
  readonly sections: readonly (readonly string[])[];
  readonly names: readonly string[];
  readonly namePatterns: readonly RegExp[];
}

export type Sink = StreamSink | FilesSink;

export type SinkErrorCode = "node.events.sink" | "node.events.rules";

export class SinkError extends Error {
  override readonly name = "SinkError";

  constructor(
    readonly code: SinkErrorCode,
    message: string,
    readonly value: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

const SCHEMES: { readonly [scheme: string]: Sink["kind"] } = {
  "file-descriptor-path:": "path",
  "file-descriptor-stdout:": "stdout",
  "file-descriptor-stderr:": "stderr",
  "file-descriptor-null:": "null",
  "unix-files:": "files",
};

const FORMATS: { readonly [name: string]: SinkFormat } = {
  "one-per-line": "one-per-line",
  netstring: "netstring",
  "pp-short": "pp-short",
  "pp-rfc5424": "pp-rfc5424",
  pp: "pp-rfc5424",
};

const DEFAULT_MODE = 0o600;

/** Raises SinkError. */
export function parseSink(text: string): Sink {
  const fail = (reason: string, cause?: unknown): SinkError =>
    new SinkError("node.events.sink", `Parsing URI: ${text}: ${reason}`, text, cause === undefined ? {} : { cause });
  if (!URL.canParse(text)) throw fail("not a URI");
  const uri = new URL(text);
  const kind = SCHEMES[uri.protocol];
  if (kind === undefined) throw fail(`no sink has the scheme ${uri.protocol.slice(0, -1)}`);
  const path = decodeURIComponent(uri.pathname);
  if ((kind === "path" || kind === "files") && (path === "" || path === "/")) throw fail("Missing path configuration.");
  try {
    return kind === "files" ? filesSink(path, uri.searchParams) : streamSink(kind, path, uri.searchParams);
  } catch (error) {
    if (error instanceof RangeError || error instanceof SyntaxError) throw fail(error.message, error);
    throw error;
  }
}

function streamSink(kind: StreamSink["kind"], path: string, query: URLSearchParams): StreamSink {
  const isOn = (name: string): boolean => query.get(name) === "true";
  const formatName = query.get("format") ?? "one-per-line";
  const format = FORMATS[formatName];
  if (format === undefined) throw new RangeError(`Unknown format: ${JSON.stringify(formatName)}`);
  const advertise = query.get("advertise-levels") ?? "false";
  if (advertise !== "true" && advertise !== "false")
    throw new RangeError(`Expected bool, got ${JSON.stringify(advertise)}`);
  const dailyLogs = numberIn(query, "daily-logs");
  return {
    kind,
    path,
    format,
    rules: rulesOf(query),
    advertiseLevels: advertise === "true",
    colors: isOn("colors"),
    createDirs: isOn("create-dirs"),
    withPid: isOn("with-pid"),
    fresh: isOn("fresh"),
    mode: numberIn(query, "chmod") ?? DEFAULT_MODE,
    ...(dailyLogs === undefined ? {} : { dailyLogs }),
  };
}

/** Decimal, or octal as "0o644". */
function numberIn(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  if (!/^(\d{1,6}|0o[0-7]{1,6})$/.test(text))
    throw new RangeError(`${name} should be an integer : ${JSON.stringify(text)}`);
  return Number(text);
}

function listIn(query: URLSearchParams, name: string): readonly string[] {
  return query.getAll(name).flatMap((value) => value.split(","));
}

function rulesOf(query: URLSearchParams): readonly SectionRule[] {
  const base = query.get("level-at-least");
  const rules = listIn(query, "section-prefix").map((text): SectionRule => {
    const [section = "", level, ...more] = text.split(":");
    if (more.length > 0) throw new RangeError(`Wrong section-level entry: ${JSON.stringify(text)}`);
    return { prefix: parseSection(section), level: level === undefined ? DEFAULT_LEVEL : parseLevel(level) };
  });
  if (base === null) return rules;
  const level = parseLevel(base);
  if (level === null && rules.length === 0) throw new RangeError(`Wrong level: ${JSON.stringify(base)}`);
  return [...rules, { prefix: [], level }];
}

function filesSink(path: string, query: URLSearchParams): FilesSink {
  const base = query.get("level-at-least");
  const level = base === null ? null : parseLevel(base);
  return {
    kind: "files",
    path,
    ...(level === null ? {} : { level }),
    sections: [
      ...listIn(query, "section").map(parseSection),
      ...(query.get("no-section") === "true" ? [[] as readonly string[]] : []),
    ],
    names: listIn(query, "name"),
    namePatterns: listIn(query, "name-matches").map((pattern) => new RegExp(pattern)),
  };
}
