// How a game will end, by our own states (protocol.md §4.2): whom the position favours if both play as well as they can from here. Pure: what
// is asked of states is passed in.

import { type Chunk, type Dissection, type Section, stateEquals } from "../../protocol/dissection.js";
import { type Game, opponentOf, type Player } from "../../protocol/game.js";
import type { StateHash } from "../../protocol/identifiers.js";

/** Who wins; a draw costs both their bonds. "unknown": our states do not say. */
export type Outcome = Player | "draw" | "unknown";

export interface Forecast {
  readonly outcome: Outcome;
  /** Why, in a few words for people. */
  readonly reason: string;
  /** The first section that we do not agree about. */
  readonly divergence?: Section;
}

/** The ticks at which `forecast` wants our states. */
export function ticksOf({ gameState }: Game): readonly bigint[] {
  return chunksOf(gameState).map(({ tick }) => tick);
}

/** What is disputed: the claims from first to last. */
export function chunksOf(gameState: Game["gameState"]): readonly Chunk[] {
  if (gameState.kind === "dissecting") return gameState.dissection;
  return [gameState.agreedStartChunk, gameState.refutedStopChunk];
}

/** `ours`: our states at `ticksOf(game)`; undefined where our machine does not get. */
export function forecast(game: Game, ours: readonly (StateHash | undefined)[]): Forecast {
  const chunks = chunksOf(game.gameState);
  const [first] = chunks;
  if (first === undefined || !stateEquals(first.state, ours[0])) {
    return { outcome: "unknown", reason: `both agree about a state at tick ${first?.tick ?? 0n} that is not ours` };
  }
  return game.gameState.kind === "dissecting" ? inDissection(game, chunks, ours) : inFinalMove(game, chunks, ours);
}

/** The dissection is what the one who is not on turn claims. */
function inDissection(game: Game, chunks: Dissection, ours: readonly (StateHash | undefined)[]): Forecast {
  const mover = opponentOf(game.turn);
  const wrong = chunks.findIndex(({ state }, i) => i > 0 && !stateEquals(state, ours[i]));
  const [start, stop] = [chunks[wrong - 1], chunks[wrong]];
  if (start === undefined || stop === undefined) {
    return { outcome: mover, reason: "the last dissection is right at every tick: there is nothing to refute" };
  }
  const divergence = { start, stop };
  const reason = `the last dissection is wrong at tick ${stop.tick}, and right at tick ${start.tick}`;
  return { outcome: game.turn, reason, divergence };
}

/** A proof against the disputed tick was refused; who is on turn may prove that the tick is right. */
function inFinalMove(game: Game, chunks: Dissection, ours: readonly (StateHash | undefined)[]): Forecast {
  const [start, stop] = chunks;
  if (start === undefined || stop === undefined) return { outcome: "unknown", reason: "there is no disputed tick" };
  const divergence = { start, stop };
  if (stateEquals(stop.state, ours[1])) {
    return { outcome: game.turn, reason: "the tick whose refutation failed is right, and can be proved", divergence };
  }
  return { outcome: "draw", reason: "one has failed to refute the tick, and the other cannot prove it", divergence };
}
