// A running node as its RPC server sees it (rpc/node-view.ts).

import { appendFile, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { encodeBase58Check } from "../encoding/base58check.js";
import { isL1RpcError } from "../l1/client/rpc-error.js";
import { PROTOCOLS } from "../l1/sandbox/protocols.js";
import type { BlockHash } from "../protocol/identifiers.js";
import { fullConfigurationToJson } from "./config/configuration-json.js";
import type { GcInfo, HealthFacts, L1Reads, NodeView, ViewConstants } from "./rpc/node-view.js";
import type { RunningNode } from "./start-node.js";
import type { HistoryMode } from "./store/store.js";

export interface ViewOptions {
  readonly version: string;
  readonly historyMode: HistoryMode;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

const CONNECTIONS = { connected: "connected", connecting: "reconnecting", stopped: "disconnected" } as const;

export function viewOf(node: RunningNode, { version, historyMode, now }: ViewOptions): NodeView {
  const { context, daemon, injectors, batcher, games, follower } = node;
  const { config, store } = context;
  return {
    rollup: context.rollup,
    genesis: context.genesis,
    version: { version, storeVersion: "v5_sqlite", contextVersion: "0" },
    knownProtocols: PROTOCOLS.map(({ hash }) => encodeBase58Check("protocolHash", hash)),
    store,
    engine: context.reader,
    l1: l1Reads(node),
    injectors,
    batcher,
    failures: context.failures,
    now,
    protocol: () => context.protocol,
    constantsAt: (level) => constantsAt(node, level),
    lastCemented: () => context.lcc,
    lastPublished: () => context.lpc,
    async config() {
      return fullConfigurationToJson({ ...config, historyMode });
    },
    health: () => healthOf(node),
    gcInfo: () => gcInfoOf(node),
    // Collections are a later issue: there is never one to cancel.
    cancelGc: async () => false,
    async writeSimulationLog(file, lines) {
      const directory = join(context.dataDir, "simulation_kernel_logs");
      await mkdir(directory, { recursive: true });
      await appendFile(join(directory, file), lines.join(""));
    },
    logsSimulations: config.logKernelDebug,
    onHead: context.onHead,
    onFinalized: context.onFinalized,
    sync: () => daemon.progress,
    onSync: daemon.onSync,
  };

  function healthOf(_: RunningNode): HealthFacts {
    const head = follower.lastHead;
    return {
      degraded: context.isDegraded,
      connection: CONNECTIONS[follower.status],
      ...(head === undefined ? {} : { l1Head: { hash: head.hash, level: head.level, timestamp: head.timestamp } }),
      followsFinalized: config.l1MonitorFinalized,
      workers: [
        ...injectors.names.map((name) => ({ name })),
        ...(batcher === undefined ? [] : [{ name: "batcher" }]),
        ...(games === undefined ? [] : [{ name: "refutation_coordinator" }]),
      ],
    };
  }
}

function l1Reads({ context }: RunningNode): L1Reads {
  return {
    hashAt: (level) => found(context.client.block(level).hash()),
    async header(hash: BlockHash) {
      const header = await found(context.client.block(hash).shellHeader());
      return header === undefined ? undefined : { level: header.level, timestamp: header.timestamp };
    },
  };
}

async function found<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (isL1RpcError(error, "l1.rpc.not_found") || isL1RpcError(error, "l1.rpc.gone")) return undefined;
    throw error;
  }
}

/** Those of the present protocol, unless the level belongs to another. */
async function constantsAt({ context }: RunningNode, level: number): Promise<ViewConstants> {
  const stored = await context.store.protocolAt(level);
  if (stored === undefined || stored.protoLevel === context.protocol.protoLevel) return context.protocol.constants;
  return context.client.block(level).constants();
}

async function gcInfoOf({ context }: RunningNode): Promise<GcInfo> {
  const { lastGcTarget, lastGcTriggeredAt, lastContextSplit } = await context.store.state();
  const first = await context.store.firstAvailableLevel();
  return {
    firstAvailableLevel: first ?? context.genesis.level,
    ...(lastGcTriggeredAt === undefined ? {} : { lastGcLevel: lastGcTriggeredAt }),
    ...(lastContextSplit === undefined ? {} : { lastContextSplitLevel: lastContextSplit }),
    ...(lastGcTarget === undefined ? {} : { lastSuccessfulGcTarget: lastGcTarget }),
  };
}
