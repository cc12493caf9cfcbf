// What every scenario must come to, whoever plays it: crime does not pay.
import { isDeepStrictEqual } from "node:util";
import { playedTicks, recordedTicks } from "./expected.js";
import type { Outcome } from "./play.js";
import type { Scenario } from "./scenarios.js";

const STAKE = 10_000_000_000n;
/** More than all fees of a node in a scenario. */
const FEES = 1_000_000n;

/** What is wrong with an outcome, a line each; nothing when all is as it must be. */
export function faultsOf(scenario: Scenario, outcome: Outcome): readonly string[] {
  const { liars, mode = "operator" } = scenario;
  const { honestGain, liarLosses, conflicts } = outcome;
  const checks: readonly (readonly [holds: boolean, otherwise: string])[] = [
    [outcome.honestBond === STAKE, `the honest side's bond is ${outcome.honestBond}`],
    [isWon(honestGain, liarLosses), `the honest side gained ${honestGain}, the liars lost ${liarLosses.join(", ")}`],
    [outcome.liarBonds.every((bond) => bond === 0n), `liars' bonds are ${outcome.liarBonds.join(", ")}`],
    [new Set(conflicts).size === liars.length, `conflicts with ${conflicts.join(", ")}`],
    [outcome.answers, "the honest node does not answer"],
    [outcome.wasDegraded === (scenario.badReveal !== undefined), `degraded: ${outcome.wasDegraded}`],
    [
      mode !== "accuser" || outcome.published.every((hash) => outcome.contested.includes(hash)),
      "the accuser published a commitment that nobody contests",
    ],
    ...endsOf(scenario, outcome),
  ];
  return [...checks.flatMap(([holds, otherwise]) => (holds ? [] : [otherwise])), ...strayTicks(scenario, outcome)];
}

/**
 * Of each bond that is lost, half goes to the winner, and half is burnt. A liar may have published once more in the block in which it lost,
 * and so have lost another bond later; several of them beat each other, too.
 */
function isWon(gain: bigint, losses: readonly bigint[]): boolean {
  const half = STAKE / 2n;
  const gained = ceiling(gain, half);
  const lost = losses.map((loss) => ceiling(-loss, half));
  const [onlyLoss] = lost;
  if (gained === undefined || gained < half || lost.some((loss) => loss === undefined || loss > -half)) return false;
  return losses.length > 1 || -2n * gained === onlyLoss;
}

/** The multiple of a unit that an amount is, but for fees. */
function ceiling(amount: bigint, unit: bigint): bigint | undefined {
  const below = ((amount % unit) + unit) % unit;
  const multiple = below === 0n ? amount : amount - below + unit;
  return multiple - amount < FEES ? multiple : undefined;
}

function endsOf(scenario: Scenario, outcome: Outcome): readonly (readonly [boolean, string])[] {
  const isTimeout = scenario.stopLiarsAfter !== undefined;
  /** Those that staked again and are gone are timed out. */
  const again = outcome.liarLosses.some((loss) => loss > STAKE + FEES);
  const end = isTimeout ? "SIGKILL" : scenario.badReveal === undefined ? 1 : 127;
  return [
    [outcome.liarEnds.every((one) => one === end), `liars ended with ${outcome.liarEnds.join(", ")}`],
    [
      again || scenario.liars.length > 1 || outcome.timeouts.length === (isTimeout ? 1 : 0),
      `${outcome.timeouts.length} timeouts`,
    ],
    ...(scenario.restart?.as === "bailout"
      ? ([
          [outcome.bailout === 0, `the bailout ended with ${outcome.bailout}`],
          [outcome.bondAfterBailout === 0n, `${outcome.bondAfterBailout} remains of the bond`],
        ] as const)
      : []),
  ];
}

function strayTicks({ expected }: Scenario, { dissections }: Outcome): readonly string[] {
  if (expected === undefined) return [];
  const theirs = recordedTicks(expected.variant);
  const ours = playedTicks(dissections);
  const compared = expected.all ? [theirs, ours] : [theirs.slice(0, -1), ours.slice(0, theirs.length - 1)];
  if (isDeepStrictEqual(compared[0], compared[1])) return [];
  return [`other dissections than Octez's:\n${ours.join("\n")}\n  instead of\n${theirs.join("\n")}`];
}
