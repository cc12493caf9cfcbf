import { existsSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { formatTimestamp } from "../../../src/protocol/timestamp.js";
import { BOOTSTRAP1, BOOTSTRAP2, startNetwork, TestClient, type TestNetwork } from "./harness.js";

const ALPHA = "ProtoALphaALphaALphaALphaALphaALphaALphaALphaDdp3zK";

describe("the chain", () => {
  let network: TestNetwork;
  let client: TestClient;
  beforeAll(async () => {
    network = await startNetwork();
    client = network.client;
  });

  it("is bootstrapped", async () => {
    expect(await client.ok("bootstrapped")).toBe("Node is bootstrapped.\n");
  });

  it("has a time", async () => {
    const { timestamp } = network.service.sandbox.head.shell;
    expect(await client.ok("get timestamp")).toBe(`${formatTimestamp(timestamp)}\n`);
    expect(await client.ok("get timestamp -s")).toBe(`${timestamp}\n`);
    expect(await client.ok("-b head~1 get timestamp --seconds")).toBe(`${timestamp - 1n}\n`);
  });

  it("has accounts", async () => {
    expect(await client.ok("get balance for bootstrap1")).toBe("4000000 ꜩ\n");
    expect(await client.ok(`get balance for ${BOOTSTRAP1}`)).toBe("4000000 ꜩ\n");
    expect(await client.ok("get full balance for key:bootstrap2")).toBe("4000000 ꜩ\n");
    expect(await client.ok("get delegate for bootstrap1")).toBe(`${BOOTSTRAP1} (known as bootstrap1)\n`);
    expect(await client.ok("get delegate for tz1dxxNZiEy71msAGFS89pyLFuYrWJjBWN1M")).toBe("none\n");
  });

  it("answers RPCs", async () => {
    expect(await client.ok("rpc get /chains/main/blocks/head/protocols")).toBe(
      `{ "protocol": "${ALPHA}",\n  "next_protocol": "${ALPHA}" }\n`,
    );
    expect(await client.ok("rpc get chains/main/chain_id")).toBe('"NetXdQprcVkpaWU"\n');
    const path = "/chains/main/blocks/head/helpers/preapply/operations";
    expect(await client.ok(["rpc", "post", path, "with", "[]"])).toBe("[]\n");
    const file = client.write("body.json", "[]");
    expect(await client.ok(["rpc", "post", path, "with", `file:${file}`])).toBe("[]\n");
  });

  it.each([
    [["rpc", "get", "/nowhere"], "Fatal error:\n  No service found at this URL"],
    [["rpc", "post", "/injection/operation", "with", '"00"'], "Command failed:"],
    [["rpc", "post", "/injection/operation", "with", "{"], "Failed to parse the provided json:"],
    [["rpc", "get"], "Unterminated command"],
  ])("refuses %j", async (line, message) => {
    expect(await client.fails(line)).toContain(message);
  });

  it("knows protocols", async () => {
    expect(await client.ok("list understood protocols")).toContain("ProtoALphaAL\n");
    expect(await client.ok(`-p ${ALPHA} get balance for bootstrap1`)).toBe("4000000 ꜩ\n");
    expect(await client.ok("-p ProtoALphaAL get balance for bootstrap1")).toBe("4000000 ꜩ\n");
    expect(await client.fails("-p ProtoNone get balance for bootstrap1")).toContain(
      "Value ProtoNone does not correspond to any known protocol.",
    );
    const other =
      (await client.ok("list understood protocols")).split("\n").find((name) => name !== "ProtoALphaAL") ?? "";
    const { code, err } = await client.run(`-p ${other} get balance for bootstrap1`);
    expect(code).toBe(0);
    expect(err).toContain("is not the one retrieved from the node (ProtoALphaAL).");
  });

  it("warns of the network, unless told not to", async () => {
    const { err, code } = await client.run("get balance for bootstrap1", {
      env: { TEZOS_CLIENT_UNSAFE_DISABLE_DISCLAIMER: "no" },
    });
    expect(code).toBe(0);
    expect(err).toContain("This is NOT the Tezos Mainnet.");
  });

  it.each([
    ["get balance for nobody", "no contract or key named nobody"],
    ["get balance for key:nobody", "no public key hash alias named nobody"],
    ["get balance for text:nobody", 'Invalid contract notation "nobody"'],
    ["-b nonsense get timestamp", "Value nonsense is not a value block reference."],
    ["-b 999 get timestamp", "Did not find service:"],
    ["--chain nonsense get timestamp", "is not a value chain reference."],
    ["-w maybe get timestamp", "Value maybe is not a valid number of confirmation, nor 'none'."],
    ["-M mockup get timestamp", "Mode mockup is not supported"],
    ["-R tcp://x get timestamp", "Remote signers are not supported."],
    ["-m xml get timestamp", "media_type parameter must be 'json', 'binary' or 'any'. Got: xml"],
    ["--fast get timestamp", "Unexpected command line option --fast."],
    ["get the timestamp", "Unrecognized command."],
    ["get timestamp now", "Extra command line arguments:"],
    ["get timestamp --utc", "Unexpected command line option --utc."],
    ["wait for nonsense to be included", "Invalid operation hash: 'nonsense'"],
    ["get receipt for onvsLP3JFZia2mzZKWaFuFkWg2L5p3BDUhzh5Kr6CiDDN3rtQ1D", ""],
    ["get contract storage for bootstrap1", "contract bootstrap1 is an implicit account"],
    ["get contract storage for KT1VD4SdQF2ruNNTCE1aTWErmGz9tN4Mg8F5", "This is not a smart contract."],
    ["get contract code for KT1VD4SdQF2ruNNTCE1aTWErmGz9tN4Mg8F5", "This is not a smart contract."],
    ["get contract entrypoints for KT1VD4SdQF2ruNNTCE1aTWErmGz9tN4Mg8F5", "Did not find service:"],
  ])("refuses %s", async (line, message) => {
    const { code, out, err } = await client.run(line);
    expect([code, out]).toEqual([1, ""]);
    expect(err).toContain(message);
    expect(err).toMatch(/^(Error|Fatal error|[\s\S]*\nError):\n {2}/);
  });

  it("explains itself", async () => {
    for (const line of ["", "--help", "man", "bootstrapped --help", "man -v 3", "man smart rollup -v 2"]) {
      const { code, out, err } = await client.run(line === "" ? [] : line);
      expect([code, err]).toEqual([0, ""]);
      expect(out).toMatch(/^Usage:\n {2}tickproof client \[global options\] command \[command options\]\n/);
    }
    expect(await client.ok("man outbox")).toContain("execute outbox message of smart rollup <smart rollup address>");
    expect(await client.fails("man unheard of")).toContain("No manual entry that match");
    expect((await client.raw(["--version"])).out).toBe("tickproof 0\n");
  });

  it("logs its calls", async () => {
    const logged = await client.run("-l get timestamp");
    expect(logged.err).toContain(`>>>>0: ${network.endpoint}/version\n`);
    expect(logged.err).toMatch(/<<<<\d+: 200\n {2}\S/);
    expect((await client.run("-t get timestamp")).err).toMatch(/^Request to \S+ succeeded in [\d.e-]+ seconds$/m);
  });

  describe("operations", () => {
    it("are waited for, and their receipts shown", async () => {
      const sent = await client.ok("-w none transfer 1 from bootstrap1 to bootstrap2");
      const [, hash = ""] = /Operation hash is '(\w+)'/.exec(sent) ?? [];
      expect(sent).toContain("NOT waiting for the operation to be included.\nUse command\n  octez-client wait for");
      const found = await client.ok(`wait for ${hash} to be included`);
      expect(found).toMatch(/^Operation found in block: B\w{50} \(pass: 3, offset: 0\)\n$/);
      const receipt = await client.ok(`get receipt for ${hash}`);
      expect(receipt).toContain(`${found}Manager signed operations:\n  From: ${BOOTSTRAP1}\n`);
      expect(receipt).toContain(`      ${BOOTSTRAP2} ... +ꜩ1\n`);
      network.service.sandbox.bake();
      expect(await client.ok(`wait for ${hash} to be included --confirmations 1`)).toContain(
        "Operation received 1 confirmations as of block: B",
      );
    });
  });
});

describe("the configuration", () => {
  let network: TestNetwork;
  beforeAll(async () => {
    network = await startNetwork();
  });

  it("is shown, written, used", async () => {
    const client = new TestClient(network.endpoint);
    const shown = await client.run("config show");
    expect(shown.code).toBe(0);
    expect(shown.err).toContain("Warning: no config file at");
    expect(JSON.parse(shown.out)).toEqual({
      base_dir: client.directory,
      endpoint: network.endpoint,
      web_port: 8080,
      confirmations: 0,
    });
    expect(await client.ok("-w 2 config init")).toBe("");
    expect(await client.fails("config init")).toContain("Config file already exists at location:");
    expect(JSON.parse(client.read("config"))).toMatchObject({ endpoint: network.endpoint, confirmations: 2 });
    // Without -E: the file says where the node is.
    const { code, out } = await client.raw(["-d", client.directory, "rpc", "get", "/chains/main/chain_id"]);
    expect([code, out]).toEqual([0, '"NetXdQprcVkpaWU"\n']);
    expect(await client.ok("-w none config update")).toBe("");
    expect(JSON.parse(client.read("config"))).not.toHaveProperty("confirmations");
    expect(await client.ok("config reset")).toBe("");
    expect(JSON.parse(client.read("config"))).toHaveProperty("web_port", 8080);
  });

  it("is refused when it is none", async () => {
    const client = new TestClient(network.endpoint);
    client.write("config", "{");
    expect(await client.fails("config show")).toContain("Can't parse the configuration file as a JSON");
    client.write("config", "[]");
    expect(await client.fails("config show")).toContain("Can't parse the configuration file");
    client.write("config", '{"base_dir":"x","confirmations":-1}');
    expect(await client.fails("config show")).toContain("unexpected value of the field confirmations");
    expect((await client.raw(["-c", "x"])).code).toBe(1);
    expect((await client.raw(["--config-file", client.path("none"), "config", "show"])).err).toContain(
      "Config file specified in option does not exist.",
    );
    expect((await client.raw(["-d", client.path("none"), "config", "show"])).err).toContain(
      "Specified --base-dir does not exist.",
    );
  });

  it("finds its directory in the environment, and makes it", async () => {
    const client = new TestClient(network.endpoint);
    const directory = client.path("made");
    const env = { TEZOS_CLIENT_DIR: directory };
    expect((await client.raw(["-E", network.endpoint, "gen", "keys", "me"], { env })).code).toBe(0);
    expect(existsSync(`${directory}/secret_keys`)).toBe(true);
  });

  it("takes the old options of the node's address", async () => {
    const client = new TestClient(network.endpoint);
    const { port } = new URL(network.endpoint);
    const old = await client.raw(["-d", client.directory, "-A", "127.0.0.1", "-P", port, "rpc", "get", "/version"]);
    expect(old.code).toBe(0);
    expect(old.err).toContain("now deprecated; use --endpoint instead");
    const both = await client.run(["-A", "127.0.0.1", "rpc", "get", "/version"]);
    expect(both.code).toBe(1);
    expect(both.err).toContain("is in conflict with -E/--endpoint");
  });
});
