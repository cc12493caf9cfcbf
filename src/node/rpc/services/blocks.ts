// Finding the blocks that requests name, and what belongs to them (reference: block_directory_helpers.ml, node_context.ml). What the store
// does not know, layer 1 may. Where something is missing, the messages are Octez's.

import { encodeBase58Check } from "../../../encoding/base58check.js";
import type { BlockHash, CommitmentHash, StateHash } from "../../../protocol/identifiers.js";
import { EngineError } from "../../engine/errors.js";
import type { L2Block } from "../../l2-block.js";
import { failure, nodeError } from "../answer.js";
import type { NodeView } from "../node-view.js";
import type { BlockId } from "./arguments.js";

/** A block that layer 1 has; the node may not have processed it. */
export interface FoundBlock {
  readonly hash: BlockHash;
  readonly level: number;
}

/** The block that an id stands for. Raises RpcFailure. */
export async function findBlock(node: NodeView, id: BlockId): Promise<FoundBlock> {
  const found = await namedBlock(node, id);
  await checkAvailable(node, found.level);
  return { level: found.level, hash: found.hash ?? (await hashOfLevel(node, found.level)) };
}

async function namedBlock(node: NodeView, id: BlockId): Promise<{ readonly level: number; readonly hash?: BlockHash }> {
  switch (id.kind) {
    case "head": {
      const { head } = await node.store.state();
      if (head === undefined) throw failure("No head");
      return head;
    }
    case "finalized":
      return (await node.store.state()).finalizedLevel ?? { level: 0 };
    case "cemented":
      return { level: node.lastCemented().level };
    case "level":
      return { level: id.level };
    case "hash":
      return { level: await levelOfHash(node, id.hash), hash: id.hash };
  }
}

async function checkAvailable(node: NodeView, level: number): Promise<void> {
  const { firstAvailableLevel } = await node.gcInfo();
  if (level >= firstAvailableLevel) return;
  throw nodeError("permanent", "sc_rollup.node.access_below_first_available_level", {
    first_available_level: firstAvailableLevel,
    accessed_level: level,
  });
}

/** Hash of the block of the chain at a level, asked of layer 1 if need be. Raises RpcFailure. */
export async function hashOfLevel(node: NodeView, level: number): Promise<BlockHash> {
  const hash = (await node.store.hashAt(level)) ?? (await node.l1.hashAt(level));
  if (hash === undefined) throw failure(`Cannot retrieve hash of level ${level}`);
  return hash;
}

async function levelOfHash(node: NodeView, hash: BlockHash): Promise<number> {
  const level = (await node.store.block(hash))?.level ?? (await node.l1.header(hash))?.level;
  if (level === undefined) throw failure(`Cannot retrieve header of block ${blockText(hash)}`);
  return level;
}

export function blockText(hash: BlockHash): string {
  return encodeBase58Check("blockHash", hash);
}

/** The layer 2 block of an id. Raises RpcFailure. */
export async function findL2Block(node: NodeView, id: BlockId): Promise<L2Block> {
  return getL2Block(node, (await findBlock(node, id)).hash);
}

/** The layer 2 block of a hash. Raises RpcFailure. */
export async function getL2Block(node: NodeView, hash: BlockHash): Promise<L2Block> {
  const block = await node.store.block(hash);
  if (block === undefined) throw failure(`Could not retrieve L2 block for ${blockText(hash)}`);
  return block;
}

/** The layer 2 block of the chain at a level; undefined when there is none. */
export async function l2BlockAt(node: NodeView, level: number): Promise<L2Block | undefined> {
  const hash = await node.store.hashAt(level);
  return hash === undefined ? undefined : node.store.block(hash);
}

/** Asks something about the state after a block. Raises RpcFailure when the state is not kept. */
export async function withState<T>(
  node: NodeView,
  { hash }: { readonly hash: BlockHash },
  ask: (state: StateHash, block: L2Block) => Promise<T>,
): Promise<T> {
  const block = await node.store.block(hash);
  if (block === undefined) throw noContext(hash);
  try {
    return await ask(block.stateHash, block);
  } catch (error) {
    if (error instanceof EngineError && error.code === "node.engine.missing_state") throw noContext(hash, block);
    throw error;
  }
}

function noContext(hash: BlockHash, block?: L2Block) {
  const context = block?.context;
  return nodeError("permanent", "internal.cannot_checkout_context", {
    block: blockText(hash),
    ...(context === undefined ? {} : { context: encodeBase58Check("rollupContextHash", context) }),
  });
}

/** The newest commitment made at a block or before it. */
export function newestCommitment({ commitmentHash, previousCommitmentHash }: L2Block): CommitmentHash {
  return commitmentHash ?? previousCommitmentHash;
}
