// The RPCs of one smart rollup in one block (node.md §9.1 rows 12 to 21, §9.2). Those that layer 1 answers with an error for
// "not a staker" give undefined here.

import { encodeBase58Check } from "../../encoding/base58check.js";
import type { FormValue } from "../../encoding/form.js";
import type { Json } from "../../encoding/json.js";
import {
  type Commitment,
  commitmentForm,
  commitmentHashWithLevelForm,
  type GenesisInfo,
  genesisInfoForm,
  hashedCommitmentForm,
} from "../../protocol/commitment.js";
import {
  type Conflict,
  conflictForm,
  type GameResult,
  gameResultForm,
  ongoingGameForm,
  type Timeout,
  timeoutForm,
} from "../../protocol/game.js";
import {
  type CommitmentHash,
  commitmentHashForm,
  type PublicKeyHash,
  publicKeyHashForm,
  type RollupAddress,
} from "../../protocol/identifiers.js";
import { type PvmKind, pvmKindForm } from "../../protocol/manager-contents.js";
import {
  type LastWhitelistUpdate,
  lastWhitelistUpdateForm,
  type Whitelist,
  whitelistForm,
} from "../../protocol/whitelist.js";
import {
  listReader,
  nullableReader,
  type Reader,
  readBigInteger,
  readBoolean,
  reader,
  readInteger,
} from "./answers.js";
import { type TicketKind, ticketKindToJson } from "./contract-rpc.js";
import { isL1RpcError } from "./rpc-error.js";

export type OngoingGame = FormValue<typeof ongoingGameForm>;
export type HashedCommitment = FormValue<typeof hashedCommitmentForm>;
export type CommitmentHashWithLevel = FormValue<typeof commitmentHashWithLevelForm>;

/** Calls an RPC under a block's path. */
export type BlockCall = <T>(path: string, read: Reader<T>, body?: Json) => Promise<T>;

/** Errors of RPCs about the stake of an account that has none. */
export const NOT_STAKED: readonly string[] = ["smart_rollup_not_staked", "smart_rollup_unknown_staker"];

export class RollupRpc {
  readonly #call: BlockCall;
  readonly #path: string;

  constructor(
    call: BlockCall,
    readonly address: RollupAddress,
  ) {
    this.#call = call;
    this.#path = `/context/smart_rollups/smart_rollup/${address}`;
  }

  #get<T>(path: string, read: Reader<T>): Promise<T> {
    return this.#call(`${this.#path}${path}`, read);
  }

  kind(): Promise<PvmKind> {
    return this.#get("/kind", reader(pvmKindForm));
  }

  genesisInfo(): Promise<GenesisInfo> {
    return this.#get("/genesis_info", reader(genesisInfoForm));
  }

  lastCementedCommitment(): Promise<CommitmentHashWithLevel> {
    return this.#get("/last_cemented_commitment_hash_with_level", reader(commitmentHashWithLevelForm));
  }

  commitment(hash: CommitmentHash): Promise<Commitment> {
    return this.#get(`/commitment/${commitmentText(hash)}`, reader(commitmentForm));
  }

  canBeCemented(hash: CommitmentHash): Promise<boolean> {
    return this.#get(`/commitment/${commitmentText(hash)}/can_be_cemented`, readBoolean);
  }

  stakersIndexes(hash: CommitmentHash): Promise<readonly bigint[]> {
    return this.#get(`/commitment/${commitmentText(hash)}/stakers_indexes`, listReader(readBigInteger));
  }

  /** Commitments for an inbox level; none when there are none. */
  async commitmentsAt(inboxLevel: number): Promise<readonly CommitmentHash[]> {
    const read = nullableReader(listReader(reader(commitmentHashForm)));
    return (await this.#get(`/inbox_level/${inboxLevel}/commitments`, read)) ?? [];
  }

  stakers(): Promise<readonly PublicKeyHash[]> {
    return this.#get("/stakers", listReader(reader(publicKeyHashForm)));
  }

  stakerIndex(staker: PublicKeyHash): Promise<bigint> {
    return this.#get(`/staker/${staker}/index`, readBigInteger);
  }

  /**
   * The newest commitment a staker stakes on; undefined for one who does not, or never did. `mustStake`: raises the L1RpcError of an account
   * that is no staker.
   */
  async stakedOnCommitment(staker: PublicKeyHash, mustStake = false): Promise<HashedCommitment | undefined> {
    try {
      const read = nullableReader(reader(hashedCommitmentForm));
      return (await this.#get(`/staker/${staker}/staked_on_commitment`, read)) ?? undefined;
    } catch (error) {
      if (!mustStake && isL1RpcError(error) && NOT_STAKED.some((id) => error.has(id))) return undefined;
      throw error;
    }
  }

  conflicts(staker: PublicKeyHash): Promise<readonly Conflict[]> {
    return this.#get(`/staker/${staker}/conflicts`, listReader(reader(conflictForm)));
  }

  games(staker: PublicKeyHash): Promise<readonly OngoingGame[]> {
    return this.#get(`/staker/${staker}/games`, listReader(reader(ongoingGameForm)));
  }

  /** How the game of two stakers would end by timeout now; undefined when nobody's time is up. */
  async timeoutReached(first: PublicKeyHash, second: PublicKeyHash): Promise<GameResult | undefined> {
    const read = nullableReader(reader(gameResultForm));
    return (await this.#get(`/staker1/${first}/staker2/${second}/timeout_reached`, read)) ?? undefined;
  }

  /** Time left in the game of two stakers; undefined when they have none. */
  async timeout(first: PublicKeyHash, second: PublicKeyHash): Promise<Timeout | undefined> {
    const read = nullableReader(reader(timeoutForm));
    return (await this.#get(`/staker1/${first}/staker2/${second}/timeout`, read)) ?? undefined;
  }

  /** Indices of the messages of an outbox level that have been executed. */
  consumedOutputs(outboxLevel: number): Promise<readonly number[]> {
    return this.#get(`/consumed_outputs/${outboxLevel}`, listReader(readInteger));
  }

  ticketBalance(kind: TicketKind): Promise<bigint> {
    return this.#call(`${this.#path}/ticket_balance`, readBigInteger, ticketKindToJson(kind));
  }

  /** Undefined for a public rollup. */
  async whitelist(): Promise<Whitelist | undefined> {
    return (await this.#get("/whitelist", nullableReader(reader(whitelistForm)))) ?? undefined;
  }

  async lastWhitelistUpdate(): Promise<LastWhitelistUpdate | undefined> {
    return (await this.#get("/last_whitelist_update", nullableReader(reader(lastWhitelistUpdateForm)))) ?? undefined;
  }
}

function commitmentText(hash: CommitmentHash): string {
  return encodeBase58Check("commitmentHash", hash);
}
