// Output proofs of the WASM machine (protocol.md §5.2): a Merkle proof of reading one message of an outbox, which leaves the state as it
// was. What is read: the buffers' option, the input buffer's bounds, the output buffer's level and period, the message.

import { DecodeError } from "../encoding/errors.js";
import type { TreeNode } from "../merkle/node.js";
import { decodeProofPrefix, encodeProof, type MerkleProof } from "../merkle/proof-encoding.js";
import { recordProof, verifyProof } from "../merkle/prove.js";
import { loadFrom } from "../merkle/schema.js";
import type { Tree } from "../merkle/tree.js";
import { buffersSchema, readMessage } from "../pvm/buffers.js";
import { hashEquals } from "./identifiers.js";
import { type Output, readOutboxMessage } from "./outbox-message.js";
import type { OutputProof, OutputReader } from "./output-proof.js";

function readFromState(tree: Tree, outboxLevel: number, messageIndex: number): Uint8Array | null {
  const buffers = loadFrom(tree, [], buffersSchema);
  return buffers === null ? null : readMessage(buffers.output, outboxLevel, messageIndex);
}

/** Reads and replays Merkle proofs of the WASM machine's outbox. */
export const wasmOutputReader: OutputReader<MerkleProof> = {
  decodePrefix: decodeProofPrefix,
  encode: encodeProof,
  startState: (proof) => proof.before,
  readMessage(proof, outboxLevel, messageIndex) {
    if (!hashEquals(proof.before, proof.after)) throw new RangeError("reading an outbox changes nothing");
    return verifyProof(proof, (tree) => readFromState(tree, outboxLevel, messageIndex));
  },
};

/** Why there is no output proof of a message. */
export class NoOutput extends Error {
  override readonly name = "NoOutput";
  readonly code = "protocol.output.none";

  constructor(reason: string) {
    super(`protocol.output.none: ${reason}`);
  }
}

/** The proof that a message stands in the outbox of a state. Raises NoOutput when there is none, or bytes that are no message. */
export function proveOutput(root: TreeNode, outboxLevel: number, messageIndex: number): OutputProof<MerkleProof> {
  const { proof, result } = recordProof(root, (tree) => readFromState(tree, outboxLevel, messageIndex));
  if (result === null) throw new NoOutput(`no message ${messageIndex} in the outbox of level ${outboxLevel}`);
  const message = readOutboxMessage(result);
  if (message instanceof DecodeError) throw new NoOutput(`message ${messageIndex} of level ${outboxLevel} is not one`);
  const output: Output = { outboxLevel, messageIndex: BigInt(messageIndex), message };
  return { proof, output };
}
