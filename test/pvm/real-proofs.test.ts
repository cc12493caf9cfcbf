// Step proofs that Octez serialized, and those of merkle.json: each decodes, encodes to the same bytes and has its hash before; those of our
// machine lead to their hash after.
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { encodeBase58Check } from "../../src/encoding/base58check.js";
import { fromHex } from "../../src/encoding/hex.js";
import { partialTree } from "../../src/merkle/partial.js";
import { decodeProof, encodeProof } from "../../src/merkle/proof-encoding.js";
import { Tree } from "../../src/merkle/tree.js";
import { genesis } from "../../src/pvm/genesis.js";
import { Machine } from "../../src/pvm/machine.js";
import { run } from "../../src/pvm/run.js";
import { proveStep, type StepInput, verifyStep } from "../../src/pvm/step-proof.js";
import { describeShared, sharedPath } from "../shared-data.js";
import { give, hex } from "./machines.js";

const read = (...parts: string[]) => JSON.parse(readFileSync(sharedPath("vectors", ...parts), "utf8"));

/** Decodes a proof, and checks what holds of any machine's. */
function checkForm(text: string): { readonly before: Uint8Array; readonly after: Uint8Array } {
  const proof = decodeProof(fromHex(text));
  expect(hex(encodeProof(proof))).toBe(text);
  expect(hex(partialTree(proof.tree).hash)).toBe(hex(proof.before));
  return proof;
}

interface RealProof {
  readonly index: number;
  readonly pvm: string;
  readonly input?: { readonly level: number; readonly messageCounter: number; readonly message: string };
  readonly hex: string;
}

function inputOf({ input }: RealProof): StepInput | null {
  if (input === undefined) return null;
  const info = { level: input.level, counter: BigInt(input.messageCounter) };
  return { tag: "message", info, payload: fromHex(input.message) };
}

describeShared("vectors/pvm/real-proofs.json", "vectors/pvm/real-proofs.json", () => {
  const proofs = read("pvm", "real-proofs.json").proofs as RealProof[];

  it.each(proofs)("number $index, $pvm", (real) => {
    const { before, after } = checkForm(real.hex);
    if (real.pvm !== "wasm_2_0_0") return;
    const verified = verifyStep(fromHex(real.hex), inputOf(real));
    expect([hex(verified.before), hex(verified.after)]).toEqual([hex(before), hex(after)]);
  });

  it("has proofs of both machines, with input and without", () => {
    const kinds = new Set(proofs.map(({ pvm, input }) => `${pvm} ${input === undefined ? "tick" : "input"}`));
    expect(kinds).toEqual(new Set(["arith tick", "wasm_2_0_0 tick", "wasm_2_0_0 input"]));
  });
});

describeShared("vectors/protocol/pvm_step_proofs.json", "vectors/protocol/pvm_step_proofs.json", () => {
  interface StepProofVector {
    readonly pvm_kind: string;
    readonly tick?: string;
    readonly hex: string;
    readonly before: string;
    readonly after: string;
  }
  const stateHash = (hash: Uint8Array): string => encodeBase58Check("stateHash", hash);

  it.each(read("protocol", "pvm_step_proofs.json").proofs as StepProofVector[])("$pvm_kind, $before", (vector) => {
    const { before, after } = checkForm(vector.hex);
    expect([stateHash(before), stateHash(after)]).toEqual([vector.before, vector.after]);
    if (vector.pvm_kind !== "wasm_2_0_0") return;
    const { outcome } = verifyStep(fromHex(vector.hex));
    if (vector.tick !== undefined) expect(outcome.tick).toBe(BigInt(vector.tick));
  });
});

describeShared("the step proofs of merkle.json", "vectors/merkle.json", () => {
  const vectors = read("merkle.json");
  interface TickProof {
    readonly tick: number;
    readonly size: number;
    readonly before: string;
    readonly after: string;
    readonly proof: string;
  }

  function atSnapshot(): Machine {
    const parameters = { ticksPerSnapshot: 5000n, outboxValidityPeriod: 10, outboxMessageLimit: 100n };
    const machine = Machine.of(genesis(fromHex(vectors.kernels.link_reveal), "2.0.0-r6", parameters));
    for (const message of ["0001", `0003${"00".repeat(40)}`, "0002"]) give(machine, fromHex(message), 0);
    run(machine, 1n << 40n, { stopAtSnapshot: true });
    return machine;
  }

  it.each(vectors.pvm_proofs_link_reveal_v6 as TickProof[])("tick $tick: the same bytes", (vector) => {
    checkForm(vector.proof);
    const machine = atSnapshot();
    run(machine, BigInt(vector.tick) - machine.currentTick);
    const { bytes } = proveStep(machine.root());
    expect([bytes.length, hex(bytes)]).toEqual([vector.size, vector.proof]);
    const verified = verifyStep(bytes);
    expect([hex(verified.before), hex(verified.after)]).toEqual([vector.before, vector.after]);
  });

  it("has the leaves of the first Snapshot", () => {
    const tree = new Tree(atSnapshot().root());
    for (const [path, value] of vectors.pvm_snapshot_leaves_link_reveal_v6 as [string, string][]) {
      const [start = "", zeros] = value.split("+zeros:");
      const expected = start + "00".repeat(Number(zeros ?? 0));
      expect([path, hex(tree.find(path.split("/")) ?? new Uint8Array(0))]).toEqual([path, expected]);
    }
  });
});
