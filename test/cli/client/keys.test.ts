import { readdirSync, statSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { addressOf, parseSecretKey, printPublicKey } from "../../../src/crypto/keys.js";
import { TestClient } from "./harness.js";

/** Nothing listens there: these commands need no node. */
const NOWHERE = "http://127.0.0.1:1";
/** Keys, addresses and password of Octez's tests of its key directory. */
const SECRET = "edsk3gUfUPyBSfrS9CCgmCiQsTCHGkviBDusMxDJstFtojtc1zcpsh";
const ADDRESS = "tz1KqTpEZ7Yob7QbPE4Hy4Wo8fHG8LhKxZSx";
const PUBLIC = "edpkuBknW28nW72KG6RoHtYW7p12T6GKc7nAbwYX5m8Wd9sDVC9yav";
const SEALED = "edesk1n2uGpPtVaeyhWkZzTEcaPRzkQHrqkw5pk8VkZvp3rM5KSc3mYNH5cJEuNcfB91B3G3JakKzfLQSmrgF4ht";

/** What a command prints on standard error besides that there is no node. */
function ownWords(err: string): string {
  return err.replace(/^Warning:\n {2}Failed to acquire[\s\S]*?\n\n/, "");
}

describe("keys", () => {
  let client: TestClient;
  beforeAll(() => {
    client = new TestClient(NOWHERE);
  });

  const run = async (line: string | readonly string[], answers: readonly string[] = []) => {
    const { code, out, err } = await client.run(line, { answers });
    return { code, out, err: ownWords(err) };
  };

  it("says that there is no node, and goes on", async () => {
    const { code, err } = await client.run("list known addresses");
    expect(code).toBe(0);
    expect(err).toContain("Warning:\n  Failed to acquire the protocol version from the node\n");
    expect(err).toContain('Unable to connect to the node: "ECONNREFUSED"');
  });

  it("imports a secret key, in octez-client's files", async () => {
    const { code, out } = await run(`import secret key boot unencrypted:${SECRET}`);
    expect([code, out]).toEqual([0, `Tezos address added: ${ADDRESS}\n`]);
    expect(client.read("secret_keys")).toBe(`[ { "name": "boot",\n    "value":\n      "unencrypted:${SECRET}" } ]`);
    expect(client.read("public_key_hashs")).toBe(`[ { "name": "boot", "value": "${ADDRESS}" } ]`);
    expect(client.read("public_keys")).toBe(
      `[ { "name": "boot",\n    "value":\n      { "locator":\n          "unencrypted:${PUBLIC}",\n` +
        `        "key": "${PUBLIC}" } } ]`,
    );
    for (const name of ["secret_keys", "public_keys", "public_key_hashs"]) {
      expect(statSync(client.path(name)).mode & 0o077).toBe(0);
    }
    expect(readdirSync(client.directory).filter((name) => name.endsWith(".tmp"))).toEqual([]);
  });

  it("refuses a name that is taken", async () => {
    const { code, err } = await run(`import secret key boot unencrypted:${SECRET}`);
    expect([code, err]).toEqual([
      1,
      "Error:\n  The secret_key alias boot already exists.\n    Use --force to update\n",
    ]);
    expect((await run(`import secret key boot unencrypted:${SECRET} --force`)).code).toBe(0);
  });

  it("shows a key", async () => {
    expect((await run("show address boot")).out).toBe(`Hash: ${ADDRESS}\nPublic Key: ${PUBLIC}\n`);
    expect((await run("show address boot -S")).out).toBe(
      `Hash: ${ADDRESS}\nPublic Key: ${PUBLIC}\nSecret Key: unencrypted:${SECRET}\n`,
    );
    const { code, err } = await run("show address nobody");
    expect(code).toBe(1);
    expect(err).toContain("no public key hash alias named nobody");
  });

  it.each([
    ["ed25519", "tz1", "edsk"],
    ["secp256k1", "tz2", "spsk"],
    ["p256", "tz3", "p2sk"],
  ])("generates keys of %s", async (curve, address, secret) => {
    expect(await run(`gen keys my-${curve} --sig ${curve}`)).toEqual({ code: 0, out: "", err: "" });
    const { out } = await run(`show address my-${curve} -show-secret`);
    const [, hash = "", key = "", uri = ""] =
      /^Hash: (\w+)\nPublic Key: (\w+)\nSecret Key: unencrypted:(\w+)\n$/.exec(out) ?? [];
    expect([hash.slice(0, 3), uri.slice(0, 4)]).toEqual([address, secret]);
    const { publicKey } = parseSecretKey(uri);
    expect([addressOf(publicKey), printPublicKey(publicKey)]).toEqual([hash, key]);
  });

  it.each([
    ["gen keys new --sig rsa", "Unknown signature algorithm (rsa)"],
    ["gen keys new --sig bls", "Keys of the signature algorithm bls are not supported."],
    ["import secret key new edsk", "SK_URI needs a scheme"],
    ["import secret key new unencrypted:edsk", ""],
    ["import secret key new ledger://x", "No matching plugin for key scheme ledger"],
    ["import secret key boot", "Unterminated command"],
    ["add address new tz1nonsense", "Could not parse input."],
    ["forget address boot", "secret or public key present for boot, use --force to delete"],
    ["forget all keys", "this can only be used with option --force"],
  ])("refuses %s", async (line, message) => {
    const { code, err, out } = await run(line);
    expect([code, out]).toEqual([1, ""]);
    expect(err).toContain(message);
    expect(err).toMatch(/Error:\n {2}\S/);
  });

  it("adds addresses, and lists what it has, newest first", async () => {
    expect((await run("add address friend tz1gjaF81ZRRvdzjobyfVNsAeSC6PScjfQwN")).code).toBe(0);
    const watched = "import public key watched unencrypted:edpktzNbDAUjUk697W7gYg2CRuBQjyPxbEg8dLccYYwKSKvkPvjtV9";
    const { code, err } = await run(watched);
    expect([code, err]).toEqual([
      1,
      "Error:\n  this public key hash is already aliased as friend, use --force to insert duplicate\n",
    ]);
    expect((await run(`${watched} -f`)).out).toBe("Tezos address added: tz1gjaF81ZRRvdzjobyfVNsAeSC6PScjfQwN\n");
  });

  it("lists", async () => {
    const { out } = await run("list known addresses");
    expect(out.split("\n").at(-2)).toBe(`boot: ${ADDRESS} (unencrypted sk known)`);
    expect(out).toContain("my-p256: tz3");
    expect(out).toMatch(/^friend: tz1gjaF81ZRRvdzjobyfVNsAeSC6PScjfQwN/m);
  });

  it("opens encrypted keys with their password", async () => {
    const line = `import secret key sealed encrypted:${SEALED}`;
    const wrong = await run(line, ["no", "nor", "never"]);
    expect([wrong.code, wrong.err]).toEqual([1, "Error:\n  3 incorrect password attempts\n"]);
    expect(wrong.out.match(/Sorry, try again\./g)).toHaveLength(3);
    const right = await run(line, ["no", "password"]);
    expect(right.code).toBe(0);
    expect(right.out).toMatch(/Tezos address added: tz1\w{33}\n$/);
    expect((await run("list known addresses")).out).toMatch(/^sealed: tz1\w{33} \(encrypted sk known\)$/m);
    expect(client.read("secret_keys")).toContain(`"encrypted:${SEALED}"`);
  });

  it("takes passwords from a file", async () => {
    const file = client.write("passwords", "no\npassword\n");
    const { code } = await client.raw([
      ...["-d", client.directory, "-E", NOWHERE, "-f", file],
      ...`import secret key again encrypted:${SEALED} --force`.split(" "),
    ]);
    expect(code).toBe(0);
  });

  it("encrypts", async () => {
    const made = await run("gen keys secret --encrypted", ["one", "other", "same", "same"]);
    expect([made.code, made.out]).toEqual([0, "Passwords do not match.\n"]);
    expect(client.asked).toHaveLength(4);
    const [, uri = ""] = /"(encrypted:edesk\w+)"/.exec(client.read("secret_keys")) ?? [];
    expect((await run(`import secret key copy ${uri} --force`, ["same"])).code).toBe(0);
    const { out } = await run("encrypt secret key", [SECRET, "x", "x"]);
    expect(out).toMatch(/^Encrypted secret key encrypted:edesk\w{83}\n$/);
    expect((await run("encrypt secret key", [])).err).toContain("Fatal error:\n  End_of_file");
  });

  it("forgets", async () => {
    expect((await run("forget address boot --force")).code).toBe(0);
    expect((await run("show address boot")).code).toBe(1);
    expect((await run("forget all keys --force")).code).toBe(0);
    expect((await run("list known addresses")).out).toBe("");
  });

  it("reports a file that is none of octez-client's, without its secrets", async () => {
    client.write("secret_keys", `[{"name":"x","value":["unencrypted:${SECRET}"]}]`);
    const { code, err } = await run("gen keys other");
    expect(code).toBe(1);
    expect(err).toContain("did not understand the secret_key alias file");
    expect(err).not.toContain(SECRET);
    client.write("secret_keys", "[");
    expect((await run("gen keys other")).err).toContain("could not read the secret_key alias file");
  });

  it("tells about its signers", async () => {
    const { out } = await run("list signing schemes");
    expect(out).toContain("Scheme `encrypted`: Built-in signer using encrypted keys.");
    expect(out).toContain("Scheme `unencrypted`");
  });
});
