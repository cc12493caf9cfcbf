// Own states of an observer that the watcher runs itself, from the rollup's origination on, in a data directory of its own.

import type { RollupAddress } from "../../protocol/identifiers.js";
import { DEFAULTS } from "../config/configuration.js";
import type { Emit } from "../events.js";
import { runNode } from "../run-node.js";
import type { RunningNode } from "../start-node.js";
import type { OwnStates } from "./own-states.js";
import { StoreStates } from "./store-states.js";

export interface OwnObserverOptions {
  readonly endpoint: string;
  readonly rollup: RollupAddress;
  readonly dataDir: string;
  readonly version: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly emit: Emit;
  readonly signal: AbortSignal;
  /** Hears of what the observer cannot go on after. */
  readonly onFailure: (error: unknown) => void;
}

/** Starts it; gives its states once it follows the chain. Raises what starting a node raises. */
export async function startOwnObserver(options: OwnObserverOptions): Promise<OwnStates> {
  const { endpoint, rollup, dataDir, version, now, emit, signal, onFailure } = options;
  const stopping = new AbortController();
  let ended: Promise<unknown> = Promise.resolve();
  const running = await new Promise<RunningNode>((resolve, reject) => {
    ended = runNode({
      // Its RPC is nobody's business: any free port.
      config: { ...DEFAULTS, rollup, etherlink: false, mode: "observer", feeParameters: {}, rpcPort: 0 },
      dataDir,
      endpoint,
      signers: new Map(),
      emit,
      version,
      now,
      signal: AbortSignal.any([signal, stopping.signal]),
      onRunning: resolve,
    });
    ended.then(
      () => reject(new Error("the observer was stopped before it was ready")),
      (error: unknown) => {
        reject(error);
        onFailure(error);
      },
    );
  });
  const { store, player } = running.context;
  return new StoreStates("an observer of its own", store, player, async () => {
    stopping.abort();
    await ended.catch(() => undefined);
  });
}
