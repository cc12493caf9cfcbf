import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decode, encode } from "../../src/encoding/binary.js";
import { DecodeError } from "../../src/encoding/errors.js";
import { toHex } from "../../src/encoding/hex.js";
import { inboxSnapshot, type LevelCell } from "../../src/protocol/inbox.js";
import {
  type InboxInput,
  type InboxPosition,
  type InboxProof,
  InboxProofError,
  inboxProofForm,
  produceInboxProof,
  produceInboxProofAsync,
  serializeInboxProof,
  verifyInboxProof,
} from "../../src/protocol/inbox-proof.js";
import { frameLevel, START_OF_LEVEL } from "../../src/protocol/level-frame.js";
import type { PathRules } from "../../src/protocol/skip-list.js";
import { at, inboxChain } from "./inbox-chain.js";

const FIRST_LEVEL = 7;
const LEVELS = 90;

/** Levels of 3 to 40 messages; some messages occur twice, in a level and in several levels. */
const chain = inboxChain(
  FIRST_LEVEL,
  Array.from({ length: LEVELS }, (_, i) =>
    frameLevel(
      Array.from({ length: (i * 7) % 38 }, (_, j) => Uint8Array.of(1, i % 3, j % 5)),
      { info: { predecessorTimestamp: BigInt(i), predecessor: new Uint8Array(32).fill(i) } },
    ),
  ),
);
const snapshot = inboxSnapshot(at(chain.inboxes, -1));
const RULES: readonly PathRules[] = ["octez", "strict"];

function messageCount(level: number): number {
  return at(chain.payloads, level - FIRST_LEVEL).messages.length;
}

/** What is to be read at a position, from the messages themselves. */
function expected({ level, counter }: InboxPosition): InboxInput | undefined {
  const payload = at(chain.payloads, level - FIRST_LEVEL).messages[Number(counter)];
  if (payload !== undefined) return { level, counter, payload };
  return level === FIRST_LEVEL + LEVELS - 1 ? undefined : { level: level + 1, counter: 0n, payload: START_OF_LEVEL };
}

const position = fc
  .tuple(fc.nat(LEVELS - 1), fc.nat())
  .map(([i, n]) => ({ level: FIRST_LEVEL + i, counter: BigInt(n % (messageCount(FIRST_LEVEL + i) + 1)) }));

function verdict(
  proof: InboxProof,
  place: InboxPosition,
  head: LevelCell,
  rules: PathRules,
): InboxInput | undefined | "refused" {
  try {
    return verifyInboxProof(proof, place, head, rules);
  } catch (error) {
    expect(error).toBeInstanceOf(InboxProofError);
    return "refused";
  }
}

describe("inbox proofs", () => {
  it("show every message and the end of every level", () => {
    for (let level = FIRST_LEVEL; level < FIRST_LEVEL + LEVELS; level += 1) {
      for (const counter of [0, 1, 2, messageCount(level) - 1, messageCount(level)]) {
        const place = { level, counter: BigInt(counter) };
        const { proof, input } = produceInboxProof(chain.history, snapshot, place);
        expect(input).toEqual(expected(place));
        for (const rules of RULES) expect(verifyInboxProof(proof, place, snapshot, rules)).toEqual(input);
      }
    }
  });

  it("round-trip, in bytes and in JSON, and verify from any later snapshot", () => {
    fc.assert(
      fc.property(position, fc.nat(), (place, later) => {
        const head = inboxSnapshot(
          at(chain.inboxes, place.level - FIRST_LEVEL + (later % (LEVELS - place.level + FIRST_LEVEL))),
        );
        const { proof, input } = produceInboxProof(chain.history, head, place);
        const bytes = serializeInboxProof(proof);
        expect(decode(inboxProofForm, bytes)).toEqual(proof);
        expect(inboxProofForm.fromJson(JSON.parse(JSON.stringify(inboxProofForm.toJson(proof))))).toEqual(proof);
        for (const rules of RULES) expect(verifyInboxProof(proof, place, head, rules)).toEqual(input);
      }),
      { seed: 31, numRuns: 400 },
    );
  });

  it("are refused for another message, level or index", () => {
    fc.assert(
      fc.property(position, position, (place, other) => {
        const { proof } = produceInboxProof(chain.history, snapshot, place);
        if (place.level !== other.level || place.counter !== other.counter) {
          expect(verdict(proof, other, snapshot, "strict")).toBe("refused");
        }
        for (const counter of [place.counter - 1n, place.counter + 1n, -1n, 2n ** 60n, 10n ** 30n]) {
          for (const rules of RULES)
            expect(verdict(proof, { level: place.level, counter }, snapshot, rules)).toBe("refused");
        }
        const payload =
          proof.messageProof.payload === undefined ? Uint8Array.of(1) : Uint8Array.of(...proof.messageProof.payload, 0);
        const changed = { ...proof, messageProof: { ...proof.messageProof, payload } };
        for (const rules of RULES) expect(verdict(changed, place, snapshot, rules)).toBe("refused");
      }),
      { seed: 32, numRuns: 400 },
    );
  });

  it("are refused against another snapshot", () => {
    fc.assert(
      fc.property(position, fc.nat(LEVELS - 2), (place, i) => {
        const { proof } = produceInboxProof(chain.history, snapshot, place);
        for (const rules of RULES) {
          expect(verdict(proof, place, inboxSnapshot(at(chain.inboxes, i)), rules)).toBe("refused");
        }
      }),
      { seed: 33, numRuns: 200 },
    );
  });

  // Indices are not hashed: a changed one can leave the proof as good as it was, and then it shows the same.
  it("are refused, or show the same, when a byte is changed", () => {
    let refused = 0;
    let same = 0;
    fc.assert(
      fc.property(position, fc.nat(), fc.integer({ min: 1, max: 255 }), (place, spot, difference) => {
        const { proof, input } = produceInboxProof(chain.history, snapshot, place);
        const bytes = serializeInboxProof(proof);
        const i = spot % bytes.length;
        bytes[i] = (bytes[i] ?? 0) ^ difference;
        let read: InboxProof;
        try {
          read = decode(inboxProofForm, bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(DecodeError);
          refused++;
          return;
        }
        for (const rules of RULES) {
          const result = verdict(read, place, snapshot, rules);
          if (result === "refused") refused++;
          else {
            expect(result).toEqual(input);
            same++;
          }
        }
        if (toHex(encode(inboxProofForm, read)) !== toHex(bytes)) return; // a presence byte other than ff
        const differs = [...proof.inclusionProof, ...proof.messageProof.proof].some(
          (cell, n) => cell.index !== [...read.inclusionProof, ...read.messageProof.proof][n]?.index,
        );
        if (!differs) expect(verdict(read, place, snapshot, "strict")).toBe("refused");
      }),
      { seed: 34, numRuns: 5000 },
    );
    console.log(`byte changes: ${refused} verdicts refuse, ${same} show the same message`);
    expect(refused).toBeGreaterThan(100 * same);
  });

  it("are refused when cut, and when bytes are added", () => {
    fc.assert(
      fc.property(position, fc.nat(), (place, spot) => {
        const bytes = serializeInboxProof(produceInboxProof(chain.history, snapshot, place).proof);
        expect(() => decode(inboxProofForm, bytes.subarray(0, spot % bytes.length))).toThrowError(DecodeError);
        expect(() => decode(inboxProofForm, Uint8Array.of(...bytes, 0))).toThrowError(DecodeError);
      }),
      { seed: 35, numRuns: 200 },
    );
  });

  it("answer random bytes with DecodeError only", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          verdict(decode(inboxProofForm, bytes), { level: 7, counter: 0n }, snapshot, "strict");
        } catch (error) {
          expect(error).toBeInstanceOf(DecodeError);
        }
      }),
      { seed: 36, numRuns: 2000 },
    );
  });

  it("refuse empty paths", () => {
    const { proof } = produceInboxProof(chain.history, snapshot, { level: 20, counter: 1n });
    for (const rules of RULES) {
      expect(() =>
        verifyInboxProof({ ...proof, inclusionProof: [] }, { level: 20, counter: 1n }, snapshot, rules),
      ).toThrowError(
        expect.objectContaining({
          code: "protocol.inbox_proof.inclusion",
          errorId: "internal.smart_rollup_inbox_proof_error",
        }),
      );
      const messageProof = { ...proof.messageProof, proof: [] };
      expect(() =>
        verifyInboxProof({ ...proof, messageProof }, { level: 20, counter: 1n }, snapshot, rules),
      ).toThrowError(
        expect.objectContaining({
          code: "protocol.inbox_proof.payloads",
          errorId: "internal.smart_rollup_merklized_payload_hashes_proof",
        }),
      );
    }
  });
});

describe("forged inbox proofs", () => {
  it("about another level are for Octez's check, not for ours", () => {
    const { proof } = produceInboxProof(chain.history, snapshot, { level: 30, counter: 2n });
    const claimed = { level: 31, counter: 2n };
    expect(verdict(proof, claimed, snapshot, "octez")).toEqual({ ...expected({ level: 30, counter: 2n }), level: 31 });
    expect(verdict(proof, claimed, snapshot, "strict")).toBe("refused");
  });

  it("with a false index likewise, where the shape tells", () => {
    // Level 29 has 5 messages; the last cell points back at that of message 3, here claimed to be message 2.
    const place = { level: 29, counter: 2n };
    const { proof } = produceInboxProof(chain.history, snapshot, { level: 29, counter: 3n });
    const cells = proof.messageProof.proof;
    const forged = {
      ...proof,
      messageProof: { ...proof.messageProof, proof: cells.with(-1, { ...at(cells, -1), index: 2 }) },
    };
    expect(verdict(forged, place, snapshot, "octez")).toEqual({ ...expected({ level: 29, counter: 3n }), counter: 2n });
    expect(verdict(forged, place, snapshot, "strict")).toBe("refused");
  });

  // A limit that we share with layer 1: the hash of the last cell does not say how many messages there are.
  it("with all indices shifted to others of the same shape pass both", () => {
    // Level 30 has 12 messages. Its last cell, claimed to have index 6, ends the level early.
    const { proof } = produceInboxProof(chain.history, snapshot, { level: 30, counter: 12n });
    const cells = proof.messageProof.proof;
    const forged = { ...proof, messageProof: { proof: [{ ...at(cells, 0), index: 6 }] } };
    for (const rules of RULES) {
      expect(verdict(forged, { level: 30, counter: 7n }, snapshot, rules)).toEqual(
        expected({ level: 30, counter: 12n }),
      );
    }
  });
});

describe("producing", () => {
  it("gives the same from a store that answers later", async () => {
    const later = {
      levelCell: async (hash: Parameters<typeof chain.history.levelCell>[0]) => chain.history.levelCell(hash),
      payloads: async (hash: Parameters<typeof chain.history.payloads>[0]) => chain.history.payloads(hash),
    };
    for (const place of [
      { level: 7, counter: 0n },
      { level: 50, counter: 3n },
      { level: 96, counter: 4n },
    ]) {
      expect(await produceInboxProofAsync(later, snapshot, place)).toEqual(
        produceInboxProof(chain.history, snapshot, place),
      );
    }
  });

  it.each([
    [{ level: 6, counter: 0n }, /no such level/],
    [{ level: 97, counter: 0n }, /no such level/],
    [{ level: 7, counter: 5n }, /ends with message 2/],
    [{ level: 7, counter: -1n }, /ends with message 2/],
  ])("fails at %o", (place, message) => {
    expect(() => produceInboxProof(chain.history, snapshot, place)).toThrowError(message);
  });

  it("fails on a history with holes", () => {
    const place = { level: 20, counter: 1n };
    for (const history of [
      { ...chain.history, levelCell: () => undefined },
      { ...chain.history, payloads: () => undefined },
      { ...chain.history, payloads: () => () => undefined },
    ]) {
      expect(() => produceInboxProof(history, snapshot, place)).toThrowError(
        expect.objectContaining({ code: "protocol.inbox_proof.not_produced" }),
      );
    }
  });
});
