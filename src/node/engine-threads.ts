// The node's engines, as threads on its data directory.

import { join } from "node:path";
import type { EngineNews } from "./engine/engine.js";
import { EngineThread } from "./engine/engine-thread.js";
import type { RevealSettings } from "./engine/reveals.js";
import { SplitEngine } from "./engine/split-engine.js";
import { STATES_FILE } from "./engine/state-files.js";
import type { NodeEngines } from "./start-node.js";

export interface EngineListeners {
  readonly engine: (news: EngineNews) => void;
  readonly player?: (news: EngineNews) => void;
}

/** As in EngineThreadOptions. */
export interface EngineThreadsOptions {
  readonly script?: URL;
  readonly checkpoints?: number;
}

/**
 * One thread that writes states, two that read them, for the RPC is not to wait for games, nor either for levels; and one for what the RPC asks that
 * takes long, from the first time on. Raises EngineError "node.engine.store".
 */
export async function openEngineThreads(
  dataDir: string,
  reveals: RevealSettings,
  hear: EngineListeners,
  { script, checkpoints }: EngineThreadsOptions = {},
): Promise<NodeEngines> {
  const common = {
    path: join(dataDir, STATES_FILE),
    reveals,
    ...(script === undefined ? {} : { script }),
    ...(checkpoints === undefined ? {} : { checkpoints }),
  };
  const reading = { ...common, readOnly: true };
  const engine = await EngineThread.start({ ...common, readOnly: false, onNews: hear.engine });
  const reader = new SplitEngine(await EngineThread.start(reading), () => EngineThread.start(reading));
  const player = await EngineThread.start({
    ...reading,
    ...(hear.player === undefined ? {} : { onNews: hear.player }),
  });
  return { engine, reader, player };
}
