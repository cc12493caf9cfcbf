// The next move of a game, made without a node: the node's own (next-move.ts), after the checks of what a node knows by itself: that we play,
// that it is our turn, that the game stands on states of ours.

import { encodeBase58Check } from "../../../encoding/base58check.js";
import type { OngoingGame } from "../../../l1/client/rollup-rpc.js";
import { type Chunk, firstDisagreement, stateEquals } from "../../../protocol/dissection.js";
import { type Game, opponentOf, playerOf } from "../../../protocol/game.js";
import type { PublicKeyHash, StateHash } from "../../../protocol/identifiers.js";
import type { Move } from "../../../protocol/refutation.js";
import { answerDissection, nextMove, type PlayerView, statesOf } from "../next-move.js";
import { OfflineError } from "./offline-error.js";
import type { OfflineRollup } from "./offline-rollup.js";

export interface OfflineMove {
  readonly self: PublicKeyHash;
  readonly opponent: PublicKeyHash;
  readonly move: Move;
}

/** Raises OfflineError, NoMove, NodeError, StoreError, EngineError, InboxProofError. */
export async function offlineMove(
  rollup: OfflineRollup,
  { game, alice, bob }: OngoingGame,
  self: PublicKeyHash,
): Promise<OfflineMove> {
  const player = playerOf({ alice, bob }, self);
  if (player === undefined) {
    throw new OfflineError("node.offline.not_a_player", `${self} is none of ${alice} and ${bob}`, self);
  }
  const opponent = { alice, bob }[opponentOf(player)];
  if (player !== game.turn) {
    throw new OfflineError("node.offline.not_our_turn", `it is the turn of ${opponent}, not of ${self}`, opponent);
  }
  const view: PlayerView = {
    engine: rollup.engine,
    stretch: await rollup.period(game.inboxLevel),
    history: await rollup.history(game.inboxSnapshot),
    activation: rollup.rules.activation,
  };
  return { self, opponent, move: await moveIn(view, game, rollup.name) };
}

async function moveIn(view: PlayerView, game: Game, name: string): Promise<Move> {
  const { gameState } = game;
  if (gameState.kind === "finalMove") {
    const { agreedStartChunk, refutedStopChunk } = gameState;
    const chunks = [agreedStartChunk, refutedStopChunk];
    const own = await statesOf(
      view,
      chunks.map(({ tick }) => tick),
    );
    // Ours is the claim that a proof has failed to refute.
    for (const [i, chunk] of chunks.entries()) checkOwn(chunk, own[i], game, name);
    return nextMove(view, game);
  }
  const { dissection } = gameState;
  const own = await statesOf(
    view,
    dissection.map(({ tick }) => tick),
  );
  const [first] = dissection;
  if (first !== undefined) checkOwn(first, own[0], game, name);
  if (firstDisagreement(dissection, own) === null) {
    const ticks = `${first?.tick ?? 0n} to ${dissection.at(-1)?.tick ?? 0n}`;
    const text = `nothing to refute: the opponent's states at ticks ${ticks} are those that ${name} comes to`;
    throw new OfflineError("node.offline.nothing_to_refute", text, ticks);
  }
  return answerDissection(view, game, gameState, own);
}

function checkOwn({ tick, state }: Chunk, own: StateHash | undefined, { inboxLevel }: Game, name: string): void {
  if (stateEquals(own, state)) return;
  const start =
    tick === 0n
      ? ": the game is about another rollup, or about the successor of another commitment"
      : ": the moves made so far are not those of these states";
  const text =
    `at tick ${tick} of the period that ends with level ${inboxLevel} the game stands on ${stateText(state)}, and ` +
    `${name} comes to ${stateText(own)}${start}`;
  throw new OfflineError("node.offline.states_disagree", text, String(tick));
}

export function stateText(state: StateHash | undefined): string {
  return state === undefined ? "no state" : encodeBase58Check("stateHash", state);
}
