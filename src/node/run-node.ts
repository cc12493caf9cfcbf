// A node as a process runs it: on its data directory, the engine in threads, the RPC served (node.md §3.1, §3.13, §6.1).

import { join } from "node:path";
import type { Signer } from "../l1/client/wallet.js";
import type { PublicKeyHash } from "../protocol/identifiers.js";
import type { Configuration } from "./config/configuration.js";
import type { EngineNews } from "./engine/engine.js";
import { EngineThread } from "./engine/engine-thread.js";
import type { RevealSettings } from "./engine/reveals.js";
import { PREIMAGES_DIR, STATES_FILE } from "./engine/state-files.js";
import { nodeEvents } from "./events/node-events.js";
import type { Emit } from "./events.js";
import { KeptOperations } from "./injector-persistence.js";
import { NodeError } from "./node-error.js";
import { accessFor } from "./rpc/http/access.js";
import { RpcServer } from "./rpc/server.js";
import { viewOf } from "./running-view.js";
import { type NodeEngines, type RunningNode, startNode } from "./start-node.js";
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
  /** Milliseconds since 1970. */
  readonly now: () => number;
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
  const { config, dataDir, emit, signal } = options;
  let directory: DataDirectory | undefined;
  let server: RpcServer | undefined;
  let node: RunningNode | undefined;
  let end: NodeEnd | "failed" = "failed";
  const kept = await KeptOperations.open(dataDir, emit, options.now);
  try {
    node = await startNode({
      ...options,
      preimages: join(dataDir, PREIMAGES_DIR),
      parts: {
        async openStore({ genesis }) {
          directory = await openDirectory(options, genesis);
          return directory.store;
        },
        openEngines: (reveals, onNews) => openEngines(dataDir, reveals, onNews),
        persistence: kept,
      },
      async onStarted(started) {
        if (directory === undefined) throw new TypeError("a node without its directory");
        await kept.requeue(started.injectors);
        const { rpcAddr, rpcPort } = config;
        const view = viewOf(started, { ...options, historyMode: directory.historyMode });
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
  } finally {
    await server?.close();
    await node?.stop();
    await kept.close();
    await directory?.close();
    emit(nodeEvents.stoppingNode({ exit_status: EXIT_STATUS[end] }));
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

/** One thread that writes states, two that read them: the RPC is not to wait for games, nor either for levels. */
async function openEngines(
  dataDir: string,
  reveals: RevealSettings,
  onNews: (news: EngineNews) => void,
): Promise<NodeEngines> {
  const path = join(dataDir, STATES_FILE);
  const engine = await EngineThread.start({ path, readOnly: false, reveals, onNews });
  const reader = await EngineThread.start({ path, readOnly: true, reveals });
  const player = await EngineThread.start({ path, readOnly: true, reveals });
  return { engine, reader, player };
}
