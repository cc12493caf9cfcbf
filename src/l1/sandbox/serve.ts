// A sandbox that runs by itself: its RPC over HTTP, and blocks made by a clock, or whenever an operation arrives. The clock is given, so that
// tests bring their own.

import type { Block } from "./block.js";
import { RpcServer, type RpcServerOptions } from "./rpc/server.js";
import { Sandbox, type SandboxOptions } from "./sandbox.js";

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

export interface ServeOptions {
  readonly sandbox?: Omit<SandboxOptions, "startTime">;
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
  /** Fulfilled when the service has stopped: asked to, or after its last block; rejected by what baking raises. */
  readonly stopped: Promise<void>;
  readonly #options: ServeOptions;
  readonly #clock: Clock;
  #finish: (error?: unknown) => void = () => undefined;
  #cancel: () => void = () => undefined;
  #isWaiting = false;
  #blocksMade = 0;
  #isStopping = false;

  private constructor(options: ServeOptions) {
    this.#options = options;
    this.#clock = options.clock ?? REAL_CLOCK;
    this.sandbox = startedSandbox(options.sandbox ?? {}, this.#clock.now());
    this.server = new RpcServer(this.sandbox, options.rpc);
    this.stopped = new Promise((resolve, reject) => {
      this.#finish = (error) => (error === undefined ? resolve() : reject(error));
    });
    // Whoever does not wait for the end is not to crash by it.
    this.stopped.catch(() => undefined);
  }

  /** Raises what opening the port raises, SandboxError, ConstantsError. `endpoint`: "http://127.0.0.1:18731". */
  static async start(options: ServeOptions): Promise<{ readonly service: SandboxService; readonly endpoint: string }> {
    const service = new SandboxService(options);
    const endpoint = await service.server.listen();
    service.#run();
    return { service, endpoint };
  }

  /** Closes the port and makes no more blocks. */
  async stop(error?: unknown): Promise<void> {
    if (this.#isStopping) return;
    this.#isStopping = true;
    this.#cancel();
    try {
      await this.server.close();
    } finally {
      this.#finish(error);
    }
  }

  #run(): void {
    if (this.#options.blocks === 0) void this.stop();
    else if (this.#options.blockTime > 0) this.#waitForNext();
    else this.server.pool.onInjection(() => this.#bakeSoon(() => this.sandbox.pending().length > 0));
  }

  #waitForNext(): void {
    this.#cancel = this.#clock.after(this.#options.blockTime * 1000, () => {
      this.#bakeWhile(() => false);
      if (!this.#isStopping) this.#waitForNext();
    });
  }

  /** After the answer to whoever injected has gone out; what arrives until then shares the block. */
  #bakeSoon(isMoreToDo: () => boolean): void {
    if (this.#isWaiting || this.#isStopping) return;
    this.#isWaiting = true;
    this.#cancel = this.#clock.after(0, () => {
      this.#isWaiting = false;
      if (isMoreToDo()) this.#bakeWhile(isMoreToDo);
    });
  }

  /** Makes a block, and others as long as there is more to do. */
  #bakeWhile(isMoreToDo: () => boolean): void {
    try {
      do this.#bake();
      while (!this.#isStopping && isMoreToDo());
    } catch (error) {
      void this.stop(error);
    }
  }

  #bake(): void {
    const block = this.sandbox.bake({ timestamp: nextTime(this.sandbox.head, this.#clock.now()) });
    this.#blocksMade++;
    this.#options.onBlock?.(block);
    if (this.#blocksMade === this.#options.blocks) void this.stop();
  }
}

/** The present, or the earliest there can be on top of a block. */
function nextTime(head: Block, now: bigint): bigint {
  const earliest = head.shell.timestamp + head.state.constants.minimalBlockDelay;
  return now > earliest ? now : earliest;
}

/** A chain whose first blocks lie so far back that its head is of now. */
function startedSandbox(options: Omit<SandboxOptions, "startTime">, now: bigint): Sandbox {
  const delay = options.constants?.minimalBlockDelay ?? 1n;
  const sandbox = new Sandbox({ ...options, startTime: now - BigInt(BLOCKS_AT_START) * delay });
  sandbox.bakeMany(BLOCKS_AT_START);
  return sandbox;
}
