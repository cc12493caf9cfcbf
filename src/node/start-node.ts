// Starting a node (node.md §3.1): what it must know of layer 1 and of itself before it follows the chain, in Octez's order; and stopping it.

import { setTimeout as delay } from "node:timers/promises";
import { HeadFollower } from "../l1/client/head-stream.js";
import { L1Client } from "../l1/client/l1-client.js";
import { NOT_STAKED } from "../l1/client/rollup-rpc.js";
import { isL1RpcError } from "../l1/client/rpc-error.js";
import type { Signer } from "../l1/client/wallet.js";
import type { GenesisInfo } from "../protocol/commitment.js";
import type { ChainId, PublicKeyHash } from "../protocol/identifiers.js";
import { Batcher, type BatcherEvent } from "./batcher/batcher.js";
import { tellBatcherEvent } from "./batcher-notes.js";
import { believedRevealRules } from "./believed-rules.js";
import type { Configuration } from "./config/configuration.js";
import { startsIn } from "./config/modes.js";
import { Daemon, type Processing } from "./daemon.js";
import type { Engine, EngineNews } from "./engine/engine.js";
import type { RevealSettings } from "./engine/reveals.js";
import { engineTeller } from "./engine-notes.js";
import { headEvent, layer1Events } from "./events/layer1-events.js";
import { nodeEvents } from "./events/node-events.js";
import type { Emit } from "./events.js";
import { RefutationLoop } from "./games/refutation-loop.js";
import { tellHeads } from "./injector-heads.js";
import { tellInjectorEvent } from "./injector-notes.js";
import { type InjectorPersistence, Injectors } from "./injectors.js";
import { NodeContext } from "./node-context.js";
import { NodeError } from "./node-error.js";
import { Publisher } from "./stages/publisher.js";
import { checkWhitelist } from "./stages/whitelist-check.js";
import { checkKept } from "./start-checks.js";
import type { CommitmentPoint, Store, StoredProtocol } from "./store/store.js";

/** What the node stands on: opened when its identity is known, closed when it stops. */
export interface NodeParts {
  openStore(identity: { readonly genesis: GenesisInfo }): Promise<Store>;
  openEngines(reveals: RevealSettings, onNews: (news: EngineNews) => void): Promise<NodeEngines>;
  readonly persistence?: InjectorPersistence;
  readonly processing?: Processing;
}

export interface NodeEngines {
  /** Writes states. */
  readonly engine: Engine;
  /** Only reads them: for the RPC. */
  readonly reader: Engine;
  /** Only reads them: for games. */
  readonly player: Engine;
}

export interface StartOptions {
  readonly config: Configuration;
  readonly dataDir: string;
  readonly endpoint: string;
  readonly signers: ReadonlyMap<PublicKeyHash, Signer>;
  readonly emit: Emit;
  readonly parts: NodeParts;
  /** Directory of preimages; `<data-dir>/wasm_2_0_0`. */
  readonly preimages: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Ends the wait for a layer 1 that does not answer: AbortError is raised then. */
  readonly signal?: AbortSignal;
  /** Hears of what the batcher does. */
  readonly onBatcherEvent?: (event: BatcherEvent) => void;
  /** Called once everything is known, before the node says that it is ready: for the RPC server. */
  readonly onStarted?: (node: RunningNode) => Promise<void>;
}

export interface RunningNode {
  readonly context: NodeContext;
  readonly daemon: Daemon;
  readonly injectors: Injectors;
  readonly batcher: Batcher | undefined;
  readonly publisher: Publisher;
  /** Absent in modes that do not play. */
  readonly games: RefutationLoop | undefined;
  readonly follower: HeadFollower;
  /** Ends when the node is stopped. Raises what ends it otherwise. */
  readonly finished: Promise<void>;
  stop(): Promise<void>;
}

/** Milliseconds that a level under way is given when the node is stopped. */
const STOP_GRACE_MS = 2000;
/** Tez that a first stake takes. */
const STAKE_TEZ = 10_000n;
const MUTEZ_PER_TEZ = 1_000_000n;

/** Raises NodeError, L1RpcError, StoreError, EngineError. */
export async function startNode(options: StartOptions): Promise<RunningNode> {
  const { config, emit, endpoint, parts } = options;
  emit(nodeEvents.startingNode());
  const client = new L1Client(endpoint, { timeoutMs: config.l1RpcTimeout * 1000 });
  await reachedChain(client, options);
  const context = await makeContext(client, options);
  emit(nodeEvents.nodeKnowsItsRollup({ addr: config.rollup, kind: "wasm_2_0_0" }));
  const { engine, reader, player, store } = context;
  emit(layer1Events.l1Starting({ name: "sc_rollup_node" }));
  const follower = new HeadFollower(client, {
    backOff: { initialMs: config.reconnectionDelay * 1000, capMs: 3_600_000 },
    onEvent: (event) => emit(headEvent("sc_rollup_node", event)),
  });
  const injectors = new Injectors({
    client,
    config,
    signers: options.signers,
    onEvent: (event) => tellInjectorEvent(emit, event, config.injector.injectionTtl),
    ...(parts.persistence === undefined ? {} : { persistence: parts.persistence }),
    newestHead: () => follower.lastHead,
  });
  const publisher = new Publisher(context, injectors);
  const batcher = startsIn(config.mode, "batcher") ? makeBatcher(options, injectors) : undefined;
  const { processing } = parts;
  const daemon = new Daemon({
    node: context,
    follower,
    injectors,
    publisher,
    batcher,
    now: options.now,
    ...(processing === undefined ? {} : { processing }),
  });
  const games = startsIn(config.mode, "refutations")
    ? new RefutationLoop(context, { follower, injectors, publisher, batcher, now: options.now })
    : undefined;
  let finished: Promise<void> = Promise.resolve();
  const stop = async (): Promise<void> => {
    daemon.stop();
    games?.stop();
    await follower.stop();
    // What is being evaluated may take long, and is evaluated again at the next start: closing its engine ends it.
    const ended = finished.catch(() => undefined);
    await Promise.race([ended, delay(STOP_GRACE_MS, undefined, { ref: false })]);
    await closeAll([player, reader, engine]);
    await ended;
    await closeAll([store, client]);
  };
  const node: RunningNode = {
    context,
    daemon,
    injectors,
    batcher,
    publisher,
    games,
    follower,
    get finished() {
      return finished;
    },
    stop,
  };
  try {
    await checkKept(context);
    await checkOperator(context);
    if (config.mode === "bailout") await publisher.recoverBond();
    await options.onStarted?.(node);
  } catch (error) {
    // Its threads would keep the process.
    await stop().catch(() => undefined);
    throw error;
  }
  emit(nodeEvents.nodeIsReady({ addr: config.rpcAddr, port: config.rpcPort }));
  finished = endOf(daemon, games, tellHeads(follower, injectors, emit));
  finished.catch(() => undefined);
  return node;
}

/** In order, each whatever happens to those before. Raises the first error. */
async function closeAll(parts: readonly { close(): Promise<void> }[]): Promise<void> {
  const errors: unknown[] = [];
  for (const part of parts) await part.close().catch((error: unknown) => errors.push(error));
  if (errors.length > 0) throw errors[0];
}

/** The loops end together: when the node is stopped, or when one of them cannot go on. */
async function endOf(daemon: Daemon, games: RefutationLoop | undefined, heads: Promise<void>): Promise<void> {
  const stopGames = (): void => games?.stop();
  const stopDaemon = (): void => daemon.stop();
  await Promise.all([daemon.run().finally(stopGames), games?.run().finally(stopDaemon), heads]);
}

/** Trouble that layer 1 may be over soon. */
const MAY_PASS: ReadonlySet<string> = new Set([
  "l1.rpc.unreachable",
  "l1.rpc.timeout",
  "l1.rpc.unexpected_status",
  "l1.rpc.failed",
]);

/** Waits until layer 1 answers. */
async function reachedChain(client: L1Client, { emit, signal }: StartOptions): Promise<ChainId> {
  for (let attempt = 0; ; attempt++) {
    signal?.throwIfAborted();
    try {
      return await client.chainId();
    } catch (error) {
      if (!isL1RpcError(error) || !MAY_PASS.has(error.code)) throw error;
      emit(headEvent("sc_rollup_node", { kind: "cannot_connect", attempt, error }));
      const delayMs = Math.min(1000 * 1.5 ** attempt, 30_000);
      emit(headEvent("sc_rollup_node", { kind: "wait_reconnect", delayMs }));
      await delay(delayMs, undefined, signal === undefined ? {} : { signal });
    }
  }
}

async function makeContext(client: L1Client, options: StartOptions): Promise<NodeContext> {
  const { config, parts, emit, dataDir, preimages } = options;
  const head = client.block();
  const rollup = head.rollup(config.rollup);
  const kind = await rollup.kind();
  if (kind !== "wasm_2_0_0") throw new NodeError("failure", `rollups of kind ${kind} are not supported`);
  const [genesis, cemented, protocols, shell, constants, staked, update] = await Promise.all([
    rollup.genesisInfo(),
    rollup.lastCementedCommitment(),
    head.protocols(),
    head.shellHeader(),
    head.constants(),
    stakedOn(options, client),
    rollup.lastWhitelistUpdate(),
  ]);
  const store = await parts.openStore({ genesis });
  const endpoint = config.preImagesEndpoint;
  const reveals: RevealSettings = {
    directory: preimages,
    ...(endpoint === undefined ? {} : { endpoint }),
    metadata: { address: config.rollup, originationLevel: genesis.level },
    rules: believedRevealRules(config, constants),
  };
  const { engine, reader, player } = await parts.openEngines(
    reveals,
    engineTeller(emit, () => performance.now()),
  );
  const lcc: CommitmentPoint = { hash: cemented.hash, level: cemented.level };
  const state = { lcc, ...(staked === undefined ? {} : { lpc: staked }) };
  await store.write({ state, protocols: await chainProtocols(client) });
  const context = new NodeContext({
    config,
    dataDir,
    client,
    rollup: config.rollup,
    genesis,
    store,
    engine,
    reader,
    player,
    emit,
    protocol: { hash: protocols.protocol, protoLevel: shell.proto, constants },
    lcc,
    ...(staked === undefined ? {} : { lpc: staked }),
  });
  if (update !== undefined) context.privateInfo = { lastUpdate: update, searchedLevel: 0 };
  return context;
}

/** The protocols of the chain's history. Not every layer-1 node tells: they are found again on the way. */
async function chainProtocols(client: L1Client): Promise<StoredProtocol[]> {
  try {
    return (await client.chainProtocols()).map(({ protocol, protoLevel, activationBlock }) => ({
      hash: protocol,
      protoLevel,
      firstLevel: activationBlock.level,
      firstIsActivation: true,
    }));
  } catch (error) {
    if (!isL1RpcError(error)) throw error;
    return [];
  }
}

async function stakedOn({ config }: StartOptions, client: L1Client): Promise<CommitmentPoint | undefined> {
  const { operating } = config.operators;
  if (operating === undefined) return undefined;
  const rollup = client.block().rollup(config.rollup);
  const commitment = await rollup.stakedOnCommitment(operating, config.mode === "bailout").catch((error: unknown) => {
    // Who is no staker has nothing to bail out of.
    if (!isL1RpcError(error) || !NOT_STAKED.some((id) => error.has(id))) throw error;
    const message = "This implicit account is not a staker of this smart rollup.";
    throw new NodeError("failure", message, { operator: operating }, { cause: error });
  });
  return commitment === undefined ? undefined : { hash: commitment.hash, level: commitment.inboxLevel };
}

function makeBatcher({ config, emit, now, onBatcherEvent }: StartOptions, injectors: Injectors): Batcher {
  const { minBatchElements, maxBatchElements, maxBatchSize } = config.batcher;
  return new Batcher({
    onEvent(event) {
      tellBatcherEvent(emit, event, now());
      onBatcherEvent?.(event);
    },
    limits: { minBatchElements, maxBatchElements, ...(maxBatchSize === undefined ? {} : { maxBatchSize }) },
    injector: {
      async add(messages, order) {
        const id = injectors.add({ kind: "add_messages", messages }, order);
        if (id === undefined) throw new NodeError("failure", "the injector does not take the batch");
        return id;
      },
      knows: (id) => injectors.status(id) !== undefined,
    },
  });
}

/** Whether the operator may and can stake. Raises NodeError. */
async function checkOperator(node: NodeContext): Promise<void> {
  await checkWhitelist(node);
  const { operator, lpc, client, config } = node;
  if (operator === undefined || lpc !== undefined || config.mode === "bailout") return;
  const balance = await client.block().balance(operator);
  if (balance > STAKE_TEZ * MUTEZ_PER_TEZ) return;
  const tez = `${balance / MUTEZ_PER_TEZ}`;
  const text = `Operator ${operator} only has ${tez} tz but needs more than ${STAKE_TEZ} in order to stake on the rollup.`;
  throw new NodeError("failure", text);
}
