// The well-known keys of a sandbox, for octez-client and `tickproof client`.

import { addressOf } from "../crypto/keys.js";
import { publicKeyUri, unencryptedUri } from "../l1/client/key-uri.js";
import { Wallet } from "../l1/client/wallet.js";
import { BOOTSTRAP_KEYS } from "../l1/sandbox/bootstrap.js";
import { publicKeyHash } from "../protocol/identifiers.js";

/** Puts the bootstrap keys into a key directory, in place of others of their names. */
export async function writeKeys(directory: string): Promise<void> {
  const wallet = new Wallet(directory);
  for (const { alias, secretKey } of [...BOOTSTRAP_KEYS].reverse()) {
    const { publicKey } = secretKey;
    await wallet.hashes.add(alias, publicKeyHash(addressOf(publicKey)), true);
    await wallet.publicKeys.add(alias, { locator: publicKeyUri(publicKey), key: publicKey }, true);
    await wallet.secretKeys.add(alias, unencryptedUri(secretKey), true);
  }
}
