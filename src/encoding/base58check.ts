// Base58check: text form of hashes, keys, addresses and signatures. Text = base58(prefix ‖ payload ‖ checksum), checksum =
// first 4 bytes of sha256(sha256(prefix ‖ payload)). The prefix bytes, with the payload's length, make the text start with
// the characters people know ("tz1", "sr1", ...). Encrypted secret keys and sapling are left out.

import { sha256 } from "@noble/hashes/sha2.js";
import { Base58Error } from "./errors.js";
import { fromHex, toHex } from "./hex.js";

export { Base58Error } from "./errors.js";

const ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
const CHECKSUM_BYTES = 4;
/** Longest text decoded: bounds the quadratic conversion; the longest kind below has 142 characters. */
const MAX_TEXT_LENGTH = 256;

interface Base58Prefix {
  /** First characters of the text. */
  readonly text: string;
  /** Prefix bytes, in hexadecimal. */
  readonly prefix: string;
  /** Payload size in bytes. */
  readonly size: number;
}

/** Everything the rollup tools print or read, by what it is. */
export const BASE58_KINDS = {
  blockHash: { text: "B", prefix: "0134", size: 32 },
  operationHash: { text: "o", prefix: "0574", size: 32 },
  operationListHash: { text: "Lo", prefix: "85e9", size: 32 },
  operationListListHash: { text: "LLo", prefix: "1d9f6d", size: 32 },
  protocolHash: { text: "P", prefix: "02aa", size: 32 },
  contextHash: { text: "Co", prefix: "4fc7", size: 32 },
  blockMetadataHash: { text: "bm", prefix: "eaf9", size: 32 },
  operationMetadataHash: { text: "r", prefix: "05b7", size: 32 },
  operationMetadataListHash: { text: "Lr", prefix: "8627", size: 32 },
  operationMetadataListListHash: { text: "LLr", prefix: "1d9fb6", size: 32 },
  chainId: { text: "Net", prefix: "575200", size: 4 },
  cryptoboxPublicKeyHash: { text: "id", prefix: "9967", size: 16 },

  tz1: { text: "tz1", prefix: "06a19f", size: 20 },
  tz2: { text: "tz2", prefix: "06a1a1", size: 20 },
  tz3: { text: "tz3", prefix: "06a1a4", size: 20 },
  tz4: { text: "tz4", prefix: "06a1a6", size: 20 },
  tz5: { text: "tz5", prefix: "06a1a9", size: 20 },
  KT1: { text: "KT1", prefix: "025a79", size: 20 },
  rollupAddress: { text: "sr1", prefix: "067c75", size: 20 },

  commitmentHash: { text: "src1", prefix: "11a5868a", size: 32 },
  stateHash: { text: "srs1", prefix: "11a5ebf0", size: 32 },
  inboxHash: { text: "srib1", prefix: "03ff8a916e", size: 32 },
  inboxPayloadsHash: { text: "srib2", prefix: "03ff8a918c", size: 32 },
  inboxMessageHash: { text: "srib3", prefix: "03ff8a91aa", size: 32 },
  revealHash: { text: "scrrh1", prefix: "e6ce80c8c4", size: 32 },
  inputHash: { text: "scd1", prefix: "01767d87", size: 20 },
  l2MessageId: { text: "scmsg", prefix: "03fab3f7c4", size: 32 },
  injectorOperationHash: { text: "iop", prefix: "4007ce", size: 32 },
  rollupContextHash: { text: "SRCo", prefix: "08d1d8a6", size: 32 },
  slotHeader: { text: "sh", prefix: "0274b4", size: 48 },
  scriptExprHash: { text: "expr", prefix: "0d2c401b", size: 32 },
  blockPayloadHash: { text: "vh", prefix: "016af2", size: 32 },
  nonceHash: { text: "nce", prefix: "45dca9", size: 32 },
  dalSkipListHash: { text: "dask1", prefix: "02e0487323", size: 32 },

  ed25519Seed: { text: "edsk", prefix: "0d0f3a07", size: 32 },
  ed25519SecretKey: { text: "edsk", prefix: "2bf64e07", size: 64 },
  ed25519PublicKey: { text: "edpk", prefix: "0d0f25d9", size: 32 },
  ed25519Signature: { text: "edsig", prefix: "09f5cd8612", size: 64 },
  secp256k1SecretKey: { text: "spsk", prefix: "11a2e0c9", size: 32 },
  secp256k1PublicKey: { text: "sppk", prefix: "03fee256", size: 33 },
  secp256k1Signature: { text: "spsig1", prefix: "0d7365133f", size: 64 },
  p256SecretKey: { text: "p2sk", prefix: "1051eebd", size: 32 },
  p256PublicKey: { text: "p2pk", prefix: "03b28b7f", size: 33 },
  p256Signature: { text: "p2sig", prefix: "36f02c34", size: 64 },
  blsSecretKey: { text: "BLsk", prefix: "0396c028", size: 32 },
  blsPublicKey: { text: "BLpk", prefix: "069587cc", size: 48 },
  blsSignature: { text: "BLsig", prefix: "28ab40cf", size: 96 },
  genericSignature: { text: "sig", prefix: "04822b", size: 64 },
} as const satisfies Record<string, Base58Prefix>;

/** Names of the kinds of text: the keys of BASE58_KINDS. */
export type Base58Kind = keyof typeof BASE58_KINDS;

const PREFIXES: ReadonlyMap<Base58Kind, Uint8Array> = new Map(
  (Object.keys(BASE58_KINDS) as Base58Kind[]).map((kind) => [kind, fromHex(BASE58_KINDS[kind].prefix)]),
);

/** The text of a payload. Raises Base58Error "encoding.base58.bad_length" if its size is not the kind's. */
export function encodeBase58Check(kind: Base58Kind, payload: Uint8Array): string {
  const { size, text } = BASE58_KINDS[kind];
  if (payload.length !== size) {
    throw new Base58Error(
      "encoding.base58.bad_length",
      `${text}: payload of ${payload.length} bytes, ${size} expected`,
      toHex(payload),
    );
  }
  const prefix = prefixBytes(kind);
  const raw = new Uint8Array(prefix.length + size);
  raw.set(prefix);
  raw.set(payload, prefix.length);
  return encodeWithChecksum(raw);
}

/** The payload of a text of the kind given. Raises Base58Error. */
export function decodeBase58Check(kind: Base58Kind, text: string): Uint8Array {
  const raw = decodeWithChecksum(text);
  const prefix = prefixBytes(kind);
  const { size, text: expected } = BASE58_KINDS[kind];
  if (!startsWith(raw, prefix)) {
    throw new Base58Error("encoding.base58.bad_prefix", `${expected}… expected`, text);
  }
  if (raw.length !== prefix.length + size) {
    throw new Base58Error(
      "encoding.base58.bad_length",
      `${expected}: payload of ${raw.length - prefix.length} bytes, ${size} expected`,
      text,
    );
  }
  return raw.slice(prefix.length);
}

/** What a text is, and its payload. Raises Base58Error, "encoding.base58.unknown_prefix" when no kind fits. */
export function decodeAnyBase58Check(text: string): { kind: Base58Kind; payload: Uint8Array } {
  const raw = decodeWithChecksum(text);
  for (const [kind, prefix] of PREFIXES) {
    if (raw.length === prefix.length + BASE58_KINDS[kind].size && startsWith(raw, prefix)) {
      return { kind, payload: raw.slice(prefix.length) };
    }
  }
  throw new Base58Error("encoding.base58.unknown_prefix", "no known prefix fits", text);
}

/** Whether `text` is well formed and of the kind given; never raises. */
export function isBase58Check(kind: Base58Kind, text: string): boolean {
  try {
    decodeBase58Check(kind, text);
    return true;
  } catch (error) {
    if (error instanceof Base58Error) return false;
    throw error;
  }
}

/** base58(raw ‖ checksum), `raw` being prefix and payload. */
export function encodeWithChecksum(raw: Uint8Array): string {
  const full = new Uint8Array(raw.length + CHECKSUM_BYTES);
  full.set(raw);
  full.set(checksum(raw), raw.length);
  return toBase58(full);
}

/** Prefix and payload of a text, its checksum verified. */
export function decodeWithChecksum(text: string): Uint8Array {
  const full = fromBase58(text);
  if (full.length < CHECKSUM_BYTES) {
    throw new Base58Error("encoding.base58.bad_length", "shorter than a checksum", text);
  }
  const raw = full.slice(0, full.length - CHECKSUM_BYTES);
  if (!startsWith(full.subarray(raw.length), checksum(raw))) {
    throw new Base58Error("encoding.base58.bad_checksum", "checksum mismatch", text);
  }
  return raw;
}

function checksum(raw: Uint8Array): Uint8Array {
  return sha256(sha256(raw)).subarray(0, CHECKSUM_BYTES);
}

function prefixBytes(kind: Base58Kind): Uint8Array {
  const prefix = PREFIXES.get(kind);
  if (prefix === undefined) throw new Base58Error("encoding.base58.unknown_prefix", "no such kind", kind);
  return prefix;
}

function startsWith(bytes: Uint8Array, start: Uint8Array): boolean {
  return bytes.length >= start.length && start.every((byte, i) => bytes[i] === byte);
}

// Base conversion works on limbs of four base-58 digits (58^4 < 2^24) or three bytes, so that products stay below 2^53.
const DIGITS_PER_LIMB = 4;
const DIGIT_LIMB = 58 ** DIGITS_PER_LIMB;
const BYTES_PER_LIMB = 3;
const BYTE_LIMB = 2 ** 24;
const DIGIT_VALUES = digitValues();

function digitValues(): Int8Array {
  const values = new Int8Array(128).fill(-1);
  for (let i = 0; i < ALPHABET.length; i++) values[ALPHABET.charCodeAt(i)] = i;
  return values;
}

/** limbs := limbs * factor + carry, lowest limb first, in the base given. */
function multiplyAdd(limbs: number[], factor: number, carry: number, base: number): void {
  for (let i = 0; i < limbs.length; i++) {
    const sum = (limbs[i] as number) * factor + carry; // i < limbs.length
    carry = Math.floor(sum / base);
    limbs[i] = sum - carry * base;
  }
  // Three bytes can exceed four digits, so the carry may fill two limbs.
  for (; carry > 0; carry = Math.floor(carry / base)) limbs.push(carry % base);
}

/** The digits alone: no prefix, no checksum. */
export function toBase58(bytes: Uint8Array): string {
  const limbs: number[] = [];
  let zeros = 0;
  while (zeros < bytes.length && bytes[zeros] === 0) zeros++;
  for (let i = zeros; i < bytes.length; ) {
    const end = Math.min(i + BYTES_PER_LIMB, bytes.length);
    let value = 0;
    let factor = 1;
    for (; i < end; i++, factor *= 256) value = value * 256 + (bytes[i] as number); // i < bytes.length
    multiplyAdd(limbs, factor, value, DIGIT_LIMB);
  }
  let text = "";
  for (const limb of limbs) {
    for (let d = 0, rest = limb; d < DIGITS_PER_LIMB; d++) {
      text = ALPHABET.charAt(rest % 58) + text;
      rest = Math.floor(rest / 58);
    }
  }
  return "1".repeat(zeros) + text.replace(/^1+/, "");
}

function fromBase58(text: string): Uint8Array {
  if (text.length > MAX_TEXT_LENGTH) {
    throw new Base58Error("encoding.base58.bad_length", `longer than ${MAX_TEXT_LENGTH} characters`, text);
  }
  const limbs: number[] = [];
  let zeros = 0;
  while (zeros < text.length && text.charAt(zeros) === "1") zeros++;
  for (let i = zeros; i < text.length; ) {
    const end = Math.min(i + DIGITS_PER_LIMB, text.length);
    let value = 0;
    let factor = 1;
    for (; i < end; i++, factor *= 58) value = value * 58 + digitAt(text, i);
    multiplyAdd(limbs, factor, value, BYTE_LIMB);
  }
  const reversed: number[] = [];
  for (const limb of limbs) reversed.push(limb & 0xff, (limb >>> 8) & 0xff, limb >>> 16);
  while (reversed.length > 0 && reversed.at(-1) === 0) reversed.pop();
  const bytes = new Uint8Array(zeros + reversed.length);
  bytes.set(reversed.reverse(), zeros);
  return bytes;
}

function digitAt(text: string, position: number): number {
  const value = DIGIT_VALUES[text.charCodeAt(position)] ?? -1;
  if (value < 0) {
    const char = JSON.stringify(text.charAt(position));
    throw new Base58Error("encoding.base58.bad_character", `${char} at position ${position}`, text, position);
  }
  return value;
}
