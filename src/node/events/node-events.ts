// Events of the node as a whole (reference: event.ml, purpose.ml).

import type { Purpose } from "../config/modes.js";
import { declareIn } from "./declaration.js";
import { block, integer, listField, protocol, text, wholeText } from "./fields.js";

const declare = declareIn("smart_rollup_node");

const purposes = listField<Purpose>(wholeText, ", ");

export const nodeEvents = {
  startingNode: declare({
    name: "starting_smart_rollup_node",
    level: "Notice",
    message: "Starting the smart rollup node",
    fields: {},
  }),
  stoppingNode: declare({
    name: "stopping_smart_rollup_node",
    level: "Notice",
    message: "Stopping the smart rollup node",
    fields: { exit_status: integer },
  }),
  nodeIsReady: declare({
    name: "smart_rollup_node_is_ready",
    level: "Notice",
    message: "The smart rollup node is listening to {addr}:{port}",
    fields: { addr: text, port: integer },
  }),
  nodeKnowsItsRollup: declare({
    name: "smart_rollup_node_knows_its_rollup",
    level: "Info",
    message: "The smart rollup node is interacting with rollup {addr} of kind {kind}",
    fields: { addr: text, kind: text },
  }),
  startingMetricsServer: declare({
    name: "starting_metrics_server",
    level: "Notice",
    message: "Starting metrics server on {host}:{port}",
    fields: { host: text, port: integer },
  }),
  metricsEnded: declare({
    name: "metrics_ended",
    level: "Error",
    message: "[Error]: Metrics server ended with error {stacktrace}",
    fields: { stacktrace: text },
  }),
  metricsError: declare({
    name: "metrics_error",
    level: "Error",
    message: "[Error]: Failed to complete metrics operation due to error {error}",
    fields: { error: text },
  }),
  kernelDebug: declare({ name: "kernel_debug", level: "Info", message: "{log}", fields: { log: wholeText } }),
  simulationKernelDebug: declare({
    name: "simulation_kernel_debug",
    level: "Info",
    message: "[simulation] {log}",
    fields: { log: wholeText },
  }),
  refutationKernelDebug: declare({
    name: "refutation_kernel_debug",
    level: "Info",
    message: "[refutation] {log}",
    fields: { log: wholeText },
  }),
  dalEnabledNoNode: declare({
    name: "dal_enabled_no_node",
    level: "Warning",
    message: "[Warning]: DAL is enabled in the protocol but no DAL node was provided for the rollup node",
    fields: {},
  }),
  waitingFirstBlock: declare({
    name: "smart_rollup_node_waiting_first_block",
    level: "Info",
    message: "Waiting for first block of protocol {protocol} to appear",
    fields: { protocol },
  }),
  receivedFirstBlock: declare({
    name: "smart_rollup_node_received_first_block",
    level: "Info",
    message: "First block of protocol {protocol} received: {block}",
    fields: { block, protocol },
  }),
  detectedProtocolMigration: declare({
    name: "detected_protocol_migration",
    level: "Notice",
    message: "Detected protocol migration, the rollup node will now stop",
    fields: {},
  }),
  acquiringLock: declare({
    name: "acquiring_lock",
    level: "Info",
    message: "Acquiring lock on data directory.",
    fields: {},
  }),
  callingGc: declare({
    name: "calling_gc",
    level: "Info",
    message: "Garbage collection started for level {gc_level} at head level {head_level}",
    fields: { gc_level: integer, head_level: integer },
  }),
  gcLevelsStorageFailure: declare({
    name: "gc_levels_storage_failure",
    level: "Warning",
    message: "[Warning] An attempt to write GC level information to disk failed",
    fields: {},
  }),
  gcFinished: declare({
    name: "gc_finished",
    level: "Info",
    message: "Garbage collection finished for level {gc_level} at head level {head_level}",
    fields: { gc_level: integer, head_level: integer },
  }),
  convertHistoryMode: declare({
    name: "convert_history_mode",
    level: "Notice",
    message: "Converting the {old_history_mode} rollup node into a {new_history_mode} rollup node",
    fields: { old_history_mode: text, new_history_mode: text },
  }),
};

export const configurationEvents = {
  unusedOperators: declareIn(
    "smart_rollup_node",
    "configuration",
  )({
    name: "smart_rollup_node_config_unused_operators",
    level: "Warning",
    message: "[Warning]: Unused operators for {extra_purposes}.",
    fields: { extra_purposes: purposes },
  }),
};
