// What a node cannot go on after, and ends with: told by its code, and by the file it is about. After everything else (layer 1 does not answer, a
// preimage is not there yet) it tries again in degraded mode.

import { hashEquals } from "../protocol/identifiers.js";
import { EngineError } from "./engine/errors.js";
import type { NodeContext } from "./node-context.js";
import { NodeError } from "./node-error.js";
import { StoreError } from "./store/store-error.js";

/** Those of the engine that trying again does not help: its thread is gone, or the states are damaged, or cannot be written. */
const FATAL_ENGINE_CODES: ReadonlySet<string> = new Set([
  "node.engine.missing_state",
  "node.engine.inconsistent",
  "node.engine.store",
  "node.engine.closed",
  "node.engine.died",
]);

/** A missing preimage is fatal as long as there is no commitment but the first. */
export async function isFatal(node: NodeContext, error: unknown): Promise<boolean> {
  if (error instanceof NodeError) return error.isFatal;
  // The database's own trouble (no room, damage): nothing of the level is stored.
  if (error instanceof StoreError) return true;
  if (isDamage(error)) return true;
  if (!(error instanceof EngineError)) return false;
  if (error.code !== "node.engine.missing_preimage") return FATAL_ENGINE_CODES.has(error.code);
  const { head } = await node.store.state();
  const block = head && (await node.store.block(head.hash));
  const newest = block?.commitmentHash ?? block?.previousCommitmentHash;
  return newest === undefined || hashEquals(newest, node.genesis.commitmentHash);
}

/** An error about Merkle nodes, from the engine's thread or this one: a record of a state is not what it should be. */
function isDamage(error: unknown): boolean {
  return (
    error instanceof Error && "code" in error && typeof error.code === "string" && error.code.startsWith("merkle.")
  );
}
