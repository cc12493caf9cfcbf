// Whether a data directory that has levels fits the layer 1 that the node is to follow, and is whole: looked at once, before anything is done.

import { join } from "node:path";
import { blockHashText } from "../l1/client/block-id.js";
import { isL1RpcError } from "../l1/client/rpc-error.js";
import { type BlockHash, hashEquals } from "../protocol/identifiers.js";
import { EngineError } from "./engine/errors.js";
import { STATES_FILE } from "./engine/state-files.js";
import type { NodeContext } from "./node-context.js";
import { DataDirError } from "./store/data-dir-error.js";
import { STORE_FILE } from "./store/sqlite-store.js";

/** Raises DataDirError "node.data_dir.other_chain", EngineError "node.engine.missing_state", StoreError, L1RpcError. */
export async function checkKept(node: NodeContext): Promise<void> {
  await checkChain(node);
  await checkState(node);
}

/** The oldest level kept is so old that both must have the same block. */
async function checkChain({ store, dataDir, client }: NodeContext): Promise<void> {
  const level = await store.firstAvailableLevel();
  const ours = level === undefined ? undefined : await store.hashAt(level);
  if (level === undefined || ours === undefined) return;
  const theirs = await hashOnLayer1(() => client.block(level).hash());
  if (theirs === undefined || hashEquals(ours, theirs)) return;
  const path = join(dataDir, STORE_FILE);
  const [here, there] = [ours, theirs].map(blockHashText);
  const text = `${path} is of another chain: block ${level} is ${here} in it, and ${there} on layer 1.`;
  throw new DataDirError("node.data_dir.other_chain", text, path);
}

/** Undefined when layer 1 has not got so far, or keeps it no more. */
async function hashOnLayer1(ask: () => Promise<BlockHash>): Promise<BlockHash | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (isL1RpcError(error, "l1.rpc.not_found") || isL1RpcError(error, "l1.rpc.gone")) return undefined;
    throw error;
  }
}

async function checkState({ store, dataDir, engine }: NodeContext): Promise<void> {
  const { head } = await store.state();
  const block = head && (await store.block(head.hash));
  if (block === undefined) return;
  try {
    await engine.currentLevel(block.stateHash);
  } catch (error) {
    if (!(error instanceof EngineError) || error.code !== "node.engine.missing_state") throw error;
    const path = join(dataDir, STATES_FILE);
    const text = `${path} does not have the state of level ${block.level}, which ${STORE_FILE} beside it has processed: ${error.message}`;
    throw new EngineError(error.code, text, path, { cause: error });
  }
}
