// What the chain knows of one rollup (protocol.md §3 to §5), as an immutable value, and how it is looked up. The rules that change it are
// in rollup-origination.ts, staking.ts, refutation-games.ts and outbox-execution.ts.

import { toHex } from "../../encoding/hex.js";
import type { Micheline } from "../../encoding/micheline.js";
import type { Commitment, GenesisInfo } from "../../protocol/commitment.js";
import { ProtocolError } from "../../protocol/errors.js";
import type { Game, Stakers, Timeout } from "../../protocol/game.js";
import type { CommitmentHash, PublicKeyHash, RollupAddress } from "../../protocol/identifiers.js";
import type { PvmKind } from "../../protocol/manager-contents.js";
import type { LastWhitelistUpdate, Whitelist } from "../../protocol/whitelist.js";
import type { PersistentMap } from "./persistent-map.js";

/** The commitments about one inbox level. */
export interface CommitmentsOfLevel {
  /** Level of the block in which the first of them was published. */
  readonly firstPublished: number;
  /** Newest first. */
  readonly hashes: readonly CommitmentHash[];
}

export interface OngoingGame {
  readonly stakers: Stakers;
  readonly game: Game;
  readonly timeout: Timeout;
}

/** Which messages of an outbox level were executed: bit i stands for message i. */
export interface ExecutedMessages {
  readonly outboxLevel: number;
  readonly executed: bigint;
}

/** A private rollup's whitelist. */
export interface PrivateAccess {
  /** Absent once the rollup has become public. */
  readonly whitelist?: Whitelist;
  readonly lastUpdate: LastWhitelistUpdate;
}

export interface RollupState {
  readonly address: RollupAddress;
  readonly kind: PvmKind;
  /** Type of the messages it takes from contracts. */
  readonly parametersType: Micheline;
  readonly genesis: GenesisInfo;
  /** The last cemented commitment. */
  readonly lastCemented: CommitmentHash;
  /** By hash (`commitmentKey`): those not cemented yet, and the last cemented ones. */
  readonly commitments: PersistentMap<Commitment>;
  /** By hash: level of the block in which it was first published; gone once it is cemented. */
  readonly addedAt: PersistentMap<number>;
  /** By hash: indexes of those who staked on it, newest first; gone once it is cemented. */
  readonly commitmentStakers: PersistentMap<readonly bigint[]>;
  /** By inbox level in decimal: those above the last cemented one, and the genesis commitment's. */
  readonly levels: PersistentMap<CommitmentsOfLevel>;
  /** Active stakers: key hash → index. */
  readonly stakerIndexes: PersistentMap<bigint>;
  /** By index in decimal, of active stakers: the highest inbox level staked on, 0 before the first. */
  readonly latestStakedLevel: PersistentMap<number>;
  readonly nextStakerIndex: bigint;
  /** By `gameKey`. */
  readonly games: PersistentMap<OngoingGame>;
  /** By outbox level modulo `smart_rollup_max_active_outbox_levels`, in decimal. */
  readonly executedMessages: PersistentMap<ExecutedMessages>;
  /** Absent for a rollup that was public from the start. */
  readonly access?: PrivateAccess;
}

/** The key of a commitment in maps. */
export function commitmentKey(hash: CommitmentHash): string {
  return toHex(hash);
}

/** The key of a game in `games`. */
export function gameKey({ alice, bob }: Stakers): string {
  return `${alice}|${bob}`;
}

/** Raises "smart_rollup_unknown_commitment". */
export function getCommitment(rollup: RollupState, hash: CommitmentHash): Commitment {
  const commitment = rollup.commitments.get(commitmentKey(hash));
  if (commitment === undefined) throw new ProtocolError("smart_rollup_unknown_commitment", { commitment: hash });
  return commitment;
}

export function commitmentsOfLevel(rollup: RollupState, inboxLevel: number): CommitmentsOfLevel | undefined {
  return rollup.levels.get(String(inboxLevel));
}

/** Inbox level of the last cemented commitment. */
export function lastCementedLevel(rollup: RollupState): number {
  return getCommitment(rollup, rollup.lastCemented).inboxLevel;
}

export function isStaker(rollup: RollupState, staker: PublicKeyHash): boolean {
  return rollup.stakerIndexes.has(staker);
}

/** Whether an active staker stands by a commitment. */
export function isStakedOn(rollup: RollupState, staker: PublicKeyHash, hash: CommitmentHash): boolean {
  const index = rollup.stakerIndexes.get(staker);
  if (index === undefined) return false;
  return rollup.commitmentStakers.get(commitmentKey(hash))?.includes(index) === true;
}

/** The games that a staker plays. */
export function gamesOf(rollup: RollupState, staker: PublicKeyHash): OngoingGame[] {
  return [...rollup.games.values()].filter(({ stakers }) => stakers.alice === staker || stakers.bob === staker);
}
