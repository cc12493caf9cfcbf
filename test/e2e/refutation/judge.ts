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
  const reward = (BigInt(liars.length) * STAKE) / 2n;
  const checks: readonly (readonly [holds: boolean, otherwise: string])[] = [
    [outcome.honestBond === STAKE, `the honest side's bond is ${outcome.honestBond}`],
    [isAbout(outcome.honestGain, reward), `the honest side gained ${outcome.honestGain}, not about ${reward}`],
    [outcome.liarBonds.every((bond) => bond === 0n), `liars' bonds are ${outcome.liarBonds.join(", ")}`],
    ...outcome.liarLosses.map((loss) => [isAbout(-loss, -STAKE), `a liar lost ${loss}, not about ${STAKE}`] as const),
    [new Set(outcome.conflicts).size === liars.length, `conflicts with ${outcome.conflicts.join(", ")}`],
    [new Set(outcome.timeouts).size === outcome.timeouts.length, "an opponent was timed out more than once"],
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

function endsOf(scenario: Scenario, outcome: Outcome): readonly (readonly [boolean, string])[] {
  const isTimeout = scenario.stopLiarsAfter !== undefined;
  const end = isTimeout ? "SIGKILL" : scenario.badReveal === undefined ? 1 : 127;
  return [
    [outcome.liarEnds.every((one) => one === end), `liars ended with ${outcome.liarEnds.join(", ")}`],
    [outcome.timeouts.length === (isTimeout ? scenario.liars.length : 0), `timeouts: ${outcome.timeouts.join(", ")}`],
    ...(scenario.restart?.as === "bailout"
      ? ([
          [outcome.bailout === 0, `the bailout ended with ${outcome.bailout}`],
          [outcome.bondAfterBailout === 0n, `${outcome.bondAfterBailout} remains of the bond`],
        ] as const)
      : []),
  ];
}

/** Fees are paid out of it. */
function isAbout(amount: bigint, expected: bigint): boolean {
  return amount <= expected && amount > expected - FEES;
}

function strayTicks({ expected }: Scenario, { dissections }: Outcome): readonly string[] {
  if (expected === undefined) return [];
  const theirs = recordedTicks(expected.variant);
  const ours = playedTicks(dissections);
  const compared = expected.all ? [theirs, ours] : [theirs.slice(0, -1), ours.slice(0, theirs.length - 1)];
  if (isDeepStrictEqual(compared[0], compared[1])) return [];
  return [`other dissections than Octez's:\n${ours.join("\n")}\n  instead of\n${theirs.join("\n")}`];
}
