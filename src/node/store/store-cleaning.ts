// What takes rows away (node.md §6.3, §6.4): garbage collection of what is below a level, and resets to a level. Both run inside a transaction.

import { selectBlockAt } from "./block-tables.js";
import { forgetMarksFrom } from "./chain-marks.js";
import { selectCommitment } from "./commitment-tables.js";
import type { SqlRunner } from "./database.js";
import { putState, selectState } from "./state-tables.js";
import { StoreError } from "./store-error.js";

/** Outboxes, protocols and the DAL's tables are kept. */
const COLLECTED: readonly (readonly [table: string, column: string])[] = [
  ["l2_blocks", "level"],
  ["commitments", "inbox_level"],
  ["inboxes", "inbox_level"],
  ["messages", "inbox_level"],
  ["commitments_published_at_levels", "first_published_at_level"],
  ["l2_levels", "level"],
];

export async function deleteBelow(runner: SqlRunner, level: number): Promise<void> {
  for (const [table, column] of COLLECTED) await runner.run(`DELETE FROM ${table} WHERE ${column} < ?`, [level]);
}

/** Protocols are kept: they are those of layer 1. */
const RESET: readonly (readonly [table: string, condition: string])[] = [
  // Statuses know their level by the block only: they go before the blocks.
  ["dal_slots_statuses", "block_hash IN (SELECT block_hash FROM l2_blocks WHERE level > ?)"],
  ["dal_slots_headers", "published_level > ?"],
  ["inboxes", "inbox_level > ?"],
  ["messages", "inbox_level > ?"],
  ["commitments", "inbox_level > ?"],
  ["outbox_messages", "outbox_level > ?"],
  ["l2_blocks", "level > ?"],
  ["l2_levels", "level > ?"],
];

/** Makes the block of the chain at `level` the head. Raises StoreError; `path` is the database's. */
export async function deleteAbove(runner: SqlRunner, level: number, path: string): Promise<void> {
  const block = await selectBlockAt(runner, level);
  if (block === undefined) throw new StoreError("node.store.unknown_level", `No block found at level ${level}.`, path);
  const newest = block.commitmentHash ?? block.previousCommitmentHash;
  const commitment = await selectCommitment(runner, newest);
  if (commitment === undefined) {
    const reason = `the newest commitment of the block at level ${level} is not kept`;
    throw new StoreError("node.store.missing_commitment", reason, path);
  }
  const { finalizedLevel, lcc, lpc } = await selectState(runner);
  const head = { hash: block.hash, level };
  const point = { hash: newest, level: commitment.inboxLevel };
  await putState(runner, {
    head,
    ...(finalizedLevel !== undefined && finalizedLevel.level > level ? { finalizedLevel: head } : {}),
    ...(lcc !== undefined && lcc.level > level ? { lcc: point } : {}),
    ...(lpc !== undefined && lpc.level > level ? { lpc: point } : {}),
  });
  await forgetMarksFrom(runner, level + 1);
  for (const [table, condition] of RESET) await runner.run(`DELETE FROM ${table} WHERE ${condition}`, [level]);
}
