import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { addressOf, printSecretKey, verify, WATERMARK } from "../../../src/crypto/keys.js";
import { WalletError } from "../../../src/l1/client/alias-file.js";
import { decryptSecretKey, encryptSecretKey, parseEncryptedKey } from "../../../src/l1/client/encrypted-key.js";
import { generateSecretKey } from "../../../src/l1/client/key-generation.js";
import { parseKeyUri, printKeyUri, publicKeyUri, unencryptedUri } from "../../../src/l1/client/key-uri.js";
import { Wallet } from "../../../src/l1/client/wallet.js";
import { type PublicKeyHash, publicKeyHash } from "../../../src/protocol/identifiers.js";
import { freshAccount } from "../sandbox/chain.js";

/** Keys of Octez's own tests of its encrypted keys, with the first of their passwords. */
const SEALED = [
  [
    "edsk3kMNLNdzLPbbABASDLARft8JRZ3Wpwibn8SMAb4KmuWSMJmAFd",
    "edesk1oGXxunJ5FTGpQ6o1xdop8VGKdT36Fj7LwWF9HLjzEqaCC4V6tdRVN1jaeJTfCHS8bYf7U2YhMK2yW6jSUy",
  ],
  [
    "spsk24attf9uuQ7PUKFHxTm6E3TMqB6SPkFiMbXPBur7JNrvupW2xg",
    "spesk2CXQHDbzrcNatRzmg83Dto6kX6BWwpP2zGs4Zks9LDsXzaX6mAYRj5ZrrdgyZQap4DS9YRRLNSpaVC2TSsk",
  ],
  [
    "p2sk2YQcwF5h7qgRztocEMrfizUwZaM41f4v7zWneiig2Y5AxajqYC",
    "p2esk2JMFpR9yaSpgsaKQYLqFnv16t4gowJ4cgjj7D7iMfoaJz2vZuH7Tdi11MrX6FC2yhfs2nvy5VRxAvzH1STE",
  ],
] as const;
const PASSWORD = "ahThie5H";

const folder = mkdtempSync(join(tmpdir(), "tickproof-wallet-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let made = 0;
let wallet: Wallet;
beforeEach(() => {
  wallet = new Wallet(join(folder, String(made++)));
});

const [alice, bob] = [freshAccount("alice"), freshAccount("bob", "p256")];
const file = (name: string): string => join(wallet.directory, name);

function register(name: string, account = alice, force = false): Promise<void> {
  const { publicKey } = account.key;
  return wallet.register(
    name,
    account.address,
    { locator: publicKeyUri(publicKey), key: publicKey },
    unencryptedUri(account.key),
    force,
  );
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof WalletError) return error.code;
    throw error;
  }
  return "nothing";
}

describe("a key directory", () => {
  it("knows nothing at first", async () => {
    expect(await wallet.list()).toEqual([]);
    expect(await wallet.keysOf(alice.address)).toBeUndefined();
    expect(await codeOf(wallet.signer(alice.address))).toBe("l1.wallet.no_key");
    expect(await codeOf(wallet.hashes.get("alice"))).toBe("l1.wallet.unknown_alias");
  });

  it("keeps accounts, newest first, in files only the owner reads", async () => {
    await register("alice");
    await register("bob", bob);
    expect((await wallet.list()).map(({ name, hash }) => [name, hash])).toEqual([
      ["bob", bob.address],
      ["alice", alice.address],
    ]);
    expect(JSON.parse(readFileSync(file("public_key_hashs"), "utf8"))).toEqual([
      { name: "bob", value: bob.address },
      { name: "alice", value: alice.address },
    ]);
    expect(statSync(file("secret_keys")).mode & 0o777).toBe(0o600);
    expect(await wallet.hashes.nameOf(alice.address)).toBe("alice");
  });

  it("refuses to give a name twice, or two names to one thing", async () => {
    await register("alice");
    await register("alice");
    expect(await codeOf(register("alice", bob))).toBe("l1.wallet.alias_taken");
    expect(await codeOf(register("twin"))).toBe("l1.wallet.duplicate");
    await register("twin", alice, true);
    await register("alice", bob, true);
    expect((await wallet.list()).map(({ name, hash }) => [name, hash])).toEqual([
      ["alice", bob.address],
      ["twin", alice.address],
    ]);
  });

  it("signs", async () => {
    for (const account of [alice, bob]) {
      await register(account.alias, account);
      const signer = await wallet.signer(account.address);
      const signature = await signer.sign(Uint8Array.of(1, 2, 3));
      expect(signer.name).toBe(account.alias);
      expect(verify(account.key.publicKey, signature, Uint8Array.of(1, 2, 3), WATERMARK.genericOperation)).toBe(true);
    }
  });

  it("prefers the name that has a secret key", async () => {
    await wallet.hashes.add("watched", alice.address);
    await register("alice", alice, true);
    await wallet.hashes.add("again", alice.address, true);
    expect((await wallet.signer(alice.address)).name).toBe("alice");
    await wallet.secretKeys.remove("alice");
    expect((await wallet.keysOf(alice.address))?.name).toBe("alice");
    expect(await codeOf(wallet.signer(alice.address))).toBe("l1.wallet.no_key");
  });

  it("reads what octez-client writes, older forms too", async () => {
    mkdirSync(wallet.directory, { recursive: true });
    const { publicKey } = alice.key;
    const uri = printKeyUri(publicKeyUri(publicKey));
    writeFileSync(file("public_key_hashs"), JSON.stringify([{ name: "a", value: alice.address }]));
    writeFileSync(file("public_keys"), JSON.stringify([{ name: "a", value: uri }]));
    writeFileSync(file("secret_keys"), JSON.stringify([{ name: "a", value: "ledger://x/ed25519/0h" }]));
    expect(await wallet.list()).toMatchObject([{ name: "a", hash: alice.address, secretUri: { scheme: "ledger" } }]);
    expect(await codeOf(wallet.signer(alice.address))).toBe("l1.wallet.unknown_scheme");
    writeFileSync(
      file("secret_keys"),
      JSON.stringify([{ name: "a", value: `unencrypted:${printSecretKey(alice.key)}` }]),
    );
    expect((await wallet.signer(alice.address)).name).toBe("a");
  });

  it.each([
    "",
    "{",
    "{}",
    "[1]",
    '[{"name":"x"}]',
    '[{"name":"x","value":1}]',
    '[{"name":1,"value":"tz1"}]',
    '[{"name":"x","value":"tz1x"}]',
  ])("refuses the file %j", async (text) => {
    mkdirSync(wallet.directory, { recursive: true });
    writeFileSync(file("public_key_hashs"), text);
    expect(await codeOf(wallet.hashes.load())).toBe("l1.wallet.bad_file");
    expect(await codeOf(wallet.hashes.add("y", alice.address))).toBe("l1.wallet.bad_file");
    expect(readFileSync(file("public_key_hashs"), "utf8")).toBe(text);
  });

  it("never shows a secret in what it complains of", async () => {
    mkdirSync(wallet.directory, { recursive: true });
    const secret = printSecretKey(alice.key);
    for (const value of [[secret], { secret }, secret]) {
      writeFileSync(file("secret_keys"), JSON.stringify([{ name: "x", value }]));
      const error = await wallet.secretKeys.load().then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      expect(error).toBeInstanceOf(WalletError);
      expect(String(error)).not.toContain(secret);
    }
  });

  it("says when it cannot write", async () => {
    mkdirSync(wallet.directory, { recursive: true });
    writeFileSync(file("public_key_hashs"), "[]");
    chmodSync(wallet.directory, 0o500);
    // The superuser writes anywhere: then a folder stands in the way.
    rmSync(file("public_key_hashs"), { force: true });
    chmodSync(wallet.directory, 0o700);
    mkdirSync(join(file("public_key_hashs"), "in-the-way"), { recursive: true });
    expect(await codeOf(wallet.hashes.save([]))).toBe("l1.wallet.cannot_write");
  });

  it("gives back any names and addresses", async () => {
    const name = fc.string({ minLength: 1, maxLength: 20, unit: "grapheme" });
    const address = fc.integer({ min: 0, max: 50 }).map((i) => freshAccount(`account ${i}`).address);
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.record({ name, value: address }), { maxLength: 8, selector: (one) => one.name }),
        async (aliases) => {
          await wallet.hashes.save(aliases);
          expect(await wallet.hashes.load()).toEqual(aliases);
        },
      ),
      { seed: 3, numRuns: 60 },
    );
  });
});

describe("encrypted keys", () => {
  it.each(SEALED)("of Octez are opened: %s", async (plain, sealed) => {
    const opened = await decryptSecretKey(parseEncryptedKey(sealed), PASSWORD);
    expect(opened === undefined ? "" : printSecretKey(opened)).toBe(plain);
  });

  it("are opened by their password, and by no other", async () => {
    for (const curve of ["ed25519", "secp256k1", "p256"] as const) {
      const { key } = freshAccount("sealed", curve);
      const sealed = await encryptSecretKey(key, "pass word", new Uint8Array(8).fill(7));
      expect(sealed.slice(0, 5)).toBe({ ed25519: "edesk", secp256k1: "spesk", p256: "p2esk" }[curve]);
      expect(await encryptSecretKey(key, "pass word", new Uint8Array(8).fill(7))).toBe(sealed);
      expect(await encryptSecretKey(key, "pass word", new Uint8Array(8).fill(8))).not.toBe(sealed);
      const opened = await decryptSecretKey(parseEncryptedKey(sealed), "pass word");
      expect(opened === undefined ? "" : printSecretKey(opened)).toBe(printSecretKey(key));
      expect(await decryptSecretKey(parseEncryptedKey(sealed), "password")).toBeUndefined();
    }
  });

  it.each(["", "edesk", SEALED[0][0], SEALED[0][1].slice(0, -1), `${SEALED[0][1].slice(0, -1)}z`])(
    "refuse %j",
    (text) => {
      expect(() => parseEncryptedKey(text)).toThrow(/crypto\.not_a_key|not/);
    },
  );

  it("ask for passwords until one fits, and once only", async () => {
    const sealed = await encryptSecretKey(alice.key, "third", new Uint8Array(8));
    const asked: (string | undefined)[] = [];
    const asking = new Wallet(wallet.directory, async function* (name) {
      for (const password of ["first", "second", "third"]) {
        asked.push(name);
        yield password;
      }
    });
    const uri = { scheme: "encrypted", path: sealed };
    expect(printSecretKey(await asking.secretKey(uri, "mine"))).toBe(printSecretKey(alice.key));
    expect(asked).toEqual(["mine", "mine", "mine"]);
    await asking.secretKey(uri);
    expect(asked).toHaveLength(3);
    expect(await codeOf(wallet.secretKey(uri))).toBe("l1.wallet.wrong_password");
  });
});

describe("key addresses", () => {
  it.each([
    ["unencrypted:edsk1", { scheme: "unencrypted", path: "edsk1" }],
    ["Encrypted:x", { scheme: "encrypted", path: "x" }],
    ["http://a:1/b", { scheme: "http", path: "//a:1/b" }],
    ["edsk1", undefined],
    [":x", undefined],
    ["", undefined],
  ])("%j", (text, expected) => {
    expect(parseKeyUri(text)).toEqual(expected);
  });
});

describe("new keys", () => {
  it("come from random bytes, and try again where those are no key", () => {
    const bytes = [new Uint8Array(32), new Uint8Array(32).fill(255), new Uint8Array(32).fill(5)];
    const key = generateSecretKey("secp256k1", () => bytes.shift() ?? new Uint8Array(32));
    expect(bytes).toHaveLength(0);
    expect(addressOf(key.publicKey)).toMatch(/^tz2/);
    expect(() => generateSecretKey("p256", () => new Uint8Array(32))).toThrow("the source of random bytes is broken");
    expect(publicKeyHash(addressOf(key.publicKey)) satisfies PublicKeyHash).toMatch(/^tz2/);
  });
});
