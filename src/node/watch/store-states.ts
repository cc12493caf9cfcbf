// Own states out of a node's store and state store: those of a node that runs here, or of a data directory, read beside its node.

import { join } from "node:path";
import type { CommitmentHash, StateHash } from "../../protocol/identifiers.js";
import type { Engine } from "../engine/engine.js";
import { EngineThread } from "../engine/engine-thread.js";
import { EngineError } from "../engine/errors.js";
import type { RevealRules } from "../engine/reveals.js";
import { PREIMAGES_DIR, STATES_FILE } from "../engine/state-files.js";
import { disputedPeriod } from "../games/disputed-period.js";
import { NodeError } from "../node-error.js";
import { readMetadata } from "../store/metadata.js";
import { SqliteStore } from "../store/sqlite-store.js";
import type { Store } from "../store/store.js";
import { StoreError } from "../store/store-error.js";
import { type OwnStates, OwnStatesError } from "./own-states.js";

export class StoreStates implements OwnStates {
  readonly #store: Store;
  readonly #engine: Pick<Engine, "statesAt">;
  readonly #close: () => Promise<void>;

  constructor(
    readonly name: string,
    store: Store,
    engine: Pick<Engine, "statesAt">,
    close: () => Promise<void> = async () => undefined,
  ) {
    this.#store = store;
    this.#engine = engine;
    this.#close = close;
  }

  async headLevel(): Promise<number | undefined> {
    return (await guarded(this.#store.state())).head?.level;
  }

  async commitmentAt(inboxLevel: number): Promise<CommitmentHash | undefined> {
    return (await guarded(this.#store.blockAt(inboxLevel)))?.commitmentHash;
  }

  async statesAt(inboxLevel: number, ticks: readonly bigint[]): Promise<readonly (StateHash | undefined)[]> {
    const period = await guarded(disputedPeriod({ store: this.#store, failures: [] }, inboxLevel));
    const views = await guarded(this.#engine.statesAt(period, ticks));
    return ticks.map((_, i) => views[i]?.state);
  }

  close(): Promise<void> {
    return this.#close();
  }
}

async function guarded<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (!(error instanceof NodeError || error instanceof EngineError || error instanceof StoreError)) throw error;
    throw new OwnStatesError("node.watch.unknown_states", error.message, { cause: error });
  }
}

/** The states in a data directory, whose node may run meanwhile. Raises DataDirError, StoreError, EngineError; OwnStatesError for none. */
export async function openDataDirectoryStates(
  dataDir: string,
  rollup: string,
  { rules, script }: { readonly rules: RevealRules; readonly script?: URL },
): Promise<StoreStates> {
  const metadata = await readMetadata(dataDir);
  if (metadata?.genesisInfo === undefined) {
    throw new OwnStatesError("node.watch.unknown_states", `${dataDir} is not the data directory of a rollup node`);
  }
  if (metadata.rollupAddress !== rollup) {
    const text = `${dataDir} is the data directory of a node of ${metadata.rollupAddress}, not of ${rollup}`;
    throw new OwnStatesError("node.watch.unknown_states", text);
  }
  const store = await SqliteStore.open(dataDir, { readOnly: true });
  try {
    const engine = await EngineThread.start({
      path: join(dataDir, STATES_FILE),
      readOnly: true,
      reveals: {
        directory: join(dataDir, PREIMAGES_DIR),
        metadata: { address: metadata.rollupAddress, originationLevel: metadata.genesisInfo.level },
        rules,
      },
      ...(script === undefined ? {} : { script }),
    });
    const close = async (): Promise<void> => {
      await engine.close();
      await store.close();
    };
    return new StoreStates(dataDir, store, engine, close);
  } catch (error) {
    await store.close();
    throw error;
  }
}
