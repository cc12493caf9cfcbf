// The blocks of a chain, on all its branches, and which of them are the main one. Ids of blocks are read here (node.md §9): "head",
// "genesis", a level, a hash; "~n" or "-n" behind one goes back, "+n" forward on the main branch.

import { decodeBase58Check, isBase58Check } from "../../encoding/base58check.js";
import { toHex } from "../../encoding/hex.js";
import type { BlockHash } from "../../protocol/identifiers.js";
import type { Block } from "./block.js";

/** Blocks on top of one that make it final. */
export const FINALITY_DEPTH = 2;

const ID = /^([A-Za-z0-9]+)(?:([~+-])(\d{1,10}))?$/;

export class BlockTree {
  readonly #byHash = new Map<string, Block>();
  /** The main branch, by level. */
  readonly #main: Block[];

  constructor(readonly genesis: Block) {
    this.#main = [genesis];
    this.#byHash.set(toHex(genesis.hash), genesis);
  }

  get head(): Block {
    return this.#main.at(-1) ?? this.genesis;
  }

  get finalized(): Block {
    return this.#main[Math.max(0, this.#main.length - 1 - FINALITY_DEPTH)] ?? this.genesis;
  }

  /** Keeps a block, on whatever branch. Its predecessor must be there. */
  add(block: Block): void {
    if (!this.#byHash.has(toHex(block.shell.predecessor))) throw new RangeError("a block without predecessor");
    this.#byHash.set(toHex(block.hash), block);
  }

  /** Makes a block that is there the head; gives the blocks of the main branch that are so no more, oldest first. */
  setHead(block: Block): readonly Block[] {
    const branch: Block[] = [];
    let at = block;
    while (!this.isMain(at)) {
      branch.push(at);
      at = this.predecessor(at) ?? this.genesis;
    }
    const left = this.#main.splice(at.shell.level + 1);
    for (const each of branch.reverse()) this.#main.push(each);
    return left;
  }

  isMain(block: Block): boolean {
    return this.#main[block.shell.level] === block;
  }

  byHash(hash: BlockHash): Block | undefined {
    return this.#byHash.get(toHex(hash));
  }

  atLevel(level: number): Block | undefined {
    return this.#main[level];
  }

  predecessor(block: Block): Block | undefined {
    return block.shell.level === 0 ? undefined : this.byHash(block.shell.predecessor);
  }

  /** The block `distance` below another, on its branch. */
  ancestor(block: Block, distance: number): Block | undefined {
    if (this.isMain(block)) return this.#main[block.shell.level - distance];
    let at: Block | undefined = block;
    for (let i = 0; i < distance && at !== undefined; i++) at = this.predecessor(at);
    return at;
  }

  /** The block that a text names; undefined for a text that names none. */
  find(id: string): Block | undefined {
    const [, base = "", sign, distance = "0"] = ID.exec(id) ?? [];
    const found = this.#base(base);
    if (found === undefined || sign === undefined) return found;
    const steps = Number(distance);
    if (sign !== "+") return this.ancestor(found, steps);
    return this.isMain(found) ? this.atLevel(found.shell.level + steps) : undefined;
  }

  #base(base: string): Block | undefined {
    if (base === "head") return this.head;
    if (base === "genesis") return this.genesis;
    if (/^\d{1,10}$/.test(base)) return this.atLevel(Number(base));
    if (!isBase58Check("blockHash", base)) return undefined;
    return this.byHash(decodeBase58Check("blockHash", base) as BlockHash);
  }
}
