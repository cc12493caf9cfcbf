// The three signature schemes of Tezos accounts behind one interface, on 32-byte digests: Ed25519 (tz1), ECDSA on secp256k1
// (tz2) and on P-256 (tz3). BLS (tz4) and ML-DSA (tz5) are left out. Acceptance follows the libraries of Octez: libsecp256k1
// refuses signatures with a high s, HACL*'s P-256 takes them, HACL*'s Ed25519 refuses s beyond the group order.

import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from "node:crypto";
import { p256 } from "@noble/curves/nist.js";
import { secp256k1 } from "@noble/curves/secp256k1.js";

export type Curve = "ed25519" | "secp256k1" | "p256";

/** Bytes of a secret key (the seed, for Ed25519) and of a signature, on every curve. */
export const SECRET_KEY_BYTES = 32;
export const SIGNATURE_BYTES = 64;

/** A signature scheme. Arguments have the sizes above; a public key takes 32 bytes (Ed25519) or 33 (compressed point). */
export interface Scheme {
  isSecretKey(secret: Uint8Array): boolean;
  isPublicKey(bytes: Uint8Array): boolean;
  publicKey(secret: Uint8Array): Uint8Array;
  sign(secret: Uint8Array, digest: Uint8Array): Uint8Array;
  verify(publicKey: Uint8Array, digest: Uint8Array, signature: Uint8Array): boolean;
}

/** The order of the Ed25519 group, little-endian. */
const ED25519_ORDER = Uint8Array.from([
  0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0, 0, 0, 0, 0, 0,
  0, 0, 0, 0, 0, 0, 0, 0, 0x10,
]);

/** Whether the second half of an Ed25519 signature is below the order. */
function hasReducedScalar(signature: Uint8Array): boolean {
  for (let i = 31; i >= 0; i--) {
    const difference = (signature[32 + i] as number) - (ED25519_ORDER[i] as number); // 64 and 32 bytes
    if (difference !== 0) return difference < 0;
  }
  return false;
}

/** What stands before the 32 bytes of a secret Ed25519 key in DER (RFC 8410, PKCS #8). */
const SECRET_DER = Uint8Array.of(0x30, 46, 2, 1, 0, 0x30, 5, 6, 3, 43, 101, 112, 4, 34, 4, 32);

/** Reading DER takes ten times as long as signing: keys that have signed before are remembered as long as their bytes are held. */
const signers = new WeakMap<Uint8Array, { readonly bytes: Buffer; readonly key: KeyObject }>();

function secretObject(secret: Uint8Array): KeyObject {
  const known = signers.get(secret);
  if (known?.bytes.equals(secret)) return known.key;
  const key = createPrivateKey({ key: Buffer.concat([SECRET_DER, secret]), format: "der", type: "pkcs8" });
  signers.set(secret, { bytes: Buffer.from(secret), key });
  return key;
}

/** The form that OpenSSL reads soonest. */
function publicObject(bytes: Uint8Array): KeyObject {
  const x = Buffer.from(bytes).toString("base64url");
  return createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x }, format: "jwk" });
}

/** By OpenSSL, some fifty times as fast as JavaScript: every block of a sandbox and every operation is signed and checked. */
const ed25519Scheme: Scheme = {
  isSecretKey: (secret) => secret.length === SECRET_KEY_BYTES,
  isPublicKey: (bytes) => bytes.length === 32,
  publicKey(secret) {
    const { x = "" } = createPublicKey(secretObject(secret)).export({ format: "jwk" });
    return Uint8Array.from(Buffer.from(x, "base64url"));
  },
  sign: (secret, digest) => Uint8Array.from(sign(null, digest, secretObject(secret))),
  verify: (publicKey, digest, signature) =>
    hasReducedScalar(signature) && verify(null, digest, publicObject(publicKey), signature),
};

/** ECDSA with the nonces of RFC 6979; the digest is signed as it is. */
function ecdsaScheme(curve: typeof secp256k1, lowS: boolean): Scheme {
  const options = { prehash: false, lowS, format: "compact" } as const;
  return {
    isSecretKey: (secret) => curve.utils.isValidSecretKey(secret),
    isPublicKey: (bytes) => curve.utils.isValidPublicKey(bytes, true),
    publicKey: (secret) => curve.getPublicKey(secret, true),
    sign: (secret, digest) => curve.sign(digest, secret, options),
    verify: (publicKey, digest, signature) => curve.verify(signature, digest, publicKey, options),
  };
}

export const SCHEMES: Readonly<Record<Curve, Scheme>> = {
  ed25519: ed25519Scheme,
  secp256k1: ecdsaScheme(secp256k1, true),
  p256: ecdsaScheme(p256, false),
};
