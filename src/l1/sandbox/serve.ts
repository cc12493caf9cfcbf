// A sandbox that runs by itself: its RPC over HTTP, and blocks made by a clock, or whenever an operation arrives. The clock is given, so that
// tests bring their own. With a folder for its chain, a block is on the disk before anybody hears of it.

import type { Block } from "./block.js";
import { RpcServer, type RpcServerOptions } from "./rpc/server.js";
import { type HeadChange, type ReorgOptions, Sandbox, type SandboxOptions } from "./sandbox.js";
import type { ChainStore } from "./store/chain-store.js";

/** Blocks made before anything is served, so that operations can branch from `head~2`, as wallets do. */
export const BLOCKS_AT_START = 2;

/** What time it is, and how to wait. */
export interface Clock {
  /** Seconds since 1970-01-01T00:00:00Z. */
  now(): bigint;
  /** Calls `tick` after so many milliseconds, once; gives what prevents that. */
  after(milliseconds: number, tick: () => void): () => void;
}

export const REAL_CLOCK: Clock = {
  now: () => BigInt(Math.floor(Date.now() / 1000)),
  after(milliseconds, tick) {
    const timer = setTimeout(tick, milliseconds);
    return () => clearTimeout(timer);
  },
};

/** Where the chain is kept. */
export interface DataOptions {
  /** Made if it is not there. A chain that is there goes on; what `sandbox` asks for must not contradict it. */
  readonly folder: string;
  /** Hears of blocks of a chain that is there, which are made again before anything is served. */
  readonly progress?: (done: number, all: number) => void;
}

export interface ServeOptions {
  readonly sandbox?: Omit<SandboxOptions, "startTime">;
  /** In memory only if absent. */
  readonly data?: DataOptions;
  readonly rpc?: RpcServerOptions;
  /** Seconds between blocks; 0: a block whenever an operation arrives. */
  readonly blockTime: number;
  /** Stop by itself after so many blocks, those at start not counted. */
  readonly blocks?: number;
  readonly clock?: Clock;
  /** Hears of each block made after the start. */
  readonly onBlock?: (block: Block) => void;
}

export class SandboxService {
  readonly sandbox: Sandbox;
  readonly server: RpcServer;
  /** Fulfilled when the service has stopped: asked to, or after its last block; rejected by what baking or keeping blocks raises. */
  readonly stopped: Promise<void>;
  readonly #options: ServeOptions;
  readonly #clock: Clock;
  readonly #store: ChainStore | undefined;
  #finish: (error?: unknown) => void = () => undefined;
  #cancel: () => void = () => undefined;
  /** Fulfilled when all changes asked for are kept and carried out; with a store only. */
  #changes: Promise<void> = Promise.resolve();
  #isWaiting = false;
  #blocksMade = 0;
  #isStopping = false;

  private constructor(options: ServeOptions, { sandbox, store }: Started) {
    this.#options = options;
    this.#clock = options.clock ?? REAL_CLOCK;
    this.sandbox = sandbox;
    this.#store = store;
    this.server = new RpcServer(this.sandbox, options.rpc);
    this.stopped = new Promise((resolve, reject) => {
      this.#finish = (error) => (error === undefined ? resolve() : reject(error));
    });
    // Whoever does not wait for the end is not to crash by it.
    this.stopped.catch(() => undefined);
  }

  /**
   * Raises what opening the port raises, SandboxError, ConstantsError, ChainStoreError. `endpoint`: "http://127.0.0.1:18731". Does not serve a
   * chain before its first blocks are there, nor before all blocks of a chain that is kept have been made again.
   */
  static async start(options: ServeOptions): Promise<{ readonly service: SandboxService; readonly endpoint: string }> {
    const started = await startedSandbox(options);
    const service = new SandboxService(options, started);
    try {
      const endpoint = await service.server.listen();
      service.#run();
      return { service, endpoint };
    } catch (error) {
      await started.store?.close();
      throw error;
    }
  }

  /** Closes the port and makes no more blocks; what is under way ends first. */
  async stop(error?: unknown): Promise<void> {
    if (this.#isStopping) return;
    this.#isStopping = true;
    this.#cancel();
    try {
      await this.server.close();
      await this.#changes;
      await this.#store?.close();
    } finally {
      this.#finish(error);
    }
  }

  /** As `Sandbox.reorg`, for a chain that is kept: the new branch is on the disk before anybody hears of it. */
  async reorg(n: number, options: ReorgOptions = {}): Promise<Block> {
    return new Promise((resolve, reject) => {
      this.#change(() => this.sandbox.planReorg(n, options), resolve, reject);
    });
  }

  #run(): void {
    if (this.#options.blocks === 0) void this.stop();
    else if (this.#options.blockTime > 0) this.#waitForNext();
    else this.server.pool.onInjection(() => this.#bakeSoon(() => this.sandbox.pending().length > 0));
  }

  #waitForNext(): void {
    this.#cancel = this.#clock.after(this.#options.blockTime * 1000, () => {
      this.#bake(() => {
        if (!this.#isStopping) this.#waitForNext();
      });
    });
  }

  /** After the answer to whoever injected has gone out; what arrives until then shares the block. */
  #bakeSoon(isMoreToDo: () => boolean): void {
    if (this.#isWaiting || this.#isStopping) return;
    this.#isWaiting = true;
    this.#cancel = this.#clock.after(0, () => {
      this.#isWaiting = false;
      this.#bakeWhile(isMoreToDo);
    });
  }

  /** Makes blocks as long as there is something to do. */
  #bakeWhile(isMoreToDo: () => boolean): void {
    if (!this.#isStopping && isMoreToDo()) this.#bake(() => this.#bakeSoon(isMoreToDo));
  }

  #bake(next: () => void): void {
    const plan = (): HeadChange => this.sandbox.planBake({ timestamp: nextTime(this.sandbox.head, this.#clock.now()) });
    const made = (block: Block): void => {
      this.#blocksMade++;
      this.#options.onBlock?.(block);
      if (this.#blocksMade === this.#options.blocks) void this.stop();
      else next();
    };
    this.#change(plan, made, (error) => void this.stop(error));
  }

  /** Plans a change of head, keeps it, and carries it out: at once without a store, after the changes before with one. */
  #change(plan: () => HeadChange, done: (head: Block) => void, failed: (error: unknown) => void): void {
    const store = this.#store;
    if (store === undefined) {
      try {
        done(this.sandbox.carryOut(plan()));
      } catch (error) {
        failed(error);
      }
      return;
    }
    const kept = async (): Promise<Block> => {
      const change = plan();
      await store.append(change);
      return this.sandbox.carryOut(change);
    };
    this.#changes = this.#changes.then(kept).then(done).catch(failed);
  }
}

/** The present, or the earliest there can be on top of a block. */
function nextTime(head: Block, now: bigint): bigint {
  const earliest = head.shell.timestamp + head.state.constants.minimalBlockDelay;
  return now > earliest ? now : earliest;
}

interface Started {
  readonly sandbox: Sandbox;
  readonly store?: ChainStore;
}

/** A chain with its first blocks, which lie so far back that its head is of now. */
async function startedSandbox({ sandbox: options = {}, data, clock = REAL_CLOCK }: ServeOptions): Promise<Started> {
  const delay = options.constants?.minimalBlockDelay ?? 1n;
  const startTime = clock.now() - BigInt(BLOCKS_AT_START) * delay;
  if (data === undefined) {
    const sandbox = new Sandbox({ ...options, startTime });
    sandbox.bakeMany(BLOCKS_AT_START);
    return { sandbox };
  }
  // Loaded here: SQLite is a native library, which a chain in memory does not need.
  const { openStoredSandbox } = await import("./store/stored-sandbox.js");
  const { sandbox, store } = await openStoredSandbox({ ...data, sandbox: options, startTime });
  try {
    while (sandbox.head.shell.level < 1 + BLOCKS_AT_START) {
      const change = sandbox.planBake();
      await store.append(change);
      sandbox.carryOut(change);
    }
  } catch (error) {
    await store.close();
    throw error;
  }
  return { sandbox, store };
}
