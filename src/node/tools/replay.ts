// Blocks evaluated again, and compared with what the store has of them (node.md §1.3; reference: `Replay` in rollup_node_daemon.ml). Nothing
// of the data directory is written.

import { encodeBase58Check } from "../../encoding/base58check.js";
import type { NodeRecord } from "../../merkle/stored-nodes.js";
import type { Commitment } from "../../protocol/commitment.js";
import { type BlockHash, hashEquals } from "../../protocol/identifiers.js";
import type { Engine, PlannedFailure } from "../engine/engine.js";
import { MemoryRecords, type WritableRecords } from "../engine/state-store.js";
import { commitment as commitmentField } from "../events/fields.js";
import type { L2Block } from "../l2-block.js";
import { type CommitmentSource, makeCommitment } from "../stages/commitment.js";
import type { StoredBlock } from "../store/store.js";
import { requireBlockOf } from "./levels.js";
import { ToolError } from "./tool-error.js";

export interface ReplayParts extends CommitmentSource {
  readonly engine: Pick<Engine, "evaluate">;
  /** How the node of the directory meant to fail. */
  readonly failures: readonly PlannedFailure[];
}

/** A block with its messages. Raises ToolError. */
export async function blockToReplay({ store }: Pick<ReplayParts, "store">, hash: BlockHash): Promise<StoredBlock> {
  const block = await requireBlockOf(store, hash);
  const full = await store.fullBlock(hash);
  if (full !== undefined) return full;
  const text = `what belongs to the block of level ${block.level} is not in the store`;
  throw new ToolError("node.tool.incomplete_block", text, String(block.level));
}

/** What evaluating a block again gives that the store has otherwise, in Octez's words. Raises ToolError, EngineError, StoreError. */
export async function replayBlock(parts: ReplayParts, block: StoredBlock): Promise<readonly string[]> {
  const { engine, store } = parts;
  const { level, messages } = block;
  const predecessor = await requireBlockOf(store, block.predecessor);
  const failures = parts.failures.filter((failure) => failure.level === level);
  const evaluated = await engine.evaluate({ before: predecessor.stateHash, level, messages, failures });
  const { after, ticks, initialTick } = evaluated;
  const made = await makeCommitment(parts, { level, predecessor, state: after, tick: initialTick + ticks });
  const differences: string[] = [];
  if (ticks !== block.numTicks) {
    differences.push(`Computed block has ${ticks} ticks but stored as ${block.numTicks} ticks`);
  }
  if (initialTick !== block.initialTick) {
    const stored = `stored with initial tick ${block.initialTick}`;
    differences.push(`Computed block starts with initial tick ${initialTick} but ${stored}`);
  }
  if (!isCommitmentOf(block, made?.hash)) {
    const texts = [made?.commitment, block.commitment].map(commitmentText);
    differences.push(`Computed block has commitment ${texts[0]} but stored with commitment ${texts[1]}`);
  }
  if (!hashEquals(after, block.stateHash)) {
    const texts = [after, block.stateHash].map((state) => encodeBase58Check("stateHash", state));
    differences.push(`Computed block has PVM state ${texts[0]} but stored with PVM state ${texts[1]}`);
  }
  return differences;
}

function isCommitmentOf({ commitmentHash: stored }: L2Block, made: Uint8Array | undefined): boolean {
  if (stored === undefined || made === undefined) return stored === made;
  return hashEquals(stored, made);
}

function commitmentText(commitment: Commitment | undefined): string {
  return commitment === undefined ? "None" : commitmentField.text(commitment);
}

/** Records that are read from others and written to memory. */
export class RecordsOver implements WritableRecords {
  readonly #own = new MemoryRecords();

  constructor(readonly below: WritableRecords) {}

  get(hash: Uint8Array): Uint8Array | undefined {
    return this.#own.get(hash) ?? this.below.get(hash);
  }

  put(records: readonly NodeRecord[]): void {
    this.#own.put(records);
  }

  close(): void {
    this.below.close();
  }
}
