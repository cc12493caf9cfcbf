// Games of random liars (random-liars.ts), seen from outside: the honest moves are made again from kernel and inputs, and the whole game is
// judged from the chain's blocks. Without vitest: a few in special-games.test.ts, hundreds as `npm run soak -- offline-games`.
import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { toHex } from "../../../src/encoding/hex.js";
import { readChainConstants } from "../../../src/l1/client/chain-constants.js";
import type { OngoingGame } from "../../../src/l1/sandbox/rollup-state.js";
import { blockToJson } from "../../../src/l1/sandbox/rpc/block-json.js";
import { GameRecord } from "../../../src/node/games/offline/game-record.js";
import { judgeGames } from "../../../src/node/games/offline/judge.js";
import { offlineMove } from "../../../src/node/games/offline/offline-move.js";
import { RecordedRollup } from "../../../src/node/games/offline/recorded-rollup.js";
import { revealRulesOf } from "../../../src/node/node-context.js";
import { allConstantsToJson } from "../../../src/protocol/constants.js";
import { inboxForm } from "../../../src/protocol/inbox.js";
import type { Move } from "../../../src/protocol/refutation.js";
import { revealHash } from "../../../src/protocol/reveal.js";
import { QUICK, type TestChain } from "../../l1/sandbox/chain.js";
import { type Lie, lie, playLie } from "../../l1/sandbox/random-liars.js";
import type { Operator } from "../../l1/sandbox/rollup.js";

const constants = readChainConstants(allConstantsToJson(QUICK));
export const rules = revealRulesOf(constants);
export const sections = constants.rollup.numberOfSectionsInDissection;

/** A rollup as an operator has read it. */
export function recordedRollup({ chain, rollup, options }: Operator): RecordedRollup {
  const { address, originationLevel, kernel } = rollup;
  const levels = blocksOf(chain).map(({ shell, inboxMessages }) => ({ level: shell.level, messages: inboxMessages }));
  return new RecordedRollup({
    name: "the inputs",
    kernel,
    version: "2.0.0-r6",
    metadata: { address, originationLevel },
    rules,
    levels: levels.filter(({ messages }) => messages.length > 0),
    reveals: new Map((options.preimages ?? []).map((page) => [`00${toHex(revealHash(page))}`, page])),
    commitmentPeriod: constants.rollup.commitmentPeriod,
  });
}

export function blocksOf({ sandbox, level }: TestChain) {
  return Array.from({ length: level }, (_, i) => sandbox.block(i + 1)).filter((block) => block !== undefined);
}

/** The blocks of a chain, and the inboxes of all of them. */
export function recordOf(chain: TestChain): GameRecord {
  const record = new GameRecord();
  for (const block of blocksOf(chain)) {
    record.add(blockToJson(block, chain.sandbox.predecessor(block), "always"), `block ${block.shell.level}`);
    record.add(inboxForm.toJson(block.state.inbox), `inbox ${block.shell.level}`);
  }
  return record;
}

interface Seen {
  readonly game: OngoingGame;
  readonly move: Move;
}

export interface RandomGamesFigures {
  readonly games: number;
  readonly moves: number;
  readonly byProof: number;
}

/** Raises Error when a move is another one offline, or a judgement is wrong. Gives the number of moves and whether a proof decided. */
async function checkGame(each: Lie): Promise<{ readonly moves: number; readonly byProof: boolean }> {
  const seen: Seen[] = [];
  const { result, honest } = playLie(each, (_, game, move) => seen.push({ game, move }));
  const own = recordedRollup(honest);
  for (const { game, move } of seen) {
    const made = await offlineMove(own, { game: game.game, ...game.stakers }, honest.account.address);
    if (!isDeepStrictEqual(made.move, move)) throw new Error(`another move offline, about ${move.choice}`);
  }
  const record = recordOf(honest.chain);
  const [game, ...others] = await judgeGames({ record, rules, sections, own });
  if (game === undefined || others.length > 0) throw new Error("one game expected");
  const { right, replay, isJust, isContradiction, byProof, byStates } = game;
  const faults = replay.moves.flatMap(({ fault, refused, skipped }) => fault ?? refused?.id ?? skipped ?? []);
  if (faults.length > 0) throw new Error(`faults: ${faults.join("; ")}`);
  if (!isDeepStrictEqual(game.result, result)) throw new Error("another result");
  if (!isDeepStrictEqual(replay.result, result)) throw new Error("another result by the rules");
  if (right == null || replay.opening.stakers[right] !== honest.account.address) throw new Error(`right: ${right}`);
  if (isJust !== true || isContradiction || byStates?.right !== right) throw new Error("unjust, or contradictory");
  await own.close();
  return { moves: seen.length, byProof: byProof !== undefined };
}

export interface RandomGamesOptions {
  readonly seed: number;
  readonly rounds: number;
  readonly progress?: (done: number) => void;
}

/** Raises Error, with the lie. */
export async function randomGames({ seed, rounds, progress }: RandomGamesOptions): Promise<RandomGamesFigures> {
  let [games, moves, byProof] = [0, 0, 0];
  const property = fc.asyncProperty(lie, async (each) => {
    const seen = await checkGame(each);
    moves += seen.moves;
    if (seen.byProof) byProof++;
    games++;
    progress?.(games);
  });
  await fc.assert(property, { seed, numRuns: rounds });
  return { games, moves, byProof };
}
