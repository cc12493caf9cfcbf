import { describe, expect, it } from "vitest";
import { decode, encode } from "../../src/encoding/binary.js";
import { JsonError } from "../../src/encoding/json.js";
import {
  allConstantsToJson,
  type Constants,
  ConstantsError,
  checkConstants,
  constantsFromAllJson,
  MAINNET_CONSTANTS,
  overrideConstants,
  revealActivation,
  SANDBOX_CONSTANTS,
} from "../../src/protocol/constants.js";
import { constantsForm } from "../../src/protocol/constants-form.js";

/** protocol.md §3.4: the same in both presets. */
const ROLLUP_CONSTANTS = {
  smart_rollup_arith_pvm_enable: false,
  smart_rollup_origination_size: 6314,
  smart_rollup_challenge_window_in_blocks: 201_600,
  smart_rollup_stake_amount: "10000000000",
  smart_rollup_commitment_period_in_blocks: 150,
  smart_rollup_max_lookahead_in_blocks: 432_000,
  smart_rollup_max_active_outbox_levels: 151_200,
  smart_rollup_max_outbox_messages_per_level: 100,
  smart_rollup_number_of_sections_in_dissection: 32,
  smart_rollup_timeout_period_in_blocks: 100_800,
  smart_rollup_max_number_of_cemented_commitments: 5,
  smart_rollup_max_number_of_parallel_games: 32,
  smart_rollup_reveal_activation_level: {
    raw_data: { Blake2B: 0 },
    metadata: 0,
    dal_page: 1,
    dal_parameters: 1,
    dal_attested_slots_validity_lag: 241_920,
  },
  smart_rollup_private_enable: true,
  smart_rollup_riscv_pvm_enable: false,
  max_operation_data_length: 32_768,
  smart_rollup_max_wrapped_proof_binary_size: 30_000,
  smart_rollup_message_size_limit: 4096,
  smart_rollup_max_number_of_messages_per_level: "1000000",
  hard_gas_limit_per_operation: "1040000",
  hard_gas_limit_per_block: "1040000",
  hard_storage_limit_per_operation: "60000",
  cost_per_byte: "250",
  origination_size: 257,
};

describe("presets", () => {
  it.each([
    [
      "mainnet",
      MAINNET_CONSTANTS,
      { max_operations_time_to_live: 600, minimal_block_delay: "6", blocks_per_cycle: 14_400 },
    ],
    ["sandbox", SANDBOX_CONSTANTS, { max_operations_time_to_live: 8, minimal_block_delay: "1", blocks_per_cycle: 8 }],
  ] as const)("of %s have the values of protocol.md", (_, constants, own) => {
    expect(allConstantsToJson(constants)).toMatchObject({ ...ROLLUP_CONSTANTS, ...own });
    expect(() => checkConstants(constants)).not.toThrow();
  });

  it("differ in the canonical rollup", () => {
    expect(allConstantsToJson(MAINNET_CONSTANTS)).toMatchObject({
      smart_rollup_canonical_rollup_address: "sr1Ghq66tYK9y3r8CC1Tf8i8m5nxh8nTvZEf",
    });
    expect(allConstantsToJson(SANDBOX_CONSTANTS)).not.toHaveProperty("smart_rollup_canonical_rollup_address");
  });

  it.each([MAINNET_CONSTANTS, SANDBOX_CONSTANTS])("round-trip in both shapes: %#", (constants) => {
    expect(decode(constantsForm, encode(constantsForm, constants))).toEqual(constants);
    const json: unknown = JSON.parse(JSON.stringify(allConstantsToJson(constants)));
    expect(constantsFromAllJson(json)).toEqual(constants);
    expect(constantsFromAllJson({ ...(json as object), aggregate_attestation: true })).toEqual(constants);
  });

  it("print fixed constants first and derived ones last", () => {
    const names = Object.keys(allConstantsToJson(SANDBOX_CONSTANTS));
    expect(names.slice(0, 2)).toEqual(["proof_of_work_nonce_size", "nonce_length"]);
    expect(names[15]).toBe("consensus_rights_delay");
    expect(names.slice(-3)).toEqual([
      "issuance_modification_delay",
      "consensus_key_activation_delay",
      "unstake_finalization_delay",
    ]);
  });

  it("give the levels of reveals", () => {
    expect(revealActivation(SANDBOX_CONSTANTS)).toEqual({ rawData: 0, metadata: 0, dalPage: 1, dalParameters: 1 });
  });
});

describe("overrides", () => {
  it("replace fields by name", () => {
    const constants = overrideConstants(SANDBOX_CONSTANTS, {
      smart_rollup_commitment_period_in_blocks: 10,
      smart_rollup_challenge_window_in_blocks: 40,
    });
    expect(constants).toMatchObject({
      smartRollupCommitmentPeriodInBlocks: 10,
      smartRollupChallengeWindowInBlocks: 40,
    });
    expect(constants.smartRollupTimeoutPeriodInBlocks).toBe(100_800);
  });

  it("take the seed of a chain in base58check", () => {
    const seeded = { ...SANDBOX_CONSTANTS, initialSeed: new Uint8Array(32).fill(5) };
    const json = allConstantsToJson(seeded);
    expect(json["initial_seed"]).toMatch(/^rng.{50}$/);
    expect(overrideConstants(SANDBOX_CONSTANTS, { initial_seed: json["initial_seed"] })).toEqual(seeded);
  });

  it.each([
    [{ smart_rollup_period: 1 }, "encoding.json.unexpected_field", ""],
    [{ smart_rollup_stake_amount: 1 }, "encoding.json.wrong_type", "smart_rollup_stake_amount"],
    [
      { smart_rollup_timeout_period_in_blocks: "1" },
      "encoding.json.wrong_type",
      "smart_rollup_timeout_period_in_blocks",
    ],
    [
      { minimal_participation_ratio: { numerator: 1, denominator: 0 } },
      "encoding.json.bad_value",
      "minimal_participation_ratio",
    ],
    [{ max_slashing_per_block: 10_001 }, "encoding.json.bad_value", "max_slashing_per_block"],
    [{ initial_seed: "rng" }, "encoding.json.bad_value", "initial_seed"],
    [[], "encoding.json.wrong_type", ""],
  ])("refuse %j", (json, code, path) => {
    try {
      overrideConstants(SANDBOX_CONSTANTS, json);
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(JsonError);
      expect(error).toMatchObject({ code, path });
    }
  });
});

describe("rules", () => {
  const dal = SANDBOX_CONSTANTS.dalParametric;
  it.each<[Partial<Constants>, RegExp]>([
    [{ minimalBlockDelay: 0n }, /minimal_block_delay/],
    [{ delayIncrementPerRound: -1n }, /delay_increment/],
    [{ consensusCommitteeSize: 0 }, /committee_size must be positive/],
    [{ consensusThresholdSize: 257 }, /threshold_size/],
    [{ minimalParticipationRatio: { numerator: 2, denominator: 1 } }, /participation/],
    [{ nonceRevelationThreshold: 8 }, /nonce_revelation/],
    [{ smartRollupOriginationSize: -1 }, /origination_size/],
    [{ smartRollupChallengeWindowInBlocks: -1 }, /challenge_window_in_blocks must not/],
    [{ smartRollupCommitmentPeriodInBlocks: 0 }, /commitment_period_in_blocks must/],
    [{ smartRollupMaxLookaheadInBlocks: 150 }, /lookahead/],
    [{ smartRollupChallengeWindowInBlocks: 432_000 }, /lookahead/],
    [{ smartRollupMaxNumberOfCementedCommitments: 0 }, /cemented/],
    [{ dalParametric: { ...dal, numberOfSlots: 257 } }, /number_of_slots/],
    [{ dalParametric: { ...dal, attestationLag: 1, attestationLags: [1] } }, /attestation_lag must exceed/],
    [{ dalParametric: { ...dal, attestationLags: [1, 2] } }, /must end with/],
    [{ dalParametric: { ...dal, attestationLags: [2, 2, 5] } }, /must increase/],
    [{ dalParametric: { ...dal, numberOfShards: 257 } }, /shards/],
  ])("are checked: %#", (change, message) => {
    expect(() => checkConstants({ ...SANDBOX_CONSTANTS, ...change })).toThrowError(ConstantsError);
    expect(() => checkConstants({ ...SANDBOX_CONSTANTS, ...change })).toThrowError(message);
  });
});
