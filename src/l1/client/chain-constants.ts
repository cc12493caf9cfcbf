// The constants of the chain that clients and rollup nodes go by (node.md §9.3), read one by one: a node's list changes with
// its protocol, and most of it does not concern us. The whole of it, typed, is protocol/constants-form.ts.

import { expectObject, type JsonObject } from "../../encoding/json.js";
import { levelForm } from "../../protocol/identifiers.js";
import { mutezForm } from "../../protocol/quantities.js";
import { field, fieldsReader, optionalField, type Reader, readBigInteger, reader, readInteger } from "./answers.js";

/** What operations cost and may use. */
export interface OperationConstants {
  readonly hardGasLimitPerOperation: bigint;
  readonly hardGasLimitPerBlock: bigint;
  readonly hardStorageLimitPerOperation: bigint;
  /** Bytes charged for a new account. */
  readonly originationSize: bigint;
  /** Mutez. */
  readonly costPerByte: bigint;
  /** Blocks for which an operation's branch stays good. */
  readonly maxOperationsTimeToLive: number;
  /** Most bytes of an operation. */
  readonly maxOperationDataLength: number;
}

/** Seconds. */
export interface TimeConstants {
  readonly minimalBlockDelay: bigint;
  readonly delayIncrementPerRound: bigint;
}

/** Levels from which on reveals of each kind are valid. */
export interface RevealActivationLevels {
  readonly blake2b: number;
  readonly metadata: number;
  readonly dalPage: number;
  readonly dalParameters: number;
  readonly dalAttestedSlotsValidityLag: number;
}

/** Smart rollups: periods in blocks, the stake in mutez. */
export interface RollupConstants {
  readonly challengeWindow: number;
  readonly commitmentPeriod: number;
  readonly timeoutPeriod: number;
  readonly maxLookahead: number;
  readonly maxActiveOutboxLevels: number;
  readonly maxOutboxMessagesPerLevel: number;
  readonly maxNumberOfCementedCommitments: number;
  readonly maxNumberOfParallelGames: number;
  readonly numberOfSectionsInDissection: number;
  readonly stakeAmount: bigint;
  readonly revealActivation: RevealActivationLevels;
}

export interface ChainConstants extends OperationConstants, TimeConstants {
  readonly rollup: RollupConstants;
  readonly dalIsEnabled: boolean;
  /** All of them, as printed. */
  readonly json: JsonObject;
}

const DEFAULT_MAX_OPERATION_DATA_LENGTH = 32_768;

const readOperationConstants = fieldsReader<Omit<OperationConstants, "maxOperationDataLength">>({
  hardGasLimitPerOperation: ["hard_gas_limit_per_operation", readBigInteger],
  hardGasLimitPerBlock: ["hard_gas_limit_per_block", readBigInteger],
  hardStorageLimitPerOperation: ["hard_storage_limit_per_operation", readBigInteger],
  originationSize: ["origination_size", readBigInteger],
  costPerByte: ["cost_per_byte", reader(mutezForm)],
  maxOperationsTimeToLive: ["max_operations_time_to_live", readInteger],
});

const readTimeConstants = fieldsReader<TimeConstants>({
  minimalBlockDelay: ["minimal_block_delay", readBigInteger],
  delayIncrementPerRound: ["delay_increment_per_round", readBigInteger],
});

const readActivationLevel = reader(levelForm);

const readRevealActivation: Reader<RevealActivationLevels> = (json) => {
  const levels = expectObject(json);
  const rawData = field(levels, "raw_data", expectObject);
  return {
    blake2b: field(rawData, "Blake2B", readActivationLevel),
    ...fieldsReader<Omit<RevealActivationLevels, "blake2b">>({
      metadata: ["metadata", readActivationLevel],
      dalPage: ["dal_page", readActivationLevel],
      dalParameters: ["dal_parameters", readActivationLevel],
      dalAttestedSlotsValidityLag: ["dal_attested_slots_validity_lag", readInteger],
    })(levels),
  };
};

const readRollupConstants = fieldsReader<RollupConstants>({
  challengeWindow: ["smart_rollup_challenge_window_in_blocks", readInteger],
  commitmentPeriod: ["smart_rollup_commitment_period_in_blocks", readInteger],
  timeoutPeriod: ["smart_rollup_timeout_period_in_blocks", readInteger],
  maxLookahead: ["smart_rollup_max_lookahead_in_blocks", readInteger],
  maxActiveOutboxLevels: ["smart_rollup_max_active_outbox_levels", readInteger],
  maxOutboxMessagesPerLevel: ["smart_rollup_max_outbox_messages_per_level", readInteger],
  maxNumberOfCementedCommitments: ["smart_rollup_max_number_of_cemented_commitments", readInteger],
  maxNumberOfParallelGames: ["smart_rollup_max_number_of_parallel_games", readInteger],
  numberOfSectionsInDissection: ["smart_rollup_number_of_sections_in_dissection", readInteger],
  stakeAmount: ["smart_rollup_stake_amount", reader(mutezForm)],
  revealActivation: ["smart_rollup_reveal_activation_level", readRevealActivation],
});

/** Answer of `…/context/constants`. Raises JsonError. */
export function readChainConstants(json: unknown): ChainConstants {
  const object = expectObject(json);
  const dal = optionalField(object, "dal_parametric", expectObject);
  return {
    ...readOperationConstants(object),
    maxOperationDataLength:
      optionalField(object, "max_operation_data_length", readInteger) ?? DEFAULT_MAX_OPERATION_DATA_LENGTH,
    ...readTimeConstants(object),
    rollup: readRollupConstants(object),
    dalIsEnabled: dal?.["feature_enable"] === true,
    json: object,
  };
}
