// Levels and blocks that commands on a data directory name.

import { encodeBase58Check } from "../../encoding/base58check.js";
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
