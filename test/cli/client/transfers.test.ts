import { beforeAll, describe, expect, it } from "vitest";
import { BOOTSTRAP1, BOOTSTRAP2, BOOTSTRAP3, startNetwork, type TestClient, type TestNetwork } from "./harness.js";

const SEALED = "edesk1n2uGpPtVaeyhWkZzTEcaPRzkQHrqkw5pk8VkZvp3rM5KSc3mYNH5cJEuNcfB91B3G3JakKzfLQSmrgF4ht";

/** Hashes, and gas that depends on how the sandbox counts it, out of the way. */
function tidy(text: string): string {
  return text
    .replace(/\bB[1-9A-HJ-NP-Za-km-z]{50}\b/g, "BLOCK")
    .replace(/\bo[1-9A-HJ-NP-Za-km-z]{50}\b/g, "OPERATION")
    .replace(/(Estimated gas: |Consumed gas: |Gas limit: )[\d.]+/g, "$1N");
}

describe("transfers", () => {
  let network: TestNetwork;
  let client: TestClient;
  beforeAll(async () => {
    network = await startNetwork();
    client = network.client;
  });

  it("tell everything octez-client tells", async () => {
    const out = tidy(await client.ok("transfer 1.5 from bootstrap1 to bootstrap2 --fee 0.001"));
    expect(out).toBe(
      `Node is bootstrapped.
Estimated gas: N units (will add 0 for safety)
Estimated storage: no bytes added
Operation successfully injected in the node.
Operation hash is 'OPERATION'
Waiting for the operation to be included...
Operation found in block: BLOCK (pass: 3, offset: 0)
This sequence of operations was run:
  Manager signed operations:
    From: ${BOOTSTRAP1}
    Fee to the baker: ꜩ0.001
    Expected counter: 1
    Gas limit: N
    Storage limit: 0 bytes
    Balance updates:
      ${BOOTSTRAP1} ... -ꜩ0.001
      payload fees(the block proposer) ....... +ꜩ0.001
    Transaction:
      Amount: ꜩ1.5
      From: ${BOOTSTRAP1}
      To: ${BOOTSTRAP2}
      This transaction was successfully applied
      Consumed gas: N
      Balance updates:
        ${BOOTSTRAP1} ... -ꜩ1.5
        ${BOOTSTRAP2} ... +ꜩ1.5

The operation has only been included 0 blocks ago.
We recommend to wait more.
Use command
  octez-client wait for OPERATION to be included --confirmations 1 --branch BLOCK
and/or an external block explorer.
`,
    );
    expect(await client.ok("get balance for bootstrap2")).toBe("4000001.5 ꜩ\n");
  });

  it("wait for blocks on top, at most one", async () => {
    const sent = client.run("-w 3 transfer 1 from bootstrap1 to bootstrap2");
    const baking = setInterval(() => network.service.sandbox.bake(), 100);
    const { code, out } = await sent;
    clearInterval(baking);
    expect(code).toBe(0);
    expect(out).toContain("Tenderbake needs at most 1 confirmations for finality (3 given). Using 1 confirmations.");
    expect(out).toContain("Operation received 1 confirmations as of block: B");
    expect(out).toMatch(/The operation was included in a block 1 blocks ago\.\n$/);
  });

  it("leave what burns tez to those who allow it", async () => {
    await client.ok("gen keys fresh");
    const { code, out, err } = await client.run("transfer 10 from bootstrap1 to fresh");
    expect([code, out]).toEqual([1, "Node is bootstrapped.\n"]);
    expect(err).toBe(
      "Fatal error:\n" +
        "  The operation will burn ꜩ0.06425 which is higher than the configured burn cap (ꜩ0).\n" +
        "   Use `--burn-cap 0.06425` to emit this operation.\n",
    );
    const sent = await client.ok("transfer 10 from bootstrap1 to fresh --burn-cap 0.06425");
    expect(sent).toContain("Estimated storage: 257 bytes added (will add 20 for safety)\n");
    expect(sent).toContain("    Storage limit: 277 bytes\n");
    expect(sent).toContain("        storage fees ........................... +ꜩ0.06425\n");
  });

  it("reveal keys that are not known yet", async () => {
    const out = await client.ok("transfer 1 from fresh to bootstrap1");
    expect(out).toContain("    Revelation of manager public key:\n");
    expect(out).toContain("      This revelation was successfully applied\n");
    expect(out.indexOf("Revelation")).toBeLessThan(out.indexOf("Transaction:"));
    await client.ok("gen keys other");
    await client.ok("transfer 10 from bootstrap1 to other --burn-cap 1");
    const { err } = await client.run("transfer 1 from other to bootstrap1 --fee 0.01");
    expect(err).toContain(
      "Fatal error:\n  Requested operation requires to perform a public key revelation beforehand.\n",
    );
    expect(await client.ok("reveal key for other")).toContain("This revelation was successfully applied");
    expect(await client.fails("reveal key for other")).toContain("The manager key was previously revealed.");
    expect(await client.ok("transfer 1 from other to bootstrap1 --fee 0.01")).toContain("Fee to the baker: ꜩ0.01\n");
  });

  it("can be tried out", async () => {
    const before = await client.ok("get balance for bootstrap3");
    const dry = await client.ok("transfer 1 from bootstrap1 to bootstrap3 -D");
    expect(dry).toMatch(/^Operation: 0x[0-9a-f]{200,}$/m);
    expect(dry).toContain("Simulation result:\n  Manager signed operations:\n");
    expect(dry).not.toContain("injected");
    await client.ok(`add address stranger ${BOOTSTRAP3} --force`);
    const simulated = await client.ok("transfer 1 from bootstrap1 to bootstrap3 --simulation");
    expect(simulated).toContain("Simulation result:");
    expect(await client.ok("get balance for bootstrap3")).toBe(before);
  });

  it("show what is signed", async () => {
    const out = await client.ok("transfer 1 from bootstrap1 to bootstrap3 -D --verbose-signing");
    expect(out).toContain("Pre-signature information (verbose signing):\n");
    expect(out).toContain("  * Watermark: `Generic-operation` (0x03)");
    expect(out).toMatch(/\* Blake 2B Hash \(ledger-style, with operation watermark\): \w+|\* Blake 2B Hash/);
    expect(out).toContain('"kind": "transaction"');
  });

  it("take limits and counters by hand", async () => {
    const line = "transfer 1 from bootstrap1 to bootstrap3 --gas-limit 5000 --storage-limit 300 --fee 0.002";
    const out = await client.ok(line);
    expect(out).not.toContain("Estimated gas");
    expect(out).toContain("    Gas limit: 5000\n    Storage limit: 300 bytes\n");
    const { err } = await client.run("transfer 1 from bootstrap1 to bootstrap3 --counter 1");
    expect(err).toContain("Counter 1 already used for contract");
  });

  it("open encrypted keys", async () => {
    await client.ok(`import secret key sealed encrypted:${SEALED}`, { answers: ["password"] });
    await client.ok("transfer 10 from bootstrap1 to sealed --burn-cap 1");
    const out = await client.ok("transfer 1 from sealed to bootstrap1", { answers: ["wrong", "password"] });
    expect(out).toContain("Sorry, try again.\n");
    expect(client.asked).toEqual(["Enter password for encrypted key: ", "Enter password for encrypted key: "]);
  });

  it.each([
    [
      "transfer 1 from bootstrap1 to bootstrap2 --fee 2",
      "The proposed fee (ꜩ2) are higher than the configured fee cap (ꜩ1).",
    ],
    ["transfer 1 from bootstrap1 to bootstrap2 --fee 0.000001", "are lower than the fee that baker expect by default"],
    ["transfer 1 from bootstrap1 to bootstrap2 --fee x", "Invalid ꜩ notation in parameter --fee: 'x'"],
    ["transfer 1 from bootstrap1 to bootstrap2 --burn-cap x", "Bad burn cap"],
    ["transfer 1 from bootstrap1 to bootstrap2 --gas-limit x", "invalid gas limit (must be a positive number)"],
    ["transfer 1 from bootstrap1 to bootstrap2 --force", "the --gas-limit option is required."],
    ["transfer 1.0000001 from bootstrap1 to bootstrap2", "Invalid ꜩ notation in parameter qty: '1.0000001'"],
    ["transfer -1 from bootstrap1 to bootstrap2", "Invalid ꜩ notation"],
    ["transfer 1 from nobody to bootstrap2", "no contract or key named nobody"],
    ["transfer 1 from KT1VD4SdQF2ruNNTCE1aTWErmGz9tN4Mg8F5 to bootstrap2", "are not supported"],
    ["transfer 1 from bootstrap1 to bootstrap2 --replace", "Cannot replace! No validated manager operation found"],
    ["transfer 1 from bootstrap1 to bootstrap2 --arg (", ""],
    [`transfer 1 from tz1dxxNZiEy71msAGFS89pyLFuYrWJjBWN1M to bootstrap2`, "no keys for the source contract"],
    ["transfer 5000000 from bootstrap1 to bootstrap2", "Balance of contract"],
    ["transfer 1 from bootstrap1 to KT1VD4SdQF2ruNNTCE1aTWErmGz9tN4Mg8F5", "not exist"],
  ])("refuse %s", async (line, message) => {
    expect(await client.fails(line)).toContain(message);
  });

  it("tell what failed, and why", async () => {
    const { code, out, err } = await client.run("transfer 5000000 from bootstrap1 to bootstrap2");
    expect(code).toBe(1);
    expect(out).toContain("This simulation failed:\n  Manager signed operations:\n");
    expect(out).toContain("      This operation FAILED.\n");
    expect(err).toMatch(/Fatal error:\n {2}transfer simulation failed\n$/);
  });

  it("are injected although they fail, if need be", async () => {
    const line = "transfer 5000000 from bootstrap1 to bootstrap2 --gas-limit 2000 --storage-limit 0 --fee 0.01 --force";
    const out = await client.ok(line);
    expect(out).toContain("This simulation failed (force = true):\n");
    expect(out).toContain("Operation found in block: B");
    expect(out).toContain("This operation FAILED.");
  });
});
