// Refutation games over a made-up machine: its states are hashes of (history, tick), and a "proof" of a step is the state it starts
// from. An honest player follows the true history; a liar claims another one and plays by whatever strategy it has.
import { blake2b256 } from "../../src/crypto/blake2b.js";
import { ByteReader, ByteWriter } from "../../src/encoding/binary.js";
import { NO_PREDECESSOR } from "../../src/protocol/commitment.js";
import { DAL_GENESIS } from "../../src/protocol/dal-history.js";
import {
  type Chunk,
  chunkOf,
  type Dissection,
  type DissectionRules,
  distance,
  firstDisagreement,
  type Section,
  stateEquals,
} from "../../src/protocol/dissection.js";
import { ProtocolError } from "../../src/protocol/errors.js";
import {
  type Game,
  type GameResult,
  initialGame,
  initialTimeout,
  makeStakers,
  type Stakers,
  type Timeout,
  timeoutAfterMove,
} from "../../src/protocol/game.js";
import {
  applyMove,
  type MoveOutcome,
  type ProofJudge,
  timeoutResult,
  type Verdict,
} from "../../src/protocol/game-play.js";
import { hashEquals, type PublicKeyHash, publicKeyHash, type StateHash } from "../../src/protocol/identifiers.js";
import type { Move } from "../../src/protocol/refutation.js";

export const HONEST: PublicKeyHash = publicKeyHash("tz1KqTpEZ7Yob7QbPE4Hy4Wo8fHG8LhKxZSx");
export const LIAR: PublicKeyHash = publicKeyHash("tz2Q3yRaczTqZVf3ZQvwiiTqKjhJFyDzeRSz");

const TRUE_HISTORY = 0;
const HASH_BYTES = 20;

/** A machine that runs `length` ticks from its first state, then asks for an input that is not there. */
export class MadeUpMachine {
  constructor(readonly length: bigint) {}

  /** The state of a history at a tick; every history is stepped by the same rule. */
  state(history: number, tick: bigint): StateHash {
    const w = new ByteWriter(32);
    w.u32(history);
    w.i64(tick);
    w.raw(blake2b256(w.finish()).subarray(0, HASH_BYTES));
    return w.finish() as StateHash;
  }

  trueState(tick: bigint): StateHash | undefined {
    return tick <= this.length ? this.state(TRUE_HISTORY, tick) : undefined;
  }

  /** The state one tick later; undefined at the end. */
  next(state: StateHash): StateHash | undefined {
    const r = new ByteReader(state);
    const history = r.u32();
    const tick = r.i64();
    return tick < this.length ? this.state(history, tick + 1n) : undefined;
  }
}

/** Judges as wasm-judge.ts does, on made-up proofs. */
export class MadeUpJudge implements ProofJudge {
  constructor(readonly machine: MadeUpMachine) {}

  judge({ pvmStep }: { readonly pvmStep: Uint8Array }, section: Section, role: "refute" | "validate"): Verdict {
    if (pvmStep.length !== 32)
      throw new ProtocolError("smart_rollup_proof_check", { reason: "Cannot unserialize proof" });
    const start = pvmStep as StateHash;
    if (role === "refute" && distance(section) !== 1n) return invalid("length");
    if (section.start.state === undefined || !hashEquals(section.start.state, start)) return invalid("start");
    const agrees = stateEquals(section.stop.state, this.machine.next(start));
    return agrees === (role === "validate") ? { valid: true } : invalid("stop");
  }
}

function invalid(reason: string): Verdict {
  return { valid: false, reason: new Error(reason) };
}

/** What a player claims of each tick. */
export type View = (tick: bigint) => StateHash | undefined;

/** The move of somebody who follows `view` faithfully. */
export function faithfulMove(rules: DissectionRules, view: View, game: Game): Move {
  const { gameState } = game;
  if (gameState.kind === "finalMove") return proofMove(gameState.agreedStartChunk);
  const parting = firstDisagreement(
    gameState.dissection,
    gameState.dissection.map(({ tick }) => view(tick)),
  );
  if (parting === null) throw new Error("nothing to disagree about");
  const { agreed, ours } = parting;
  if (ours.tick - agreed.tick === 1n) return proofMove(agreed);
  const ticks = rules.chooseTicks(agreed.tick, ours.tick, gameState.defaultNumberOfSections);
  const inner = ticks.slice(1, -1).map((tick) => chunkOf(tick, view(tick)));
  return dissectionMove([agreed, ...inner, ours]);
}

function proofMove(start: Chunk): Move {
  return { kind: "move", choice: start.tick, step: { pvmStep: start.state ?? new Uint8Array(32) } };
}

export function dissectionMove(dissection: Dissection): Move {
  return { kind: "move", choice: dissection[0]?.tick ?? 0n, step: dissection };
}

/** A liar's turn: a move, or null to let the time pass. */
export type LiarStrategy = (game: Game) => Move | null;

export interface MadeUpGame {
  readonly rules: DissectionRules;
  readonly machine: MadeUpMachine;
  /** State and ticks that the liar has committed to. */
  readonly lie: { readonly state: StateHash; readonly ticks: bigint };
  readonly honestStarts: boolean;
  readonly strategy: LiarStrategy;
}

export interface PlayedGame {
  readonly result: GameResult;
  readonly honestDissections: number;
  readonly dissections: number;
  readonly refusedMoves: readonly string[];
  /** Whether the liar's last proof was about more than one tick. */
  readonly earlyProof: boolean;
  readonly levels: number;
}

const SECTIONS = 32;
const TIMEOUT_BLOCKS = 20;
const MAX_TURNS = 400;
const START_LEVEL = 100;

function openGame({ machine, lie, honestStarts }: MadeUpGame): { game: Game; stakers: Stakers } {
  const claimed = honestStarts ? lie : { state: machine.state(TRUE_HISTORY, machine.length), ticks: machine.length };
  const commitment = { inboxLevel: 50, predecessor: NO_PREDECESSOR };
  const game = initialGame({
    refuter: honestStarts ? HONEST : LIAR,
    defender: honestStarts ? LIAR : HONEST,
    parentCommitment: { ...commitment, compressedState: machine.state(TRUE_HISTORY, 0n), numberOfTicks: 1n },
    defenderCommitment: { ...commitment, compressedState: claimed.state, numberOfTicks: claimed.ticks },
    inboxSnapshot: { index: 0, content: { hash: new Uint8Array(32) as never, level: 49 }, backPointers: [] },
    dalSnapshot: DAL_GENESIS,
    startLevel: START_LEVEL,
    defaultNumberOfSections: SECTIONS,
  });
  return { game, stakers: makeStakers(HONEST, LIAR) };
}

/** Plays to the end: one move a level, the honest player claiming a timeout as soon as it can. */
export function play(setting: MadeUpGame): PlayedGame {
  const { rules, machine, strategy } = setting;
  const judge = new MadeUpJudge(machine);
  const opened = openGame(setting);
  const { stakers } = opened;
  let game = opened.game;
  let timeout: Timeout = initialTimeout(START_LEVEL, TIMEOUT_BLOCKS);
  const counts = { honestDissections: 0, dissections: 0 };
  const refusedMoves: string[] = [];
  let earlyProof = false;
  for (let level = START_LEVEL + 1; level < START_LEVEL + MAX_TURNS; level++) {
    const mover = stakers[game.turn];
    const isHonest = mover === HONEST;
    const done = (result: GameResult) => ({ ...counts, result, refusedMoves, earlyProof, levels: level - START_LEVEL });
    const move = isHonest ? faithfulMove(rules, (tick) => machine.trueState(tick), game) : strategy(game);
    if (move === null) {
      const result = tryTimeout(game, stakers, timeout, level);
      if (result !== undefined) return done(result);
      continue;
    }
    let outcome: MoveOutcome;
    try {
      outcome = applyMove({ dissection: rules, judge }, { game, stakers, mover, move, isStaked: () => true });
    } catch (error) {
      if (isHonest || !(error instanceof ProtocolError)) throw error;
      refusedMoves.push(error.id);
      const result = tryTimeout(game, stakers, timeout, level);
      if (result !== undefined) return done(result);
      continue;
    }
    if (Array.isArray(move.step)) {
      counts.dissections += 1;
      if (isHonest) counts.honestDissections += 1;
    } else if (!isHonest && game.gameState.kind === "dissecting") {
      const { dissection } = game.gameState;
      const at = dissection.findIndex(({ tick }) => tick === move.choice);
      earlyProof = (dissection[at + 1]?.tick ?? 0n) - move.choice !== 1n;
    }
    if (outcome.kind === "ended") return done(outcome.result);
    timeout = timeoutAfterMove(timeout, game.turn, level);
    game = outcome.game;
  }
  throw new Error("the game does not end");
}

function tryTimeout(game: Game, stakers: Stakers, timeout: Timeout, level: number): GameResult | undefined {
  try {
    return timeoutResult(game, stakers, timeout, level);
  } catch (error) {
    if (error instanceof ProtocolError && error.id === "smart_rollup_timeout_level_not_reached") return undefined;
    throw error;
  }
}
