// Blocks of layer 1, fetched ahead of their turn: while one is processed, the next ones are on their way (node.md §3.3).

import { blockHashText } from "../l1/client/block-id.js";
import type { Block } from "../l1/client/blocks.js";
import type { L1Client } from "../l1/client/l1-client.js";
import type { ChainPoint } from "../l1/client/reorganisation.js";

/** Blocks on their way at once. */
const MAX_AHEAD = 16;

export class BlockFetcher {
  readonly #client: L1Client;
  readonly #ahead: number;
  readonly #cacheSize: number;
  readonly #blocks = new Map<string, Promise<Block>>();

  constructor(client: L1Client, ahead: number, cacheSize: number) {
    this.#client = client;
    this.#ahead = Math.min(ahead, MAX_AHEAD);
    this.#cacheSize = Math.max(cacheSize, 1);
  }

  /** Sends for the first of these blocks. What fails is told to whoever gets the block. */
  prefetch(points: readonly ChainPoint[]): void {
    for (const point of points.slice(0, this.#ahead)) this.get(point).catch(() => undefined);
  }

  /** Raises L1RpcError. */
  get({ hash }: ChainPoint): Promise<Block> {
    const key = blockHashText(hash);
    const known = this.#blocks.get(key);
    if (known !== undefined) return known;
    const block = this.#client.block(hash).block("always");
    this.#blocks.set(key, block);
    // A failure is not remembered.
    block.catch(() => this.#blocks.delete(key));
    const [oldest] = this.#blocks.keys();
    if (this.#blocks.size > this.#cacheSize + this.#ahead && oldest !== undefined) this.#blocks.delete(oldest);
    return block;
  }
}
