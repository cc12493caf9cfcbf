// Events of the machine at work (reference: interpreter_event.ml, inbox_event.ml). Left out: those of RISC-V and Etherlink, and of
// failures about the DAL.

import type { NodeEvent } from "../events.js";
import { declareIn, type EventValues } from "./declaration.js";
import { big, boolean, described, integer, shortBlock, stateHash, text, wholeText } from "./fields.js";

const declare = declareIn("smart_rollup_node", "interpreter");

export const interpreterEvents = {
  interpreterTransitionedPvm: declare({
    name: "smart_rollup_node_interpreter_transitioned_pvm",
    level: "Info",
    message:
      "Transitioned PVM at inbox level {inbox_level} to {state_hash} at tick {ticks} with {num_messages} messages",
    fields: { inbox_level: integer, state_hash: stateHash, ticks: big, num_messages: integer },
  }),
  interpreterIntendedFailure: declare({
    name: "smart_rollup_node_interpreter_intended_failure",
    level: "Notice",
    message:
      "Intended failure at level {level} for message indexed {message_index} and at the tick {message_tick} of message " +
      "processing (internal = {internal})",
    fields: { level: integer, message_index: integer, message_tick: big, internal: boolean },
  }),
  interpreterMissingPreImage: declare({
    name: "smart_rollup_node_interpreter_missing_pre_image",
    level: "Info",
    message: "The pre-image {hash} is missing locally",
    fields: { hash: wholeText },
  }),
  interpreterFetchedIncorrectPreImage: declare({
    name: "smart_rollup_node_interpreter_fetched_incorrect_pre_image",
    level: "Error",
    message: "Fetched pre-image for {content_hash} instead of {expected_hash} from pre-image-service",
    fields: { expected_hash: wholeText, content_hash: wholeText },
  }),
  interpreterPatchingGenesisPvmState: declare({
    name: "smart_rollup_node_interpreter_patching_genesis_pvm_state",
    level: "Warning",
    message: "Patching genesis PVM state: {patch}",
    fields: { patch: described },
  }),
  interpreterFastExecWasmTrap: declare({
    name: "smart_rollup_node_interpreter_fast_exec_wasm_trap",
    level: "Warning",
    message: "Fast execution returned the WASM trap {trap}",
    fields: { trap: wholeText },
  }),
  interpreterFastExecPanic: declare({
    name: "smart_rollup_node_interpreter_fast_exec_panic",
    level: "Error",
    message: "Fast execution panicked with {exception}",
    fields: { exception: wholeText },
  }),
  interpreterRefutationCacheHit: declare({
    name: "smart_rollup_node_interpreter_refutation_cache_hit",
    level: "Debug",
    message: "Refutation cache hit for tick {tick} ({source})",
    fields: { tick: big, source: wholeText },
  }),
  interpreterRefutationCacheMiss: declare({
    name: "smart_rollup_node_interpreter_refutation_cache_miss",
    level: "Debug",
    message: "Refutation cache miss for tick {tick}, computing",
    fields: { tick: big },
  }),
  interpreterRefutationRunToTick: declare({
    name: "smart_rollup_node_interpreter_refutation_run_to_tick",
    level: "Debug",
    message: "Refutation: running PVM from tick {start_tick} to {end_tick} ({distance} ticks)",
    fields: { start_tick: big, end_tick: big, distance: big },
  }),
  interpreterRefutationStartState: declare({
    name: "smart_rollup_node_interpreter_refutation_start_state",
    level: "Debug",
    message:
      "Refutation: fetching start state for level {level} (predecessor: {predecessor}, initial_tick: {initial_tick})",
    fields: { level: integer, predecessor: shortBlock, initial_tick: big },
  }),
  interpreterRefutationStateOfTick: declare({
    name: "smart_rollup_node_interpreter_refutation_state_of_tick",
    level: "Info",
    message: "Refutation: state_of_tick at level {level} for tick {tick}",
    fields: { level: integer, tick: big },
  }),
  /** Ours: how the evaluation of a level goes on that takes long. */
  evaluationProgress: declare({
    name: "tickproof_evaluation_progress",
    level: "Notice",
    message: "Evaluating level {level}: {ticks} ticks done, {ticks_per_second} ticks/s, phase {phase}",
    fields: { level: integer, ticks: big, ticks_per_second: integer, phase: text },
  }),
};

const layer1Messages = { hash: shortBlock, level: integer, number_of_messages: integer };

/** `protocolName`: "alpha", "025-PsUshuai": the first part of the section. */
function layer1GetMessages({
  protocolName,
  ...values
}: EventValues<typeof layer1Messages> & { readonly protocolName: string }): NodeEvent {
  return declareIn(
    protocolName,
    "smart_rollup_node",
    "inbox",
  )({
    name: "smart_rollup_node_layer_1_get_messages",
    level: "Notice",
    message: "Fetched {number_of_messages} messages from block {hash} at level {level}",
    fields: layer1Messages,
  })(values);
}

export const inboxEvents = { layer1GetMessages };

/** What a loser mode about the DAL decides. */
export const loserModeEvents = {
  loserModeDalDecision: declareIn(
    "smart_rollup_node",
    "loser_mode",
  )({
    name: "loser_mode_dal_decision",
    level: "Notice",
    message:
      "loser_mode {decision} at inbox level {inbox_level} for page {page_index} of slot {slot_index} published at level " +
      "{published_level}",
    fields: {
      inbox_level: integer,
      published_level: integer,
      slot_index: integer,
      page_index: integer,
      decision: text,
    },
  }),
};
