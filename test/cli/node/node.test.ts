import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { RunRequest } from "../../../src/cli/node/commands.js";
import { runNodeCommand } from "../../../src/cli/node.js";
import { addressOf } from "../../../src/crypto/keys.js";
import { publicKeyUri, unencryptedUri } from "../../../src/l1/client/key-uri.js";
import { Wallet } from "../../../src/l1/client/wallet.js";
import { BOOTSTRAP_KEYS } from "../../../src/l1/sandbox/bootstrap.js";
import { publicKeyHash } from "../../../src/protocol/identifiers.js";
import { testHost } from "../client/harness.js";

const ROLLUP = "sr163Lv22CdE8QagCwf48PWDTquk6isQwv57";

let directory: string;
let keys: readonly string[];
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), "tickproof-node-"));
  const wallet = new Wallet(directory);
  keys = [];
  for (const [i, { secretKey }] of BOOTSTRAP_KEYS.slice(0, 2).entries()) {
    const address = addressOf(secretKey.publicKey);
    keys = [...keys, address];
    const entry = { locator: publicKeyUri(secretKey.publicKey), key: secretKey.publicKey };
    await wallet.register(`key${i}`, publicKeyHash(address), entry as never, unencryptedUri(secretKey));
  }
});
afterEach(() => rmSync(directory, { recursive: true }));

async function node(line: string, env: Record<string, string> = {}) {
  const { host, said } = testHost({ env: { HOME: directory, ...env } });
  const requests: RunRequest[] = [];
  const words = ["--base-dir", directory, "-E", "http://localhost:1", ...line.split(" ")];
  const code = await runNodeCommand(words, {
    host,
    version: "tickproof 0",
    runNode: async (request) => {
      requests.push(request);
    },
  });
  return { code, out: said.out, err: said.err.replaceAll(/\s+/g, " "), request: requests[0] };
}

const data = (): string => join(directory, "data");
const init = (mode: string, operators: string, options = ""): string =>
  `init ${mode} config for ${ROLLUP} with operators ${operators} --data-dir ${data()}${options}`;

describe("init", () => {
  it("writes the configuration, once", async () => {
    const file = join(data(), "config.json");
    const made = await node(init("operator", "key0 batching:key1"));
    expect(made).toMatchObject({ code: 0, out: `Smart rollup node configuration written in ${file}\n` });
    expect(JSON.parse(readFileSync(file, "utf8"))).toEqual({
      "smart-rollup-address": ROLLUP,
      etherlink: false,
      "smart-rollup-node-operator": {
        operating: keys[0],
        batching: [keys[1]],
        cementing: keys[0],
        executing_outbox: keys[0],
      },
      "fee-parameters": {},
      mode: "operator",
    });
    const again = await node(init("operator", "key0"));
    expect(again.code).toBe(1);
    expect(again.err).toMatch(/Configuration file ".*" already exists/);
    writeFileSync(file, "corrupt");
    expect((await node(init("observer", "", " --force").replace("  ", " "))).code).toBe(0);
    expect(JSON.parse(readFileSync(file, "utf8"))).toMatchObject({ mode: "observer" });
  });

  it("says what is wrong", async () => {
    const errorOf = async (line: string): Promise<string> => {
      const { code, err } = await node(line);
      expect(code).toBe(1);
      return err;
    };
    expect(await errorOf(init("bailout", "cementing:key0"))).toContain(
      "Missing operators for purposes operating, recovering.",
    );
    expect(await errorOf(init("custom", "key0"))).toContain("Operation kinds for custom mode are empty.");
    expect(await errorOf(init("operators", "key0"))).toContain("Invalid mode");
    expect(await errorOf(init("operator", "key0 key1"))).toContain("Multiple default operators");
    expect(await errorOf(init("operator", "key0", " --loser-mode 1"))).toContain("Invalid syntax for failure points");
    expect(await errorOf(init("operator", "key0", " --injection-ttl 0"))).toContain("injection-ttl should be > 1");
    for (const count of ["0", "65537"]) {
      const message = "checkpoints should be between 1 and 65536";
      expect(await errorOf(init("operator", "key0", ` --checkpoints ${count}`))).toContain(message);
    }
    const both = " --enable-performance-metrics --disable-performance-metrics";
    expect(await errorOf(init("operator", "key0", both))).toContain("Cannot use both");
    writeFileSync(join(directory, "identity.json"), "{}");
    expect(await errorOf(`init operator config for ${ROLLUP} with operators key0 --data-dir ${directory}`)).toContain(
      "Invalid data directory.",
    );
  });

  it("writes what is ours when it is asked for", async () => {
    expect((await node(init("observer", "", " --checkpoints 9").replace("  ", " "))).code).toBe(0);
    const file = JSON.parse(readFileSync(join(data(), "config.json"), "utf8"));
    expect(file).toMatchObject({ tickproof_checkpoints: 9 });
    expect((await node(`run --data-dir ${data()} --checkpoints 10`)).request?.config.checkpoints).toBe(10);
  });

  it("warns of operators and fields without use", async () => {
    const { code, err } = await node(init("observer", "cementing:key0", " --slow-vm-fallback"));
    expect(code).toBe(0);
    expect(err).toContain("Unused operators for cementing.");
    expect(err).toContain("The field slow-vm-fallback of the configuration has no effect");
  });
});

describe("run", () => {
  it("needs no file", async () => {
    const { code, request } = await node(
      `run operator for ${ROLLUP} with operators key0 --rpc-port 1234 batching:key1 --data-dir ${data()} --log-kernel-debug`,
    );
    expect(code).toBe(0);
    expect(request).toMatchObject({
      dataDir: data(),
      endpoint: "http://localhost:1",
      config: { mode: "operator", rpcPort: 1234, logKernelDebug: true, operators: { batching: [keys[1]] } },
    });
    expect([...(request?.signers.keys() ?? [])]).toEqual(keys);
  });

  it("goes over the file", async () => {
    await node(init("operator", "key0", " --rpc-port 7 --no-degraded"));
    const { request } = await node(
      `run maintenance for ${ROLLUP} with operators --data-dir ${data()} --rpc-addr 0.0.0.0`,
    );
    expect(request?.config).toMatchObject({
      mode: "maintenance",
      rpcPort: 7,
      rpcAddr: "0.0.0.0",
      noDegraded: true,
      operators: { operating: keys[0], cementing: keys[0], executing_outbox: keys[0] },
    });
    const legacy = await node(`run --data-dir ${data()}`);
    expect(legacy.request?.config).toMatchObject({ mode: "operator", rpcPort: 7 });
  });

  it("fails without a mode, a key, or a file that can be read", async () => {
    expect((await node("run")).err).toContain("Argument --mode is required when configuration file is not present.");
    expect((await node("run --mode observer")).err).toContain("Argument --rollup is required");
    const line = `run operator for ${ROLLUP} with operators tz1faswCTDciRzE4oJ9jn2Vm2dvjeyA9fUzU`;
    expect((await node(line)).code).toBe(1);
    const file = join(directory, "c.json");
    writeFileSync(file, `{"mode":"observer","smart-rollup-address":"${ROLLUP}"} x`);
    expect(await node(`run --config-file ${file}`)).toMatchObject({ code: 1, err: expect.stringContaining("as JSON") });
    const sparse = await node(`run observer for ${ROLLUP} with operators --commit-on commitment`);
    expect(sparse.err).toContain("Cannot use a sparse commit");
    expect(sparse.request).toBeUndefined();
  });
});

describe("other commands", () => {
  it("tell of the node", async () => {
    const protocols = await node("show supported protocols");
    expect(protocols.out.trim().split("\n")).toContain("ProtoALphaALphaALphaALphaALphaALphaALphaALphaDdp3zK");
    expect(JSON.parse((await node("generate openapi")).out)).toHaveProperty("openapi");
    expect((await node("list metrics --disable-performance-metrics")).out).not.toContain("performance_");
    expect((await node("dump-metrics")).out).toMatch(/^Name,Type,Description,Labels\n/);
    expect((await node("man snapshot")).out).toContain("snapshot import");
    expect((await node("--help")).out).toContain("tickproof node");
  });

  it("are refused when they are not served yet", async () => {
    for (const line of ["snapshot export", "snapshot import x", "patch durable storage at /a with 00"]) {
      expect(await node(line), line).toMatchObject({ code: 1, err: expect.stringContaining("is not served: ") });
    }
    expect((await node("rum")).code).toBe(1);
  });
});
