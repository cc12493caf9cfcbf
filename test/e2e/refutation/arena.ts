// Where nodes meet: a sandbox chain served over HTTP by this process, which makes a block when the scenario says so, and nodes as processes of
// their own. Before the next block, every node has done all that the present one makes it do: no clock, and the same moves every time. Their
// blocks may differ by one or two: a key has one operation in the pool, and a move waits for the next block when another was sooner.
import { mkdirSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { writeKeys } from "../../../src/cli/sandbox-keys.js";
import type { Json } from "../../../src/encoding/json.js";
import { BOOTSTRAP_KEYS } from "../../../src/l1/sandbox/bootstrap.js";
import { MichelsonRuntime } from "../../../src/l1/sandbox/michelson/runtime.js";
import { RpcServer } from "../../../src/l1/sandbox/rpc/server.js";
import type { PendingOperation } from "../../../src/l1/sandbox/sandbox.js";
import { overrideConstants, SANDBOX_CONSTANTS } from "../../../src/protocol/constants.js";
import { type Account, accountOf, TestChain } from "../../l1/sandbox/chain.js";
import { originate, type Rollup } from "../../l1/sandbox/rollup.js";
import { movesIn, type PlayedMove, publishersIn } from "./moves.js";
import { NodeProcess, type ToldEvent } from "./node-process.js";

export interface ArenaOptions {
  /** The compiled program. */
  readonly program: string;
  /** Everything is kept below it. */
  readonly folder: string;
  readonly constants: { readonly [name: string]: Json };
  readonly kernel: Uint8Array;
  readonly whitelist?: readonly Account[];
}

export interface PlayerOptions {
  readonly name: string;
  readonly account: Account;
  readonly mode: "operator" | "accuser" | "bailout" | "observer";
  readonly loserMode?: string;
  /** Whether it outbids others with its moves. */
  readonly pays?: boolean;
  /** Of its RPC; none that anybody knows if absent. */
  readonly rpcPort?: number;
  /** Other operators than the account for all purposes of the mode. */
  readonly operators?: Json;
  readonly onEvent?: (event: ToldEvent) => void;
}

/** No event of any node, and no end of a process, for so long: something hangs. */
const SILENCE_MS = 300_000;
/** Nanotez a unit of gas that who pays offers, which is twice what others do. */
const HIGH_FEE = ["200", "1"];

export class Arena {
  readonly chain: TestChain;
  readonly rollup: Rollup;
  /** Started, in that order; some may have ended. */
  readonly nodes: NodeProcess[] = [];
  /** Of all games, in the order of the blocks. */
  readonly moves: PlayedMove[] = [];
  /** By level. */
  readonly #publishers = new Map<number, readonly string[]>();
  readonly #names = new Map<NodeProcess, string>();
  readonly #options: ArenaOptions;
  readonly #server: RpcServer;
  readonly #bugs: unknown[] = [];
  #endpoint = "";
  #waiting: (() => void)[] = [];

  private constructor(options: ArenaOptions) {
    this.#options = options;
    const constants = overrideConstants(SANDBOX_CONSTANTS, options.constants);
    this.chain = new TestChain({ constants, contracts: new MichelsonRuntime() });
    this.#server = new RpcServer(this.chain.sandbox, { onBug: (error) => this.#bugs.push(error) });
    const originator = bootstrap(1);
    this.rollup = originate(this.chain, originator, options.kernel, {
      ...(options.whitelist === undefined ? {} : { whitelist: options.whitelist }),
    });
  }

  /** The rollup is originated at level 2, the first that can be, as in Octez's tests. */
  static async open(options: ArenaOptions): Promise<Arena> {
    mkdirSync(options.folder, { recursive: true });
    const arena = new Arena(options);
    arena.#endpoint = await arena.#server.listen();
    await writeKeys(arena.#baseDir);
    return arena;
  }

  get #baseDir(): string {
    return join(this.#options.folder, "client");
  }

  // ---- Nodes

  /** Starts a node on a data directory of its own, or on the one of its name. */
  start(options: PlayerOptions): NodeProcess {
    const { name, account, mode, loserMode } = options;
    const dataDir = this.dataDir(name);
    mkdirSync(dataDir, { recursive: true });
    writeFileSync(join(dataDir, "config.json"), JSON.stringify(this.#configuration(options)));
    const node = new NodeProcess({
      program: this.#options.program,
      args: [
        ...["node", "-d", this.#baseDir, "-E", this.#endpoint, "run", "--data-dir", dataDir],
        ...["--rpc-port", String(options.rpcPort ?? 0)],
        ...(loserMode === undefined ? [] : ["--loser-mode", loserMode]),
      ],
      logFile: join(this.#options.folder, `${name}.log`),
      plays: mode !== "observer",
      onChange: () => this.#stir(),
      ...(options.onEvent === undefined ? {} : { onEvent: options.onEvent }),
    });
    this.nodes.push(node);
    this.#names.set(node, `${name} (${account.alias})`);
    return node;
  }

  dataDir(name: string): string {
    return join(this.#options.folder, name);
  }

  #configuration({ account, mode, pays, operators }: PlayerOptions): Json {
    const key = account.address;
    const usual = {
      operator: { operating: key, batching: [key], cementing: key, executing_outbox: key },
      accuser: { operating: key },
      bailout: { operating: key, cementing: key, recovering: key },
      observer: {},
    };
    return {
      "smart-rollup-address": this.rollup.address,
      "smart-rollup-node-operator": operators ?? usual[mode],
      "fee-parameters": pays === true ? { refute: { "minimal-nanotez-per-gas-unit": HIGH_FEE } } : {},
      mode,
      loop_retry_delay: 0.2,
    };
  }

  // ---- The chain

  /** Makes a block of what waits, best paying first, as bakers do; then lets all nodes do their work. */
  async bake(): Promise<void> {
    const waiting = [...this.chain.sandbox.pending()].sort((a, b) => compareRates(b, a));
    const block = this.chain.sandbox.bake({ operations: waiting.map(({ bytes }) => bytes), ignoreMempool: true });
    this.moves.push(...movesIn(block.shell.level, block.operations));
    this.#publishers.set(block.shell.level, publishersIn(block.operations));
    await this.settle();
  }

  async bakeTo(level: number): Promise<void> {
    while (this.chain.level < level) await this.bake();
  }

  /** Bakes until something holds, or a level is there. Gives whether it holds. */
  async bakeUntil(holds: () => boolean, level: number): Promise<boolean> {
    while (!holds()) {
      if (this.chain.level >= level) return false;
      await this.bake();
    }
    return true;
  }

  send(account: Account, messages: readonly Uint8Array[]): void {
    this.chain.inject(account, { kind: "smart_rollup_add_messages", messages: [...messages] });
  }

  /** When every node that runs has done what the head makes it do. */
  async settle(): Promise<void> {
    const { level } = this.chain;
    await this.until(() => this.nodes.every((node) => !node.isRunning || node.hasDone(level)));
  }

  /** Looks again whenever a node says something. Raises when all are silent for long. */
  async until(holds: () => boolean): Promise<void> {
    while (!holds()) await this.#stirred();
    if (this.#bugs.length > 0) throw new AggregateError(this.#bugs, "bugs of the sandbox");
  }

  #stir(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }

  #stirred(): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`nothing happens at ${this.describe()}`)), SILENCE_MS);
      this.#waiting.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  describe(): string {
    const nodes = this.nodes.map((node) => `  ${this.#names.get(node)}: ${node.describe()}`);
    return [`level ${this.chain.level}`, ...nodes].join("\n");
  }

  // ---- What there is to see

  games(account: Account): number {
    return this.#view().games(account.address).length;
  }

  /**
   * Whether somebody has lost a game and, in the same block, published what it had not heard to be lost: a bond on a commitment with nothing
   * below it. It is in no conflict, as conflicts have a predecessor in common; it can never be cemented either.
   */
  isAdrift(account: Account): boolean {
    const { address } = account;
    const hasPublished = this.moves.some(
      ({ level, end }) =>
        end?.kind === "loser" && end.player === address && this.#publishers.get(level)?.includes(address) === true,
    );
    return hasPublished && this.chain.bonds(account) > 0n && this.#view().conflicts(address).length === 0;
  }

  #view() {
    return this.chain.sandbox.context(this.chain.head).rollup(this.rollup.address);
  }

  async close(): Promise<void> {
    for (const node of this.nodes) if (node.isRunning) node.kill("SIGKILL");
    await Promise.all(this.nodes.map(({ ended }) => ended));
    await this.#server.close();
  }
}

/** bootstrap1 to bootstrap5. */
export function bootstrap(n: number): Account {
  const named = BOOTSTRAP_KEYS[n - 1];
  if (named === undefined) throw new RangeError(`no bootstrap${n}`);
  return accountOf(named.alias, named.secretKey);
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo; // it listens on TCP
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** By fee a unit of gas. */
function compareRates(a: PendingOperation, b: PendingOperation): number {
  const [x, y] = [totalsOf(a), totalsOf(b)];
  const difference = x.fee * y.gas - y.fee * x.gas;
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

function totalsOf({ operation }: PendingOperation): { readonly fee: bigint; readonly gas: bigint } {
  let [fee, gas] = [0n, 0n];
  for (const content of operation.contents) {
    if (!("gasLimit" in content)) continue;
    fee += content.fee;
    gas += content.gasLimit;
  }
  return { fee, gas };
}
