// How values are printed and read: hashes, large numbers, sizes.

import { HASH_BYTES } from "../crypto/blake2b.js";
import { Base58Error, decodeBase58Check, encodeBase58Check } from "../encoding/base58check.js";
import { DecodeError } from "../encoding/errors.js";
import { fromHex, toHex } from "../encoding/hex.js";
import type { SessionStatus } from "../pvm/session.js";

/** A state hash as the protocol prints it: "srs1…". */
export function stateHashText(hash: Uint8Array): string {
  return encodeBase58Check("stateHash", hash);
}

/** The same hash as the node's context prints it: "Co…". */
export function contextHashText(hash: Uint8Array): string {
  return encodeBase58Check("contextHash", hash);
}

/** Reads a state hash in any of its forms: srs1…, Co…, or 64 hexadecimal digits. Null if it is none. */
export function parseStateHash(text: string): Uint8Array | null {
  try {
    if (text.startsWith("srs1")) return decodeBase58Check("stateHash", text);
    if (text.startsWith("Co")) return decodeBase58Check("contextHash", text);
    const bytes = fromHex(text);
    return bytes.length === HASH_BYTES ? bytes : null;
  } catch (error) {
    if (error instanceof Base58Error || error instanceof DecodeError) return null;
    throw error;
  }
}

/** Digits in groups of three. */
export function grouped(value: bigint | number): string {
  return String(value).replace(/\B(?=([0-9]{3})+$)/g, ",");
}

/** "1 proof", "2 proofs". */
export function counted(count: number, what: string): string {
  return `${grouped(count)} ${what}${count === 1 ? "" : "s"}`;
}

export function statusText(status: SessionStatus): string {
  switch (status.tag) {
    case "running":
      return "running";
    case "waiting_for_input":
      return "waiting for input";
    case "waiting_for_reveal":
      return `waiting for reveal ${toHex(status.request)}`;
    case "stuck":
      return `stuck ${status.text}`;
  }
}
