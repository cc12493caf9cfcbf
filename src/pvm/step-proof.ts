/**
 * Proofs of one tick: what the step of the refutation game reads, and nothing else (merkle.md §4.3, `step_transition` of the reference's
 * src/proto_alpha/lib_protocol/sc_rollup_wasm.ml). Producing, and verifying without the kernel, are the same step on different trees.
 */
import { InvalidProof, MerkleError } from "../merkle/errors.js";
import type { TreeNode } from "../merkle/node.js";
import { decodeProof, encodeProof, type MerkleProof } from "../merkle/proof-encoding.js";
import { recordProof, verifyProof } from "../merkle/prove.js";
import type { Tree } from "../merkle/tree.js";
import { PvmError } from "./errors.js";
import { type InputRequest, Machine } from "./machine.js";
import type { InputInfo } from "./state.js";

/** What is given to a machine that waits for it. */
export type StepInput =
  | { readonly tag: "message"; readonly info: InputInfo; readonly payload: Uint8Array }
  | { readonly tag: "reveal"; readonly data: Uint8Array };

/** What a step was: the state's tick and last input, and what the machine asked for before it. */
export interface StepOutcome {
  readonly tick: bigint;
  readonly lastInput: InputInfo | null;
  readonly request: InputRequest;
}

export interface StepProof {
  readonly proof: MerkleProof;
  /** Octez's binary form. */
  readonly bytes: Uint8Array;
  readonly outcome: StepOutcome;
  /** The state after the step. */
  readonly after: TreeNode;
}

/**
 * The step: one tick of computation when the machine asks for nothing; else the input it is given, or nothing at all when it is given none.
 */
export function stepTransition(tree: Tree, input: StepInput | null): StepOutcome {
  const machine = Machine.load(tree);
  const request = machine.inputRequest();
  const outcome: StepOutcome = { tick: machine.currentTick, lastInput: machine.lastInput, request };
  if (request.tag === "none") machine.computeStep();
  else if (input === null) return outcome;
  else if (input.tag === "message") machine.setInput(input.info, input.payload);
  else machine.reveal(input.data);
  machine.save();
  return outcome;
}

/** The proof of the next step of a state. */
export function proveStep(root: TreeNode, input: StepInput | null = null): StepProof {
  const { proof, result, after } = recordProof(root, (tree) => stepTransition(tree, input));
  return { proof, bytes: encodeProof(proof), outcome: result, after };
}

/** A proof that was checked. */
export interface VerifiedStep {
  readonly before: Uint8Array;
  readonly after: Uint8Array;
  readonly outcome: StepOutcome;
}

/**
 * Checks a proof: that it shows a state of its `before` hash from which the step, given this input, leads to its `after` hash.
 * Throws `MalformedProof`, `InvalidProof`, `MissingNode`, or another `MerkleError` or `PvmError`; never anything else for any bytes.
 */
export function verifyStep(bytes: Uint8Array, input: StepInput | null = null): VerifiedStep {
  const proof = decodeProof(bytes);
  return { before: proof.before, after: proof.after, outcome: verifyMerkleStep(proof, input) };
}

export function verifyMerkleStep(proof: MerkleProof, input: StepInput | null): StepOutcome {
  try {
    return verifyProof(proof, (tree) => stepTransition(tree, input));
  } catch (error) {
    if (error instanceof MerkleError || error instanceof PvmError) throw error;
    // A made-up state can lead the step into any of its assertions: the proof is at fault.
    if (error instanceof Error) throw new InvalidProof(`its state cannot be stepped (${error.message})`);
    throw error;
  }
}
