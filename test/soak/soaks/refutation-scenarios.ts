// All scenarios of refutation games between processes; the short form is test/e2e/refutation/refutation.test.ts.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { faultsOf } from "../../e2e/refutation/judge.js";
import { play } from "../../e2e/refutation/play.js";
import { SCENARIOS, type Scenario } from "../../e2e/refutation/scenarios.js";
import { turns } from "../../e2e/refutation/turns.js";
import type { Soak } from "../soak.js";

/** The built program, beside the built tests. */
const MAIN = fileURLToPath(new URL("../../../src/cli/main.js", import.meta.url));
const AT_ONCE = 3;

export const soak: Soak = {
  about: "Octez's scenarios of refutation games, between processes; a round is a scenario",
  rounds: SCENARIOS.length,
  async run({ rounds, progress }) {
    const folder = mkdtempSync(join(tmpdir(), "tickproof-scenarios-"));
    const inTurn = turns(AT_ONCE);
    let done = 0;
    const playOne = async (scenario: Scenario): Promise<string> => {
      const start = performance.now();
      const outcome = await play(scenario, { program: MAIN, folder });
      const faults = faultsOf(scenario, outcome);
      if (faults.length > 0) throw new Error(`${scenario.name}: ${faults.join("; ")}`);
      progress(++done);
      const last = outcome.dissections.at(-1);
      const ticks = last === undefined ? "no dissection" : `ticks ${last.start} to ${last.end}`;
      const seconds = ((performance.now() - start) / 1000).toFixed(1);
      return `${scenario.name}: won at level ${outcome.level}, ${outcome.dissections.length} dissections, ${ticks}; ${seconds} s`;
    };
    try {
      return await Promise.all(SCENARIOS.slice(0, rounds).map((scenario) => inTurn(() => playOne(scenario))));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};
