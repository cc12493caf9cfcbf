// Tables `inboxes` (by inbox hash) and `messages` (by the witness of their level): node.md §6.2.

import { encode } from "../../encoding/binary.js";
import { type Inbox, levelCellForm } from "../../protocol/inbox.js";
import type { InboxHash, PayloadCellHash } from "../../protocol/inbox-hashes.js";
import type { SqlRunner } from "./database.js";
import { base58, StoredRow } from "./values.js";

export async function insertInbox(runner: SqlRunner, hash: InboxHash, inbox: Inbox): Promise<void> {
  await runner.run("REPLACE INTO inboxes (hash, inbox_level, history_proof) VALUES (?, ?, ?)", [
    base58("inboxHash", hash),
    inbox.level,
    encode(levelCellForm, inbox.oldLevelsMessages),
  ]);
}

export async function selectInbox(runner: SqlRunner, hash: InboxHash): Promise<Inbox | undefined> {
  const sql = "SELECT inbox_level, history_proof FROM inboxes WHERE hash = ?";
  const row = await runner.get(sql, [base58("inboxHash", hash)]);
  if (row === undefined) return undefined;
  const stored = new StoredRow("inboxes", row);
  return { level: stored.integer("inbox_level"), oldLevelsMessages: stored.decoded("history_proof", levelCellForm) };
}

/** `blob`: from messagesToBlob, which takes its time: made before the transaction. */
export async function insertMessages(
  runner: SqlRunner,
  witness: PayloadCellHash,
  inboxLevel: number,
  blob: Uint8Array,
): Promise<void> {
  await runner.run("REPLACE INTO messages (payload_hashes_hash, inbox_level, message_list) VALUES (?, ?, ?)", [
    base58("inboxPayloadsHash", witness),
    inboxLevel,
    blob,
  ]);
}

/** The row of messages; its `message_list` is read with StoredRow.messages. */
export async function selectMessages(runner: SqlRunner, witness: PayloadCellHash): Promise<StoredRow | undefined> {
  const sql = "SELECT message_list FROM messages WHERE payload_hashes_hash = ?";
  const row = await runner.get(sql, [base58("inboxPayloadsHash", witness)]);
  return row === undefined ? undefined : new StoredRow("messages", row);
}
