// Tables `rollup_node_state` (single values, by name) and `protocols`: node.md §6.2.

import type { BlockHash, CommitmentHash, ProtocolHash } from "../../protocol/identifiers.js";
import type { L2Head } from "../l2-block.js";
import type { SqlParameter, SqlRow, SqlRunner } from "./database.js";
import type { CommitmentPoint, HistoryMode, NodeState, StoredProtocol } from "./store.js";
import { base58, StoredRow } from "./values.js";

/** Names of rows. Octez keeps targets of garbage collection that were reached under the same names as those that were started. */
const ROW = {
  head: "l2_head",
  finalizedLevel: "finalized_level",
  lcc: "lcc",
  lpc: "lpc",
  historyMode: "history_mode",
  lastGcTarget: "last_gc_target",
  lastGcTriggeredAt: "last_gc_triggered_at",
  lastContextSplit: "last_context_split",
} as const satisfies Record<keyof NodeState, string>;

export async function putState(runner: SqlRunner, state: NodeState): Promise<void> {
  const rows: (readonly SqlParameter[])[] = [];
  const put = (key: keyof NodeState, value: string | null, level: number | null) => rows.push([ROW[key], value, level]);
  if (state.head !== undefined) put("head", base58("blockHash", state.head.hash), state.head.level);
  if (state.finalizedLevel !== undefined) {
    put("finalizedLevel", base58("blockHash", state.finalizedLevel.hash), state.finalizedLevel.level);
  }
  if (state.lcc !== undefined) put("lcc", base58("commitmentHash", state.lcc.hash), state.lcc.level);
  if (state.lpc !== undefined) put("lpc", base58("commitmentHash", state.lpc.hash), state.lpc.level);
  if (state.historyMode !== undefined) put("historyMode", state.historyMode, null);
  for (const key of ["lastGcTarget", "lastGcTriggeredAt", "lastContextSplit"] as const) {
    const level = state[key];
    if (level !== undefined) put(key, null, level);
  }
  await runner.insertMany("REPLACE INTO rollup_node_state (name, value, level)", rows);
}

const NAMES = Object.values(ROW);
const SELECT_STATE = `SELECT name, value, level FROM rollup_node_state WHERE name IN (${NAMES.map(() => "?").join(", ")})`;

export async function selectState(runner: SqlRunner): Promise<NodeState> {
  const rows = new Map<string, StoredRow>();
  for (const row of await runner.all(SELECT_STATE, NAMES)) {
    rows.set(String(row["name"]), new StoredRow("rollup_node_state", row));
  }
  const read = <K extends keyof NodeState>(key: K, value: (row: StoredRow) => NonNullable<NodeState[K]>) => {
    const row = rows.get(ROW[key]);
    return row === undefined ? {} : ({ [key]: value(row) } as Pick<NodeState, K>);
  };
  return {
    ...read("head", headOf),
    ...read("finalizedLevel", headOf),
    ...read("lcc", commitmentPointOf),
    ...read("lpc", commitmentPointOf),
    ...read("historyMode", historyModeOf),
    ...read("lastGcTarget", (row) => row.integer("level")),
    ...read("lastGcTriggeredAt", (row) => row.integer("level")),
    ...read("lastContextSplit", (row) => row.integer("level")),
  };
}

function headOf(row: StoredRow): L2Head {
  return { hash: row.hash<BlockHash>("value", "blockHash"), level: row.integer("level") };
}

function commitmentPointOf(row: StoredRow): CommitmentPoint {
  return { hash: row.hash<CommitmentHash>("value", "commitmentHash"), level: row.integer("level") };
}

function historyModeOf(row: StoredRow): HistoryMode {
  const mode = row.text("value");
  if (mode === "archive" || mode === "full") return mode;
  throw row.unreadable("value", `Invalid history mode: ${mode}`);
}

export async function insertProtocol(runner: SqlRunner, protocol: StoredProtocol): Promise<void> {
  await runner.run("REPLACE INTO protocols (hash, proto_level, first_level, first_is_activation) VALUES (?, ?, ?, ?)", [
    base58("protocolHash", protocol.hash),
    protocol.protoLevel,
    protocol.firstLevel,
    protocol.firstIsActivation ? 1 : 0,
  ]);
}

const PROTOCOLS = "SELECT hash, proto_level, first_level, first_is_activation FROM protocols";

function protocolOf(row: SqlRow): StoredProtocol {
  const stored = new StoredRow("protocols", row);
  return {
    hash: stored.hash<ProtocolHash>("hash", "protocolHash"),
    protoLevel: stored.integer("proto_level"),
    firstLevel: stored.integer("first_level"),
    firstIsActivation: stored.flag("first_is_activation"),
  };
}

/** By first level. */
export async function selectProtocols(runner: SqlRunner): Promise<readonly StoredProtocol[]> {
  return (await runner.all(`${PROTOCOLS} ORDER BY first_level, proto_level`)).map(protocolOf);
}

export async function selectProtocolAt(runner: SqlRunner, level: number): Promise<StoredProtocol | undefined> {
  const sql = `${PROTOCOLS} WHERE first_level < ?1 OR (first_level = ?1 AND NOT first_is_activation)
    ORDER BY first_level DESC LIMIT 1`;
  const row = await runner.get(sql, [level]);
  return row === undefined ? undefined : protocolOf(row);
}
