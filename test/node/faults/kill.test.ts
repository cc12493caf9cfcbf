// An operator's node in a process of its own, killed (kill -9) and started again: a tenth of `npm run soak -- node-kill`.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { compiledProgram } from "../../compiled-program.js";
import { killNode } from "./killed-node.js";

const ROUNDS = Number(process.env["ROUNDS"] ?? 5);
const SEED = Number(process.env["SEED"] ?? 20_261_124);

const folder = mkdtempSync(join(tmpdir(), "tickproof-node-kill-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it(`a node goes on after being killed ${ROUNDS} times`, { timeout: 60_000 + ROUNDS * 60_000 }, async () => {
  const figures = await killNode({ main: compiledProgram(), folder, seed: SEED, rounds: ROUNDS });
  console.log(`seed ${SEED}: ${JSON.stringify(figures)}`);
  expect(figures.levels).toBeGreaterThan(ROUNDS);
});
