// Whitelists: their encodings and what layer 1 accepts.
import { describe, expect, it } from "vitest";
import { encodeBase58Check } from "../../src/encoding/base58check.js";
import { decode, encode } from "../../src/encoding/binary.js";
import { DecodeError, EncodeError } from "../../src/encoding/errors.js";
import { fromHex, toHex } from "../../src/encoding/hex.js";
import { JsonError } from "../../src/encoding/json.js";
import { ProtocolError } from "../../src/protocol/errors.js";
import type { PublicKeyHash } from "../../src/protocol/identifiers.js";
import { whitelistForm, whitelistUpdateForm } from "../../src/protocol/whitelist.js";
import {
  checkDistinct,
  checkNewWhitelist,
  checkStakerAllowed,
  checkWhitelistUpdate,
  type WhitelistUpdateRequest,
} from "../../src/protocol/whitelist-rules.js";

const key = (n: number) => encodeBase58Check("tz1", new Uint8Array(20).fill(n)) as PublicKeyHash;
const A = key(1);
const B = key(2);

function refusal(attempt: () => void): string | undefined {
  try {
    attempt();
    return undefined;
  } catch (error) {
    if (error instanceof ProtocolError) return error.id;
    throw error;
  }
}

describe("whitelists", () => {
  it("have room for 194 keys", () => {
    const most = Array.from({ length: 194 }, (_, i) => key(i));
    expect(decode(whitelistForm, encode(whitelistForm, most))).toEqual(most);
    expect(() => encode(whitelistForm, [...most, A])).toThrow(EncodeError);
    const tooMany = fromHex(`00000fff${"00".repeat(4095)}`);
    expect(() => decode(whitelistForm, tooMany)).toThrow(DecodeError);
    expect(() => whitelistForm.fromJson([...most, A])).toThrow(JsonError);
  });

  it("are updated or dropped", () => {
    expect(toHex(encode(whitelistUpdateForm, { kind: "public" }))).toBe("00");
    expect(toHex(encode(whitelistUpdateForm, { kind: "private", whitelist: [A] }))).toBe(
      `01000000150001${"01".repeat(19)}`,
    );
  });

  it("are given at origination if the feature is on, and not empty", () => {
    expect(refusal(() => checkNewWhitelist(undefined, false))).toBeUndefined();
    expect(refusal(() => checkNewWhitelist([A], true))).toBeUndefined();
    expect(refusal(() => checkNewWhitelist([A], false))).toBe("smart_rollup_whitelist_disabled");
    expect(refusal(() => checkNewWhitelist([], true))).toBe("smart_rollup_empty_whitelist");
    expect(refusal(() => checkDistinct([A, B, A]))).toBe("smart_rollup_duplicated_key_in_whitelist");
    expect(refusal(() => checkDistinct([A, B]))).toBeUndefined();
  });

  it("are updated by newer messages only", () => {
    const last = { messageIndex: 3n, outboxLevel: 10 };
    const good: WhitelistUpdateRequest = { whitelist: [B], outboxLevel: 10, messageIndex: 4n };
    const said = (
      change: Partial<WhitelistUpdateRequest>,
      current: readonly PublicKeyHash[] | undefined = [A],
      on = true,
    ) => refusal(() => checkWhitelistUpdate({ ...good, ...change }, current, last, on));
    expect(said({})).toBeUndefined();
    expect(said({ outboxLevel: 11, messageIndex: 0n })).toBeUndefined();
    expect(said({ messageIndex: 3n })).toBe("smart_rollup_outdated_whitelist_update");
    expect(said({ outboxLevel: 9, messageIndex: 9n })).toBe("smart_rollup_outdated_whitelist_update");
    expect(said({ whitelist: [] })).toBe("smart_rollup_empty_whitelist");
    expect(said({ whitelist: [B, B] })).toBe("smart_rollup_duplicated_key_in_whitelist");
    expect(said({ whitelist: undefined, outboxLevel: 1 })).toBeUndefined();
    expect(said({}, [A], false)).toBe("smart_rollup_whitelist_disabled");
    expect(refusal(() => checkWhitelistUpdate(good, undefined, last, true))).toBe("smart_rollup_rollup_is_public");
  });

  it("let in those they name; public rollups let in everybody", () => {
    expect(refusal(() => checkStakerAllowed([A], A))).toBeUndefined();
    expect(refusal(() => checkStakerAllowed([A], B))).toBe("smart_rollup_staker_not_in_whitelist");
    expect(refusal(() => checkStakerAllowed(undefined, B))).toBeUndefined();
  });
});
