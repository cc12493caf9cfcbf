// An octez-client directory: accounts, keys, contracts and rollups by name, in the files octez-client reads and writes. Keys
// kept by other programs (remote signers, ledgers) are listed, and refused when they are to sign.

import {
  addressOf,
  type PublicKey,
  parsePublicKey,
  printPublicKey,
  type SecretKey,
  type Signature,
  sign,
} from "../../crypto/keys.js";
import { expectObject, expectString, JsonError } from "../../encoding/json.js";
import {
  type Contract,
  contractForm,
  type PublicKeyHash,
  publicKeyHashForm,
  type RollupAddress,
  rollupAddressForm,
} from "../../protocol/identifiers.js";
import { type Alias, AliasFile, type AliasKind, WalletError } from "./alias-file.js";
import { field } from "./answers.js";
import { decryptSecretKey, parseEncryptedKey } from "./encrypted-key.js";
import {
  ENCRYPTED,
  type KeyUri,
  parseKeyUri,
  printKeyUri,
  publicKeyOf,
  sameKeyUri,
  schemeOf,
  secretKeyOf,
  UNENCRYPTED,
  unknownScheme,
} from "./key-uri.js";

const textKind = <T extends string>(name: string, fromJson: (json: unknown) => T): AliasKind<T> => ({
  name,
  toJson: (value) => value,
  fromJson,
  equal: (a, b) => a === b,
});

const HASH_KIND = textKind<PublicKeyHash>("public key hash", publicKeyHashForm.fromJson);
const CONTRACT_KIND = textKind<Contract>("contract", contractForm.fromJson);
const ROLLUP_KIND = textKind<RollupAddress>("smart rollup", rollupAddressForm.fromJson);

function uriFromJson(json: unknown): KeyUri {
  const uri = parseKeyUri(expectString(json));
  // The value is not shown: it may be a secret key.
  if (uri === undefined) throw new JsonError("encoding.json.bad_value", "Key URI needs a scheme");
  return uri;
}

const SECRET_KIND: AliasKind<KeyUri> = {
  name: "secret_key",
  toJson: printKeyUri,
  fromJson: uriFromJson,
  equal: sameKeyUri,
};

/** A public key's address, with the key itself where it is known. */
export interface PublicKeyEntry {
  readonly locator: KeyUri;
  readonly key?: PublicKey;
}

const PUBLIC_KIND: AliasKind<PublicKeyEntry> = {
  name: "public_key",
  toJson: ({ locator, key }) =>
    key === undefined ? printKeyUri(locator) : { locator: printKeyUri(locator), key: printPublicKey(key) },
  fromJson: (json) => {
    if (typeof json === "string") return { locator: uriFromJson(json) };
    const entry = expectObject(json);
    return {
      locator: field(entry, "locator", uriFromJson),
      key: field(entry, "key", (key) => parsePublicKey(expectString(key))),
    };
  },
  equal: (a, b) =>
    sameKeyUri(a.locator, b.locator) &&
    (a.key === undefined ? b.key === undefined : b.key !== undefined && addressOf(a.key) === addressOf(b.key)),
};

/** What a directory knows of an account. */
export interface KnownKeys {
  readonly name: string;
  readonly hash: PublicKeyHash;
  readonly publicKey?: PublicKey;
  readonly secretUri?: KeyUri;
}

/** An account that can sign. */
export interface Signer {
  readonly name: string;
  readonly hash: PublicKeyHash;
  readonly publicKey: PublicKey;
  /** Signs bytes under the watermark of operations. */
  sign(bytes: Uint8Array): Promise<Signature>;
}

/** Gives passwords for an encrypted key: those known, then what a person enters; ends when there are no more. */
export type PasswordSource = (keyName: string | undefined) => AsyncIterable<string>;

export const NO_PASSWORDS: PasswordSource = async function* () {};

export class Wallet {
  readonly hashes: AliasFile<PublicKeyHash>;
  readonly publicKeys: AliasFile<PublicKeyEntry>;
  readonly secretKeys: AliasFile<KeyUri>;
  readonly contracts: AliasFile<Contract>;
  readonly rollups: AliasFile<RollupAddress>;
  readonly #passwords: PasswordSource;
  /** Keys opened in this process, by their encrypted form. */
  readonly #opened = new Map<string, SecretKey>();

  constructor(
    readonly directory: string,
    passwords: PasswordSource = NO_PASSWORDS,
  ) {
    this.#passwords = passwords;
    this.hashes = new AliasFile(directory, HASH_KIND);
    this.publicKeys = new AliasFile(directory, PUBLIC_KIND);
    this.secretKeys = new AliasFile(directory, SECRET_KIND);
    this.contracts = new AliasFile(directory, CONTRACT_KIND);
    this.rollups = new AliasFile(directory, ROLLUP_KIND);
  }

  /** Writes an account down in all three files. Raises WalletError as `AliasFile.add`. */
  async register(
    name: string,
    hash: PublicKeyHash,
    publicKey: PublicKeyEntry,
    secretUri: KeyUri,
    force = false,
  ): Promise<void> {
    await this.publicKeys.add(name, publicKey, force);
    await this.secretKeys.add(name, secretUri, force);
    await this.hashes.add(name, hash, force);
  }

  /** Everything known, newest first. */
  async list(): Promise<readonly KnownKeys[]> {
    const hashes = await this.hashes.load();
    const publicKeys = await this.publicKeys.load();
    const secretKeys = await this.secretKeys.load();
    return hashes.map(({ name, value }) => ({ ...bestOf(value, hashes, publicKeys, secretKeys), name, hash: value }));
  }

  /** What is known of an account under the best of its names: one with a secret key, or else with a public key. */
  async keysOf(hash: PublicKeyHash): Promise<KnownKeys | undefined> {
    const hashes = await this.hashes.load();
    if (!hashes.some(({ value }) => value === hash)) return undefined;
    return bestOf(hash, hashes, await this.publicKeys.load(), await this.secretKeys.load());
  }

  /** The account behind a name or an address. Raises WalletError. */
  async signer(hash: PublicKeyHash): Promise<Signer> {
    const keys = await this.keysOf(hash);
    if (keys === undefined) {
      throw new WalletError("l1.wallet.no_key", `no keys for the source contract ${hash}`);
    }
    const { name, publicKey, secretUri } = keys;
    if (secretUri === undefined) throw new WalletError("l1.wallet.no_key", `Unknown secret key for ${name}`);
    if (publicKey === undefined) throw new WalletError("l1.wallet.no_key", `Unknown public key for ${name}`);
    const scheme = schemeOf(secretUri);
    if (scheme !== UNENCRYPTED && scheme !== ENCRYPTED) throw unknownScheme(secretUri.scheme);
    return {
      name,
      hash,
      publicKey,
      sign: async (bytes) => sign(await this.secretKey(secretUri), bytes),
    };
  }

  /** The key at an address, opened if it is encrypted. Raises WalletError and KeyError. */
  async secretKey(uri: KeyUri, name?: string): Promise<SecretKey> {
    const scheme = schemeOf(uri);
    if (scheme === UNENCRYPTED) return secretKeyOf(uri);
    if (scheme !== ENCRYPTED) throw unknownScheme(uri.scheme);
    const known = this.#opened.get(uri.path);
    if (known !== undefined) return known;
    const sealed = parseEncryptedKey(uri.path);
    let attempts = 0;
    for await (const password of this.#passwords(name)) {
      const key = await decryptSecretKey(sealed, password);
      if (key !== undefined) {
        this.#opened.set(uri.path, key);
        return key;
      }
      attempts++;
    }
    throw new WalletError("l1.wallet.wrong_password", `${attempts} incorrect password attempts`);
  }
}

function bestOf(
  hash: PublicKeyHash,
  hashes: readonly Alias<PublicKeyHash>[],
  publicKeys: readonly Alias<PublicKeyEntry>[],
  secretKeys: readonly Alias<KeyUri>[],
): KnownKeys {
  let best: KnownKeys = { name: hash, hash };
  let rank = -1;
  for (const { name, value } of hashes) {
    if (value !== hash) continue;
    const entry = publicKeys.find((alias) => alias.name === name)?.value;
    const publicKey = entry === undefined ? undefined : keyOfEntry(entry);
    const secretUri = secretKeys.find((alias) => alias.name === name)?.value;
    const itsRank = secretUri !== undefined ? 2 : publicKey !== undefined ? 1 : 0;
    // Of two that are equally poor the older one counts, as with octez-client.
    if (itsRank < rank || (itsRank === 2 && rank === 2)) continue;
    rank = itsRank;
    best = {
      name,
      hash,
      ...(publicKey === undefined ? {} : { publicKey }),
      ...(secretUri === undefined ? {} : { secretUri }),
    };
  }
  return best;
}

/** The key of an entry; undefined when only another program could tell it. */
function keyOfEntry({ locator, key }: PublicKeyEntry): PublicKey | undefined {
  if (key !== undefined) return key;
  const scheme = schemeOf(locator);
  return scheme === UNENCRYPTED || scheme === ENCRYPTED ? publicKeyOf(locator) : undefined;
}
