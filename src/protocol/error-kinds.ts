// The protocol's errors: id, category and fields of each that a rollup's life can meet (protocol.md §3 to §5, §7.4; field names
// from the reference's `register_error_kind` calls). The type checker's own errors are in michelson-error-kinds.ts. Left out:
// consensus, voting, staking, zk rollups.

import { bytes } from "../encoding/codecs.js";
import { type Fields, listOf, nullable, objectForm, opt, req } from "../encoding/form.js";
import { hexForm, int31Form, int32Form, natForm, textForm, zForm } from "../encoding/form-leaves.js";
import { michelineForm } from "../encoding/micheline.js";
import {
  commitmentHashForm,
  contractForm,
  destinationForm,
  levelForm,
  operationHashForm,
  publicKeyForm,
  publicKeyHashForm,
  rollupAddressForm,
  stateHashForm,
} from "./identifiers.js";
import { MICHELSON_ERRORS } from "./michelson-error-kinds.js";
import { mutezForm } from "./quantities.js";
import { lastWhitelistUpdateForm } from "./whitelist.js";

/**
 * Whether the operation may be tried again: "permanent" never; "temporary" later; "branch" on another branch.
 */
export type ErrorCategory = "permanent" | "temporary" | "branch";

/** What is known of a kind of error. */
export interface ErrorKind<F extends Fields> {
  readonly category: ErrorCategory;
  readonly fields: F;
}

const permanent = <F extends Fields>(fields: F): ErrorKind<F> => ({ category: "permanent", fields });
const temporary = <F extends Fields>(fields: F): ErrorKind<F> => ({ category: "temporary", fields });
const branch = <F extends Fields>(fields: F): ErrorKind<F> => ({ category: "branch", fields });

const optionalState = nullable(stateHashForm);
const staker = req("staker", publicKeyHashForm);
const contract = req("contract", contractForm);
const location = req("location", int31Form);
const counters = { contract, expected: req("expected", zForm), found: req("found", zForm) };
const proofMismatch = {
  stopStateHash: req("stop_state_hash", optionalState),
  stopProof: req("stop_proof", optionalState),
};
const operationConflict = objectForm("operation conflict", {
  existing: req("existing", operationHashForm),
  newOperation: req("new_operation", operationHashForm),
});
/** One of the four shapes of the reference's storage errors. */
const storageError = {
  incompatibleProtocolVersion: opt("incompatible_protocol_version", textForm),
  missingKey: opt("missing_key", listOf(textForm)),
  function: opt("function", textForm),
  existingKey: opt("existing_key", listOf(textForm)),
  corruptedData: opt("corrupted_data", listOf(textForm)),
};

/** Publishing, cementing, bonds, and the rollup itself. */
const COMMITMENT_ERRORS = {
  smart_rollup_does_not_exist: temporary({ rollup: req("rollup", rollupAddressForm) }),
  smart_rollup_staker_not_in_whitelist: temporary({}),
  smart_rollup_zero_tick_commitment: permanent({}),
  smart_rollup_staker_funds_too_low: temporary({
    staker,
    smartRollup: req("smart_rollup", rollupAddressForm),
    stakerBalance: req("staker_balance", mutezForm),
    minExpectedBalance: req("min_expected_balance", mutezForm),
  }),
  smart_rollup_commitment_too_old: permanent({
    lastCementedInboxLevel: req("last_cemented_inbox_level", levelForm),
    commitmentInboxLevel: req("commitment_inbox_level", levelForm),
  }),
  smart_rollup_too_far_ahead: temporary({}),
  smart_rollup_unknown_commitment: temporary({ commitment: req("commitment", commitmentHashForm) }),
  smart_rollup_bad_inbox_level: temporary({
    expected: req("expected", levelForm),
    provided: req("provided", levelForm),
  }),
  smart_rollup_commitment_past_curfew: permanent({}),
  smart_rollup_commitment_from_future: temporary({
    currentLevel: req("current_level", levelForm),
    inboxLevel: req("inbox_level", levelForm),
  }),
  smart_rollup_double_publish: permanent({ commitmentHash: req("commitment_hash", commitmentHashForm) }),
  smart_rollup_staker_double_stake: temporary({}),
  smart_rollup_bad_commitment_serialization: temporary({}),
  smart_rollup_no_valid_commitment_to_cement: temporary({}),
  smart_rollup_no_commitment_to_cement: permanent({ inboxLevel: req("inbox_level", levelForm) }),
  smart_rollup_commitment_disputed: temporary({}),
  smart_rollup_commitment_too_recent: temporary({
    currentLevel: req("current_level", levelForm),
    minLevel: req("min_level", levelForm),
  }),
  smart_rollup_parent_not_lcc: temporary({}),
  smart_rollup_remove_lcc_or_ancestor: temporary({}),
  smart_rollup_no_stakers: temporary({}),
  smart_rollup_not_staked: temporary({}),
  smart_rollup_not_staked_on_lcc_or_ancestor: temporary({}),
  smart_rollup_address_generation: permanent({}),
  smart_rollup_invalid_parameters_type: permanent({}),
} as const;

/** Messages to the inbox. */
const INBOX_ERRORS = {
  smart_rollup_add_zero_messages: permanent({}),
  "internal.smart_rollup_add_zero_messages": permanent({}),
  smart_rollup_inbox_message_encoding: permanent({}),
  smart_rollup_inbox_message_decoding: permanent({}),
  smart_rollup_inbox_level_reached_message_limit: permanent({}),
  smart_rollup_max_number_of_messages_reached_for_commitment_period: temporary({}),
  "internal.smart_rollup_inbox_proof_error": permanent({ error: req("error", textForm) }),
  "internal.smart_rollup_merklized_payload_hashes_proof": permanent({ error: req("error", textForm) }),
} as const;

/** Refutation games. */
const GAME_ERRORS = {
  smart_rollup_no_conflict: temporary({}),
  smart_rollup_not_valid_commitments_conflict: permanent({
    commitment: req("commitment", commitmentHashForm),
    player: req("player", publicKeyHashForm),
    opponentCommitment: req("opponent_commitment", commitmentHashForm),
    opponent: req("opponent", publicKeyHashForm),
  }),
  smart_rollup_wrong_staker_for_conflict_commitment: permanent({
    player: req("player", publicKeyHashForm),
    commitment: req("commitment", commitmentHashForm),
  }),
  "validate.operation.sc_rollup_refutation_game_start_too_early": temporary({
    currentLevel: req("current_level", levelForm),
    earliestStartLevel: req("earliest_start_level", levelForm),
    conflictInboxLevel: req("conflict_inbox_level", levelForm),
    commitmentPeriodInBlocks: req("commitment_period_in_blocks", int31Form),
  }),
  smart_rollup_game_already_started: temporary({}),
  smart_rollup_maximal_number_of_parallel_games_reached: temporary({ staker }),
  smart_rollup_staker_in_game: temporary({
    refuter: opt("refuter", publicKeyHashForm),
    defender: opt("defender", publicKeyHashForm),
  }),
  smart_rollup_no_game: temporary({}),
  smart_rollup_wrong_turn: temporary({}),
  /** `blocksLeft` is signed: negative when the level has passed. */
  smart_rollup_timeout_level_not_reached: temporary({ blocksLeft: req("level_timeout", int32Form), staker }),
  Dissection_choice_not_found: temporary({ choice: req("choice", natForm) }),
  Dissecting_during_final_move: temporary({}),
  Dissection_unexpected_section_size: permanent({ n: req("n", natForm) }),
  Proof_start_state_hash_mismatch: temporary({
    startStateHash: req("start_state_hash", optionalState),
    startProof: req("start_proof", stateHashForm),
  }),
  Proof_stop_state_hash_failed_to_refute: temporary(proofMismatch),
  Proof_stop_state_hash_failed_to_validate: temporary(proofMismatch),
  smart_rollup_proof_check: permanent({ reason: req("reason", textForm) }),
  smart_rollup_invalid_serialized_inbox_proof: permanent({}),
  smart_rollup_dissection_number_of_sections_mismatch: temporary({
    expected: req("expected", natForm),
    given: req("given", natForm),
  }),
  smart_rollup_dissection_invalid_number_of_sections: permanent({ value: req("value", natForm) }),
  smart_rollup_dissection_start_hash_mismatch: temporary({
    expected: req("expected", optionalState),
    given: req("given", optionalState),
  }),
  smart_rollup_dissection_stop_hash_mismatch: temporary({ hash: req("hash", optionalState) }),
  smart_rollup_dissection_edge_ticks_mismatch: temporary({
    dissectionStartTick: req("dissection_start_tick", natForm),
    dissectionStopTick: req("dissection_stop_tick", natForm),
    chunkStartTick: req("chunk_start_tick", natForm),
    chunkStopTick: req("chunk_stop_tick", natForm),
  }),
  smart_rollup_dissection_ticks_not_increasing: permanent({}),
  smart_rollup_dissection_invalid_distribution: permanent({ sectionMaxSize: req("section_max_size", natForm) }),
  smart_rollup_dissection_invalid_successive_states_shape: permanent({}),
  smart_rollup_wasm_invalid_dissection_distribution: permanent({}),
  smart_rollup_wasm_proof_production_failed: permanent({}),
  smart_rollup_wasm_proof_verification_failed: permanent({}),
} as const;

/** Outbox messages and private rollups. */
const OUTBOX_ERRORS = {
  smart_rollup_invalid_last_cemented_commitment: permanent({}),
  smart_rollup_invalid_output_proof: permanent({}),
  smart_rollup_invalid_outbox_level: permanent({}),
  smart_rollup_invalid_outbox_message_index: temporary({}),
  smart_rollup_outbox_level_expired: temporary({}),
  smart_rollup_outbox_message_already_applied: temporary({}),
  smart_rollup_management_protocol_invalid_destination: permanent({}),
  "smart_rollup_outbox_message_repr.error_encoding_outbox_message": permanent({}),
  "smart_rollup_outbox_message_repr.error_decoding_outbox_message": permanent({}),
  smart_rollup_wasm_output_proof_production_failed: permanent({}),
  smart_rollup_wasm_output_proof_verification_failed: permanent({}),
  smart_rollup_wasm_invalid_claim_about_outbox: permanent({}),
  /** Index or level given, whichever is the reason. */
  smart_rollup_outdated_whitelist_update: permanent({
    messageIndex: opt("message_index", natForm),
    outboxLevel: opt("outbox_level", levelForm),
    lastWhitelistUpdate: req("last_whitelist_update", lastWhitelistUpdateForm),
  }),
  smart_rollup_empty_whitelist: permanent({}),
  smart_rollup_whitelist_disabled: permanent({}),
  smart_rollup_duplicated_key_in_whitelist: temporary({}),
  smart_rollup_rollup_is_public: permanent({}),
} as const;

/** Manager operations: who, how much, in what order. */
const MANAGER_ERRORS = {
  "validate.operation.manager_restriction": temporary({
    source: req("source", publicKeyHashForm),
    conflict: req("conflict", operationConflict),
  }),
  "validate.operation.inconsistent_sources": permanent({
    firstSource: req("first_source", publicKeyHashForm),
    unexpectedSource: req("unexpected_source", publicKeyHashForm),
  }),
  "validate.operation.inconsistent_counters": permanent({
    source: req("source", publicKeyHashForm),
    previousCounter: req("previous_counter", zForm),
    wrongCounter: req("wrong_counter", zForm),
  }),
  "validate.operation.incorrect_reveal_position": permanent({}),
  "validate.operation.insufficient_gas_for_manager": permanent({}),
  "validate.operation.gas_quota_exceeded_init_deserialize": permanent({}),
  "validate.operation.failing_noop_error": permanent({}),
  "operation.arith_pvm_disabled": permanent({}),
  "operation.riscv_pvm_disabled": permanent({}),
  "operation.invalid_signature": permanent({}),
  "operation.missing_signature": permanent({}),
  "operation.contents_list_error": permanent({ message: req("message", hexForm(bytes)) }),
  "operation.error_while_taking_fees": permanent({}),
  "operations.invalid_transfer_to_smart_rollup_from_implicit_account": permanent({}),
  "operations.invalid_sender": permanent({ contract: req("contract", destinationForm) }),
  "operations.invalid_nonzero_transaction_amount": permanent({ amount: req("amount", mutezForm) }),
  internal_operation_replay: permanent({}),
  too_many_internal_operations: permanent({}),
  invalid_binary_format: permanent({}),
  gas_limit_too_high: permanent({}),
  storage_limit_too_high: permanent({}),
  "gas_exhausted.operation": temporary({}),
  "gas_exhausted.block": temporary({}),
  "storage_exhausted.operation": temporary({}),
  "contract.counter_in_the_past": branch(counters),
  "contract.counter_in_the_future": temporary(counters),
  "contract.balance_too_low": temporary({
    contract,
    balance: req("balance", mutezForm),
    amount: req("amount", mutezForm),
  }),
  "contract.cannot_pay_storage_fee": temporary({}),
  "contract.non_existing_contract": temporary({ contract }),
  "contract.empty_transaction": branch({ contract }),
  "contract.non_empty_transaction_from_source": branch({ source: req("source", destinationForm) }),
  "contract.unrevealed_key": branch({ contract }),
  "contract.previously_revealed_key": branch({ contract }),
  "contract.missing_manager_contract": branch({ contract }),
  "contract.invalid_contract_notation": permanent({ notation: req("notation", textForm) }),
  "contract.manager.inconsistent_hash": permanent({
    publicKey: req("public_key", publicKeyForm),
    expectedHash: req("expected_hash", publicKeyHashForm),
    providedHash: req("provided_hash", publicKeyHashForm),
  }),
  "contract.manager.inconsistent_public_key": permanent({
    publicKey: req("public_key", publicKeyForm),
    expectedPublicKey: req("expected_public_key", publicKeyForm),
  }),
  "implicit.empty_implicit_contract": branch({ implicit: req("implicit", publicKeyHashForm) }),
  "implicit.empty_implicit_delegated_contract": branch({ implicit: req("implicit", publicKeyHashForm) }),
  "contract.negative_storage_input": temporary({}),
  "contract.manager.unregistered_delegate": permanent({ hash: req("hash", publicKeyHashForm) }),
  "delegate.no_deletion": permanent({ delegate: req("delegate", publicKeyHashForm) }),
  "delegate.already_active": temporary({}),
  "delegate.unchanged": temporary({}),
  "tez.subtraction_underflow": temporary({ amounts: req("amounts", listOf(mutezForm)) }),
  "tez.addition_overflow": temporary({ amounts: req("amounts", listOf(mutezForm)) }),
  "tez.multiplication_overflow": temporary({
    amount: req("amount", mutezForm),
    multiplicator: req("multiplicator", zForm),
  }),
  /** What reading an unknown staker's index meets. */
  "context.storage_error": permanent(storageError),
} as const;

/** What scripts run into, as far as callers of contracts see it. */
const SCRIPT_ERRORS = {
  "michelson_v1.script_rejected": temporary({ location, with: req("with", michelineForm) }),
  "michelson_v1.script_overflow": temporary({ location }),
  "michelson_v1.runtime_error": temporary({
    contractHandle: req("contract_handle", contractForm),
    contractCode: req("contract_code", textForm),
  }),
  "michelson_v1.bad_contract_parameter": permanent({ contract }),
  "michelson_v1.no_such_entrypoint": permanent({ entrypoint: req("entrypoint", textForm) }),
  "michelson_v1.entrypoint_name_too_long": permanent({ name: req("name", textForm) }),
  "michelson_v1.invalid_constant": permanent({
    location,
    expectedType: req("expected_type", michelineForm),
    wrongExpression: req("wrong_expression", michelineForm),
  }),
  "michelson_v1.invalid_contract": permanent({ location, contract }),
  "michelson_v1.ill_typed_data": permanent({
    identifier: opt("identifier", textForm),
    expectedType: req("expected_type", michelineForm),
    illTypedExpression: req("ill_typed_expression", michelineForm),
  }),
  "michelson_v1.ill_formed_type": permanent({
    identifier: opt("identifier", textForm),
    illFormedExpression: req("ill_formed_expression", michelineForm),
    location,
  }),
  "michelson_v1.cannot_serialize_failure": temporary({}),
  "michelson_v1.cannot_serialize_storage": temporary({}),
  "michelson_v1.unexpected_implicit_account_parameters_type": permanent({
    loc: req("loc", int31Form),
    type: req("type", michelineForm),
  }),
  invalid_ticket_transfer: permanent({ ticketer: req("ticketer", textForm), amount: req("amount", zForm) }),
  Negative_ticket_balance: permanent({ key: req("key", textForm), balance: req("balance", zForm) }),
} as const;

/** All of them by id, without the "proto.<protocol>." in front. */
export const ERROR_KINDS = {
  ...COMMITMENT_ERRORS,
  ...INBOX_ERRORS,
  ...GAME_ERRORS,
  ...OUTBOX_ERRORS,
  ...MANAGER_ERRORS,
  ...SCRIPT_ERRORS,
  ...MICHELSON_ERRORS,
} as const;

export type ErrorId = keyof typeof ERROR_KINDS;
