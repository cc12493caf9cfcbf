// How far the content of a block is committed to layer 1 (reference: `committed_status` in publisher.ml): by the commitment that follows the
// block, made or not yet. Times are estimates from the shortest time between blocks.

import type { Json } from "../../../encoding/json.js";
import { type CommitmentHash, commitmentHashForm } from "../../../protocol/identifiers.js";
import type { L2Block } from "../../l2-block.js";
import { failure } from "../answer.js";
import type { NodeView, ViewConstants } from "../node-view.js";
import { l2BlockAt } from "./blocks.js";

/** Blocks on top of a block that make it final. */
const BLOCKS_TO_FINALITY = 2;

export async function committedStatus(node: NodeView, block: L2Block): Promise<Json> {
  const { constants } = node.protocol();
  const { head } = await node.store.state();
  if (head === undefined) throw failure("No head");
  const next = await nextCommitment(node, block, constants);
  const published = next.hash === undefined ? undefined : await node.store.publication(next.hash);
  const timeOf = (level: number) => estimatedTime(node.now(), level - head.level, constants.minimalBlockDelay);
  const window = constants.rollup.challengeWindow;
  if (next.hash === undefined || published === undefined) {
    return {
      uncommitted: {
        commitment_level: next.level,
        estimated_commitment_time: timeOf(next.level + BLOCKS_TO_FINALITY),
        estimated_cementation_time: timeOf(next.level + window),
      },
    };
  }
  const commitment = {
    commitment_hash: commitmentHashForm.toJson(next.hash),
    commitment_level: next.level,
    first_published_level: published.firstPublishedAt,
    published_level: published.publishedAt ?? null,
  };
  const lcc = node.lastCemented();
  if (block.level <= lcc.level) {
    return { cemented: { ...commitment, blocks_since_cemented: lcc.level - block.level } };
  }
  return { committed: { ...commitment, estimated_cementation_time: timeOf(published.firstPublishedAt + window) } };
}

/** The commitment after the one before a block. Without a hash: it is not made yet. */
async function nextCommitment(
  node: NodeView,
  block: L2Block,
  constants: ViewConstants,
): Promise<{ readonly level: number; readonly hash?: CommitmentHash }> {
  const previous = await node.store.commitment(block.previousCommitmentHash);
  if (previous === undefined) {
    throw failure(`Could not retrieve commitment ${commitmentHashForm.toJson(block.previousCommitmentHash)}`);
  }
  const level = previous.inboxLevel + constants.rollup.commitmentPeriod;
  const made = await l2BlockAt(node, level);
  return { level, ...(made?.commitmentHash === undefined ? {} : { hash: made.commitmentHash }) };
}

const MAX_TIME_MS = Date.UTC(9999, 11, 31);

/** RFC 3339 with milliseconds, as Octez prints the time of its own clock. */
function estimatedTime(nowMs: number, blocks: number, blockSeconds: bigint): string {
  const seconds = Math.floor(nowMs / 1000) + blocks * Number(blockSeconds);
  const time = new Date(Math.max(0, Math.min(seconds * 1000, MAX_TIME_MS)));
  return time.toISOString().replace("Z", "-00:00");
}
