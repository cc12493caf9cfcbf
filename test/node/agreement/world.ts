// A chain with a rollup of a real kernel, what is sent to it, and nodes that run as `tickproof node` runs them: on data directories, the engine in
// threads, the RPC served. Without vitest.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { parseExpression, parseScript } from "../../../src/cli/client/michelson-source.js";
import { blake2b256 } from "../../../src/crypto/blake2b.js";
import { sign } from "../../../src/crypto/keys.js";
import { toHex } from "../../../src/encoding/hex.js";
import { LazyMicheline } from "../../../src/encoding/micheline.js";
import type { Signer } from "../../../src/l1/client/wallet.js";
import { MichelsonRuntime } from "../../../src/l1/sandbox/michelson/runtime.js";
import { RpcServer } from "../../../src/l1/sandbox/rpc/server.js";
import { type Configuration, DEFAULTS } from "../../../src/node/config/configuration.js";
import { PREIMAGES_DIR } from "../../../src/node/engine/state-files.js";
import type { NodeEvent } from "../../../src/node/events.js";
import type { RunNodeOptions } from "../../../src/node/run-node.js";
import type { ContractHash } from "../../../src/protocol/identifiers.js";
import { serializeOutboxMessage } from "../../../src/protocol/outbox-message.js";
import { revealHash, revealHashToHex } from "../../../src/protocol/reveal.js";
import { type Account, BOB, CAROL, EVE, said, TestChain } from "../../l1/sandbox/chain.js";
import { assemble, originate, type Rollup } from "../../l1/sandbox/rollup.js";
import { sharedPath } from "../../shared-root.js";

export const KERNELS = {
  echo: "vectors/kernels/echo.wasm",
  tx: "vectors/kernels/tx-kernel-no-verif.wasm",
} as const;
export type KernelName = keyof typeof KERNELS;
export const WITHDRAWAL = "vectors/messages/withdrawal.out";

/** Numbers below a bound, from a seed. */
export class Dice {
  #state: Uint8Array;
  constructor(seed: number) {
    this.#state = blake2b256(new TextEncoder().encode(`agreement ${seed}`));
  }
  below(bound: number): number {
    this.#state = blake2b256(this.#state);
    return new DataView(this.#state.buffer, this.#state.byteOffset).getUint32(0) % bound;
  }
  bytes(count: number): Uint8Array {
    return Uint8Array.from({ length: count }, () => this.below(256));
  }
}

type RunNode = (options: RunNodeOptions) => Promise<unknown>;

export interface World {
  readonly chain: TestChain;
  readonly rollup: Rollup;
  /** That a node has to have to go on. */
  readonly pages: readonly Uint8Array[];
  readonly endpoint: string;
  readonly runNode: RunNode;
  readonly close: () => Promise<void>;
}

/** A node that can be stopped and started again. */
export class Player {
  #stop = new AbortController();
  #ended: Promise<unknown> | undefined;
  #waiting: (() => void)[] = [];
  #level = 0;
  /** Of its RPC, once it runs. */
  url = "";

  constructor(
    readonly world: World,
    readonly account: Account,
    readonly dataDir: string,
  ) {}

  get isRunning(): boolean {
    return this.#ended !== undefined;
  }

  start(): void {
    const { chain, rollup, pages, endpoint, runNode } = this.world;
    const preimages = join(this.dataDir, PREIMAGES_DIR);
    mkdirSync(preimages, { recursive: true });
    for (const page of pages) writeFileSync(join(preimages, revealHashToHex(revealHash(page))), page);
    this.#stop = new AbortController();
    this.#ended = runNode({
      config: configuration(rollup, this.account),
      dataDir: this.dataDir,
      endpoint,
      signers: new Map([[this.account.address, signerOf(this.account)]]),
      emit: (event) => this.#hear(event),
      version: "test",
      now: () => Number(chain.head.shell.timestamp + 1_000_000n) * 1000,
      signal: this.#stop.signal,
      onRunning: (_node, url) => {
        this.url = url;
      },
    });
    // Whoever waits hears of it; an error is raised there.
    this.#ended.catch(() => undefined);
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#ended;
    this.#ended = undefined;
    this.#level = 0;
  }

  #hear({ name, fields }: NodeEvent): void {
    if (name === "smart_rollup_node_daemon_error" || name === "smart_rollup_node_daemon_degraded_mode") {
      this.#stop.abort(new Error(`${this.account.alias}: ${name} ${String(fields["error"])}`));
    }
    if (name === "smart_rollup_node_daemon_loop_process_finished") this.#level = Number(fields["to"]);
    for (const wake of this.#waiting.splice(0)) wake();
  }

  /** Until the chain's head has been processed. */
  async caughtUp(): Promise<void> {
    const ended = this.#ended?.then(() => {
      throw this.#stop.signal.reason ?? new Error("the node has ended");
    });
    // It ends after it has been waited for, too.
    ended?.catch(() => undefined);
    while (this.#level < this.world.chain.level) {
      await Promise.race([ended, new Promise<void>((resolve) => this.#waiting.push(resolve))]);
    }
  }
}

function signerOf({ alias, address, key }: Account): Signer {
  return { name: alias, hash: address, publicKey: key.publicKey, sign: async (bytes) => sign(key, bytes) };
}

function configuration(rollup: Rollup, { address }: Account): Configuration {
  const operators = { operating: address, batching: [address], cementing: address, executing_outbox: address };
  return {
    ...DEFAULTS,
    rollup: rollup.address,
    etherlink: false,
    mode: "operator",
    operators,
    feeParameters: {},
    historyMode: "archive",
    rpcPort: 0,
    loopRetryDelay: 0.05,
  };
}

// ---- What comes into the inbox

/** Deposits tickets of its own into a rollup of the transaction kernel's type, for an account of layer 2. */
const DEPOSITOR = `
  parameter (pair address (pair string nat)); storage unit;
  code { CAR; UNPAIR; CONTRACT (pair string (ticket string)); ASSERT_SOME; PUSH mutez 0; DIG 2; UNPAIR;
         DIP { PUSH string "Hello, Ticket!"; TICKET; ASSERT_SOME }; PAIR;
         TRANSFER_TOKENS; NIL operation; SWAP; CONS; UNIT; SWAP; PAIR }`;
const L2_ACCOUNTS = ["tz4KgLG5kuN3xjp9EjZLsQv8TFtjXeZvE4X4", "tz4MSfZsn6kMDczShy8PMeB628TNukn9hi2K"];
const ECHO_TARGET = "KT1ThEdxfUcWUwqsdergy3QnbCWGHSUHeHJq" as ContractHash;

/** Sends something, or nothing, before the next block; gives the number of messages. */
export type Sender = (dice: Dice) => number;

function echoSender({ chain }: World): Sender {
  return (dice) => {
    const messages = Array.from({ length: dice.below(4) }, () => {
      if (dice.below(2) === 0) return dice.bytes(dice.below(300));
      const transaction = {
        parameters: { string: String(dice.below(1000)) },
        destination: ECHO_TARGET,
        entrypoint: "default",
      };
      return serializeOutboxMessage({ kind: "untyped", transactions: [transaction] });
    });
    if (messages.length > 0) chain.inject(CAROL, { kind: "smart_rollup_add_messages", messages });
    return messages.length;
  };
}

function txSender({ chain, rollup }: World): Sender {
  const script = {
    code: LazyMicheline.ofValue(parseScript(DEPOSITOR)),
    storage: LazyMicheline.ofValue({ prim: "Unit" }),
  };
  const receipts = chain.apply(CAROL, { kind: "origination", balance: 0n, script });
  const [depositor] = said("origination", receipts).originatedContracts;
  if (depositor === undefined) throw new Error("no contract");
  const withdrawal = new Uint8Array(readFileSync(sharedPath(WITHDRAWAL)));
  return (dice) => {
    let count = 0;
    if (dice.below(3) === 0) {
      const argument = `Pair "${rollup.address}" (Pair "${L2_ACCOUNTS[dice.below(2)] ?? ""}" ${1 + dice.below(500)})`;
      const parameters = { entrypoint: "default", value: LazyMicheline.ofValue(parseExpression(argument)) };
      const draft = { kind: "transaction", amount: 0n, destination: depositor as ContractHash, parameters } as const;
      chain.inject(EVE, { ...draft, gasLimit: 900_000n, fee: 200_000n });
      count += 1;
    }
    if (dice.below(3) === 0) {
      const spoilt = Uint8Array.from(withdrawal, (byte, i) => (i === 20 && dice.below(2) === 0 ? byte ^ 1 : byte));
      chain.inject(CAROL, { kind: "smart_rollup_add_messages", messages: [spoilt, dice.bytes(dice.below(100))] });
      count += 2;
    }
    return count;
  };
}

// ---- Kernels that are too large to be originated

const PAGE_BYTES = 4096;

/** Pages that hold a kernel, and a small kernel that reveals them, puts them together, and makes way for it. */
function installer(kernel: Uint8Array): { readonly kernel: Uint8Array; readonly pages: readonly Uint8Array[] } {
  const count = Math.ceil(kernel.length / PAGE_BYTES);
  const pages = Array.from({ length: count }, (_, i) => kernel.subarray(i * PAGE_BYTES, (i + 1) * PAGE_BYTES));
  const hashes = pages.map((page) => toHex(revealHash(page)).replace(/../g, "\\$&")).join("");
  const text = `(module
    (import "smart_rollup_core" "reveal_preimage" (func $reveal (param i32 i32 i32 i32) (result i32)))
    (import "smart_rollup_core" "store_write" (func $write (param i32 i32 i32 i32 i32) (result i32)))
    (import "smart_rollup_core" "store_move" (func $move (param i32 i32 i32 i32) (result i32)))
    (memory 1)
    (export "memory" (memory 0))
    (data (i32.const 0) "/installer/kernel")
    (data (i32.const 32) "/kernel/boot.wasm")
    (data (i32.const 16384) "${hashes}")
    (func (export "kernel_run")
      (local $page i32) (local $size i32) (local $at i32) (local $done i32) (local $piece i32)
      (loop $next_page
        (local.set $size
          (call $reveal (i32.add (i32.const 16384) (i32.mul (local.get $page) (i32.const 33))) (i32.const 33)
            (i32.const 8192) (i32.const ${PAGE_BYTES})))
        (local.set $done (i32.const 0))
        (loop $next_piece
          (local.set $piece (i32.sub (local.get $size) (local.get $done)))
          (if (i32.gt_u (local.get $piece) (i32.const 2048)) (then (local.set $piece (i32.const 2048))))
          (drop (call $write (i32.const 0) (i32.const 17) (local.get $at)
            (i32.add (i32.const 8192) (local.get $done)) (local.get $piece)))
          (local.set $at (i32.add (local.get $at) (local.get $piece)))
          (local.set $done (i32.add (local.get $done) (local.get $piece)))
          (br_if $next_piece (i32.lt_u (local.get $done) (local.get $size))))
        (local.set $page (i32.add (local.get $page) (i32.const 1)))
        (br_if $next_page (i32.lt_u (local.get $page) (i32.const ${count}))))
      (drop (call $move (i32.const 0) (i32.const 17) (i32.const 32) (i32.const 17)))))`;
  return { kernel: assemble(text), pages };
}

// ---- The world

/** A chain with a rollup, over HTTP. */
export async function openWorld(main: string, kernel: KernelName): Promise<World & { readonly send: Sender }> {
  const chain = new TestChain({ contracts: new MichelsonRuntime() });
  chain.bake(2);
  const bytes = new Uint8Array(readFileSync(sharedPath(KERNELS[kernel])));
  const type = parseExpression(kernel === "tx" ? "pair string (ticket string)" : "unit");
  const installed = kernel === "tx" ? installer(bytes) : { kernel: bytes, pages: [] };
  const rollup = originate(chain, BOB, installed.kernel, { type });
  const server = new RpcServer(chain.sandbox, {
    onBug: (error) => {
      throw error;
    },
  });
  const endpoint = await server.listen();
  const { runNode } = (await import(programFile(main, "node/run-node.js"))) as { readonly runNode: RunNode };
  const { pages } = installed;
  const world: World = { chain, rollup, pages, endpoint, runNode, close: () => server.close() };
  return { ...world, send: kernel === "tx" ? txSender(world) : echoSender(world) };
}

function programFile(main: string, path: string): string {
  return pathToFileURL(join(dirname(main), "..", path)).href;
}
