// Questions about one rollup to the state after a block: the answers of the RPCs under `…/smart_rollups/smart_rollup/<sr1>` (protocol.md
// §8), with their errors raised as ProtocolError. Read only.

import type { Commitment, GenesisInfo } from "../../protocol/commitment.js";
import { ProtocolError } from "../../protocol/errors.js";
import { type Conflict, type GameResult, makeStakers, type Timeout } from "../../protocol/game.js";
import { type CommitmentHash, hashEquals, type PublicKeyHash, type RollupAddress } from "../../protocol/identifiers.js";
import type { PvmKind } from "../../protocol/manager-contents.js";
import type { LastWhitelistUpdate, Whitelist } from "../../protocol/whitelist.js";
import { findRollup } from "./block-draft.js";
import type { ChainState } from "./chain-state.js";
import { conflictsOf } from "./conflicts.js";
import type { TicketToken } from "./contract-runtime.js";
import { listedKeys } from "./order.js";
import { timeoutOf } from "./refutation-games.js";
import {
  commitmentKey,
  commitmentsOfLevel,
  gameKey,
  gamesOf,
  getCommitment,
  lastCementedLevel,
  type OngoingGame,
  type RollupState,
} from "./rollup-state.js";
import { cementing } from "./staking.js";
import { ticketBalance } from "./tickets.js";

export interface HashedCommitment extends Commitment {
  readonly hash: CommitmentHash;
}

export class RollupView {
  constructor(
    readonly chain: ChainState,
    readonly address: RollupAddress,
    /** Level of the block. */
    readonly level: number,
  ) {}

  /** Undefined when the rollup does not exist. */
  get state(): RollupState | undefined {
    return this.chain.rollups.get(this.address);
  }

  get #found(): RollupState {
    return findRollup(this.chain, this.address);
  }

  /** This and the four below raise "smart_rollup_does_not_exist". */
  kind(): PvmKind {
    return this.#found.kind;
  }

  genesisInfo(): GenesisInfo {
    return this.#found.genesis;
  }

  lastCemented(): { readonly hash: CommitmentHash; readonly level: number } {
    return { hash: this.#found.lastCemented, level: lastCementedLevel(this.#found) };
  }

  /** Raises "smart_rollup_unknown_commitment" too. */
  commitment(hash: CommitmentHash): Commitment {
    return getCommitment(this.#found, hash);
  }

  /** Newest first. Raises "context.storage_error" for a commitment that is not known, or cemented. */
  stakersIndexes(hash: CommitmentHash): readonly bigint[] {
    const stakers = this.state?.commitmentStakers.get(commitmentKey(hash));
    if (stakers === undefined) throw this.#missing("commitment_stakers");
    return stakers;
  }

  canBeCemented(hash: CommitmentHash): boolean {
    const { state } = this;
    if (state === undefined) return false;
    try {
      return hashEquals(cementing(this.chain, state, this.level).hash, hash);
    } catch (error) {
      if (error instanceof ProtocolError) return false;
      throw error;
    }
  }

  /** Newest first; null when there are none. */
  commitmentsOfLevel(inboxLevel: number): readonly CommitmentHash[] | null {
    return (this.state && commitmentsOfLevel(this.state, inboxLevel)?.hashes) ?? null;
  }

  /** Active stakers. */
  stakers(): PublicKeyHash[] {
    return this.state === undefined ? [] : listedKeys(this.state.stakerIndexes.keys());
  }

  /** Raises "context.storage_error" for someone who is no staker. */
  stakerIndex(staker: PublicKeyHash): bigint {
    const index = this.state?.stakerIndexes.get(staker);
    if (index === undefined) throw this.#missing("staker_index");
    return index;
  }

  /** The newest commitment that a staker stands by; null when it is cemented. Raises "smart_rollup_not_staked". */
  stakedOnCommitment(staker: PublicKeyHash): HashedCommitment | null {
    const { state } = this;
    const index = state?.stakerIndexes.get(staker);
    if (state === undefined || index === undefined) throw new ProtocolError("smart_rollup_not_staked", {});
    const level = state.latestStakedLevel.get(String(index)) ?? 0;
    const hashes = commitmentsOfLevel(state, level)?.hashes;
    if (hashes === undefined) return null;
    const hash = hashes.find((each) => state.commitmentStakers.get(commitmentKey(each))?.includes(index));
    if (hash === undefined) throw new ProtocolError("smart_rollup_not_staked", {});
    return { hash, ...getCommitment(state, hash) };
  }

  /** The first conflict with each other staker. */
  conflicts(staker: PublicKeyHash): readonly Conflict[] {
    return this.state === undefined ? [] : conflictsOf(this.chain, this.state, staker, this.level);
  }

  games(staker: PublicKeyHash): readonly OngoingGame[] {
    return this.state === undefined ? [] : gamesOf(this.state, staker);
  }

  /** Null when the two play no game. */
  timeout(a: PublicKeyHash, b: PublicKeyHash): Timeout | null {
    return this.state?.games.get(gameKey(makeStakers(a, b)))?.timeout ?? null;
  }

  /** How the game of two stakers would end by timeout now; null when it would not. */
  timeoutReached(a: PublicKeyHash, b: PublicKeyHash): GameResult | null {
    try {
      return timeoutOf(this.chain, this.address, makeStakers(a, b), this.level);
    } catch (error) {
      if (error instanceof ProtocolError) return null;
      throw error;
    }
  }

  /** Indexes of the messages of an outbox level that were executed. */
  consumedOutputs(outboxLevel: number): readonly number[] {
    const slot = outboxLevel % this.chain.constants.smartRollupMaxActiveOutboxLevels;
    const stored = this.state?.executedMessages.get(String(slot));
    if (stored === undefined || stored.outboxLevel !== outboxLevel) return [];
    const indexes: number[] = [];
    for (let bits = stored.executed, i = 0; bits !== 0n; bits >>= 1n, i++) if ((bits & 1n) === 1n) indexes.push(i);
    return indexes;
  }

  /** Null for a public rollup. */
  whitelist(): Whitelist | null {
    const whitelist = this.state?.access?.whitelist;
    return whitelist === undefined ? null : listedKeys(whitelist);
  }

  /** Null for a rollup that was public from the start. */
  lastWhitelistUpdate(): LastWhitelistUpdate | null {
    return this.state?.access?.lastUpdate ?? null;
  }

  /** `token` in the form that the runtime gives. */
  ticketBalance(token: TicketToken): bigint {
    return ticketBalance(this.chain, token, this.address);
  }

  #missing(table: string): ProtocolError<"context.storage_error"> {
    const missingKey = ["smart_rollup", "index", this.address, table];
    return new ProtocolError("context.storage_error", { missingKey, function: "get" });
  }
}
