// Hashes over the operations of a block (reference: lib_crypto's Merkle trees of lists, block_payload_repr.ml): a list is hashed as a
// binary tree whose last leaf is repeated up to a power of two; the lists of the validation passes likewise.

import { blake2b256 } from "../../crypto/blake2b.js";
import { ByteWriter } from "../../encoding/binary.js";
import type { BlockHash, OperationHash } from "../../protocol/identifiers.js";

/** Lists of operations in a block. */
export const VALIDATION_PASSES = 4;
/** The list of manager operations. */
export const MANAGER_PASS = 3;

function hashPair(left: Uint8Array, right: Uint8Array): Uint8Array {
  const both = new Uint8Array(left.length + right.length);
  both.set(left);
  both.set(right, left.length);
  return blake2b256(both);
}

/** The root over some 32-byte values: each is hashed once more, as a leaf. */
export function merkleRoot(values: readonly Uint8Array[]): Uint8Array {
  const last = values.at(-1);
  if (last === undefined) return blake2b256(new Uint8Array(0));
  let layer = values.map((value) => blake2b256(value));
  let padding = blake2b256(last);
  while (layer.length > 1) {
    if (layer.length % 2 === 1) layer.push(padding);
    padding = hashPair(padding, padding);
    layer = Array.from(
      { length: layer.length / 2 },
      (_, i) => hashPair(layer[2 * i] as Uint8Array, layer[2 * i + 1] as Uint8Array), // both are below the even length
    );
  }
  return layer[0] as Uint8Array; // one is left
}

/** `operations_hash` of a header, from the manager operations; the other passes are empty. */
export function operationsRoot(managerOperations: readonly OperationHash[]): Uint8Array {
  const lists = Array.from({ length: VALIDATION_PASSES }, (_, pass) =>
    merkleRoot(pass === MANAGER_PASS ? managerOperations : []),
  );
  return merkleRoot(lists);
}

/** `operations_hash` of a block without lists. */
export const NO_OPERATIONS_ROOT: Uint8Array = merkleRoot([]);

/** `payload_hash` of a header. */
export function payloadHash(predecessor: BlockHash, round: number, operations: readonly OperationHash[]): Uint8Array {
  const w = new ByteWriter(68);
  w.raw(predecessor);
  w.i32(round);
  w.raw(merkleRoot(operations));
  return blake2b256(w.finish());
}
