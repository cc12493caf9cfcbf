import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { blake2b256 } from "../../src/crypto/blake2b.js";
import { decode, encode } from "../../src/encoding/binary.js";
import { fromHex, toHex } from "../../src/encoding/hex.js";
import { ProtocolError } from "../../src/protocol/errors.js";
import {
  genesisInbox,
  hashInbox,
  hashLevelCell,
  inboxForm,
  inboxSnapshot,
  levelCellForm,
  nextInbox,
  storedInboxForm,
} from "../../src/protocol/inbox.js";
import { inboxHashForm, messageHashForm, payloadCellHashForm } from "../../src/protocol/inbox-hashes.js";
import { LevelBuilder } from "../../src/protocol/level-builder.js";
import { frameLevel, ZERO_LEVEL_INFO } from "../../src/protocol/level-frame.js";
import { hashPayloadCell, PayloadList, payloadCellForm } from "../../src/protocol/payload-list.js";
import { describeShared, sharedPath } from "../shared-data.js";
import { at, inboxChain } from "./inbox-chain.js";

const FILE = "vectors/protocol/inbox.json";

interface Level {
  level: number;
  messages: string[];
  witness: string;
  inbox: unknown;
  inbox_hash: string;
}

interface Vectors {
  verified_case: Level & {
    cells: { index: number; content_srib3: string; back_pointers: string[]; hash: string }[];
    inbox_hash_preimage_hex: string;
  };
  computed_chain: { levels: Level[] };
}

describeShared("inbox.json", FILE, () => {
  const data = JSON.parse(readFileSync(sharedPath(FILE), "utf8")) as Vectors;

  it("gives the cells, the witness and the inbox hash of the real level", () => {
    const real = data.verified_case;
    const list = PayloadList.of(real.messages.map(fromHex));
    expect(payloadCellHashForm.toJson(list.witness)).toBe(real.witness);
    for (const cell of real.cells.toReversed()) {
      const entry = list.lookup(payloadCellHashForm.fromJson(cell.hash));
      if (entry === undefined) throw new Error(`no cell ${cell.index}`);
      expect(payloadCellForm.toJson(entry.cell)).toEqual({
        index: String(cell.index),
        content: cell.content_srib3,
        back_pointers: cell.back_pointers,
      });
      expect(payloadCellHashForm.toJson(hashPayloadCell(entry.cell))).toBe(cell.hash);
      expect(messageHashForm.toJson(entry.cell.content)).toBe(cell.content_srib3);
      expect(toHex(entry.payload)).toBe(real.messages[cell.index]);
    }
    const inbox = inboxForm.fromJson(real.inbox);
    expect(inboxHashForm.toJson(hashInbox(inbox))).toBe(real.inbox_hash);
    expect(hashInbox(inbox)).toEqual(blake2b256(fromHex(real.inbox_hash_preimage_hex)));
    expect(inbox.oldLevelsMessages.content.hash).toEqual(list.witness);
  });

  it("gives every level of the synthetic chain", () => {
    const { levels } = data.computed_chain;
    const chain = inboxChain(
      at(levels, 0).level,
      levels.map(({ messages }) => messages.map(fromHex)),
    );
    for (const [i, level] of levels.entries()) {
      const inbox = at(chain.inboxes, i);
      expect(payloadCellHashForm.toJson(at(chain.payloads, i).witness)).toBe(level.witness);
      expect(JSON.stringify(inboxForm.toJson(inbox))).toBe(JSON.stringify(level.inbox));
      expect(inboxHashForm.toJson(hashInbox(inbox))).toBe(level.inbox_hash);
      expect(inboxForm.fromJson(level.inbox)).toEqual(inbox);
      expect(decode(inboxForm, encode(inboxForm, inbox))).toEqual(inbox);
    }
    console.log(`${FILE}: 1 real level, 70 back pointer rows, ${levels.length} synthetic levels`);
    expect(levels.length).toBe(22);
  });
});

describe("encodings", () => {
  const hash = (byte: number) =>
    payloadCellHashForm.fromJson(payloadCellHashForm.toJson(new Uint8Array(32).fill(byte) as never));
  const inbox = nextInbox(genesisInbox(4, hash(1)), hash(2));

  it("follow protocol.md §2.5", () => {
    const pointer = toHex(hashLevelCell(genesisInbox(4, hash(1)).oldLevelsMessages));
    const cell = `01${"02".repeat(32)}00000005${"00000020"}${pointer}`;
    expect(toHex(encode(levelCellForm, inboxSnapshot(inbox)))).toBe(cell);
    expect(toHex(encode(inboxForm, inbox))).toBe(`00000005${cell}`);
    const stored = encode(storedInboxForm, { version: "v1", ...inbox });
    expect(toHex(stored)).toBe(`0000000005${cell}`);
    expect(decode(storedInboxForm, stored)).toEqual({ version: "v1", ...inbox });
  });
});

describe("the builder of a level", () => {
  const info = { predecessorTimestamp: 5n, predecessor: new Uint8Array(32).fill(3) };

  it("frames messages as the protocol does", () => {
    const builder = new LevelBuilder(info, "alpha_current");
    builder.addMessages([Uint8Array.of(1, 0xaa), Uint8Array.of(1, 0xbb)]);
    builder.addMessages([Uint8Array.of(1, 0xcc)]);
    expect(builder.count).toBe(6);
    const list = builder.finish([Uint8Array.of(0, 5)]);
    expect(list.messages.map(toHex)).toEqual([
      "0001",
      `00030000000000000005${"03".repeat(32)}`,
      "00040000000d616c7068615f63757272656e74",
      "01aa",
      "01bb",
      "01cc",
      "0005",
      "0002",
    ]);
    expect(list.witness).toEqual(PayloadList.of(list.messages).witness);
    const framed = frameLevel([Uint8Array.of(1, 0xaa), Uint8Array.of(1, 0xbb), Uint8Array.of(1, 0xcc)], {
      info,
      protocol: "alpha_current",
      last: [Uint8Array.of(0, 5)],
    });
    expect(framed).toEqual(list.messages);
  });

  it("makes an empty level of three messages", () => {
    expect(new LevelBuilder(ZERO_LEVEL_INFO).finish().messages).toEqual(frameLevel([]));
    expect(frameLevel([]).length).toBe(3);
  });

  it("refuses no message, and anything after the end", () => {
    const builder = new LevelBuilder(info);
    expect(() => builder.addMessages([])).toThrowError(ProtocolError);
    builder.finish();
    expect(() => builder.addMessages([Uint8Array.of(1)])).toThrowError(RangeError);
    expect(() => builder.finish()).toThrowError(RangeError);
  });

  it("takes a message while the last counter is at most a million", () => {
    const builder = new LevelBuilder(info);
    const message = Uint8Array.of(1);
    // Counters 0 and 1 are the protocol's; the message after counter 1,000,000 is still taken.
    expect(() => builder.addMessages(new Array<Uint8Array>(1_000_001).fill(message))).toThrowError(
      expect.objectContaining({ id: "smart_rollup_inbox_level_reached_message_limit" }),
    );
    expect(builder.count).toBe(2);
  });

  it("refuses a block hash of another size", () => {
    expect(() => new LevelBuilder({ predecessorTimestamp: 0n, predecessor: new Uint8Array(31) })).toThrowError(
      /31 bytes/,
    );
  });
});
