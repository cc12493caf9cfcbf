// Schemas that have names in the description: hashes, numbers as text, Michelson values, operations of injectors (shared vectors,
// rpc/ushuaia-smart-rollup-node-openapi.json).

import {
  anything,
  arrayOf,
  described,
  hex,
  int31,
  int32,
  nullable,
  object,
  oneOf,
  oneOfTexts,
  ref,
  type Schema,
  titled,
  uint8,
} from "../schema.js";

export const TEXT = ref("unistring");
export const BIG_NUMBER = ref("bignum");
export const BIG_NATURAL = ref("positive_bignum");
export const INT64 = ref("int64");
export const BLOCK_HASH = ref("block_hash");
export const ROLLUP = ref("smart_rollup_address");
export const COMMITMENT_HASH = ref("smart_rollup_commitment_hash");
export const STATE_HASH = ref("smart_rollup_state_hash");
export const INBOX_HASH = ref("smart_rollup_inbox_hash");
export const CONTEXT_HASH = ref("Smart_rollup_context_hash");
export const PAYLOADS_HASH = ref("smart_rollup_merkelized_payload_hashes_hash");
export const OPERATION_HASH = ref("Operation_hash");
export const PUBLIC_KEY_HASH = ref("Signature.Public_key_hash");
export const INJECTOR_OPERATION_HASH = ref("injector_operation_hash");
export const CONTRACT = ref("contract_id.originated");
export const MESSAGE_ID = ref("sc_rollup_l2_message_id");
export const MESSAGE_CONTENT = ref("sc_l2_message");
export const MICHELSON = ref("micheline.michelson_v1.expression");
export const PARAMETERS = ref("micheline.outbox_transaction_parameters.expression");
export const PARAMETERS_TYPE = ref("micheline.outbox_transaction_parameters_type.expression");
export const L1_OPERATION = ref("sc_rollup_node_l1_operation");
export const ERROR = ref("error");
export const MUTEZ = ref("mutez");
export const NANOTEZ = ref("nanotez");
export const PROTOCOL_TIME = ref("timestamp.protocol");
export const SYSTEM_TIME = ref("timestamp.system");

export const kindOf = (name: string): Schema => oneOfTexts(name);

export const TAG: Schema = oneOfTexts(
  "add_messages",
  "publish",
  "refute",
  "recover",
  "timeout",
  "publish_dal_commitment",
  "cement",
  "execute_outbox_message",
);

export const COMMITMENT: Schema = object({
  compressed_state: STATE_HASH,
  inbox_level: int32,
  predecessor: COMMITMENT_HASH,
  number_of_ticks: INT64,
});

const ERROR_DESCRIPTION = "An error trace. The full list of errors is available with the global RPC `GET errors`";
export const ERROR_SCHEMA: Schema = described(ERROR_DESCRIPTION, anything);

/** A hash in base58check. */
function base58(title: string): Schema {
  return titled(`${title} (Base58Check-encoded)`, TEXT);
}

/** Michelson or Micheline; `primitive` is what primitives are called by. */
function micheline(self: Schema, primitive: Schema): Schema {
  return oneOf(
    titled("Int", object({ int: BIG_NUMBER })),
    titled("String", object({ string: TEXT })),
    titled("Bytes", object({ bytes: hex })),
    titled("Sequence", arrayOf(self)),
    titled(
      "Prim__generic",
      described(
        "Generic primitive (any number of args with or without annotations)",
        object({ prim: primitive, "args?": arrayOf(self), "annots?": arrayOf(TEXT) }),
      ),
    ),
  );
}

const refutation: Schema = oneOf(
  titled(
    "Start",
    object({
      refutation_kind: oneOfTexts("start"),
      player_commitment_hash: COMMITMENT_HASH,
      opponent_commitment_hash: COMMITMENT_HASH,
    }),
  ),
  titled(
    "Move",
    object({
      refutation_kind: oneOfTexts("move"),
      choice: BIG_NATURAL,
      step: oneOf(
        titled("Dissection", arrayOf(object({ "state?": STATE_HASH, tick: BIG_NATURAL }))),
        titled("Proof", hex),
      ),
    }),
  ),
);

/** The kinds of operations of injectors, and the fields of each beside "kind". */
const OPERATION_FIELDS: { readonly [kind: string]: { readonly [field: string]: Schema } } = {
  add_messages: { message: arrayOf(hex) },
  cement: { rollup: ROLLUP, commitment: COMMITMENT_HASH },
  publish: { rollup: ROLLUP, commitment: COMMITMENT },
  refute: { rollup: ROLLUP, opponent: PUBLIC_KEY_HASH, refutation },
  timeout: { rollup: ROLLUP, stakers: object({ alice: PUBLIC_KEY_HASH, bob: PUBLIC_KEY_HASH }) },
  recover: { rollup: ROLLUP, staker: PUBLIC_KEY_HASH },
  execute_outbox_message: { rollup: ROLLUP, cemented_commitment: COMMITMENT_HASH, proof: hex },
  publish_dal_commitment: { slot_index: uint8, commitment: ref("DAL_commitment"), commitment_proof: hex },
};

/** An operation of one of the kinds, with more fields at the end. */
export function operationSchema(more: { readonly [field: string]: Schema } = {}): Schema {
  const cases = Object.entries(OPERATION_FIELDS).map(([kind, fields]) =>
    titled(kind, object({ kind: kindOf(kind), ...fields, ...more })),
  );
  return oneOf(...cases);
}

export const QUEUED_OPERATION: Schema = operationSchema({ "errors?": object({ count: int31, "last?": ERROR }) });

/** Schemas by name. */
export const NAMED_SCHEMAS: { readonly [name: string]: Schema } = {
  unistring: {
    title: "Universal string representation",
    description: "Either a plain UTF8 string, or a sequence of bytes for strings that contain invalid byte sequences.",
    ...oneOf({ type: "string" }, object({ invalid_utf8_string: arrayOf(uint8) })),
  },
  bignum: { title: "Big number", description: "Decimal representation of a big number", type: "string" },
  positive_bignum: {
    title: "Positive big number",
    description: "Decimal representation of a positive big number",
    type: "string",
  },
  int64: { title: "64 bit integers", description: "Decimal representation of 64 bit integers", type: "string" },
  error: ERROR_SCHEMA,
  block_hash: base58("A block identifier"),
  smart_rollup_address: base58("A smart rollup address"),
  smart_rollup_commitment_hash: base58("The hash of a commitment of a smart rollup"),
  smart_rollup_state_hash: base58("The hash of the VM state of a smart rollup"),
  smart_rollup_inbox_hash: base58("The hash of an inbox of a smart rollup"),
  Smart_rollup_context_hash: base58("A base58-check encoded hash of a Smart rollup node context"),
  smart_rollup_merkelized_payload_hashes_hash: base58(
    "The hash of the Merkelized payload hashes of a smart rollup inbox",
  ),
  Operation_hash: base58("A Tezos operation ID"),
  "Signature.Public_key_hash": base58("A Ed25519, Secp256k1, P256, BLS or Mldsa44 public key hash"),
  injector_operation_hash: base58("An identifier (hash) for an operation in the injector"),
  "contract_id.originated": {
    title: "A contract handle -- originated account",
    description: "A contract notation as given to an RPC or inside scripts. Can be a base58 originated contract hash.",
    oneOf: [TEXT],
  },
  sc_rollup_l2_message_id: base58("A smart rollup layer 2 message identifier"),
  sc_l2_message: described("A hex encoded smart rollup message", hex),
  DAL_commitment: base58("Commitment representation for the DAL"),
  "micheline.michelson_v1.expression": micheline(MICHELSON, { type: "string" }),
  "micheline.outbox_transaction_parameters.expression": micheline(PARAMETERS, TEXT),
  "micheline.outbox_transaction_parameters_type.expression": micheline(PARAMETERS_TYPE, TEXT),
  sc_rollup_node_l1_operation: operationSchema(),
  mutez: {
    title: "A millionth of a tez",
    description: "One million mutez make a tez (1 tez = 1e6 mutez)",
    oneOf: [BIG_NATURAL],
  },
  nanotez: {
    title: "A thousandth of a mutez",
    description: "One thousand nanotez make a mutez (1 tez = 1e9 nanotez)",
    ...arrayOf(oneOf(BIG_NUMBER)),
  },
  exception: described("Exception", TEXT),
  "timestamp.protocol": described("A timestamp as seen by the protocol: second-level precision, epoch based.", TEXT),
  "timestamp.rfc": {
    title: "RFC 3339 formatted timestamp",
    description: "A date in RFC 3339 notation.",
    oneOf: [TEXT],
  },
  "timestamp.system": described(
    "A timestamp as seen by the underlying, local computer: subsecond-level precision, epoch or rfc3339 based.",
    oneOf(titled("RFC encoding", ref("timestamp.rfc")), titled("Second since epoch", INT64)),
  ),
  sc_rollup_node_mode: oneOf(
    titled("custom", object({ custom: arrayOf(TAG) })),
    ...["observer", "accuser", "bailout", "batcher", "maintenance", "operator"].map((mode) =>
      titled(mode, oneOfTexts(mode)),
    ),
  ),
  commit_every_block: described("Commit to disk every block", oneOfTexts("block")),
  commit_every_commitment: described("Commit to disk every time a commitment is computed", oneOfTexts("commitment")),
};

export const COMMITMENT_WITH_LEVELS: Schema = nullable(
  object({
    commitment: COMMITMENT,
    hash: COMMITMENT_HASH,
    "first_published_at_level?": int32,
    "published_at_level?": int32,
  }),
);
