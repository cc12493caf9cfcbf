// What layer 1 says of a rollup at a block: games, with the time that is left; commitments that are not cemented yet, with who stands by them;
// and, from the operations of blocks, which games have ended and which commitments are new.

import { encodeBase58Check } from "../../encoding/base58check.js";
import type { JsonObject } from "../../encoding/json.js";
import { JsonError } from "../../encoding/json.js";
import { blockHashText } from "../../l1/client/block-id.js";
import { MANAGER_PASS, readContentReceipt } from "../../l1/client/blocks.js";
import type { RollupConstants } from "../../l1/client/chain-constants.js";
import type { L1Client } from "../../l1/client/l1-client.js";
import type { ChainPoint } from "../../l1/client/reorganisation.js";
import type { CommitmentHashWithLevel, RollupRpc } from "../../l1/client/rollup-rpc.js";
import { L1RpcError } from "../../l1/client/rpc-error.js";
import type { Game, GameResult, Stakers, Timeout } from "../../protocol/game.js";
import { makeStakers } from "../../protocol/game.js";
import type { BlockHash, CommitmentHash, PublicKeyHash, RollupAddress } from "../../protocol/identifiers.js";

export interface WatchedGame extends Stakers {
  readonly game: Game;
  readonly timeout: Timeout;
}

export interface PublishedCommitment {
  readonly inboxLevel: number;
  readonly hash: CommitmentHash;
  readonly predecessor: CommitmentHash;
  /** Who stakes on it. */
  readonly stakers: readonly PublicKeyHash[];
}

export interface EndedGame extends Stakers {
  readonly level: number;
  readonly result: GameResult;
}

/** What the operations of a block did to the rollup. */
export interface BlockNews {
  readonly ended: readonly EndedGame[];
  /** Inbox levels of commitments that were published. */
  readonly published: readonly number[];
}

/** Calls under way at once. */
const AT_ONCE = 8;
/** Commitments whose predecessors are remembered. */
const MAX_PREDECESSORS = 65_536;

export class ChainReader {
  readonly #client: L1Client;
  readonly #rollup: RollupAddress;
  /** Numbers by which commitments name stakers: an account's never changes. */
  readonly #indexes = new Map<PublicKeyHash, bigint>();

  readonly #predecessors = new Map<string, CommitmentHash>();

  constructor(client: L1Client, rollup: RollupAddress) {
    this.#client = client;
    this.#rollup = rollup;
  }

  #at(block: BlockHash): RollupRpc {
    return this.#client.block(block).rollup(this.#rollup);
  }

  async constants(block: BlockHash): Promise<RollupConstants> {
    return (await this.#client.block(block).constants()).rollup;
  }

  lastCemented(block: BlockHash): Promise<CommitmentHashWithLevel> {
    return this.#at(block).lastCementedCommitment();
  }

  stakers(block: BlockHash): Promise<readonly PublicKeyHash[]> {
    return this.#at(block).stakers();
  }

  /** The games of some stakers, each once. */
  async games(block: BlockHash, stakers: readonly PublicKeyHash[]): Promise<readonly WatchedGame[]> {
    const rollup = this.#at(block);
    const found = new Map<string, WatchedGame>();
    const lists = await inParallel(stakers, (staker) => rollup.games(staker));
    for (const { alice, bob, game } of lists.flat()) {
      const key = `${alice} ${bob}`;
      if (found.has(key)) continue;
      const timeout = await rollup.timeout(alice, bob);
      if (timeout !== undefined) found.set(key, { alice, bob, game, timeout });
    }
    return [...found.values()];
  }

  /** The commitments for an inbox level. */
  async commitments(
    block: BlockHash,
    inboxLevel: number,
    stakers: readonly PublicKeyHash[],
  ): Promise<readonly PublishedCommitment[]> {
    const rollup = this.#at(block);
    const hashes = await rollup.commitmentsAt(inboxLevel);
    if (hashes.length === 0) return [];
    const names = await this.#names(rollup, stakers);
    return inParallel(hashes, async (hash) => ({
      inboxLevel,
      hash,
      predecessor: await this.#predecessorOf(rollup, hash),
      stakers: (await rollup.stakersIndexes(hash)).flatMap((index) => names.get(index) ?? []),
    }));
  }

  async #predecessorOf(rollup: RollupRpc, hash: CommitmentHash): Promise<CommitmentHash> {
    const key = encodeBase58Check("commitmentHash", hash);
    const found = this.#predecessors.get(key) ?? (await rollup.commitment(hash)).predecessor;
    this.#predecessors.set(key, found);
    const [oldest] = this.#predecessors.keys();
    if (this.#predecessors.size > MAX_PREDECESSORS && oldest !== undefined) this.#predecessors.delete(oldest);
    return found;
  }

  async #names(rollup: RollupRpc, stakers: readonly PublicKeyHash[]): Promise<ReadonlyMap<bigint, PublicKeyHash>> {
    const missing = stakers.filter((staker) => !this.#indexes.has(staker));
    await inParallel(missing, async (staker) => {
      this.#indexes.set(staker, await rollup.stakerIndex(staker));
    });
    return new Map(
      stakers.flatMap((staker) => {
        const index = this.#indexes.get(staker);
        return index === undefined ? [] : [[index, staker] as const];
      }),
    );
  }

  /** Raises L1RpcError, also for receipts that cannot be read. */
  async news({ hash, level }: ChainPoint): Promise<BlockNews> {
    const operations = await this.#client.block(hash).operationsOf(MANAGER_PASS);
    const ended: EndedGame[] = [];
    const published: number[] = [];
    for (const { contents } of operations) {
      for (const content of contents) {
        const news = this.#newsOf(content, hash);
        if (typeof news === "number") published.push(news);
        else if (news !== undefined) ended.push({ ...news, level });
      }
    }
    return { ended, published };
  }

  /** An inbox level, or how a game has ended. */
  #newsOf(content: JsonObject, block: BlockHash): number | (Stakers & { readonly result: GameResult }) | undefined {
    const { kind, rollup } = content;
    if (rollup !== this.#rollup) return undefined;
    if (kind !== "smart_rollup_publish" && kind !== "smart_rollup_refute" && kind !== "smart_rollup_timeout") {
      return undefined;
    }
    const receipt = readReceipt(content, block);
    if (receipt === undefined || receipt.metadata.operationResult.status !== "applied") return undefined;
    const { content: read } = receipt;
    if (read.kind === "smart_rollup_publish") return read.commitment.inboxLevel;
    const { applied } = receipt.metadata.operationResult;
    if (!("gameStatus" in applied) || applied.gameStatus.kind !== "ended") return undefined;
    const { result } = applied.gameStatus;
    if (read.kind === "smart_rollup_refute") return { ...makeStakers(read.source, read.opponent), result };
    return read.kind === "smart_rollup_timeout" ? { ...read.stakers, result } : undefined;
  }
}

function readReceipt(content: JsonObject, block: BlockHash) {
  try {
    return readContentReceipt(content);
  } catch (cause) {
    if (!(cause instanceof JsonError)) throw cause;
    const url = `the operations of ${blockHashText(block)}`;
    throw new L1RpcError("l1.rpc.unexpected_content", cause.message, { method: "GET", url, cause });
  }
}

/** Answers in the order of what they are about; not too many calls at once. */
export async function inParallel<T, R>(items: readonly T[], call: (item: T) => Promise<R>): Promise<readonly R[]> {
  const results: R[] = [];
  for (let i = 0; i < items.length; i += AT_ONCE) {
    results.push(...(await Promise.all(items.slice(i, i + AT_ONCE).map(call))));
  }
  return results;
}
