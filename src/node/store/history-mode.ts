// The history mode of a node (node.md §6.4): kept in the store from the first start on; an archive may become full, not the other way round.

import { nodeEvents } from "../events/node-events.js";
import type { Emit } from "../events.js";
import { DataDirError } from "./data-dir-error.js";
import type { HistoryMode, Store } from "./store.js";

export const DEFAULT_HISTORY_MODE: HistoryMode = "full";

/**
 * Settles the mode: what is asked for, else what the store says, else full. What an archive has too much goes with the next garbage
 * collection. Raises DataDirError "node.data_dir.history_mode"; `path` is the data directory.
 */
export async function settleHistoryMode(
  store: Store,
  asked: HistoryMode | undefined,
  emit: Emit,
  path: string,
): Promise<HistoryMode> {
  const { historyMode: stored } = await store.state();
  const mode = asked ?? stored ?? DEFAULT_HISTORY_MODE;
  if (mode === stored) return mode;
  if (stored === "full") {
    const message = "Cannot transform a full rollup node into an archive one.";
    throw new DataDirError("node.data_dir.history_mode", message, path);
  }
  if (stored === "archive") emit(nodeEvents.convertHistoryMode({ old_history_mode: stored, new_history_mode: mode }));
  await store.write({ state: { historyMode: mode } });
  return mode;
}
