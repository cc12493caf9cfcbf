// Outbox messages (protocol.md §5.1): what a rollup may ask of layer 1. A machine puts any bytes into its outbox; only those
// that are the encoding of a message, exactly, can ever be executed. The typed variant carries the parameters' types.

import { decode, encode } from "../encoding/binary.js";
import { DecodeError, EncodeError } from "../encoding/errors.js";
import {
  dft,
  type Form,
  type FormValue,
  formOf,
  listOf,
  objectForm,
  opt,
  req,
  sizeLimited,
  variant,
  variantsForm,
} from "../encoding/form.js";
import { natForm, textForm } from "../encoding/form-leaves.js";
import type { Json } from "../encoding/json.js";
import { michelineForm } from "../encoding/micheline.js";
import { DEFAULT_ENTRYPOINT, entrypointForm } from "./entrypoint.js";
import { ProtocolError } from "./errors.js";
import { levelForm, originatedContractForm } from "./identifiers.js";
import { MAX_MESSAGE_BYTES } from "./inbox-message.js";
import { whitelistForm } from "./whitelist.js";

const parameters = req("parameters", michelineForm);
const target = {
  destination: req("destination", originatedContractForm),
  entrypoint: dft("entrypoint", entrypointForm, DEFAULT_ENTRYPOINT),
};

/** A call of a contract. */
const transactionForm = objectForm("outbox transaction", { parameters, ...target });

const typedTransactionForm = objectForm("typed outbox transaction", {
  parameters,
  parametersType: req("parameters_ty", michelineForm),
  ...target,
});

export type OutboxTransaction = FormValue<typeof transactionForm>;
export type TypedOutboxTransaction = FormValue<typeof typedTransactionForm>;

const messageForm = sizeLimited(
  MAX_MESSAGE_BYTES,
  variantsForm("outbox message", "kind", {
    /** Calls that are all made or none. */
    untyped: variant(0, { kind: "untyped" }, { transactions: req("transactions", listOf(transactionForm)) }),
    typed: variant(1, { kind: "typed" }, { transactions: req("transactions", listOf(typedTransactionForm)) }),
    /** A new whitelist of a private rollup; none makes it public. */
    whitelistUpdate: variant(2, { kind: "whitelist_update" }, { whitelist: opt("whitelist", whitelistForm) }),
    /** A name that the canonical rollup records in the protocol. */
    canonicalRollupSignal: variant(3, { kind: "canonical_rollup_signal" }, { payload: req("payload", textForm) }),
  }),
);

export type OutboxMessage = FormValue<typeof messageForm>;

/** Octez prints "kind" last. */
function kindLast(json: Json): Json {
  const { kind, ...fields } = json as { readonly [name: string]: Json };
  return kind === undefined ? json : { ...fields, kind };
}

/** `smart_rollup.outbox.message` of octez-codec. */
export const outboxMessageForm: Form<OutboxMessage> = formOf<OutboxMessage>(
  messageForm,
  (message) => kindLast(messageForm.toJson(message)),
  (json) => messageForm.fromJson(json),
);

/** The bytes of a message. Raises the protocol's error for one of more than 4096 bytes, or that has no encoding. */
export function serializeOutboxMessage(message: OutboxMessage): Uint8Array {
  try {
    return encode(outboxMessageForm, message);
  } catch (error) {
    if (!(error instanceof EncodeError)) throw error;
    throw new ProtocolError("smart_rollup_outbox_message_repr.error_encoding_outbox_message", {});
  }
}

/** The message that bytes of an outbox stand for, or why they stand for none: such bytes stay where they are for ever. */
export function readOutboxMessage(bytes: Uint8Array): OutboxMessage | DecodeError {
  try {
    return decode(outboxMessageForm, bytes);
  } catch (error) {
    if (error instanceof DecodeError) return error;
    throw error;
  }
}

/** A message and its place in the outbox. `smart_rollup.output` of octez-codec. */
export const outputForm = objectForm("output", {
  outboxLevel: req("outbox_level", levelForm),
  messageIndex: req("message_index", natForm),
  message: req("message", outboxMessageForm),
});

export type Output = FormValue<typeof outputForm>;
