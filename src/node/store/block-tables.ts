// Tables `l2_blocks` (every block that was processed, by hash) and `l2_levels` (the chain that is followed, by level): node.md §6.2.

import type { BlockHash, CommitmentHash, StateHash } from "../../protocol/identifiers.js";
import type { InboxHash, PayloadCellHash } from "../../protocol/inbox-hashes.js";
import type { L2Block, L2Head } from "../l2-block.js";
import type { SqlRow, SqlRunner } from "./database.js";
import { base58, pvmStatusToBlob, StoredRow } from "./values.js";

const COLUMNS = `b.block_hash, b.level, b.predecessor, b.commitment_hash, b.previous_commitment_hash, b.context, b.inbox_witness,
  b.inbox_hash, b.initial_tick, CAST(b.num_ticks AS TEXT) AS num_ticks, b.state_hash, b.pvm_status`;
const OF_CHAIN = `SELECT ${COLUMNS} FROM l2_blocks AS b INNER JOIN l2_levels AS l ON l.block_hash = b.block_hash`;

export async function insertBlock(runner: SqlRunner, block: L2Block): Promise<void> {
  await runner.run(
    `REPLACE INTO l2_blocks (block_hash, level, predecessor, commitment_hash, previous_commitment_hash, context, inbox_witness,
       inbox_hash, initial_tick, num_ticks, state_hash, pvm_status) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    [
      base58("blockHash", block.hash),
      block.level,
      base58("blockHash", block.predecessor),
      block.commitmentHash === undefined ? null : base58("commitmentHash", block.commitmentHash),
      base58("commitmentHash", block.previousCommitmentHash),
      block.context === undefined ? null : base58("rollupContextHash", block.context),
      base58("inboxPayloadsHash", block.inboxWitness),
      base58("inboxHash", block.inboxHash),
      block.initialTick.toString(),
      block.numTicks,
      base58("stateHash", block.stateHash),
      pvmStatusToBlob(block.pvmStatus),
    ],
  );
}

/** State hash and status are missing in blocks that Octez stored before it had the columns: then the block cannot be read. */
export function blockOf(row: SqlRow): L2Block {
  const stored = new StoredRow("l2_blocks", row);
  return {
    hash: stored.hash<BlockHash>("block_hash", "blockHash"),
    level: stored.integer("level"),
    predecessor: stored.hash<BlockHash>("predecessor", "blockHash"),
    ...(stored.isNull("commitment_hash")
      ? {}
      : { commitmentHash: stored.hash<CommitmentHash>("commitment_hash", "commitmentHash") }),
    previousCommitmentHash: stored.hash<CommitmentHash>("previous_commitment_hash", "commitmentHash"),
    ...(stored.isNull("context") ? {} : { context: stored.hash<Uint8Array>("context", "rollupContextHash") }),
    inboxWitness: stored.hash<PayloadCellHash>("inbox_witness", "inboxPayloadsHash"),
    inboxHash: stored.hash<InboxHash>("inbox_hash", "inboxHash"),
    initialTick: stored.natural("initial_tick"),
    numTicks: stored.natural("num_ticks"),
    stateHash: stored.hash<StateHash>("state_hash", "stateHash"),
    pvmStatus: stored.pvmStatus("pvm_status"),
  };
}

function optionalBlock(row: SqlRow | undefined): L2Block | undefined {
  return row === undefined ? undefined : blockOf(row);
}

export async function selectBlock(runner: SqlRunner, hash: BlockHash): Promise<L2Block | undefined> {
  const sql = `SELECT ${COLUMNS} FROM l2_blocks AS b WHERE b.block_hash = ?`;
  return optionalBlock(await runner.get(sql, [base58("blockHash", hash)]));
}

export async function selectBlockAt(runner: SqlRunner, level: number): Promise<L2Block | undefined> {
  return optionalBlock(await runner.get(`${OF_CHAIN} AND l.level = ?`, [level]));
}

export async function selectBlocks(runner: SqlRunner, from: number, to: number): Promise<readonly L2Block[]> {
  return (await runner.all(`${OF_CHAIN} WHERE l.level BETWEEN ? AND ? ORDER BY l.level`, [from, to])).map(blockOf);
}

export async function selectFirstCommitted(runner: SqlRunner): Promise<L2Block | undefined> {
  return optionalBlock(await runner.get(`${OF_CHAIN} AND b.context IS NOT NULL ORDER BY l.level LIMIT 1`));
}

export async function selectLastCommitted(runner: SqlRunner, atOrBelow: number): Promise<L2Block | undefined> {
  const sql = `${OF_CHAIN} AND b.context IS NOT NULL WHERE l.level <= ? ORDER BY l.level DESC LIMIT 1`;
  return optionalBlock(await runner.get(sql, [atOrBelow]));
}

export async function selectLowestLevel(runner: SqlRunner): Promise<number | undefined> {
  const row = new StoredRow("l2_blocks", (await runner.get("SELECT min(level) AS level FROM l2_blocks")) ?? {});
  return row.isNull("level") ? undefined : row.integer("level");
}

export async function insertLevels(runner: SqlRunner, levels: readonly L2Head[]): Promise<void> {
  const rows = levels.map(({ level, hash }) => [level, base58("blockHash", hash)]);
  await runner.insertMany("REPLACE INTO l2_levels (level, block_hash)", rows);
}

export async function selectHashAt(runner: SqlRunner, level: number): Promise<BlockHash | undefined> {
  const row = await runner.get("SELECT block_hash FROM l2_levels WHERE level = ?", [level]);
  return row === undefined ? undefined : new StoredRow("l2_levels", row).hash<BlockHash>("block_hash", "blockHash");
}
