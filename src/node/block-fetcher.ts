// Blocks of layer 1, fetched ahead of their turn: while one is processed, the next ones are on their way (node.md §3.3).

import { blockHashText } from "../l1/client/block-id.js";
import type { Block } from "../l1/client/blocks.js";
import type { L1Client } from "../l1/client/l1-client.js";
import type { ChainPoint } from "../l1/client/reorganisation.js";
import { type BlockHash, hashEquals } from "../protocol/identifiers.js";
import { NodeError } from "./node-error.js";

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

/** Refuses a block that is another than the one asked for, or says something else about its place. Raises NodeError. */
export function checkIdentity({ hash, header }: Block, asked: ChainPoint, predecessor: BlockHash): void {
  const name = blockHashText(asked.hash);
  const refuse = (what: string): NodeError =>
    new NodeError("sc_rollup.node.unreliable_tezos_node", `Layer 1 contradicts itself about block ${name}: ${what}`, {
      hash: name,
    });
  if (!hashEquals(hash, asked.hash)) throw refuse(`it gives the block ${blockHashText(hash)}`);
  if (header.level !== asked.level) throw refuse(`its level is ${header.level}, and was ${asked.level}`);
  if (!hashEquals(header.predecessor, predecessor)) {
    const [said, before] = [header.predecessor, predecessor].map(blockHashText);
    throw refuse(`its predecessor at level ${asked.level} is ${said}, and was ${before}`);
  }
}
