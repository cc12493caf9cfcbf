// Tables `commitments` (by hash) and `commitments_published_at_levels` (when they came to layer 1): node.md §6.2.

import type { Commitment } from "../../protocol/commitment.js";
import type { CommitmentHash, StateHash } from "../../protocol/identifiers.js";
import type { SqlRow, SqlRunner } from "./database.js";
import type { HashedCommitment, Publication } from "./store.js";
import { base58, StoredRow } from "./values.js";

const COLUMNS = "compressed_state, inbox_level, predecessor, CAST(number_of_ticks AS TEXT) AS number_of_ticks";

export async function insertCommitment(runner: SqlRunner, hash: CommitmentHash, commitment: Commitment): Promise<void> {
  await runner.run(
    `REPLACE INTO commitments (hash, compressed_state, inbox_level, predecessor, number_of_ticks) VALUES (?, ?, ?, ?, ?)`,
    [
      base58("commitmentHash", hash),
      base58("stateHash", commitment.compressedState),
      commitment.inboxLevel,
      base58("commitmentHash", commitment.predecessor),
      commitment.numberOfTicks,
    ],
  );
}

function commitmentOf(row: SqlRow): Commitment {
  const stored = new StoredRow("commitments", row);
  return {
    compressedState: stored.hash<StateHash>("compressed_state", "stateHash"),
    inboxLevel: stored.integer("inbox_level"),
    predecessor: stored.hash<CommitmentHash>("predecessor", "commitmentHash"),
    numberOfTicks: stored.natural("number_of_ticks"),
  };
}

export async function selectCommitment(runner: SqlRunner, hash: CommitmentHash): Promise<Commitment | undefined> {
  const row = await runner.get(`SELECT ${COLUMNS} FROM commitments WHERE hash = ?`, [base58("commitmentHash", hash)]);
  return row === undefined ? undefined : commitmentOf(row);
}

export async function selectCommitments(
  runner: SqlRunner,
  from: number,
  to: number,
): Promise<readonly HashedCommitment[]> {
  const sql = `SELECT hash, ${COLUMNS} FROM commitments WHERE inbox_level BETWEEN ? AND ? ORDER BY inbox_level, hash`;
  return (await runner.all(sql, [from, to])).map((row) => ({
    hash: new StoredRow("commitments", row).hash<CommitmentHash>("hash", "commitmentHash"),
    commitment: commitmentOf(row),
  }));
}

export async function insertPublication(
  runner: SqlRunner,
  hash: CommitmentHash,
  publication: Publication,
): Promise<void> {
  await runner.run(
    `REPLACE INTO commitments_published_at_levels (commitment_hash, first_published_at_level, published_at_level)
       VALUES (?, ?, ?)`,
    [base58("commitmentHash", hash), publication.firstPublishedAt, publication.publishedAt ?? null],
  );
}

export async function selectPublication(runner: SqlRunner, hash: CommitmentHash): Promise<Publication | undefined> {
  const row = await runner.get(
    `SELECT first_published_at_level, published_at_level FROM commitments_published_at_levels WHERE commitment_hash = ?`,
    [base58("commitmentHash", hash)],
  );
  if (row === undefined) return undefined;
  const stored = new StoredRow("commitments_published_at_levels", row);
  return {
    firstPublishedAt: stored.integer("first_published_at_level"),
    ...(stored.isNull("published_at_level") ? {} : { publishedAt: stored.integer("published_at_level") }),
  };
}
