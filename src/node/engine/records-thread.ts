// The thread that owns a connection to the database of Merkle nodes. It answers one question at a time.

import { workerData } from "node:worker_threads";
import { hashKey } from "../../merkle/hashed.js";
import { childHashes, type NodeRecord } from "../../merkle/stored-nodes.js";
import type { Database } from "../store/database.js";
import { openStatesDatabase } from "./states-database.js";
import type { RecordsAnswer, RecordsRequest, RecordsThreadData } from "./sync-records.js";

/** Records of an answer at most: the one asked for, and what lies below it, level by level. */
const RECORDS_AHEAD = 48;
const HASHES_A_QUERY = 64;

const { path, readOnly, port, signal } = workerData as RecordsThreadData;
const count = new Int32Array(signal);

function answer(message: RecordsAnswer): void {
  port.postMessage(message);
  Atomics.add(count, 0, 1);
  Atomics.notify(count, 0);
}

async function read(database: Database, hashes: readonly Uint8Array[]): Promise<NodeRecord[]> {
  const marks = hashes.map(() => "?").join(",");
  const rows = await database.all(`SELECT hash, data FROM nodes WHERE hash IN (${marks})`, [...hashes]);
  return rows.map((row) => ({ hash: row["hash"] as Uint8Array, data: row["data"] as Uint8Array })); // columns are BLOBs
}

/** The record of a hash, and some of those below. */
async function readAhead(database: Database, hash: Uint8Array): Promise<NodeRecord[]> {
  const found = await read(database, [hash]);
  const seen = new Set([hashKey(hash)]);
  let next = found.flatMap(({ data }) => childHashes(data));
  while (next.length > 0 && found.length < RECORDS_AHEAD) {
    const wanted = next.filter((child) => !seen.has(hashKey(child))).slice(0, HASHES_A_QUERY);
    if (wanted.length === 0) break;
    for (const child of wanted) seen.add(hashKey(child));
    const below = await read(database, wanted);
    found.push(...below);
    next = below.flatMap(({ data }) => childHashes(data));
  }
  return found;
}

async function serve(database: Database, request: RecordsRequest): Promise<RecordsAnswer> {
  switch (request.kind) {
    case "get":
      return { kind: "records", records: await readAhead(database, request.hash) };
    case "put": {
      const rows = request.records.map(({ hash, data }) => [hash, data] as const);
      await database.transaction((runner) => runner.insertMany("INSERT OR IGNORE INTO nodes (hash, data)", rows));
      return { kind: "done" };
    }
    case "close":
      await database.close();
      return { kind: "done" };
  }
}

function failure(error: unknown): RecordsAnswer {
  return { kind: "failed", message: error instanceof Error ? error.message : String(error) };
}

try {
  const database = await openStatesDatabase(path, { readOnly });
  let last = Promise.resolve();
  port.on("message", (request: RecordsRequest) => {
    last = last.then(async () => answer(await serve(database, request).catch(failure)));
  });
  answer({ kind: "ready" });
} catch (error) {
  answer(failure(error));
}
