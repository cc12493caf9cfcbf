// The names of layer 2 messages (node.md §4.1): "scmsg…", the hash of a message's content and, for messages that are to be told apart
// from others with the same content, of a number.

import { blake2b256 } from "../../crypto/blake2b.js";
import { encodeBase58Check, isBase58Check } from "../../encoding/base58check.js";
import { encode } from "../../encoding/binary.js";
import { objectForm, opt, req } from "../../encoding/form.js";
import { bytesForm, zForm } from "../../encoding/form-leaves.js";

/** "scmsg…" */
export type MessageId = string;

const namedForm = objectForm("message name", { counter: opt("counter", zForm), content: req("content", bytesForm) });

export function messageId(content: Uint8Array, counter?: bigint): MessageId {
  const named = counter === undefined ? { content } : { counter, content };
  return encodeBase58Check("l2MessageId", blake2b256(encode(namedForm, named)));
}

export function isMessageId(text: string): boolean {
  return isBase58Check("l2MessageId", text);
}
