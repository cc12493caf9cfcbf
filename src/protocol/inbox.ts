// The inbox of the chain, one for all rollups (protocol.md §2.3 to §2.5): a skip list of levels, of which layer 1 stores the
// newest cell. The cell of a level holds the level and its witness (payload-list.ts). Proofs are in inbox-proof.ts, the
// making of a level's messages in level-builder.ts.

import { blake2b256 } from "../crypto/blake2b.js";
import { ByteWriter } from "../encoding/binary.js";
import { type Form, type FormValue, objectForm, req, variant, variantsForm } from "../encoding/form.js";
import { levelForm } from "./identifiers.js";
import { type InboxHash, inboxHashForm, type PayloadCellHash, payloadCellHashForm } from "./inbox-hashes.js";
import { cellForm, genesisCell, nextCell, type SkipListCell } from "./skip-list.js";

const levelContentForm = objectForm("level content", {
  /** Witness: hash of the last payload cell of the level. */
  hash: req("hash", payloadCellHashForm),
  level: req("level", levelForm),
});

/** What a cell says of its level. */
export type LevelContent = FormValue<typeof levelContentForm>;

/** The cell of a level ("history proof"). Its index is the number of levels since the first inbox. */
export type LevelCell = SkipListCell<LevelContent, InboxHash>;

export const levelCellForm: Form<LevelCell> = cellForm(levelContentForm, inboxHashForm);

/** Finds a level's cell by its hash. */
export type LevelLookup = (hash: InboxHash) => LevelCell | undefined;

/** The hash of a cell: over witness, level in ASCII decimal, back pointers in order; not over the index. */
export function hashLevelCell(cell: LevelCell): InboxHash {
  const w = new ByteWriter(32 * (2 + cell.backPointers.length));
  w.raw(cell.content.hash);
  for (const digit of String(cell.content.level)) w.u8(digit.charCodeAt(0));
  for (const pointer of cell.backPointers) w.raw(pointer);
  return blake2b256(w.peek()) as InboxHash;
}

const inboxFields = {
  level: req("level", levelForm),
  /** Newest cell, that of `level` between blocks. */
  oldLevelsMessages: req("old_levels_messages", levelCellForm),
};

/** `smart_rollup.inbox` of octez-codec; answer of `…/all/inbox`. */
export const inboxForm = objectForm("inbox", inboxFields);

/** The inbox at the end of a block. */
export type Inbox = FormValue<typeof inboxForm>;

/** An inbox as the protocol stores it: version byte first. */
export const storedInboxForm = variantsForm("versioned inbox", "version", { v1: variant(0, {}, inboxFields) });

/** The inbox after the level in which rollups come to the chain. */
export function genesisInbox(level: number, witness: PayloadCellHash): Inbox {
  return { level, oldLevelsMessages: genesisCell({ hash: witness, level }) };
}

/** The inbox after one more level, whose witness is given. */
export function nextInbox(inbox: Inbox, witness: PayloadCellHash): Inbox {
  const level = inbox.level + 1;
  const previous = inbox.oldLevelsMessages;
  return { level, oldLevelsMessages: nextCell(previous, hashLevelCell(previous), { hash: witness, level }) };
}

/** The inbox hash ("srib1…"). */
export function hashInbox(inbox: Inbox): InboxHash {
  return hashLevelCell(inbox.oldLevelsMessages);
}

/** What a refutation game keeps of the inbox of its start, and inbox proofs are checked against. */
export function inboxSnapshot(inbox: Inbox): LevelCell {
  return inbox.oldLevelsMessages;
}
