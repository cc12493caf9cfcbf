// Questions about one rollup to the state after a block: the answers of the RPCs under `…/smart_rollups/smart_rollup/<sr1>` (protocol.md
// §8), with their errors raised as ProtocolError.

import type { Commitment, GenesisInfo } from "../../protocol/commitment.js";
import type { Conflict, GameResult, Timeout } from "../../protocol/game.js";
import type { CommitmentHash, PublicKeyHash, RollupAddress } from "../../protocol/identifiers.js";
import type { PvmKind } from "../../protocol/manager-contents.js";
import type { LastWhitelistUpdate, Whitelist } from "../../protocol/whitelist.js";
import type { TicketToken } from "./contract-runtime.js";
import type { OngoingGame, RollupState } from "./rollup-state.js";

export interface HashedCommitment extends Commitment {
  readonly hash: CommitmentHash;
}

export declare class RollupView {
  readonly address: RollupAddress;
  /** Undefined when the rollup does not exist. */
  readonly state: RollupState | undefined;
  /** This and the three below raise "smart_rollup_does_not_exist". */
  kind(): PvmKind;
  genesisInfo(): GenesisInfo;
  lastCemented(): { readonly hash: CommitmentHash; readonly level: number };
  /** Raises "smart_rollup_unknown_commitment" too. */
  commitment(hash: CommitmentHash): Commitment;
  /** Newest first. Raises "context.storage_error" when the commitment is not known. */
  stakersIndexes(hash: CommitmentHash): readonly bigint[];
  canBeCemented(hash: CommitmentHash): boolean;
  /** Null when there are none. */
  commitmentsOfLevel(inboxLevel: number): readonly CommitmentHash[] | null;
  stakers(): PublicKeyHash[];
  /** Raises "context.storage_error" for someone who is no staker. */
  stakerIndex(staker: PublicKeyHash): bigint;
  /** Raises "smart_rollup_not_staked". */
  stakedOnCommitment(staker: PublicKeyHash): HashedCommitment | null;
  conflicts(staker: PublicKeyHash): readonly Conflict[];
  games(staker: PublicKeyHash): readonly OngoingGame[];
  timeout(a: PublicKeyHash, b: PublicKeyHash): Timeout | null;
  timeoutReached(a: PublicKeyHash, b: PublicKeyHash): GameResult | null;
  /** Indexes of the messages of an outbox level that were executed. */
  consumedOutputs(outboxLevel: number): readonly number[];
  whitelist(): Whitelist | null;
  lastWhitelistUpdate(): LastWhitelistUpdate | null;
  ticketBalance(token: TicketToken): bigint;
}
