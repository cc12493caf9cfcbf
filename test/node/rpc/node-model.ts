// A node without a daemon: a store in memory and the machine in place, with levels run from the genesis of a kernel, commitments made,
// published and cemented. What the RPC's tests ask questions of.

import { decodeBase58Check } from "../../../src/encoding/base58check.js";
import { Batcher } from "../../../src/node/batcher/batcher.js";
import type { PvmPatch } from "../../../src/node/engine/engine.js";
import { LocalEngine } from "../../../src/node/engine/local-engine.js";
import { MemoryRecords, StateStore } from "../../../src/node/engine/state-store.js";
import type { L2Block } from "../../../src/node/l2-block.js";
import { type L1Operation, operationId } from "../../../src/node/rpc/l1-operation.js";
import type {
  GcInfo,
  HealthFacts,
  InjectionStatus,
  InjectorQueueView,
  InjectorsView,
  NodeView,
  QueueRemoval,
  SyncProgress,
  ViewConstants,
} from "../../../src/node/rpc/node-view.js";
import type { CommitmentPoint } from "../../../src/node/store/store.js";
import { type Commitment, commitmentHash, genesisCommitment } from "../../../src/protocol/commitment.js";
import type { BlockHash, CommitmentHash, ProtocolHash, StateHash } from "../../../src/protocol/identifiers.js";
import { hashEquals } from "../../../src/protocol/identifiers.js";
import { genesisInbox, hashInbox, type Inbox, nextInbox } from "../../../src/protocol/inbox.js";
import { serializeExternal } from "../../../src/protocol/inbox-message.js";
import { LevelBuilder } from "../../../src/protocol/level-builder.js";
import { ORIGINATION_VERSION } from "../../../src/pvm/versions.js";
import { ADDRESS, settings } from "../engine/setup.js";
import { MemoryStore } from "../store/memory-store.js";

export const GENESIS_LEVEL = 2;
export const PERIOD = 3;
export const ALPHA = "ProtoALphaALphaALphaALphaALphaALphaALphaALphaDdp3zK";
export const USHUAIA = "PsUshuai9QapM5TGj1JpuVGkdxz5GykdnEvS6Rh8SUVrARvZLCY";
/** 2026-11-24T12:00:00Z */
export const NOW_MS = 1_795_521_600_000;

const CONSTANTS: ViewConstants = {
  minimalBlockDelay: 6n,
  rollup: { challengeWindow: 5, commitmentPeriod: PERIOD, maxActiveOutboxLevels: 20 },
};

export function blockHashAt(level: number): BlockHash {
  const hash = new Uint8Array(32).fill(0xb0);
  new DataView(hash.buffer).setUint32(28, level);
  return hash as BlockHash;
}

export function timestampAt(level: number): bigint {
  return BigInt(NOW_MS / 1000 - 100 + level);
}

class Listeners<T> {
  readonly all = new Set<(value: T) => void>();
  readonly subscribe = (listener: (value: T) => void): (() => void) => {
    this.all.add(listener);
    return () => this.all.delete(listener);
  };
  tell(value: T): void {
    for (const listener of this.all) listener(value);
  }
}

/** Injectors that only remember. */
export class ModelInjectors implements InjectorsView {
  readonly statuses = new Map<string, InjectionStatus>();
  queued: readonly InjectorQueueView[] = [];
  readonly removals: QueueRemoval[] = [];
  #counter = 0n;

  status(id: string): InjectionStatus | undefined {
    return this.statuses.get(id);
  }

  queues(): readonly InjectorQueueView[] {
    return this.queued;
  }

  async clear(removal: QueueRemoval): Promise<void> {
    this.removals.push(removal);
  }

  add(operation: L1Operation): string {
    const id = operationId(operation, this.#counter++);
    this.statuses.set(id, { status: "pending", operation });
    return id;
  }
}

export class NodeModel implements NodeView {
  readonly rollup = ADDRESS;
  readonly version = { version: "Tickproof 0.1.0", storeVersion: "v5_sqlite", contextVersion: "0" };
  readonly knownProtocols = [ALPHA, USHUAIA];
  readonly store = new MemoryStore();
  readonly engine = new LocalEngine({ store: new StateStore(new MemoryRecords()), reveals: settings() });
  readonly injectors = new ModelInjectors();
  batcher: Batcher | undefined;
  readonly failures = [];
  readonly heads = new Listeners<L2Block>();
  readonly finals = new Listeners<L2Block>();
  readonly progress = new Listeners<SyncProgress>();
  readonly onHead = this.heads.subscribe;
  readonly onFinalized = this.finals.subscribe;
  readonly onSync = this.progress.subscribe;
  readonly logs: { readonly file: string; readonly lines: readonly string[] }[] = [];
  logsSimulations = false;
  gc: GcInfo = { firstAvailableLevel: GENESIS_LEVEL };
  /** Levels that layer 1 has and the node has not processed. */
  l1Ahead = 0;
  facts: Partial<HealthFacts> = {};
  clock = NOW_MS;
  configuration: Record<string, unknown> = {};
  #lcc: CommitmentPoint;
  #lpc: CommitmentPoint | undefined;

  private constructor(
    readonly genesis: { readonly level: number; readonly commitmentHash: CommitmentHash },
    private readonly genesisState: StateHash,
  ) {
    this.#lcc = { hash: genesis.commitmentHash, level: genesis.level };
  }

  static async start(kernel: Uint8Array, patches: readonly PvmPatch[] = []): Promise<NodeModel> {
    const scratch = new LocalEngine({ store: new StateStore(new MemoryRecords()), reveals: settings() });
    const state = await scratch.genesis(kernel, ORIGINATION_VERSION, patches);
    const commitment = genesisCommitment(state, GENESIS_LEVEL);
    const node = new NodeModel({ level: GENESIS_LEVEL, commitmentHash: commitmentHash(commitment) }, state);
    await node.engine.genesis(kernel, ORIGINATION_VERSION, patches);
    node.batcher = new Batcher({
      limits: { minBatchElements: 10, maxBatchElements: 1000 },
      injector: {
        add: async (messages) => node.injectors.add({ kind: "add_messages", messages }),
        knows: (id) => node.injectors.status(id) !== undefined,
      },
    });
    await node.#startChain(commitment);
    return node;
  }

  async #startChain(commitment: Commitment): Promise<void> {
    const payloads = new LevelBuilder({
      predecessor: blockHashAt(GENESIS_LEVEL - 1),
      predecessorTimestamp: timestampAt(GENESIS_LEVEL - 1),
    }).finish();
    const inbox = genesisInbox(GENESIS_LEVEL, payloads.witness);
    const hash = commitmentHash(commitment);
    await this.#keep(
      {
        ...this.#header(GENESIS_LEVEL, inbox),
        commitmentHash: hash,
        previousCommitmentHash: hash,
        initialTick: 0n,
        numTicks: 0n,
        stateHash: this.genesisState,
        pvmStatus: "Waiting for input message",
      },
      inbox,
      [],
      commitment,
    );
  }

  #header(level: number, inbox: Inbox) {
    return {
      hash: blockHashAt(level),
      level,
      predecessor: blockHashAt(level - 1),
      context: new Uint8Array(32).fill(level),
      inboxWitness: inbox.oldLevelsMessages.content.hash,
      inboxHash: hashInbox(inbox),
    };
  }

  async #keep(block: L2Block, inbox: Inbox, messages: readonly Uint8Array[], commitment?: Commitment): Promise<void> {
    await this.store.write({
      block,
      levels: [{ hash: block.hash, level: block.level }],
      inbox: { hash: block.inboxHash, inbox },
      messages: { witness: block.inboxWitness, inboxLevel: block.level, messages },
      ...(commitment === undefined ? {} : { commitment: { hash: commitmentHash(commitment), commitment } }),
      state: {
        head: { hash: block.hash, level: block.level },
        finalizedLevel: {
          hash: blockHashAt(Math.max(GENESIS_LEVEL, block.level - 2)),
          level: Math.max(GENESIS_LEVEL, block.level - 2),
        },
      },
    });
  }

  async head(): Promise<L2Block> {
    const { head } = await this.store.state();
    const block = head === undefined ? undefined : await this.store.block(head.hash);
    if (block === undefined) throw new Error("the model has no head");
    return block;
  }

  /** One more level, with external messages. */
  level(...externals: readonly Uint8Array[]): Promise<L2Block> {
    return this.levelOf(...externals.map(serializeExternal));
  }

  /** One more level, with messages as they are. */
  async levelOf(...messages: readonly Uint8Array[]): Promise<L2Block> {
    const before = await this.head();
    const level = before.level + 1;
    const builder = new LevelBuilder({
      predecessor: before.hash,
      predecessorTimestamp: timestampAt(before.level),
    });
    if (messages.length > 0) builder.addMessages(messages);
    const payloads = builder.finish();
    const previousInbox = await this.store.inbox(before.inboxHash);
    if (previousInbox === undefined) throw new Error("the model has no inbox");
    const inbox = nextInbox(previousInbox, payloads.witness);
    const run = await this.engine.evaluate({ before: before.stateHash, level, messages: payloads.messages });
    const header = this.#header(level, inbox);
    const previous = before.commitmentHash ?? before.previousCommitmentHash;
    const commitment = await this.#commitmentFor(level, previous, run.after, run.initialTick + run.ticks);
    const block: L2Block = {
      ...header,
      ...(commitment === undefined ? {} : { commitmentHash: commitmentHash(commitment) }),
      previousCommitmentHash: previous,
      initialTick: run.initialTick,
      numTicks: run.ticks,
      stateHash: run.after,
      pvmStatus: run.status,
    };
    await this.#keep(block, inbox, payloads.messages, commitment);
    const outbox = [...run.outbox.keys()];
    if (outbox.length > 0) await this.store.write({ outbox: { level, messages: outbox } });
    return block;
  }

  async #commitmentFor(
    level: number,
    predecessor: CommitmentHash,
    compressedState: StateHash,
    tick: bigint,
  ): Promise<Commitment | undefined> {
    if ((level - GENESIS_LEVEL) % PERIOD !== 0) return undefined;
    const previous = await this.store.block(blockHashAt(level - PERIOD));
    const start = previous === undefined ? 0n : previous.initialTick + previous.numTicks;
    return { compressedState, inboxLevel: level, predecessor, numberOfTicks: tick - start };
  }

  async publish(level: number, at: number, byUs = true): Promise<void> {
    const hash = await this.#commitmentAt(level);
    await this.store.write({
      publications: new Map([[hash, { firstPublishedAt: at, ...(byUs ? { publishedAt: at } : {}) }]]),
    });
    if (byUs) this.#lpc = { hash, level };
  }

  async cement(level: number): Promise<void> {
    this.#lcc = { hash: await this.#commitmentAt(level), level };
  }

  async #commitmentAt(level: number): Promise<CommitmentHash> {
    const hash = (await this.store.block(blockHashAt(level)))?.commitmentHash;
    if (hash === undefined) throw new Error(`no commitment at level ${level}`);
    return hash;
  }

  // ---- NodeView

  readonly l1 = {
    hashAt: async (level: number): Promise<BlockHash | undefined> =>
      level >= 0 && level <= (await this.head()).level + this.l1Ahead ? blockHashAt(level) : undefined,
    header: async (hash: BlockHash) => {
      const level = new DataView(hash.buffer, hash.byteOffset).getUint32(28);
      const isThere = hashEquals(hash, blockHashAt(level)) && level <= (await this.head()).level + this.l1Ahead;
      return isThere ? { level, timestamp: timestampAt(level) } : undefined;
    },
  };

  now(): number {
    return this.clock;
  }

  protocol() {
    return { hash: decodeBase58Check("protocolHash", ALPHA) as ProtocolHash, constants: CONSTANTS };
  }

  async constantsAt(): Promise<ViewConstants> {
    return CONSTANTS;
  }

  lastCemented(): CommitmentPoint {
    return this.#lcc;
  }

  lastPublished(): CommitmentPoint | undefined {
    return this.#lpc;
  }

  async config() {
    return JSON.parse(JSON.stringify(this.configuration));
  }

  health(): HealthFacts {
    return {
      degraded: false,
      connection: "connected",
      followsFinalized: false,
      workers: [{ name: "publisher" }, { name: "injector (publish, refute, timeout)" }],
      ...this.facts,
    };
  }

  async gcInfo(): Promise<GcInfo> {
    return this.gc;
  }

  async cancelGc(): Promise<boolean> {
    return false;
  }

  async writeSimulationLog(file: string, lines: readonly string[]): Promise<void> {
    this.logs.push({ file, lines });
  }

  syncState: SyncProgress = {};
  sync(): SyncProgress {
    return this.syncState;
  }
}
