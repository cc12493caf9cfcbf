// What changes in the chain from one head to another: the blocks that are no more part of it, and the new ones, found by their
// predecessors (node.md §3.2). Predecessors are kept; missing ones are fetched a batch at a time.

import type { BlockHash } from "../../protocol/identifiers.js";
import { before, blockHashText } from "./block-id.js";
import type { L1Client } from "./l1-client.js";

export interface ChainPoint {
  readonly hash: BlockHash;
  readonly level: number;
}

export interface Reorganisation {
  /** Newest first. */
  readonly removed: readonly ChainPoint[];
  /** Oldest first; the new head is last. */
  readonly added: readonly ChainPoint[];
}

const MAX_KNOWN = 65_536;
/** Kept once a way has been found: the next one is about the blocks near the head again. */
const KEPT = 512;
/** Blocks asked for at once when nothing tells how many are missing. */
const USUAL_BATCH = 8;
const MAX_BATCH = 65_536;

/** Predecessors of blocks, by hash. Those learnt first are forgotten first. */
export class Predecessors {
  readonly #client: L1Client;
  readonly #known = new Map<string, BlockHash>();

  constructor(client: L1Client) {
    this.#client = client;
  }

  learn(hash: BlockHash, predecessor: BlockHash): void {
    const [oldest] = this.#known.keys();
    if (this.#known.size >= MAX_KNOWN && oldest !== undefined) this.#known.delete(oldest);
    this.#known.set(blockHashText(hash), predecessor);
  }

  #forgetOldest(): void {
    for (const oldest of this.#known.keys()) {
      if (this.#known.size <= KEPT) break;
      this.#known.delete(oldest);
    }
  }

  /** `expected`: how many predecessors will be asked for in a row. Raises L1RpcError, "l1.rpc.not_found" at the chain's start. */
  async of(hash: BlockHash, expected = USUAL_BATCH): Promise<BlockHash> {
    const known = this.#known.get(blockHashText(hash));
    if (known !== undefined) return known;
    const [chain = []] = await this.#client.blocks(Math.min(Math.max(expected + 1, 2), MAX_BATCH), [hash]);
    for (let i = 0; i + 1 < chain.length; i++) this.learn(chain[i] as BlockHash, chain[i + 1] as BlockHash); // in bounds
    const found = this.#known.get(blockHashText(hash));
    if (found !== undefined) return found;
    const predecessor = await this.#client.block(before(hash, 1)).hash();
    this.learn(hash, predecessor);
    return predecessor;
  }

  async #pointBefore({ hash, level }: ChainPoint, expected: number): Promise<ChainPoint> {
    return { hash: await this.of(hash, expected), level: level - 1 };
  }

  /** The way from the head `from` to the head `to`. Raises L1RpcError. */
  async reorganisation(from: ChainPoint, to: ChainPoint): Promise<Reorganisation> {
    const removed: ChainPoint[] = [];
    const added: ChainPoint[] = [];
    let old = from;
    let fresh = to;
    while (blockHashText(old.hash) !== blockHashText(fresh.hash)) {
      const distance = Math.abs(old.level - fresh.level);
      const expected = distance > 0 ? distance : USUAL_BATCH;
      const { level } = old;
      if (level >= fresh.level) {
        removed.push(old);
        old = await this.#pointBefore(old, expected);
      }
      if (fresh.level >= level) {
        added.push(fresh);
        fresh = await this.#pointBefore(fresh, expected);
      }
    }
    this.#forgetOldest();
    return { removed, added: added.reverse() };
  }
}
