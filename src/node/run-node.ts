// A node as a process runs it: on its data directory, the engine in threads, the RPC served (node.md §3.1, §3.13, §6.1).

import { join } from "node:path";
import type { Signer } from "../l1/client/wallet.js";
import type { PublicKeyHash } from "../protocol/identifiers.js";
import type { Configuration } from "./config/configuration.js";
import { startsIn } from "./config/modes.js";
import type { EngineNews } from "./engine/engine.js";
import { PREIMAGES_DIR } from "./engine/state-files.js";
import { tellPlayerNews } from "./engine-notes.js";
import { openEngineThreads } from "./engine-threads.js";
import { KernelLog, kernelLogPath, refutationLogPath } from "./events/kernel-log.js";
import { nodeEvents } from "./events/node-events.js";
import { describeError } from "./events/trace.js";
import type { Emit } from "./events.js";
import { KeptOperations } from "./injector-persistence.js";
import { type MetricsServer, serveMetrics } from "./metrics/metrics.js";
import { NodeMetrics } from "./metrics/node-metrics.js";
import { canSample } from "./metrics/performance.js";
import { NodeError } from "./node-error.js";
import { accessFor } from "./rpc/http/access.js";
import { RpcServer } from "./rpc/server.js";
import { viewOf } from "./running-view.js";
import { type RunningNode, startNode } from "./start-node.js";
import { CachedStore } from "./store/cached-store.js";
import { DataDirectory } from "./store/data-directory.js";

export interface RunNodeOptions {
  readonly config: Configuration;
  readonly dataDir: string;
  /** Address of the layer 1 node. */
  readonly endpoint: string;
  /** Keys of the operators that the configuration names. */
  readonly signers: ReadonlyMap<PublicKeyHash, Signer>;
  readonly emit: Emit;
  readonly version: string;
  /** What the program was built from, for metrics. */
  readonly commit?: { readonly hash: string; readonly date: string };
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** The process, for metrics of its load. */
  readonly pid?: number;
  /** Ends the node when it is aborted. */
  readonly signal?: AbortSignal;
  /** Hears of the node once it runs, and where its RPC is. */
  readonly onRunning?: (node: RunningNode, endpoint: string) => void;
}

/** How a node ended: asked to, or because its bond has come back. */
export type NodeEnd = "stopped" | "bailed_out";

/** Exit codes of Octez's programs, as the last event tells them (node.md §2). */
const EXIT_STATUS = { stopped: 127, bailed_out: 0, failed: 1 } as const;

/** Runs a node until it ends. Raises what it cannot go on after: NodeError, DataDirError, StoreError, EngineError, L1RpcError. */
export async function runNode(options: RunNodeOptions): Promise<NodeEnd> {
  const { config, dataDir, signal } = options;
  const metrics = await makeMetrics(options);
  const emit: Emit = (event) => {
    options.emit(event);
    metrics?.hear(event);
  };
  const logs = new KernelLogs(options);
  let directory: DataDirectory | undefined;
  let server: RpcServer | undefined;
  let metricsServer: MetricsServer | undefined;
  let node: RunningNode | undefined;
  let end: NodeEnd | "failed" = "failed";
  const kept = await KeptOperations.open(dataDir, emit, options.now);
  try {
    node = await startNode({
      ...options,
      emit,
      preimages: join(dataDir, PREIMAGES_DIR),
      parts: {
        async openStore({ genesis }) {
          directory = await openDirectory({ ...options, emit }, genesis);
          return new CachedStore(directory.store, config.l2BlocksCacheSize);
        },
        openEngines(reveals, onNews) {
          logs.open();
          const listeners = {
            engine: (news: EngineNews): void => {
              logs.note("kernel", news);
              onNews(news);
            },
            player: (news: EngineNews): void => {
              logs.note("refutation", news);
              tellPlayerNews(emit, news);
            },
          };
          const { checkpoints } = config;
          return openEngineThreads(dataDir, reveals, listeners, checkpoints === undefined ? {} : { checkpoints });
        },
        persistence: kept,
        processing: (work, stopped) => directory?.processing(work, stopped) ?? work(),
      },
      ...(metrics === undefined ? {} : { onBatcherEvent: (event) => metrics.hearBatcher(event) }),
      async onStarted(started) {
        if (directory === undefined) throw new TypeError("a node without its directory");
        await kept.requeue(started.injectors);
        const { historyMode } = directory;
        await metrics?.attach(started, historyMode);
        metricsServer = await startMetrics(metrics, { ...options, emit });
        const { rpcAddr, rpcPort } = config;
        const view = viewOf(started, { ...options, historyMode });
        server = new RpcServer(view, {
          host: rpcAddr,
          port: rpcPort,
          access: accessFor(config.acl, rpcAddr, rpcPort),
          cors: config.cors,
        });
        const endpoint = await server.listen();
        options.onRunning?.(started, endpoint);
      },
    });
    end = await ended(node, signal);
    return end;
  } catch (error) {
    if (signal?.aborted !== true || !(error instanceof Error) || error.name !== "AbortError") throw error;
    end = "stopped";
    return end;
  } finally {
    metrics?.stop();
    await metricsServer?.close();
    await server?.close();
    await node?.stop();
    await kept.close();
    await directory?.close();
    logs.close();
    emit(nodeEvents.stoppingNode({ exit_status: EXIT_STATUS[end] }));
  }
}

// ---- Metrics

/** Undefined when nobody can ask for them. */
async function makeMetrics(options: RunNodeOptions): Promise<NodeMetrics | undefined> {
  const { config, pid, version, commit, emit, now } = options;
  if (config.metricsAddr === undefined) return undefined;
  const samples = config.performanceMetrics && pid !== undefined && (await canSample(pid));
  const known = { ...(commit === undefined ? {} : { commit }), ...(samples ? { pid } : {}) };
  return new NodeMetrics({ version, emit, now, ...known });
}

/** A node goes on without its metrics server. */
async function startMetrics(
  metrics: NodeMetrics | undefined,
  { config, emit }: RunNodeOptions,
): Promise<MetricsServer | undefined> {
  if (metrics === undefined || config.metricsAddr === undefined) return undefined;
  try {
    const server = await serveMetrics(metrics, config.metricsAddr);
    emit(nodeEvents.startingMetricsServer({ host: server.host, port: server.port }));
    return server;
  } catch (error) {
    emit(nodeEvents.metricsEnded({ stacktrace: describeError(error).text }));
    return undefined;
  }
}

// ---- What kernels write

/** Files of kernels' debug output; none when they are not asked for. */
class KernelLogs {
  readonly #options: RunNodeOptions;
  readonly #logs: { kernel?: KernelLog; refutation?: KernelLog } = {};

  constructor(options: RunNodeOptions) {
    this.#options = options;
  }

  /** Raises what opening files does. */
  open(): void {
    const { config, dataDir } = this.#options;
    if (!config.logKernelDebug) return;
    this.#logs.kernel = new KernelLog(kernelLogPath(dataDir, config.logKernelDebugFile));
    if (startsIn(config.mode, "refutations")) this.#logs.refutation = new KernelLog(refutationLogPath(dataDir));
  }

  note(which: "kernel" | "refutation", news: EngineNews): void {
    if (news.kind === "kernel_debug") this.#logs[which]?.write(news.text);
  }

  close(): void {
    this.#logs.kernel?.close();
    this.#logs.refutation?.close();
  }
}

async function ended(node: RunningNode, signal: AbortSignal | undefined): Promise<NodeEnd> {
  const stopped = new Promise<NodeEnd>((resolve) => {
    if (signal?.aborted === true) resolve("stopped");
    signal?.addEventListener("abort", () => resolve("stopped"), { once: true });
  });
  try {
    return await Promise.race([stopped, node.finished.then((): NodeEnd => "stopped")]);
  } catch (error) {
    if (error instanceof NodeError && error.code === "sc_rollup.node.exiting_bailout_mode") return "bailed_out";
    throw error;
  }
}

function openDirectory(
  { config, dataDir, emit }: RunNodeOptions,
  genesisInfo: RunningNode["context"]["genesis"],
): Promise<DataDirectory> {
  const metadata = { rollupAddress: config.rollup, contextVersion: 0, kind: "wasm_2_0_0", genesisInfo } as const;
  const { historyMode } = config;
  return DataDirectory.open(dataDir, { metadata, emit, ...(historyMode === undefined ? {} : { historyMode }) });
}
