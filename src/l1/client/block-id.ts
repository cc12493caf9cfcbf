// How RPCs name chains and blocks (node.md §9): "main" or "Net…"; "head", "head~2", a level, "B…", "B…~1", "genesis". Both
// "~" and "-" mean "before"; "+" means "after" and goes with genesis and hashes only.

import { encodeBase58Check, isBase58Check } from "../../encoding/base58check.js";
import type { BlockHash, ChainId } from "../../protocol/identifiers.js";

/** A chain in a path. */
export type ChainName = "main" | "test" | `Net${string}`;

/** A block, offset included, as it stands in a path. */
export type BlockId = number | BlockHash | BlockPath;

/** Text that names a block, checked. */
export type BlockPath = string & { readonly __blockPath: never };

/** Newest block of the chain. */
export const HEAD = "head" as BlockPath;

/** First block of the chain. */
export const GENESIS = "genesis" as BlockPath;

/** The block `back` blocks before the newest. */
export function headMinus(back: number): BlockPath {
  return (back === 0 ? "head" : `head~${back}`) as BlockPath;
}

/** The block `back` blocks before another. */
export function before(hash: BlockHash, back: number): BlockPath {
  return (back === 0 ? blockHashText(hash) : `${blockHashText(hash)}~${back}`) as BlockPath;
}

export function blockHashText(hash: BlockHash): string {
  return encodeBase58Check("blockHash", hash);
}

export function chainName(id: ChainId): ChainName {
  return encodeBase58Check("chainId", id) as ChainName;
}

/** The text of a block in a path. */
export function blockPath(block: BlockId): string {
  if (typeof block === "number") return String(block);
  return typeof block === "string" ? block : blockHashText(block);
}

const OFFSET = /^(.*?)(?:([~+-])(\d{1,9}))?$/;
const NAMED_BLOCKS = new Set(["head", "genesis", "checkpoint", "savepoint", "caboose"]);

/** A block as people write it; undefined when it is none. */
export function parseBlockId(text: string): BlockPath | undefined {
  const [, base = "", sign] = OFFSET.exec(text) ?? [];
  if (/^\d{1,10}$/.test(base)) return sign === undefined || sign !== "+" ? normal(text) : undefined;
  if (NAMED_BLOCKS.has(base)) return sign === "+" && base === "head" ? undefined : normal(text);
  return isBase58Check("blockHash", base) ? normal(text) : undefined;
}

/** With "~" for "before", which every RPC server takes. */
function normal(text: string): BlockPath {
  return text.replace(/-(\d+)$/, "~$1") as BlockPath;
}

/** A chain as people write it; undefined when it is none. */
export function parseChainName(text: string): ChainName | undefined {
  if (text === "main" || text === "test") return text;
  return isBase58Check("chainId", text) ? (text as ChainName) : undefined;
}
