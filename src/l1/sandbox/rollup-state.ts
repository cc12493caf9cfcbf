// What the chain knows of one rollup (protocol.md §3 to §5), as an immutable value. The rules are in staking.ts, refutation.ts and
// outbox.ts.

import { toHex } from "../../encoding/hex.js";
import type { Micheline } from "../../encoding/micheline.js";
import type { Commitment, GenesisInfo } from "../../protocol/commitment.js";
import type { Game, Stakers, Timeout } from "../../protocol/game.js";
import type { CommitmentHash, RollupAddress } from "../../protocol/identifiers.js";
import type { PvmKind } from "../../protocol/manager-contents.js";
import type { LastWhitelistUpdate, Whitelist } from "../../protocol/whitelist.js";
import type { PersistentMap } from "./persistent-map.js";

/** A commitment that someone published. */
export interface PublishedCommitment {
  readonly hash: CommitmentHash;
  readonly commitment: Commitment;
  /** Level of the first publication. */
  readonly addedAt: number;
  /** Indexes of those who staked on it, newest first. */
  readonly stakers: readonly bigint[];
}

/** The commitments about one inbox level. */
export interface CommitmentsOfLevel {
  /** When the first of them was published. */
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

export interface RollupState {
  readonly address: RollupAddress;
  readonly kind: PvmKind;
  /** Type of the messages it takes from contracts. */
  readonly parametersType: Micheline;
  readonly genesis: GenesisInfo;
  /** The last cemented commitment. */
  readonly lastCemented: CommitmentHash;
  /** Last cemented commitments that are kept, the newest first. */
  readonly cemented: readonly CommitmentHash[];
  /** By hash in hexadecimal: those not cemented, and those cemented that are kept. */
  readonly commitments: PersistentMap<PublishedCommitment>;
  /** By inbox level in decimal: those above the last cemented one. */
  readonly levels: PersistentMap<CommitmentsOfLevel>;
  /** Active stakers: key hash → index. */
  readonly stakerIndexes: PersistentMap<bigint>;
  /** By index in decimal: highest inbox level that the staker staked on. */
  readonly latestStakedLevel: PersistentMap<number>;
  /** Index of the next staker. */
  readonly nextStakerIndex: bigint;
  /** By "<alice>|<bob>". */
  readonly games: PersistentMap<OngoingGame>;
  /** By outbox level modulo `smart_rollup_max_active_outbox_levels`, in decimal. */
  readonly executedMessages: PersistentMap<ExecutedMessages>;
  /** Absent for a public rollup. */
  readonly whitelist?: Whitelist;
  readonly lastWhitelistUpdate?: LastWhitelistUpdate;
}

/** The key of a commitment in `commitments`. */
export function commitmentKey(hash: CommitmentHash): string {
  return toHex(hash);
}

/** The key of a game in `games`. */
export function gameKey({ alice, bob }: Stakers): string {
  return `${alice}|${bob}`;
}
