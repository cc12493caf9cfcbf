// All scenarios of refutation games between processes; the short form is test/e2e/refutation/refutation.test.ts.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { faultsOf } from "../../e2e/refutation/judge.js";
import { type Outcome, play } from "../../e2e/refutation/play.js";
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
    const failed: string[] = [];
    let done = 0;
    const playOne = async (scenario: Scenario): Promise<string> => {
      const start = performance.now();
      const figures = await judged(scenario, folder).catch((error: unknown) => {
        failed.push(scenario.name);
        return `FAILED: ${error instanceof Error ? error.message : String(error)}`;
      });
      progress(++done);
      return `${scenario.name}: ${figures}; ${((performance.now() - start) / 1000).toFixed(1)} s`;
    };
    try {
      const lines = await Promise.all(SCENARIOS.slice(0, rounds).map((scenario) => inTurn(() => playOne(scenario))));
      if (failed.length > 0) throw new Error([`failed: ${failed.join(", ")}`, ...lines].join("\n"));
      return lines;
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

/** Raises unless the honest side has won as it must. */
async function judged(scenario: Scenario, folder: string): Promise<string> {
  const outcome = await play(scenario, { program: MAIN, folder });
  const faults = faultsOf(scenario, outcome);
  if (faults.length > 0) throw new Error(faults.join("; "));
  return figuresOf(scenario, outcome);
}

function figuresOf({ expected }: Scenario, { moves, honest, dissections, level }: Outcome): string {
  const own = moves.filter(({ source }) => source === honest);
  const count = (kind: string): number => own.filter((move) => move.kind === kind).length;
  const first = moves.at(0)?.level ?? level;
  const last = dissections.at(-1);
  return [
    `won at level ${level}, ${(moves.at(-1)?.level ?? first) - first} blocks after the first move`,
    `${own.length} moves (${count("start")} openings, ${count("dissection")} dissections, ${count("proof")} proofs, ${count("timeout")} timeouts)`,
    `${dissections.length} dissections computed, the last of ${last?.start} to ${last?.end}`,
    ...(expected === undefined ? [] : [expected.all ? "all as recorded" : "all but the last as recorded"]),
  ].join(", ");
}
