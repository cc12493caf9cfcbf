// Table `outbox_messages` (node.md §6.2): of each outbox level which indexes have messages, and which of them have been executed.

import type { SqlRow, SqlRunner } from "./database.js";
import type { OutboxLevel } from "./store.js";
import { bitSetToText, StoredRow } from "./values.js";

const MESSAGES = "outbox_messages.messages";
const EXECUTED = "outbox_messages.executed_messages";
const SELECT = "SELECT outbox_level, messages, executed_messages FROM outbox_messages";

/** Without messages a level is forgotten: after a reorganisation it may have lost them. What has been executed stays. */
export async function putOutbox(runner: SqlRunner, level: number, messages: readonly number[]): Promise<void> {
  if (messages.length === 0) {
    await runner.run("DELETE FROM outbox_messages WHERE outbox_level = ?", [level]);
    return;
  }
  const text = bitSetToText(messages, MESSAGES);
  await runner.run(
    `INSERT INTO outbox_messages (outbox_level, messages, executed_messages) VALUES (?1, ?2, 0)
       ON CONFLICT (outbox_level) DO UPDATE SET messages = ?2`,
    [level, text],
  );
}

/** Nothing happens when the level is not known. */
export async function markExecuted(runner: SqlRunner, level: number, index: number): Promise<void> {
  const known = await selectOutboxLevel(runner, level);
  if (known === undefined) return;
  const executed = bitSetToText([...known.executed, index], EXECUTED);
  await runner.run("UPDATE outbox_messages SET executed_messages = ? WHERE outbox_level = ?", [executed, level]);
}

/** Nothing happens when the level is not known. */
export async function unmarkExecuted(runner: SqlRunner, level: number, index: number): Promise<void> {
  const known = await selectOutboxLevel(runner, level);
  if (known === undefined) return;
  const executed = known.executed.filter((one) => one !== index);
  await runner.run("UPDATE outbox_messages SET executed_messages = ? WHERE outbox_level = ?", [
    bitSetToText(executed, EXECUTED),
    level,
  ]);
}

function outboxLevelOf(row: SqlRow): OutboxLevel {
  const stored = new StoredRow("outbox_messages", row);
  return {
    level: stored.integer("outbox_level"),
    messages: stored.bitSet("messages"),
    executed: stored.bitSet("executed_messages"),
  };
}

export async function selectOutboxLevel(runner: SqlRunner, level: number): Promise<OutboxLevel | undefined> {
  const row = await runner.get(`${SELECT} WHERE outbox_level = ?`, [level]);
  return row === undefined ? undefined : outboxLevelOf(row);
}

export async function selectPendingOutbox(
  runner: SqlRunner,
  from: number,
  to: number,
): Promise<readonly OutboxLevel[]> {
  const sql = `${SELECT} WHERE outbox_level BETWEEN ? AND ? AND messages <> executed_messages ORDER BY outbox_level`;
  const rows = await runner.all(sql, [from, to]);
  return rows.map(outboxLevelOf).filter(isPending);
}

function isPending({ messages, executed }: OutboxLevel): boolean {
  const done = new Set(executed);
  return messages.some((index) => !done.has(index));
}
