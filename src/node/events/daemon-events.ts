// Events of the main loop (reference: daemon_event.ml).

import { declareIn, type EventField } from "./declaration.js";
import {
  big,
  boolean,
  described,
  integer,
  json,
  optionalDescribed,
  protocol,
  shortBlock,
  span,
  text,
} from "./fields.js";

const declare = declareIn("smart_rollup_node", "daemon");
/** Octez gives no section to events of changes of protocol. */
const declareWithoutSection = declareIn();

const migration: EventField<boolean> = {
  json: boolean.json,
  text: (catchingUp) => (catchingUp ? "Catching up on migration" : "Migration"),
};

const levels = { number: integer, from: integer, to: integer };

export const daemonEvents = {
  daemonProcessHead: declare({
    name: "smart_rollup_node_daemon_process_head",
    level: "Notice",
    message: "Processing head {hash} at level {level}",
    fields: { hash: shortBlock, level: integer },
  }),
  daemonNewHeadProcessed: declare({
    name: "smart_rollup_node_daemon_new_head_processed",
    level: "Notice",
    message: "Processed head {hash} at level {level} in {process_time}",
    fields: { hash: shortBlock, level: integer, process_time: span },
  }),
  daemonNewHeadDegraded: declare({
    name: "smart_rollup_node_daemon_new_head_degraded",
    level: "Error",
    message: "[DEGRADED MODE] Seen head {hash} at level {level}",
    fields: { hash: shortBlock, level: integer },
  }),
  daemonReorg: declare({
    name: "smart_rollup_node_daemon_reorg",
    level: "Notice",
    message: "Reorg of {number} blocks from level {from} to level {to}",
    fields: levels,
  }),
  daemonL1Behind: declare({
    name: "smart_rollup_node_daemon_l1_behind",
    level: "Notice",
    message:
      "L1 node is on the same chain but behind at level {l1_level} (last processed level is {l2_level}), waiting for it " +
      "to catch up",
    fields: { l1_level: integer, l2_level: integer },
  }),
  daemonCatchUp: declare({
    name: "smart_rollup_node_daemon_catch_up",
    level: "Notice",
    message: "Catching up on {levels} blocks",
    fields: { levels: integer },
  }),
  daemonProcessingHeads: declare({
    name: "smart_rollup_node_daemon_processing_heads",
    level: "Debug",
    message:
      "A new iteration of process_heads has been triggered: processing {number} heads from level {from} to level {to}",
    fields: levels,
  }),
  daemonNewHeadsProcessed: declare({
    name: "smart_rollup_node_daemon_new_heads_processed",
    level: "Info",
    message: "Processed {number} heads for levels {from} to {to}",
    fields: levels,
  }),
  daemonLoopProcessFinished: declare({
    name: "smart_rollup_node_daemon_loop_process_finished",
    level: "Info",
    message: "Main loop processed {number} heads up to level {to}",
    fields: levels,
  }),
  daemonIncludedSuccessfulOperation: declare({
    name: "smart_rollup_node_daemon_included_successful_operation",
    level: "Debug",
    message: "Operation {operation} was included as successful",
    fields: { operation: described },
  }),
  /** `error`: a trace. */
  daemonIncludedFailedOperation: declare({
    name: "smart_rollup_node_daemon_included_failed_operation",
    level: "Warning",
    message: "[Warning]: Operation {operation} was included as {status} with error {error}",
    fields: { operation: described, status: text, error: optionalDescribed },
  }),
  daemonProtocolMigration: declareWithoutSection({
    name: "smart_rollup_node_daemon_protocol_migration",
    level: "Notice",
    message: "{catching_up} from {old_protocol} ({old_protocol_level}) to {new_protocol} ({new_protocol_level}) ",
    fields: {
      catching_up: migration,
      old_protocol: protocol,
      old_protocol_level: integer,
      new_protocol: protocol,
      new_protocol_level: integer,
    },
  }),
  daemonSwitchedProtocol: declareWithoutSection({
    name: "smart_rollup_node_daemon_switched_protocol",
    level: "Notice",
    message: "Switched to {protocol} ({proto_level}) with constants {constants} ",
    fields: { protocol, proto_level: integer, constants: json },
  }),
  /** `error`: a trace. */
  daemonError: declare({
    name: "smart_rollup_node_daemon_error",
    level: "Fatal",
    message: "[Fatal daemon error]: {error}",
    fields: { error: described },
  }),
  daemonDegradedMode: declare({
    name: "smart_rollup_node_daemon_degraded_mode",
    level: "Error",
    message:
      "[Daemon error]: entering degraded mode - only playing refutation game to defend commitments and publishing " +
      "pending commitments",
    fields: {},
  }),
  daemonRefutationLoopRetry: declare({
    name: "smart_rollup_node_daemon_refutation_loop_retry",
    level: "Warning",
    message: "[Refutation daemon error]: restarting refutation daemon in {delay}.",
    fields: { delay: span },
  }),
  daemonMainLoopRetry: declare({
    name: "smart_rollup_node_daemon_main_loop_retry",
    level: "Warning",
    message: "Restarting main rollup node loop in {delay}.",
    fields: { delay: span },
  }),
  daemonExitBailoutMode: declare({
    name: "smart_rollup_node_daemon_exit_bailout_mode",
    level: "Notice",
    message: "Exit bailout mode - stakes have been recovered, and the node is exiting safely now",
    fields: {},
  }),
  daemonCommitStrategy: declare({
    name: "smart_rollup_node_daemon_commit_strategy",
    level: "Notice",
    message: "Context commit strategy: {strategy}",
    fields: { strategy: text },
  }),
};

const declareProgress = declareIn("smart_rollup_node", "tickproof");

/** Ours. */
export const ownEvents = {
  /** How far the evaluation of a level is. */
  evaluationProgress: declareProgress({
    name: "tickproof_evaluation_progress",
    level: "Info",
    message: "Level {level}: {ticks} ticks, {ticks_per_second} ticks/s, {phase}",
    fields: { level: integer, ticks: big, ticks_per_second: integer, phase: text },
  }),
  unservedField: declareProgress({
    name: "tickproof_configuration_field_without_effect",
    level: "Warning",
    message: "[Warning]: The field {field} of the configuration has no effect: {reason}",
    fields: { field: text, reason: { json: (value: string) => value, text: (value: string) => value } },
  }),
};
