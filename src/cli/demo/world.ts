// What the demonstrations happen in: a sandbox chain, served, and rollup nodes as they really are (run-node.ts: their own data directories,
// evaluation in threads, RPC), all in this process. A block comes when its time has come and every node has done with the one before, so
// that what is told does not depend on the speed of the machine.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { addressOf, sign } from "../../crypto/keys.js";
import type { Json } from "../../encoding/json.js";
import type { Draft } from "../../l1/client/drafts.js";
import { DEFAULT_FEE_RATES } from "../../l1/client/fees.js";
import { HttpTransport } from "../../l1/client/http-transport.js";
import { injectOperations } from "../../l1/client/injection.js";
import { L1Client } from "../../l1/client/l1-client.js";
import type { Signer } from "../../l1/client/wallet.js";
import type { AppliedOperation, Block } from "../../l1/sandbox/block.js";
import { BOOTSTRAP_KEYS } from "../../l1/sandbox/bootstrap.js";
import { MichelsonRuntime } from "../../l1/sandbox/michelson/runtime.js";
import { RpcServer } from "../../l1/sandbox/rpc/server.js";
import { Sandbox } from "../../l1/sandbox/sandbox.js";
import { type Configuration, DEFAULTS } from "../../node/config/configuration.js";
import type { SimpleMode } from "../../node/config/modes.js";
import type { NodeEvent } from "../../node/events.js";
import { type NodeEnd, runNode } from "../../node/run-node.js";
import type { RunningNode } from "../../node/start-node.js";
import { type Constants, overrideConstants, SANDBOX_CONSTANTS } from "../../protocol/constants.js";
import { hashEquals, type PublicKeyHash, publicKeyHash, type RollupAddress } from "../../protocol/identifiers.js";
import { packageVersion } from "../package-files.js";
import { writeKeys } from "../sandbox-keys.js";

const HOST = "127.0.0.1";
const MAX_PORT = 0xffff;
/** Blocks made before anything is served, so that operations can branch from `head~2`. */
const FIRST_BLOCKS = 2;
/** How long a block waits for nodes that do not come along. */
const PATIENCE_MS = 30_000;
const TEZ = 1_000_000n;

export interface WorldOptions {
  /** Over those of a sandbox, by the names of the RPC. */
  readonly constants: { readonly [name: string]: Json };
  /** Milliseconds between blocks, at least; 0: as fast as the nodes follow. */
  readonly blockMs: number;
  /** The chain's port, or the next free one; 0: any. */
  readonly port: number;
  readonly signal: AbortSignal;
}

export interface NodeOptions {
  /** Also of its data directory. */
  readonly name: string;
  readonly mode: SimpleMode;
  readonly rollup: RollupAddress;
  /** "bootstrap2"; absent for an observer. */
  readonly operator?: string;
  /** Its port, or the next free one; 0: any. */
  readonly port: number;
  readonly config?: Partial<Configuration>;
}

export interface DemoNode {
  readonly name: string;
  readonly endpoint: string;
  readonly dataDir: string;
  readonly running: RunningNode;
  readonly rpc: HttpTransport;
  /** Rejected by what the node cannot go on after. */
  readonly ended: Promise<NodeEnd>;
  /** What it cannot go on after; undefined as long as it can. */
  readonly failure: unknown;
  /** Level of the last head that it has done with. */
  readonly level: number;
  /** Stops it before the others. */
  stop(): Promise<void>;
}

export class DemoWorld {
  readonly constants: Constants;
  readonly #sandbox: Sandbox;
  readonly #server: RpcServer;
  readonly #options: WorldOptions;
  readonly #nodes: NodeState[] = [];
  #wake: () => void = () => undefined;
  #nextAt = 0;
  #errors: NodeEvent[] = [];

  private constructor(
    options: WorldOptions,
    sandbox: Sandbox,
    server: RpcServer,
    readonly folder: string,
    readonly endpoint: string,
    readonly client: L1Client,
  ) {
    this.#options = options;
    this.#sandbox = sandbox;
    this.#server = server;
    this.constants = sandbox.head.state.constants;
  }

  static async start(options: WorldOptions): Promise<DemoWorld> {
    const constants = overrideConstants(SANDBOX_CONSTANTS, options.constants);
    const delaySeconds = constants.minimalBlockDelay;
    const sandbox = new Sandbox({
      constants,
      contracts: new MichelsonRuntime(),
      startTime: secondsNow() - BigInt(FIRST_BLOCKS) * delaySeconds,
    });
    sandbox.bakeMany(FIRST_BLOCKS);
    const { server, endpoint } = await onFreePort(options.port, async (port) => {
      const made = new RpcServer(sandbox, { host: HOST, port });
      return { server: made, endpoint: await made.listen() };
    });
    const folder = mkdtempSync(join(tmpdir(), "tickproof-demo-"));
    const world = new DemoWorld(options, sandbox, server, folder, endpoint, new L1Client(endpoint));
    await writeKeys(world.baseDir);
    return world;
  }

  /** An octez-client directory with the bootstrap keys. */
  get baseDir(): string {
    return join(this.folder, "client");
  }

  get head(): Block {
    return this.#sandbox.head;
  }

  get nodes(): readonly DemoNode[] {
    return this.#nodes;
  }

  /** Errors that nodes have told of since this was last asked. */
  takeErrors(): readonly NodeEvent[] {
    const errors = this.#errors;
    this.#errors = [];
    return errors;
  }

  // ---- Nodes

  /** Starts a node; gives it once it is ready. */
  async startNode(options: NodeOptions): Promise<DemoNode> {
    return onFreePort(options.port, async (port) => {
      const state = new NodeState(options.name, join(this.folder, options.name), () => this.#wake());
      await state.start({
        endpoint: this.endpoint,
        config: configurationOf(options, port),
        signers: new Map(options.operator === undefined ? [] : [signerEntry(options.operator)]),
        now: () => this.#nodeTime(),
        onError: (event) => this.#errors.push(event),
      });
      this.#nodes.push(state);
      return state;
    });
  }

  /** The nodes' clock: that of the machine, or of the chain when it runs ahead. Batches then need not wait for the next block. */
  #nodeTime(): number {
    if (this.#options.blockMs > 0) return Date.now();
    return Number(this.head.shell.timestamp + this.constants.minimalBlockDelay) * 1000;
  }

  // ---- Blocks

  /** Makes the next block when it is time, and waits until all nodes have done with it. Undefined when the demonstration is to end. */
  async nextBlock(): Promise<Block | undefined> {
    const { signal, blockMs } = this.#options;
    await delay(Math.max(0, this.#nextAt - Date.now()), undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return undefined;
    this.#nextAt = Date.now() + blockMs;
    const earliest = this.head.shell.timestamp + this.constants.minimalBlockDelay;
    const now = secondsNow();
    const block = this.#sandbox.bake({ timestamp: now > earliest ? now : earliest });
    await this.followed();
    return signal.aborted ? undefined : block;
  }

  /** Waits until every node that goes on has done with the head; not longer than half a minute. */
  async followed(): Promise<void> {
    const { level } = this.head.shell;
    const deadline = AbortSignal.timeout(PATIENCE_MS);
    const end = AbortSignal.any([deadline, this.#options.signal]);
    end.addEventListener("abort", () => this.#wake(), { once: true });
    while (!end.aborted && !this.#nodes.every((node) => node.hasEnded || node.level >= level)) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  // ---- Accounts

  /** Injects operations of a bootstrap account as octez-client would; the next block has them. Gives their hash. */
  async inject(alias: string, ...drafts: readonly Draft[]): Promise<Uint8Array> {
    const [, signer] = signerEntry(alias);
    const fees = { ...DEFAULT_FEE_RATES, forceLowFee: false, feeCap: 5n * TEZ, burnCap: 10n * TEZ };
    return (await injectOperations(this.client, drafts, { signer, fees })).hash;
  }

  balance(alias: string): bigint {
    return this.#sandbox.context(this.head).balance(addressOfAlias(alias)) ?? 0n;
  }

  /** Mutez of an account that the rollups it stakes on hold. */
  bonds(alias: string): bigint {
    return this.#sandbox.context(this.head).frozenBonds(addressOfAlias(alias));
  }

  /** Stops everything and removes what was written. */
  async stop(): Promise<void> {
    for (const node of [...this.#nodes].reverse()) await node.stop();
    await this.client.close();
    await this.#server.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** An operation of a block by its hash. */
export function operationIn(block: Block, hash: Uint8Array): AppliedOperation | undefined {
  return block.operations.find((operation) => hashEquals(operation.hash, hash));
}

// ---- A node

interface StartSettings {
  readonly endpoint: string;
  readonly config: Configuration;
  readonly signers: ReadonlyMap<PublicKeyHash, Signer>;
  readonly now: () => number;
  readonly onError: (event: NodeEvent) => void;
}

class NodeState implements DemoNode {
  readonly #stop = new AbortController();
  readonly #wake: () => void;
  #mainLevel = 0;
  #gamesLevel = 0;
  #running: RunningNode | undefined;
  #ended: Promise<NodeEnd> = Promise.resolve("stopped");
  #rpc: HttpTransport | undefined;
  hasEnded = false;
  failure: unknown;
  endpoint = "";

  constructor(
    readonly name: string,
    readonly dataDir: string,
    wake: () => void,
  ) {
    this.#wake = wake;
  }

  async start({ endpoint, config, signers, now, onError }: StartSettings): Promise<void> {
    const ready = new Promise<void>((resolve) => {
      this.#ended = runNode({
        config,
        dataDir: this.dataDir,
        endpoint,
        signers,
        now,
        version: `tickproof ${packageVersion()}`,
        signal: this.#stop.signal,
        emit: (event) => this.#hear(event, onError),
        onRunning: (running, address) => {
          this.#running = running;
          this.endpoint = address;
          this.#rpc = new HttpTransport(address);
          running.games?.onLevel((level) => {
            this.#gamesLevel = level;
            this.#wake();
          });
          resolve();
        },
      });
    });
    this.#ended.then(
      () => this.#end(undefined),
      (error: unknown) => this.#end(error),
    );
    await Promise.race([
      ready,
      this.#ended.then(() => {
        throw new Error(`the node ${this.name} ended before it was ready`);
      }),
    ]);
  }

  #end(failure: unknown): void {
    this.hasEnded = true;
    this.failure = failure;
    this.#wake();
  }

  #hear(event: NodeEvent, onError: (event: NodeEvent) => void): void {
    if (event.name === "smart_rollup_node_daemon_loop_process_finished") {
      this.#mainLevel = Number(event.fields["to"]);
      this.#wake();
    }
    if (event.level === "Error" || event.level === "Fatal") onError(event);
  }

  get running(): RunningNode {
    if (this.#running === undefined) throw new TypeError("the node has not been started");
    return this.#running;
  }

  get rpc(): HttpTransport {
    if (this.#rpc === undefined) throw new TypeError("the node has not been started");
    return this.#rpc;
  }

  get ended(): Promise<NodeEnd> {
    return this.#ended;
  }

  get level(): number {
    return this.#running?.games === undefined ? this.#mainLevel : Math.min(this.#mainLevel, this.#gamesLevel);
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#ended.catch(() => undefined);
    await this.#rpc?.close();
  }
}

function configurationOf({ mode, rollup, operator, config }: NodeOptions, rpcPort: number): Configuration {
  const key = operator === undefined ? undefined : addressOfAlias(operator);
  const operators = key === undefined ? {} : { operating: key, batching: [key], cementing: key, executing_outbox: key };
  return { ...DEFAULTS, rollup, etherlink: false, mode, operators, feeParameters: {}, rpcPort, ...config };
}

// ---- Keys, ports, time

function keyOf(alias: string) {
  const found = BOOTSTRAP_KEYS.find((key) => key.alias === alias);
  if (found === undefined) throw new TypeError(`there is no account ${alias}`);
  return found.secretKey;
}

export function addressOfAlias(alias: string): PublicKeyHash {
  return publicKeyHash(addressOf(keyOf(alias).publicKey));
}

function signerEntry(alias: string): readonly [PublicKeyHash, Signer] {
  const key = keyOf(alias);
  const hash = addressOfAlias(alias);
  return [hash, { name: alias, hash, publicKey: key.publicKey, sign: async (bytes) => sign(key, bytes) }];
}

/** The name of a bootstrap account's address, or the address. */
export function nameOf(address: string): string {
  return BOOTSTRAP_KEYS.find(({ alias }) => addressOfAlias(alias) === address)?.alias ?? address;
}

/** Tries ports from one on. */
async function onFreePort<T>(first: number, listen: (port: number) => Promise<T>): Promise<T> {
  for (let port = first; ; port++) {
    try {
      return await listen(port);
    } catch (error) {
      const code = error instanceof Error && "code" in error ? error.code : undefined;
      if (code !== "EADDRINUSE" || port >= MAX_PORT || port === 0) throw error;
    }
  }
}

function secondsNow(): bigint {
  return BigInt(Math.floor(Date.now() / 1000));
}
