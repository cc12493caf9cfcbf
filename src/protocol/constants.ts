// The values of the protocol's constants (protocol.md §3.4; alpha): fixed ones, the presets of parametric ones, and those
// derived from them. The sandbox preset is Octez's: smart rollups keep mainnet's periods, which whoever wants to see a
// commitment cemented must override.

import { expectObject, type Json } from "../encoding/json.js";
import { type Constants, constantsForm } from "./constants-form.js";
import type { RollupAddress } from "./identifiers.js";
import type { RevealActivation } from "./reveal.js";

export type { Constants } from "./constants-form.js";

/** Name by which a protocol announces itself in the inbox. */
export const ALPHA_VERSION_NAME = "alpha_current";

/** The fixed constants, as `context/constants` prints them: first, in this order. */
const FIXED_CONSTANTS = {
  proof_of_work_nonce_size: 8,
  nonce_length: 32,
  max_anon_ops_per_block: 132,
  max_operation_data_length: 32_768,
  max_proposals_per_delegate: 20,
  max_micheline_node_count: 50_000,
  max_micheline_bytes_limit: 50_000,
  max_allowed_global_constants_depth: 10_000,
  cache_layout_size: 5,
  michelson_maximum_type_size: 2001,
  denunciation_period: 1,
  slashing_delay: 1,
  smart_rollup_max_wrapped_proof_binary_size: 30_000,
  smart_rollup_message_size_limit: 4096,
  smart_rollup_max_number_of_messages_per_level: "1000000",
} as const;

/** Most bytes of an operation. */
export const MAX_OPERATION_BYTES: number = FIXED_CONSTANTS.max_operation_data_length;
/** Most bytes of a step proof in a refutation. */
export const MAX_STEP_PROOF_BYTES: number = FIXED_CONSTANTS.smart_rollup_max_wrapped_proof_binary_size;

const MUTEZ_PER_TEZ = 1_000_000n;
const SECONDS_PER_DAY = 86_400;
const MAINNET_BLOCK_SECONDS = 6;

const fraction = (numerator: bigint, denominator: bigint) => ({ numerator, denominator });
const ratio = (numerator: number, denominator: number) => ({ numerator, denominator });

/** Constants of mainnet. */
export const MAINNET_CONSTANTS: Constants = {
  consensusRightsDelay: 2,
  blocksPreservationCycles: 1,
  delegateParametersActivationDelay: 5,
  toleratedInactivityPeriod: 2,
  blocksPerCycle: SECONDS_PER_DAY / MAINNET_BLOCK_SECONDS,
  blocksPerCommitment: 112,
  nonceRevelationThreshold: 400,
  cyclesPerVotingPeriod: 14,
  hardGasLimitPerOperation: 1_040_000n,
  hardGasLimitPerBlock: 1_040_000n,
  proofOfWorkThreshold: 2n ** 48n - 1n,
  minimalStake: 6_000n * MUTEZ_PER_TEZ,
  minimalFrozenStake: 600n * MUTEZ_PER_TEZ,
  vdfDifficulty: 2_400_000_000n,
  originationSize: 257,
  issuanceWeights: {
    baseTotalIssuedPerMinute: 80_007_812n,
    bakingRewardFixedPortionWeight: 5120,
    bakingRewardBonusWeight: 5120,
    attestingRewardWeight: 10_240,
    seedNonceRevelationTipWeight: 1,
    vdfRevelationTipWeight: 1,
    dalRewardsWeight: 2275,
  },
  costPerByte: 250n,
  hardStorageLimitPerOperation: 60_000n,
  quorumMin: 2000,
  quorumMax: 7000,
  minProposalQuorum: 500,
  liquidityBakingSubsidy: 5n * MUTEZ_PER_TEZ,
  liquidityBakingToggleEmaThreshold: 1_000_000_000,
  maxOperationsTimeToLive: 600,
  minimalBlockDelay: BigInt(MAINNET_BLOCK_SECONDS),
  delayIncrementPerRound: 3n,
  consensusCommitteeSize: 7000,
  consensusThresholdSize: 4667,
  minimalParticipationRatio: ratio(2, 3),
  limitOfDelegationOverBaking: 9,
  percentageOfFrozenDepositsSlashedPerDoubleBaking: 500,
  maxSlashingPerBlock: 10_000,
  maxSlashingThreshold: ratio(1, 3),
  cacheScriptSize: 100_000_000,
  cacheStakeDistributionCycles: 5,
  cacheSamplerStateCycles: 5,
  cacheStakeInfoCycles: 5,
  cacheSwrrSelectedDistributionCycles: 5,
  dalParametric: {
    featureEnable: true,
    incentivesEnable: true,
    dynamicLagEnable: true,
    numberOfSlots: 160,
    attestationLag: 5,
    attestationLags: [1, 2, 3, 4, 5],
    attestationThreshold: 66,
    minimalParticipationRatio: fraction(16n, 25n),
    rewardsRatio: fraction(1n, 10n),
    trapsFraction: fraction(1n, 2000n),
    redundancyFactor: 8,
    pageSize: 3967,
    slotSize: 380_832,
    numberOfShards: 512,
  },
  smartRollupArithPvmEnable: false,
  smartRollupOriginationSize: 6314,
  smartRollupChallengeWindowInBlocks: (14 * SECONDS_PER_DAY) / MAINNET_BLOCK_SECONDS,
  smartRollupStakeAmount: 10_000n * MUTEZ_PER_TEZ,
  smartRollupCommitmentPeriodInBlocks: (15 * 60) / MAINNET_BLOCK_SECONDS,
  smartRollupMaxLookaheadInBlocks: (30 * SECONDS_PER_DAY) / MAINNET_BLOCK_SECONDS,
  // Two weeks of the time when a block took 8 s: changing it would move the slots of outboxes already used.
  smartRollupMaxActiveOutboxLevels: (14 * SECONDS_PER_DAY) / 8,
  smartRollupMaxOutboxMessagesPerLevel: 100,
  smartRollupNumberOfSectionsInDissection: 32,
  smartRollupTimeoutPeriodInBlocks: (7 * SECONDS_PER_DAY) / MAINNET_BLOCK_SECONDS,
  smartRollupMaxNumberOfCementedCommitments: 5,
  smartRollupMaxNumberOfParallelGames: 32,
  smartRollupRevealActivationLevel: {
    rawData: { blake2b: 0 },
    metadata: 0,
    dalPage: 1,
    dalParameters: 1,
    dalAttestedSlotsValidityLag: 241_920,
  },
  smartRollupPrivateEnable: true,
  smartRollupRiscvPvmEnable: false,
  smartRollupCanonicalRollupAddress: "sr1Ghq66tYK9y3r8CC1Tf8i8m5nxh8nTvZEf" as RollupAddress,
  zkRollupEnable: false,
  zkRollupOriginationSize: 4000,
  zkRollupMinPendingToProcess: 10,
  zkRollupMaxTicketPayloadSize: 2048,
  globalLimitOfStakingOverBaking: 9,
  edgeOfStakingOverDelegation: 3,
  adaptiveRewardsParams: {
    issuanceRatioFinalMin: fraction(1n, 400n),
    issuanceRatioFinalMax: fraction(1n, 10n),
    issuanceRatioInitialMin: fraction(9n, 200n),
    issuanceRatioInitialMax: fraction(11n, 200n),
    initialPeriod: 10,
    transitionPeriod: 50,
    maxBonus: 50_000_000_000_000n,
    growthRate: fraction(1n, 100n),
    centerDz: fraction(1n, 2n),
    radiusDz: fraction(1n, 50n),
  },
  directTicketSpendingEnable: false,
  allBakersAttestActivationThreshold: ratio(1, 2),
  nativeContractsEnable: false,
  swrrNewBakerLotteryEnable: false,
  tz5AccountEnable: false,
};

function sandboxConstants(): Constants {
  const { smartRollupCanonicalRollupAddress: _, ...mainnet } = MAINNET_CONSTANTS;
  return {
    ...mainnet,
    delegateParametersActivationDelay: 2,
    blocksPerCycle: 8,
    blocksPerCommitment: 4,
    nonceRevelationThreshold: 4,
    cyclesPerVotingPeriod: 8,
    proofOfWorkThreshold: 2n ** 62n - 1n,
    vdfDifficulty: 50_000n,
    minimalBlockDelay: 1n,
    delayIncrementPerRound: 1n,
    consensusCommitteeSize: 256,
    consensusThresholdSize: 0,
    limitOfDelegationOverBaking: 19,
    maxOperationsTimeToLive: 8,
    dalParametric: { ...mainnet.dalParametric, numberOfSlots: 16, numberOfShards: 256 },
    nativeContractsEnable: true,
    tz5AccountEnable: true,
  };
}

/** Constants of an Octez sandbox: small cycles, blocks of a second. */
export const SANDBOX_CONSTANTS: Constants = sandboxConstants();

/** Everything that `context/constants` prints: fixed, parametric and derived constants. */
export function allConstantsToJson(constants: Constants): { readonly [name: string]: Json } {
  return {
    ...FIXED_CONSTANTS,
    ...(constantsForm.toJson(constants) as { readonly [name: string]: Json }),
    issuance_modification_delay: constants.consensusRightsDelay,
    consensus_key_activation_delay: constants.consensusRightsDelay,
    unstake_finalization_delay: constants.consensusRightsDelay + FIXED_CONSTANTS.slashing_delay,
  };
}

const PARAMETRIC_NAMES: readonly string[] = Object.keys(constantsForm.toJson(MAINNET_CONSTANTS) as object);

/**
 * The parametric constants in what `context/constants` prints; fields that are not among alpha's are ignored, since other
 * protocols have some. Raises JsonError.
 */
export function constantsFromAllJson(json: unknown): Constants {
  const printed = expectObject(json);
  return constantsForm.fromJson(
    Object.fromEntries(PARAMETRIC_NAMES.flatMap((name) => (name in printed ? [[name, printed[name]]] : []))),
  );
}

/** `constants` with the fields of a JSON object, which may be some of those printed, instead. Raises JsonError. */
export function overrideConstants(constants: Constants, json: unknown): Constants {
  const own = constantsForm.toJson(constants) as { readonly [name: string]: Json };
  return constantsForm.fromJson({ ...own, ...expectObject(json) });
}

/** The levels of reveals, as reveal.ts wants them. */
export function revealActivation(constants: Constants): RevealActivation {
  const { rawData, metadata, dalPage, dalParameters } = constants.smartRollupRevealActivationLevel;
  return { rawData: rawData.blake2b, metadata, dalPage, dalParameters };
}

/** Constants that contradict each other: the protocol does not start with them. */
export class ConstantsError extends Error {
  override readonly name = "ConstantsError";
  readonly code = "protocol.constants.invalid";

  constructor(readonly reason: string) {
    super(`protocol.constants.invalid: ${reason}`);
  }
}

const RULES: readonly (readonly [holds: (c: Constants) => boolean, otherwise: string])[] = [
  [(c) => c.minimalBlockDelay > 0n, "minimal_block_delay must be positive"],
  [(c) => c.delayIncrementPerRound >= 0n, "delay_increment_per_round must not be negative"],
  [(c) => c.consensusCommitteeSize > 0, "consensus_committee_size must be positive"],
  [
    (c) => c.consensusThresholdSize >= 0 && c.consensusThresholdSize <= c.consensusCommitteeSize,
    "consensus_threshold_size must lie between 0 and consensus_committee_size",
  ],
  [
    (c) => c.minimalParticipationRatio.numerator <= c.minimalParticipationRatio.denominator,
    "minimal_participation_ratio must not exceed 1",
  ],
  [
    (c) => c.nonceRevelationThreshold > 0 && c.nonceRevelationThreshold < c.blocksPerCycle,
    "nonce_revelation_threshold must be positive and below blocks_per_cycle",
  ],
  [(c) => c.smartRollupOriginationSize >= 0, "smart_rollup_origination_size must not be negative"],
  [(c) => c.smartRollupChallengeWindowInBlocks >= 0, "smart_rollup_challenge_window_in_blocks must not be negative"],
  [(c) => c.smartRollupCommitmentPeriodInBlocks > 0, "smart_rollup_commitment_period_in_blocks must be positive"],
  [
    (c) =>
      c.smartRollupMaxLookaheadInBlocks > c.smartRollupCommitmentPeriodInBlocks &&
      c.smartRollupMaxLookaheadInBlocks > c.smartRollupChallengeWindowInBlocks,
    "smart_rollup_max_lookahead_in_blocks must exceed the commitment period and the challenge window",
  ],
  [
    (c) => c.smartRollupMaxNumberOfCementedCommitments > 0,
    "smart_rollup_max_number_of_cemented_commitments must be positive",
  ],
  [
    (c) => c.dalParametric.numberOfSlots > 0 && c.dalParametric.numberOfSlots <= 256,
    "dal_parametric.number_of_slots must lie between 1 and 256",
  ],
  [(c) => c.dalParametric.attestationLag > 1, "dal_parametric.attestation_lag must exceed 1"],
  [
    (c) => c.dalParametric.attestationLags.at(-1) === c.dalParametric.attestationLag,
    "dal_parametric.attestation_lags must end with attestation_lag",
  ],
  [
    (c) => c.dalParametric.attestationLags.every((lag, i, lags) => i === 0 || lag > (lags[i - 1] ?? lag)),
    "dal_parametric.attestation_lags must increase",
  ],
  [
    (c) => c.dalParametric.numberOfShards <= c.consensusCommitteeSize,
    "dal_parametric.number_of_shards must not exceed consensus_committee_size",
  ],
];

/** Refuses constants that break a rule of the protocol (those about caches and the VDF left out). Raises ConstantsError. */
export function checkConstants(constants: Constants): void {
  for (const [holds, otherwise] of RULES) {
    if (!holds(constants)) throw new ConstantsError(otherwise);
  }
}
