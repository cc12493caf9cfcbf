// The honest node killed (kill -9) at random moments of a game, and started again on what it left: it goes on, and wins.
import { Random } from "../../pvm-proofs/mutate.js";
import type { SoakOptions } from "../../soak/soak.js";
import { faultsOf } from "./judge.js";
import { type PlayOptions, play } from "./play.js";
import type { Scenario } from "./scenarios.js";
import { turns } from "./turns.js";

export interface KillFigures {
  readonly rounds: number;
  readonly kills: number;
  /** Rounds whose game was over before its first kill. */
  readonly unhurt: number;
}

/** Events of the honest node between the conflict and the end of the game, about. */
const EVENTS_OF_A_GAME = 150;
const MOST_KILLS = 3;
const LIES = ["3 0 0", "3 4 0", "5 7 11_000_000_001", "7 7 22_000_002_000", "9 7 22_010_000_000"];
const AT_ONCE = 2;

/** Raises when a round does not end as it must. */
export async function gameKillRounds(
  { seed, rounds, progress }: SoakOptions,
  options: PlayOptions,
): Promise<KillFigures> {
  const random = new Random(seed);
  const inTurn = turns(AT_ONCE);
  const scenarios = Array.from({ length: rounds }, (_, round) => randomScenario(random, round));
  let done = 0;
  const kills = await Promise.all(
    scenarios.map((scenario) =>
      inTurn(async () => {
        const outcome = await play(scenario, options);
        const faults = faultsOf(scenario, outcome);
        if (faults.length > 0) throw new Error(`${JSON.stringify(scenario)}: ${faults.join("; ")}`);
        progress(++done);
        return outcome.kills;
      }),
    ),
  );
  return {
    rounds,
    kills: kills.reduce((total, one) => total + one, 0),
    unhurt: kills.filter((count) => count === 0).length,
  };
}

function randomScenario(random: Random, round: number): Scenario {
  return {
    name: `kill_${round}`,
    liars: [LIES[random.below(LIES.length)] as string], // in bounds
    inputs: 10,
    priority: random.below(2) === 0 ? "honest" : "liar",
    kills: Array.from({ length: 1 + random.below(MOST_KILLS) }, () => 1 + random.below(EVENTS_OF_A_GAME / MOST_KILLS)),
  };
}
