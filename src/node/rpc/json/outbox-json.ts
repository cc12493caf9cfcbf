// Messages of outboxes: those of a state that are messages at all, and how summaries print them (reference: outbox_message.ml).

import { DecodeError } from "../../../encoding/errors.js";
import type { Json } from "../../../encoding/json.js";
import { michelineEquals, michelineForm, UNIT } from "../../../encoding/micheline.js";
import { DEFAULT_ENTRYPOINT } from "../../../protocol/entrypoint.js";
import {
  type OutboxMessage,
  type OutboxTransaction,
  outputForm,
  readOutboxMessage,
  type TypedOutboxTransaction,
} from "../../../protocol/outbox-message.js";

export interface IndexedMessage {
  readonly index: number;
  readonly message: OutboxMessage;
}

/** The messages among what a kernel has put into an outbox, in order: other bytes are passed over. */
export function readOutbox(entries: readonly Uint8Array[]): readonly IndexedMessage[] {
  const messages: IndexedMessage[] = [];
  for (const [index, bytes] of entries.entries()) {
    const message = readOutboxMessage(bytes);
    if (!(message instanceof DecodeError)) messages.push({ index, message });
  }
  return messages;
}

/** As the protocol prints them. */
export function outputsJson(outboxLevel: number, messages: readonly IndexedMessage[]): Json {
  return messages.map(({ index, message }) => outputForm.toJson({ outboxLevel, messageIndex: BigInt(index), message }));
}

/** Fields of a summary. What a transaction need not say is left out. */
export function outboxSummary(message: OutboxMessage): { readonly [name: string]: Json } {
  switch (message.kind) {
    case "untyped":
    case "typed":
      return { transactions: message.transactions.map(transactionSummary) };
    case "whitelistUpdate":
      return { whitelist_update: message.whitelist ?? null };
    case "canonicalRollupSignal":
      return { canonical_rollup_signal: message.payload };
  }
}

function transactionSummary(transaction: OutboxTransaction | TypedOutboxTransaction): Json {
  const { destination, entrypoint, parameters } = transaction;
  return {
    destination,
    ...(entrypoint === DEFAULT_ENTRYPOINT ? {} : { entrypoint }),
    ...(michelineEquals(parameters, UNIT) ? {} : { parameters: michelineForm.toJson(parameters) }),
    ...("parametersType" in transaction ? { parameters_ty: michelineForm.toJson(transaction.parametersType) } : {}),
  };
}
