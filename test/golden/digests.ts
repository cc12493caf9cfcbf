// digests.json: compact digests of what a full golden run reproduced, and of the runs of the example kernels. Written by
// `npm run golden -- --record test/golden/digests.json`, read by the tests.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "../shared-root.js";
import { EXAMPLES, type ExampleDigest, exampleDigest } from "./examples.js";
import type { Verdict } from "./report.js";
import { traceName } from "./trace-file.js";

export interface TraceDigest {
  readonly lines: number;
  readonly blake2b256: string;
}

export interface Digests {
  readonly about: string;
  /** By name of the example kernel. */
  readonly examples: Readonly<Record<string, ExampleDigest>>;
  /** By folder and file name. */
  readonly traces: Readonly<Record<string, TraceDigest>>;
}

const ABOUT =
  "BLAKE2b-256 of the lines (each ended by a line feed) that the engine reproduced: examples.ts says how for the example kernels, replay.ts for golden traces.";

/** The text of digests.json for a run in which everything passed. */
export async function recordDigests(verdicts: readonly Verdict[]): Promise<string> {
  const traces: Record<string, TraceDigest> = {};
  for (const verdict of verdicts) {
    if (verdict.tag !== "trace" || verdict.outcome === null) continue;
    const { matched, digest } = verdict.outcome;
    traces[traceName(verdict.path)] = { lines: matched, blake2b256: digest };
  }
  const examples: Record<string, ExampleDigest> = {};
  for (const example of EXAMPLES) examples[example.name] = await exampleDigest(example);
  return `${JSON.stringify({ about: ABOUT, examples, traces } satisfies Digests, null, 1)}\n`;
}

export function readDigests(): Digests {
  return JSON.parse(readFileSync(join(repositoryRoot, "test", "golden", "digests.json"), "utf8")) as Digests;
}
