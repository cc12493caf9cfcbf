// Spoilt proofs are refused with a typed error: never accepted, never a crash. FULL=1 makes up ten times more states; SEED chooses others.
import { beforeAll, describe, expect, it } from "vitest";
import { MerkleError } from "../../src/merkle/errors.js";
import { decodeProof, encodeProof } from "../../src/merkle/proof-encoding.js";
import { PvmError } from "../../src/pvm/errors.js";
import { checkStep } from "../../src/pvm/step-check.js";
import { verifyStep } from "../../src/pvm/step-proof.js";
import { forge, mutateBytes, Random } from "./mutate.js";
import { type Kind, type SampleProof, sampleProofs } from "./sample.js";

const SEED = Number(process.env["SEED"] ?? 20_260_101);
const MUTATIONS_PER_PROOF = 100;
const FORGERIES_PER_PROOF = process.env["FULL"] === "1" ? 40 : 4;

const OTHER_ROOT = "pvm.proof.other_root";

/** The code of the error that bytes are refused with, in place of a proof; null when they are accepted. Fails on other errors. */
function verdict(proof: SampleProof, bytes: Uint8Array, seed: number): string | null {
  try {
    checkStep(bytes, proof.input);
    return null;
  } catch (error) {
    if (error instanceof MerkleError || error instanceof PvmError) return error.code;
    throw new Error(`${proof.name}, seed ${seed}: not a typed error`, { cause: error });
  }
}

function refusal(proof: SampleProof, bytes: Uint8Array, seed: number): string {
  const code = verdict(proof, bytes, seed);
  if (code !== null) return code;
  throw new Error(`${proof.name}, seed ${seed}: accepted: ${Buffer.from(bytes).toString("hex")}`);
}

describe("step proofs", () => {
  let proofs: SampleProof[] = [];
  beforeAll(async () => {
    proofs = await sampleProofs();
  });

  it("are at least a hundred, of all phases, and verify", () => {
    expect(proofs.length).toBeGreaterThanOrEqual(100);
    const kinds: Kind[] = ["collect", "padding", "snapshot", "decode", "link", "init", "eval", "reveal", "stuck"];
    expect(new Set(proofs.map(({ kind }) => kind))).toEqual(new Set(kinds));
    for (const { bytes, input, tick } of proofs) {
      expect(checkStep(bytes, input, { tick }).outcome).toEqual(verifyStep(bytes, input).outcome);
      expect(encodeProof(decodeProof(bytes))).toEqual(bytes);
    }
  });

  it("with any byte changed, cut or added are refused", () => {
    const codes = new Map<string, number>();
    for (const [index, proof] of proofs.entries()) {
      const seed = SEED + index;
      const random = new Random(seed);
      for (let round = 0; round < MUTATIONS_PER_PROOF; round++) {
        const code = refusal(proof, mutateBytes(proof.bytes, random), seed);
        codes.set(code, (codes.get(code) ?? 0) + 1);
      }
    }
    const total = [...codes.values()].reduce((sum, count) => sum + count, 0);
    expect(total).toBe(proofs.length * MUTATIONS_PER_PROOF);
    expect([...codes.keys()]).toEqual(expect.arrayContaining(["merkle.malformed_proof", "merkle.invalid_proof"]));
  });

  it("of made-up states, with hashes that fit, do not crash the step", () => {
    const counts = { refused: 0, accepted: 0 };
    for (const [index, proof] of proofs.entries()) {
      const seed = SEED + 1000 + index;
      const random = new Random(seed);
      for (let round = 0; round < FORGERIES_PER_PROOF; round++) {
        const forged = forge(proof.bytes, random);
        if (forged === undefined || Buffer.compare(forged, proof.bytes) === 0) continue;
        // A step that throws away what was made up (a failing one does) leads to the same state: a true proof of another root.
        const isAccepted = verdict(proof, forged, seed) === null;
        counts[isAccepted ? "accepted" : "refused"] += 1;
        const before = decodeProof(proof.bytes).before;
        expect(() => checkStep(forged, proof.input, { before })).toThrow(expect.objectContaining({ code: OTHER_ROOT }));
      }
    }
    expect(counts.refused).toBeGreaterThan(20 * counts.accepted);
  });

  it("with one bit changed anywhere are refused: every bit of a small proof", () => {
    const [smallest] = [...proofs].sort((a, b) => a.bytes.length - b.bytes.length);
    if (smallest === undefined) throw new Error("no proofs");
    const bits = process.env["FULL"] === "1" ? 1 : 13;
    for (let bit = 0; bit < smallest.bytes.length * 8; bit += bits) {
      const bytes = Uint8Array.from(smallest.bytes);
      bytes[bit >> 3] = (bytes[bit >> 3] as number) ^ (1 << (bit & 7)); // bit >> 3 < length
      refusal(smallest, bytes, 0);
    }
  });
});
