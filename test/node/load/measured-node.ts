// A node in this process, its engine in a thread and its store in SQLite, that tells how long each stage of a level takes. It follows the chain
// when it is told to bake; for benches and tests of large levels.

import { join } from "node:path";
import { sign } from "../../../src/crypto/keys.js";
import type { Signer } from "../../../src/l1/client/wallet.js";
import { type Configuration, DEFAULTS } from "../../../src/node/config/configuration.js";
import { openEngineThreads } from "../../../src/node/engine-threads.js";
import type { NodeEvent } from "../../../src/node/events.js";
import { RpcServer } from "../../../src/node/rpc/server.js";
import { viewOf } from "../../../src/node/running-view.js";
import { type NodeEngines, type RunningNode, startNode } from "../../../src/node/start-node.js";
import { CachedStore } from "../../../src/node/store/cached-store.js";
import { SqliteStore } from "../../../src/node/store/sqlite-store.js";
import type { Store } from "../../../src/node/store/store.js";
import type { Account } from "../../l1/sandbox/chain.js";
import type { Rollup } from "../../l1/sandbox/rollup.js";

/** Milliseconds. */
export interface StageTimes {
  /** The block of layer 1 comes, is read, and its operations are looked at. */
  readonly fetch: number;
  /** The hashes of messages and inbox. */
  readonly inbox: number;
  readonly evaluation: number;
  readonly write: number;
  readonly all: number;
}

export interface MeasuredNode {
  readonly node: RunningNode;
  readonly endpoint: string;
  /** Waits until a level is stored, and what it makes the node do is done; gives its times. */
  level(level: number): Promise<StageTimes>;
  stop(): Promise<void>;
}

export interface MeasuredOptions {
  readonly dataDir: string;
  readonly endpoint: string;
  readonly rollup: Rollup;
  readonly operators: readonly Account[];
  readonly config?: Partial<Configuration>;
  readonly now: () => number;
  /** Engines other than threads. */
  readonly openEngines?: (
    ...args: Parameters<Parameters<typeof startNode>[0]["parts"]["openEngines"]>
  ) => Promise<NodeEngines>;
}

type Mark = "process_head" | "messages" | "evaluate" | "evaluated" | "write" | "written" | "processed";

class Marks {
  readonly #at = new Map<Mark, number>();

  set(mark: Mark): void {
    this.#at.set(mark, performance.now());
  }

  between(from: Mark, to: Mark): number {
    return (this.#at.get(to) ?? Number.NaN) - (this.#at.get(from) ?? Number.NaN);
  }

  times(): StageTimes {
    return {
      fetch: this.between("process_head", "messages"),
      inbox: this.between("messages", "evaluate"),
      evaluation: this.between("evaluate", "evaluated"),
      write: this.between("write", "written"),
      all: this.between("process_head", "processed"),
    };
  }
}

const EVENT_MARKS: ReadonlyMap<string, Mark> = new Map([
  ["smart_rollup_node_daemon_process_head", "process_head"],
  ["smart_rollup_node_layer_1_get_messages", "messages"],
  ["smart_rollup_node_daemon_new_head_processed", "processed"],
]);

export async function startMeasuredNode(options: MeasuredOptions): Promise<MeasuredNode> {
  const { dataDir, endpoint, rollup, operators } = options;
  const marks = new Marks();
  const times = new Map<number, StageTimes>();
  const done = new Set<number>();
  let waiting: (() => void)[] = [];
  const hear = ({ name, fields }: NodeEvent): void => {
    const mark = EVENT_MARKS.get(name);
    if (mark !== undefined) marks.set(mark);
    if (mark === "processed") times.set(Number(fields["level"]), marks.times());
    if (name === "smart_rollup_node_daemon_loop_process_finished") done.add(Number(fields["to"]));
    for (const wake of waiting.splice(0)) wake();
  };
  let server: RpcServer | undefined;
  let served = "";
  const addresses = operators.map(({ address }) => address);
  const [first] = addresses;
  const node = await startNode({
    config: {
      ...DEFAULTS,
      rollup: rollup.address,
      etherlink: false,
      mode: "operator",
      operators: first === undefined ? {} : { operating: first, batching: addresses, cementing: first },
      feeParameters: {},
      loopRetryDelay: 0.05,
      ...options.config,
    },
    dataDir,
    endpoint,
    signers: new Map(operators.map((account) => [account.address, signerOf(account)])),
    emit: hear,
    preimages: join(dataDir, "wasm_2_0_0"),
    now: options.now,
    parts: {
      openStore: async () => timedStore(new CachedStore(await SqliteStore.open(dataDir), 64), marks),
      async openEngines(reveals, onNews) {
        const engines = await (options.openEngines ?? threads(dataDir))(reveals, onNews);
        const { evaluate } = engines.engine;
        engines.engine.evaluate = async (evaluation) => {
          marks.set("evaluate");
          const evaluated = await evaluate.call(engines.engine, evaluation);
          marks.set("evaluated");
          return evaluated;
        };
        return engines;
      },
    },
    async onStarted(started) {
      server = new RpcServer(viewOf(started, { version: "test", historyMode: "archive", now: options.now }));
      served = await server.listen();
    },
  });
  return {
    node,
    endpoint: served,
    async level(level) {
      for (;;) {
        const found = times.get(level);
        if (found !== undefined && done.has(level)) return found;
        await Promise.race([node.finished, new Promise<void>((resolve) => waiting.push(resolve))]);
      }
    },
    async stop() {
      waiting = [];
      await server?.close();
      await node.stop();
    },
  };
}

function timedStore(store: Store, marks: Marks): Store {
  const write = store.write.bind(store);
  store.write = async (batch) => {
    marks.set("write");
    await write(batch);
    marks.set("written");
  };
  return store;
}

function threads(dataDir: string): NonNullable<MeasuredOptions["openEngines"]> {
  return (reveals, onNews) => openEngineThreads(dataDir, reveals, { engine: onNews });
}

function signerOf({ alias, address, key }: Account): Signer {
  return { name: alias, hash: address, publicKey: key.publicKey, sign: async (bytes) => sign(key, bytes) };
}
