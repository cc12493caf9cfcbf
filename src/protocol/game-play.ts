// How moves and time change a refutation game (protocol.md §4.2, §4.7), with the protocol's checks in its order. What needs the
// chain's state (which games, stakes and commitments there are) is passed in. Whether a proof holds is asked of a judge.

import { checkDissection, type Dissection, type DissectionRules, type Section } from "./dissection.js";
import { ProtocolError } from "./errors.js";
import { type Game, type GameResult, opponentOf, type Player, playerOf, type Stakers, type Timeout } from "./game.js";
import type { PublicKeyHash } from "./identifiers.js";
import { isDissection, type Move, type RefutationProof } from "./refutation.js";

/** What a proof of one tick is for: to show that the claimed stop state is wrong, or (second proof) that it is right. */
export type ProofRole = "refute" | "validate";

export type Verdict = { readonly valid: true } | { readonly valid: false; readonly reason: Error };

/** Judges proofs of one tick. Raises ProtocolError "smart_rollup_proof_check" for a step that is no proof at all. */
export interface ProofJudge {
  judge(proof: RefutationProof, section: Section, role: ProofRole, game: Game): Verdict;
}

/** What of a rollup its games depend on. */
export interface GameRules {
  readonly dissection: DissectionRules;
  readonly judge: ProofJudge;
}

/** After a move: the game goes on, or has ended. `verdict` is there for moves with a proof. */
export type MoveOutcome =
  | { readonly kind: "ongoing"; readonly game: Game; readonly verdict?: Verdict }
  | { readonly kind: "ended"; readonly result: GameResult; readonly verdict?: Verdict };

/** A move by `mover`, as applied by layer 1. `isStaked` tells who still has a stake in the rollup. */
export interface MoveRequest {
  readonly game: Game;
  readonly stakers: Stakers;
  readonly mover: PublicKeyHash;
  readonly move: Move;
  readonly isStaked: (staker: PublicKeyHash) => boolean;
}

/** Checks turn and stakes, then plays. Raises ProtocolError when the move is refused: the game then stays as it was. */
export function applyMove(rules: GameRules, { game, stakers, mover, move, isStaked }: MoveRequest): MoveOutcome {
  if (playerOf(stakers, mover) !== game.turn) throw new ProtocolError("smart_rollup_wrong_turn", {});
  const forfeit = forfeitResult(stakers, isStaked);
  if (forfeit !== undefined) return { kind: "ended", result: forfeit };
  return playMove(rules, game, stakers, move);
}

/** Result of a game one of whose players has lost its stake elsewhere. */
export function forfeitResult(stakers: Stakers, isStaked: (staker: PublicKeyHash) => boolean): GameResult | undefined {
  const alice = isStaked(stakers.alice);
  const bob = isStaked(stakers.bob);
  if (alice && bob) return undefined;
  if (!alice && !bob) return { kind: "draw" };
  return lossOf(stakers, alice ? "bob" : "alice");
}

function lossOf(stakers: Stakers, player: Player): GameResult {
  return { kind: "loser", reason: "conflictResolved", player: stakers[player] };
}

/** A move of the player whose turn it is. */
export function playMove(rules: GameRules, game: Game, stakers: Stakers, move: Move): MoveOutcome {
  const { gameState } = game;
  const { choice, step } = move;
  if (isDissection(step)) {
    if (gameState.kind === "finalMove") throw new ProtocolError("Dissecting_during_final_move", {});
    const section = findSection(gameState.dissection, choice);
    checkDissection(rules.dissection, section, step, gameState.defaultNumberOfSections);
    return { kind: "ongoing", game: { ...passedTurn(game), gameState: { ...gameState, dissection: step } } };
  }
  if (gameState.kind === "dissecting") {
    const section = findSection(gameState.dissection, choice);
    const verdict = rules.judge.judge(step, section, "refute", game);
    if (verdict.valid) return { kind: "ended", result: lossOf(stakers, opponentOf(game.turn)), verdict };
    const finalMove = { kind: "finalMove", agreedStartChunk: section.start, refutedStopChunk: section.stop } as const;
    return { kind: "ongoing", game: { ...passedTurn(game), gameState: finalMove }, verdict };
  }
  const section = { start: gameState.agreedStartChunk, stop: gameState.refutedStopChunk };
  const verdict = rules.judge.judge(step, section, "validate", game);
  if (verdict.valid) return { kind: "ended", result: lossOf(stakers, opponentOf(game.turn)), verdict };
  return { kind: "ended", result: { kind: "draw" }, verdict };
}

function passedTurn(game: Game): Game {
  return { ...game, turn: opponentOf(game.turn) };
}

/** The section that starts at the chosen tick. Raises ProtocolError "Dissection_choice_not_found". */
export function findSection(dissection: Dissection, choice: bigint): Section {
  for (const [i, start] of dissection.entries()) {
    const stop = dissection[i + 1];
    if (stop !== undefined && start.tick === choice) return { start, stop };
  }
  throw new ProtocolError("Dissection_choice_not_found", { choice });
}

/**
 * Result of a game whose player to move has run out of blocks at `level`. Raises ProtocolError
 * "smart_rollup_timeout_level_not_reached" when it has not.
 */
export function timeoutResult(game: Game, stakers: Stakers, timeout: Timeout, level: number): GameResult {
  const lastLevel = timeout.lastTurnLevel + timeout[game.turn];
  const staker = stakers[game.turn];
  if (level <= lastLevel) {
    throw new ProtocolError("smart_rollup_timeout_level_not_reached", { blocksLeft: lastLevel - level, staker });
  }
  // In the final phase both have failed to prove anything.
  return game.gameState.kind === "finalMove" ? { kind: "draw" } : { kind: "loser", reason: "timeout", player: staker };
}
