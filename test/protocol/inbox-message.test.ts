import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decode, encode } from "../../src/encoding/binary.js";
import { DecodeError } from "../../src/encoding/errors.js";
import { fromHex, toHex } from "../../src/encoding/hex.js";
import { JsonError } from "../../src/encoding/json.js";
import { ProtocolError } from "../../src/protocol/errors.js";
import type { BlockHash, ContractHash, PublicKeyHash, RollupAddress } from "../../src/protocol/identifiers.js";
import { hashMessage, messageHashForm } from "../../src/protocol/inbox-hashes.js";
import {
  deserializeInboxMessage,
  type InboxMessage,
  inboxMessageForm,
  serializeExternal,
  serializeInboxMessage,
} from "../../src/protocol/inbox-message.js";
import { END_OF_LEVEL, infoPerLevel, protocolMigration, START_OF_LEVEL } from "../../src/protocol/level-frame.js";
import { describeShared, sharedPath } from "../shared-data.js";

const FILE = "vectors/protocol/inbox_messages.json";

interface Vectors {
  vectors: { hex: string; json: unknown }[];
  payload_hash: { message: string; srib3: string }[];
}

describeShared("inbox_messages.json", FILE, () => {
  const data = JSON.parse(readFileSync(sharedPath(FILE), "utf8")) as Vectors;

  it.each(data.vectors)("$hex", ({ hex, json }) => {
    const message = deserializeInboxMessage(fromHex(hex));
    expect(toHex(serializeInboxMessage(message))).toBe(hex);
    expect(inboxMessageForm.toJson(message)).toEqual(json);
    expect(JSON.stringify(inboxMessageForm.toJson(message))).toBe(JSON.stringify(json));
    expect(inboxMessageForm.fromJson(json)).toEqual(message);
  });

  it.each(data.payload_hash)("hash of $message", ({ message, srib3 }) => {
    expect(messageHashForm.toJson(hashMessage(fromHex(message)))).toBe(srib3);
  });

  it("counts", () => {
    console.log(`${FILE}: ${data.vectors.length} messages, ${data.payload_hash.length} hashes`);
    expect([data.vectors.length, data.payload_hash.length]).toEqual([10, 5]);
  });
});

const publisher = fc.constantFrom(
  "tz1Ke2h7sDdakHJQh8WX4Z372du1KChsksyU" as PublicKeyHash,
  "tz28KEfLTo3wg2wGyJZMjC1MaDA1q68s6tz5" as PublicKeyHash,
  "tz1iydgEAWLmDA7qqDXwPsXEJRXWa9LZHgXV" as PublicKeyHash,
);

const message: fc.Arbitrary<InboxMessage> = fc.oneof(
  fc.uint8Array({ maxLength: 50 }).map((payload) => ({ kind: "external" as const, payload })),
  fc.constantFrom({ kind: "start_of_level" as const }, { kind: "end_of_level" as const }),
  fc.record({
    kind: fc.constant("info_per_level" as const),
    predecessorTimestamp: fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n),
    predecessor: fc.uint8Array({ minLength: 32, maxLength: 32 }).map((hash) => hash as BlockHash),
  }),
  fc.uint8Array({ maxLength: 20 }).map((protocol) => ({ kind: "protocol_migration" as const, protocol })),
  fc.record({
    kind: fc.constant("transfer" as const),
    payload: fc
      .bigInt()
      .map((int) => ({ prim: "Pair", args: [{ int: int.toString() }, { string: "é" }], annots: ["%a"] })),
    sender: fc.constant("KT1RRA1Zj6dZXZaeravro3LTmnTPpHA9cNGW" as ContractHash),
    source: publisher,
    destination: fc.constant("sr1EpNxztmmKESUP4xTcLdxfWtuAXNbjnLAW" as RollupAddress),
  }),
  fc.record({
    kind: fc.constant("dal_attested_slots" as const),
    publishedLevel: fc.nat(2 ** 31 - 1),
    numberOfSlots: fc.constant(32),
    slotSize: fc.integer({ min: -(2 ** 30), max: 2 ** 30 - 1 }),
    pageSize: fc.nat(65535),
    slotsByPublisher: fc
      .tuple(fc.nat(2 ** 32 - 1), fc.boolean())
      .map(([slots, one]) =>
        one ? [["tz1Ke2h7sDdakHJQh8WX4Z372du1KChsksyU" as PublicKeyHash, BigInt(slots)] as const] : [],
      ),
  }),
);

describe("inbox messages", () => {
  it("round-trip in both shapes", () => {
    fc.assert(
      fc.property(message, (value) => {
        expect(deserializeInboxMessage(serializeInboxMessage(value))).toEqual(value);
        const json: unknown = JSON.parse(JSON.stringify(inboxMessageForm.toJson(value)));
        expect(inboxMessageForm.fromJson(json)).toEqual(value);
      }),
      { seed: 11, numRuns: 1000 },
    );
  });

  it("answer hostile bytes with DecodeError only", () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 80 }),
      fc.tuple(message, fc.nat(), fc.nat(255)).map(([value, at, byte]) => {
        const serialized = serializeInboxMessage(value);
        serialized[at % serialized.length] = byte;
        return serialized;
      }),
      fc.uint8Array({ maxLength: 80 }).map((rest) => Uint8Array.of(0, 0, ...rest)),
    );
    fc.assert(
      fc.property(bytes, (input) => {
        try {
          const value = deserializeInboxMessage(input);
          expect(deserializeInboxMessage(serializeInboxMessage(value))).toEqual(value);
        } catch (error) {
          expect(error).toBeInstanceOf(DecodeError);
        }
      }),
      { seed: 12, numRuns: 3000 },
    );
  });

  it("have at most 4096 bytes", () => {
    expect(serializeExternal(new Uint8Array(4095)).length).toBe(4096);
    expect(() => serializeExternal(new Uint8Array(4096))).toThrowError(
      new ProtocolError("smart_rollup_inbox_message_encoding", {}),
    );
    expect(() => deserializeInboxMessage(Uint8Array.of(1, ...new Uint8Array(4096)))).toThrowError(DecodeError);
    expect(() => serializeInboxMessage({ kind: "protocol_migration", protocol: new Uint8Array(4091) })).toThrowError(
      ProtocolError,
    );
  });

  it("agree with the bytes of the level's frame", () => {
    expect(serializeInboxMessage({ kind: "start_of_level" })).toEqual(START_OF_LEVEL);
    expect(serializeInboxMessage({ kind: "end_of_level" })).toEqual(END_OF_LEVEL);
    const predecessor = new Uint8Array(32).fill(9) as BlockHash;
    expect(serializeInboxMessage({ kind: "info_per_level", predecessorTimestamp: -1n, predecessor })).toEqual(
      infoPerLevel({ predecessorTimestamp: -1n, predecessor }),
    );
    const protocol = new TextEncoder().encode("u025_025");
    expect(serializeInboxMessage({ kind: "protocol_migration", protocol })).toEqual(protocolMigration("u025_025"));
  });

  it("give attested slots the order, and the bits, that Octez gives them", () => {
    const low = "tz1Ke2h7sDdakHJQh8WX4Z372du1KChsksyU" as PublicKeyHash;
    const high = "tz28KEfLTo3wg2wGyJZMjC1MaDA1q68s6tz5" as PublicKeyHash;
    const common = {
      kind: "dal_attested_slots",
      publishedLevel: 1,
      numberOfSlots: 4,
      slotSize: 1,
      pageSize: 1,
    } as const;
    const sorted = { ...common, slotsByPublisher: [[low, 0b101n] as const, [high, 0b1111n] as const] };
    const given = {
      ...common,
      slotsByPublisher: [
        [high, -1n],
        [low, 1n],
        [low, 0b10101n],
      ] as const,
    };
    expect(serializeInboxMessage(given)).toEqual(serializeInboxMessage(sorted));
    expect(deserializeInboxMessage(serializeInboxMessage(given))).toEqual(sorted);
  });

  it.each([
    ["0006", "encoding.unknown_tag"],
    ["02", "encoding.unknown_tag"],
    ["", "encoding.unexpected_end"],
    ["000100", "encoding.trailing_bytes"],
    ["0003" + "00".repeat(39), "encoding.unexpected_end"],
    ["000400000001", "encoding.unexpected_end"],
    ["0000ff", "encoding.unknown_tag"],
  ])("refuse %s", (hex, code) => {
    expect(() => deserializeInboxMessage(fromHex(hex))).toThrowError(expect.objectContaining({ code }));
  });

  it.each([
    [
      { internal_inbox_message_kind: "info_per_level", predecessor_timestamp: "x", predecessor: "B" },
      "predecessor_timestamp",
    ],
    [{ internal_inbox_message_kind: "nothing" }, ""],
    [
      {
        internal_inbox_message_kind: "dal_attested_slots",
        published_level: 1,
        number_of_slots: 1,
        slot_size: 1,
        page_size: 1,
        slots_by_publisher: [["tz1"]],
      },
      "slots_by_publisher[0]",
    ],
    ["0g", ""],
    [4, ""],
  ])("are not read from %j", (json, path) => {
    try {
      inboxMessageForm.fromJson(json);
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(JsonError);
      expect((error as JsonError).path).toBe(path);
    }
  });

  it("write what they read, in the middle of other bytes", () => {
    const bytes = encode(inboxMessageForm, { kind: "external", payload: fromHex("2d") });
    expect(toHex(bytes)).toBe("012d");
    expect(decode(inboxMessageForm, bytes)).toEqual({ kind: "external", payload: fromHex("2d") });
  });
});
