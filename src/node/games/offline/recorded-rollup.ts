// A rollup from its kernel and what it has read, without any node: levels are run from the first one to the disputed period, states stay in
// memory.

import { type Commitment, commitmentHash, genesisCommitment } from "../../../protocol/commitment.js";
import { type CommitmentHash, hashEquals, type StateHash } from "../../../protocol/identifiers.js";
import type { Inbox, LevelCell } from "../../../protocol/inbox.js";
import type { AsyncInboxHistory } from "../../../protocol/inbox-proof.js";
import type { RollupMetadata } from "../../../protocol/reveal.js";
import type { PvmVersion } from "../../../pvm/versions.js";
import type { LevelInput, PlannedFailure, Stretch } from "../../engine/engine.js";
import { LocalEngine } from "../../engine/local-engine.js";
import type { RevealRules } from "../../engine/reveals.js";
import { MemoryRecords, StateStore } from "../../engine/state-store.js";
import { OfflineError } from "./offline-error.js";
import type { OfflineRollup } from "./offline-rollup.js";
import { RecordedInbox } from "./recorded-inbox.js";

export interface RecordedRollupOptions {
  readonly name: string;
  readonly kernel: Uint8Array;
  readonly version: PvmVersion;
  readonly metadata: RollupMetadata;
  readonly rules: RevealRules;
  /** By increasing level. */
  readonly levels: readonly LevelInput[];
  /** Request in hexadecimal → data. */
  readonly reveals: ReadonlyMap<string, Uint8Array>;
  /** Levels of a commitment. */
  readonly commitmentPeriod: number;
  /** Level after which the disputed period starts, where it is not `commitmentPeriod` before its end. */
  readonly periodStart?: number;
  /** An inbox of the chain, from which those of the levels follow. */
  readonly inbox?: Inbox;
  readonly failures?: readonly PlannedFailure[];
}

export class RecordedRollup implements OfflineRollup {
  readonly name: string;
  readonly metadata: RollupMetadata;
  readonly rules: RevealRules;
  readonly engine: LocalEngine;
  readonly #options: RecordedRollupOptions;
  /** Levels that the rollup reads. */
  readonly #levels: readonly LevelInput[];
  readonly #inbox: RecordedInbox;
  readonly #ends = new Map<number, Promise<StateHash>>();
  readonly #ticks = new Map<number, bigint>();

  /** Raises OfflineError "node.offline.missing_levels" for levels with a gap. */
  constructor(options: RecordedRollupOptions) {
    const { name, metadata, rules, levels, reveals, inbox } = options;
    this.name = name;
    this.metadata = metadata;
    this.rules = rules;
    this.#options = options;
    checkRow(levels, name);
    const { originationLevel } = metadata;
    // The debugger's inboxes begin with level 0, which is that of no origination.
    this.#levels = levels.filter(({ level }) => level > originationLevel || originationLevel === 0);
    this.#inbox = new RecordedInbox(levels, inbox);
    this.engine = new LocalEngine({
      store: new StateStore(new MemoryRecords()),
      reveals: { metadata, rules, recorded: reveals },
    });
  }

  /** The last level; that of the origination when nothing was read. */
  get lastLevel(): number {
    return this.#levels.at(-1)?.level ?? this.#firstLevel - 1;
  }

  get #firstLevel(): number {
    return this.#levels[0]?.level ?? this.metadata.originationLevel + 1;
  }

  async period(inboxLevel: number, after?: number): Promise<Stretch> {
    const before = after ?? this.#options.periodStart ?? inboxLevel - this.#options.commitmentPeriod;
    if (before < this.#firstLevel - 1 || inboxLevel > this.lastLevel || before >= inboxLevel) {
      const have = this.#levels.length === 0 ? "none" : `${this.#firstLevel} to ${this.lastLevel}`;
      const text = `the game is about levels ${before + 1} to ${inboxLevel}, and ${this.name} has ${have}`;
      throw new OfflineError("node.offline.missing_levels", text, String(inboxLevel));
    }
    return this.stretch(before, inboxLevel);
  }

  /** The levels after one, up to another. */
  async stretch(before: number, last: number): Promise<Stretch> {
    const levels = this.#levels.filter(({ level }) => level > before && level <= last);
    return { before: await this.#end(before), levels, ...this.#plan(before, last) };
  }

  async ticksOf({ levels }: Stretch): Promise<bigint> {
    await this.#end(levels.at(-1)?.level ?? this.#firstLevel - 1);
    return levels.reduce((sum, { level }) => sum + (this.#ticks.get(level) ?? 0n), 0n);
  }

  /** From the origination to the last level. */
  wholeRun(): Promise<Stretch> {
    return this.stretch(this.#firstLevel - 1, this.lastLevel);
  }

  #plan(before: number, last: number): { readonly failures?: readonly PlannedFailure[] } {
    const failures = this.#options.failures?.filter(({ level }) => level > before && level <= last) ?? [];
    return failures.length === 0 ? {} : { failures };
  }

  /** The state after a level. */
  #end(level: number): Promise<StateHash> {
    const known = this.#ends.get(level);
    if (known !== undefined) return known;
    const end = this.#computeEnd(level);
    this.#ends.set(level, end);
    return end;
  }

  async #computeEnd(level: number): Promise<StateHash> {
    const { kernel, version } = this.#options;
    let from = this.#firstLevel - 1;
    for (const known of this.#ends.keys()) if (known < level && known > from) from = known;
    const genesis = (): Promise<StateHash> => this.engine.genesis(kernel, version, []);
    let state = await (from === this.#firstLevel - 1 ? genesis() : this.#end(from));
    for (const input of this.#levels) {
      if (input.level <= from || input.level > level) continue;
      const failures = this.#plan(input.level - 1, input.level);
      const { after, ticks } = await this.engine.evaluate({ before: state, ...input, ...failures });
      state = after;
      this.#ticks.set(input.level, ticks);
    }
    return state;
  }

  async history(snapshot: LevelCell): Promise<AsyncInboxHistory> {
    return this.#inbox.history(snapshot);
  }

  async inboxCell(level: number): Promise<LevelCell | undefined> {
    return this.#inbox.cell(level);
  }

  /** Only the first one is known: others take more ticks than hashes tell. */
  async commitment(hash: CommitmentHash): Promise<Commitment | undefined> {
    const state = await this.#end(this.#firstLevel - 1);
    const genesis = genesisCommitment(state, this.metadata.originationLevel);
    return hashEquals(commitmentHash(genesis), hash) ? genesis : undefined;
  }

  async close(): Promise<void> {
    await this.engine.close();
  }
}

function checkRow(levels: readonly LevelInput[], name: string): void {
  for (const [i, { level }] of levels.entries()) {
    const before = levels[i - 1]?.level;
    if (before === undefined || level === before + 1) continue;
    const text = `${name}: level ${level} follows level ${before}: a game is about all levels in between`;
    throw new OfflineError("node.offline.missing_levels", text, String(before + 1));
  }
}
