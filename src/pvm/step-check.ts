/**
 * Judging a step proof offline: is it the proof of a step, of the step that is claimed, given the input that is claimed? Says more about a
 * bad one than `verifyStep` does. Where an input comes from (which inbox, which preimage page) is the protocol's to check; of reveals, only
 * that data asked for by its hash has that hash (pvm.md §5.6).
 */
import { blake2b256 } from "../crypto/blake2b.js";
import { encodeBase58Check } from "../encoding/base58check.js";
import { toHex } from "../encoding/hex.js";
import { InvalidProof, MissingNode } from "../merkle/errors.js";
import { partialTree } from "../merkle/partial.js";
import { decodeProof, type MerkleProof } from "../merkle/proof-encoding.js";
import { Tree } from "../merkle/tree.js";
import { PvmError } from "./errors.js";
import { type InputRequest, Machine } from "./machine.js";
import { type StepInput, type VerifiedStep, verifyMerkleStep } from "./step-proof.js";

/** What is claimed of a step; only what is given is checked. */
export interface StepClaim {
  /** State hashes, 32 bytes. */
  readonly before?: Uint8Array;
  readonly after?: Uint8Array;
  readonly tick?: bigint;
  /** Checked where the proof shows the version: computing steps do, steps that take an input need not. */
  readonly version?: string;
}

/** A proof that is not of what is claimed. */
export class ClaimRefused extends PvmError {}

/** Checks a proof in Octez's binary form. Throws `ClaimRefused`, or what `verifyStep` throws. */
export function checkStep(bytes: Uint8Array, input: StepInput | null, claim: StepClaim = {}): VerifiedStep {
  const proof = decodeProof(bytes);
  checkHashes(proof, claim);
  const outcome = verify(proof, input);
  if (input !== null) checkInput(outcome.request, input);
  if (claim.tick !== undefined && claim.tick !== outcome.tick) {
    throw new ClaimRefused("pvm.proof.other_tick", `the proof is of tick ${outcome.tick}, not of tick ${claim.tick}`);
  }
  const version = claim.version === undefined ? null : shownVersion(proof);
  if (version !== null && version !== claim.version) {
    throw new ClaimRefused("pvm.proof.other_version", `the proof is of version ${version}, not ${claim.version}`);
  }
  return { before: proof.before, after: proof.after, outcome };
}

/** Whether a proof starts and ends where it is claimed to. Throws `ClaimRefused`. */
export function checkHashes(proof: { before: Uint8Array; after: Uint8Array }, claim: StepClaim): void {
  compareHash("starts at", "pvm.proof.other_root", proof.before, claim.before);
  compareHash("leads to", "pvm.proof.other_result", proof.after, claim.after);
}

function compareHash(what: string, code: string, found: Uint8Array, claimed: Uint8Array | undefined): void {
  if (claimed === undefined || Buffer.compare(found, claimed) === 0) return;
  throw new ClaimRefused(code, `the proof ${what} state ${stateHash(found)}, not ${stateHash(claimed)}`);
}

function stateHash(hash: Uint8Array): string {
  return encodeBase58Check("stateHash", hash);
}

function verify(proof: MerkleProof, input: StepInput | null) {
  try {
    return verifyMerkleStep(proof, input);
  } catch (error) {
    if (input !== null || !(error instanceof InvalidProof || error instanceof MissingNode)) throw error;
    const request = shownRequest(proof);
    if (request === null || request.tag === "none") throw error;
    const wanted = request.tag === "input" ? "an inbox message" : `the reveal ${toHex(request.request)}`;
    throw new ClaimRefused("pvm.proof.input_missing", `the step takes an input that was not given: ${wanted}`);
  }
}

/** What the proof's state asks for; null when the proof does not show it. */
function shownRequest(proof: MerkleProof): InputRequest | null {
  try {
    return Machine.load(new Tree(partialTree(proof.tree), { observer: null, exact: true })).inputRequest();
  } catch {
    return null;
  }
}

function shownVersion(proof: MerkleProof): string | null {
  try {
    return Machine.load(new Tree(partialTree(proof.tree), { observer: null, exact: true })).version();
  } catch (error) {
    if (error instanceof MissingNode) return null;
    throw error;
  }
}

const RAW_DATA = 0x00;
const BLAKE2B = 0x00;
const RAW_DATA_REQUEST_BYTES = 34;

function checkInput(request: InputRequest, input: StepInput): void {
  const fits = input.tag === "message" ? request.tag === "input" : request.tag === "reveal";
  if (!fits) {
    const asked = { none: "no input", input: "an inbox message", reveal: "a reveal" }[request.tag];
    const given = input.tag === "message" ? "an inbox message" : "reveal data";
    throw new ClaimRefused("pvm.proof.input_unexpected", `the step takes ${asked}, ${given} was given`);
  }
  if (request.tag !== "reveal" || input.tag !== "reveal") return;
  const bytes = request.request;
  if (bytes.length !== RAW_DATA_REQUEST_BYTES || bytes[0] !== RAW_DATA || bytes[1] !== BLAKE2B) return;
  if (Buffer.compare(bytes.subarray(2), blake2b256(input.data)) === 0) return;
  throw new ClaimRefused("pvm.proof.wrong_preimage", `the data does not have the hash asked for, ${toHex(bytes)}`);
}
