import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fromHex, toHex } from "../../../src/encoding/hex.js";
import { deserializeInboxMessage } from "../../../src/protocol/inbox-message.js";
import { InputsError } from "../../../src/protocol/inputs/error.js";
import { parseInputs, type RollupInputs } from "../../../src/protocol/inputs/inputs.js";
import { parseMichelson } from "../../../src/protocol/inputs/michelson-payload.js";

const SOL = "0001";
const EOL = "0002";
const ZERO_INFO = `0003${"00".repeat(40)}`;

function hexMessages(inputs: RollupInputs): string[][] {
  return inputs.inboxes.map((inbox) => inbox.messages.map(toHex));
}

function failure(value: unknown): InputsError {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  try {
    parseInputs(text);
  } catch (error) {
    if (error instanceof InputsError) return error;
    throw error;
  }
  throw new Error(`accepted: ${text}`);
}

describe("debugger inboxes", () => {
  it("frames each level with start, zero info and end", () => {
    const inputs = parseInputs('[[{"external":"AAbb"},{"serialized":"0102ff"},"ff"],[]]');
    expect(inputs.originationLevel).toBe(0);
    expect(inputs.rollup).toBeUndefined();
    expect(inputs.inboxes.map((inbox) => inbox.level)).toEqual([0, 1]);
    expect(hexMessages(inputs)).toEqual([
      [SOL, ZERO_INFO, "01aabb", "0102ff", "ff", EOL],
      [SOL, ZERO_INFO, EOL],
    ]);
    expect(inputs.reveals.size).toBe(0);
  });

  it("takes rollup, levels and info from the options", () => {
    const predecessor = new Uint8Array(32).fill(7);
    const inputs = parseInputs('[[],[{"external":""}]]', {
      rollup: "sr163Lv22CdE8QagCwf48PWDTquk6isQwv57",
      originationLevel: 9,
      firstLevel: 10,
      info: (level) => ({ predecessorTimestamp: BigInt(level), predecessor }),
    });
    expect(inputs.rollup).toBe("sr163Lv22CdE8QagCwf48PWDTquk6isQwv57");
    expect(inputs.originationLevel).toBe(9);
    expect(inputs.inboxes.map((inbox) => inbox.level)).toEqual([10, 11]);
    expect(hexMessages(inputs)[1]).toEqual([SOL, `0003000000000000000b${"07".repeat(32)}`, "01", EOL]);
  });

  it("bounds external payloads at 4095 bytes, not verbatim messages", () => {
    expect(hexMessages(parseInputs(JSON.stringify([[{ external: "00".repeat(4095) }]])))[0]?.[2]?.length).toBe(
      2 * 4096,
    );
    expect(hexMessages(parseInputs(JSON.stringify([["00".repeat(5000)]])))[0]?.[2]?.length).toBe(2 * 5000);
    expect(failure([[], [{ external: "00".repeat(4096) }]]).message).toBe(
      "[1][0].external: 4096 bytes; an external message has at most 4095",
    );
  });

  it.each([
    [[[{ external: "abc" }]], "[0][0].external: odd number of hex digits", "protocol.inputs.bad_hex"],
    [
      [[], [{ serialized: "0g" }]],
      '[1][0].serialized: "g" at position 1 is not a hex digit',
      "protocol.inputs.bad_hex",
    ],
    [[["0x01"]], '[0][0]: "x" at position 1 is not a hex digit', "protocol.inputs.bad_hex"],
    [[[{ external: 12 }]], "[0][0].external: string expected, got number 12", "protocol.inputs.bad_shape"],
    [[[{}]], "[0][0]: message expected: `external`, `serialized` or `payload`", "protocol.inputs.bad_shape"],
    [
      [[{ sender: "KT1" }]],
      "[0][0]: message expected: `external`, `serialized` or `payload`",
      "protocol.inputs.bad_shape",
    ],
    [
      [[{ external: "00", serialized: "00" }]],
      "[0][0]: one field expected, got `external` and `serialized`",
      "protocol.inputs.bad_shape",
    ],
    [
      [[{ extern: "00" }]],
      "[0][0].extern: unknown field (known: external, serialized, payload, sender, source, destination)",
      "protocol.inputs.bad_shape",
    ],
    [[null], "[0]: array expected, got null", "protocol.inputs.bad_shape"],
    [[[[]]], "[0][0]: object expected, got an array", "protocol.inputs.bad_shape"],
  ])("refuses %j", (value, message, code) => {
    const error = failure(value);
    expect(error.message).toBe(message);
    expect(error.code).toBe(code);
  });

  it("serializes Michelson payloads, with defaults for who is not named", () => {
    const zeros = "00".repeat(20);
    const inputs = parseInputs('[[{"payload":"Pair Unit False"}]]');
    expect(hexMessages(inputs)[0]?.[2]).toBe(`00000707030b0303${zeros}00${zeros}${zeros}`);
  });

  it("takes who is named, and the rollup of the options", () => {
    const named = {
      payload: "0",
      sender: "KT1ThEdxfUcWUwqsdergy3QnbCWGHSUHeHJq",
      source: "tz1RjtZUVeLhADFHDL8UwDZA6vjWWhojpu5w",
      destination: "sr1RYurGZtN8KNSpkMcCt9CgWeUaNkzsAfXf",
    };
    const rollup = "sr1EpNxztmmKESUP4xTcLdxfWtuAXNbjnLAW";
    const inputs = parseInputs(JSON.stringify([[named, { payload: "0" }]]), { rollup });
    const [, , first, second] = hexMessages(inputs)[0] ?? [];
    const decoded = deserializeInboxMessage(fromHex(first ?? ""));
    expect(decoded).toEqual({ kind: "transfer", ...named, payload: { int: "0" } });
    expect(deserializeInboxMessage(fromHex(second ?? ""))).toMatchObject({ destination: rollup });
  });

  it.each([
    ["-12", { int: "-12" }],
    ['(Pair 1 "a\\n" 0xAb) # end', { prim: "Pair", args: [{ int: "1" }, { string: "a\n" }, { bytes: "ab" }] }],
    ["{ 1 ; /* none ) */ 2 }", [{ int: "1" }, { int: "2" }]],
    ["Pair %a Unit False", { prim: "Pair", args: [{ prim: "Unit" }, { prim: "False" }], annots: ["%a"] }],
    ["{ CADR }", [[{ prim: "CAR" }, { prim: "CDR" }]]],
  ])("reads the Michelson %j", (source, value) => {
    expect(parseMichelson(source, "")).toEqual(value);
  });

  it.each([
    ["", "not Michelson: one expression expected, got 0"],
    ["1 ; 2", "not Michelson: one expression expected, got 2"],
    ["Foo 1", "not Michelson: "],
    ["Pair (1", 'not Michelson: "(" at position 5 has no partner'],
    ["1 } { 2", 'not Michelson: "}" at position 2 has no partner'],
    ["0x1", "not Michelson: "],
    ['"open', "not Michelson: "],
  ])("refuses %j as Michelson", (payload, reason) => {
    const error = failure([[{ payload }]]);
    expect(error.code).toBe("protocol.inputs.michelson_payload");
    expect(error.message).toContain(`[0][0].payload: ${reason}`);
  });

  it("refuses addresses of the wrong kind, and transfers that are too long", () => {
    const tz = "tz1RjtZUVeLhADFHDL8UwDZA6vjWWhojpu5w";
    expect(failure([[{ payload: "0", sender: tz }]]).message).toBe("[0][0].sender: not a contract's address (KT1…)");
    expect(failure([[{ payload: "0", source: "x" }]]).message).toBe("[0][0].source: not an account's address (tz…)");
    expect(failure([[{ payload: "0", destination: tz }]]).code).toBe("protocol.inputs.bad_address");
    expect(failure([[{ payload: `0x${"00".repeat(4096)}` }]]).code).toBe("protocol.inputs.too_long");
    expect(failure([[{ payload: "0", external: "00" }]]).message).toContain("one field expected");
  });
});

describe("recorded inputs", () => {
  const good = {
    rollup: "sr1EpNxztmmKESUP4xTcLdxfWtuAXNbjnLAW",
    originationLevel: 5,
    inboxes: [
      { level: 6, messages: [SOL, ZERO_INFO, "01AB", EOL] },
      { level: 8, messages: [SOL, EOL] },
    ],
    reveals: { "00FF": "cafe" },
  };

  it("reads them verbatim", () => {
    const inputs = parseInputs(`\uFEFF ${JSON.stringify(good)}`);
    expect(inputs.rollup).toBe(good.rollup);
    expect(inputs.originationLevel).toBe(5);
    expect(inputs.inboxes.map((inbox) => inbox.level)).toEqual([6, 8]);
    expect(hexMessages(inputs)).toEqual([
      [SOL, ZERO_INFO, "01ab", EOL],
      [SOL, EOL],
    ]);
    expect([...inputs.reveals].map(([request, data]) => [request, toHex(data)])).toEqual([["00ff", "cafe"]]);
  });

  it("lets rollup and reveals be absent", () => {
    const inputs = parseInputs('{"originationLevel":0,"inboxes":[]}');
    expect(inputs).toEqual({ originationLevel: 0, inboxes: [], reveals: new Map() });
  });

  it.each([
    [{ ...good, originationLevel: -1 }, "originationLevel: -1 is not a level (0 to 2147483647)"],
    [{ ...good, originationLevel: 1.5 }, "originationLevel: 1.5 is not a level (0 to 2147483647)"],
    [{ ...good, originationLevel: "1" }, 'originationLevel: level (a number) expected, got string "1"'],
    [{ inboxes: [] }, "originationLevel: level (a number) expected, got nothing"],
    [{ originationLevel: 0 }, "inboxes: array expected, got nothing"],
    [{ ...good, rollup: "sr1Ep" }, "rollup: not a smart rollup address (sr1…)"],
    [{ ...good, rollup: "tz1Ke2h7sDdakHJQh8WX4Z372du1KChsksyU" }, "rollup: not a smart rollup address (sr1…)"],
    [{ ...good, extra: 1 }, "extra: unknown field (known: rollup, originationLevel, inboxes, reveals)"],
    [
      {
        ...good,
        inboxes: [
          { level: 1, messages: [SOL, EOL] },
          { level: 2, messages: [SOL, "", "1", "012"] },
        ],
      },
      "inboxes[1].messages[2]: odd number of hex digits",
    ],
    [
      {
        ...good,
        inboxes: [
          { level: 1, messages: [SOL, EOL] },
          { level: 2, messages: [SOL, "", "00", "012"] },
        ],
      },
      "inboxes[1].messages[3]: odd number of hex digits",
    ],
    [
      {
        ...good,
        inboxes: [
          { level: 2, messages: [SOL, EOL] },
          { level: 2, messages: [SOL, EOL] },
        ],
      },
      "inboxes[1].level: level 2 does not come after level 2 of the inbox before",
    ],
    [
      { ...good, inboxes: [{ level: 2, messages: [] }] },
      "inboxes[0].messages: start of level (0001) expected, got no message",
    ],
    [
      { ...good, inboxes: [{ level: 2, messages: ["01", EOL] }] },
      "inboxes[0].messages[0]: start of level (0001) expected, got 01…",
    ],
    [
      { ...good, inboxes: [{ level: 2, messages: [SOL, "000200"] }] },
      "inboxes[0].messages[1]: end of level (0002) expected, got 000200…",
    ],
    [{ ...good, reveals: { zz: "" } }, 'reveals.zz: "z" at position 0 is not a hex digit'],
    [{ ...good, reveals: { "00": "", "0A": "", "0a": "" } }, 'reveals["0a"]: request given twice'],
    [{ ...good, reveals: { "00": 1 } }, 'reveals["00"]: string expected, got number 1'],
    [{ ...good, reveals: [] }, "reveals: object expected, got an array"],
  ])("refuses %#", (value, message) => {
    expect(failure(value).message).toBe(message);
  });
});

describe("anything else", () => {
  it.each(["", "{", "[1,]", "nul"])("is not JSON: %j", (text) => {
    const error = failure(text);
    expect(error.code).toBe("protocol.inputs.not_json");
    expect(error.message).toMatch(/^not JSON: /);
  });

  it.each(["null", "3", '"x"', "true"])("has another shape: %s", (text) => {
    expect(failure(text).message).toMatch(/^array of inboxes or object of recorded inputs expected, got /);
  });

  it("never raises anything but InputsError", () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string()), (text) => {
        try {
          parseInputs(text);
        } catch (error) {
          expect(error).toBeInstanceOf(InputsError);
        }
      }),
      { seed: 1, numRuns: 2000 },
    );
  });
});
