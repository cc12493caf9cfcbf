// New keys, from random bytes.

import { type Curve, KeyError, type SecretKey, secretKeyFromBytes } from "../../crypto/keys.js";

const SECRET_KEY_BYTES = 32;
/** On the curves in question a random number is no key about once in 2^32 tries, or 2^128. */
const MAX_TRIES = 64;

/** A new key. `random` gives as many random bytes as it is asked for, fit for secrets. */
export function generateSecretKey(curve: Curve, random: (count: number) => Uint8Array): SecretKey {
  for (let i = 0; i < MAX_TRIES; i++) {
    try {
      return secretKeyFromBytes(curve, random(SECRET_KEY_BYTES));
    } catch (error) {
      if (!(error instanceof KeyError)) throw error;
    }
  }
  throw new Error(`no key on ${curve} in ${MAX_TRIES} tries: the source of random bytes is broken`);
}
