// The short form of the soak node-memory: a node that keeps the tree of each of its levels would grow by more than what is allowed here.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { compiledProgram } from "../../compiled-program.js";
import { assemble } from "../../l1/sandbox/rollup.js";
import { compileForChild } from "../store/compiled.js";
import { checkMemory, growthPerLevel, memoryFigures, memoryRun } from "./memory-rounds.js";

const folder = mkdtempSync(join(tmpdir(), "tickproof-memory-test-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Bytes a level, while caches fill and code is compiled. */
const MAX_GROWTH = 80_000;

it("does not keep what levels leave behind", { timeout: 180_000 }, async () => {
  const run = await memoryRun({
    main: compiledProgram(),
    probe: compileForChild("test/node/load/probe.ts", folder),
    kernel: assemble("echo"),
    seed: 20_261_124,
    levels: 60,
    warmUp: 20,
    every: 10,
  });
  const figures = memoryFigures(run);
  checkMemory(run, figures, MAX_GROWTH);
  expect(run.samples).toHaveLength(5);
  // Main, engine, reader and player with their databases' threads.
  expect(run.samples[0]?.threads).toHaveLength(7);
});

it("tells growth from noise", () => {
  const samples = [10, 20, 30, 40].map((levels) => ({ levels, heap: 5000 + 100 * levels + (levels % 20) }));
  expect(growthPerLevel(samples as never, (sample) => sample.heap)).toBeCloseTo(100, 0);
});
