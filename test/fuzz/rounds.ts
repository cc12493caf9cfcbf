// Shares time between targets, in rounds: each has its part of each round, and goes on where it was.
import { type Failure, runCase, type ShrinkLimits } from "./runner.js";
import type { Target } from "./target.js";

export interface Tally {
  readonly target: Target;
  /** Of the next case. */
  number: number;
  passed: number;
  undecided: number;
  readonly failures: Failure[];
  milliseconds: number;
}

export interface RoundOptions {
  readonly seed: number;
  /** Of the whole run. */
  readonly milliseconds: number;
  readonly shrink: ShrinkLimits;
  readonly onFailure: (failure: Failure) => Promise<void> | void;
  readonly onRound?: (tallies: readonly Tally[]) => void;
  readonly now: () => number;
}

const ROUND_MILLISECONDS = 15_000;
/** A target with so many failures is left out from then on. */
export const MOST_FAILURES = 3;

export function newTally(target: Target): Tally {
  return { target, number: 0, passed: 0, undecided: 0, failures: [], milliseconds: 0 };
}

/** One case, counted. */
export async function countCase(tally: Tally, options: RoundOptions): Promise<void> {
  const started = options.now();
  const outcome = await runCase(tally.target, options.seed, tally.number, options.shrink);
  tally.number++;
  tally.milliseconds += options.now() - started;
  if (outcome === "passed") tally.passed++;
  else if (outcome === "undecided") tally.undecided++;
  else {
    tally.failures.push(outcome);
    await options.onFailure(outcome);
  }
}

/** Runs targets until the time is over, each one case at least. */
export async function runRounds(targets: readonly Target[], options: RoundOptions): Promise<Tally[]> {
  const tallies = targets.map(newTally);
  const shares = targets.reduce((sum, { share }) => sum + share, 0);
  const end = options.now() + options.milliseconds;
  const round = Math.min(ROUND_MILLISECONDS, options.milliseconds);
  do {
    for (const tally of tallies) {
      const slice = Math.min((round * tally.target.share) / shares, end - options.now());
      const until = options.now() + slice;
      do {
        if (tally.failures.length >= MOST_FAILURES) break;
        await countCase(tally, options);
      } while (options.now() < until);
    }
    options.onRound?.(tallies);
  } while (options.now() < end && tallies.some(({ failures }) => failures.length < MOST_FAILURES));
  return tallies;
}
