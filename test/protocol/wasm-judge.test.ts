// The judge of final moves, on proofs made by the engine for every kind of input, on those of a real game
// (vectors/protocol/pvm_step_proofs.json), and on forgeries.
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import wabt from "wabt";
import { encodeBase58Check } from "../../src/encoding/base58check.js";
import { fromHex, toHex } from "../../src/encoding/hex.js";
import type { TreeNode } from "../../src/merkle/node.js";
import { DAL_GENESIS } from "../../src/protocol/dal-history.js";
import { chunkOf, type Section } from "../../src/protocol/dissection.js";
import { ProtocolError } from "../../src/protocol/errors.js";
import type { Game } from "../../src/protocol/game.js";
import type { ProofRole, Verdict } from "../../src/protocol/game-play.js";
import type { RollupAddress, StateHash } from "../../src/protocol/identifiers.js";
import { inboxSnapshot } from "../../src/protocol/inbox.js";
import { produceInboxProof, serializeInboxProof } from "../../src/protocol/inbox-proof.js";
import type { InputProof } from "../../src/protocol/input-proof.js";
import { frameLevel, START_OF_LEVEL } from "../../src/protocol/level-frame.js";
import type { RefutationProof } from "../../src/protocol/refutation.js";
import { type RollupMetadata, revealAnswerBytes, revealHash } from "../../src/protocol/reveal.js";
import { WasmProofJudge } from "../../src/protocol/wasm-judge.js";
import { genesis, PROTOCOL_PARAMETERS } from "../../src/pvm/genesis.js";
import { Machine } from "../../src/pvm/machine.js";
import { run } from "../../src/pvm/run.js";
import { proveStep, type StepInput } from "../../src/pvm/step-proof.js";
import { describeShared, sharedPath } from "../shared-data.js";
import { inputProof } from "./arbitraries.js";
import { at, inboxChain } from "./inbox-chain.js";

const ORIGINATION = 10;
const FIRST = ORIGINATION + 1;
const metadata: RollupMetadata = {
  address: "sr1V6huFSUBUujzubUCg9nNXqpzfG9t4XD1h" as RollupAddress,
  originationLevel: ORIGINATION,
};
const OTHER = new Uint8Array(32).fill(9) as StateHash;
const PREIMAGE = Uint8Array.from(Buffer.from("a page of data"));

/** A kernel that asks for metadata, then for a preimage, and writes each over the other. */
function kernelText(hash: Uint8Array): string {
  const data = [...hash].map((byte) => `\\${byte.toString(16).padStart(2, "0")}`).join("");
  return `(module
    (import "smart_rollup_core" "reveal_metadata" (func $metadata (param i32 i32) (result i32)))
    (import "smart_rollup_core" "reveal_preimage" (func $preimage (param i32 i32 i32 i32) (result i32)))
    (memory 1)
    (export "mem" (memory 0))
    (data (i32.const 0) "${data}")
    (func (export "kernel_run")
      (drop (call $metadata (i32.const 1000) (i32.const 24)))
      (drop (call $preimage (i32.const 0) (i32.const 33) (i32.const 1000) (i32.const 4096)))))`;
}

/** Levels 1 to 13; the rollup reads from level 11 on. */
const chain = inboxChain(
  1,
  Array.from({ length: 13 }, (_, i) => frameLevel(i === FIRST - 1 ? [Uint8Array.of(1, 7, 7)] : [])),
);
const levelMessages = (level: number) => at(chain.payloads, level - 1).messages;

/** A game about a commitment of level 12, started when the inbox was at 13. */
const game: Game = {
  turn: "alice",
  inboxSnapshot: inboxSnapshot(at(chain.inboxes, -1)),
  dalSnapshot: DAL_GENESIS,
  startLevel: 14,
  inboxLevel: 12,
  gameState: { kind: "dissecting", dissection: [], defaultNumberOfSections: 32 },
};
const activation = { rawData: 0, metadata: 0, dalPage: 1, dalParameters: 1 };
const judge = new WasmProofJudge({ metadata, revealActivation: activation, inboxRules: "octez" });
const strictJudge = new WasmProofJudge({ metadata, revealActivation: activation, inboxRules: "strict" });

/** The state after the first `count` messages of the first level. */
function afterMessages(start: TreeNode, count: number): TreeNode {
  const machine = Machine.of(start);
  levelMessages(FIRST)
    .slice(0, count)
    .forEach((payload, i) => {
      machine.setInput({ level: FIRST, counter: BigInt(i) }, payload);
    });
  return machine.root();
}

function inboxProofAfter(level: number, counter: bigint): InputProof {
  const { proof } = produceInboxProof(chain.history, game.inboxSnapshot, { level, counter: counter + 1n });
  return { kind: "inbox", level, messageCounter: counter, serializedProof: serializeInboxProof(proof) };
}

interface Case {
  readonly name: string;
  readonly state: TreeNode;
  readonly input: StepInput | null;
  readonly inputProof: InputProof | undefined;
}

function message(level: number, counter: number): StepInput {
  return { tag: "message", info: { level, counter: BigInt(counter) }, payload: at(levelMessages(level), counter) };
}

const cases: Case[] = [];

beforeAll(async () => {
  const module = (await wabt()).parseWat("kernel.wat", kernelText(revealHash(PREIMAGE)));
  const kernel = new Uint8Array(module.toBinary({}).buffer);
  const start = genesis(kernel, "2.0.0-r6", PROTOCOL_PARAMETERS);
  const last = levelMessages(FIRST).length - 1;
  cases.push(
    { name: "first input", state: start, input: message(FIRST, 0), inputProof: { kind: "firstInput" } },
    {
      name: "second message",
      state: afterMessages(start, 1),
      input: message(FIRST, 1),
      inputProof: inboxProofAfter(FIRST, 0n),
    },
    {
      name: "end of level",
      state: afterMessages(start, last),
      input: message(FIRST, last),
      inputProof: inboxProofAfter(FIRST, BigInt(last - 1)),
    },
  );
  const machine = Machine.of(afterMessages(start, last + 1));
  cases.push({ name: "computation", state: machine.root(), input: null, inputProof: undefined });
  run(machine, 2n * PROTOCOL_PARAMETERS.ticksPerSnapshot, {});
  expect(machine.inputRequest().tag).toBe("reveal");
  const metadataBytes = revealAnswerBytes({ kind: "metadata", metadata });
  cases.push({
    name: "metadata",
    state: machine.root(),
    input: { tag: "reveal", data: metadataBytes },
    inputProof: { kind: "reveal", proof: { kind: "metadata" } },
  });
  machine.reveal(metadataBytes);
  run(machine, 2n * PROTOCOL_PARAMETERS.ticksPerSnapshot, {});
  expect(machine.inputRequest().tag).toBe("reveal");
  cases.push({
    name: "preimage",
    state: machine.root(),
    input: { tag: "reveal", data: PREIMAGE },
    inputProof: { kind: "reveal", proof: { kind: "rawData", rawData: PREIMAGE } },
  });
  machine.reveal(PREIMAGE);
  run(machine, 2n * PROTOCOL_PARAMETERS.ticksPerSnapshot, {});
  expect(machine.inputRequest().tag).toBe("input");
  cases.push({
    name: "start of the next level",
    state: machine.root(),
    input: { tag: "message", info: { level: FIRST + 1, counter: 0n }, payload: START_OF_LEVEL },
    inputProof: inboxProofAfter(FIRST, BigInt(last)),
  });
});

function proofOf({ state, input, inputProof: shown }: Case) {
  const { bytes, after } = proveStep(state, input);
  const proof: RefutationProof = shown === undefined ? { pvmStep: bytes } : { pvmStep: bytes, inputProof: shown };
  return { proof, before: state.hash as StateHash, after: after.hash as StateHash };
}

function sectionOf(before: StateHash | undefined, stop: StateHash | undefined, length = 1n): Section {
  return { start: chunkOf(5n, before), stop: chunkOf(5n + length, stop) };
}

function reasonOf(verdict: Verdict): string {
  return verdict.valid ? "valid" : verdict.reason instanceof ProtocolError ? verdict.reason.id : verdict.reason.message;
}

describe("a proof made by the engine", () => {
  const names = [
    "first input",
    "second message",
    "end of level",
    "computation",
    "metadata",
    "preimage",
    "start of the next level",
  ];

  it("is made for each kind of input", () => {
    expect(cases.map(({ name }) => name)).toEqual(names);
  });

  it.each(names.map((name, i) => [name, i] as const))("refutes, and validates: %s", (_, i) => {
    const { proof, before, after } = proofOf(at(cases, i));
    const said = (stop: StateHash | undefined, role: ProofRole) =>
      [judge, strictJudge].map((one) => reasonOf(one.judge(proof, sectionOf(before, stop), role, game)));
    expect(said(OTHER, "refute")).toEqual(["valid", "valid"]);
    expect(said(undefined, "refute")).toEqual(["valid", "valid"]);
    expect(said(after, "validate")).toEqual(["valid", "valid"]);
    const stops = ["Proof_stop_state_hash_failed_to_refute", "Proof_stop_state_hash_failed_to_validate"];
    expect(said(after, "refute")).toEqual([stops[0], stops[0]]);
    expect(said(OTHER, "validate")).toEqual([stops[1], stops[1]]);
    expect(said(undefined, "validate")).toEqual([stops[1], stops[1]]);
  });

  it("must start where both agree, and be about one tick", () => {
    const { proof, before } = proofOf(at(cases, 3));
    const said = (section: Section, role: ProofRole = "refute") => reasonOf(judge.judge(proof, section, role, game));
    expect(said(sectionOf(OTHER, OTHER))).toBe("Proof_start_state_hash_mismatch");
    expect(said(sectionOf(undefined, OTHER))).toBe("Proof_start_state_hash_mismatch");
    expect(said(sectionOf(before, OTHER, 2n))).toBe("Dissection_unexpected_section_size");
    expect(said(sectionOf(before, OTHER, 2n), "validate")).toBe("Proof_stop_state_hash_failed_to_validate");
  });

  it("must show the input that the machine asks for", () => {
    fc.assert(
      fc.property(fc.nat({ max: 6 }), fc.nat({ max: 6 }), fc.option(inputProof, { nil: undefined }), (i, j, random) => {
        const { proof, before } = proofOf(at(cases, i));
        const shown = random ?? at(cases, j).inputProof;
        fc.pre(i !== j && JSON.stringify(shown, bigintText) !== JSON.stringify(proof.inputProof, bigintText));
        const forged = shown === undefined ? { pvmStep: proof.pvmStep } : { pvmStep: proof.pvmStep, inputProof: shown };
        const verdict = judge.judge(forged, sectionOf(before, OTHER), "refute", game);
        expect(reasonOf(verdict)).not.toBe("valid");
      }),
      { seed: 71, numRuns: 150 },
    );
  });

  it("of another preimage is refused", () => {
    const preimage = at(cases, 5);
    const data = Uint8Array.of(1, 2, 3);
    const shown = { kind: "reveal", proof: { kind: "rawData", rawData: data } } as const;
    const { proof, before } = proofOf({ ...preimage, input: { tag: "reveal", data }, inputProof: shown });
    const verdict = judge.judge(proof, sectionOf(before, OTHER), "refute", game);
    expect(verdict).toMatchObject({ valid: false, reason: { fields: { reason: "Invalid reveal" } } });
  });

  it("of a message beyond the commitment's level shows a machine that stays without input", () => {
    // Inbox level 11: the start of level 12 is not to be read.
    const early = { ...game, inboxLevel: FIRST };
    const next = at(cases, 6);
    const { proof, before } = proofOf({ ...next, input: null });
    expect(reasonOf(judge.judge(proof, sectionOf(before, OTHER), "refute", early))).toBe("valid");
    expect(reasonOf(judge.judge(proof, sectionOf(before, undefined), "validate", early))).toBe("valid");
    expect(reasonOf(judge.judge(proof, sectionOf(before, undefined), "refute", early))).toBe(
      "Proof_stop_state_hash_failed_to_refute",
    );
    const greedy = proofOf(next);
    expect(reasonOf(judge.judge(greedy.proof, sectionOf(before, OTHER), "refute", early))).not.toBe("valid");
  });

  it("with any byte changed is refused, or is no proof at all", () => {
    fc.assert(
      fc.property(fc.nat({ max: 6 }), fc.nat(), fc.integer({ min: 1, max: 255 }), (i, place, flip) => {
        const { proof, before, after } = proofOf(at(cases, i));
        const bytes = proof.pvmStep.slice();
        const position = place % bytes.length;
        bytes[position] = (bytes[position] ?? 0) ^ flip;
        try {
          const forged = { ...proof, pvmStep: bytes };
          const section = sectionOf(before, after);
          expect(reasonOf(judge.judge(forged, section, "refute", game))).not.toBe("valid");
        } catch (error) {
          expect(error).toMatchObject({
            id: "smart_rollup_proof_check",
            fields: { reason: "Cannot unserialize proof" },
          });
        }
      }),
      { seed: 72, numRuns: 300 },
    );
  });

  it("is asked for DAL data in vain", () => {
    const { proof, before } = proofOf(at(cases, 4));
    const page = { publishedLevel: 1, slotIndex: 0, pageIndex: 0 };
    for (const shown of [
      { kind: "dalParameters" },
      { kind: "dalPage", pageId: page, proof: new Uint8Array() },
    ] as const) {
      const forged = { pvmStep: proof.pvmStep, inputProof: { kind: "reveal", proof: shown } } as const;
      expect(reasonOf(judge.judge(forged, sectionOf(before, OTHER), "refute", game))).toBe("smart_rollup_proof_check");
    }
  });

  it("must decode", () => {
    for (const hex of ["", "030002", "ff"]) {
      expect(() => judge.judge({ pvmStep: fromHex(hex) }, sectionOf(OTHER, OTHER), "refute", game)).toThrow(
        /Cannot unserialize proof/,
      );
    }
  });
});

function bigintText(_: string, value: unknown): unknown {
  return typeof value === "bigint" ? value.toString() : value instanceof Uint8Array ? toHex(value) : value;
}

const FILE = "vectors/protocol/pvm_step_proofs.json";

describeShared("pvm_step_proofs.json", FILE, () => {
  interface Vector {
    readonly pvm_kind: string;
    readonly hex: string;
    readonly before: string;
    readonly after: string;
  }
  const { proofs } = JSON.parse(readFileSync(sharedPath(FILE), "utf8")) as { proofs: readonly Vector[] };

  it("has the vectors counted here", () => {
    expect(proofs.map(({ pvm_kind }) => pvm_kind)).toEqual(["wasm_2_0_0", "arith"]);
    console.log(`${FILE}: 2 proofs`);
  });

  it("a real proof wins, and shows its hashes", () => {
    const vector = at(proofs, 0);
    const proof = { pvmStep: fromHex(vector.hex) };
    const before = fromHex(vector.hex.slice(6, 70)) as StateHash;
    const after = fromHex(vector.hex.slice(70, 134)) as StateHash;
    expect(encodeBase58Check("stateHash", before)).toBe(vector.before);
    expect(encodeBase58Check("stateHash", after)).toBe(vector.after);
    expect(reasonOf(judge.judge(proof, sectionOf(before, OTHER), "refute", game))).toBe("valid");
    expect(reasonOf(judge.judge(proof, sectionOf(before, after), "validate", game))).toBe("valid");
    expect(reasonOf(judge.judge(proof, sectionOf(before, after), "refute", game))).not.toBe("valid");
  });

  it("the proof of another machine decodes, but is no step of this one", () => {
    const vector = at(proofs, 1);
    const before = fromHex(vector.hex.slice(6, 70)) as StateHash;
    const verdict = judge.judge({ pvmStep: fromHex(vector.hex) }, sectionOf(before, OTHER), "refute", game);
    expect(verdict.valid).toBe(false);
  });
});
