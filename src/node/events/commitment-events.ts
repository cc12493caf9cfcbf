// Events of commitments, and of outboxes (reference: commitment_event.ml).

import { declareIn } from "./declaration.js";
import { described, integer, shortCommitment, text } from "./fields.js";
import { requestEvents } from "./worker-events.js";

const declare = declareIn("smart_rollup_node", "commitment");

const hashAndLevel = { hash: shortCommitment, level: integer };

const publisherRequests = requestEvents(["smart_rollup_node", "commitment", "publisher"], "request_completed", {
  level: "Warning",
  prefix: "[Warning] ",
});

export const commitmentEvents = {
  publisherStarting: declare({
    name: "smart_rollup_node_commitment_publisher_starting",
    level: "Info",
    message: "Starting commitment publisher for the smart rollup node",
    fields: {},
  }),
  publisherStopping: declare({
    name: "smart_rollup_node_commitment_publisher_stopping",
    level: "Info",
    message: "Stopping commitment publisher for the smart rollup node",
    fields: {},
  }),
  lccUpdated: declare({
    name: "smart_rollup_node_commitment_lcc_updated",
    level: "Debug",
    message: "Last cemented commitment was updated to hash {hash} at inbox level {level}",
    fields: hashAndLevel,
  }),
  lpcUpdated: declare({
    name: "smart_rollup_node_commitment_lpc_updated",
    level: "Debug",
    message: "Last published commitment was updated to hash {hash} at inbox level {level}",
    fields: hashAndLevel,
  }),
  computeCommitment: declare({
    name: "smart_rollup_node_commitment_compute",
    level: "Info",
    message: "Computing and storing new commitment for level {level}",
    fields: { level: integer },
  }),
  newCommitment: declare({
    name: "smart_rollup_node_new_commitment",
    level: "Notice",
    message: "New commitment {hash} for inbox level {level}",
    fields: hashAndLevel,
  }),
  publishCommitment: declare({
    name: "smart_rollup_node_commitment_publish_commitment",
    level: "Info",
    message: "Publishing commitment {hash} for inbox level {level}",
    fields: hashAndLevel,
  }),
  publishCommitmentDelayed: declare({
    name: "smart_rollup_node_commitment_publish_commitment_delayed",
    level: "Info",
    message:
      "Publication of commitment {hash} for inbox level {level} is delayed until cementation advances the last cemented " +
      "commitment, because it is beyond the maximum lookahead window allowed by the protocol",
    fields: hashAndLevel,
  }),
  recoverBond: declare({
    name: "smart_rollup_node_recover_bond",
    level: "Info",
    message: "Recover bond for {staker}",
    fields: { staker: text },
  }),
  publishExecuteWhitelistUpdate: declare({
    name: "smart_rollup_node_publish_execute_whitelist_update",
    level: "Info",
    message:
      "Publishing execute whitelist update for cemented commitment {hash}, outbox level {outbox_level} and index " +
      "{message_index}",
    fields: { hash: shortCommitment, outbox_level: integer, message_index: integer },
  }),
  /** `message`: its summary. */
  executeOutboxMessage: declare({
    name: "smart_rollup_node_execute_outbox_message",
    level: "Notice",
    message: "Executing outbox message {message_index} of level {outbox_level}: {message}",
    fields: { outbox_level: integer, message_index: integer, message: described },
  }),
  outboxMessageExecutionFailed: declare({
    name: "smart_rollup_node_outbox_message_execution_failed",
    level: "Warning",
    message: "Execution of outbox message {message_index} of level {outbox_level} ({message}) failed: {error}",
    fields: { outbox_level: integer, message_index: integer, message: described, error: described },
  }),
  outboxMessageMissing: declare({
    name: "smart_rollup_node_outbox_message_missing",
    level: "Error",
    message:
      "Outbox level {outbox_level} does not contain any message at index {message_index}. Please report this error.",
    fields: { outbox_level: integer, message_index: integer },
  }),
  publisherRequestFailed: publisherRequests.failed,
  publisherRequestCompleted: publisherRequests.completed,
};
