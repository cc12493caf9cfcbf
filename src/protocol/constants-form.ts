// The protocol's parametric constants as a value: names, encodings and order of `context/constants` (protocol.md §3.4; alpha).
// Their values are in constants.ts. Smart rollups use those of their own group and a few others; the rest is carried for
// those who read constants over RPC.

import { decodeWithChecksum, encodeWithChecksum } from "../encoding/base58check.js";
import { fixedBytes, int8 } from "../encoding/codecs.js";
import { type Form, type FormValue, formOf, listOf, objectForm, opt, refined, req } from "../encoding/form.js";
import {
  boolForm,
  fromBase58Json,
  int16Form,
  int31Form,
  int32Form,
  int64Form,
  positiveInt64Form,
  uint8Form,
  uint16Form,
  zForm,
} from "../encoding/form-leaves.js";
import { fromHex, toHex } from "../encoding/hex.js";
import { expectInteger, JsonError } from "../encoding/json.js";
import { levelForm, publicKeyHashForm, rollupAddressForm } from "./identifiers.js";
import { mutezForm } from "./quantities.js";

const int8Form: Form<number> = formOf(
  int8,
  (value) => value,
  (json) => expectInteger(json, -0x80, 0x7f),
);

const SEED_PREFIX = "4c40cc";
const SEED_BYTES = 32;

/** The seed of a chain's randomness: "rng…". Nothing else has this prefix, so it is not among the kinds of base58check. */
const seedForm: Form<Uint8Array> = formOf(
  fixedBytes(SEED_BYTES),
  (seed) => encodeWithChecksum(fromHex(SEED_PREFIX + toHex(seed))),
  (json) =>
    fromBase58Json(json, (text) => {
      const raw = decodeWithChecksum(text);
      const prefix = toHex(raw.subarray(0, SEED_PREFIX.length / 2));
      if (prefix !== SEED_PREFIX || raw.length !== SEED_PREFIX.length / 2 + SEED_BYTES) {
        throw new JsonError("encoding.json.bad_value", "rng… expected", text);
      }
      return raw.slice(SEED_PREFIX.length / 2);
    }),
);

/** A fraction of small numbers. */
const ratioForm = refined(
  objectForm("ratio", {
    numerator: req("numerator", uint16Form),
    denominator: req("denominator", uint16Form),
  }),
  ({ denominator }) => denominator > 0,
  "denominator of zero",
);

/** A fraction of numbers of any size, decimal strings in JSON. */
const fractionForm = refined(
  objectForm("fraction", {
    numerator: req("numerator", zForm),
    denominator: req("denominator", zForm),
  }),
  ({ denominator }) => denominator > 0n,
  "denominator that is not positive",
);

/** Hundredths of a percent, up to 10000. */
const percentageForm = refined(uint16Form, (value) => value <= 10_000, "more than 100 %");

const issuanceWeightsForm = objectForm("issuance weights", {
  baseTotalIssuedPerMinute: req("base_total_issued_per_minute", mutezForm),
  bakingRewardFixedPortionWeight: req("baking_reward_fixed_portion_weight", int31Form),
  bakingRewardBonusWeight: req("baking_reward_bonus_weight", int31Form),
  attestingRewardWeight: req("attesting_reward_weight", int31Form),
  seedNonceRevelationTipWeight: req("seed_nonce_revelation_tip_weight", int31Form),
  vdfRevelationTipWeight: req("vdf_revelation_tip_weight", int31Form),
  dalRewardsWeight: req("dal_rewards_weight", int31Form),
});

const dalForm = objectForm("DAL constants", {
  featureEnable: req("feature_enable", boolForm),
  incentivesEnable: req("incentives_enable", boolForm),
  dynamicLagEnable: req("dynamic_lag_enable", boolForm),
  numberOfSlots: req("number_of_slots", uint16Form),
  attestationLag: req("attestation_lag", uint8Form),
  attestationLags: req("attestation_lags", listOf(uint8Form)),
  attestationThreshold: req("attestation_threshold", uint8Form),
  minimalParticipationRatio: req("minimal_participation_ratio", fractionForm),
  rewardsRatio: req("rewards_ratio", fractionForm),
  trapsFraction: req("traps_fraction", fractionForm),
  redundancyFactor: req("redundancy_factor", uint8Form),
  pageSize: req("page_size", uint16Form),
  slotSize: req("slot_size", int31Form),
  numberOfShards: req("number_of_shards", uint16Form),
});

const revealActivationLevelForm = objectForm("reveal activation levels", {
  rawData: req("raw_data", objectForm("raw data activation levels", { blake2b: req("Blake2B", levelForm) })),
  metadata: req("metadata", levelForm),
  dalPage: req("dal_page", levelForm),
  dalParameters: req("dal_parameters", levelForm),
  dalAttestedSlotsValidityLag: req("dal_attested_slots_validity_lag", int31Form),
});

/** Fields of smart rollups. Periods, windows and lags are numbers of blocks. */
const smartRollupFields = {
  smartRollupArithPvmEnable: req("smart_rollup_arith_pvm_enable", boolForm),
  /** Bytes charged at origination. */
  smartRollupOriginationSize: req("smart_rollup_origination_size", int31Form),
  smartRollupChallengeWindowInBlocks: req("smart_rollup_challenge_window_in_blocks", int31Form),
  smartRollupStakeAmount: req("smart_rollup_stake_amount", mutezForm),
  smartRollupCommitmentPeriodInBlocks: req("smart_rollup_commitment_period_in_blocks", int31Form),
  smartRollupMaxLookaheadInBlocks: req("smart_rollup_max_lookahead_in_blocks", int32Form),
  smartRollupMaxActiveOutboxLevels: req("smart_rollup_max_active_outbox_levels", int32Form),
  smartRollupMaxOutboxMessagesPerLevel: req("smart_rollup_max_outbox_messages_per_level", int31Form),
  smartRollupNumberOfSectionsInDissection: req("smart_rollup_number_of_sections_in_dissection", uint8Form),
  smartRollupTimeoutPeriodInBlocks: req("smart_rollup_timeout_period_in_blocks", int31Form),
  smartRollupMaxNumberOfCementedCommitments: req("smart_rollup_max_number_of_cemented_commitments", int31Form),
  smartRollupMaxNumberOfParallelGames: req("smart_rollup_max_number_of_parallel_games", int31Form),
  smartRollupRevealActivationLevel: req("smart_rollup_reveal_activation_level", revealActivationLevelForm),
  smartRollupPrivateEnable: req("smart_rollup_private_enable", boolForm),
  smartRollupRiscvPvmEnable: req("smart_rollup_riscv_pvm_enable", boolForm),
  smartRollupCanonicalRollupAddress: opt("smart_rollup_canonical_rollup_address", rollupAddressForm),
};

const adaptiveRewardsForm = objectForm("adaptive rewards", {
  issuanceRatioFinalMin: req("issuance_ratio_final_min", fractionForm),
  issuanceRatioFinalMax: req("issuance_ratio_final_max", fractionForm),
  issuanceRatioInitialMin: req("issuance_ratio_initial_min", fractionForm),
  issuanceRatioInitialMax: req("issuance_ratio_initial_max", fractionForm),
  initialPeriod: req("initial_period", uint8Form),
  transitionPeriod: req("transition_period", uint8Form),
  maxBonus: req("max_bonus", int64Form),
  growthRate: req("growth_rate", fractionForm),
  centerDz: req("center_dz", fractionForm),
  radiusDz: req("radius_dz", fractionForm),
});

/** The parametric constants. */
export const constantsForm = objectForm("constants", {
  consensusRightsDelay: req("consensus_rights_delay", uint8Form),
  blocksPreservationCycles: req("blocks_preservation_cycles", uint8Form),
  delegateParametersActivationDelay: req("delegate_parameters_activation_delay", uint8Form),
  toleratedInactivityPeriod: req("tolerated_inactivity_period", uint8Form),
  blocksPerCycle: req("blocks_per_cycle", int32Form),
  blocksPerCommitment: req("blocks_per_commitment", int32Form),
  nonceRevelationThreshold: req("nonce_revelation_threshold", int32Form),
  cyclesPerVotingPeriod: req("cycles_per_voting_period", int32Form),
  hardGasLimitPerOperation: req("hard_gas_limit_per_operation", zForm),
  hardGasLimitPerBlock: req("hard_gas_limit_per_block", zForm),
  proofOfWorkThreshold: req("proof_of_work_threshold", int64Form),
  minimalStake: req("minimal_stake", mutezForm),
  minimalFrozenStake: req("minimal_frozen_stake", mutezForm),
  vdfDifficulty: req("vdf_difficulty", int64Form),
  originationSize: req("origination_size", int31Form),
  issuanceWeights: req("issuance_weights", issuanceWeightsForm),
  costPerByte: req("cost_per_byte", mutezForm),
  hardStorageLimitPerOperation: req("hard_storage_limit_per_operation", zForm),
  quorumMin: req("quorum_min", int32Form),
  quorumMax: req("quorum_max", int32Form),
  minProposalQuorum: req("min_proposal_quorum", int32Form),
  liquidityBakingSubsidy: req("liquidity_baking_subsidy", mutezForm),
  liquidityBakingToggleEmaThreshold: req("liquidity_baking_toggle_ema_threshold", int32Form),
  maxOperationsTimeToLive: req("max_operations_time_to_live", int16Form),
  /** Seconds. */
  minimalBlockDelay: req("minimal_block_delay", positiveInt64Form),
  /** Seconds. */
  delayIncrementPerRound: req("delay_increment_per_round", positiveInt64Form),
  consensusCommitteeSize: req("consensus_committee_size", int31Form),
  consensusThresholdSize: req("consensus_threshold_size", int31Form),
  minimalParticipationRatio: req("minimal_participation_ratio", ratioForm),
  limitOfDelegationOverBaking: req("limit_of_delegation_over_baking", uint8Form),
  percentageOfFrozenDepositsSlashedPerDoubleBaking: req(
    "percentage_of_frozen_deposits_slashed_per_double_baking",
    percentageForm,
  ),
  maxSlashingPerBlock: req("max_slashing_per_block", percentageForm),
  maxSlashingThreshold: req("max_slashing_threshold", ratioForm),
  testnetDictator: opt("testnet_dictator", publicKeyHashForm),
  initialSeed: opt("initial_seed", seedForm),
  cacheScriptSize: req("cache_script_size", int31Form),
  cacheStakeDistributionCycles: req("cache_stake_distribution_cycles", int8Form),
  cacheSamplerStateCycles: req("cache_sampler_state_cycles", int8Form),
  cacheStakeInfoCycles: req("cache_stake_info_cycles", int8Form),
  cacheSwrrSelectedDistributionCycles: req("cache_swrr_selected_distribution_cycles", int8Form),
  dalParametric: req("dal_parametric", dalForm),
  ...smartRollupFields,
  zkRollupEnable: req("zk_rollup_enable", boolForm),
  zkRollupOriginationSize: req("zk_rollup_origination_size", int31Form),
  zkRollupMinPendingToProcess: req("zk_rollup_min_pending_to_process", int31Form),
  zkRollupMaxTicketPayloadSize: req("zk_rollup_max_ticket_payload_size", int31Form),
  globalLimitOfStakingOverBaking: req("global_limit_of_staking_over_baking", uint8Form),
  edgeOfStakingOverDelegation: req("edge_of_staking_over_delegation", uint8Form),
  adaptiveRewardsParams: req("adaptive_rewards_params", adaptiveRewardsForm),
  directTicketSpendingEnable: req("direct_ticket_spending_enable", boolForm),
  allBakersAttestActivationThreshold: req("all_bakers_attest_activation_threshold", ratioForm),
  nativeContractsEnable: req("native_contracts_enable", boolForm),
  swrrNewBakerLotteryEnable: req("swrr_new_baker_lottery_enable", boolForm),
  tz5AccountEnable: req("tz5_account_enable", boolForm),
});

export type Constants = FormValue<typeof constantsForm>;
