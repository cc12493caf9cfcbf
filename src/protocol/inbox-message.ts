// Inbox messages (protocol.md §2.1): what users and the protocol put into the inbox, typed. On the wire and in hashes a
// message is its serialized bytes; the frame of a level, as bytes, is in level-frame.ts. The split of a level's attested DAL
// slots over several messages is left out: no DAL runs here.

import { decode, encode } from "../encoding/binary.js";
import { codec, variableBytes } from "../encoding/codecs.js";
import { EncodeError } from "../encoding/errors.js";
import {
  type Form,
  type FormValue,
  formOf,
  listOf,
  mapped,
  req,
  shapesForm,
  sizeLimited,
  variant,
  variantsForm,
} from "../encoding/form.js";
import { bytesForm, hexForm, int31Form, uint16Form, zForm } from "../encoding/form-leaves.js";
import { atStep, expectArray, wrongType } from "../encoding/json.js";
import { michelineForm } from "../encoding/micheline.js";
import { ProtocolError } from "./errors.js";
import {
  blockHashForm,
  comparePublicKeyHashes,
  contractHashForm,
  levelForm,
  type PublicKeyHash,
  publicKeyHashForm,
  rollupAddressForm,
} from "./identifiers.js";
import { timestampForm } from "./timestamp.js";

/** Most bytes of a serialized message; an external payload has one less. */
export const MAX_MESSAGE_BYTES = 4096;

/** The slots attested for a publisher: bit i stands for slot i. */
export type PublisherSlots = readonly [publisher: PublicKeyHash, slots: bigint];

const publisherSlotsForm: Form<PublisherSlots> = formOf<PublisherSlots>(
  codec(
    "publisher and slots",
    "dynamic",
    (w, [publisher, slots]) => {
      publicKeyHashForm.write(w, publisher);
      zForm.write(w, slots);
    },
    (r) => [publicKeyHashForm.read(r), zForm.read(r)],
  ),
  ([publisher, slots]) => [publicKeyHashForm.toJson(publisher), zForm.toJson(slots)],
  (json) => {
    const pair = expectArray(json);
    if (pair.length !== 2) throw wrongType("a pair", json);
    return [atStep("[0]", () => publicKeyHashForm.fromJson(pair[0])), atStep("[1]", () => zForm.fromJson(pair[1]))];
  },
);

const kind = (name: string) => ({ internal_inbox_message_kind: name });

const internalMessageForm = variantsForm("internal inbox message", "kind", {
  /** A contract's call of a rollup. */
  transfer: variant(0, kind("transfer"), {
    payload: req("payload", michelineForm),
    sender: req("sender", contractHashForm),
    source: req("source", publicKeyHashForm),
    destination: req("destination", rollupAddressForm),
  }),
  start_of_level: variant(1, kind("start_of_level"), {}),
  end_of_level: variant(2, kind("end_of_level"), {}),
  info_per_level: variant(3, kind("info_per_level"), {
    predecessorTimestamp: req("predecessor_timestamp", timestampForm),
    predecessor: req("predecessor", blockHashForm),
  }),
  protocol_migration: variant(4, kind("protocol_migration"), {
    /** The protocol's name in ASCII ("alpha_current"). */
    protocol: req("protocol", bytesForm),
  }),
  dal_attested_slots: variant(5, kind("dal_attested_slots"), {
    publishedLevel: req("published_level", levelForm),
    numberOfSlots: req("number_of_slots", uint16Form),
    slotSize: req("slot_size", int31Form),
    pageSize: req("page_size", uint16Form),
    slotsByPublisher: req("slots_by_publisher", listOf(publisherSlotsForm)),
  }),
});

/** A message of the protocol. */
export type InternalMessage = FormValue<typeof internalMessageForm>;

/** A message of a user: any bytes. */
export interface ExternalMessage {
  readonly kind: "external";
  readonly payload: Uint8Array;
}

export type InboxMessage = InternalMessage | ExternalMessage;

/** Publishers once each (the last counts), in order, without slots that do not exist: what Octez makes of the map. */
function normalized(message: InternalMessage): InternalMessage {
  if (message.kind !== "dal_attested_slots") return message;
  const slots = new Map(message.slotsByPublisher);
  const slotsByPublisher = [...slots]
    .sort(([a], [b]) => comparePublicKeyHashes(a, b))
    .map(([publisher, bits]): PublisherSlots => [publisher, BigInt.asUintN(message.numberOfSlots, bits)]);
  return { ...message, slotsByPublisher };
}

const internalForm = mapped(internalMessageForm, normalized, normalized);

const externalForm: Form<ExternalMessage> = mapped(
  hexForm(variableBytes),
  (payload) => ({ kind: "external" as const, payload }),
  (message: ExternalMessage) => message.payload,
);

const unionForm = shapesForm<InboxMessage>("inbox message", [
  { tag: 0, form: internalForm as Form<InboxMessage>, is: (message) => message.kind !== "external" },
  { tag: 1, form: externalForm as Form<InboxMessage>, is: (message) => message.kind === "external" },
]);

/** `smart_rollup.inbox.message` of octez-codec. An external message is a bare string of hexadecimal in JSON. */
export const inboxMessageForm: Form<InboxMessage> = formOf<InboxMessage>(
  sizeLimited(MAX_MESSAGE_BYTES, unionForm),
  (message) => unionForm.toJson(message),
  (json) => (typeof json === "string" ? externalForm : internalForm).fromJson(json),
);

/** The serialized message. Raises the protocol's error for one of more than 4096 bytes, or that has no encoding. */
export function serializeInboxMessage(message: InboxMessage): Uint8Array {
  try {
    return encode(inboxMessageForm, message);
  } catch (error) {
    if (error instanceof EncodeError) throw new ProtocolError("smart_rollup_inbox_message_encoding", {});
    throw error;
  }
}

/** The message that bytes stand for. Raises DecodeError; a machine is fed the bytes all the same. */
export function deserializeInboxMessage(serialized: Uint8Array): InboxMessage {
  return decode(inboxMessageForm, serialized);
}

/** The serialized external message of a payload. Raises the protocol's error beyond 4095 bytes. */
export function serializeExternal(payload: Uint8Array): Uint8Array {
  return serializeInboxMessage({ kind: "external", payload });
}
