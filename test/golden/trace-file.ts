// The forms of golden data: a folder's manifest.json with its hash, proof and walk traces, and fuzz corpora (READMEs of
// vectors/pvm/traces and vectors/pvm/walks). Read and checked here, so that the rest works on typed values.
import { readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fromHex } from "../../src/encoding/hex.js";
import { isPvmVersion, type PvmVersion } from "../../src/pvm/versions.js";

/** A file that is not of the form described. */
export class GoldenDataError extends Error {
  override readonly name = "GoldenDataError";
}

export interface Setup {
  readonly pvmVersion: PvmVersion;
  readonly ticksPerSnapshot: bigint;
  readonly outboxValidityPeriod: number;
  readonly outboxMessageLimit: bigint;
  readonly maxReboots: bigint;
}

/** Consecutive ticks (`take`) alternating with skipped ones, over one inbox of transfers. */
export interface RecordedTrace {
  readonly kind: "hash" | "proof";
  /** Absolute paths. */
  readonly path: string;
  readonly kernel: string;
  readonly setup: Setup;
  readonly level: number;
  /** Files with the payloads of transfers. */
  readonly inputs: readonly string[];
  readonly take: number;
  readonly skip: number;
  readonly lines: number;
}

export interface WalkTrace {
  readonly kind: "walk";
  readonly path: string;
  readonly kernel: string;
  readonly setup: Setup;
  /** Raw messages without the protocol's, by level from 0. */
  readonly inboxes: readonly (readonly Uint8Array[])[];
  readonly reveals: ReadonlyMap<string, Uint8Array>;
  readonly lines: number;
  /** Status at the end, or "cut: n lines". */
  readonly end: string;
}

export type Trace = RecordedTrace | WalkTrace;

export interface CorpusEntry {
  readonly kernel: Uint8Array;
  readonly setup: Setup;
  readonly inboxes: readonly (readonly Uint8Array[])[];
  readonly samples: readonly (readonly [tick: bigint, hash: string])[];
  readonly final: { readonly tick: bigint; readonly hash: string; readonly status: string };
}

type Fields = Readonly<Record<string, unknown>>;

/** The traces that a folder's manifest names. */
export function readManifest(folder: string): Trace[] {
  const file = join(folder, "manifest.json");
  const manifest = parse(file, readFileSync(file, "utf8"));
  const defaults = manifest["defaults"] === undefined ? {} : asFields(manifest["defaults"], `${file}: defaults`);
  const traces = manifest["traces"];
  if (!Array.isArray(traces)) throw new GoldenDataError(`${file}: traces: array expected`);
  return traces.map((item, index) => {
    const place = `${file}: traces[${index}]`;
    return readTrace(folder, { ...defaults, ...asFields(item, place) }, place);
  });
}

function readTrace(folder: string, fields: Fields, place: string): Trace {
  const kind = fields["kind"];
  const common = {
    path: join(folder, asString(fields, "file", place)),
    kernel: join(folder, asString(fields, "kernel", place)),
    setup: readSetup(fields, place),
    lines: asNumber(fields, "lines", place),
  };
  if (kind === "walk") {
    return {
      kind,
      ...common,
      inboxes: readInboxes(fields, place),
      reveals: readReveals(fields, place),
      end: asString(fields, "end", place),
    };
  }
  if (kind !== "hash" && kind !== "proof") throw new GoldenDataError(`${place}: kind: hash, proof or walk expected`);
  return {
    kind,
    ...common,
    level: asNumber(fields, "level", place, 0),
    inputs: asStrings(fields["inputs"], `${place}: inputs`).map((file) => join(folder, file)),
    take: asNumber(fields, "take", place),
    skip: asNumber(fields, "skip", place),
  };
}

/** One line of a fuzz corpus. */
export function readCorpusEntry(line: string, place: string): CorpusEntry {
  const fields = parse(place, line);
  const final = asFields(fields["final"], `${place}: final`);
  const samples = fields["samples"];
  if (!Array.isArray(samples)) throw new GoldenDataError(`${place}: samples: array expected`);
  return {
    kernel: asBytes(fields["kernel"], `${place}: kernel`),
    setup: readSetup({ ...fields, pvmVersion: fields["version"] }, place),
    inboxes: readInboxes(fields, place),
    samples: samples.map((sample, index) => {
      const where = `${place}: samples[${index}]`;
      if (!Array.isArray(sample)) throw new GoldenDataError(`${where}: [tick, hash] expected`);
      const pair = { tick: sample[0] as unknown, hash: sample[1] as unknown };
      return [asTick(pair, "tick", where), asString(pair, "hash", where)] as const;
    }),
    final: {
      tick: asTick(final, "tick", `${place}: final`),
      hash: asString(final, "hash", `${place}: final`),
      status: asString(final, "status", `${place}: final`),
    },
  };
}

/** The lines of a trace file, without the line ends. */
export function traceLines(text: string): string[] {
  const lines = text.split(/\r?\n/);
  if (lines.at(-1) === "") lines.pop();
  return lines;
}

/** A short name for people: the file and its folder. */
export function traceName(path: string): string {
  return `${basename(dirname(path))}/${basename(path)}`;
}

function readSetup(fields: Fields, place: string): Setup {
  const version = asString(fields, "pvmVersion", place);
  if (!isPvmVersion(version)) throw new GoldenDataError(`${place}: pvmVersion: unknown version ${version}`);
  return {
    pvmVersion: version,
    ticksPerSnapshot: asTick(fields, "ticksPerSnapshot", place),
    outboxValidityPeriod: asNumber(fields, "outboxValidityPeriod", place, 10),
    outboxMessageLimit: BigInt(asNumber(fields, "outboxMessageLimit", place, 100)),
    maxReboots: BigInt(asNumber(fields, "maxReboots", place, 1000)),
  };
}

function readInboxes(fields: Fields, place: string): Uint8Array[][] {
  const inboxes = fields["inboxes"];
  if (!Array.isArray(inboxes)) throw new GoldenDataError(`${place}: inboxes: array expected`);
  return inboxes.map((inbox, i) => {
    const where = `${place}: inboxes[${i}]`;
    return asStrings(inbox, where).map((message, j) => asBytes(message, `${where}[${j}]`));
  });
}

function readReveals(fields: Fields, place: string): Map<string, Uint8Array> {
  const reveals = asFields(fields["reveals"] ?? {}, `${place}: reveals`);
  return new Map(
    Object.entries(reveals).map(([request, data]) => [request.toLowerCase(), asBytes(data, `${place}: reveals`)]),
  );
}

function parse(place: string, text: string): Fields {
  try {
    return asFields(JSON.parse(text), place);
  } catch (error) {
    if (error instanceof SyntaxError) throw new GoldenDataError(`${place}: not JSON: ${error.message}`);
    throw error;
  }
}

function asFields(value: unknown, place: string): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new GoldenDataError(`${place}: object expected`);
  }
  return value as Fields;
}

function asString(fields: Fields, name: string, place: string): string {
  const value = fields[name];
  if (typeof value !== "string") throw new GoldenDataError(`${place}: ${name}: string expected`);
  return value;
}

function asStrings(value: unknown, place: string): string[] {
  if (!Array.isArray(value) || !value.every((item) => typeof item === "string")) {
    throw new GoldenDataError(`${place}: array of strings expected`);
  }
  return value as string[];
}

function asNumber(fields: Fields, name: string, place: string, absent?: number): number {
  const value = fields[name] ?? absent;
  if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 0) {
    throw new GoldenDataError(`${place}: ${name}: natural number expected`);
  }
  return value;
}

/** A number, or a numeral in a string where it exceeds 2^53. */
function asTick(fields: Fields, name: string, place: string): bigint {
  const value = fields[name];
  if (typeof value === "string" && /^[0-9]+$/.test(value)) return BigInt(value);
  return BigInt(asNumber(fields, name, place));
}

function asBytes(value: unknown, place: string): Uint8Array {
  if (typeof value !== "string") throw new GoldenDataError(`${place}: hex string expected`);
  try {
    return fromHex(value);
  } catch (error) {
    throw new GoldenDataError(`${place}: ${(error as Error).message}`);
  }
}
