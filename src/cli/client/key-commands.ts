// Commands about the key directory: new keys, keys from elsewhere, what there is. Left out: tz4 and tz5 keys, vanity and
// mnemonic keys, nonces, remote signers and ledgers.

import { addressOf, type Curve, parseSecretKey, printPublicKey, type SecretKey } from "../../crypto/keys.js";
import { encryptSecretKey } from "../../l1/client/encrypted-key.js";
import { generateSecretKey } from "../../l1/client/key-generation.js";
import {
  ENCRYPTED,
  type KeyUri,
  parseKeyUri,
  printKeyUri,
  publicKeyOf,
  publicKeyUri,
  sameKeyUri,
  UNENCRYPTED,
  unencryptedUri,
} from "../../l1/client/key-uri.js";
import { publicKeyHash } from "../../protocol/identifiers.js";
import { argument, type Command, commandsIn, flag, optionOr, type Parameter, words } from "../phrase-parser.js";
import { accountArgument, checkNew, forceFlag, knownName, newName } from "./arguments.js";
import type { ClientContext } from "./context.js";
import { fail, fatal } from "./failures.js";

const group = { name: "keys", title: "Commands for managing the wallet of cryptographic keys" };
const command = commandsIn<ClientContext>();

// ---- Values

const CURVES: readonly string[] = ["ed25519", "secp256k1", "p256"];

const curve: Parameter<Curve> = {
  parse: (name) => {
    if (name === "bls" || name === "mldsa44") fail(`Keys of the signature algorithm ${name} are not supported.`);
    if (CURVES.includes(name)) return name as Curve;
    const known = "'ed25519', 'secp256k1','p256', 'bls' or 'mldsa44'";
    return fail(`Unknown signature algorithm (${name}). Available: ${known}`);
  },
};

const scheme = optionOr(
  {
    long: "sig",
    short: "s",
    placeholder: "ed25519|secp256k1|p256|bls|mldsa44",
    doc: "use custom signature algorithm",
    default: "ed25519",
  },
  curve,
);

function uri(what: "SK" | "PK"): Parameter<KeyUri> {
  return {
    parse: (text) => parseKeyUri(text) ?? fail(`Error while parsing URI: ${what}_URI needs a scheme`),
  };
}

function uriArgument(what: "SK" | "PK") {
  const doc = "Varies from one scheme to the other.\nUse command `list signing schemes` for more information.";
  return argument("uri", `${what === "SK" ? "secret" : "public"} key\n${doc}`, uri(what));
}

// ---- Encryption

const SALT_BYTES = 8;

/** Asks for a new password until it is entered twice alike. Raises FatalFailure at the end of the input. */
async function askNewPassword(context: ClientContext): Promise<string> {
  for (;;) {
    const password = await context.host.askSecret("Enter password to encrypt your key: ");
    const again = await context.host.askSecret("Confirm password: ");
    if (password === undefined || again === undefined) return fatal("End_of_file");
    if (password === again) return password;
    context.message("Passwords do not match.");
  }
}

async function sealed(context: ClientContext, key: SecretKey): Promise<KeyUri> {
  const password = await askNewPassword(context);
  return { scheme: ENCRYPTED, path: await encryptSecretKey(key, password, context.host.random(SALT_BYTES)) };
}

// ---- Commands

/** On the main network keys are encrypted unless told otherwise. */
function generation(isMainnet: boolean): Command<ClientContext> {
  const other = isMainnet
    ? flag({ long: "unencrypted", doc: "Store the secret key unencrypted on-disk" })
    : flag({ long: "encrypted", doc: "Encrypt the key on-disk" });
  return command({
    group,
    summary: "Generate a pair of keys.",
    options: { force: forceFlag("secret_key"), curve: scheme, other },
    phrase: [...words("gen", "keys"), newName("secret_key")],
    run: async ([name], options, context) => {
      const { wallet } = context;
      await checkNew(wallet.secretKeys, name, options.force);
      const key = generateSecretKey(options.curve, (count) => context.host.random(count));
      const isEncrypted = options.other !== isMainnet;
      const secret = isEncrypted ? await sealed(context, key) : unencryptedUri(key);
      const hash = publicKeyHash(addressOf(key.publicKey));
      await wallet.register(name, hash, { locator: publicKeyUri(key.publicKey) }, secret, options.force);
    },
  });
}

const encryptSecret = command({
  group,
  summary: "Encrypt an unencrypted secret key.",
  phrase: words("encrypt", "secret", "key"),
  run: async (_none, _options, context) => {
    const text = await context.host.askSecret("Enter unencrypted secret key: ");
    if (text === undefined) return fatal("End_of_file");
    const parsed = parseKeyUri(text);
    if (parsed !== undefined && parsed.scheme !== UNENCRYPTED) {
      fail('This command can only be used with the "unencrypted" scheme');
    }
    const secret = await sealed(context, parseSecretKey(parsed?.path ?? text));
    context.message(`Encrypted secret key ${printKeyUri(secret)}`);
  },
});

const importSecret = command({
  group,
  summary: "Add a secret key to the wallet.",
  options: { force: forceFlag("secret_key") },
  phrase: [...words("import", "secret", "key"), newName("secret_key"), uriArgument("SK")],
  run: async ([name, secret], { force }, context) => {
    const { wallet } = context;
    await checkNew(wallet.secretKeys, name, force);
    const { publicKey } = await wallet.secretKey(secret, name);
    const locator = publicKeyUri(publicKey);
    const known = await wallet.publicKeys.find(name);
    if (known !== undefined && !force && !sameKeyUri(known.locator, locator)) {
      fail(`public and secret keys '${name}' don't correspond, please don't use --force`);
    }
    const address = addressOf(publicKey);
    context.message(`Tezos address added: ${address}`);
    await wallet.register(name, publicKeyHash(address), { locator, key: publicKey }, secret, force);
  },
});

const importPublic = command({
  group,
  summary: "Add a public key to the wallet.",
  options: { force: forceFlag("public_key") },
  phrase: [...words("import", "public", "key"), newName("public_key"), uriArgument("PK")],
  run: async ([name, locator], { force }, context) => {
    const { wallet } = context;
    await checkNew(wallet.publicKeys, name, force, (entry) => printKeyUri(entry.locator));
    const key = publicKeyOf(locator);
    const address = addressOf(key);
    await wallet.hashes.add(name, publicKeyHash(address), force);
    context.message(`Tezos address added: ${address}`);
    await wallet.publicKeys.add(name, { locator, key }, force);
  },
});

const addAddress = command({
  group,
  summary: "Add an address to the wallet.",
  options: { force: forceFlag("public_key") },
  phrase: [...words("add", "address"), newName("public key hash"), accountArgument()],
  run: async ([name, hash], { force }, { wallet }) => {
    await checkNew(wallet.hashes, name, force, (known) => known);
    await wallet.hashes.add(name, hash, force);
  },
});

const listAddresses = command({
  group,
  summary: "List all addresses and associated keys.",
  phrase: words("list", "known", "addresses"),
  run: async (_none, _options, context) => {
    for (const { name, hash, publicKey, secretUri } of await context.wallet.list()) {
      const keys =
        secretUri !== undefined ? ` (${secretUri.scheme} sk known)` : publicKey !== undefined ? " (pk known)" : "";
      context.message(`${name}: ${hash}${keys}`);
    }
  },
});

const address = knownName("public key hash", ({ wallet }) => wallet.hashes);

const showAddress = command({
  group,
  summary: "Show the keys associated with an implicit account.",
  options: { secret: flag({ long: "show-secret", short: "S", doc: "show the private key" }) },
  phrase: [...words("show", "address"), address],
  run: async ([{ value }], { secret }, context) => {
    const keys = await context.wallet.keysOf(value);
    context.message(`Hash: ${value}`);
    if (keys?.publicKey === undefined) return;
    context.message(`Public Key: ${printPublicKey(keys.publicKey)}`);
    if (secret && keys.secretUri !== undefined) context.message(`Secret Key: ${printKeyUri(keys.secretUri)}`);
  },
});

const forgetAddress = command({
  group,
  summary: "Forget one address.",
  options: { force: flag({ long: "force", short: "f", doc: "delete associated keys when present" }) },
  phrase: [...words("forget", "address"), address],
  run: async ([{ name }], { force }, { wallet }) => {
    if (!force && ((await wallet.secretKeys.has(name)) || (await wallet.publicKeys.has(name)))) {
      fail(`secret or public key present for ${name}, use --force to delete`);
    }
    await wallet.secretKeys.remove(name);
    await wallet.publicKeys.remove(name);
    await wallet.hashes.remove(name);
  },
});

const forgetAll = command({
  group,
  summary: "Forget the entire wallet of keys.",
  options: { force: flag({ long: "force", short: "f", doc: "you got to use the force for that" }) },
  phrase: words("forget", "all", "keys"),
  run: async (_none, { force }, { wallet }) => {
    if (!force) fail("this can only be used with option --force");
    await wallet.publicKeys.save([]);
    await wallet.secretKeys.save([]);
    await wallet.hashes.save([]);
  },
});

const SCHEMES = [
  {
    name: ENCRYPTED,
    title: "Built-in signer using encrypted keys.",
    text:
      "Valid secret key URIs are of the form\n - encrypted:<encrypted_key>\n" +
      "where <encrypted_key> is the encrypted (password protected using Nacl's cryptobox and pbkdf) secret key, formatted " +
      "in unprefixed Tezos_crypto.Base58.\nValid public key URIs are of the form\n - encrypted:<public_key>\n" +
      "where <public_key> is the public key in Tezos_crypto.Base58.",
  },
  {
    name: UNENCRYPTED,
    title: "Built-in signer using raw unencrypted keys.",
    text:
      "Please DO NOT USE this signer outside of test environments.\nValid secret key URIs are of the form\n" +
      " - unencrypted:<key>\nwhere <key> is the secret key in Base58.\nValid public key URIs are of the form\n" +
      " - unencrypted:<public_key>\nwhere <public_key> is the public key in Base58.",
  },
];

const listSchemes = command({
  group,
  summary:
    "List supported signing schemes.\n" +
    "Signing schemes are identifiers for signer modules: the built-in signing routines, a hardware wallet, an external " +
    "agent, etc.\nEach signer has its own format for describing secret keys, such a raw secret key for the default " +
    "`unencrypted` scheme, the path on a hardware security module, an alias for an external agent, etc.\n" +
    "This command gives the list of signer modules that this version of the tezos client supports.",
  phrase: words("list", "signing", "schemes"),
  run: (_none, _options, context) => {
    for (const { name, title, text } of SCHEMES) {
      context.messageBoxes((boxes) => {
        boxes.open("v", 2).text(`Scheme \`${name}\`: ${title}`).cut();
        boxes.box("hov", 0, () => boxes.words(text));
      });
    }
  },
});

export function keyCommands(isMainnet: boolean): readonly Command<ClientContext>[] {
  return [
    listSchemes,
    generation(isMainnet),
    encryptSecret,
    importSecret,
    importPublic,
    addAddress,
    listAddresses,
    showAddress,
    forgetAddress,
    forgetAll,
  ];
}
