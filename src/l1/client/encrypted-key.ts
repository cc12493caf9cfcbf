// Secret keys behind a password, as octez-client keeps them: "edesk…", "spesk…", "p2esk…". The key's 32 bytes are sealed by
// NaCl's secretbox under a zero nonce, with a key made of password and salt by PBKDF2 (SHA-512, 32768 rounds); the salt makes
// up for the nonce. Left out: tz4 and tz5 keys.

import { pbkdf2 } from "node:crypto";
import { promisify } from "node:util";
import nacl from "tweetnacl";
import { type Curve, KeyError, type SecretKey, secretKeyFromBytes } from "../../crypto/keys.js";
import { Base58Error, decodeWithChecksum, encodeWithChecksum } from "../../encoding/base58check.js";
import { fromHex, toHex } from "../../encoding/hex.js";

const SALT_BYTES = 8;
const KEY_BYTES = 32;
const ROUNDS = 32_768;
const NONCE = new Uint8Array(nacl.secretbox.nonceLength);
/** Salt, seal, key: what follows the prefix. */
const PAYLOAD_BYTES = SALT_BYTES + nacl.secretbox.overheadLength + KEY_BYTES;

const PREFIXES: Readonly<Record<Curve, string>> = {
  ed25519: "075a3cb329",
  secp256k1: "09edf1ae96",
  p256: "09303973ab",
};
const PREFIX_LENGTH = 10;

const derive = promisify(pbkdf2);

async function sealingKey(password: string, salt: Uint8Array): Promise<Uint8Array> {
  return derive(Buffer.from(password, "utf8"), salt, ROUNDS, nacl.secretbox.keyLength, "sha512");
}

/** The encrypted form of a key. `salt`: 8 bytes, never used before. */
export async function encryptSecretKey(key: SecretKey, password: string, salt: Uint8Array): Promise<string> {
  if (salt.length !== SALT_BYTES) throw new TypeError(`a salt has ${SALT_BYTES} bytes, not ${salt.length}`);
  const sealed = nacl.secretbox(key.bytes, NONCE, await sealingKey(password, salt));
  const prefix = fromHex(PREFIXES[key.curve]);
  return encodeWithChecksum(Buffer.concat([prefix, salt, sealed]));
}

/** An encrypted key, not opened. */
export interface SealedKey {
  readonly curve: Curve;
  readonly salt: Uint8Array;
  readonly sealed: Uint8Array;
}

/** Reads "edesk…", "spesk…" or "p2esk…". Raises KeyError "crypto.not_a_key". */
export function parseEncryptedKey(text: string): SealedKey {
  const raw = decodeOrRefuse(text);
  const prefix = toHex(raw.subarray(0, PREFIX_LENGTH / 2));
  const curve = (Object.keys(PREFIXES) as Curve[]).find((name) => PREFIXES[name] === prefix);
  const payload = raw.subarray(PREFIX_LENGTH / 2);
  if (curve === undefined || payload.length !== PAYLOAD_BYTES) {
    throw new KeyError("crypto.not_a_key", "not an encrypted key of a known kind");
  }
  return { curve, salt: payload.slice(0, SALT_BYTES), sealed: payload.slice(SALT_BYTES) };
}

function decodeOrRefuse(text: string): Uint8Array {
  try {
    return decodeWithChecksum(text);
  } catch (error) {
    if (error instanceof Base58Error) throw new KeyError("crypto.not_a_key", "not the base58check form of a key");
    throw error;
  }
}

/** The key; undefined when the password is not its. Raises KeyError when what the password opens is no key. */
export async function decryptSecretKey(
  { curve, salt, sealed }: SealedKey,
  password: string,
): Promise<SecretKey | undefined> {
  const bytes = nacl.secretbox.open(sealed, NONCE, await sealingKey(password, salt));
  return bytes === null ? undefined : secretKeyFromBytes(curve, bytes);
}
