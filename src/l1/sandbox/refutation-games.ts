// Refutation games on the chain (protocol.md §4; order of checks: the reference's sc_rollup_refutation_storage.ml): starting one, moving,
// running out of time, and what a result does to stakes. The rules of the game are in protocol/game-play.ts, and whether a
// proof holds is the engine's judgement (protocol/wasm-judge.ts).

import type { BalanceUpdate } from "../../protocol/balance-updates.js";
import { revealActivation } from "../../protocol/constants.js";
import { DAL_GENESIS } from "../../protocol/dal-history.js";
import { WASM_TICKS_PER_SNAPSHOT, wasmDissectionRules } from "../../protocol/dissection.js";
import { ProtocolError } from "../../protocol/errors.js";
import {
  type GameResult,
  type GameStatus,
  initialGame,
  initialTimeout,
  makeStakers,
  type Stakers,
  timeoutAfterMove,
} from "../../protocol/game.js";
import { applyMove, type GameRules, timeoutResult } from "../../protocol/game-play.js";
import type { PublicKeyHash, RollupAddress } from "../../protocol/identifiers.js";
import { inboxSnapshot } from "../../protocol/inbox.js";
import type { Move } from "../../protocol/refutation.js";
import { WasmProofJudge } from "../../protocol/wasm-judge.js";
import { rewardWinner } from "./balances.js";
import type { BlockDraft } from "./block-draft.js";
import type { ChainState } from "./chain-state.js";
import { checkConflict, type GameStart } from "./conflicts.js";
import { gameKey, gamesOf, getCommitment, isStaker, type OngoingGame, type RollupState } from "./rollup-state.js";
import { slashStaker } from "./staking.js";

/** What became of a game. */
export interface GameOutcome {
  readonly gameStatus: GameStatus;
  readonly balanceUpdates: readonly BalanceUpdate[];
}

const STILL_ON: GameOutcome = { gameStatus: { kind: "ongoing" }, balanceUpdates: [] };

// ---- Starting

/** Raises ProtocolError. */
export function startGame(draft: BlockDraft, start: GameStart): GameOutcome {
  const { refuter, defender } = start;
  const stakers = makeStakers(refuter, defender);
  const found = draft.state.rollups.get(start.rollup);
  if (found?.games.has(gameKey(stakers))) throw new ProtocolError("smart_rollup_game_already_started", {});
  checkAvailable(draft.state, found, stakers.alice);
  checkAvailable(draft.state, found, stakers.bob);
  const defenderCommitment = checkConflict(draft.state, start);
  const rollup = draft.rollup(start.rollup);
  const game = initialGame({
    refuter,
    defender,
    parentCommitment: getCommitment(rollup, defenderCommitment.predecessor),
    defenderCommitment,
    inboxSnapshot: inboxSnapshot(draft.state.inbox),
    dalSnapshot: DAL_GENESIS,
    startLevel: draft.level,
    defaultNumberOfSections: draft.constants.smartRollupNumberOfSectionsInDissection,
  });
  const timeout = initialTimeout(draft.level, draft.constants.smartRollupTimeoutPeriodInBlocks);
  draft.setRollup({ ...rollup, games: rollup.games.set(gameKey(stakers), { stakers, game, timeout }) });
  return STILL_ON;
}

function checkAvailable(state: ChainState, rollup: RollupState | undefined, staker: PublicKeyHash): void {
  if (rollup === undefined || !isStaker(rollup, staker)) throw new ProtocolError("smart_rollup_not_staked", {});
  if (gamesOf(rollup, staker).length >= state.constants.smartRollupMaxNumberOfParallelGames) {
    throw new ProtocolError("smart_rollup_maximal_number_of_parallel_games_reached", { staker });
  }
}

// ---- Moving

/** Raises ProtocolError: the game then stays as it was. */
export function moveInGame(
  draft: BlockDraft,
  address: RollupAddress,
  mover: PublicKeyHash,
  opponent: PublicKeyHash,
  move: Move,
): GameOutcome {
  const { rollup, ongoing } = findGame(draft.state, address, makeStakers(mover, opponent));
  const { stakers, game, timeout } = ongoing;
  const outcome = applyMove(rulesOf(draft.state, rollup), {
    game,
    stakers,
    mover,
    move,
    isStaked: (staker) => isStaker(rollup, staker),
  });
  if (outcome.kind === "ended") return endGame(draft, rollup, stakers, outcome.result);
  const moved = { stakers, game: outcome.game, timeout: timeoutAfterMove(timeout, game.turn, draft.level) };
  draft.setRollup({ ...rollup, games: rollup.games.set(gameKey(stakers), moved) });
  return STILL_ON;
}

function findGame(
  state: ChainState,
  address: RollupAddress,
  stakers: Stakers,
): { readonly rollup: RollupState; readonly ongoing: OngoingGame } {
  const rollup = state.rollups.get(address);
  const ongoing = rollup?.games.get(gameKey(stakers));
  if (rollup === undefined || ongoing === undefined) throw new ProtocolError("smart_rollup_no_game", {});
  return { rollup, ongoing };
}

/** How games about a rollup are dissected and judged. Only WASM rollups are here. */
function rulesOf(state: ChainState, rollup: RollupState): GameRules {
  const { constants } = state;
  const { numberOfSlots, attestationLag, slotSize, pageSize } = constants.dalParametric;
  const dalParameters = {
    numberOfSlots: BigInt(numberOfSlots),
    attestationLag: BigInt(attestationLag),
    slotSize: BigInt(slotSize),
    pageSize: BigInt(pageSize),
  };
  return {
    dissection: wasmDissectionRules(WASM_TICKS_PER_SNAPSHOT),
    judge: new WasmProofJudge({
      metadata: { address: rollup.address, originationLevel: rollup.genesis.level },
      revealActivation: revealActivation(constants),
      inboxRules: "strict",
      dalParameters: () => dalParameters,
    }),
  };
}

// ---- Ending

/** Result of a game whose player to move has run out of time at `level`. Raises ProtocolError. */
export function timeoutOf(state: ChainState, address: RollupAddress, stakers: Stakers, level: number): GameResult {
  const { ongoing } = findGame(state, address, stakers);
  return timeoutResult(ongoing.game, stakers, ongoing.timeout, level);
}

/** Ends a game by timeout. Raises ProtocolError. */
export function timeoutGame(draft: BlockDraft, address: RollupAddress, stakers: Stakers): GameOutcome {
  const result = timeoutOf(draft.state, address, stakers, draft.level);
  return endGame(draft, draft.rollup(address), stakers, result);
}

/** The loser's stake is burned and half of it minted for the winner; after a draw both are burned. */
function endGame(draft: BlockDraft, rollup: RollupState, stakers: Stakers, result: GameResult): GameOutcome {
  const { address } = rollup;
  draft.setRollup({ ...rollup, games: rollup.games.delete(gameKey(stakers)) });
  const gameStatus: GameStatus = { kind: "ended", result };
  if (result.kind === "draw") {
    const balanceUpdates = [...slashStaker(draft, address, stakers.alice), ...slashStaker(draft, address, stakers.bob)];
    return { gameStatus, balanceUpdates };
  }
  const slashed = slashStaker(draft, address, result.player);
  // Whoever lost its stake in another game has paid already: nothing is left to reward with.
  if (slashed.length === 0) return { gameStatus, balanceUpdates: [] };
  const winner = result.player === stakers.alice ? stakers.bob : stakers.alice;
  const reward = rewardWinner(draft, winner, draft.constants.smartRollupStakeAmount / 2n);
  return { gameStatus, balanceUpdates: [...slashed, ...reward] };
}
