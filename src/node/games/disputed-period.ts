// The period that a game is about (node.md §3.8): the levels between our commitment at its inbox level and the one before, as a stretch for the
// engine. Ticks of a game count from the start of the period.

import { encodeBase58Check } from "../../encoding/base58check.js";
import type { KnownState, LevelInput, Stretch } from "../engine/engine.js";
import type { L2Block } from "../l2-block.js";
import type { NodeContext } from "../node-context.js";
import { NodeError } from "../node-error.js";

/** What is asked of a node: what it has stored, and how it means to fail. */
export type PeriodSource = Pick<NodeContext, "store" | "failures">;

/** Raises NodeError when the store lacks something of the period. */
export async function disputedPeriod(node: PeriodSource, inboxLevel: number): Promise<Stretch> {
  const { store } = node;
  const last = await blockAt(node, inboxLevel);
  const hash = last.commitmentHash ?? last.previousCommitmentHash;
  const commitment = await store.commitment(hash);
  const before = commitment && (await store.commitment(commitment.predecessor));
  if (commitment === undefined || before === undefined) {
    const text = encodeBase58Check("commitmentHash", hash);
    throw new NodeError("sc_rollup.node.missing_block", `the commitment ${text} or the one before is not in the store`);
  }
  const start = await blockAt(node, before.inboxLevel);
  const levels: LevelInput[] = [];
  const known: KnownState[] = [];
  for (let level = before.inboxLevel + 1; level <= inboxLevel; level++) {
    const block = await blockAt(node, level);
    levels.push(await levelInput(node, block));
    known.push({
      tick: block.initialTick + block.numTicks - start.initialTick - start.numTicks,
      state: block.stateHash,
    });
  }
  const failures = node.failures.filter(({ level }) => level > before.inboxLevel && level <= inboxLevel);
  return { before: start.stateHash, levels, known, ...(failures.length === 0 ? {} : { failures }) };
}

async function blockAt(node: PeriodSource, level: number): Promise<L2Block> {
  const block = await node.store.blockAt(level);
  if (block === undefined) {
    throw new NodeError("sc_rollup.node.missing_block", `the block of level ${level} is not in the store`, { level });
  }
  return block;
}

async function levelInput(node: PeriodSource, block: L2Block): Promise<LevelInput> {
  const { level } = block;
  const messages = await node.store.messages(block.inboxWitness);
  if (messages === undefined) {
    throw new NodeError("sc_rollup.node.missing_block", `the messages of level ${level} are not in the store`, {
      level,
    });
  }
  return { level, messages };
}
