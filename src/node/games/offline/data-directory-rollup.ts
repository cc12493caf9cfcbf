// A rollup as the data directory of its node has it (node.md §6): read only, so that the node may run meanwhile.

import { join } from "node:path";
import type { CommitmentHash } from "../../../protocol/identifiers.js";
import { hashLevelCell, type LevelCell } from "../../../protocol/inbox.js";
import type { AsyncInboxHistory } from "../../../protocol/inbox-proof.js";
import type { RollupMetadata } from "../../../protocol/reveal.js";
import type { PlannedFailure, Stretch } from "../../engine/engine.js";
import { LocalEngine } from "../../engine/local-engine.js";
import type { RevealRules } from "../../engine/reveals.js";
import { PREIMAGES_DIR, STATES_FILE } from "../../engine/state-files.js";
import { StateStore } from "../../engine/state-store.js";
import { SyncRecords } from "../../engine/sync-records.js";
import { readMetadata } from "../../store/metadata.js";
import { SqliteStore } from "../../store/sqlite-store.js";
import { disputedPeriod } from "../disputed-period.js";
import { inboxHistory } from "../inbox-history.js";
import { OfflineError } from "./offline-error.js";
import type { OfflineRollup } from "./offline-rollup.js";

export interface DataDirectoryRollupOptions {
  readonly rules: RevealRules;
  /** How the node of the directory means to fail; it does not mean to unless told otherwise. */
  readonly failures?: readonly PlannedFailure[];
  /** The compiled records-thread.js, where this is not run from its compiled form. */
  readonly script?: URL;
}

/** Raises OfflineError "node.offline.bad_data_dir", DataDirError, StoreError, EngineError. */
export async function openDataDirectoryRollup(
  dataDir: string,
  { rules, failures = [], script }: DataDirectoryRollupOptions,
): Promise<OfflineRollup> {
  const metadata = await rollupOf(dataDir);
  const store = await SqliteStore.open(dataDir, { readOnly: true });
  try {
    const records = new SyncRecords(join(dataDir, STATES_FILE), {
      readOnly: true,
      ...(script === undefined ? {} : { script }),
    });
    const engine = new LocalEngine({
      store: new StateStore(records),
      reveals: { directory: join(dataDir, PREIMAGES_DIR), metadata, rules },
    });
    return new DataDirectoryRollup(dataDir, metadata, rules, engine, store, failures);
  } catch (error) {
    await store.close();
    throw error;
  }
}

async function rollupOf(dataDir: string): Promise<RollupMetadata> {
  const bad = (why: string): OfflineError =>
    new OfflineError(
      "node.offline.bad_data_dir",
      `${dataDir}: not the data directory of a rollup node: ${why}`,
      dataDir,
    );
  const stored = await readMetadata(dataDir);
  if (stored === undefined) throw bad("it has no file `metadata`");
  if (stored.genesisInfo === undefined) throw bad("its file `metadata` does not say where the rollup began");
  if (stored.kind !== "wasm_2_0_0") throw bad(`its rollup is of kind ${stored.kind}`);
  return { address: stored.rollupAddress, originationLevel: stored.genesisInfo.level };
}

class DataDirectoryRollup implements OfflineRollup {
  constructor(
    readonly name: string,
    readonly metadata: RollupMetadata,
    readonly rules: RevealRules,
    readonly engine: LocalEngine,
    readonly store: SqliteStore,
    readonly failures: readonly PlannedFailure[],
  ) {}

  async period(inboxLevel: number): Promise<Stretch> {
    const last = await this.store.blockAt(inboxLevel);
    if (last === undefined) {
      const { head } = await this.store.state();
      const first = await this.store.firstAvailableLevel();
      const levels = head === undefined ? "no level" : `levels ${first ?? "?"} to ${head.level}`;
      const text = `${this.name} has ${levels}, and the game is about a commitment for level ${inboxLevel}`;
      throw new OfflineError("node.offline.missing_levels", text, String(inboxLevel));
    }
    if (last.commitmentHash === undefined) {
      const text = `${this.name} has no commitment for level ${inboxLevel}: the game is about another rollup`;
      throw new OfflineError("node.offline.unknown_commitment", text, String(inboxLevel));
    }
    return disputedPeriod(this, inboxLevel);
  }

  async ticksOf({ levels }: Stretch): Promise<bigint> {
    let ticks = 0n;
    for (const { level } of levels) ticks += (await this.store.blockAt(level))?.numTicks ?? 0n;
    return ticks;
  }

  async history(snapshot: LevelCell): Promise<AsyncInboxHistory> {
    const { level } = snapshot.content;
    const known = await this.store.inbox(hashLevelCell(snapshot));
    if (known === undefined && (await this.store.blockAt(level)) !== undefined) {
      const text = `the inbox of the game, of level ${level}, is not the one that ${this.name} has: another chain, or branch`;
      throw new OfflineError("node.offline.other_chain", text, String(level));
    }
    return inboxHistory(this.store);
  }

  async inboxCell(level: number): Promise<LevelCell | undefined> {
    const block = await this.store.blockAt(level);
    return block && (await this.store.inbox(block.inboxHash))?.oldLevelsMessages;
  }

  commitment(hash: CommitmentHash) {
    return this.store.commitment(hash);
  }

  async close(): Promise<void> {
    await this.engine.close();
    await this.store.close();
  }
}
