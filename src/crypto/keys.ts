// Account keys and signatures: their base58check forms, addresses, and signing as Octez does it: the signature is made on
// blake2b-256(watermark ‖ message). Left out: encrypted keys (told apart in the errors), tz4 and tz5, key generation.

import {
  BASE58_KINDS,
  Base58Error,
  type Base58Kind,
  decodeAnyBase58Check,
  encodeBase58Check,
} from "../encoding/base58check.js";
import { toHex } from "../encoding/hex.js";
import { blake2b, blake2b256 } from "./blake2b.js";
import { type Curve, SCHEMES, SIGNATURE_BYTES } from "./curves.js";

export type { Curve } from "./curves.js";

export interface PublicKey {
  readonly curve: Curve;
  /** 32 bytes on ed25519, a compressed point of 33 bytes on the others. */
  readonly bytes: Uint8Array;
}

export interface SecretKey {
  readonly curve: Curve;
  /** 32 bytes: the seed on ed25519, the scalar (big-endian) on the others. */
  readonly bytes: Uint8Array;
  readonly publicKey: PublicKey;
}

export interface Signature {
  /** Absent for a signature in the generic form ("sig…", and in operations), which does not tell. */
  readonly curve?: Curve;
  /** 64 bytes. */
  readonly bytes: Uint8Array;
}

export type KeyErrorCode =
  | "crypto.not_a_key"
  | "crypto.not_a_signature"
  | "crypto.invalid_key"
  | "crypto.encrypted_key"
  | "crypto.unsupported_scheme";

/** A text or bytes that are no usable key or signature. `value` never holds a secret key. */
export class KeyError extends Error {
  override readonly name = "KeyError";

  constructor(
    readonly code: KeyErrorCode,
    reason: string,
    readonly value?: string,
  ) {
    super(`${code}: ${reason}${value === undefined ? "" : ` (${value})`}`);
  }
}

/** Prefixes that keep signatures of one purpose from passing for another's. */
export const WATERMARK = {
  /** Operations of managers and users. */
  genericOperation: Uint8Array.of(0x03),
  /** No watermark: what `octez-client sign bytes` makes. */
  none: new Uint8Array(0),
} as const;

const PUBLIC_KEY_KINDS = {
  ed25519: "ed25519PublicKey",
  secp256k1: "secp256k1PublicKey",
  p256: "p256PublicKey",
} as const;
const SECRET_KEY_KINDS = { ed25519: "ed25519Seed", secp256k1: "secp256k1SecretKey", p256: "p256SecretKey" } as const;
const SIGNATURE_KINDS = {
  ed25519: "ed25519Signature",
  secp256k1: "secp256k1Signature",
  p256: "p256Signature",
} as const;
const ADDRESS_KINDS = { ed25519: "tz1", secp256k1: "tz2", p256: "tz3" } as const;
const ADDRESS_BYTES = 20;
const CURVES: readonly Curve[] = ["ed25519", "secp256k1", "p256"];
const UNSUPPORTED_KINDS: ReadonlySet<Base58Kind> = new Set(["blsPublicKey", "blsSecretKey", "blsSignature"]);

function curveOf(kinds: Readonly<Record<Curve, Base58Kind>>, kind: Base58Kind): Curve | undefined {
  return CURVES.find((curve) => kinds[curve] === kind);
}

// ---- Public keys

/** A public key from its bytes. Raises KeyError "crypto.invalid_key" for a wrong size or a point off the curve. */
export function publicKeyFromBytes(curve: Curve, bytes: Uint8Array): PublicKey {
  if (!SCHEMES[curve].isPublicKey(bytes)) {
    throw new KeyError("crypto.invalid_key", `not a public key on ${curve}`, toHex(bytes));
  }
  return { curve, bytes };
}

/** Reads "edpk…", "sppk…" or "p2pk…". Raises KeyError or Base58Error. */
export function parsePublicKey(text: string): PublicKey {
  const { kind, payload } = decodeAnyBase58Check(text);
  const curve = curveOf(PUBLIC_KEY_KINDS, kind);
  if (curve === undefined) throw wrongKind("crypto.not_a_key", "a public key", kind, text);
  return publicKeyFromBytes(curve, payload);
}

export function printPublicKey(key: PublicKey): string {
  return encodeBase58Check(PUBLIC_KEY_KINDS[key.curve], key.bytes);
}

/** The 20-byte hash of a public key. */
export function publicKeyHash(key: PublicKey): Uint8Array {
  return blake2b(key.bytes, ADDRESS_BYTES);
}

/** The address of a key: "tz1…", "tz2…" or "tz3…". */
export function addressOf(key: PublicKey): string {
  return encodeBase58Check(ADDRESS_KINDS[key.curve], publicKeyHash(key));
}

function wrongKind(code: KeyErrorCode, wanted: string, kind: Base58Kind, text: string): KeyError {
  if (UNSUPPORTED_KINDS.has(kind)) {
    return new KeyError(
      "crypto.unsupported_scheme",
      `${BASE58_KINDS[kind].text}… keys and signatures are not supported`,
    );
  }
  // The text may be a secret key given in the wrong place: keep it out of messages and logs.
  const secret = kind === "ed25519SecretKey" || curveOf(SECRET_KEY_KINDS, kind) !== undefined;
  return new KeyError(code, `${wanted} expected, not ${BASE58_KINDS[kind].text}…`, secret ? undefined : text);
}

// ---- Secret keys

const UNENCRYPTED_SCHEME = "unencrypted:";
const ENCRYPTED_PREFIXES = ["edesk", "spesk", "p2esk", "BLesk"];
const KEY_URI_SCHEME = /^([a-z0-9+]+):/;

/** A secret key from its 32 bytes. Raises KeyError "crypto.invalid_key" for a wrong size or a scalar out of range. */
export function secretKeyFromBytes(curve: Curve, bytes: Uint8Array): SecretKey {
  const scheme = SCHEMES[curve];
  if (!scheme.isSecretKey(bytes)) throw new KeyError("crypto.invalid_key", `not a secret key on ${curve}`);
  return { curve, bytes, publicKey: { curve, bytes: scheme.publicKey(bytes) } };
}

/**
 * Reads "edsk…" (54 or 98 characters), "spsk…" or "p2sk…", with or without "unencrypted:" in front. Raises KeyError,
 * which does not hold the text.
 */
export function parseSecretKey(text: string): SecretKey {
  const bare = text.startsWith(UNENCRYPTED_SCHEME) ? text.slice(UNENCRYPTED_SCHEME.length) : text;
  const scheme = KEY_URI_SCHEME.exec(bare)?.[1];
  if (scheme !== undefined) refuseScheme(scheme);
  if (ENCRYPTED_PREFIXES.some((prefix) => bare.startsWith(prefix))) refuseScheme("encrypted");
  const { kind, payload } = decodeSecret(bare);
  if (kind === "ed25519SecretKey") return secretKeyFromBytes("ed25519", payload.slice(0, 32)); // seed ‖ public key
  const curve = curveOf(SECRET_KEY_KINDS, kind);
  if (curve === undefined) throw wrongKind("crypto.not_a_key", "a secret key", kind, bare);
  return secretKeyFromBytes(curve, payload);
}

function decodeSecret(text: string): { kind: Base58Kind; payload: Uint8Array } {
  try {
    return decodeAnyBase58Check(text);
  } catch (error) {
    // Base58Error quotes the text.
    if (error instanceof Base58Error) {
      throw new KeyError("crypto.not_a_key", `not the base58check form of a secret key (${error.code})`);
    }
    throw error;
  }
}

function refuseScheme(scheme: string): never {
  if (scheme === "encrypted") throw new KeyError("crypto.encrypted_key", "the secret key is encrypted");
  throw new KeyError("crypto.unsupported_scheme", `secret keys of the form ${scheme}:… are not supported`);
}

/** "edsk…" (54 characters), "spsk…" or "p2sk…", in clear. */
export function printSecretKey(key: SecretKey): string {
  return encodeBase58Check(SECRET_KEY_KINDS[key.curve], key.bytes);
}

// ---- Signatures

/** What is signed for a message: blake2b-256(watermark ‖ message). */
export function signedDigest(message: Uint8Array, watermark: Uint8Array): Uint8Array {
  const all = new Uint8Array(watermark.length + message.length);
  all.set(watermark);
  all.set(message, watermark.length);
  return blake2b256(all);
}

/** Signs a message. Deterministic on every curve (Octez's P-256 signatures are not). */
export function sign(
  key: SecretKey,
  message: Uint8Array,
  watermark: Uint8Array = WATERMARK.genericOperation,
): Signature {
  return { curve: key.curve, bytes: SCHEMES[key.curve].sign(key.bytes, signedDigest(message, watermark)) };
}

/** Whether the signature is the key's on the message; false as well for a signature of another curve. Never raises. */
export function verify(
  key: PublicKey,
  signature: Signature,
  message: Uint8Array,
  watermark: Uint8Array = WATERMARK.genericOperation,
): boolean {
  if (signature.curve !== undefined && signature.curve !== key.curve) return false;
  if (signature.bytes.length !== SIGNATURE_BYTES || !SCHEMES[key.curve].isPublicKey(key.bytes)) return false;
  return SCHEMES[key.curve].verify(key.bytes, signedDigest(message, watermark), signature.bytes);
}

/** Reads "edsig…", "spsig1…", "p2sig…" or the generic "sig…". Raises KeyError or Base58Error. */
export function parseSignature(text: string): Signature {
  const { kind, payload } = decodeAnyBase58Check(text);
  if (kind === "genericSignature") return { bytes: payload };
  const curve = curveOf(SIGNATURE_KINDS, kind);
  if (curve === undefined) throw wrongKind("crypto.not_a_signature", "a signature", kind, text);
  return { curve, bytes: payload };
}

/** The form that names the curve, or the generic one if the curve is not known. */
export function printSignature(signature: Signature): string {
  const { curve, bytes } = signature;
  return encodeBase58Check(curve === undefined ? "genericSignature" : SIGNATURE_KINDS[curve], bytes);
}

/** The generic form "sig…". */
export function printGenericSignature(signature: Signature): string {
  return encodeBase58Check("genericSignature", signature.bytes);
}
