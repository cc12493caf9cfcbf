// Who and what the protocol talks about (protocol.md §1): hashes are bytes; accounts, contracts and rollups are kept as their
// base58check text, since they are keys of maps and parts of JSON everywhere; keys and signatures likewise. Left out: zk
// rollup addresses and everything of ML-DSA-44 but the tz5 hash, which no network accepts.

import {
  Base58Error,
  type Base58Kind,
  decodeAnyBase58Check,
  decodeBase58Check,
  encodeBase58Check,
} from "../encoding/base58check.js";
import { type ByteReader, type Codec, DecodeError, EncodeError } from "../encoding/binary.js";
import { codec, fixedBytes } from "../encoding/codecs.js";
import { type Form, formOf, refined } from "../encoding/form.js";
import { base58Form, fromBase58Json, int32Form } from "../encoding/form-leaves.js";
import { JsonError } from "../encoding/json.js";

declare const brand: unique symbol;
/** `T`, known to be a `Name`. */
export type Brand<T, Name extends string> = T & { readonly [brand]: Name };

// ---- Hashes: 32 bytes

export type StateHash = Brand<Uint8Array, "StateHash">;
export type CommitmentHash = Brand<Uint8Array, "CommitmentHash">;
export type BlockHash = Brand<Uint8Array, "BlockHash">;
export type OperationHash = Brand<Uint8Array, "OperationHash">;
export type ProtocolHash = Brand<Uint8Array, "ProtocolHash">;
export type ScriptExprHash = Brand<Uint8Array, "ScriptExprHash">;
/** 4 bytes: "Net…". */
export type ChainId = Brand<Uint8Array, "ChainId">;

export const stateHashForm: Form<StateHash> = base58Form("stateHash");
export const commitmentHashForm: Form<CommitmentHash> = base58Form("commitmentHash");
export const blockHashForm: Form<BlockHash> = base58Form("blockHash");
export const operationHashForm: Form<OperationHash> = base58Form("operationHash");
export const protocolHashForm: Form<ProtocolHash> = base58Form("protocolHash");
export const scriptExprHashForm: Form<ScriptExprHash> = base58Form("scriptExprHash");
export const chainIdForm: Form<ChainId> = base58Form("chainId");

export function hashEquals(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

/** A block level: 0 to 2^31 - 1. */
export const levelForm: Form<number> = refined(int32Form, (level) => level >= 0, "negative level");

// ---- Accounts

/** "tz1…" to "tz5…". */
export type PublicKeyHash = Brand<string, "PublicKeyHash">;
/** "KT1…". */
export type ContractHash = Brand<string, "ContractHash">;
/** "sr1…". */
export type RollupAddress = Brand<string, "RollupAddress">;
/** An account that holds tez. */
export type Contract = PublicKeyHash | ContractHash;
/** Where an internal transaction may go. */
export type Destination = Contract | RollupAddress;

const PUBLIC_KEY_HASH_KINDS = ["tz1", "tz2", "tz3", "tz4", "tz5"] as const satisfies readonly Base58Kind[];
const ADDRESS_BYTES = 20;

/** A text that stands for bytes of which the kind is told by a tag. */
function taggedTextCodec<T extends string>(
  name: string,
  kinds: readonly Base58Kind[],
  sizes: readonly number[],
): Codec<T> {
  return codec<T>(
    name,
    "dynamic",
    (w, text) => {
      const { kind, payload } = decodeForWriting(text);
      const tag = kinds.indexOf(kind);
      if (tag < 0) throw new EncodeError("encoding.no_case_matched", `not a ${name}`, text);
      w.u8(tag);
      w.raw(payload);
    },
    (r) => {
      const at = r.position;
      const tag = r.u8();
      const kind = kinds[tag];
      const size = sizes[tag];
      if (kind === undefined || size === undefined) {
        throw new DecodeError("encoding.unknown_tag", `no ${name} has tag ${tag}`, at, tag);
      }
      return encodeBase58Check(kind, r.rawView(size)) as T;
    },
  );
}

function decodeForWriting(text: string): { kind: Base58Kind; payload: Uint8Array } {
  try {
    return decodeAnyBase58Check(text);
  } catch (error) {
    if (error instanceof Base58Error) throw new EncodeError("encoding.invalid_text", error.message, text);
    throw error;
  }
}

/** JSON text of one of the kinds given. */
function textOfKinds<T extends string>(name: string, kinds: readonly Base58Kind[]): (json: unknown) => T {
  return (json) =>
    fromBase58Json(json, (text) => {
      if (!kinds.includes(decodeAnyBase58Check(text).kind)) {
        throw new JsonError("encoding.json.bad_value", `not a ${name}`, text);
      }
      return text as T;
    });
}

/** Curve tag and 20 bytes. */
export const publicKeyHashForm: Form<PublicKeyHash> = formOf<PublicKeyHash>(
  { ...taggedTextCodec<PublicKeyHash>("public key hash", PUBLIC_KEY_HASH_KINDS, [20, 20, 20, 20, 20]), size: 21 },
  (text) => text,
  textOfKinds("public key hash", PUBLIC_KEY_HASH_KINDS),
);

/** The checked text of a public key hash. Raises JsonError. */
export function publicKeyHash(text: string): PublicKeyHash {
  return publicKeyHashForm.fromJson(text);
}

/** Curve first, then bytes: the order of stakers in games. */
export function comparePublicKeyHashes(a: PublicKeyHash, b: PublicKeyHash): number {
  const left = decodeForWriting(a);
  const right = decodeForWriting(b);
  const byCurve = left.kind < right.kind ? -1 : left.kind > right.kind ? 1 : 0; // "tz1" < "tz2" < …
  return byCurve !== 0 ? byCurve : Buffer.compare(left.payload, right.payload);
}

function addressForm<T extends string>(kind: "KT1" | "rollupAddress", name: string): Form<T> {
  const raw = fixedBytes(ADDRESS_BYTES);
  return formOf<T>(
    codec(
      name,
      ADDRESS_BYTES,
      (w, text) => {
        const found = decodeForWriting(text);
        if (found.kind !== kind) throw new EncodeError("encoding.no_case_matched", `not a ${name}`, text);
        raw.write(w, found.payload);
      },
      (r) => encodeBase58Check(kind, r.rawView(ADDRESS_BYTES)) as T,
    ),
    (text) => text,
    textOfKinds(name, [kind]),
  );
}

/** 20 bytes. */
export const contractHashForm: Form<ContractHash> = addressForm("KT1", "contract hash");
/** 20 bytes. */
export const rollupAddressForm: Form<RollupAddress> = addressForm("rollupAddress", "rollup address");

const CONTRACT_TAG = { implicit: 0, originated: 1, rollup: 3 } as const;

function isRollupAddress(text: Destination): text is RollupAddress {
  return text.startsWith("sr1");
}

function isContractHash(text: Destination): text is ContractHash {
  return text.startsWith("KT1");
}

/** 22 bytes: implicit account, or originated contract with a byte of padding, or (if `rollups`) rollup with padding. */
function destinationCodec<T extends Destination>(name: string, tags: readonly number[]): Codec<T> {
  return codec<T>(
    name,
    22,
    (w, text) => {
      const tag = isContractHash(text)
        ? CONTRACT_TAG.originated
        : isRollupAddress(text)
          ? CONTRACT_TAG.rollup
          : CONTRACT_TAG.implicit;
      if (!tags.includes(tag)) throw new EncodeError("encoding.no_case_matched", `not a ${name}`, text);
      w.u8(tag);
      if (isContractHash(text)) contractHashForm.write(w, text);
      else if (isRollupAddress(text)) rollupAddressForm.write(w, text);
      else publicKeyHashForm.write(w, text);
      if (tag !== CONTRACT_TAG.implicit) w.u8(0);
    },
    (r) => {
      const at = r.position;
      const tag = r.u8();
      if (!tags.includes(tag)) throw new DecodeError("encoding.unknown_tag", `no ${name} has tag ${tag}`, at, tag);
      if (tag === CONTRACT_TAG.implicit) return publicKeyHashForm.read(r) as T;
      const text = tag === CONTRACT_TAG.originated ? contractHashForm.read(r) : rollupAddressForm.read(r);
      readPadding(r);
      return text as T;
    },
  );
}

/** The reference accepts any value for the byte of padding. */
function readPadding(r: ByteReader): void {
  r.u8();
}

export const contractForm: Form<Contract> = formOf(
  destinationCodec<Contract>("contract", [CONTRACT_TAG.implicit, CONTRACT_TAG.originated]),
  (text) => text,
  textOfKinds<Contract>("contract", [...PUBLIC_KEY_HASH_KINDS, "KT1"]),
);

/** An originated contract, in the 22 bytes of a contract. */
export const originatedContractForm: Form<ContractHash> = formOf(
  destinationCodec<ContractHash>("originated contract", [CONTRACT_TAG.originated]),
  (text) => text,
  textOfKinds<ContractHash>("originated contract", ["KT1"]),
);

export const destinationForm: Form<Destination> = formOf(
  destinationCodec<Destination>("destination", Object.values(CONTRACT_TAG)),
  (text) => text,
  textOfKinds<Destination>("destination", [...PUBLIC_KEY_HASH_KINDS, "KT1", "rollupAddress"]),
);

// ---- Keys and signatures

/** "edpk…", "sppk…", "p2pk…" or "BLpk…". */
export type PublicKey = Brand<string, "PublicKey">;

const PUBLIC_KEY_KINDS = ["ed25519PublicKey", "secp256k1PublicKey", "p256PublicKey", "blsPublicKey"] as const;

/** Curve tag and the key's bytes. */
export const publicKeyForm: Form<PublicKey> = formOf(
  taggedTextCodec<PublicKey>("public key", PUBLIC_KEY_KINDS, [32, 33, 33, 48]),
  (text) => text,
  textOfKinds<PublicKey>("public key", PUBLIC_KEY_KINDS),
);

/** 64 bytes, or 96 for BLS. */
export type Signature = Brand<Uint8Array, "Signature">;

export const SIGNATURE_BYTES = 64;
export const BLS_SIGNATURE_BYTES = 96;

const SIGNATURE_KINDS: readonly Base58Kind[] = [
  "genericSignature",
  "ed25519Signature",
  "secp256k1Signature",
  "p256Signature",
  "blsSignature",
];

/** "sig…", or "BLsig…" for a BLS signature. */
export function signatureToText(signature: Uint8Array): string {
  return encodeBase58Check(signature.length === BLS_SIGNATURE_BYTES ? "blsSignature" : "genericSignature", signature);
}

/** The bytes of a signature's text, of whatever curve. Raises JsonError. */
export function signatureFromJson(json: unknown): Signature {
  return fromBase58Json(json, (text) => {
    const { kind, payload } = decodeAnyBase58Check(text);
    if (!SIGNATURE_KINDS.includes(kind)) throw new JsonError("encoding.json.bad_value", "not a signature", text);
    return payload as Signature;
  });
}

/** A BLS signature in a field: the bytes behind a 4-byte length. */
export const blsProofForm: Form<Signature> = formOf<Signature>(
  codec(
    "BLS signature",
    "dynamic",
    (w, value) => w.bytes(value),
    (r) => r.within(r.length32(), (inner) => inner.raw(BLS_SIGNATURE_BYTES)) as Signature,
  ),
  (value) => encodeBase58Check("blsSignature", value),
  (json) => fromBase58Json(json, (text) => decodeBase58Check("blsSignature", text) as Signature),
);
