// Orders of the protocol's tables: by the bytes of hashes.

import { decodeAnyBase58Check } from "../../encoding/base58check.js";
import { comparePublicKeyHashes, type PublicKeyHash, type RollupAddress } from "../../protocol/identifiers.js";

export function compareAddresses(a: RollupAddress, b: RollupAddress): number {
  return Buffer.compare(decodeAnyBase58Check(a).payload, decodeAnyBase58Check(b).payload);
}

/** From the greatest to the smallest: how the protocol lists the keys of a table. */
export function listedKeys(keys: Iterable<string>): PublicKeyHash[] {
  const hashes = [...keys] as PublicKeyHash[]; // keys of tables by key hash
  return hashes.sort((a, b) => comparePublicKeyHashes(b, a));
}
