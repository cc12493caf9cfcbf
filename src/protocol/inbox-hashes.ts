// The three hashes of the inbox (protocol.md §1, §2.4), all BLAKE2b-256: of a serialized message (srib3), of a cell of a
// level's payload list (srib2), of a cell of the list of levels (srib1).

import { blake2b256 } from "../crypto/blake2b.js";
import type { Form } from "../encoding/form.js";
import { base58Form } from "../encoding/form-leaves.js";
import type { Brand } from "./identifiers.js";

/** Hash of a serialized message: "srib3…". */
export type MessageHash = Brand<Uint8Array, "MessageHash">;
/** Hash of a cell of a level's payload list: "srib2…". That of the last cell of a level is the level's witness. */
export type PayloadCellHash = Brand<Uint8Array, "PayloadCellHash">;
/** Hash of a cell of the list of levels: "srib1…". That of the newest cell is the inbox hash. */
export type InboxHash = Brand<Uint8Array, "InboxHash">;

export const messageHashForm: Form<MessageHash> = base58Form<MessageHash>("inboxMessageHash");
export const payloadCellHashForm: Form<PayloadCellHash> = base58Form<PayloadCellHash>("inboxPayloadsHash");
export const inboxHashForm: Form<InboxHash> = base58Form<InboxHash>("inboxHash");

/** The hash of a serialized message. */
export function hashMessage(serialized: Uint8Array): MessageHash {
  return blake2b256(serialized) as MessageHash;
}
