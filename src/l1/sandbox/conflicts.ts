// Conflicts between commitments (protocol.md §3, §4.1; reference: sc_rollup_refutation_storage.ml): which two of them a game may be started
// about, and where two stakers part. Read only.

import type { Commitment } from "../../protocol/commitment.js";
import { ProtocolError } from "../../protocol/errors.js";
import type { Conflict } from "../../protocol/game.js";
import { type CommitmentHash, hashEquals, type PublicKeyHash, type RollupAddress } from "../../protocol/identifiers.js";
import type { ChainState } from "./chain-state.js";
import { commitmentKey, commitmentsOfLevel, getCommitment, isStakedOn, type RollupState } from "./rollup-state.js";

/** A game someone wants to start. */
export interface GameStart {
  readonly rollup: RollupAddress;
  readonly refuter: PublicKeyHash;
  readonly refuterCommitment: CommitmentHash;
  readonly defender: PublicKeyHash;
  readonly defenderCommitment: CommitmentHash;
}

/** Whether both stand by their commitments, and these contradict each other. Gives the defender's. Raises ProtocolError. */
export function checkConflict(state: ChainState, start: GameStart): Commitment {
  const rollup = state.rollups.get(start.rollup);
  const { refuter, refuterCommitment, defender, defenderCommitment } = start;
  for (const [player, commitment] of [
    [refuter, refuterCommitment],
    [defender, defenderCommitment],
  ] as const) {
    if (rollup === undefined || !isStakedOn(rollup, player, commitment)) {
      throw new ProtocolError("smart_rollup_wrong_staker_for_conflict_commitment", { player, commitment });
    }
  }
  if (rollup === undefined) throw new TypeError("nobody is staked in a rollup that is not there");
  const ours = getCommitment(rollup, refuterCommitment);
  const theirs = getCommitment(rollup, defenderCommitment);
  if (hashEquals(refuterCommitment, defenderCommitment)) throw new ProtocolError("smart_rollup_no_conflict", {});
  if (!hashEquals(ours.predecessor, theirs.predecessor)) {
    throw new ProtocolError("smart_rollup_not_valid_commitments_conflict", {
      commitment: refuterCommitment,
      player: refuter,
      opponentCommitment: defenderCommitment,
      opponent: defender,
    });
  }
  return theirs;
}

/** What is checked of the start of a game before its operation is taken at all. Raises ProtocolError. */
export function checkGameStart(state: ChainState, level: number, start: GameStart): void {
  const { inboxLevel } = checkConflict(state, start);
  const period = state.constants.smartRollupCommitmentPeriodInBlocks;
  if (level >= inboxLevel + period) return;
  throw new ProtocolError("validate.operation.sc_rollup_refutation_game_start_too_early", {
    currentLevel: level,
    earliestStartLevel: inboxLevel + period,
    conflictInboxLevel: inboxLevel,
    commitmentPeriodInBlocks: period,
  });
}

/** The commitment of a level that a staker stands by. */
function stakedOf(rollup: RollupState, index: bigint, level: number): CommitmentHash | undefined {
  return commitmentsOfLevel(rollup, level)?.hashes.find((hash) =>
    rollup.commitmentStakers.get(commitmentKey(hash))?.includes(index),
  );
}

/** Where two stakers first part, above the last cemented commitment; undefined if nowhere below `level`. */
function firstConflict(
  state: ChainState,
  rollup: RollupState,
  a: bigint,
  b: bigint,
  level: number,
): readonly [ours: Commitment, theirs: Commitment] | undefined {
  const period = state.constants.smartRollupCommitmentPeriodInBlocks;
  const cemented = getCommitment(rollup, rollup.lastCemented).inboxLevel;
  for (let at = cemented + period; at < level; at += period) {
    const oursHash = stakedOf(rollup, a, at);
    const theirsHash = stakedOf(rollup, b, at);
    if (oursHash === undefined || theirsHash === undefined || hashEquals(oursHash, theirsHash)) continue;
    const ours = getCommitment(rollup, oursHash);
    const theirs = getCommitment(rollup, theirsHash);
    if (hashEquals(ours.predecessor, theirs.predecessor)) return [ours, theirs];
  }
  return undefined;
}

/** First conflict of a staker with each other one, at `level`; none for someone who is no staker. */
export function conflictsOf(state: ChainState, rollup: RollupState, staker: PublicKeyHash, level: number): Conflict[] {
  const index = rollup.stakerIndexes.get(staker);
  if (index === undefined) return [];
  return [...rollup.stakerIndexes.entries()].flatMap(([other, otherIndex]) => {
    const found = firstConflict(state, rollup, index, otherIndex, level);
    if (found === undefined) return [];
    const [ourCommitment, theirCommitment] = found;
    return [
      { other: other as PublicKeyHash, theirCommitment, ourCommitment, parentCommitment: ourCommitment.predecessor },
    ];
  });
}
