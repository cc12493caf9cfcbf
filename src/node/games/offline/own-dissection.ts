// The dissection of a stretch of ticks by our own states (protocol.md §4.3): the one that an honest player submits, with the phases that its
// ticks are in.

import { WASM_TICKS_PER_SNAPSHOT, wasmDissectionRules } from "../../../protocol/dissection.js";
import type { StateHash } from "../../../protocol/identifiers.js";
import type { Stretch } from "../../engine/engine.js";
import { OfflineError } from "./offline-error.js";
import type { OfflineRollup } from "./offline-rollup.js";

export interface OwnChunk {
  readonly tick: bigint;
  /** Absent where the machine does not get. */
  readonly state?: StateHash;
  readonly phase?: string;
}

export interface TickRange {
  /** Counted from the start of the period. */
  readonly start: bigint;
  readonly stop: bigint;
  readonly sections: number;
}

const RULES = wasmDissectionRules(WASM_TICKS_PER_SNAPSHOT);

/** Raises OfflineError "node.offline.no_such_tick" when there is nothing between the ticks, EngineError. */
export async function ownDissection(
  { engine, name }: Pick<OfflineRollup, "engine" | "name">,
  stretch: Stretch,
  { start, stop, sections }: TickRange,
): Promise<readonly OwnChunk[]> {
  if (start >= stop) {
    throw new OfflineError("node.offline.no_such_tick", `no ticks lie between ${start} and ${stop}`, String(start));
  }
  const ticks = RULES.chooseTicks(start, stop, sections);
  const views = await engine.statesAt(stretch, ticks);
  if (views.length === 0) {
    throw new OfflineError("node.offline.no_such_tick", `${name} does not get to tick ${start}`, String(start));
  }
  return ticks.map((tick, i) => {
    const view = views[i];
    return view === undefined ? { tick } : { tick, state: view.state, phase: view.phase };
  });
}
