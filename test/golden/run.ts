// The golden runner: replays golden traces on the engine. `npm run golden -- --help` says how. Exit code 0: all passed;
// 1: some failed (or, under CI=true, there is no data); 2: bad arguments or unreadable data.
import { createReadStream, existsSync, statSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { basename, join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { sharedIsRequired, sharedPath } from "../shared-root.js";
import { recordDigests } from "./digests.js";
import { matchesGlob } from "./glob.js";
import type { Job } from "./job.js";
import { runJobs } from "./pool.js";
import { Progress } from "./progress.js";
import { Collector, hasPassed, jsonVerdict, printVerdict, type Verdict } from "./report.js";
import { GoldenDataError, readManifest, traceName } from "./trace-file.js";

const HELP = `Usage: npm run golden -- [options]

Replays golden traces and compares them line by line. Without --dir and --corpus, everything
in ../shared/vectors/pvm (or under TICKPROOF_SHARED) is replayed.

  --dir DIR        a folder with a manifest.json (repeatable)
  --corpus FILE    a fuzz corpus, one JSON object a line (repeatable)
  --only GLOB      only traces and corpora of this name (repeatable; * and ?)
  --json           one JSON object a line
  --single-steps   no shortcuts but over padding
  --verify-every N of the proofs of proof traces, verify every N-th (default 16)
  --workers N      worker threads (default: one a core, at most 8)
  --record FILE    if all passed, write the digests of what was reproduced
`;

const LINES_PER_JOB = 20;
const MAX_WORKERS = 8;

class UsageError extends Error {}

interface Arguments {
  readonly folders: readonly string[];
  readonly corpora: readonly string[];
  readonly only: readonly string[];
  readonly json: boolean;
  readonly singleSteps: boolean;
  readonly verifyEvery: number;
  readonly workers: number;
  readonly record: string | undefined;
}

/** Undefined: only help was asked for. */
function readArguments(args: readonly string[]): Arguments | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      dir: { type: "string", multiple: true, default: [] },
      corpus: { type: "string", multiple: true, default: [] },
      only: { type: "string", multiple: true, default: [] },
      json: { type: "boolean", default: false },
      "single-steps": { type: "boolean", default: false },
      "verify-every": { type: "string", default: "16" },
      workers: { type: "string", default: String(Math.min(availableParallelism(), MAX_WORKERS)) },
      record: { type: "string" },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) return undefined;
  const named = values.dir.length > 0 || values.corpus.length > 0;
  for (const path of [...values.dir.map((dir) => join(dir, "manifest.json")), ...values.corpus]) {
    if (!existsSync(path) || !statSync(path).isFile()) throw new UsageError(`${path}: no such file`);
  }
  const standard = (...names: string[]): string[] =>
    names.map((name) => sharedPath("vectors", "pvm", name)).filter((path) => existsSync(path));
  return {
    folders: named ? values.dir.map((dir) => resolve(dir)) : standard("traces", "walks"),
    corpora: named ? values.corpus.map((file) => resolve(file)) : standard("fuzz-corpus.jsonl"),
    only: values.only,
    json: values.json,
    singleSteps: values["single-steps"],
    verifyEvery: positive("--verify-every", values["verify-every"]),
    workers: positive("--workers", values.workers),
    record: values.record,
  };
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw new UsageError(`${name}: ${text} is not a positive number`);
  return value;
}

function isWanted(args: Arguments, path: string): boolean {
  if (args.only.length === 0) return true;
  return args.only.some((glob) => matchesGlob(glob, basename(path)) || matchesGlob(glob, traceName(path)));
}

async function* corpusJobs(file: string): AsyncGenerator<Job> {
  const reader = createInterface({ input: createReadStream(file, "utf8"), crlfDelay: Number.POSITIVE_INFINITY });
  let lines: string[] = [];
  let first = 1;
  for await (const line of reader) {
    if (line.trim() === "") throw new GoldenDataError(`${file}:${first + lines.length}: an empty line`);
    lines.push(line);
    if (lines.length < LINES_PER_JOB) continue;
    yield { tag: "corpus", file, first, lines };
    first += lines.length;
    lines = [];
  }
  yield { tag: "corpus", file, first, lines };
}

async function main(): Promise<number> {
  const args = readArguments(process.argv.slice(2));
  if (args === undefined) {
    process.stdout.write(HELP);
    return 0;
  }
  const traces = args.folders.flatMap((folder) => readManifest(folder)).filter(({ path }) => isWanted(args, path));
  const corpora = args.corpora.filter((file) => isWanted(args, file));
  const progress = new Progress(traces.length + corpora.length);
  async function* jobs(): AsyncGenerator<Job> {
    for (const trace of traces) yield { tag: "trace", trace };
    for (const file of corpora) yield* corpusJobs(file);
  }
  const verdicts: Verdict[] = [];
  const collector = new Collector((verdict) => {
    verdicts.push(verdict);
    progress.clear();
    const lines = args.json ? [jsonVerdict(verdict)] : printVerdict(verdict);
    process.stdout.write(lines.map((line) => `${line}\n`).join(""));
    progress.advance();
  });
  const onProgress = (job: Job, lines: number): void => progress.show(job, lines);
  await runJobs(jobs(), { ...args, onProgress }, (result) => collector.add(result));
  collector.flush();
  progress.clear();
  return conclude(args, verdicts);
}

async function conclude(args: Arguments, verdicts: readonly Verdict[]): Promise<number> {
  const passed = verdicts.filter(hasPassed).length;
  const failed = verdicts.length - passed;
  if (verdicts.length === 0) {
    const data = sharedPath("vectors", "pvm");
    const why = existsSync(data) ? "none has the name asked for" : `${data} is missing`;
    process.stderr.write(`no golden traces: ${why}\n`);
  }
  if (args.record !== undefined && failed === 0) writeFileSync(args.record, await recordDigests(verdicts));
  const summary = args.json ? JSON.stringify({ passed, failed }) : `${passed} passed, ${failed} failed`;
  process.stdout.write(`${summary}\n`);
  if (failed > 0 || (verdicts.length === 0 && sharedIsRequired())) return 1;
  return 0;
}

try {
  process.exitCode = await main();
} catch (error) {
  const isParseError = error instanceof TypeError && "code" in error && String(error.code).startsWith("ERR_PARSE_ARGS");
  if (!(error instanceof UsageError || error instanceof GoldenDataError || isParseError)) throw error;
  process.stderr.write(`golden: ${(error as Error).message}\n`);
  process.exitCode = 2;
}
