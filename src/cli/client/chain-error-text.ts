// Errors of the chain in words: what octez-client prints for each kind of error that users of rollups and contracts meet. Kinds
// that are not here are printed as JSON, below "Unregistered error".
//
// Errors come as JSON from the node; a field that is not what it should be is printed as it is.

import { isJsonObject, type Json, type JsonObject } from "../../encoding/json.js";
import { michelineFromJson } from "../../encoding/micheline.js";
import { printOctezJson, putJson } from "../../l1/client/octez-json.js";
import type { TextBoxes } from "../../l1/client/text-boxes.js";
import { readPrintedError } from "../../protocol/errors.js";
import { shortAddress } from "./content-text.js";
import { printMicheline } from "./micheline-text.js";
import { printTez } from "./tez.js";

type Words = string | ((error: JsonObject) => string);

function text(json: unknown): string {
  return typeof json === "string" || typeof json === "number" ? String(json) : (JSON.stringify(json) ?? "nothing");
}

function tez(json: unknown): string {
  return typeof json === "string" && /^-?\d{1,30}$/.test(json) ? printTez(BigInt(json)) : text(json);
}

function optionalHash(json: unknown): string {
  return json === null || json === undefined ? "None" : text(json);
}

function expression(json: unknown): string {
  try {
    return printMicheline(michelineFromJson(json));
  } catch {
    return text(json);
  }
}

function amounts({ amounts: pair }: JsonObject): readonly [string, string] {
  const [first, second] = Array.isArray(pair) ? (pair as readonly unknown[]) : [];
  return [tez(first), tez(second)];
}

const COMMITMENTS: Readonly<Record<string, Words>> = {
  smart_rollup_does_not_exist: (e) => `Smart rollup ${text(e["rollup"])} does not exist`,
  smart_rollup_staker_not_in_whitelist:
    "The rollup is private and the submitter of the commitment is not present in the whitelist.",
  smart_rollup_zero_tick_commitment: "Tried to publish a 0 tick commitment",
  smart_rollup_staker_funds_too_low: (e) =>
    `Staker (${text(e["staker"])}) doesn't have enough funds to make the deposit for smart rollup ` +
    `(${text(e["smart_rollup"])}). Staker's balance is ${tez(e["staker_balance"])} while a balance of at least ` +
    `${tez(e["min_expected_balance"])} is required.`,
  smart_rollup_commitment_too_old: (e) =>
    `The published commitment is for the inbox level ${text(e["last_cemented_inbox_level"])}, the last cemented ` +
    `commitment inbox level is ${text(e["commitment_inbox_level"])}. You cannot publish a commitment behind the last ` +
    "cemented commitment.",
  smart_rollup_too_far_ahead: "Commitment is too far ahead of the last cemented commitment.",
  smart_rollup_unknown_commitment: (e) => `Commitment ${text(e["commitment"])} does not exist`,
  smart_rollup_bad_inbox_level: (e) =>
    `Attempted to commit to a bad inbox level. (expected ${text(e["expected"])}, got ${text(e["provided"])})`,
  smart_rollup_commitment_past_curfew: "Commitment is past the curfew for this level.",
  smart_rollup_commitment_from_future: (e) =>
    "Commitment inbox level is greater or equal than current level\n" +
    `Current level: ${text(e["current_level"])},\ncommitment inbox level: ${text(e["inbox_level"])}`,
  smart_rollup_double_publish: (e) =>
    `The operator publishing ${text(e["commitment_hash"])} already published this commitment.`,
  smart_rollup_staker_double_stake:
    "The staker tried to double stake, that is, it tried to publish a commitment for an inbox level where it already " +
    "published another conflicting commitment. The staker is not allowed to changed its mind.",
  smart_rollup_bad_commitment_serialization: "Could not serialize commitment.",
  smart_rollup_no_valid_commitment_to_cement:
    "Attempted to cement a commitment but there is no valid commitment to cement.",
  smart_rollup_no_commitment_to_cement: (e) =>
    `There is no commitment to cement at inbox level ${text(e["inbox_level"])}.`,
  smart_rollup_commitment_disputed: "Attempted to cement a disputed commitment.",
  smart_rollup_commitment_too_recent: (e) =>
    "Attempted to cement a commitment before its refutation deadline.\n" +
    `Current level: ${text(e["current_level"])},\nminimal level: ${text(e["min_level"])}`,
  smart_rollup_parent_not_lcc: "Parent is not the last cemented commitment.",
  smart_rollup_remove_lcc_or_ancestor: "Can not remove a staker committed on cemented.",
  smart_rollup_no_stakers: "No stakers for the targeted smart rollup.",
  smart_rollup_not_staked: "This implicit account is not a staker of this smart rollup.",
  smart_rollup_not_staked_on_lcc_or_ancestor:
    "Attempted to withdraw while not staked on the last cemented commitment or its ancestor.",
  smart_rollup_address_generation: "Error while generating a smart rollup address",
  smart_rollup_invalid_parameters_type: "Invalid parameters type for smart rollup",
};

const INBOX: Readonly<Record<string, Words>> = {
  smart_rollup_add_zero_messages: "Tried to add zero messages to a smart rollup",
  "internal.smart_rollup_add_zero_messages": "Tried to add zero messages",
  smart_rollup_inbox_message_encoding: "Failed to encode a rollup management protocol inbox message value",
  smart_rollup_inbox_message_decoding: "Failed to decode a smart rollup management protocol inbox message value",
  smart_rollup_inbox_level_reached_message_limit:
    "There can be only 1000000 messages in an inbox level, the limit has been reached.",
  smart_rollup_max_number_of_messages_reached_for_commitment_period:
    "Maximum number of messages reached for commitment period",
  "internal.smart_rollup_inbox_proof_error": (e) => `Inbox proof error: ${text(e["error"])}`,
};

/** Octez's own words, which take level and index of the last update for each other in one of the two cases. */
function outdatedUpdate({
  message_index: index,
  outbox_level: level,
  last_whitelist_update: last,
}: JsonObject): string {
  const update = isJsonObject(last) ? last : {};
  const [lastLevel, lastIndex] = [text(update["outbox_level"]), text(update["message_index"])];
  return index === undefined
    ? `Outdated whitelist update: got outbox level ${text(level)}, while the current outbox level is ${lastLevel} with message ` +
        `index ${lastIndex}.`
    : `Outdated whitelist update: got message index ${text(index)} at outbox level ${lastIndex}, while the lastest whitelist ` +
        `update occurred with message index ${lastLevel}.`;
}

const GAMES: Readonly<Record<string, Words>> = {
  smart_rollup_no_conflict: "No conflict.",
  smart_rollup_not_valid_commitments_conflict: (e) =>
    `The two commitments ${text(e["commitment"])}, staked by ${shortAddress(text(e["player"]))}, and ` +
    `${text(e["opponent_commitment"])}, staked by ${shortAddress(text(e["opponent"]))}, does not have a common ` +
    "predecessor. Two commitments are in conflict when there direct predecessor is the same.",
  smart_rollup_wrong_staker_for_conflict_commitment: (e) =>
    `The staker ${text(e["player"])} has not staked commitment ${text(e["commitment"])}`,
  "validate.operation.sc_rollup_refutation_game_start_too_early": (e) =>
    `Cannot start refutation game at level ${text(e["current_level"])}. Earliest start level is ` +
    `${text(e["earliest_start_level"])} (= conflict inbox level ${text(e["conflict_inbox_level"])} + commitment period ` +
    `${text(e["commitment_period_in_blocks"])}).`,
  smart_rollup_game_already_started: "Refutation game already started, must play with is_opening_move = false.",
  smart_rollup_maximal_number_of_parallel_games_reached: (e) =>
    `${text(e["staker"])} has reached the limit for number of parallel games`,
  smart_rollup_staker_in_game: (e) => `Attempted to start a game where ${busyStakers(e)} already busy.`,
  smart_rollup_no_game: "Refutation game does not exist",
  smart_rollup_wrong_turn: "Attempt to play move but not staker's turn",
  smart_rollup_timeout_level_not_reached: (e) =>
    `Attempt to timeout game too early. The player ${shortAddress(text(e["staker"]))} has ` +
    `${text(e["level_timeout"])} left blocks to play.`,
  Dissection_choice_not_found: (e) => `No section starting with tick ${text(e["choice"])} found`,
  Dissecting_during_final_move: "Tried to play a dissecting when the final move started",
  Dissection_unexpected_section_size: (e) => `Distance should be equal to 1 in a proof, but got ${text(e["n"])}`,
  Proof_start_state_hash_mismatch: (e) =>
    `start(${optionalHash(e["start_state_hash"])}) should be equal to start_proof(${text(e["start_proof"])})`,
  Proof_stop_state_hash_failed_to_refute: (e) =>
    `Trying to refute ${optionalHash(e["stop_state_hash"])}, the stop_proof must not be equal to ` +
    optionalHash(e["stop_proof"]),
  Proof_stop_state_hash_failed_to_validate: (e) =>
    `Trying to validate ${optionalHash(e["stop_state_hash"])}, the stop_proof must not be equal to ` +
    optionalHash(e["stop_proof"]),
  smart_rollup_proof_check: (e) => `Invalid proof: ${text(e["reason"])}`,
  smart_rollup_invalid_serialized_inbox_proof: "Invalid serialized inbox proof",
  smart_rollup_dissection_number_of_sections_mismatch: (e) =>
    `The number of sections must be equal to ${text(e["expected"])} instead of ${text(e["given"])}`,
  smart_rollup_dissection_invalid_number_of_sections: (e) =>
    `A dissection with ${text(e["value"])} sections can never be valid`,
  smart_rollup_dissection_stop_hash_mismatch: (e) => `The stop hash should not be equal to ${optionalHash(e["hash"])}`,
  smart_rollup_dissection_start_hash_mismatch: (e) => {
    if (e["expected"] === null || e["expected"] === undefined) return "The start hash must not be None";
    return (
      `The start hash should be equal to ${text(e["expected"])}, but the provided hash is ` + optionalHash(e["given"])
    );
  },
  smart_rollup_dissection_edge_ticks_mismatch: (e) =>
    `We should have dissection_start_tick(${text(e["dissection_start_tick"])}) = ${text(e["chunk_start_tick"])} and ` +
    `dissection_stop_tick(${text(e["dissection_stop_tick"])}) = ${text(e["chunk_stop_tick"])}`,
  smart_rollup_dissection_invalid_distribution: (e) =>
    `Maximum tick increment in a section cannot be more than ${text(e["section_max_size"])} ticks`,
  smart_rollup_dissection_ticks_not_increasing: "Ticks should only increase in dissection",
  smart_rollup_dissection_invalid_successive_states_shape: "Cannot recover from a blocked state in a dissection",
  smart_rollup_wasm_invalid_dissection_distribution:
    "Invalid dissection distribution: not all ticks are a multiplier of the maximum number of ticks of a snapshot",
  smart_rollup_wasm_proof_production_failed: "Proof production failed",
  smart_rollup_wasm_proof_verification_failed: "Proof verification failed",
};

function busyStakers({ refuter, defender }: JsonObject): string {
  if (refuter !== undefined && defender !== undefined) {
    return `both the refuter (${text(refuter)}) and the defender (${text(defender)}) are`;
  }
  return refuter === undefined ? `the defender (${text(defender)}) is` : `the refuter (${text(refuter)}) is`;
}

const OUTBOX: Readonly<Record<string, Words>> = {
  smart_rollup_invalid_last_cemented_commitment: "Invalid last-cemented-commitment",
  smart_rollup_invalid_output_proof: "Invalid output proof",
  smart_rollup_invalid_outbox_level: "Invalid outbox level",
  smart_rollup_invalid_outbox_message_index: "Invalid rollup outbox message index",
  smart_rollup_outbox_level_expired: "Outbox level expired",
  smart_rollup_outbox_message_already_applied: "Outbox message already applied",
  smart_rollup_management_protocol_invalid_destination: "Invalid destination",
  "smart_rollup_outbox_message_repr.error_encoding_outbox_message":
    "Failed to encode a rollup management protocol outbox message value",
  "smart_rollup_outbox_message_repr.error_decoding_outbox_message":
    "Failed to decode a rollup management protocol outbox message value",
  smart_rollup_wasm_output_proof_production_failed: "Output proof production failed",
  smart_rollup_wasm_output_proof_verification_failed: "Output proof verification failed",
  smart_rollup_wasm_invalid_claim_about_outbox: "Invalid claim about outbox",
  smart_rollup_empty_whitelist: "Smart rollup whitelist cannot be empty.",
  smart_rollup_whitelist_disabled: "Private smart rollup with whitelist ACL is disabled.",
  smart_rollup_duplicated_key_in_whitelist:
    "The whitelist contains twice the same key. This is forbidden and all keys in the whitelist should be disctinct.",
  smart_rollup_rollup_is_public: "The rollup is public, no update whitelist message can be executed.",
};

const WHITELISTS: Readonly<Record<string, Words>> = { smart_rollup_outdated_whitelist_update: outdatedUpdate };

const MANAGERS: Readonly<Record<string, Words>> = {
  "validate.operation.manager_restriction": (e) => {
    const existing = isJsonObject(e["conflict"]) ? e["conflict"]["existing"] : undefined;
    return `Manager ${text(e["source"])} already has the operation ${text(existing)} in the current block.`;
  },
  "validate.operation.inconsistent_counters": (e) =>
    `Non-consecutive counters for source ${text(e["source"])}: jumped from ${text(e["previous_counter"])} to ` +
    `${text(e["wrong_counter"])}.`,
  "validate.operation.incorrect_reveal_position":
    "Incorrect reveal operation position in batch: only allowed in first position.",
  "validate.operation.gas_quota_exceeded_init_deserialize":
    "Gas limit was not high enough to deserialize the transaction parameters or origination script code or initial " +
    "storage etc., making the operation impossible to parse within the provided gas bounds.",
  "validate.operation.failing_noop_error": "A failing_noop operation can never be validated.",
  "operation.arith_pvm_disabled": "Arith PVM is disabled in this network.",
  "operation.riscv_pvm_disabled": "RISCV PVM is disabled in this network.",
  "operation.invalid_signature": "The operation signature is invalid",
  "operation.missing_signature": "The operation requires a signature",
  "operation.error_while_taking_fees":
    "There was an error while taking the fees, which should not happen and means that the operation's validation was " +
    "faulty.",
  "operations.invalid_transfer_to_smart_rollup_from_implicit_account":
    "Invalid sender for transfer operation to smart rollup. Only originated accounts are allowed.",
  "operations.invalid_sender": (e) =>
    `Invalid sender (${text(e["contract"])}) for this internal operation. Only implicit and originated accounts are allowed`,
  "operations.invalid_nonzero_transaction_amount": (e) =>
    `A transaction expected a zero-amount but got ${tez(e["amount"])}.`,
  "contract.counter_in_the_past": (e) =>
    `Counter ${text(e["found"])} already used for contract ${text(e["contract"])} (expected ${text(e["expected"])})`,
  "contract.counter_in_the_future": (e) =>
    `Counter ${text(e["found"])} not yet reached for contract ${text(e["contract"])} (expected ${text(e["expected"])})`,
  "contract.balance_too_low": (e) =>
    `Balance of contract ${text(e["contract"])} too low (${tez(e["balance"])}) to spend ${tez(e["amount"])}`,
  "contract.cannot_pay_storage_fee": "Cannot pay storage fee",
  "contract.non_existing_contract": (e) => `Contract ${text(e["contract"])} does not exist`,
  "contract.empty_transaction": (e) =>
    `Transactions of 0ꜩ towards a contract without code are forbidden (${text(e["contract"])}).`,
  "contract.non_empty_transaction_from_source": (e) =>
    `${text(e["source"])} does not have a balance and cannot initiate non-empty transactions`,
  "contract.unrevealed_key": (e) => `Unrevealed manager key for contract ${text(e["contract"])}.`,
  "contract.previously_revealed_key": (e) => `Previously revealed manager key for contract ${text(e["contract"])}.`,
  "contract.missing_manager_contract": (e) => `The contract ${text(e["contract"])} is missing from the storage.`,
  "contract.manager.inconsistent_hash": (e) =>
    `The hash of the manager public key ${text(e["public_key"])} is not ${text(e["provided_hash"])} as announced but ` +
    text(e["expected_hash"]),
  "contract.manager.inconsistent_public_key": (e) =>
    `Expected manager public key ${text(e["expected_public_key"])} but ${text(e["public_key"])} was provided`,
  "implicit.empty_implicit_contract": (e) => `Empty implicit contract (${text(e["implicit"])})`,
  "implicit.empty_implicit_delegated_contract": (e) => `Emptying implicit delegated contract (${text(e["implicit"])})`,
  "contract.manager.unregistered_delegate": (e) =>
    `The provided public key (with hash ${text(e["hash"])}) is not registered as valid delegate key.`,
  "delegate.no_deletion": (e) => `Delegate deletion is forbidden (${text(e["delegate"])})`,
  "delegate.already_active": "The delegate is still active, no need to refresh it",
  "delegate.unchanged": "The contract is already delegated to the same delegate",
  "operation.rollup_invalid_transaction_amount": "Transaction amount to a rollup must be zero.",
  "operation.rollup_invalid_entrypoint": "Rollups only support transactions to the default entrypoint.",
  internal_operation_replay: (e) => `Internal operation ${text(e["nonce"])} was emitted twice by a script`,
  invalid_ticket_transfer: (e) =>
    `Attempted to send ${text(e["amount"])} unit(s) of a ticket created by ${text(e["ticketer"])}.`,
  Negative_ticket_balance: (e) =>
    `Attempted to set negative ticket balance value '${text(e["balance"])}' for key ${text(e["key"])}.`,
  "tez.subtraction_underflow": (e) => `Underflowing subtraction of ${amounts(e).join(" mutez and ")} mutez`,
  "tez.addition_overflow": (e) => `Overflowing addition of ${amounts(e).join(" mutez and ")} mutez`,
};

/** As the reporter of script errors words them: commands that run scripts use it. */
const SCRIPTS: Readonly<Record<string, Words>> = {
  "gas_exhausted.operation": "Gas limit exceeded during typechecking or execution.\nTry again with a higher gas limit.",
  "gas_exhausted.block": "Gas limit for the block exceeded during typechecking or execution.",
  "storage_exhausted.operation":
    "Storage limit exceeded during typechecking or execution.\nTry again with a higher storage limit.",
  gas_limit_too_high: "Gas limit for the operation is out of the protocol hard bounds.",
  "michelson_v1.cannot_serialize_storage":
    "Cannot serialize the resulting storage value within the provided gas bounds.",
  "michelson_v1.no_such_entrypoint": (e) => `Contract has no entrypoint named ${text(e["entrypoint"])}`,
  "michelson_v1.bad_contract_parameter": (e) => `Invalid argument passed to contract ${text(e["contract"])}.`,
  "michelson_v1.runtime_error": (e) => `Runtime error in unknown contract ${text(e["contract_handle"])}`,
  "michelson_v1.script_rejected": (e) =>
    `At (unshown) location ${text(e["location"])}, script reached FAILWITH instruction\nwith ${expression(e["with"])}`,
  "michelson_v1.script_overflow": (e) => `At (unshown) location ${text(e["location"])}, unexpected arithmetic overflow`,
  "michelson_v1.invalid_contract": (e) =>
    `At (unshown) location ${text(e["location"])}, invalid contract ${text(e["contract"])}.`,
  "michelson_v1.invalid_constant": (e) =>
    `At (unshown) location ${text(e["location"])}, value ${expression(e["wrong_expression"])}\n` +
    `is invalid for type ${expression(e["expected_type"])}.`,
};

function conflict({ new_hash: hash, needed_fee_in_mutez: fee }: JsonObject): string {
  const remedy =
    fee === undefined
      ? "The pre-existing operation cannot be replaced with the new one, even if fees were increased. Try again after the " +
        "next block has been baked."
      : `To replace the latter, this particular operation would need a total fee of at least ${text(fee)} mutez.`;
  return `The operation ${text(hash)} cannot be added because the mempool already contains a conflicting operation. ${remedy}`;
}

function crowded({ operation_hash: hash, needed_fee_in_mutez: fee }: JsonObject): string {
  const remedy =
    fee === undefined
      ? "The operation cannot be accepted by this node at the moment, regardless of its fee. Try again after the next " +
        "block has been baked."
      : `This specific operation would need a total fee of at least ${text(fee)} mutez to be considered and propagated by ` +
        "the mempool of this particular node right now. Note that if the node receives operations with a better fee " +
        "over gas limit ratio in the future, the operation may be rejected even with the indicated fee, or it may be " +
        "successfully injected but removed at a later date.";
  return `Operation ${text(hash)} has been rejected because the mempool is full. ${remedy}`;
}

/** Errors of the node itself, by their whole id. */
const NODE: Readonly<Record<string, Words>> = {
  "node.prevalidation.parse_error": "Operation parsing error in prevalidation.",
  "prevalidation.operation_conflict": conflict,
  "prevalidation.operation_replacement": (e) =>
    `The operation ${text(e["old_hash"])} has been replaced with ${text(e["new_hash"])}.`,
  "node.mempool.rejected_by_full_mempool": crowded,
  "node.prevalidation.too_many_operations": "Too many operations in prevalidation context.",
  "node.prevalidation.oversized_operation": (e) =>
    `Oversized operation (size: ${text(e["size"])}, max: ${text(e["max_size"])})`,
  "node.state.unknown_chain": (e) => `Unknown chain ${text(e["chain"])}`,
};

/** Kinds that Octez has no words for: it prints what they are about, and their fields, as JSON. */
const DESCRIBED: Readonly<Record<string, string>> = {
  "gas_exhausted.operation": "A script or one of its callee took more time than the operation said it would",
  "gas_exhausted.block":
    "The sum of gas consumed by all the operations in the block exceeds the hard gas limit per block",
  "storage_exhausted.operation": "A script or one of its callee wrote more bytes than the operation said it would",
  storage_limit_too_high: "A transaction tried to exceed the hard limit on storage",
  gas_limit_too_high: "A transaction tried to exceed the hard limit on gas",
  too_many_internal_operations: "A transaction exceeded the hard limit of internal operations it can emit",
  "validate.operation.insufficient_gas_for_manager":
    "Gas limit is too low to cover the initial cost of manager operations: a minimum of 100 gas units is required.",
  "michelson_v1.forbidden_zero_amount_ticket": "It is not allowed to use a zero amount ticket in this operation.",
  "michelson_v1.unexpected_ticket_owner": "Ticket can only be created by a smart contract",
  "michelson_v1.no_such_entrypoint": "An entrypoint was not found when calling a contract.",
  "michelson_v1.invalid_constant": "A data expression was invalid for its expected type.",
  "michelson_v1.invalid_expression_kind":
    "In a script or data expression, an expression was of the wrong kind (for instance a string where only a primitive applications can appear).",
  "michelson_v1.bad_dupn_stack": "Stack present when typing DUP n was too short",
  "michelson_v1.invalid_big_map":
    "A script or data expression references a big_map that does not exist or assumes a wrong type for an existing big_map.",
  "validate.operation.inconsistent_sources":
    "Inconsistent sources in operation batch. All operations in a batch must have the same source.",
};

/** Its line feeds are Octez's own: they do not know of the boxes around. */
function asDescribed(error: JsonObject): string | undefined {
  const description = DESCRIBED[readPrintedError(error)?.id ?? ""];
  if (description === undefined) return undefined;
  const { id = "", kind: _kind, ...data } = error;
  return printOctezJson({ id: text(id), description, data: data as Json });
}

const WORDS: Readonly<Record<string, Words>> = {
  ...COMMITMENTS,
  ...INBOX,
  ...GAMES,
  ...OUTBOX,
  ...WHITELISTS,
  ...MANAGERS,
};

function wordsFor(error: JsonObject, withScripts: boolean): string | undefined {
  const { kind, id } = error;
  if (kind === "generic" && typeof error["error"] === "string") return error["error"];
  if (id === "failure" && typeof error["msg"] === "string") return error["msg"];
  const printed = readPrintedError(error);
  const own = typeof id === "string" ? NODE[id] : undefined;
  if (own === undefined && printed?.protocol === undefined) return undefined;
  const words = own ?? WORDS[printed?.id ?? ""] ?? (withScripts ? SCRIPTS[printed?.id ?? ""] : undefined);
  return typeof words === "function" ? words(error) : words;
}

/** Prints one error of the chain. `withScripts`: in the words of the reporter of script errors. */
export function putChainError(boxes: TextBoxes, error: JsonObject, withScripts = false): void {
  const words = wordsFor(error, withScripts);
  const described = words === undefined ? asDescribed(error) : undefined;
  if (described !== undefined) {
    boxes.text(described);
  } else if (words === undefined) {
    boxes.box("v", 2, () => {
      boxes.text("Unregistered error:").space();
      putJson(boxes, error as Json);
    });
  } else {
    boxes.box("v", 0, () => boxes.list(words.split("\n"), (line) => boxes.text(line)));
  }
}
