// A node as a process, on a chain of this process: the metrics that it serves, what its kernel writes, how it ends.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { addressOf } from "../../../src/crypto/keys.js";
import { encodeBase58Check } from "../../../src/encoding/base58check.js";
import { publicKeyUri, unencryptedUri } from "../../../src/l1/client/key-uri.js";
import { Wallet } from "../../../src/l1/client/wallet.js";
import { listing } from "../../../src/node/metrics/names.js";
import { publicKeyHash } from "../../../src/protocol/identifiers.js";
import { compiledProgram } from "../../compiled-program.js";
import { startNetwork, type TestNetwork } from "../../l1/client/network.js";
import { ALICE, BOB, CAROL } from "../../l1/sandbox/chain.js";
import { assemble, originate, type Rollup } from "../../l1/sandbox/rollup.js";
import { temporaryFolder } from "../harness.js";

/** Tells the first byte of every message that it reads. */
const TELLING_KERNEL = `(module
  (import "smart_rollup_core" "read_input" (func $read_input (param i32 i32 i32) (result i32)))
  (import "smart_rollup_core" "write_debug" (func $write_debug (param i32 i32)))
  (memory 1)
  (export "memory" (memory 0))
  (data (i32.const 5000) "internal\\n")
  (data (i32.const 5009) "external\\n")
  (func (export "kernel_run")
    (loop $next
      (if (i32.gt_s (call $read_input (i32.const 0) (i32.const 100) (i32.const 4096)) (i32.const 0))
        (then
          (call $write_debug
            (i32.add (i32.const 5000) (i32.mul (i32.const 9) (i32.load8_u (i32.const 100))))
            (i32.const 9))
          (br $next))))))`;

let network: TestNetwork;
let rollup: Rollup;
let node: ChildProcess;
let said = "";
let wake: () => void = () => undefined;
const folder = temporaryFolder();
const dataDir = join(folder, "data");

/** Waits for something that the node says. */
async function until(pattern: RegExp): Promise<RegExpExecArray> {
  for (;;) {
    const heard = new Promise<void>((resolve) => {
      wake = resolve;
    });
    const found = pattern.exec(said);
    if (found !== null) return found;
    if (node.exitCode !== null) throw new Error(`the node has ended with ${node.exitCode}: ${said}`);
    await heard;
  }
}

beforeAll(async () => {
  network = await startNetwork();
  rollup = originate(network.chain, BOB, assemble(TELLING_KERNEL));
  const { key, address } = ALICE;
  const entry = { locator: publicKeyUri(key.publicKey), key: key.publicKey };
  expect(addressOf(key.publicKey)).toBe(address);
  await new Wallet(folder).register("alice", publicKeyHash(address), entry as never, unencryptedUri(key));
  const line = `node -d ${folder} -E ${network.endpoint} run operator for ${rollup.address} with operators alice --data-dir ${dataDir} --rpc-port 0 --metrics-addr 127.0.0.1:0 --log-kernel-debug`;
  node = spawn(process.execPath, [compiledProgram(), ...line.split(" ")], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, TEZOS_CLIENT_UNSAFE_DISABLE_DISCLAIMER: "y" },
  });
  for (const stream of [node.stdout, node.stderr]) {
    stream?.on("data", (text: Buffer) => {
      said += text.toString("utf8").replaceAll(/\s+/g, " ");
      wake();
    });
  }
  node.on("exit", () => wake());
  network.chain.send(CAROL, { kind: "smart_rollup_add_messages", messages: [Buffer.from("a"), Buffer.from("b")] });
  for (let i = 0; i < 8; i++) network.chain.bake();
  await until(new RegExp(`Processed head \\S+ at level ${network.chain.level} `));
}, 120_000);

afterAll(() => {
  if (node.exitCode === null) node.kill("SIGKILL");
});

/** Names with labels → values. */
async function scrape(): Promise<{ readonly values: ReadonlyMap<string, number>; readonly comments: string }> {
  const [, port] = await until(/Starting metrics server on \S+:(\d+)/);
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  const lines = text.split("\n").filter((line) => line !== "");
  const comments = lines.filter((line) => line.startsWith("#")).join("\n");
  const samples = lines.filter((line) => !line.startsWith("#"));
  return { comments, values: new Map(samples.map((line) => [line.replace(/ \S+$/, ""), Number(/\S+$/.exec(line))])) };
}

describe("a node that runs", () => {
  it("serves its metrics", async () => {
    const { comments, values } = await scrape();
    const value = (name: string): number | undefined => values.get(`octez_sc_rollup_node_${name}`);
    expect([listing(true), listing(false)]).toContain(comments);
    const { level } = network.chain;
    expect(value("inbox_level")).toBe(level);
    expect(value("inbox_external_messages_number")).toBe(0);
    expect(value("inbox_internal_messages_number")).toBe(3);
    expect(value("inbox_total_time")).toBeGreaterThan(0);
    expect(value("genesis_level")).toBe(rollup.originationLevel);
    expect(value("gc_oldest_available_level")).toBe(rollup.originationLevel);
    expect(value("commitment_period")).toBe(3);
    expect(value("challenge_window")).toBeGreaterThan(0);
    expect(value("lcc_level_l1")).toBeGreaterThanOrEqual(rollup.originationLevel);
    const genesis = encodeBase58Check("commitmentHash", rollup.genesisCommitment);
    expect(
      value(
        `rollup_node_info{rollup_address="${rollup.address}",mode="operator",genesis_level="${rollup.originationLevel}",` +
          `genesis_hash="${genesis}",pvm_kind="wasm_2_0_0",history_mode="full"}`,
      ),
    ).toBe(0);
    const [injector = ""] = [...values.keys()].filter((name) => name.startsWith("octez_injector_queue_size"));
    expect(injector).toMatch(/^octez_injector_queue_size\{tags="publish, add_messages, cement, .*",index="0"\}$/);
    const balance = injector.replace("queue_size", "signer_balance").replace("}", `,pkh="${ALICE.address}"}`);
    expect(values.get(balance)).toBeGreaterThan(0);
    if (comments === listing(true)) expect(value("performance_elapsed_time")).toBeGreaterThan(0);
  });

  it("counts what it publishes", async () => {
    const published = async (): Promise<number | undefined> =>
      (await scrape()).values.get("octez_sc_rollup_node_lpc_level_local");
    for (let i = 0; i < 20 && !((await published()) ?? 0); i++) {
      network.chain.bake();
      await until(new RegExp(`Processed head \\S+ at level ${network.chain.level} `));
    }
    const { values } = await scrape();
    const level = values.get("octez_sc_rollup_node_lpc_level_local") ?? 0;
    expect(level).toBeGreaterThan(rollup.originationLevel);
    expect((level - rollup.originationLevel) % 3).toBe(0);
    expect(values.get("octez_sc_rollup_node_lpc_level_l1")).toBe(level);
  });

  it("keeps what the kernel writes, then ends with 127 when it is asked to", async () => {
    const lines = readFileSync(join(dataDir, "kernel.log"), "utf8").split("\n");
    const levels = network.chain.level - rollup.originationLevel;
    expect(lines.filter((line) => line === "external")).toHaveLength(2);
    expect(lines.filter((line) => line === "internal")).toHaveLength(3 * levels);
    expect(readFileSync(join(dataDir, "refutation", "kernel.log"), "utf8")).toBe("");
    node.kill("SIGINT");
    const [code] = await once(node, "exit");
    expect(code).toBe(127);
  });
});
