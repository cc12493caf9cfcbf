// What tools without a node know of a rollup, as a port: a data directory (data-directory-rollup.ts), or a kernel and what it has read
// (recorded-rollup.ts).

import type { Commitment } from "../../../protocol/commitment.js";
import type { CommitmentHash } from "../../../protocol/identifiers.js";
import type { LevelCell } from "../../../protocol/inbox.js";
import type { AsyncInboxHistory } from "../../../protocol/inbox-proof.js";
import type { RollupMetadata } from "../../../protocol/reveal.js";
import type { Engine, Stretch } from "../../engine/engine.js";
import type { RevealRules } from "../../engine/reveals.js";

export interface OfflineRollup {
  /** How messages call it. */
  readonly name: string;
  readonly metadata: RollupMetadata;
  readonly rules: RevealRules;
  readonly engine: Pick<Engine, "statesAt" | "prove">;
  /** The period whose last level is given; `after`: the level before it, where that is known. Raises OfflineError, NodeError, EngineError. */
  period(inboxLevel: number, after?: number): Promise<Stretch>;
  /** Ticks that the levels of a period take. */
  ticksOf(period: Stretch): Promise<bigint>;
  /** The inbox, for proofs against a snapshot of it. Raises OfflineError when the snapshot is one of another inbox. */
  history(snapshot: LevelCell): Promise<AsyncInboxHistory>;
  /** The inbox at the end of a level; undefined when it is not known. */
  inboxCell(level: number): Promise<LevelCell | undefined>;
  /** A commitment of ours; undefined when it is none. */
  commitment(hash: CommitmentHash): Promise<Commitment | undefined>;
  close(): Promise<void>;
}
