// Commitments against vectors/protocol/commitments.json.
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeBase58Check } from "../../src/encoding/base58check.js";
import { decode, encode } from "../../src/encoding/binary.js";
import { DecodeError } from "../../src/encoding/errors.js";
import { fromHex, toHex } from "../../src/encoding/hex.js";
import { JsonError } from "../../src/encoding/json.js";
import {
  commitmentForm,
  commitmentHash,
  genesisCommitment,
  genesisInfoForm,
  hashedCommitmentForm,
  storedCommitmentForm,
} from "../../src/protocol/commitment.js";
import { describeShared, sharedPath } from "../shared-data.js";

const FILE = "vectors/protocol/commitments.json";

describeShared("commitments.json", FILE, () => {
  interface Vector {
    readonly json: { readonly number_of_ticks: string };
    readonly hex: string;
    readonly hash: string;
  }
  const vectors = JSON.parse(readFileSync(sharedPath(FILE), "utf8")) as {
    readonly published: readonly Vector[];
    readonly genesis: readonly Vector[];
  };
  const all = [...vectors.published, ...vectors.genesis];

  it("has the vectors counted here", () => {
    expect(vectors.published).toHaveLength(2);
    expect(vectors.genesis).toHaveLength(3);
    console.log(`${FILE}: 2 published commitments, 3 genesis commitments`);
  });

  it.each(all.map((vector) => [vector.hash, vector] as const))("commitment %s", (hash, { json, hex }) => {
    const commitment = commitmentForm.fromJson(json);
    expect(toHex(encode(commitmentForm, commitment))).toBe(hex);
    expect(commitmentForm.toJson(commitment)).toEqual(json);
    expect(decode(commitmentForm, fromHex(hex))).toEqual(commitment);
    expect(encodeBase58Check("commitmentHash", commitmentHash(commitment))).toBe(hash);
    expect(decode(storedCommitmentForm, fromHex(`00${hex}`))).toEqual({ version: "v1", ...commitment });
    const answer = { hash, ...json };
    expect(hashedCommitmentForm.toJson(hashedCommitmentForm.fromJson(answer))).toEqual(answer);
  });

  // The one of src13wCGc… is the manual's own.
  it.each(vectors.genesis.map((vector) => [vector.hash, vector] as const))(
    "genesis %s from its parts",
    (hash, vector) => {
      const { compressedState, inboxLevel } = commitmentForm.fromJson(vector.json);
      const commitment = genesisCommitment(compressedState, inboxLevel);
      expect(toHex(encode(commitmentForm, commitment))).toBe(vector.hex);
      const info = { level: inboxLevel, commitmentHash: commitmentHash(commitment) };
      expect(genesisInfoForm.toJson(info)).toEqual({ level: inboxLevel, commitment_hash: hash });
    },
  );
});

describe("commitments", () => {
  it("refuse what is none, with the place", () => {
    const good = {
      compressed_state: "srs11y1ZCJfeWnHzoX3rAjcTXiphwg8NvqQhvishP3PU68jgSREuk6",
      inbox_level: 1495,
      predecessor: "src12UJzB8mg7yU6nWPzicH7ofJbFjyJEbHvwtZdfRXi8DQHNp1LY8",
      number_of_ticks: "0",
    };
    for (const [field, value] of [
      ["compressed_state", good.predecessor],
      ["inbox_level", -1],
      ["inbox_level", "1495"],
      ["predecessor", "src1"],
      ["number_of_ticks", 0],
      ["number_of_ticks", "-1"],
      ["number_of_ticks", String(2n ** 63n)],
    ] as const) {
      expect(() => commitmentForm.fromJson({ ...good, [field]: value })).toThrow(
        expect.objectContaining({ name: "JsonError", path: field }),
      );
    }
    const { predecessor: _, ...short } = good;
    expect(() => commitmentForm.fromJson(short)).toThrow(/missing field "predecessor"/);
    expect(() => commitmentForm.fromJson({ ...good, level: 1 })).toThrow(/unexpected field "level"/);
    expect(() => commitmentForm.fromJson([good])).toThrow(JsonError);
  });

  it("are 76 bytes with a level and ticks that are not negative", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 70, maxLength: 80 }), (bytes) => {
        const isGood = bytes.length === 76 && (bytes[32] ?? 0) < 0x80 && (bytes[68] ?? 0) < 0x80;
        if (isGood) expect(toHex(encode(commitmentForm, decode(commitmentForm, bytes)))).toBe(toHex(bytes));
        else expect(() => decode(commitmentForm, bytes)).toThrow(DecodeError);
      }),
      { seed: 41, numRuns: 500 },
    );
  });
});
