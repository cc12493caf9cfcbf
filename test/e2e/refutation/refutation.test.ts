// The reference's scenarios of refutation games, with nodes as processes (README.md): some at a time.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { compiledProgram } from "../../compiled-program.js";
import { describeShared } from "../../shared-data.js";
import { DISSECTIONS } from "./expected.js";
import { faultsOf } from "./judge.js";
import { ECHO, play } from "./play.js";
import { SCENARIOS } from "./scenarios.js";
import { turns } from "./turns.js";

/** Scenarios that are played at the same time, on two cores. */
const AT_ONCE = 3;

describeShared("refutation games between processes", [ECHO, DISSECTIONS], () => {
  const folder = mkdtempSync(join(tmpdir(), "tickproof-refutation-"));
  const program = compiledProgram();
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const inTurn = turns(AT_ONCE);

  const names = process.env["SCENARIOS"]?.split(",");
  for (const scenario of SCENARIOS.filter(({ name }) => names?.includes(name) ?? true)) {
    it.concurrent(scenario.name, { timeout: 900_000 }, async () => {
      const outcome = await inTurn(() => play(scenario, { program, folder }));
      expect(faultsOf(scenario, outcome)).toEqual([]);
    });
  }
});
