// The sandbox in a process of its own, killed (kill -9) and started again: a tenth of `npm run soak -- sandbox-kill`. And two at once.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { compiledProgram } from "../../../compiled-program.js";
import { killRounds, secondProcess } from "./kill-rounds.js";

const ROUNDS = 10;
const SEED = Number(process.env["SEED"] ?? 20_261_124);

const program = compiledProgram();
const folder = mkdtempSync(join(tmpdir(), "tickproof-kill-"));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe("tickproof sandbox --data-dir", () => {
  it(`goes on after being killed ${ROUNDS} times`, { timeout: 240_000 }, async () => {
    const { level, operations, early } = await killRounds({
      main: program,
      folder: join(folder, "killed"),
      seed: SEED,
      rounds: ROUNDS,
    });
    console.log(`seed ${SEED}: ${level} blocks, ${operations} operations, ${early} of ${ROUNDS} killed early`);
    expect(level).toBeGreaterThan(ROUNDS - early);
    expect(operations).toBeGreaterThan(0);
  });

  it("lets no second process in", { timeout: 60_000 }, async () => {
    const { code, errors } = await secondProcess(program, join(folder, "shared"));
    expect(code).toBe(3);
    expect(errors).toContain("l1.sandbox.store.locked");
    expect(errors.trim().split("\n")).toHaveLength(1);
  });
});
