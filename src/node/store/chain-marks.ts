// What the store has noted of blocks of layer 1 beside their levels: when commitments were published, and which messages of outboxes have been
// executed. When the blocks are gone from the chain, so are the notes. Octez keeps no record of where it saw an execution (and takes no note back):
// ours are rows of `rollup_node_state`, one a block with executions, under names that Octez does not look at.

import type { SqlRunner } from "./database.js";
import { markExecuted, unmarkExecuted } from "./outbox-table.js";
import { StoredRow } from "./values.js";

/** An executed message. */
export interface Execution {
  readonly level: number;
  readonly index: number;
  /** Level of the block with the operation; those without cannot be taken back. */
  readonly seenAt?: number;
}

const ROW_NAMES = "tickproof_executed_at_";
/** Blocks for which it is known where executions were seen: no reorganisation is as long. */
const KEPT = 600;

export async function putExecutions(runner: SqlRunner, executions: readonly Execution[]): Promise<void> {
  const seen = new Map<number, string[]>();
  for (const { level, index, seenAt } of executions) {
    await markExecuted(runner, level, index);
    if (seenAt !== undefined) seen.set(seenAt, [...(seen.get(seenAt) ?? []), `${level}:${index}`]);
  }
  if (seen.size === 0) return;
  for (const [at, places] of seen) {
    const row = [`${ROW_NAMES}${at}`, places.join(" "), at];
    await runner.run(
      `INSERT INTO rollup_node_state (name, value, level) VALUES (?, ?, ?)
         ON CONFLICT (name) DO UPDATE SET value = value || ' ' || excluded.value`,
      row,
    );
  }
  const oldest = Math.max(...seen.keys()) - KEPT;
  await runner.run("DELETE FROM rollup_node_state WHERE name GLOB ? AND level < ?", [`${ROW_NAMES}*`, oldest]);
}

/** Takes back what was noted of the chain's blocks at this level and above. */
export async function forgetMarksFrom(runner: SqlRunner, level: number): Promise<void> {
  await runner.run("DELETE FROM commitments_published_at_levels WHERE first_published_at_level >= ?", [level]);
  await runner.run(
    "UPDATE commitments_published_at_levels SET published_at_level = NULL WHERE published_at_level >= ?",
    [level],
  );
  const where = "FROM rollup_node_state WHERE name GLOB ? AND level >= ?";
  for (const row of await runner.all(`SELECT value ${where}`, [`${ROW_NAMES}*`, level])) {
    for (const place of new StoredRow("rollup_node_state", row).text("value").split(" ")) {
      const [outboxLevel = 0, index = 0] = place.split(":").map(Number);
      await unmarkExecuted(runner, outboxLevel, index);
    }
  }
  await runner.run(`DELETE ${where}`, [`${ROW_NAMES}*`, level]);
}

/** Blocks of the chain at this level and above are gone: so is what is kept by their levels, and what was noted of them. */
export async function forgetChainFrom(runner: SqlRunner, level: number): Promise<void> {
  await forgetMarksFrom(runner, level);
  await runner.run("DELETE FROM outbox_messages WHERE outbox_level >= ?", [level]);
  await runner.run("DELETE FROM l2_levels WHERE level >= ?", [level]);
}
