// Who is there from the start: the accounts of every Octez sandbox, their well-known keys, and the key that activates protocols (reference:
// tezt's account.ml and constant.ml, config_file.ml). All of this is public: nothing of worth should ever be kept under these keys.

import { parseSecretKey, printPublicKey, type SecretKey } from "../../crypto/keys.js";
import type { PublicKey } from "../../protocol/identifiers.js";

/** An account that exists from the first block on. */
export interface BootstrapAccount {
  readonly publicKey: PublicKey;
  /** Mutez. */
  readonly balance: bigint;
}

/** A key with a name. */
export interface NamedKey {
  readonly alias: string;
  readonly secretKey: SecretKey;
}

/** bootstrap1 to bootstrap5. */
export const BOOTSTRAP_KEYS: readonly NamedKey[] = [
  "edsk3gUfUPyBSfrS9CCgmCiQsTCHGkviBDusMxDJstFtojtc1zcpsh",
  "edsk39qAm1fiMjgmPkw1EgQYkMzkJezLNewd7PLNHTkr6w9XA2zdfo",
  "edsk4ArLQgBTLWG5FJmnGnT689VKoqhXwmDPBuGx3z4cvwU9MmrPZZ",
  "edsk2uqQB9AY4FvioK2YMdfmyMrer5R8mGFyuaLLFfSRo8EoyNdht3",
  "edsk4QLrcijEffxV31gGdN2HU7UpyJjA8drFoNcmnB28n89YjPNRFm",
].map((text, i) => ({ alias: `bootstrap${i + 1}`, secretKey: parseSecretKey(text) }));

/** Activates protocols in sandboxes of Octez. Here it bakes, too, so that fees do not flow back to those who pay them. */
export const ACTIVATOR_KEY: SecretKey = parseSecretKey("edsk31vznjHSSpGExDMHYASz45VZqXN4DPxvsa4hAyY8dHM28cZzp6");

const BOOTSTRAP_BALANCE = 4_000_000_000_000n;

/** The bootstrap accounts, with 4,000,000 tez each. */
export const BOOTSTRAP_ACCOUNTS: readonly BootstrapAccount[] = BOOTSTRAP_KEYS.map(({ secretKey }) => ({
  publicKey: printPublicKey(secretKey.publicKey) as PublicKey,
  balance: BOOTSTRAP_BALANCE,
}));
