// What the store and the data directory tell (node.md §8): Octez's names, levels and fields.

import type { Json } from "../../encoding/json.js";
import type { EventLevel, NodeEvent } from "../events.js";

const NODE = ["smart_rollup_node"] as const;
const STORE = ["smart_rollup_node", "store"] as const;

function event(
  name: string,
  level: EventLevel,
  section: readonly string[],
  message: string,
  fields: { readonly [name: string]: Json } = {},
): NodeEvent {
  return { name, level, section, fields, message };
}

export function storeInit(): NodeEvent {
  return event("smart_rollup_node_store_init", "Notice", STORE, "Store is being initialized for the first time");
}

/** `time` in milliseconds. */
export function appliedMigration(name: string, time: number): NodeEvent {
  const message = `Applied migration ${name} to the store in ${time.toFixed(3)}ms`;
  return event("smart_rollup_node_store_applied_migration", "Notice", STORE, message, { name, time: time / 1000 });
}

export function migrationsFromTheFuture(applied: number, known: number): NodeEvent {
  const message = `Store has ${applied} migrations applied but the rollup node is only aware of ${known}`;
  return event("smart_rollup_node_migrations_from_the_future", "Error", STORE, message, { applied, known });
}

export function storeGcStart(): NodeEvent {
  return event("smart_rollup_node_store_gc_start", "Info", STORE, "Garbage collection started for store");
}

export function storeGcFinish(): NodeEvent {
  return event("smart_rollup_node_store_gc_finish", "Info", STORE, "Garbage collection finished for store");
}

/** `block`: base58. */
export function resetToLastCommitted(block: string, level: number): NodeEvent {
  const message = `Reset store to last block (${block} at level ${level}) whose context is committed to disk`;
  const fields = { block_hash: block, level };
  return event("smart_rollup_node_store_reset_to_last_committed", "Warning", STORE, message, fields);
}

export function acquiringLock(): NodeEvent {
  return event("acquiring_lock", "Info", NODE, "Acquiring lock on data directory.");
}

export function convertHistoryMode(from: string, to: string): NodeEvent {
  const message = `Converting the ${from} rollup node into a ${to} rollup node`;
  return event("convert_history_mode", "Notice", NODE, message, { old_history_mode: from, new_history_mode: to });
}
