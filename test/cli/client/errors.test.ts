// What is said about each error that the protocol knows, and the node.
import { describe, expect, it } from "vitest";
import { putChainError } from "../../../src/cli/client/chain-error-text.js";
import { scriptErrorsText } from "../../../src/cli/client/script-error-text.js";
import type { Json } from "../../../src/encoding/json.js";
import { TextBoxes } from "../../../src/l1/client/text-boxes.js";
import { ERROR_KINDS } from "../../../src/protocol/error-kinds.js";

function textOf(error: { readonly [name: string]: Json }): string {
  const boxes = new TextBoxes();
  putChainError(boxes, error);
  return boxes.finish();
}

const alpha = (id: string, more: { readonly [name: string]: Json } = {}) => ({
  kind: "temporary",
  id: `proto.alpha.${id}`,
  ...more,
});

describe("errors", () => {
  it.each([
    [alpha("smart_rollup_does_not_exist", { rollup: "sr1x" }), "Smart rollup sr1x does not exist"],
    [
      alpha("smart_rollup_commitment_from_future", { current_level: 3, inbox_level: 5 }),
      "Commitment inbox level is greater or equal than current level\nCurrent level: 3,\ncommitment inbox level: 5",
    ],
    [
      alpha("smart_rollup_staker_funds_too_low", {
        smart_rollup: "sr1x",
        staker: "tz1x",
        staker_balance: "1500000",
        min_expected_balance: "10000000000",
      }),
      "Staker (tz1x) doesn't have enough funds to make the deposit for smart rollup (sr1x). Staker's balance is 1.5 while a " +
        "balance of at least 10000 is required.",
    ],
    [
      alpha("contract.balance_too_low", { contract: "tz1x", balance: "1", amount: "2000000" }),
      "Balance of contract tz1x too low (0.000001) to spend 2",
    ],
    [
      alpha("tez.subtraction_underflow", { amounts: ["1", "2000000"] }),
      "Underflowing subtraction of 0.000001 mutez and 2 mutez",
    ],
    [alpha("delegate.no_deletion", { delegate: "tz1x" }), "Delegate deletion is forbidden (tz1x)"],
    [{ kind: "generic", error: "just words" }, "just words"],
    [{ kind: "temporary", id: "failure", msg: "words" }, "words"],
    [
      { kind: "temporary", id: "node.prevalidation.oversized_operation", size: 40000, max_size: 32768 },
      "Oversized operation (size: 40000, max: 32768)",
    ],
    [
      alpha("unheard_of", { a: 1 }),
      'Unregistered error:\n  { "kind": "temporary", "id": "proto.alpha.unheard_of", "a": 1 }',
    ],
    [{}, "Unregistered error:\n  {}"],
    // Of an outbox message that is executed: no reporter of script errors is asked.
    [
      alpha("michelson_v1.no_such_entrypoint", { entrypoint: "%default" }),
      '{ "id": "proto.alpha.michelson_v1.no_such_entrypoint",\n' +
        '  "description": "An entrypoint was not found when calling a contract.",\n  "data": { "entrypoint": "%default" } }',
    ],
  ])("%j", (error, expected) => {
    expect(textOf(error as { readonly [name: string]: Json })).toBe(expected);
  });

  it("of rollups, of transfers and of pools have words", () => {
    const wordless = Object.keys(ERROR_KINDS).filter((id) => textOf(alpha(id)).startsWith("Unregistered error"));
    expect(wordless.filter((id) => /^(smart_rollup_|contract\.(balance|counter)|operations?\.)/.test(id))).toEqual([
      "operation.contents_list_error",
    ]);
  });

  it("of all kinds can be told, whatever their fields", () => {
    const fields: Json[] = [null, 3, "x", "\u{f0010}", [], {}, [{ prim: "nat" }], { prim: "Pair", args: [] }];
    const names = [
      "location",
      "loc",
      "wrong_stack_type",
      "expected_type",
      "contract",
      "ill_typed_code",
      "path",
      "with",
      "amounts",
    ];
    for (const id of Object.keys(ERROR_KINDS)) {
      for (const value of fields) {
        const error = alpha(id, Object.fromEntries(names.map((name) => [name, value])));
        expect(textOf(error)).not.toBe("");
        const trace = [
          { json: error },
          { json: alpha("michelson_v1.script_rejected", { location: 0, with: value }) },
          "words",
        ];
        expect(scriptErrorsText(trace, { showSource: true, codes: new Map() })).toMatch(/words$/);
      }
    }
  });
});
