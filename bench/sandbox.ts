/**
 * The sandbox's speed: blocks full of messages, blocks kept in SQLite and read back, and its RPC (in a process of its own) under 200 clients.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { Pool } from "undici";
import { openStoredSandbox } from "../src/l1/sandbox/store/stored-sandbox.js";
import { SANDBOX_CONSTANTS } from "../src/protocol/constants.js";
import { ALICE, BOB, CAROL, DAVE, EVE, TestChain } from "../test/l1/sandbox/chain.js";

const SENDERS = [ALICE, BOB, CAROL, DAVE, EVE];
const MESSAGES = 1000;
const MESSAGE_BYTES = 32;
const BLOCKS = 60;
const KEPT_BLOCKS = 2000;
const CLIENTS = 200;
const SECONDS = 8;
/** Requests a second that the calmer load makes. */
const RATE = 400;

function line(what: string, figure: string, note = ""): void {
  console.log(`${what.padEnd(44)} ${figure.padStart(16)}  ${note}`);
}

/** Puts 1,000 messages into the pool: 200 of each of five accounts. */
function injectMessages(chain: TestChain, round: number): void {
  for (const sender of SENDERS) {
    const messages = Array.from({ length: MESSAGES / SENDERS.length }, (_, i) => {
      const message = new Uint8Array(MESSAGE_BYTES).fill(round);
      message[0] = i;
      return message;
    });
    chain.inject(sender, { kind: "smart_rollup_add_messages", messages });
  }
}

function blocks(): void {
  console.log(`\nBlocks of ${MESSAGES} messages of ${MESSAGE_BYTES} bytes, in five operations`);
  const chain = new TestChain({ constants: SANDBOX_CONSTANTS });
  let [signing, baking] = [0, 0];
  for (let round = 0; round < 2 * BLOCKS; round++) {
    const start = performance.now();
    injectMessages(chain, round % 250);
    const middle = performance.now();
    const block = chain.bake();
    const end = performance.now();
    if (block.operations.length !== SENDERS.length) throw new Error("an operation is not in the block");
    if (round < BLOCKS) continue; // warming up
    signing += middle - start;
    baking += end - middle;
  }
  line("baked", `${((BLOCKS / baking) * 1000).toFixed(0)} blocks/s`, `${(baking / BLOCKS).toFixed(1)} ms a block`);
  const all = signing + baking;
  line(
    "signed, injected and baked",
    `${((BLOCKS / all) * 1000).toFixed(0)} blocks/s`,
    `${(all / BLOCKS).toFixed(1)} ms a block`,
  );
  const start = performance.now();
  chain.bake(500);
  line("empty blocks", `${(500_000 / (performance.now() - start)).toFixed(0)} blocks/s`);
}

/** A chain in a file: blocks of a transfer each, and reading them all again. */
async function kept(): Promise<void> {
  console.log(`\nA chain of ${KEPT_BLOCKS} blocks with a transfer each in SQLite (--data-dir)`);
  const folder = mkdtempSync(join(tmpdir(), "tickproof-bench-"));
  try {
    const options = { folder, sandbox: {}, startTime: 1_800_000_000n };
    const { sandbox, store } = await openStoredSandbox(options);
    const chain = new TestChain(sandbox);
    const start = performance.now();
    for (let i = 0; i < KEPT_BLOCKS; i++) {
      chain.inject(SENDERS[i % SENDERS.length] ?? ALICE, { kind: "transaction", amount: 1n, destination: BOB.address });
      const change = sandbox.planBake();
      await store.append(change);
      sandbox.carryOut(change);
    }
    const made = performance.now() - start;
    await store.close();
    line("made and kept", `${(made / KEPT_BLOCKS).toFixed(1)} ms`, "a block, on the disk before anybody hears of it");
    const from = performance.now();
    const again = await openStoredSandbox(options);
    const read = performance.now() - from;
    await again.store.close();
    if (again.sandbox.head.shell.level !== KEPT_BLOCKS + 1) throw new Error("blocks are missing");
    const bytes = statSync(store.path).size;
    line("opened again, every block replayed", `${(read / 1000).toFixed(2)} s`, `${(bytes / 2 ** 20).toFixed(1)} MiB`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

// ---- RPC

const HEAD = "/chains/main/blocks/head";
const PATHS = [
  `${HEAD}/header`,
  `${HEAD}/header`,
  `${HEAD}/hash`,
  `${HEAD}/operation_hashes`,
  `${HEAD}/context/contracts/${ALICE.address}/balance`,
  `${HEAD}/context/contracts/${BOB.address}/counter`,
  `${HEAD}/context/smart_rollups/all/inbox`,
  `${HEAD}/context/constants`,
  HEAD,
] as const;

function served(): Promise<{ readonly endpoint: string; readonly stop: () => Promise<unknown> }> {
  const main = fileURLToPath(new URL("../src/cli/main.js", import.meta.url));
  const child = spawn(process.execPath, [main, "sandbox", "--rpc-port", "0", "--block-time", "1"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = new Promise((resolve) => child.on("close", resolve));
  return new Promise((resolve, reject) => {
    createInterface({ input: child.stdout }).on("line", (text) => {
      const endpoint = /^endpoint: +(\S+)/.exec(text)?.[1];
      if (endpoint === undefined) return;
      const stop = (): Promise<unknown> => {
        child.kill("SIGTERM");
        return ended;
      };
      resolve({ endpoint, stop });
    });
    void ended.then(() => reject(new Error("the sandbox has ended")));
  });
}

/** Milliseconds that requests took; clients wait `pause` milliseconds between the starts of theirs, or not at all. */
async function load(endpoint: string, pause: number): Promise<number[]> {
  const pool = new Pool(endpoint, { connections: CLIENTS, pipelining: 1 });
  const times: number[] = [];
  const end = performance.now() + SECONDS * 1000;
  const client = async (n: number): Promise<void> => {
    let next = performance.now() + (pause * n) / CLIENTS;
    for (let i = n; performance.now() < end; i++) {
      if (pause > 0) {
        await new Promise((resolve) => setTimeout(resolve, Math.max(0, next - performance.now())));
        next += pause;
      }
      const start = performance.now();
      const { statusCode, body } = await pool.request({ method: "GET", path: PATHS[i % PATHS.length] ?? HEAD });
      await body.arrayBuffer();
      if (statusCode !== 200) throw new Error(`status ${statusCode}`);
      times.push(performance.now() - start);
    }
  };
  try {
    await Promise.all(Array.from({ length: CLIENTS }, (_, n) => client(n)));
  } finally {
    await pool.close();
  }
  return times.sort((a, b) => a - b);
}

async function rpc(): Promise<void> {
  console.log(
    `\nRPC: ${CLIENTS} clients, a block a second, headers, blocks, balances, constants, inbox (${SECONDS} s each)`,
  );
  const { endpoint, stop } = await served();
  try {
    await load(endpoint, 0); // warming up
    for (const [what, pause] of [
      [`${RATE} requests/s`, (CLIENTS / RATE) * 1000],
      ["as many as there can be", 0],
    ] as const) {
      const times = await load(endpoint, pause);
      const at = (share: number): string => (times[Math.floor((times.length - 1) * share)] ?? 0).toFixed(1);
      const rate = (times.length / SECONDS).toFixed(0);
      line(what, `p99 ${at(0.99)} ms`, `p50 ${at(0.5)} ms, most ${at(1)} ms; ${rate} requests/s`);
    }
  } finally {
    await stop();
  }
}

export async function sandbox(): Promise<void> {
  blocks();
  await kept();
  await rpc();
}
