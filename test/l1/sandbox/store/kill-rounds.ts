// `tickproof sandbox --data-dir` killed again and again, at moments that a seed picks: while it starts, reads its chain, makes blocks, writes
// them. Whatever it has told of must be there the next time, with the same hashes, and the chain must go on. Without vitest.
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { sign } from "../../../../src/crypto/keys.js";
import { encodeBase58Check } from "../../../../src/encoding/base58check.js";
import { toHex } from "../../../../src/encoding/hex.js";
import { blockHashForm, type PublicKeyHash, type Signature } from "../../../../src/protocol/identifiers.js";
import { encodeOperation, encodeUnsigned } from "../../../../src/protocol/operation.js";
import type { ManagerContent } from "../../../../src/protocol/operation-contents.js";
import { type Account, ALICE, BOB, CAROL, DAVE, EVE } from "../chain.js";
import { openIn } from "./chain-file.js";

const SENDERS = [ALICE, BOB, CAROL, DAVE, EVE];
/** A round ends by itself after so long: something hangs. */
const ROUND_LIMIT_MS = 60_000;
/** Most milliseconds before a process that has not said anything yet is killed. */
const MAX_START_MS = 1500;
const MAX_BLOCKS = 12;

export interface KillRounds {
  /** The program's entry point. */
  readonly main: string;
  readonly folder: string;
  readonly seed: number;
  readonly rounds: number;
  readonly progress?: (done: number) => void;
}

export interface KillFigures {
  readonly level: number;
  readonly operations: number;
  /** Rounds that were ended before the process said where it listens. */
  readonly early: number;
}

/** A generator of numbers below 2^32 (xorshift32). */
function numbers(seed: number): (below: number) => number {
  let state = (seed ^ 0x9e37_79b9) >>> 0 || 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state % below;
  };
}

/** A sandbox of its own process, and what it says. */
class SandboxProcess {
  readonly child: ChildProcess;
  readonly ended: Promise<number | null>;
  endpoint = "";
  errors = "";
  /** The head it starts from, once it has said so. */
  head: readonly [level: number, hash: string] | undefined;
  readonly #waiting = new Set<() => void>();

  constructor(
    main: string,
    folder: string,
    /** Hears of blocks that are told of. */
    readonly onBlock: (level: number, hash: string) => void,
  ) {
    const args = [main, "sandbox", "--rpc-port", "0", "--block-time", "0.01", "--data-dir", folder];
    this.child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
    const { stdout, stderr } = this.child;
    if (stdout === null || stderr === null) throw new Error("no pipes");
    createInterface({ input: stdout }).on("line", (line) => this.#line(line));
    stderr.on("data", (chunk) => {
      this.errors += String(chunk);
    });
    this.ended = new Promise((resolve) => this.child.on("close", (code) => resolve(code)));
    void this.ended.then(() => this.#wake());
  }

  #line(line: string): void {
    const endpoint = /^endpoint: +(\S+)/.exec(line)?.[1];
    if (endpoint !== undefined) this.endpoint = endpoint;
    const [, head, level = "", hash = ""] = /^(head:|block) +([\d,]+) +(B\w{50})/.exec(line) ?? [];
    if (head !== undefined) {
      const number = Number(level.replaceAll(",", ""));
      if (head === "head:") this.head = [number, hash];
      else this.onBlock(number, hash);
    }
    this.#wake();
  }

  #wake(): void {
    for (const resume of [...this.#waiting]) resume();
  }

  /** Until `isSo`, or the process ends: then false. */
  async until(isSo: () => boolean): Promise<boolean> {
    while (!isSo()) {
      if (this.child.exitCode !== null || this.child.signalCode !== null) return false;
      await new Promise<void>((resolve) => {
        const resume = (): void => {
          this.#waiting.delete(resume);
          resolve();
        };
        this.#waiting.add(resume);
      });
    }
    return true;
  }

  async kill(): Promise<void> {
    this.child.kill("SIGKILL");
    await this.ended;
  }
}

async function get(endpoint: string, path: string): Promise<unknown> {
  const response = await fetch(`${endpoint}/chains/main/${path}`);
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return response.json();
}

/** Sends a transfer and some messages, signed here. */
async function injectFrom(endpoint: string, sender: Account, amount: bigint): Promise<void> {
  const branch = blockHashForm.fromJson(await get(endpoint, "blocks/head~2/hash"));
  const counter = BigInt(String(await get(endpoint, `blocks/head/context/contracts/${sender.address}/counter`)));
  const common = { source: sender.address as PublicKeyHash, fee: 10_000n, gasLimit: 50_000n, storageLimit: 1000n };
  const contents: ManagerContent[] = [
    { ...common, kind: "transaction", counter: counter + 1n, amount, destination: BOB.address },
    { ...common, kind: "smart_rollup_add_messages", counter: counter + 2n, messages: [Uint8Array.of(Number(amount))] },
  ];
  const unsigned = { branch, contents };
  const signature = sign(sender.key, encodeUnsigned(unsigned)).bytes as Signature;
  const body = JSON.stringify(toHex(encodeOperation({ ...unsigned, signature })));
  const headers = { "content-type": "application/json" };
  const response = await fetch(`${endpoint}/injection/operation`, { method: "POST", headers, body });
  await response.text(); // refused if another block took the counter in between: no matter
}

/** Raises Error for a block that is gone or another, or a process that does not start. */
export async function killRounds(options: KillRounds): Promise<KillFigures> {
  const { main, folder, seed, rounds, progress } = options;
  const below = numbers(seed);
  const told = new Map<number, string>();
  let early = 0;
  for (let round = 0; round < rounds; round++) {
    const last = Math.max(0, ...told.keys());
    const sandbox = new SandboxProcess(main, folder, (level, hash) => {
      const before = told.get(level);
      if (before !== undefined && before !== hash) fault(`block ${level} was ${before}, is ${hash}`);
      told.set(level, hash);
    });
    let failure: string | undefined;
    const fault = (text: string): void => {
      failure ??= `round ${round}: ${text}`;
    };
    const limit = setTimeout(() => {
      fault(`no end of it: ${sandbox.errors}`);
      sandbox.child.kill("SIGKILL");
    }, ROUND_LIMIT_MS);
    try {
      if (below(3) === 0) {
        early++;
        await new Promise((resolve) => setTimeout(resolve, below(MAX_START_MS)));
      } else if (await sandbox.until(() => sandbox.head !== undefined)) {
        await checkHead(sandbox, last, told, fault);
        const end = (sandbox.head?.[0] ?? 0) + 1 + below(MAX_BLOCKS);
        for (const sender of SENDERS) {
          if (below(2) === 0) await injectFrom(sandbox.endpoint, sender, BigInt(1 + below(200)));
        }
        if (!(await sandbox.until(() => told.has(end)))) fault(`it ended by itself: ${sandbox.errors}`);
        if (below(2) === 0) await new Promise((resolve) => setTimeout(resolve, below(20)));
      } else fault(`it does not start: ${sandbox.errors}`);
    } finally {
      clearTimeout(limit);
      await sandbox.kill();
    }
    if (failure !== undefined) throw new Error(failure);
    progress?.(round + 1);
  }
  return { ...(await checkFile(folder, told)), early };
}

/** All that was told of before, up to block `last`, must be there. */
async function checkHead(
  sandbox: SandboxProcess,
  last: number,
  told: ReadonlyMap<number, string>,
  fault: (text: string) => void,
): Promise<void> {
  const level = sandbox.head?.[0] ?? 0;
  if (level < last) fault(`it goes on from block ${level}, and has told of block ${last}`);
  for (let at = Math.max(1, last - 2 * MAX_BLOCKS); at <= last; at++) {
    const hash = told.get(at);
    if (hash === undefined) continue;
    const found = await get(sandbox.endpoint, `blocks/${at}/hash`);
    if (found !== hash) fault(`block ${at} was ${hash}, is ${String(found)}`);
  }
}

/** The same for all blocks, in this process. */
async function checkFile(folder: string, told: ReadonlyMap<number, string>) {
  const { sandbox, store } = await openIn(folder);
  await store.close();
  let operations = 0;
  for (let level = 1; level <= sandbox.head.shell.level; level++) {
    const block = sandbox.block(level);
    if (block === undefined) throw new Error(`no block ${level}`);
    operations += block.operations.length;
    const hash = encodeBase58Check("blockHash", block.hash);
    if (hash !== (told.get(level) ?? hash)) throw new Error(`block ${level} was ${told.get(level)}, is ${hash}`);
  }
  const last = Math.max(0, ...told.keys());
  if (sandbox.head.shell.level < last) throw new Error(`block ${last} is gone`);
  return { level: sandbox.head.shell.level, operations };
}

/** Starts a second process on a folder that a first one has; gives how that ends. */
export async function secondProcess(main: string, folder: string): Promise<{ code: number | null; errors: string }> {
  const first = new SandboxProcess(main, folder, () => undefined);
  try {
    if (!(await first.until(() => first.head !== undefined))) throw new Error(first.errors);
    const second = new SandboxProcess(main, folder, () => undefined);
    const code = await second.ended;
    return { code, errors: second.errors };
  } finally {
    await first.kill();
  }
}
