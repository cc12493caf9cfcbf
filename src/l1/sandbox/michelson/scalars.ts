// Values that have two forms, text for people and bytes for machines: addresses, keys, hashes of keys, signatures, chain ids, timestamps.
// Readers give undefined for what is no such value. Left out: keys of BLS, which read as no key.

import { KeyError, parsePublicKey } from "../../../crypto/keys.js";
import { Base58Error, decodeBase58Check, encodeBase58Check } from "../../../encoding/base58check.js";
import { type Codec, DecodeError, decode, encode } from "../../../encoding/binary.js";
import { variableString } from "../../../encoding/codecs.js";
import { fromHex, toHex } from "../../../encoding/hex.js";
import { JsonError } from "../../../encoding/json.js";
import type { Micheline } from "../../../encoding/micheline.js";
import {
  BLS_SIGNATURE_BYTES,
  type Destination,
  destinationForm,
  publicKeyForm,
  publicKeyHashForm,
  SIGNATURE_BYTES,
  signatureFromJson,
  signatureToText,
} from "../../../protocol/identifiers.js";
import { formatTimestamp, parseTimestamp } from "../../../protocol/timestamp.js";
import { DEFAULT_ENTRYPOINT, isEntrypointName } from "./annotations.js";
import { type Address, address } from "./values.js";

/** How values are written: see data-writer.ts. */
export type Mode = "Readable" | "Optimized" | "Optimized_legacy";

const DESTINATION_BYTES = 22;
const CHAIN_ID_BYTES = 4;

/** What `read` gives; undefined when it says that there is no such value. */
function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    const isRefusal =
      error instanceof DecodeError ||
      error instanceof JsonError ||
      error instanceof Base58Error ||
      error instanceof KeyError;
    if (isRefusal) return undefined;
    throw error;
  }
}

/** One of the two forms of a kind of value. */
interface Forms<T> {
  ofText(text: string): T | undefined;
  ofBytes(bytes: Uint8Array): T | undefined;
  toText(value: T): string;
  toBytes(value: T): Uint8Array;
}

function writeIn<T>(forms: Forms<T>, mode: Mode, value: T): Micheline {
  return mode === "Readable" ? { string: forms.toText(value) } : { bytes: toHex(forms.toBytes(value)) };
}

interface TextForm<T extends string> extends Codec<T> {
  fromJson(json: unknown): T;
}

/** A value that is its text. */
function textForms<T extends string>(form: TextForm<T>, accepts: (text: T) => boolean = () => true): Forms<string> {
  const accepted = (text: T | undefined) => (text !== undefined && accepts(text) ? text : undefined);
  return {
    ofText: (text) => accepted(attempt(() => form.fromJson(text))),
    ofBytes: (bytes) => accepted(attempt(() => decode(form, bytes))),
    toText: (text) => text,
    toBytes: (text) => encode(form, text as T), // read by `form`
  };
}

export const keyHashForms = textForms(publicKeyHashForm);
export const keyForms = textForms(publicKeyForm, (text) => attempt(() => parsePublicKey(text)) !== undefined);

export const signatureForms: Forms<Uint8Array> = {
  ofText: (text) => attempt(() => signatureFromJson(text)),
  ofBytes: (bytes) => (bytes.length === SIGNATURE_BYTES || bytes.length === BLS_SIGNATURE_BYTES ? bytes : undefined),
  toText: signatureToText,
  toBytes: (bytes) => bytes,
};

export const chainIdForms: Forms<Uint8Array> = {
  ofText: (text) => attempt(() => decodeBase58Check("chainId", text)),
  ofBytes: (bytes) => (bytes.length === CHAIN_ID_BYTES ? bytes : undefined),
  toText: (bytes) => encodeBase58Check("chainId", bytes),
  toBytes: (bytes) => bytes,
};

/** An account, contract or rollup by its text, without an entrypoint. */
export function destinationOfText(text: string): Destination | undefined {
  return attempt(() => destinationForm.fromJson(text));
}

/** Addresses: in bytes, an entrypoint follows the destination. Text with an entrypoint is read in data-reader.ts. */
export const addressForms: Forms<Address> = {
  ofText(text) {
    const destination = destinationOfText(text);
    return destination === undefined ? undefined : address(destination, DEFAULT_ENTRYPOINT);
  },
  ofBytes(bytes) {
    const destination = attempt(() => decode(destinationForm, bytes.subarray(0, DESTINATION_BYTES)));
    const name = attempt(() => decode(variableString, bytes.subarray(DESTINATION_BYTES)));
    if (destination === undefined || name === undefined) return undefined;
    if (name === DEFAULT_ENTRYPOINT || !isEntrypointName(name)) return undefined;
    return address(destination, name === "" ? DEFAULT_ENTRYPOINT : name);
  },
  toText({ destination, entrypoint }) {
    return entrypoint === DEFAULT_ENTRYPOINT ? destination : `${destination}%${entrypoint}`;
  },
  toBytes({ destination, entrypoint }) {
    const name = entrypoint === DEFAULT_ENTRYPOINT ? "" : entrypoint;
    return Buffer.concat([encode(destinationForm, destination), encode(variableString, name)]);
  },
};

export function writeAddress(mode: Mode, value: Address): Micheline {
  return writeIn(addressForms, mode, value);
}

export function writeKey(mode: Mode, text: string): Micheline {
  return writeIn(keyForms, mode, text);
}

export function writeKeyHash(mode: Mode, text: string): Micheline {
  return writeIn(keyHashForms, mode, text);
}

export function writeSignature(mode: Mode, bytes: Uint8Array): Micheline {
  return writeIn(signatureForms, mode, bytes);
}

export function writeChainId(mode: Mode, bytes: Uint8Array): Micheline {
  return writeIn(chainIdForms, mode, bytes);
}

/** A date if it lies in the years 0 to 9999, otherwise, and for machines, a number. */
export function writeTimestamp(mode: Mode, seconds: bigint): Micheline {
  if (mode === "Readable") {
    const text = formatTimestamp(seconds);
    if (text.includes("T")) return { string: text };
  }
  return { int: seconds.toString() };
}

const DECIMAL = /^[+-]?\d+$/;

export function timestampOfText(text: string): bigint | undefined {
  return parseTimestamp(text) ?? (DECIMAL.test(text) ? BigInt(text.replace("+", "")) : undefined);
}

export function bytesOfHex(text: string): Uint8Array {
  return fromHex(text);
}
