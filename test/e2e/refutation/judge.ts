// What every scenario must come to, whoever plays it: crime does not pay.
import { isDeepStrictEqual } from "node:util";
import { playedTicks, recordedTicks } from "./expected.js";
import type { PlayedMove } from "./moves.js";
import type { Outcome } from "./play.js";
import type { Scenario } from "./scenarios.js";

const STAKE = 10_000_000_000n;
/** More than all fees of a node in a scenario. */
const FEES = 1_000_000n;

/** What is wrong with an outcome, a line each; nothing when all is as it must be. */
export function faultsOf(scenario: Scenario, outcome: Outcome): readonly string[] {
  const { liars, mode = "operator" } = scenario;
  const { honestGain, liarLosses, conflicts } = outcome;
  const lost = outcome.moves.filter(isLostByHonest(outcome.honest));
  const checks: readonly (readonly [holds: boolean, otherwise: string])[] = [
    [outcome.honestBond === STAKE, `the honest side's bond is ${outcome.honestBond}`],
    [lost.length === 0, `the honest side lost games at levels ${lost.map(({ level }) => level).join(", ")}`],
    [isWon(outcome), `the honest side gained ${honestGain}, the liars lost ${liarLosses.join(", ")}`],
    [
      outcome.liarBonds.every((bond, i) => bond === (outcome.areAdrift[i] === true ? STAKE : 0n)),
      `liars' bonds are ${outcome.liarBonds.join(", ")}`,
    ],
    [new Set(conflicts).size === liars.length, `conflicts with ${conflicts.join(", ")}`],
    [outcome.answers, "the honest node does not answer"],
    [outcome.wasDegraded === (scenario.badReveal !== undefined), `degraded: ${outcome.wasDegraded}`],
    [
      mode !== "accuser" || outcome.published.every((hash) => outcome.contested.includes(hash)),
      "the accuser published a commitment that nobody contests",
    ],
    ...endsOf(scenario, outcome),
    ...duelOf(scenario, outcome),
  ];
  return [...checks.flatMap(([holds, otherwise]) => (holds ? [] : [otherwise])), ...strayTicks(scenario, outcome)];
}

/** Games that are over without the other side having lost them. */
function isLostByHonest(honest: string): (move: PlayedMove) => boolean {
  return ({ end, stakers }) =>
    end !== undefined && stakers.includes(honest) && (end.kind === "draw" || end.player === honest);
}

/**
 * Of each bond that is lost, half goes to who wins the game, and half is burnt. A liar may have published once more in the block in which it
 * lost, and so have lost another bond later; several of them beat each other, too.
 */
function isWon({ moves, honest, honestGain, liarLosses }: Outcome): boolean {
  const half = STAKE / 2n;
  const gained = ceiling(honestGain, half);
  const lost = liarLosses.map((loss) => ceiling(-loss, half));
  if (gained === undefined || gained < half) return false;
  let burnt = -gained;
  for (const loss of lost) {
    if (loss === undefined || loss > -half) return false;
    burnt -= loss;
  }
  const won = moves.filter(({ end, stakers }) => end !== undefined && stakers.includes(honest)).length;
  const wonBonds = gained / half;
  if (lost.length === 1) return burnt === gained && BigInt(won) === wonBonds;
  return burnt >= half * BigInt(lost.length) && BigInt(won) >= wonBonds;
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

/** What holds where there is one liar: among several, a move may come too late, because another has just won that game's bond. */
function duelOf(
  { liars, priority, kills }: Scenario,
  { moves, honest }: Outcome,
): readonly (readonly [boolean, string])[] {
  if (liars.length > 1) return [];
  const refused = moves.filter(({ source, kind, isApplied }) => source === honest && kind !== "start" && !isApplied);
  const opening = moves.find(({ kind, isApplied }) => kind === "start" && isApplied);
  return [
    [refused.length === 0, `layer 1 refused moves of levels ${refused.map(({ level }) => level).join(", ")}`],
    // Who is killed may be too late for it.
    [
      kills !== undefined || (opening?.source === honest) === (priority === "honest"),
      `${opening?.source} opened the game`,
    ],
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
