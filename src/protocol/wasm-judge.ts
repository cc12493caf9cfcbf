// The judge of proofs of one tick for the WASM machine (protocol.md §4.4): does the tree proof start where both agree, is the input
// it was given the one that the machine asked for, and where does the step lead. Left out: DAL pages, whose proofs are
// refused, since no DAL runs here.

import { decode } from "../encoding/binary.js";
import { DecodeError } from "../encoding/errors.js";
import { MalformedProof, MerkleError } from "../merkle/errors.js";
import { partialTree } from "../merkle/partial.js";
import { decodeProof, type MerkleProof } from "../merkle/proof-encoding.js";
import { Tree } from "../merkle/tree.js";
import { PvmError } from "../pvm/errors.js";
import { Machine } from "../pvm/machine.js";
import { type StepInput, type StepOutcome, verifyMerkleStep } from "../pvm/step-proof.js";
import { distance, type Section, stateEquals } from "./dissection.js";
import { ProtocolError } from "./errors.js";
import type { Game } from "./game.js";
import type { ProofJudge, ProofRole, Verdict } from "./game-play.js";
import type { StateHash } from "./identifiers.js";
import { InboxProofError, inboxProofForm, verifyInboxProof } from "./inbox-proof.js";
import type { InputProof, RevealProof } from "./input-proof.js";
import { START_OF_LEVEL } from "./level-frame.js";
import type { RefutationProof } from "./refutation.js";
import {
  type DalParameters,
  isPreimageOf,
  type RevealActivation,
  type RevealRequest,
  type RollupMetadata,
  readRevealRequest,
  revealAnswerBytes,
} from "./reveal.js";
import type { PathRules } from "./skip-list.js";

/** What the judgement of a rollup's proofs depends on besides the game. */
export interface WasmJudgeOptions {
  readonly metadata: RollupMetadata;
  /** The levels from which on reveals are enabled. */
  readonly revealActivation: RevealActivation;
  /** How inbox proofs are checked: "octez" for what layer 1 accepts, "strict" for what proves something (inbox-proof.ts). */
  readonly inboxRules: PathRules;
  /** The DAL's parameters at a level, for machines that ask for them. */
  readonly dalParameters?: (level: number) => DalParameters;
}

/** What a machine waits for, as the protocol sees it. */
export type InputRequest =
  | { readonly kind: "none" }
  /** The first message of all. */
  | { readonly kind: "initial" }
  | { readonly kind: "firstAfter"; readonly level: number; readonly counter: bigint }
  | { readonly kind: "reveal"; readonly request: RevealRequest };

/** What a machine waits for, from the outcome of its step. */
export function inputRequestOf({ request, lastInput }: StepOutcome, activation: RevealActivation): InputRequest {
  switch (request.tag) {
    case "none":
      return { kind: "none" };
    case "input":
      return lastInput === null ? { kind: "initial" } : { kind: "firstAfter", ...lastInput };
    case "reveal":
      return { kind: "reveal", request: readRevealRequest(request.request, lastInput?.level, activation) };
  }
}

export class WasmProofJudge implements ProofJudge {
  constructor(readonly options: WasmJudgeOptions) {}

  judge(proof: RefutationProof, section: Section, role: ProofRole, game: Game): Verdict {
    const step = decodeStep(proof.pvmStep);
    try {
      this.#check(step, proof.inputProof, section, role, game);
      return { valid: true };
    } catch (error) {
      if (isFault(error)) return { valid: false, reason: error };
      throw error;
    }
  }

  #check(step: MerkleProof, inputProof: InputProof | undefined, section: Section, role: ProofRole, game: Game): void {
    if (role === "refute" && distance(section) !== 1n) {
      throw new ProtocolError("Dissection_unexpected_section_size", { n: distance(section) });
    }
    const before = step.before as StateHash;
    if (!stateEquals(section.start.state, before)) {
      throw new ProtocolError("Proof_start_state_hash_mismatch", {
        startStateHash: section.start.state ?? null,
        startProof: before,
      });
    }
    const input = this.#input(inputProof, step, game);
    const outcome = verifyMerkleStep(step, input ?? null);
    const request = inputRequestOf(outcome, this.options.revealActivation);
    checkAnswers(inputProof, request);
    // A machine that asks and is not answered stays where it is for ever: it has no next state.
    const arrives = (request.kind === "none") === (input === undefined);
    checkStop(section, arrives ? (step.after as StateHash) : undefined, role);
  }

  /** What the machine is given; a message that the rollup must not read yet, or not any more, is dropped. */
  #input(proof: InputProof | undefined, step: MerkleProof, game: Game): StepInput | undefined {
    if (proof === undefined) return undefined;
    const { originationLevel } = this.options.metadata;
    switch (proof.kind) {
      case "firstInput":
        return this.#message({ level: originationLevel + 1, counter: 0n, payload: START_OF_LEVEL }, game);
      case "inbox": {
        const position = { level: proof.level, counter: proof.messageCounter + 1n };
        const inboxProof = decodeInboxProof(proof.serializedProof);
        const read = verifyInboxProof(inboxProof, position, game.inboxSnapshot, this.options.inboxRules);
        return read && this.#message(read, game);
      }
      case "reveal":
        return { tag: "reveal", data: this.#revealed(proof.proof, step) };
    }
  }

  #message(
    { level, counter, payload }: { readonly level: number; readonly counter: bigint; readonly payload: Uint8Array },
    game: Game,
  ): StepInput | undefined {
    if (level <= this.options.metadata.originationLevel || level > game.inboxLevel) return undefined;
    return { tag: "message", info: { level, counter }, payload };
  }

  #revealed(proof: RevealProof, step: MerkleProof): Uint8Array {
    const { metadata, dalParameters } = this.options;
    switch (proof.kind) {
      case "rawData":
        return proof.rawData;
      case "metadata":
        return revealAnswerBytes({ kind: "metadata", metadata });
      case "dalParameters":
        if (dalParameters === undefined) throw refusal("No DAL parameters are known.");
        return revealAnswerBytes({
          kind: "dalParameters",
          parameters: dalParameters(lastLevelShown(step) ?? metadata.originationLevel),
        });
      case "dalPage":
        throw refusal("DAL proofs are not supported.");
    }
  }
}

/** Level of the last message that the machine shown by a proof has read; undefined before the first. */
function lastLevelShown(step: MerkleProof): number | undefined {
  try {
    return Machine.load(new Tree(partialTree(step.tree), { observer: null, exact: true })).lastInput?.level;
  } catch (error) {
    if (isFault(error)) throw error;
    // A made-up state can lead into any assertion of the machine: the proof is at fault.
    throw refusal(error instanceof Error ? `The state shown is none: ${error.message}` : "The state shown is none.");
  }
}

function refusal(reason: string): ProtocolError {
  return new ProtocolError("smart_rollup_proof_check", { reason });
}

/** What makes a proof invalid, as opposed to a fault of ours. */
function isFault(error: unknown): error is Error {
  return (
    error instanceof ProtocolError ||
    error instanceof InboxProofError ||
    error instanceof MerkleError ||
    error instanceof PvmError
  );
}

function decodeStep(bytes: Uint8Array): MerkleProof {
  try {
    return decodeProof(bytes);
  } catch (error) {
    if (error instanceof MalformedProof) throw refusal("Cannot unserialize proof");
    throw error;
  }
}

function decodeInboxProof(bytes: Uint8Array) {
  try {
    return decode(inboxProofForm, bytes);
  } catch (error) {
    if (error instanceof DecodeError) throw new ProtocolError("smart_rollup_invalid_serialized_inbox_proof", {});
    throw error;
  }
}

/** Refuses a proof about another input than the one asked for. */
function checkAnswers(proof: InputProof | undefined, request: InputRequest): void {
  if (proof === undefined && request.kind === "none") return;
  if (proof?.kind === "firstInput" && request.kind === "initial") return;
  if (proof?.kind === "inbox" && request.kind === "firstAfter") {
    if (proof.level === request.level && proof.messageCounter === request.counter) return;
    throw refusal("Level and index of inbox proof are not equal to the one expected in input request.");
  }
  if (proof?.kind === "reveal" && request.kind === "reveal" && proof.proof.kind === request.request.kind) {
    if (proof.proof.kind !== "rawData" || request.request.kind !== "rawData") return;
    if (isPreimageOf(request.request.hash, proof.proof.rawData)) return;
    throw refusal("Invalid reveal");
  }
  throw refusal("Inbox proof and input request are dissociated.");
}

function checkStop(section: Section, stopProof: StateHash | undefined, role: ProofRole): void {
  const agrees = stateEquals(section.stop.state, stopProof);
  if (agrees === (role === "validate")) return;
  const id =
    role === "validate" ? "Proof_stop_state_hash_failed_to_validate" : "Proof_stop_state_hash_failed_to_refute";
  throw new ProtocolError(id, { stopStateHash: section.stop.state ?? null, stopProof: stopProof ?? null });
}
