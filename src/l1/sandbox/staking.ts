// Commitments and bonds (protocol.md §3.1 to §3.3; order of checks: the reference's sc_rollup_stake_storage.ml): publishing, cementing,
// recovering a bond, and the loss of one.

import type { BalanceUpdate } from "../../protocol/balance-updates.js";
import { type Commitment, commitmentHash } from "../../protocol/commitment.js";
import { ProtocolError, traced } from "../../protocol/errors.js";
import { type CommitmentHash, hashEquals, type PublicKeyHash, type RollupAddress } from "../../protocol/identifiers.js";
import { checkStakerAllowed } from "../../protocol/whitelist-rules.js";
import { freezeBond, returnBond, slashBond, spendableBalance } from "./balances.js";
import type { BlockDraft } from "./block-draft.js";
import type { ChainState } from "./chain-state.js";
import {
  commitmentKey,
  commitmentsOfLevel,
  getCommitment,
  lastCementedLevel,
  type RollupState,
} from "./rollup-state.js";

/**
 * Inbox level of the commitment after one of `inboxLevel`. Commitments that end before a protocol does keep its period: the
 * first past period whose step stays within its protocol counts.
 */
export function nextCommitmentLevel(state: ChainState, inboxLevel: number): number {
  for (const { commitmentPeriodInBlocks, nextProtocolActivation } of state.pastPeriods) {
    if (inboxLevel + commitmentPeriodInBlocks <= nextProtocolActivation) return inboxLevel + commitmentPeriodInBlocks;
  }
  return inboxLevel + state.constants.smartRollupCommitmentPeriodInBlocks;
}

// ---- Publishing

export interface Publication {
  readonly stakedHash: CommitmentHash;
  /** Level at which the commitment was first published. */
  readonly publishedAtLevel: number;
  readonly balanceUpdates: readonly BalanceUpdate[];
}

/** Publishes a commitment; a staker's first one freezes its stake. Raises ProtocolError. */
export function publishCommitment(
  draft: BlockDraft,
  address: RollupAddress,
  staker: PublicKeyHash,
  commitment: Commitment,
): Publication {
  if (draft.constants.smartRollupPrivateEnable) {
    checkStakerAllowed(draft.state.rollups.get(address)?.access?.whitelist, staker);
  }
  const found = draft.rollup(address);
  if (commitment.numberOfTicks === 0n) throw new ProtocolError("smart_rollup_zero_tick_commitment", {});
  const balanceUpdates = found.stakerIndexes.has(staker) ? [] : depositStake(draft, found, staker);
  const rollup = draft.rollup(address);
  checkPlace(draft, rollup, commitment);
  const hash = commitmentHash(commitment);
  const staked = stakeOn(rollup, staker, commitment, hash, draft.level);
  draft.setRollup(staked);
  return {
    stakedHash: hash,
    publishedAtLevel: staked.addedAt.get(commitmentKey(hash)) ?? draft.level,
    balanceUpdates,
  };
}

function depositStake(draft: BlockDraft, rollup: RollupState, staker: PublicKeyHash): BalanceUpdate[] {
  const stake = draft.constants.smartRollupStakeAmount;
  const stakerBalance = spendableBalance(draft.state, staker) ?? 0n;
  const updates = traced(
    () =>
      new ProtocolError("smart_rollup_staker_funds_too_low", {
        staker,
        smartRollup: rollup.address,
        stakerBalance,
        minExpectedBalance: stake,
      }),
    () => freezeBond(draft, staker, rollup.address, stake),
  );
  const index = rollup.nextStakerIndex;
  draft.setRollup({
    ...rollup,
    nextStakerIndex: index + 1n,
    stakerIndexes: rollup.stakerIndexes.set(staker, index),
    latestStakedLevel: rollup.latestStakedLevel.set(String(index), 0),
  });
  return updates;
}

/** Whether a commitment may be published now, as far as its inbox level and its predecessor tell. */
function checkPlace(draft: BlockDraft, rollup: RollupState, commitment: Commitment): void {
  const { inboxLevel } = commitment;
  const lastCemented = lastCementedLevel(rollup);
  if (inboxLevel <= lastCemented) {
    throw new ProtocolError("smart_rollup_commitment_too_old", {
      lastCementedInboxLevel: lastCemented,
      commitmentInboxLevel: inboxLevel,
    });
  }
  if (inboxLevel - lastCemented > draft.constants.smartRollupMaxLookaheadInBlocks) {
    throw new ProtocolError("smart_rollup_too_far_ahead", {});
  }
  const predecessor = getCommitment(rollup, commitment.predecessor);
  const expected = nextCommitmentLevel(draft.state, predecessor.inboxLevel);
  if (inboxLevel !== expected) {
    throw new ProtocolError("smart_rollup_bad_inbox_level", { expected, provided: inboxLevel });
  }
  const firstPublished = commitmentsOfLevel(rollup, inboxLevel)?.firstPublished ?? draft.level;
  if (draft.level - firstPublished > draft.constants.smartRollupChallengeWindowInBlocks) {
    throw new ProtocolError("smart_rollup_commitment_past_curfew", {});
  }
  if (inboxLevel >= draft.level) {
    throw new ProtocolError("smart_rollup_commitment_from_future", { currentLevel: draft.level, inboxLevel });
  }
}

function stakeOn(
  rollup: RollupState,
  staker: PublicKeyHash,
  commitment: Commitment,
  hash: CommitmentHash,
  level: number,
): RollupState {
  const key = commitmentKey(hash);
  const index = rollup.stakerIndexes.get(staker);
  if (index === undefined) throw new TypeError("a publisher has an index by now");
  const stakers = rollup.commitmentStakers.get(key) ?? [];
  if (stakers.includes(index)) throw new ProtocolError("smart_rollup_double_publish", { commitmentHash: hash });
  const { inboxLevel } = commitment;
  const known = commitmentsOfLevel(rollup, inboxLevel) ?? { firstPublished: level, hashes: [] };
  const isNew = !known.hashes.some((other) => hashEquals(other, hash));
  const others = known.hashes.filter((other) => !hashEquals(other, hash));
  if (others.some((other) => rollup.commitmentStakers.get(commitmentKey(other))?.includes(index))) {
    throw new ProtocolError("smart_rollup_staker_double_stake", {});
  }
  const latest = Math.max(rollup.latestStakedLevel.get(String(index)) ?? 0, inboxLevel);
  return {
    ...rollup,
    commitments: rollup.commitments.set(key, commitment),
    addedAt: rollup.addedAt.has(key) ? rollup.addedAt : rollup.addedAt.set(key, level),
    commitmentStakers: rollup.commitmentStakers.set(key, [index, ...stakers]),
    latestStakedLevel: rollup.latestStakedLevel.set(String(index), latest),
    levels: rollup.levels.set(String(inboxLevel), isNew ? { ...known, hashes: [hash, ...known.hashes] } : known),
  };
}

// ---- Cementing

export interface Cementing {
  readonly rollup: RollupState;
  readonly commitment: Commitment;
  readonly hash: CommitmentHash;
}

/** What cementing at `level` leads to. Raises ProtocolError. */
export function cementing(state: ChainState, rollup: RollupState, level: number): Cementing {
  const next = nextCommitmentLevel(state, lastCementedLevel(rollup));
  const { candidate, others } = candidates(rollup, next);
  const addedAt = rollup.addedAt.get(commitmentKey(candidate)) ?? level;
  const minLevel = addedAt + state.constants.smartRollupChallengeWindowInBlocks;
  if (level < minLevel)
    throw new ProtocolError("smart_rollup_commitment_too_recent", { currentLevel: level, minLevel });
  const kept = state.constants.smartRollupMaxNumberOfCementedCommitments;
  return {
    rollup: withCemented(rollup, candidate, others, next, kept),
    commitment: getCommitment(rollup, candidate),
    hash: candidate,
  };
}

/** Cements a commitment: which one is for the protocol to find. Raises ProtocolError. */
export function cementCommitment(draft: BlockDraft, address: RollupAddress): Cementing {
  const done = cementing(draft.state, draft.rollup(address), draft.level);
  draft.setRollup(done.rollup);
  return done;
}

/** The one commitment of a level, on top of the last cemented one, that an active staker stands by; and the others. */
function candidates(rollup: RollupState, level: number): { candidate: CommitmentHash; others: CommitmentHash[] } {
  const others: CommitmentHash[] = [];
  let candidate: CommitmentHash | undefined;
  for (const hash of commitmentsOfLevel(rollup, level)?.hashes ?? []) {
    if (!isCandidate(rollup, hash)) others.push(hash);
    else if (candidate === undefined) candidate = hash;
    else throw new ProtocolError("smart_rollup_commitment_disputed", {});
  }
  if (candidate === undefined) throw new ProtocolError("smart_rollup_no_valid_commitment_to_cement", {});
  return { candidate, others };
}

function isCandidate(rollup: RollupState, hash: CommitmentHash): boolean {
  if (!hashEquals(getCommitment(rollup, hash).predecessor, rollup.lastCemented)) return false;
  const stakers = rollup.commitmentStakers.get(commitmentKey(hash)) ?? [];
  return stakers.some((index) => rollup.latestStakedLevel.has(String(index)));
}

function withCemented(
  rollup: RollupState,
  hash: CommitmentHash,
  dangling: readonly CommitmentHash[],
  level: number,
  kept: number,
): RollupState {
  let { commitments, addedAt, commitmentStakers } = rollup;
  for (const other of dangling) commitments = commitments.delete(commitmentKey(other));
  for (const done of [hash, ...dangling]) {
    addedAt = addedAt.delete(commitmentKey(done));
    commitmentStakers = commitmentStakers.delete(commitmentKey(done));
  }
  const tooOld = ancestor(rollup, rollup.lastCemented, kept - 1);
  if (tooOld !== undefined) commitments = commitments.delete(commitmentKey(tooOld));
  return {
    ...rollup,
    lastCemented: hash,
    commitments,
    addedAt,
    commitmentStakers,
    levels: rollup.levels.delete(String(level)),
  };
}

/** The commitment so many steps before one, as far as they are kept. */
function ancestor(rollup: RollupState, from: CommitmentHash, steps: number): CommitmentHash | undefined {
  let hash = from;
  for (let i = 0; i < steps; i++) {
    const commitment = rollup.commitments.get(commitmentKey(hash));
    if (commitment === undefined) return undefined;
    hash = commitment.predecessor;
  }
  return hash;
}

/** Whether a commitment is the last cemented one, or one before it that is still kept. */
export function isCementedAndKept(rollup: RollupState, hash: CommitmentHash): boolean {
  let at: CommitmentHash = rollup.lastCemented;
  for (;;) {
    if (hashEquals(at, hash)) return true;
    const commitment = rollup.commitments.get(commitmentKey(at));
    if (commitment === undefined) return false;
    at = commitment.predecessor;
  }
}

// ---- Bonds

/** Gives a staker, who stands by nothing that is not cemented, its bond back. Raises ProtocolError. */
export function recoverBond(draft: BlockDraft, address: RollupAddress, staker: PublicKeyHash): BalanceUpdate[] {
  const rollup = draft.rollup(address);
  const index = rollup.stakerIndexes.get(staker);
  if (index === undefined) throw new ProtocolError("smart_rollup_not_staked", {});
  if ((rollup.latestStakedLevel.get(String(index)) ?? 0) > lastCementedLevel(rollup)) {
    throw new ProtocolError("smart_rollup_not_staked_on_lcc_or_ancestor", {});
  }
  const updates = returnBond(draft, staker, address);
  draft.setRollup(withoutStaker(draft.rollup(address), staker));
  return updates;
}

/** Burns a staker's bond, if it still has one: its commitments then count no more. */
export function slashStaker(draft: BlockDraft, address: RollupAddress, staker: PublicKeyHash): BalanceUpdate[] {
  const rollup = draft.rollup(address);
  if (!rollup.stakerIndexes.has(staker)) return [];
  const updates = slashBond(draft, staker, address);
  draft.setRollup(withoutStaker(draft.rollup(address), staker));
  return updates;
}

/** Its index goes with it: a staker that comes back gets another one. */
function withoutStaker(rollup: RollupState, staker: PublicKeyHash): RollupState {
  const index = rollup.stakerIndexes.get(staker);
  if (index === undefined) return rollup;
  return {
    ...rollup,
    stakerIndexes: rollup.stakerIndexes.delete(staker),
    latestStakedLevel: rollup.latestStakedLevel.delete(String(index)),
  };
}
