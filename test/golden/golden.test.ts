// A fast part of the golden data: small kernels at all versions, some proofs, some walks and corpus entries; and, without any
// shared data, the recorded digests of the example kernels' own runs. `npm run golden` replays everything.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { describeShared, sharedPath } from "../shared-data.js";
import { readDigests } from "./digests.js";
import { EXAMPLES, exampleDigest } from "./examples.js";
import { matchesGlob } from "./glob.js";
import { digestOfLines, replayCorpusEntry, replayTrace } from "./replay.js";
import { readCorpusEntry, readManifest, traceLines, traceName } from "./trace-file.js";

const digests = readDigests();

describe("the example kernels", () => {
  it.each(EXAMPLES)("give the recorded hashes: $name at $version", async (example) => {
    expect(await exampleDigest(example)).toEqual(digests.examples[example.name]);
  });
});

const FAST_TRACES = [
  "link_store_exists.*.hash.txt",
  "link_store_create.v0.hash.txt",
  "link_store_create.v6.hash.txt",
  "link_store_exists.v0.proof.txt",
  "link_store_create.v0.proof.txt",
  "echo.*.hash.txt",
];

describeShared("golden traces", "vectors/pvm/traces", () => {
  const traces = readManifest(sharedPath("vectors", "pvm", "traces"));
  const fast = traces.filter(({ path }) => FAST_TRACES.some((glob) => matchesGlob(`traces/${glob}`, traceName(path))));

  it.each(fast.map((trace) => [traceName(trace.path), trace] as const))("%s", (name, trace) => {
    const outcome = replayTrace(trace, { verifyEvery: 4 });
    expect(outcome).toMatchObject({ difference: null, matched: trace.lines });
    expect({ lines: outcome.matched, blake2b256: outcome.digest }).toEqual(digests.traces[name]);
  });

  it("are those that were reproduced when the digests were recorded", () => {
    for (const { path } of traces) {
      const lines = traceLines(readFileSync(path, "utf8"));
      const digest = { lines: lines.length, blake2b256: digestOfLines(lines) };
      expect([traceName(path), digest]).toEqual([traceName(path), digests.traces[traceName(path)]]);
    }
  });
});

const FAST_WALKS = ["arith", "control", "memory", "io", "reveal-v3", "migration", "upgrade-bad", "reboot", "traps"];

describeShared("golden walks", "vectors/pvm/walks", () => {
  const walks = readManifest(sharedPath("vectors", "pvm", "walks"));
  const fast = walks.filter(({ path }) => FAST_WALKS.some((name) => traceName(path) === `walks/${name}.txt`));

  it.each(fast.map((walk) => [traceName(walk.path), walk] as const))("%s", (_, walk) => {
    expect(replayTrace(walk)).toMatchObject({ difference: null, matched: walk.lines });
  });

  it("differ where the trace is wrong: its line, tick and phase are told", () => {
    const walk = walks.find(({ path }) => traceName(path) === "walks/no-parse-random.txt");
    if (walk?.kind !== "walk") throw new Error("no such walk");
    expect(replayTrace({ ...walk, end: "waiting for input" }).difference).toMatchObject({
      expected: "waiting for input",
      got: expect.stringMatching(/^stuck no_fallback_kernel: decode: /),
      phase: "stuck",
    });
    expect(replayTrace({ ...walk, lines: walk.lines + 1 }).difference).toMatchObject({
      line: walk.lines + 1,
      expected: `${walk.lines + 1} lines (manifest)`,
    });
    const other = { ...walk, setup: { ...walk.setup, maxReboots: 7n } };
    expect(replayTrace(other).difference).toMatchObject({ line: 1, phase: "snapshot", tick: "3000" });
  });
});

describeShared("the fuzz corpus", "vectors/pvm/fuzz-corpus.jsonl", () => {
  const file = sharedPath("vectors", "pvm", "fuzz-corpus.jsonl");
  const lines = readFileSync(file, "utf8").trimEnd().split("\n");

  it("gives every state of every eighth entry, with and without shortcuts", () => {
    for (let index = 0; index < lines.length; index += 8) {
      const entry = readCorpusEntry(lines[index] ?? "", `${file}:${index + 1}`);
      for (const singleSteps of [false, true]) {
        const { difference } = replayCorpusEntry(entry, { singleSteps });
        expect({ entry: index + 1, singleSteps, difference }).toMatchObject({ difference: null });
      }
    }
  });
});

describe("names", () => {
  it("match patterns with * and ?", () => {
    expect(matchesGlob("echo.v?.hash.*", "echo.v6.hash.txt")).toBe(true);
    expect(matchesGlob("echo", "echo.txt")).toBe(false);
    expect(matchesGlob("a+b", "aab")).toBe(false);
    expect(matchesGlob("walks/*", "walks/arith.txt")).toBe(true);
  });
});
