// Many games at once: one honest node on a sandbox chain over HTTP, and as many liars as one likes, each of whom has published another
// commitment. The node finds them, begins the games, and wins them all. Without vitest: a few in many-games.test.ts, twenty as `npm run soak
// -- many-games`.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sign } from "../../../src/crypto/keys.js";
import { BOOTSTRAP_ACCOUNTS } from "../../../src/l1/sandbox/bootstrap.js";
import { RpcServer } from "../../../src/l1/sandbox/rpc/server.js";
import { type Configuration, DEFAULTS } from "../../../src/node/config/configuration.js";
import { EngineThread } from "../../../src/node/engine/engine-thread.js";
import { LocalEngine } from "../../../src/node/engine/local-engine.js";
import type { RevealSettings } from "../../../src/node/engine/reveals.js";
import { MemoryRecords, StateStore } from "../../../src/node/engine/state-store.js";
import type { NodeEvent } from "../../../src/node/events.js";
import { nextMove } from "../../../src/node/games/next-move.js";
import type { NodeEngines } from "../../../src/node/start-node.js";
import { type RunningNode, startNode } from "../../../src/node/start-node.js";
import { SqliteStore } from "../../../src/node/store/sqlite-store.js";
import type { Constants } from "../../../src/protocol/constants.js";
import { type Account, ALICE, freshAccount, TestChain } from "../../l1/sandbox/chain.js";
import { assemble } from "../../l1/sandbox/rollup.js";
import { type ChainTable, makeChainTable } from "./chain-board.js";
import { type Claims, madeUpStates } from "./claims.js";
import { seededSource } from "./rounds.js";

export interface ManyGamesOptions {
  readonly seed: number;
  /** Liars, and so games: 32 at most. */
  readonly games: number;
  readonly constants: Constants;
  /** The engine in threads of its own, as a node has it (from compiled files only), or in place. */
  readonly threads: boolean;
  readonly progress?: (ended: number) => void;
}

export interface ManyGamesFigures {
  readonly games: number;
  /** Games going on at once, at most. */
  readonly atOnce: number;
  /** From the first game's start to the last one's end. */
  readonly blocks: number;
  /** Blocks of the honest one's time that were used up in one game, at most; and what there was. */
  readonly blocksUsed: number;
  readonly timeout: number;
  /** Milliseconds, of the games: of everything, and of CPU without the liars'. */
  readonly milliseconds: number;
  readonly cpuMilliseconds: number;
  readonly peakMebibytes: number;
}

/** The stake of a rollup's operator, and some for fees. */
const BALANCE = 11_000_000_000n;
const MOST_BLOCKS = 400;
/** Twenty operations of liars, and those of the node, are to fit into a block. */
const GAS = 25_000n;

interface Liar {
  readonly account: Account;
  readonly claims: Claims;
}

/** The honest operator's node, over HTTP. */
class HonestNode {
  readonly #directory = mkdtempSync(join(tmpdir(), "tickproof-many-"));
  readonly #events: NodeEvent[] = [];
  #node: RunningNode | undefined;
  #wake: () => void = () => undefined;
  #processed = 0;

  constructor(
    readonly chain: TestChain,
    readonly table: ChainTable,
  ) {}

  async start(endpoint: string, threads: boolean): Promise<void> {
    const directory = this.#directory;
    const { address, key } = ALICE;
    const signer = {
      name: "alice",
      hash: address,
      publicKey: key.publicKey,
      sign: async (b: Uint8Array) => sign(key, b),
    };
    this.#node = await startNode({
      config: this.#configuration(),
      dataDir: directory,
      endpoint,
      signers: new Map([[address, signer]]),
      emit: (event) => this.#hear(event),
      preimages: join(directory, "wasm_2_0_0"),
      now: () => Number(this.chain.head.shell.timestamp + 1_000_000n) * 1000,
      parts: {
        openStore: () => SqliteStore.open(directory, { synchronous: "NORMAL" }),
        openEngines: (reveals) => (threads ? threadsOn(directory, reveals) : localEngines(reveals)),
      },
    });
    this.#node.games?.onLevel(() => this.#wake());
  }

  #configuration(): Configuration {
    const { address } = ALICE;
    return {
      ...DEFAULTS,
      rollup: this.table.rollup.address,
      etherlink: false,
      mode: "operator",
      operators: {
        operating: address,
        batching: [address],
        cementing: address,
        recovering: address,
        executing_outbox: address,
      },
      feeParameters: {},
      loopRetryDelay: 0.05,
    };
  }

  #hear(event: NodeEvent): void {
    this.#events.push(event);
    if (event.name === "smart_rollup_node_daemon_loop_process_finished") this.#processed = Number(event.fields["to"]);
    this.#wake();
  }

  /** Waits until the node has done what the head makes it do. */
  async settle(): Promise<void> {
    const node = this.#node;
    if (node === undefined) throw new Error("the node has not been started");
    const { level } = this.chain;
    while (this.#processed < level || (node.games?.lastLevel ?? level) < level) {
      const woken = new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      await Promise.race([woken, node.finished]);
    }
    await node.injectors.inject();
  }

  count(name: string): number {
    return this.#events.filter((event) => event.name === name).length;
  }

  async stop(): Promise<void> {
    await this.#node?.stop();
    rmSync(this.#directory, { recursive: true, force: true });
  }
}

async function localEngines(reveals: RevealSettings): Promise<NodeEngines> {
  const store = new StateStore(new MemoryRecords());
  const made = (): LocalEngine => new LocalEngine({ store, reveals });
  return { engine: made(), reader: made(), player: made() };
}

async function threadsOn(directory: string, reveals: RevealSettings): Promise<NodeEngines> {
  const path = join(directory, "states.sqlite");
  const engine = await EngineThread.start({ path, readOnly: false, reveals });
  const reader = await EngineThread.start({ path, readOnly: true, reveals });
  const player = await EngineThread.start({ path, readOnly: true, reveals });
  return { engine, reader, player };
}

/** Raises Error when a game is not won. */
export async function playManyGames(options: ManyGamesOptions): Promise<ManyGamesFigures> {
  const { seed, games, constants, threads } = options;
  const accounts = Array.from({ length: games }, (_, i) => freshAccount(`liar ${i}`));
  const funded = accounts.map(({ publicKey }) => ({ publicKey, balance: BALANCE }));
  const chain = new TestChain({ constants, accounts: [...BOOTSTRAP_ACCOUNTS, ...funded] });
  const server = new RpcServer(chain.sandbox, {
    onBug: (error) => {
      throw error;
    },
  });
  const endpoint = await server.listen();
  const messages = (i: number): Uint8Array[] => [Buffer.from(`hello ${i}`), Buffer.from(`world ${i}`)];
  const levels = Array.from({ length: constants.smartRollupCommitmentPeriodInBlocks }, (_, i) => messages(i));
  const table = await makeChainTable({ name: "echo", kernel: assemble("echo"), levels, preimages: [], chain });
  const honest = new HonestNode(chain, table);
  try {
    await honest.start(endpoint, threads);
    const liars = await makeLiars(table, accounts, seed);
    publish(chain, table, liars);
    return await new ManyGames(chain, table, honest, liars, options).run();
  } finally {
    await honest.stop();
    await server.close();
    await table.world.dispose();
  }
}

async function makeLiars({ world }: ChainTable, accounts: readonly Account[], seed: number): Promise<readonly Liar[]> {
  const source = seededSource(seed, 100_000);
  const busy = (await world.phases()).filter(({ phase }) => phase !== "padding");
  const liars: Liar[] = [];
  for (const [i, account] of accounts.entries()) {
    const { first, ticks } = source.pick(busy);
    const tick = 1n + first + (source.u64() % ticks);
    liars.push({ account, claims: await madeUpStates(world, tick > world.end.ticks ? 1n : tick, i + 1) });
  }
  return liars;
}

function publish(chain: TestChain, table: ChainTable, liars: readonly Liar[]): void {
  const rollup = table.rollup.address;
  for (const { account, claims } of liars) {
    chain.inject(account, {
      kind: "smart_rollup_publish",
      rollup,
      commitment: table.commitment(claims.claim),
      gasLimit: GAS,
    });
  }
}

function cpu(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

class ManyGames {
  #liarsCpu = 0;
  #blocksUsed = 0;
  #atOnce = 0;

  constructor(
    readonly chain: TestChain,
    readonly table: ChainTable,
    readonly honest: HonestNode,
    readonly liars: readonly Liar[],
    readonly options: ManyGamesOptions,
  ) {}

  get #view() {
    return this.chain.sandbox.context(this.chain.head).rollup(this.table.rollup.address);
  }

  /** Those who still have a stake. */
  get #left(): readonly Liar[] {
    const stakers = new Set(this.#view.stakers());
    return this.liars.filter(({ account }) => stakers.has(account.address));
  }

  async run(): Promise<ManyGamesFigures> {
    const { chain, liars } = this;
    await this.#nextBlock();
    const staked = this.#left.length;
    if (staked !== liars.length) throw new Error(`${staked} of ${liars.length} liars have published`);
    let start: { readonly level: number; readonly time: number; readonly cpu: number } | undefined;
    for (let block = 0; this.#left.length > 0; block++) {
      if (block === MOST_BLOCKS) throw new Error(`${this.#left.length} liars are left after ${block} blocks`);
      await this.#playLiars();
      await this.#nextBlock();
      if (this.#view.games(ALICE.address).length > 0)
        start ??= { level: chain.level, time: performance.now(), cpu: cpu() };
      this.#note();
    }
    this.#check();
    if (start === undefined) throw new Error("no game has begun");
    return {
      games: liars.length,
      atOnce: this.#atOnce,
      blocks: chain.level - start.level,
      blocksUsed: this.#blocksUsed,
      timeout: chain.head.state.constants.smartRollupTimeoutPeriodInBlocks,
      milliseconds: performance.now() - start.time,
      cpuMilliseconds: cpu() - start.cpu - this.#liarsCpu,
      peakMebibytes: process.resourceUsage().maxRSS / 1024,
    };
  }

  async #nextBlock(): Promise<void> {
    this.chain.bake();
    await this.honest.settle();
  }

  /** Each liar whose turn it is makes the move that goes with its claims. */
  async #playLiars(): Promise<void> {
    const from = cpu();
    for (const { account, claims } of this.liars) {
      const [ongoing] = this.#view.games(account.address);
      if (ongoing === undefined) continue;
      const { game, alice, bob } = { ...ongoing, ...ongoing.stakers };
      if ((game.turn === "alice" ? alice : bob) !== account.address) continue;
      const refutation = await nextMove(claims.view, game);
      const rollup = this.table.rollup.address;
      this.chain.inject(account, {
        kind: "smart_rollup_refute",
        rollup,
        opponent: ALICE.address,
        refutation,
        gasLimit: GAS,
      });
    }
    this.#liarsCpu += cpu() - from;
  }

  #note(): void {
    const view = this.#view;
    const limit = this.chain.head.state.constants.smartRollupTimeoutPeriodInBlocks;
    const games = view.games(ALICE.address);
    this.#atOnce = Math.max(this.#atOnce, games.length);
    for (const { stakers } of games) {
      const timeout = view.timeout(stakers.alice, stakers.bob);
      const left = timeout?.[stakers.alice === ALICE.address ? "alice" : "bob"] ?? limit;
      this.#blocksUsed = Math.max(this.#blocksUsed, limit - left);
    }
    this.options.progress?.(this.liars.length - this.#left.length);
  }

  #check(): void {
    const { chain, honest, liars } = this;
    const stake = chain.head.state.constants.smartRollupStakeAmount;
    if (chain.bonds(ALICE) !== stake) throw new Error(`the honest operator's bond is ${chain.bonds(ALICE)}`);
    const held = liars.filter(({ account }) => chain.bonds(account) > 0n);
    if (held.length > 0) throw new Error(`${held.length} liars have kept their bonds`);
    const conflicts = honest.count("smart_rollup_node_conflict_detected");
    if (conflicts !== liars.length) throw new Error(`${conflicts} conflicts seen, of ${liars.length}`);
  }
}

/** Lines for reports. */
export function manyGamesFigures(figures: ManyGamesFigures): readonly string[] {
  const { games, atOnce, blocks, blocksUsed, timeout, milliseconds, cpuMilliseconds, peakMebibytes } = figures;
  return [
    `${games} games won, ${atOnce} at once, in ${blocks} blocks; ${blocksUsed} blocks used of ${timeout} in one`,
    `${(milliseconds / 1000).toFixed(1)} s; ${(cpuMilliseconds / 1000).toFixed(1)} s of CPU (${(cpuMilliseconds / games).toFixed(0)} ms a game) without the liars'`,
    `${peakMebibytes.toFixed(0)} MiB at most`,
  ];
}
