// BLAKE2b, the hash of everything in Tezos: 256 bits for trees, blocks and operations, 160 bits for addresses.
//
// The 256-bit hash is hot (a saved state hashes thousands of tree nodes of some 100 bytes), so its implementation can be
// exchanged. The default is hash-wasm, one instance made when this module loads: hence synchronous, and safe because no
// call can start inside another. Measured on 100 bytes: hash-wasm 0.5 µs, @noble/hashes 5 µs. Half of hash-wasm's time is
// its wrapper; the hottest caller, the tree, goes around it through `hashScratch`.

import { blake2b as nobleBlake2b } from "@noble/hashes/blake2.js";
import { createBLAKE2b } from "hash-wasm";
import { wasmScratchHasher } from "./wasm-blake2b.js";

/** Bytes of a BLAKE2b-256 hash. */
export const HASH_BYTES = 32;

/** An implementation of BLAKE2b-256. */
export interface Hasher {
  readonly name: string;
  /** Writes the 32-byte hash of `input[start..end)` to `out[outOffset..outOffset + 32)`, which may lie inside `input`. */
  hash(input: Uint8Array, start: number, end: number, out: Uint8Array, outOffset: number): void;
  /** The hash of `input` in a fresh array, for implementations that make one anyway. */
  digest?(input: Uint8Array): Uint8Array;
}

const wasm = await createBLAKE2b(8 * HASH_BYTES);

/** hash-wasm: the default. */
export const wasmHasher: Hasher = {
  name: "hash-wasm",
  hash(input, start, end, out, outOffset) {
    out.set(wasmDigest(range(input, start, end)), outOffset);
  },
  digest: wasmDigest,
};

function wasmDigest(input: Uint8Array): Uint8Array {
  wasm.init();
  wasm.update(input);
  return wasm.digest("binary");
}

/** @noble/hashes: plain JavaScript, ten times slower; the second opinion of the tests. */
export const nobleHasher: Hasher = {
  name: "noble",
  hash(input, start, end, out, outOffset) {
    out.set(nobleDigest(range(input, start, end)), outOffset);
  },
  digest: nobleDigest,
};

function nobleDigest(input: Uint8Array): Uint8Array {
  return nobleBlake2b(input, { dkLen: HASH_BYTES });
}

function range(input: Uint8Array, start: number, end: number): Uint8Array {
  return start === 0 && end === input.length ? input : input.subarray(start, end);
}

let current: Hasher = wasmHasher;
let count = 0;

/** Chooses the implementation of BLAKE2b-256 for the whole process; gives the one it replaces. */
export function setHasher(hasher: Hasher): Hasher {
  const previous = current;
  current = hasher;
  return previous;
}

/** The 256-bit hash of `bytes`, in a fresh array. */
export function blake2b256(bytes: Uint8Array): Uint8Array {
  count += 1;
  if (current.digest !== undefined) return current.digest(bytes);
  const out = new Uint8Array(HASH_BYTES);
  current.hash(bytes, 0, bytes.length, out, 0);
  return out;
}

/** Writes the 256-bit hash of `input[start..end)` at `out[outOffset]`. */
export function hashInto(input: Uint8Array, start: number, end: number, out: Uint8Array, outOffset: number): void {
  count += 1;
  current.hash(input, start, end, out, outOffset);
}

/** Where inputs of `hashScratch` go: their first bytes. */
export const scratch: Uint8Array = wasmScratchHasher?.buffer ?? new Uint8Array(16 * 1024);
const plainDigest = new Int32Array(HASH_BYTES / 4);
const plainDigestBytes = new Uint8Array(plainDigest.buffer);

/**
 * The 256-bit hash of the first `length` bytes of `scratch`, as eight words; valid until `scratch` is written to or another hash is made.
 * Nothing is allocated.
 */
export function hashScratch(length: number): Int32Array {
  count += 1;
  if (current === wasmHasher && wasmScratchHasher !== null) {
    wasmScratchHasher.hash(length);
    return wasmScratchHasher.digest;
  }
  current.hash(scratch, 0, length, plainDigestBytes, 0);
  return plainDigest;
}

/** How many 256-bit hashes this process has computed through this module; take differences. */
export function hashCount(): number {
  return count;
}

/** BLAKE2b with a result of `size` bytes (1..64); not counted. 20 bytes make an address. */
export function blake2b(bytes: Uint8Array, size: number): Uint8Array {
  return nobleBlake2b(bytes, { dkLen: size });
}
