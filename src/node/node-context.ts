// What the parts of a node share: who it is, what it reads from and writes to, and the few things about layer 1 that it keeps in mind.

import type { ChainConstants } from "../l1/client/chain-constants.js";
import type { L1Client } from "../l1/client/l1-client.js";
import type { RollupRpc } from "../l1/client/rollup-rpc.js";
import type { GenesisInfo } from "../protocol/commitment.js";
import type { BlockHash, ProtocolHash, PublicKeyHash, RollupAddress } from "../protocol/identifiers.js";
import type { LastWhitelistUpdate } from "../protocol/whitelist.js";
import type { Configuration } from "./config/configuration.js";
import type { Engine, PlannedFailure } from "./engine/engine.js";
import type { RevealRules } from "./engine/reveals.js";
import type { Emit } from "./events.js";
import type { L2Block } from "./l2-block.js";
import type { CommitmentPoint, Store } from "./store/store.js";

export interface CurrentProtocol {
  readonly hash: ProtocolHash;
  readonly protoLevel: number;
  readonly constants: ChainConstants;
}

/** What a private rollup's node keeps in mind; absent for public ones. */
export interface PrivateInfo {
  readonly lastUpdate: LastWhitelistUpdate;
  /** Outbox levels up to here have been searched for updates. */
  readonly searchedLevel: number;
}

export interface NodeContextOptions {
  readonly config: Configuration;
  readonly dataDir: string;
  readonly client: L1Client;
  readonly rollup: RollupAddress;
  readonly genesis: GenesisInfo;
  readonly store: Store;
  /** Runs levels, and writes states. */
  readonly engine: Engine;
  /** Reads states while levels run. */
  readonly reader: Engine;
  /** Reads states for games. */
  readonly player: Engine;
  readonly emit: Emit;
  readonly protocol: CurrentProtocol;
  readonly lcc: CommitmentPoint;
  readonly lpc?: CommitmentPoint;
}

export class NodeContext {
  readonly config: Configuration;
  readonly dataDir: string;
  readonly client: L1Client;
  readonly rollup: RollupAddress;
  readonly genesis: GenesisInfo;
  readonly store: Store;
  readonly engine: Engine;
  readonly reader: Engine;
  readonly player: Engine;
  readonly emit: Emit;
  protocol: CurrentProtocol;
  /** Last cemented commitment of layer 1. */
  lcc: CommitmentPoint;
  /** Last commitment published by our operator. */
  lpc: CommitmentPoint | undefined;
  /** Highest level of the commitments that the node has seen published, by whomever. */
  publishedLevel = 0;
  privateInfo: PrivateInfo | undefined;
  isDegraded = false;
  readonly #headListeners = new Set<(block: L2Block) => void>();
  readonly #finalListeners = new Set<(block: L2Block) => void>();

  constructor(options: NodeContextOptions) {
    this.config = options.config;
    this.dataDir = options.dataDir;
    this.client = options.client;
    this.rollup = options.rollup;
    this.genesis = options.genesis;
    this.store = options.store;
    this.engine = options.engine;
    this.reader = options.reader;
    this.player = options.player;
    this.emit = options.emit;
    this.protocol = options.protocol;
    this.lcc = options.lcc;
    this.lpc = options.lpc;
  }

  /** The key that publishes and plays. */
  get operator(): PublicKeyHash | undefined {
    return this.config.operators.operating;
  }

  isOurs(key: PublicKeyHash): boolean {
    const { operating, batching = [], cementing, recovering, executing_outbox } = this.config.operators;
    return [operating, cementing, recovering, executing_outbox, ...batching].includes(key);
  }

  get failures(): readonly PlannedFailure[] {
    const { loserMode } = this.config;
    return loserMode.kind === "failures" ? loserMode.failures : [];
  }

  /** The RPCs of our rollup under a block; the head by default. */
  rollupAt(block?: BlockHash): RollupRpc {
    return this.client.block(block).rollup(this.rollup);
  }

  tellHead(block: L2Block): void {
    for (const listener of this.#headListeners) listener(block);
  }

  tellFinalized(block: L2Block): void {
    for (const listener of this.#finalListeners) listener(block);
  }

  readonly onHead = (listener: (block: L2Block) => void): (() => void) => subscribed(this.#headListeners, listener);
  readonly onFinalized = (listener: (block: L2Block) => void): (() => void) =>
    subscribed(this.#finalListeners, listener);
}

function subscribed<T>(listeners: Set<(value: T) => void>, listener: (value: T) => void): () => void {
  // One of its own, so that the same function may listen twice.
  const own = (value: T): void => listener(value);
  listeners.add(own);
  return () => void listeners.delete(own);
}

/** What a protocol says of reveals. */
export function revealRulesOf({ rollup, json }: ChainConstants): RevealRules {
  const { blake2b, metadata, dalPage, dalParameters } = rollup.revealActivation;
  const dal = json["dal_parametric"] as Readonly<Record<string, unknown>> | undefined; // read leniently: zero when absent
  const number = (name: string): bigint => BigInt(Number(dal?.[name] ?? 0));
  return {
    activation: { rawData: blake2b, metadata, dalPage, dalParameters },
    dalParameters: {
      numberOfSlots: number("number_of_slots"),
      attestationLag: number("attestation_lag"),
      slotSize: number("slot_size"),
      pageSize: number("page_size"),
    },
  };
}
