// The commitments that a node makes, one every period (node.md §3.7; reference: publisher.ml).

import { encodeBase58Check } from "../../encoding/base58check.js";
import { type Commitment, commitmentHash, genesisCommitment } from "../../protocol/commitment.js";
import { type CommitmentHash, hashEquals, type StateHash } from "../../protocol/identifiers.js";
import { commitmentEvents } from "../events/commitment-events.js";
import type { L2Block } from "../l2-block.js";
import type { NodeContext } from "../node-context.js";
import { NodeError } from "../node-error.js";

export interface MadeCommitment {
  readonly hash: CommitmentHash;
  readonly commitment: Commitment;
}

/** What a commitment is made from, beside its level. */
export type CommitmentSource = Pick<NodeContext, "emit" | "store" | "protocol">;

/** The newest commitment at or before a block. */
export function mostRecentCommitment({ commitmentHash, previousCommitmentHash }: L2Block): CommitmentHash {
  return commitmentHash ?? previousCommitmentHash;
}

/** Raises NodeError when layer 1 has another one: then this is another kernel. */
export function makeGenesisCommitment(node: NodeContext, state: StateHash): MadeCommitment {
  const { level, commitmentHash: expected } = node.genesis;
  node.emit(commitmentEvents.computeCommitment({ level }));
  const commitment = genesisCommitment(state, level);
  const hash = commitmentHash(commitment);
  if (!hashEquals(hash, expected)) throw invalidGenesis(hash, expected, state);
  return { hash, commitment };
}

function invalidGenesis(found: CommitmentHash, expected: CommitmentHash, state: StateHash): NodeError {
  const text = (hash: CommitmentHash): string => encodeBase58Check("commitmentHash", hash);
  const fields = { expected: text(expected), actual: text(found), state: encodeBase58Check("stateHash", state) };
  return new NodeError(
    "sc_rollup.node.invalid_genesis_state",
    `Computed genesis commitment hash (${fields.actual}) is different from the rollup genesis commitment (${fields.expected}) with state ${fields.state}`,
    fields,
  );
}

export interface LevelEnd {
  readonly level: number;
  readonly predecessor: L2Block;
  readonly state: StateHash;
  /** Tick of the machine after the level. */
  readonly tick: bigint;
}

/** The commitment of a level; undefined when none is due there. */
export async function makeCommitment(node: CommitmentSource, end: LevelEnd): Promise<MadeCommitment | undefined> {
  const predecessor = mostRecentCommitment(end.predecessor);
  const previous = await node.store.commitment(predecessor);
  if (previous === undefined) {
    const text = encodeBase58Check("commitmentHash", predecessor);
    throw new NodeError("sc_rollup.node.missing_block", `the commitment ${text} is not in the store`);
  }
  if (end.level !== previous.inboxLevel + node.protocol.constants.rollup.commitmentPeriod) return undefined;
  node.emit(commitmentEvents.computeCommitment({ level: end.level }));
  const from = await blockOf(node, end.predecessor, previous.inboxLevel);
  const commitment: Commitment = {
    compressedState: end.state,
    inboxLevel: end.level,
    predecessor,
    numberOfTicks: end.tick - (from.initialTick + from.numTicks),
  };
  const hash = commitmentHash(commitment);
  node.emit(commitmentEvents.newCommitment({ hash, level: end.level }));
  return { hash, commitment };
}

/** The block of a level on the branch of another. */
async function blockOf(node: CommitmentSource, from: L2Block, level: number): Promise<L2Block> {
  let block: L2Block = from;
  while (block.level > level) {
    const before = await node.store.block(block.predecessor);
    if (before === undefined) {
      const hash = encodeBase58Check("blockHash", block.predecessor);
      throw new NodeError("sc_rollup.node.missing_block", `the block ${hash} is not in the store`, { hash });
    }
    block = before;
  }
  return block;
}
