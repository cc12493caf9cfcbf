// Proofs that Octez made of steps of its machine: ours verify them, and make the same bytes from what they show.
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { partialTree } from "../../src/merkle/partial.js";
import { decodeProof } from "../../src/merkle/proof-encoding.js";
import { proveStep, type StepInput, verifyStep } from "../../src/pvm/step-proof.js";
import { describeShared, sharedPath } from "../shared-data.js";

interface RealProof {
  readonly index: number;
  readonly pvm: string;
  readonly input?: { readonly level: number; readonly messageCounter: number; readonly message: string };
  readonly hex: string;
}

function stepInput({ input }: RealProof): StepInput | null {
  if (input === undefined) return null;
  const info = { level: input.level, counter: BigInt(input.messageCounter) };
  return { tag: "message", info, payload: new Uint8Array(Buffer.from(input.message, "hex")) };
}

describeShared("proofs of Octez", ["vectors/pvm/real-proofs.json"], () => {
  const { proofs } = JSON.parse(readFileSync(sharedPath("vectors", "pvm", "real-proofs.json"), "utf8")) as {
    proofs: readonly RealProof[];
  };
  const ours = proofs.filter(({ pvm }) => pvm === "wasm_2_0_0");

  it("are there", () => {
    expect(ours.length).toBeGreaterThanOrEqual(4);
  });

  it.each(ours)("number $index is verified", (real) => {
    const bytes = new Uint8Array(Buffer.from(real.hex, "hex"));
    expect(() => verifyStep(bytes, stepInput(real))).not.toThrow();
  });

  it.each(ours)("number $index shows neither more nor less than our step reads", (real) => {
    const bytes = new Uint8Array(Buffer.from(real.hex, "hex"));
    const proof = proveStep(partialTree(decodeProof(bytes).tree), stepInput(real));
    expect(Buffer.from(proof.bytes).toString("hex")).toBe(real.hex);
  });
});
