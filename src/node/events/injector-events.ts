// Events of injectors (reference: injector_events.ml). Each names the keys that it injects with, and the kinds of operations.

import { type Declaration, declareIn, type EventField } from "./declaration.js";
import {
  block,
  boolean,
  described,
  integer,
  listField,
  numberedList,
  operationHash,
  optionalDescribed,
  real,
  text,
  wholeText,
} from "./fields.js";
import { requestStatus } from "./worker-events.js";

const declareBare = declareIn("smart_rollup_node", "injector");

const injector = { signers: listField(wholeText, "; "), tags: listField(wholeText, ", ") };

/** Adds whose event it is. */
function declare<const F extends Readonly<Record<string, EventField<unknown>>>>(declaration: Declaration<F>) {
  return declareBare({
    ...declaration,
    message: `[{signers}] ${declaration.message}`,
    fields: { ...injector, ...declaration.fields },
  });
}

const operations = numberedList(described);
const ids = listField(wholeText, ", ");

export const injectorEvents = {
  injectorMonitoringError: declareBare({
    name: "monitoring_error",
    level: "Warning",
    message: "[Warning] (ignored) in monitoring: {error}",
    fields: { error: described },
  }),
  injectorMetricsError: declareBare({
    name: "metrics_error",
    level: "Error",
    message: "[Error] Failed to complete metrics operation due to error {error}",
    fields: { error: text },
  }),
  injectorRequestFailed: declare({
    name: "request_failed",
    level: "Warning",
    message: "[Warning] Request {view} failed ({worker_status}): {errors}",
    fields: { view: described, worker_status: requestStatus, errors: described },
  }),
  injectorRequestCompleted: declare({
    name: "request_completed_debug",
    level: "Debug",
    message: "{view} {worker_status}",
    fields: { view: described, worker_status: requestStatus },
  }),
  injectorNewHead: declare({
    name: "new_tezos_head",
    level: "Debug",
    message: "Processing new Tezos head {head}",
    fields: { head: block },
  }),
  injectorCannotComputeReorg: declare({
    name: "cannot_compute_reorg",
    level: "Warning",
    message: "[Warning] Cannot compute reorg for new block {head}",
    fields: { head: block },
  }),
  injectorInjectingPending: declare({
    name: "injecting_pending",
    level: "Debug",
    message: "Injecting {count} pending operations",
    fields: { count: integer },
  }),
  injectorNumberOfOperationsInQueue: declare({
    name: "number_of_operations_in_queue",
    level: "Info",
    message: "Injector's queue: there is currently {number_of_operations} operations waiting to be injected",
    fields: { number_of_operations: integer },
  }),
  injectorConsideredOperations: declare({
    name: "considered_operations_info",
    level: "Debug",
    message: "Injector's queue: the following operations are being considered for injection {operations}",
    fields: { operations },
  }),
  injectorDroppedOperation: declare({
    name: "dropped_operation",
    level: "Info",
    message: "Dropping operation {operation} with error {error}",
    fields: { operation: described, error: optionalDescribed },
  }),
  injectorSimulatingOperations: declare({
    name: "simulating_operations",
    level: "Info",
    message: "Simulating operations (force = {force}): {operations}",
    fields: { operations, force: boolean },
  }),
  injectorSimulatingBatchLength: declare({
    name: "simulating_batch_length",
    level: "Info",
    message: "Simulating batch of {count} operations",
    fields: { count: integer },
  }),
  injectorBatchTooLargeSplitting: declare({
    name: "batch_too_large_splitting",
    level: "Warning",
    message:
      "Gas quota exceeded with {original_count} operations, splitting batch and retrying with {new_count} operations",
    fields: { original_count: integer, new_count: integer },
  }),
  injectorDiscardErrorOperation: declare({
    name: "discard_error_operation",
    level: "Error",
    message: "Discarding operation {operation} failing {count} times with {error}",
    fields: { operation: described, count: integer, error: optionalDescribed },
  }),
  injectorErrorSimulationOperation: declare({
    name: "error_simulation_operation",
    level: "Debug",
    message: "Simulation for {operation} failing {count} times with {error}",
    fields: { operation: described, count: integer, error: described },
  }),
  injectorInjected: declare({
    name: "injected",
    level: "Info",
    message: "Injected {nb} operations in {oph}",
    fields: { nb: integer, oph: operationHash },
  }),
  injectorInjectedOps: declare({
    name: "injected_ops",
    level: "Notice",
    message: "Injected operations in {oph}: {operations}",
    fields: { oph: operationHash, operations },
  }),
  injectorTotalInjectedOps: declare({
    name: "total_injected_ops",
    level: "Info",
    message: "Total {nb} operations injected in the last round",
    fields: { nb: integer },
  }),
  injectorAddPending: declare({
    name: "add_pending",
    level: "Info",
    message: "Add {operation} to pending",
    fields: { operation: described },
  }),
  injectorRetryOperation: declare({
    name: "retry_operation",
    level: "Debug",
    message: "Retry {operation}",
    fields: { operation: described },
  }),
  /** `operations`: ids. */
  injectorIncluded: declare({
    name: "included",
    level: "Info",
    message: "Included operations of {block} at level {level}: {operations}",
    fields: { block, level: integer, operations: ids },
  }),
  injectorRevertOperations: declare({
    name: "revert_operations",
    level: "Info",
    message: "Reverting operations: {operations}",
    fields: { operations: ids },
  }),
  injectorConfirmedLevel: declare({
    name: "confirmed_level",
    level: "Debug",
    message: "Confirmed Tezos level {level}",
    fields: { level: integer },
  }),
  injectorLoadedFromDisk: declare({
    name: "loaded_from_disk",
    level: "Debug",
    message: "Loaded {nb} elements in {kind} from disk",
    fields: { nb: integer, kind: text },
  }),
  injectorCorruptedOperationOnDisk: declare({
    name: "corrupted_operation_on_disk",
    level: "Info",
    message: "Ignoring unreadable file {file} on disk: {error}",
    fields: { file: wholeText, error: described },
  }),
  injectorInjectWait: declare({
    name: "inject_wait",
    level: "Debug",
    message: "Waiting {delay} seconds to trigger injection",
    fields: { delay: real },
  }),
  injectorNeverIncluded: declare({
    name: "never_included",
    level: "Warning",
    message: "[Warning] {operation} was never included in a block after {ttl} blocks",
    fields: { operation: described, ttl: integer },
  }),
};
