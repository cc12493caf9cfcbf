// Levels and blocks that commands on a data directory name.

import { decodeBase58Check, encodeBase58Check, isBase58Check } from "../../encoding/base58check.js";
import type { BlockHash } from "../../protocol/identifiers.js";
import type { L2Block, L2Head } from "../l2-block.js";
import type { Store } from "../store/store.js";
import type { ReadDirectory } from "./read-directory.js";
import { ToolError } from "./tool-error.js";

/** Ends included. */
export interface LevelRange {
  readonly from: number;
  readonly to: number;
}

/** The last block processed. Raises ToolError "node.tool.no_head". */
export async function headOf(store: Store): Promise<L2Head> {
  const { head } = await store.state();
  if (head !== undefined) return head;
  throw new ToolError("node.tool.no_head", "Processed L2 head not found in the rollup node storage", "head");
}

/** Levels that the machine has run: where absent, from the first one to the head. Raises ToolError. */
export async function levelRange(
  { store, metadata, path }: ReadDirectory,
  { from, to }: Partial<LevelRange>,
): Promise<LevelRange> {
  const genesis = metadata.genesisInfo.level;
  const head = await headOf(store);
  const range = { from: from ?? genesis + 1, to: to ?? head.level };
  const bad = (why: string): ToolError =>
    new ToolError("node.tool.bad_range", `levels ${range.from} to ${range.to}: ${why}`, `${range.from}-${range.to}`);
  if (range.from > range.to) throw bad("there is none");
  if (range.from <= genesis) throw bad(`the rollup reads nothing before level ${genesis + 1}`);
  if (range.to > head.level) throw bad(`${path} has come to level ${head.level}`);
  const first = await store.firstAvailableLevel();
  if (first !== undefined && range.from < first) throw bad(`${path} has nothing left from before level ${first}`);
  return range;
}

/** The block of the chain at a level. Raises ToolError "node.tool.unknown_block". */
export async function requireBlock(store: Store, level: number): Promise<L2Block> {
  const block = await store.blockAt(level);
  if (block !== undefined) return block;
  const text = `Block hash for level ${level} not found in the rollup node storage`;
  throw new ToolError("node.tool.unknown_block", text, String(level));
}

/** Raises ToolError "node.tool.unknown_block". */
export async function requireBlockOf(store: Store, hash: BlockHash): Promise<L2Block> {
  const block = await store.block(hash);
  if (block !== undefined) return block;
  const text = encodeBase58Check("blockHash", hash);
  throw new ToolError("node.tool.unknown_block", `Block with hash ${text} not found in the rollup node storage`, text);
}

/** A block as command lines name it: "head", "head~2", a level, a hash, "BL…~1". */
export type NamedBlock =
  | { readonly kind: "head"; readonly before: number }
  | { readonly kind: "level"; readonly level: number }
  | { readonly kind: "hash"; readonly hash: BlockHash; readonly before: number };

const NAME = /^([^~+-]+)(?:([~+-])(\d{1,10}))?$/;

/** Undefined for a text that names no block. Raises ToolError "node.tool.bad_block" for one that only layer 1 knows. */
export function readNamedBlock(text: string): NamedBlock | undefined {
  const [, name = "", sign, digits = "0"] = NAME.exec(text) ?? [];
  const before = sign === "+" ? -Number(digits) : Number(digits);
  if (name === "genesis" && sign === "+") return { kind: "level", level: -before };
  if (name === "genesis" || (/^0+$/.test(name) && sign === undefined)) {
    throw new ToolError("node.tool.bad_block", "Genesis not supported", text);
  }
  if (name === "checkpoint" || name === "savepoint" || name === "caboose") {
    throw new ToolError("node.tool.bad_block", "Alias not supported", text);
  }
  if (name === "head") return sign === "+" ? undefined : { kind: "head", before };
  if (/^\d{1,10}$/.test(name)) return { kind: "level", level: Number(name) - before };
  if (!isBase58Check("blockHash", name)) return undefined;
  return { kind: "hash", hash: decodeBase58Check("blockHash", name) as BlockHash, before };
}

/** Raises ToolError. */
export async function findNamedBlock(store: Store, block: NamedBlock): Promise<L2Block> {
  switch (block.kind) {
    case "head": {
      const head = await headOf(store);
      return block.before === 0 ? requireBlockOf(store, head.hash) : requireBlock(store, head.level - block.before);
    }
    case "level":
      return requireBlock(store, block.level);
    case "hash": {
      const found = await requireBlockOf(store, block.hash);
      return block.before === 0 ? found : requireBlock(store, found.level - block.before);
    }
  }
}
