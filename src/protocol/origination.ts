// Addresses of what an operation originates (protocol.md §1): contracts and rollups share one counter an operation, which starts at 0.

import { blake2b } from "../crypto/blake2b.js";
import { encodeBase58Check } from "../encoding/base58check.js";
import { ByteWriter } from "../encoding/binary.js";
import type { ContractHash, OperationHash, RollupAddress } from "./identifiers.js";

const ADDRESS_BYTES = 20;

/** BLAKE2b-160 of operation hash and index. */
function originatedHash(operation: OperationHash, index: number): Uint8Array {
  const w = new ByteWriter(operation.length + 4);
  w.raw(operation);
  w.i32(index);
  return blake2b(w.finish(), ADDRESS_BYTES);
}

/** The rollup that is origination number `index` of an operation: "sr1…". */
export function rollupAddressOf(operation: OperationHash, index: number): RollupAddress {
  return encodeBase58Check("rollupAddress", originatedHash(operation, index)) as RollupAddress;
}

/** The contract that is origination number `index` of an operation: "KT1…". */
export function contractHashOf(operation: OperationHash, index: number): ContractHash {
  return encodeBase58Check("KT1", originatedHash(operation, index)) as ContractHash;
}
