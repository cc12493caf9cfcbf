// Output proofs (protocol.md §5.2, §5.3): that a message stands in the outbox of a state. WASM: a Merkle proof whose step reads
// the outbox and changes nothing, then the output. How Merkle proofs are read and replayed is passed in (`OutputReader`).
// Proofs of the arith PVM, and those of the first WASM protocols, have the state's hash between the two: they are read and
// written ("withState"), not judged.

import { ByteReader, encode } from "../encoding/binary.js";
import { DecodeError } from "../encoding/errors.js";
import { ProtocolError } from "./errors.js";
import { hashEquals, type StateHash } from "./identifiers.js";
import { type Output, outboxMessageForm, outputForm } from "./outbox-message.js";

/** What is asked of Merkle proofs P. Each function may raise whatever it likes: for the judge the proof is then wrong. */
export interface OutputReader<P> {
  /** The Merkle proof at the start of some bytes, and its length. */
  decodePrefix(bytes: Uint8Array): { readonly proof: P; readonly length: number };
  encode(proof: P): Uint8Array;
  /** The hash of the state that the proof starts from. */
  startState(proof: P): Uint8Array;
  /**
   * Checks the proof by replaying the reading of a message from what it shows, which must lead back to the same hash. Gives
   * the bytes in the outbox, null if there are none.
   */
  readMessage(proof: P, outboxLevel: number, messageIndex: number): Uint8Array | null;
}

/** An output proof, taken apart. */
export interface OutputProof<P> {
  readonly proof: P;
  readonly output: Output;
  /** Between the two in proofs of other machines. */
  readonly state?: StateHash;
}

/** Whether a proof carries the hash of its state a second time. */
export type OutputProofFormat = "wasm" | "withState";

const STATE_HASH_BYTES = 32;

/** The bytes of a proof: `smart_rollup.wasm_2_0_0.output.proof` of octez-codec. */
export function encodeOutputProof<P>(reader: Pick<OutputReader<P>, "encode">, proof: OutputProof<P>): Uint8Array {
  const parts = [reader.encode(proof.proof), proof.state ?? new Uint8Array(0), encode(outputForm, proof.output)];
  const bytes = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** Takes a proof apart. Raises DecodeError, or what the reader raises. */
export function decodeOutputProof<P>(
  reader: Pick<OutputReader<P>, "decodePrefix">,
  bytes: Uint8Array,
  format: OutputProofFormat = "wasm",
): OutputProof<P> {
  const { proof, length } = reader.decodePrefix(bytes);
  if (length > bytes.length) throw new DecodeError("encoding.unexpected_end", "the Merkle proof ends too late", length);
  const r = new ByteReader(bytes, length);
  const state = format === "withState" ? (r.raw(STATE_HASH_BYTES) as StateHash) : undefined;
  const output = outputForm.read(r);
  r.expectEnd();
  return state === undefined ? { proof, output } : { proof, state, output };
}

/** Why an output proof was refused: the protocol's error, with the fault that led to it as `cause`. */
function refusal(
  id: "smart_rollup_invalid_output_proof" | "smart_rollup_wasm_output_proof_verification_failed",
  cause: unknown,
): ProtocolError {
  const error = new ProtocolError(id, {});
  error.cause = cause;
  return error;
}

/**
 * The output that a proof shows in the state of a commitment, as layer 1 judges it. Raises ProtocolError:
 * "smart_rollup_invalid_output_proof" for bytes that are no proof, or one about another state,
 * "smart_rollup_wasm_output_proof_verification_failed" when the proof does not show the message that it claims.
 */
export function verifyOutputProof<P>(reader: OutputReader<P>, bytes: Uint8Array, state: StateHash): Output {
  const { proof, output } = decodedForJudging(reader, bytes, state);
  const claimed = encode(outboxMessageForm, output.message);
  let found: Uint8Array | null;
  try {
    found = reader.readMessage(proof, output.outboxLevel, indexOf(output));
  } catch (error) {
    throw refusal("smart_rollup_wasm_output_proof_verification_failed", error);
  }
  if (found === null || !hashEquals(found, claimed)) {
    const why = found === null ? "there is no message" : "there is another message";
    throw refusal("smart_rollup_wasm_output_proof_verification_failed", new Error(why));
  }
  return output;
}

function decodedForJudging<P>(reader: OutputReader<P>, bytes: Uint8Array, state: StateHash): OutputProof<P> {
  let decoded: OutputProof<P>;
  try {
    decoded = decodeOutputProof(reader, bytes);
  } catch (error) {
    throw refusal("smart_rollup_invalid_output_proof", error);
  }
  if (!hashEquals(reader.startState(decoded.proof), state)) {
    throw refusal("smart_rollup_invalid_output_proof", new Error("the proof is about another state"));
  }
  return decoded;
}

/** An index that no outbox reaches stands for all those that a number cannot hold. */
function indexOf(output: Output): number {
  return output.messageIndex > BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_SAFE_INTEGER : Number(output.messageIndex);
}
