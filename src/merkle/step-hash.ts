/**
 * The hash that routes a step (the name of an edge) inside the inodes of a directory: merkle.md §1.1.
 * Names repeat endlessly (`tag`, `value`, small integers), so their hashes are remembered, up to a bound because names of the durable
 * storage are chosen by the guest.
 */
import { blake2b256 } from "../crypto/blake2b.js";

const MAX_REMEMBERED_STEPS = 1 << 17;
const encoder = new TextEncoder();
const remembered = new Map<string, Uint8Array>();

/** The 32-byte hash of a step; bit `d` of it, most significant first, picks the child at depth `d`. */
export function stepHash(step: string): Uint8Array {
  let hash = remembered.get(step);
  if (hash === undefined) {
    hash = blake2b256(encoder.encode(step));
    if (remembered.size >= MAX_REMEMBERED_STEPS) remembered.clear();
    remembered.set(step, hash);
  }
  return hash;
}

/** Bit number `depth` of a step hash: which child of an inode at that depth holds the step. */
export function stepBit(hash: Uint8Array, depth: number): 0 | 1 {
  const byte = hash[depth >> 3];
  if (byte === undefined) throw new RangeError(`inode depth ${depth} exceeds the step hash`);
  return ((byte >> (7 - (depth & 7))) & 1) as 0 | 1;
}
