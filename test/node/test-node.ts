// Nodes for tests, in this process: on a sandbox chain over HTTP, with a store in a temporary directory and the engine in place. The chain moves
// only when a test bakes; `settled` waits until the node has done all that a head makes it do.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { type Configuration, DEFAULTS } from "../../src/node/config/configuration.js";
import type { Mode } from "../../src/node/config/modes.js";
import { LocalEngine } from "../../src/node/engine/local-engine.js";
import { MemoryRecords, StateStore, type WritableRecords } from "../../src/node/engine/state-store.js";
import type { NodeEvent } from "../../src/node/events.js";
import { type NodeParts, type RunningNode, startNode } from "../../src/node/start-node.js";
import { SqliteStore } from "../../src/node/store/sqlite-store.js";
import { signerOf, type TestNetwork } from "../l1/client/network.js";
import { type Account, ALICE } from "../l1/sandbox/chain.js";
import type { Rollup } from "../l1/sandbox/rollup.js";

export interface TestNode extends RunningNode {
  readonly events: readonly NodeEvent[];
  /** Waits until the node has taken in the chain's head, and injected what it wanted to. */
  settled(): Promise<void>;
  eventsNamed(name: string): readonly NodeEvent[];
  /** Waits until something has been told that holds this, unless it has been. Raises what ends the node before. */
  told(holds: (event: NodeEvent) => boolean): Promise<NodeEvent>;
}

export interface TestNodeOptions {
  readonly mode?: Mode;
  readonly account?: Account;
  readonly config?: Partial<Configuration>;
  /** Of a node that was here before. */
  readonly dataDir?: string;
  readonly records?: WritableRecords;
  /** In place of the usual ones. */
  readonly parts?: Partial<NodeParts>;
}

export function configuration(
  rollup: Rollup,
  { mode = "operator", account = ALICE, config = {} }: TestNodeOptions = {},
): Configuration {
  const key = account.address;
  const operators =
    mode === "observer"
      ? {}
      : { operating: key, batching: [key], cementing: key, recovering: key, executing_outbox: key };
  return {
    ...DEFAULTS,
    rollup: rollup.address,
    etherlink: false,
    mode,
    operators,
    feeParameters: {},
    loopRetryDelay: 0.05,
    ...config,
  };
}

export function temporaryDirectory(): string {
  const path = mkdtempSync(join(tmpdir(), "tickproof-node-"));
  afterAll(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** Stopped after the tests, unless it is before. */
export async function startTestNode(
  network: TestNetwork,
  rollup: Rollup,
  options: TestNodeOptions = {},
): Promise<TestNode> {
  const events: NodeEvent[] = [];
  const dataDir = options.dataDir ?? temporaryDirectory();
  const config = configuration(rollup, options);
  const account = options.account ?? ALICE;
  const store = new StateStore(options.records ?? new MemoryRecords());
  const waiting: (() => void)[] = [];
  const wake = (): void => {
    for (const resolve of waiting.splice(0)) resolve();
  };
  const node = await startNode({
    config,
    dataDir,
    endpoint: network.endpoint,
    signers: new Map([[account.address, signerOf(account)]]),
    emit: (event) => {
      events.push(event);
      wake();
    },
    preimages: join(dataDir, "wasm_2_0_0"),
    // The chain's clock: batches need not wait for a block that comes when the test says so.
    now: () => Number(network.chain.head.shell.timestamp + 1_000_000n) * 1000,
    parts: {
      openStore: () => SqliteStore.open(dataDir, { synchronous: "NORMAL" }),
      openEngines: async (reveals, onNews) => ({
        engine: new LocalEngine({ store, reveals, onNews }),
        reader: new LocalEngine({ store, reveals }),
        player: new LocalEngine({ store, reveals }),
      }),
      ...options.parts,
    },
  });
  node.games?.onLevel(() => wake());
  const isSettled = (): boolean =>
    (node.games === undefined || node.games.lastLevel >= network.chain.level) &&
    events.some(
      ({ name, fields }) =>
        name === "smart_rollup_node_daemon_loop_process_finished" && fields["to"] === network.chain.level,
    );
  const stopped = (): never => {
    throw new Error("the node was stopped while it was waited for");
  };
  const stirred = (): Promise<void> =>
    Promise.race([node.finished.then(stopped), new Promise<void>((resolve) => waiting.push(resolve))]);
  const settled = async (): Promise<void> => {
    while (!isSettled()) await stirred();
    await node.injectors.inject();
  };
  const told = async (holds: (event: NodeEvent) => boolean): Promise<NodeEvent> => {
    for (;;) {
      const event = events.find(holds);
      if (event !== undefined) return event;
      await stirred();
    }
  };
  afterAll(() => node.stop());
  return {
    ...node,
    get finished() {
      return node.finished;
    },
    events,
    settled,
    told,
    eventsNamed: (name) => events.filter((event) => event.name === name),
  };
}
