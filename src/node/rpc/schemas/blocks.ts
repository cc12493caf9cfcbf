// Schemas of what is said of blocks: headers, full blocks, inboxes, outboxes, statuses of commitments.

import {
  arrayOf,
  described,
  hex,
  int31,
  int32,
  level,
  nullable,
  object,
  oneOf,
  type Schema,
  titled,
} from "../schema.js";
import {
  BIG_NATURAL,
  BLOCK_HASH,
  COMMITMENT,
  COMMITMENT_HASH,
  CONTEXT_HASH,
  CONTRACT,
  INBOX_HASH,
  INT64,
  kindOf,
  MICHELSON,
  PARAMETERS,
  PARAMETERS_TYPE,
  PAYLOADS_HASH,
  PUBLIC_KEY_HASH,
  STATE_HASH,
  SYSTEM_TIME,
  TEXT,
} from "./shared.js";

export const INBOX: Schema = object({
  level: int32,
  old_levels_messages: object({
    index: BIG_NATURAL,
    content: object({ hash: PAYLOADS_HASH, level: int32 }),
    back_pointers: arrayOf(INBOX_HASH),
  }),
});

/** A message of an outbox as summaries give it, with fields before its own. */
function summaryCases(before: { readonly [field: string]: Schema }): Schema {
  const transaction = object({
    destination: TEXT,
    "entrypoint?": TEXT,
    "parameters?": PARAMETERS,
    "parameters_ty?": PARAMETERS_TYPE,
  });
  return oneOf(
    titled("whitelist_update", object({ ...before, whitelist_update: nullable(arrayOf(PUBLIC_KEY_HASH)) })),
    titled("transactions", object({ ...before, transactions: arrayOf(transaction) })),
    titled("canonical_rollup_signal", object({ ...before, canonical_rollup_signal: TEXT })),
  );
}

const headerFields = {
  block_hash: described("Tezos block hash.", BLOCK_HASH),
  level: described("Level of the block, corresponds to the level of the tezos block.", int32),
  predecessor: described("Predecessor hash of the Tezos block.", BLOCK_HASH),
  commitment_hash: described("Hash of this block's commitment if any was computed for it.", nullable(COMMITMENT_HASH)),
  previous_commitment_hash: described(
    "Previous commitment hash in the chain. If there is a commitment for this block, this field contains the " +
      "commitment that was previously computed.",
    COMMITMENT_HASH,
  ),
  "context?": described("Hash of the layer 2 context for this block.", CONTEXT_HASH),
  inbox_witness: described(
    "Witness for the inbox for this block, i.e. the Merkle hash of payloads of messages.",
    PAYLOADS_HASH,
  ),
  inbox_hash: described("Hash of the inbox for this block.", INBOX_HASH),
};

const contentFields = {
  inbox: described("Inbox for this block.", INBOX),
  messages: described("Messages added to the inbox in this block.", arrayOf(hex)),
  "commitment?": described("Commitment, if any is computed for this block.", COMMITMENT),
  "outbox?": described(
    "Outbox messages produced by PVM execution of inbox",
    arrayOf(summaryCases({ message_index: int31 })),
  ),
};

const tickFields = {
  initial_tick: described(
    "Initial tick of the PVM at this block, i.e. before evaluation of the messages.",
    BIG_NATURAL,
  ),
  num_ticks: described("Number of ticks produced by the evaluation of the messages in this block.", INT64),
  "state_hash?": described("Hash of the PVM state after evaluation of the messages in this block.", STATE_HASH),
  "pvm_status?": described("Status of the PVM after evaluation of the messages in this block.", TEXT),
};

export const BLOCK: Schema = object({ ...headerFields, ...tickFields });
export const FULL_BLOCK: Schema = object({ ...headerFields, ...contentFields, ...tickFields });

const targetFields = { destination: CONTRACT, "entrypoint?": TEXT };

/** Messages of an outbox as the protocol prints them. */
export const OUTPUTS: Schema = arrayOf(
  object({
    outbox_level: level,
    message_index: BIG_NATURAL,
    message: oneOf(
      titled(
        "Atomic_transaction_batch",
        object({ transactions: arrayOf(object({ parameters: MICHELSON, ...targetFields })), kind: kindOf("untyped") }),
      ),
      titled(
        "Atomic_transaction_batch_typed",
        object({
          transactions: arrayOf(object({ parameters: MICHELSON, parameters_ty: MICHELSON, ...targetFields })),
          kind: kindOf("typed"),
        }),
      ),
      titled("Whitelist_update", object({ "whitelist?": arrayOf(PUBLIC_KEY_HASH), kind: kindOf("whitelist_update") })),
      titled("Canonical_rollup_signal", object({ payload: TEXT, kind: kindOf("canonical_rollup_signal") })),
    ),
  }),
);

/** Messages that wait for their execution on layer 1. */
export function pendingOutbox(more: { readonly [field: string]: Schema }): Schema {
  const message = object({ message_index: int31, "message?": summaryCases({}) });
  return arrayOf(object({ outbox_level: int32, messages: arrayOf(message), ...more }));
}

const committedFields = {
  commitment_hash: described("Hash of following commitment.", COMMITMENT_HASH),
  commitment_level: described("Level of following commitment.", int32),
  first_published_level: described("Level at which commitment was first published.", int32),
  published_level: described(
    "Level at which commitment was published by operator (may be null if e.g. rollup node does not publish).",
    nullable(int32),
  ),
};
const cementationTime = described("Estimated time at which the commitment will be cemented.", SYSTEM_TIME);

export const COMMITTED_STATUS: Schema = oneOf(
  titled(
    "uncommitted",
    described(
      "L2 Block content is not yet committed on L1",
      object({
        uncommitted: object({
          commitment_level: described("Level at which the following commitment will be produced.", int32),
          estimated_commitment_time: described(
            "Estimated time at which the commitment will be published.",
            SYSTEM_TIME,
          ),
          estimated_cementation_time: cementationTime,
        }),
      }),
    ),
  ),
  titled(
    "committed",
    described(
      "L2 Block content is already committed on L1 but not yet cemented",
      object({ committed: object({ ...committedFields, estimated_cementation_time: cementationTime }) }),
    ),
  ),
  titled(
    "cemented",
    described(
      "L2 Block content is already cemented",
      object({
        cemented: object({
          ...committedFields,
          blocks_since_cemented: described("Number of blocks since commitment was cemented.", int32),
        }),
      }),
    ),
  ),
);
