// Where a key is kept, as octez-client writes it: "unencrypted:edsk…", "encrypted:edesk…", and addresses of programs that hold
// keys ("http://…", "ledger://…"), which are carried but not used.

import {
  type PublicKey,
  parsePublicKey,
  parseSecretKey,
  printPublicKey,
  printSecretKey,
  type SecretKey,
} from "../../crypto/keys.js";
import { WalletError } from "./alias-file.js";

/** "scheme:rest". */
export interface KeyUri {
  readonly scheme: string;
  /** What follows the colon. */
  readonly path: string;
}

const URI = /^([A-Za-z][A-Za-z0-9+.-]*):(.*)$/s;

/** Undefined for a text without a scheme. */
export function parseKeyUri(text: string): KeyUri | undefined {
  const [, scheme, path] = URI.exec(text) ?? [];
  return scheme === undefined || path === undefined ? undefined : { scheme: scheme.toLowerCase(), path };
}

export function printKeyUri({ scheme, path }: KeyUri): string {
  return `${scheme}:${path}`;
}

export function sameKeyUri(a: KeyUri, b: KeyUri): boolean {
  return a.scheme === b.scheme && a.path === b.path;
}

export const UNENCRYPTED = "unencrypted";
export const ENCRYPTED = "encrypted";
/** Names under which older versions kept tz4 keys. */
const AGGREGATE: Readonly<Record<string, string>> = {
  aggregate_unencrypted: UNENCRYPTED,
  aggregate_encrypted: ENCRYPTED,
};

/** The scheme without its older names. */
export function schemeOf({ scheme }: KeyUri): string {
  return AGGREGATE[scheme] ?? scheme;
}

export function unencryptedUri(key: SecretKey): KeyUri {
  return { scheme: UNENCRYPTED, path: printSecretKey(key) };
}

export function publicKeyUri(key: PublicKey): KeyUri {
  return { scheme: UNENCRYPTED, path: printPublicKey(key) };
}

export function unknownScheme(scheme: string): WalletError {
  return new WalletError("l1.wallet.unknown_scheme", `No matching plugin for key scheme ${scheme}`);
}

/** The key in clear. Raises KeyError. */
export function secretKeyOf(uri: KeyUri): SecretKey {
  return parseSecretKey(uri.path);
}

/** The public key of a public key's address. Raises KeyError, Base58Error, or WalletError for other programs' keys. */
export function publicKeyOf(uri: KeyUri): PublicKey {
  const scheme = schemeOf(uri);
  if (scheme !== UNENCRYPTED && scheme !== ENCRYPTED) throw unknownScheme(uri.scheme);
  return parsePublicKey(uri.path);
}
