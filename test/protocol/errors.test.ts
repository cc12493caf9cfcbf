// The protocol's errors: their table, their JSON, traces.
import { describe, expect, it } from "vitest";
import { JsonError } from "../../src/encoding/json.js";
import { ERROR_KINDS, type ErrorId } from "../../src/protocol/error-kinds.js";
import {
  isProtocolError,
  ProtocolError,
  protocolErrorFromJson,
  readPrintedError,
  traced,
} from "../../src/protocol/errors.js";
import { publicKeyHash, type RollupAddress } from "../../src/protocol/identifiers.js";

const TZ1 = publicKeyHash("tz1KqTpEZ7Yob7QbPE4Hy4Wo8fHG8LhKxZSx");
const ROLLUP = "sr1V6huFSUBUujzubUCg9nNXqpzfG9t4XD1h" as RollupAddress;

describe("errors", () => {
  it("print as {kind, id, fields}", () => {
    const error = new ProtocolError("smart_rollup_does_not_exist", { rollup: ROLLUP });
    expect(error.toJson()).toEqual({
      kind: "temporary",
      id: "proto.alpha.smart_rollup_does_not_exist",
      rollup: ROLLUP,
    });
    expect(error.toJson("025-PsUshuai")).toMatchObject({ id: "proto.025-PsUshuai.smart_rollup_does_not_exist" });
    expect(error.code).toBe("protocol.smart_rollup_does_not_exist");
    expect(error.message).toContain(ROLLUP);
    expect(isProtocolError(error, "smart_rollup_does_not_exist")).toBe(true);
    expect(isProtocolError(error, "smart_rollup_no_game")).toBe(false);
  });

  it.each<[ProtocolError, string, unknown]>([
    [
      new ProtocolError("contract.counter_in_the_past", { contract: TZ1, expected: 3n, found: 2n }),
      "branch",
      { contract: TZ1, expected: "3", found: "2" },
    ],
    [
      new ProtocolError("smart_rollup_timeout_level_not_reached", { blocksLeft: 5, staker: TZ1 }),
      "temporary",
      { level_timeout: 5, staker: TZ1 },
    ],
    [new ProtocolError("smart_rollup_dissection_stop_hash_mismatch", { hash: null }), "temporary", { hash: null }],
    [
      new ProtocolError("smart_rollup_commitment_too_old", { lastCementedInboxLevel: 4, commitmentInboxLevel: 2 }),
      "permanent",
      { last_cemented_inbox_level: 4, commitment_inbox_level: 2 },
    ],
    [
      new ProtocolError("smart_rollup_outdated_whitelist_update", {
        messageIndex: 1n,
        lastWhitelistUpdate: { messageIndex: 2n, outboxLevel: 3 },
      }),
      "permanent",
      { message_index: "1", last_whitelist_update: { message_index: "2", outbox_level: 3 } },
    ],
    [
      new ProtocolError("context.storage_error", { missingKey: ["rolls", "owner"], function: "get" }),
      "permanent",
      { missing_key: ["rolls", "owner"], function: "get" },
    ],
    [new ProtocolError("Dissection_choice_not_found", { choice: 7n }), "temporary", { choice: "7" }],
  ])("%s", (error, kind, fields) => {
    const json = error.toJson();
    expect(json).toEqual({ kind, id: `proto.alpha.${error.id}`, ...(fields as object) });
    const back = protocolErrorFromJson(json);
    expect(back?.id).toBe(error.id);
    expect(back?.fields).toEqual(error.fields);
    expect(back?.category).toBe(kind);
  });

  it("make traces, outermost first", () => {
    const attempt = () => {
      throw new ProtocolError("contract.balance_too_low", { contract: TZ1, balance: 1n, amount: 2n });
    };
    const outer = () =>
      new ProtocolError("smart_rollup_staker_funds_too_low", {
        staker: TZ1,
        smartRollup: ROLLUP,
        stakerBalance: 1n,
        minExpectedBalance: 2n,
      });
    try {
      traced(outer, attempt);
      expect.fail("nothing was raised");
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      expect(error.traceToJson()).toMatchObject([
        { id: "proto.alpha.smart_rollup_staker_funds_too_low", staker_balance: "1", min_expected_balance: "2" },
        { id: "proto.alpha.contract.balance_too_low", balance: "1", amount: "2" },
      ]);
    }
    expect(traced(outer, () => 3)).toBe(3);
    expect(() =>
      traced(outer, () => {
        throw new TypeError("ours");
      }),
    ).toThrow(TypeError);
  });

  it("are read whatever they are", () => {
    expect(readPrintedError({ kind: "permanent", id: "proto.023-Pt.new_one", x: 1 })).toMatchObject({
      category: "permanent",
      protocol: "023-Pt",
      id: "new_one",
    });
    expect(readPrintedError({ kind: "generic", id: "failure" })).toEqual({
      category: "generic",
      id: "failure",
      json: { kind: "generic", id: "failure" },
    });
    expect(readPrintedError("text")).toBeUndefined();
    expect(protocolErrorFromJson({ kind: "permanent", id: "proto.023-Pt.new_one" })).toBeUndefined();
    expect(() => protocolErrorFromJson({ kind: "temporary", id: "proto.alpha.smart_rollup_does_not_exist" })).toThrow(
      JsonError,
    );
  });

  it("are permanent, among those of rollups, as protocol.md §7.4 says", () => {
    const permanent = (Object.keys(ERROR_KINDS) as ErrorId[]).filter(
      (id) => id.startsWith("smart_rollup_") && ERROR_KINDS[id].category === "permanent",
    );
    for (const id of [
      "smart_rollup_zero_tick_commitment",
      "smart_rollup_commitment_past_curfew",
      "smart_rollup_commitment_too_old",
      "smart_rollup_not_valid_commitments_conflict",
      "smart_rollup_wrong_staker_for_conflict_commitment",
      "smart_rollup_double_publish",
      "smart_rollup_empty_whitelist",
      "smart_rollup_whitelist_disabled",
      "smart_rollup_rollup_is_public",
      "smart_rollup_add_zero_messages",
      "smart_rollup_invalid_parameters_type",
      "smart_rollup_invalid_last_cemented_commitment",
      "smart_rollup_invalid_output_proof",
      "smart_rollup_invalid_outbox_level",
      "smart_rollup_outdated_whitelist_update",
    ]) {
      expect(permanent).toContain(id);
    }
    expect(Object.keys(ERROR_KINDS).length).toBeGreaterThan(100);
  });
});
