// Receipts against those of real nodes (vectors/protocol/receipts.json), and shapes that these do not show.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { decode, encode } from "../../src/encoding/binary.js";
import { DecodeError } from "../../src/encoding/errors.js";
import { type Json, JsonError } from "../../src/encoding/json.js";
import {
  balanceUpdatesForm,
  bondFreezeUpdates,
  bondPunishmentUpdates,
  bondReturnUpdates,
  feeUpdates,
  refutationRewardUpdates,
  storageFeeUpdates,
  transferUpdates,
} from "../../src/protocol/balance-updates.js";
import { ProtocolError } from "../../src/protocol/errors.js";
import { publicKeyHash, type RollupAddress } from "../../src/protocol/identifiers.js";
import { internalOperationForm } from "../../src/protocol/internal-operation.js";
import type { ManagerKind } from "../../src/protocol/manager-contents.js";
import { APPLIED_FORMS, operationResultForm } from "../../src/protocol/operation-result.js";
import {
  type AnyResult,
  contentReceiptFromJson,
  contentReceiptToJson,
  metadataForm,
  operationMetadataCodec,
  operationReceiptForm,
} from "../../src/protocol/receipt.js";
import { describeShared, sharedPath } from "../shared-data.js";

const RECEIPTS = "vectors/protocol/receipts.json";
const OPERATIONS = "vectors/protocol/operations.json";

describeShared("receipts.json", [RECEIPTS, OPERATIONS], () => {
  interface Receipt {
    readonly protocol: string;
    readonly hash: string;
    readonly kind: ManagerKind;
    readonly metadata: Json;
  }
  interface Operation {
    readonly chain_id: string;
    readonly branch: string;
    readonly contents: readonly { readonly [name: string]: Json }[];
    readonly signature: string;
    readonly hash: string;
  }
  const { receipts } = JSON.parse(readFileSync(sharedPath(RECEIPTS), "utf8")) as { receipts: readonly Receipt[] };
  const { operations } = JSON.parse(readFileSync(sharedPath(OPERATIONS), "utf8")) as {
    operations: readonly Operation[];
  };

  it("has the vectors counted here", () => {
    expect(receipts).toHaveLength(8);
    console.log(`${RECEIPTS}: 8 receipts`);
  });

  it.each(receipts.map((receipt) => [receipt.kind, receipt.hash, receipt] as const))("%s %s", (kind, _, receipt) => {
    const form = metadataForm(kind);
    const metadata = form.fromJson(receipt.metadata);
    expect(form.toJson(metadata)).toEqual(receipt.metadata);
    const results = [{ kind, metadata } as AnyResult];
    const back = decode(operationMetadataCodec, encode(operationMetadataCodec, results));
    expect(back).toHaveLength(1);
    expect(form.toJson(back[0]?.metadata as typeof metadata)).toEqual(receipt.metadata);
  });

  const both = receipts.flatMap((receipt) => {
    const operation = operations.find(({ hash }) => hash === receipt.hash);
    return operation === undefined ? [] : [[receipt.hash, receipt, operation] as const];
  });

  it.each(both)("whole operation %s", (hash, { protocol, metadata }, { chain_id, branch, contents, signature }) => {
    const json = { protocol, chain_id, hash, branch, contents: contents.map((c) => ({ ...c, metadata })), signature };
    const receipt = operationReceiptForm.fromJson(json);
    expect(operationReceiptForm.toJson(receipt)).toEqual(json);
    expect(receipt.contents[0]?.metadata.operationResult.status).toBe("applied");
  });
});

const TZ1 = publicKeyHash("tz1KqTpEZ7Yob7QbPE4Hy4Wo8fHG8LhKxZSx");
const TZ2 = publicKeyHash("tz2Q3yRaczTqZVf3ZQvwiiTqKjhJFyDzeRSz");
const ROLLUP = "sr1V6huFSUBUujzubUCg9nNXqpzfG9t4XD1h" as RollupAddress;

describe("balance updates", () => {
  const block = { origin: "block" };
  const account = (contract: string, change: string) => ({ kind: "contract", contract, change, ...block });
  const bond = (change: string) => ({
    kind: "freezer",
    category: "bonds",
    contract: TZ1,
    bond_id: { smart_rollup: ROLLUP },
    change,
    ...block,
  });

  it.each([
    [
      "fee",
      feeUpdates(TZ1, 5n),
      [account(TZ1, "-5"), { kind: "accumulator", category: "block fees", change: "5", ...block }],
    ],
    ["nothing", feeUpdates(TZ1, 0n), []],
    ["transfer", transferUpdates(TZ1, TZ2, 7n), [account(TZ1, "-7"), account(TZ2, "7")]],
    [
      "storage",
      storageFeeUpdates(TZ1, 250n),
      [account(TZ1, "-250"), { kind: "burned", category: "storage fees", change: "250", ...block }],
    ],
    ["bond", bondFreezeUpdates(TZ1, ROLLUP, 9n), [account(TZ1, "-9"), bond("9")]],
    ["bond back", bondReturnUpdates(TZ1, ROLLUP, 9n), [bond("-9"), account(TZ1, "9")]],
    [
      "punishment",
      bondPunishmentUpdates(TZ1, ROLLUP, 9n),
      [bond("-9"), { kind: "burned", category: "smart_rollup_refutation_punishments", change: "9", ...block }],
    ],
    [
      "reward",
      refutationRewardUpdates(TZ2, 4n),
      [{ kind: "minted", category: "smart_rollup_refutation_rewards", change: "-4", ...block }, account(TZ2, "4")],
    ],
  ] as const)("of a %s", (_, updates, json) => {
    expect(balanceUpdatesForm.toJson(updates)).toEqual(json);
    expect(balanceUpdatesForm.fromJson(json)).toEqual(updates);
    expect(decode(balanceUpdatesForm, encode(balanceUpdatesForm, updates))).toEqual(updates);
  });

  it("of other kinds and origins", () => {
    const json = [
      { kind: "minted", category: "baking rewards", change: "-1", origin: "block" },
      { kind: "freezer", category: "deposits", staker: { baker_own_stake: TZ1 }, change: "1", origin: "migration" },
      {
        kind: "freezer",
        category: "deposits",
        staker: { contract: TZ2, delegate: TZ1 },
        change: "1",
        origin: "subsidy",
      },
      { kind: "freezer", category: "deposits", staker: { delegate: TZ1 }, change: "1", origin: "simulation" },
      {
        kind: "freezer",
        category: "unstaked_deposits",
        staker: { delegate: TZ1 },
        cycle: 3,
        change: "1",
        origin: "block",
      },
      { kind: "staking", category: "delegate_denominator", delegate: TZ1, change: "1", origin: "block" },
      {
        kind: "burned",
        category: "burned",
        change: "3",
        origin: "delayed_operation",
        delayed_operation_hash: "opaTRLSsdqtd8APeDHqU3BxvqYDg4Lor3roR2cdh3V3Hv1VXucm",
      },
    ];
    const updates = balanceUpdatesForm.fromJson(json);
    expect(balanceUpdatesForm.toJson(updates)).toEqual(json);
    expect(decode(balanceUpdatesForm, encode(balanceUpdatesForm, updates))).toEqual(updates);
    expect(() => balanceUpdatesForm.fromJson([{ kind: "minted", category: "gold", change: "1", ...block }])).toThrow(
      JsonError,
    );
    expect(() => balanceUpdatesForm.fromJson([{ ...account(TZ1, "1"), extra: 1 }])).toThrow(/unexpected field "extra"/);
  });
});

describe("results", () => {
  const form = operationResultForm(APPLIED_FORMS.smart_rollup_refute);
  const errors = new ProtocolError("smart_rollup_wrong_turn", {}).traceToJson();
  const applied = { consumed_milligas: "100", game_status: "ongoing", balance_updates: [] };

  it.each([
    ["applied", { status: "applied", ...applied }],
    ["failed", { status: "failed", errors }],
    ["skipped", { status: "skipped" }],
    ["backtracked", { status: "backtracked", ...applied }],
    ["backtracked with errors", { status: "backtracked", errors, ...applied }],
    ["without gas", { status: "applied", game_status: "ongoing", balance_updates: [] }],
  ])("%s", (_, json) => {
    const result = form.fromJson(json);
    expect(form.toJson(result)).toEqual(json);
    expect(decode(form, encode(form, result))).toEqual(result);
  });

  it("refuse what is none", () => {
    for (const json of [
      {},
      { status: "done" },
      { status: "applied" },
      { status: "failed" },
      { status: "failed", errors: [1] },
    ]) {
      expect(() => form.fromJson(json)).toThrow(JsonError);
    }
    for (const bytes of [Uint8Array.of(4), Uint8Array.of(1), Uint8Array.of(1, 0, 0, 0, 5, 0, 0, 0, 1, 0x7b)]) {
      expect(() => decode(form, bytes)).toThrow(DecodeError);
    }
  });

  it("of outbox messages tell whitelist updates", () => {
    const outbox = APPLIED_FORMS.smart_rollup_execute_outbox_message;
    for (const update of [{ kind: "public" }, { kind: "update", whitelist: [TZ1, TZ2] }]) {
      const json = { balance_updates: [], ticket_updates: [], whitelist_update: update, consumed_milligas: "1" };
      const result = outbox.fromJson(json);
      expect(outbox.toJson(result)).toEqual(json);
      expect(decode(outbox, encode(outbox, result))).toEqual(result);
    }
  });

  it("of transactions to rollups have gas and tickets only", () => {
    const form = APPLIED_FORMS.transaction;
    const result = { consumedMilligas: 7n, ticketUpdates: [] };
    expect(form.toJson(result)).toEqual({ consumed_milligas: "7", ticket_updates: [] });
    expect(decode(form, encode(form, result))).toEqual(result);
    const token = {
      ticketer: "KT1ThEdxfUcWUwqsdergy3QnbCWGHSUHeHJq",
      content_type: { prim: "string" },
      content: { string: "red" },
    };
    const json = {
      storage: { int: "3" },
      ticket_updates: [{ ticket_token: token, updates: [{ account: ROLLUP, amount: "5" }] }],
      originated_contracts: ["KT1ThEdxfUcWUwqsdergy3QnbCWGHSUHeHJq"],
      allocated_destination_contract: true,
    };
    expect(form.toJson(form.fromJson(json))).toEqual(json);
    const withDiff = { ...json, lazy_storage_diff: [{ kind: "big_map", id: "4", diff: { action: "remove" } }] };
    expect(form.toJson(form.fromJson(withDiff))).toEqual(withDiff);
    expect(form.toJson(decode(form, encode(form, form.fromJson(withDiff))))).toEqual(withDiff);
  });
});

describe("internal operations", () => {
  const result = { status: "applied", consumed_milligas: "1" };
  it.each([
    [
      "message to a rollup",
      {
        kind: "transaction",
        source: "KT1ThEdxfUcWUwqsdergy3QnbCWGHSUHeHJq",
        nonce: 3,
        amount: "0",
        destination: ROLLUP,
        parameters: { entrypoint: "default", value: { bytes: "00" } },
        result: { ...result, ticket_receipt: [{ ticket_token: ticket(), updates: [] }] },
      },
    ],
    ["delegation", { kind: "delegation", source: ROLLUP, nonce: 0, result }],
    [
      "event",
      { kind: "event", source: ROLLUP, nonce: 0, type: { prim: "nat" }, tag: "seen", payload: { int: "1" }, result },
    ],
    ["bare event", { kind: "event", source: ROLLUP, nonce: 0, type: { prim: "unit" }, result: { status: "skipped" } }],
    [
      "origination",
      {
        kind: "origination",
        source: "KT1ThEdxfUcWUwqsdergy3QnbCWGHSUHeHJq",
        nonce: 1,
        balance: "0",
        script: { code: [], storage: { prim: "Unit" } },
        result,
      },
    ],
  ] as const)("%s", (_, json) => {
    const value = internalOperationForm.fromJson(json);
    expect(internalOperationForm.toJson(value)).toEqual(json);
    const bytes = encode(internalOperationForm, value);
    expect(internalOperationForm.toJson(decode(internalOperationForm, bytes))).toEqual(json);
  });

  it("leave out what goes without saying", () => {
    const json = {
      kind: "event",
      source: ROLLUP,
      nonce: 0,
      type: { prim: "unit" },
      tag: "default",
      payload: { prim: "Unit" },
      result,
    };
    const { tag: _, payload: __, ...short } = json;
    expect(internalOperationForm.toJson(internalOperationForm.fromJson(json))).toEqual(short);
  });
});

function ticket() {
  return {
    ticketer: "KT1ThEdxfUcWUwqsdergy3QnbCWGHSUHeHJq",
    content_type: { prim: "string" },
    content: { string: "red" },
  };
}

describe("receipts of contents", () => {
  it("go with the kind of the content", () => {
    const content = {
      kind: "smart_rollup_cement",
      source: TZ1,
      fee: "0",
      counter: "1",
      gas_limit: "0",
      storage_limit: "0",
      rollup: ROLLUP,
    };
    const json = { ...content, metadata: { operation_result: { status: "skipped" } } };
    expect(contentReceiptToJson(contentReceiptFromJson(json))).toEqual(json);
    const wrong = { ...content, metadata: { operation_result: { status: "applied", staked_hash: "src1" } } };
    expect(() => contentReceiptFromJson(wrong)).toThrow(JsonError);
    const noop = { kind: "failing_noop", arbitrary: "", metadata: {} };
    expect(() => contentReceiptFromJson(noop)).toThrow(/manager operation expected/);
  });
});
