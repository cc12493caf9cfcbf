// Proofs of single ticks: a random kernel goes to a random tick, the step from there is proved, and the proof is verified. Spoilt proofs must be
// refused with a typed error; so must a true one with another input, unless that leads to the same state.
import { toHex } from "../../../src/encoding/hex.js";
import { MerkleError } from "../../../src/merkle/errors.js";
import type { TreeNode } from "../../../src/merkle/node.js";
import { decodeProof, encodeProof } from "../../../src/merkle/proof-encoding.js";
import { START_OF_LEVEL } from "../../../src/protocol/level-frame.js";
import { PvmError } from "../../../src/pvm/errors.js";
import { Machine } from "../../../src/pvm/machine.js";
import { run } from "../../../src/pvm/run.js";
import type { TickState } from "../../../src/pvm/state.js";
import { checkStep, type StepClaim } from "../../../src/pvm/step-check.js";
import { proveStep, type StepInput, type StepProof } from "../../../src/pvm/step-proof.js";
import { NoStoredForm } from "../../../src/wasm/leaf-codec.js";
import { forge, mutateBytes, Random } from "../../pvm-proofs/mutate.js";
import { built, type Source } from "../choices.js";
import { answerReveal, bootKernel, type KernelCase, levelOf, makeKernelCase, printKernelCase } from "../host/kernel.js";
import { type Described, Difference, type Result, type Target } from "../target.js";

/** Messages and tops of phases that a run comes to, at most. */
const MOST_ROUNDS = 60;

interface Case {
  readonly kernel: KernelCase;
  /** The phase to go to, and the ticks from where it begins. */
  readonly phase: TickState["tag"];
  readonly ticks: number;
  /** Of the generator that spoils the proofs. */
  readonly spoilSeed: number;
  readonly spoilt: number;
}

function makeCase(source: Source): Case {
  return {
    phase: source.pick(["eval", "eval", "eval", "init", "decode", "link", "collect", "snapshot", "padding", "stuck"]),
    ticks: source.below(source.pick([8, 200, 30_000])),
    spoilSeed: source.u32(),
    spoilt: source.below(25),
    kernel: makeKernelCase(source),
  };
}

/** The code of a typed error, if one is thrown. */
function attempt<T>(make: () => T): T | string {
  try {
    return make();
  } catch (error) {
    const { code } = error as { readonly code?: unknown };
    if (typeof code === "string") return code;
    throw error;
  }
}

/** A run over one level. */
class Walk {
  readonly machine: Machine;
  readonly #messages: readonly Uint8Array[];
  #read = 0;

  constructor(kernel: KernelCase) {
    this.machine = bootKernel(kernel);
    this.#messages = levelOf(kernel);
  }

  /** What the next step is given. After the messages of the level comes the beginning of another. */
  input(): StepInput | null {
    const request = this.machine.inputRequest();
    if (request.tag === "none") return null;
    if (request.tag === "reveal") return { tag: "reveal", data: answerReveal(request.request) };
    const payload = this.#messages[this.#read];
    if (payload === undefined) {
      return { tag: "message", info: { level: 1, counter: 0n }, payload: START_OF_LEVEL };
    }
    return { tag: "message", info: { level: 0, counter: BigInt(this.#read) }, payload };
  }

  /** Goes to a phase, and as many ticks from there as there are, or to the end of the level. Stops before a step that throws. */
  goTo(phase: TickState["tag"], ticks: number): void {
    attempt(() => {
      for (let round = 0; this.machine.tickState.tag !== phase; round++) {
        if (round === MOST_ROUNDS || !this.feed()) return;
        run(this.machine, 10n ** 9n, { stopAtPhaseEnd: true, reveal: answerReveal });
      }
      // Reveals are left to the step.
      run(this.machine, BigInt(ticks));
    });
  }

  /** Gives the message the machine waits for; false if there is none. */
  private feed(): boolean {
    const input = this.input();
    if (input?.tag !== "message") return true;
    if (input.info.level > 0) return false;
    this.machine.setInput(input.info, input.payload);
    this.#read++;
    return true;
  }
}

/** Does the step on a machine that is not being proved. */
function stepped(root: TreeNode, input: StepInput | null): Uint8Array {
  const machine = Machine.of(root);
  if (input === null) machine.computeStep();
  else if (input.tag === "message") machine.setInput(input.info, input.payload);
  else machine.reveal(input.data);
  return machine.hash();
}

/** Another input of the same kind. */
function otherInput(input: StepInput): StepInput {
  const spoil = (bytes: Uint8Array): Uint8Array => Uint8Array.of(...bytes.subarray(1), (bytes[0] ?? 0) ^ 0x55);
  if (input.tag === "reveal") return { tag: "reveal", data: spoil(input.data) };
  return { ...input, payload: spoil(input.payload) };
}

type Check = typeof checkStep;

/** The code of the error a proof is refused with; null: it is accepted. Throws `Difference` for an error that is none of a proof's. */
function refusal(check: Check, bytes: Uint8Array, input: StepInput | null, claim: StepClaim = {}): string | null {
  try {
    check(bytes, input, claim);
    return null;
  } catch (error) {
    if (error instanceof MerkleError || error instanceof PvmError) return error.code;
    throw new Difference(`not refused but ${String(error)}: ${toHex(bytes)}`);
  }
}

function checkSpoilt(value: Case, { bytes, proof }: StepProof, input: StepInput | null, check: Check): void {
  const random = new Random(value.spoilSeed);
  for (let count = 0; count < value.spoilt; count++) {
    const spoilt = mutateBytes(bytes, random);
    if (refusal(check, spoilt, input) === null) throw new Difference(`accepted, spoilt: ${toHex(spoilt)}`);
  }
  for (let count = 0; count < value.spoilt >> 2; count++) {
    const forged = forge(bytes, random);
    if (forged === undefined || Buffer.compare(forged, bytes) === 0) continue;
    refusal(check, forged, input);
    const code = refusal(check, forged, input, { before: proof.before });
    if (code !== "pvm.proof.other_root") throw new Difference(`forged, ${code ?? "accepted"}: ${toHex(forged)}`);
  }
}

/** The state's root; null if the state cannot be stored, where the reference raises (pvm.md §2.5: vector instructions on floats). */
function rootOf(machine: Machine): TreeNode | null {
  try {
    return machine.root();
  } catch (error) {
    if (error instanceof NoStoredForm) return null;
    throw error;
  }
}

/** The proof of a step; null if the step throws out of the machine, in proving as well as without. */
function prove(root: TreeNode, input: StepInput | null): StepProof | null {
  const proof = attempt(() => proveStep(root, input));
  const after = attempt(() => stepped(root, input));
  if (typeof proof === "string" || typeof after === "string") {
    if (proof === after) return null;
    const [one, other] = [proof, after].map((outcome) => (typeof outcome === "string" ? outcome : "no error"));
    throw new Difference(`proving: ${one}, the step: ${other}`);
  }
  const [claimed, found] = [toHex(proof.proof.after), toHex(after)];
  if (claimed !== found) throw new Difference(`the proof leads to ${claimed}, the step to ${found}`);
  return proof;
}

function checkOtherInput(root: TreeNode, { bytes, proof }: StepProof, input: StepInput, check: Check): void {
  const other = otherInput(input);
  const claim = { before: proof.before, after: proof.after };
  if (refusal(check, bytes, other, claim) !== null) return;
  const after = stepped(root, other);
  if (Buffer.compare(after, proof.after) !== 0) throw new Difference("accepted with another input");
}

export function proofTarget(check: Check = checkStep): Target<Case> {
  return {
    name: "proof",
    title: "proofs of ticks of random kernels: verified, and refused when spoilt",
    share: 3,
    cases: built(makeCase, 1500),
    check(value): Result {
      const walk = new Walk(value.kernel);
      walk.goTo(value.phase, value.ticks);
      const root = rootOf(walk.machine);
      if (root === null) return "passed";
      const input = walk.input();
      const step = prove(root, input);
      if (step === null) return "passed";
      const { bytes, proof } = step;
      if (Buffer.compare(proof.before, root.hash) !== 0) throw new Difference("the proof starts elsewhere");
      if (Buffer.compare(encodeProof(decodeProof(bytes)), bytes) !== 0)
        throw new Difference("other bytes when encoded again");
      const { before, after } = proof;
      const code = refusal(check, bytes, input, { before, after, tick: walk.machine.currentTick });
      if (code !== null) throw new Difference(`a true proof is refused: ${code}`);
      checkSpoilt(value, step, input, check);
      if (input !== null) checkOtherInput(root, step, input, check);
      return "passed";
    },
    describe({ kernel, phase, ticks, spoilSeed, spoilt }): Described {
      const spoiling = `${spoilt} spoilt with seed ${spoilSeed}`;
      return { module: kernel.kernel, lines: [printKernelCase(kernel), `${phase} + ${ticks} ticks, ${spoiling}`] };
    },
  };
}
