// Scenarios of refutation games with nodes as processes (README.md): those that between them have everything; SCENARIOS=all, or names with
// commas between, plays others. All of them: the soak refutation-scenarios.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { compiledProgram } from "../../compiled-program.js";
import { describeShared } from "../../shared-data.js";
import { DISSECTIONS } from "./expected.js";
import { faultsOf } from "./judge.js";
import { ECHO, play } from "./play.js";
import { SCENARIOS, type Scenario, scenario as scenarioOf } from "./scenarios.js";
import { turns } from "./turns.js";

/** Scenarios that are played at the same time, on two cores. */
const AT_ONCE = 3;

const USUAL = "pvm_proof_3,parallel_games_0";

function chosen(): readonly Scenario[] {
  const names = process.env["SCENARIOS"] ?? USUAL;
  return names === "all" ? SCENARIOS : names.split(",").map(scenarioOf);
}

describeShared("refutation games between processes", [ECHO, DISSECTIONS], () => {
  const folder = mkdtempSync(join(tmpdir(), "tickproof-refutation-"));
  const program = compiledProgram();
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const inTurn = turns(AT_ONCE);

  for (const scenario of chosen()) {
    it.concurrent(scenario.name, { timeout: 900_000 }, async () => {
      const outcome = await inTurn(() => play(scenario, { program, folder }));
      expect(faultsOf(scenario, outcome)).toEqual([]);
    });
  }
});
