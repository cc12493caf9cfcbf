// The tables of `store.sqlite` (node.md §6.2), made by the same steps as Octez's, so that the schema is the same text. What has been applied is
// in the table `migrations`; a step once released never changes.

import { storeEvents } from "../events/store-events.js";
import type { Emit } from "../events.js";
import type { SqlRow, SqlRunner } from "./database.js";
import { StoreError } from "./store-error.js";

interface Migration {
  readonly name: string;
  readonly steps: readonly string[];
}

/** The table that every rollup node's store has from its first migration on. */
const FIRST_TABLE = "rollup_node_state";

const MIGRATIONS_TABLE = `CREATE TABLE migrations (
        id SERIAL PRIMARY KEY,
        name TEXT
      )`;

function table(name: string, ...lines: readonly string[]): string {
  return `CREATE TABLE ${name} (\n  ${lines.join("\n  ")}\n)`;
}

function indexOn(name: string, column: string): string {
  return `CREATE INDEX idx_${name}_${column}\nON ${name}(${column})`;
}

const INITIAL: Migration = {
  name: "initial",
  steps: [
    table("rollup_node_state", "name VARCHAR PRIMARY KEY,", "value VARCHAR,", "level INTEGER"),
    table(
      "commitments",
      "hash VARCHAR(54) PRIMARY KEY,",
      "compressed_state VARCHAR(54) NOT NULL,",
      "inbox_level INTEGER NOT NULL,",
      "predecessor VARCHAR(54) NOT NULL,",
      "number_of_ticks INTEGER NOT NULL",
    ),
    indexOn("commitments", "inbox_level"),
    table(
      "commitments_published_at_levels",
      "commitment_hash VARCHAR(54) PRIMARY KEY,",
      "first_published_at_level INTEGER NOT NULL,",
      "published_at_level INTEGER",
    ),
    table("inboxes", "hash VARCHAR(55) PRIMARY KEY,", "inbox_level INTEGER NOT NULL,", "history_proof BLOB NOT NULL"),
    indexOn("inboxes", "inbox_level"),
    table(
      "messages",
      "payload_hashes_hash VARCHAR(55) PRIMARY KEY,",
      "inbox_level INTEGER NOT NULL,",
      "message_list BLOB NOT NULL",
    ),
    indexOn("messages", "inbox_level"),
    table(
      "outbox_messages",
      "outbox_level INTEGER PRIMARY KEY,",
      "messages VARCHAR NOT NULL,",
      "executed_messages VARCHAR NOT NULL",
    ),
    indexOn("outbox_messages", "outbox_level"),
    table(
      "protocols",
      "hash VARCHAR(51) PRIMARY KEY,",
      "proto_level INTEGER NOT NULL,",
      "first_level INTEGER NOT NULL,",
      "first_is_activation BOOLEAN NOT NULL",
    ),
    indexOn("protocols", "first_level"),
    table(
      "dal_slots_headers",
      "block_hash VARCHAR(51) NOT NULL,",
      "slot_index INTEGER NOT NULL,",
      "published_level INTEGER NOT NULL,",
      "slot_commitment VARCHAR NOT NULL,",
      "PRIMARY KEY(block_hash, slot_index)",
    ),
    table(
      "dal_slots_statuses",
      "block_hash VARCHAR(51) NOT NULL,",
      "slot_index INTEGER NOT NULL,",
      "attested BOOLEAN NOT NULL,",
      "PRIMARY KEY(block_hash, slot_index)",
    ),
    // The blanks before two commas are Octez's: SQLite keeps the text of a table as it was written.
    table(
      "l2_blocks",
      "block_hash VARCHAR(51) PRIMARY KEY,",
      "level INTEGER NOT NULL,",
      "predecessor VARCHAR(51) NOT NULL ,",
      "commitment_hash VARCHAR(54) ,",
      "previous_commitment_hash VARCHAR(54) NOT NULL,",
      "context VARCHAR(54) NOT NULL,",
      "inbox_witness VARCHAR(55) NOT NULL,",
      "inbox_hash VARCHAR(55) NOT NULL ,",
      "initial_tick VARCHAR NOT NULL,",
      "num_ticks INTEGER NOT NULL",
    ),
    indexOn("l2_blocks", "level"),
    table("l2_levels", "level INTEGER PRIMARY KEY,", "block_hash VARCHAR(51) NOT NULL"),
  ],
};

const STATE_HASH_AND_STATUS: Migration = {
  name: "add_state_hash_and_status",
  steps: [
    "ALTER TABLE l2_blocks ADD COLUMN state_hash VARCHAR(54)",
    "ALTER TABLE l2_blocks ADD COLUMN pvm_status BLOB",
  ],
};

/** SQLite cannot take NOT NULL off a column: a new one takes its place. */
const OPTIONAL_CONTEXT: Migration = {
  name: "optional_context",
  steps: [
    "ALTER TABLE l2_blocks ADD COLUMN context2 VARCHAR(54)",
    "UPDATE l2_blocks SET context2 = context",
    "ALTER TABLE l2_blocks DROP COLUMN context",
    "ALTER TABLE l2_blocks RENAME COLUMN context2 TO context",
  ],
};

/** In order: the id of each is its place. */
export const MIGRATIONS: readonly Migration[] = [INITIAL, STATE_HASH_AND_STATUS, OPTIONAL_CONTEXT];

export interface MigrationOptions {
  readonly readOnly: boolean;
  readonly emit: Emit;
  /** For the time that migrations take, in milliseconds. */
  readonly now: () => number;
}

/**
 * Brings a database to the newest schema, inside a transaction. Raises StoreError "node.store.other_kind", "node.store.from_the_future" and, when
 * it may only read, "node.store.missing_migrations". `upTo`: how many migrations to know of, for tests.
 */
export async function migrate(
  runner: SqlRunner,
  path: string,
  options: MigrationOptions,
  upTo = MIGRATIONS.length,
): Promise<void> {
  const known = MIGRATIONS.slice(0, upTo);
  const tables = new Set(
    (await runner.all("SELECT name FROM sqlite_schema WHERE type = 'table'")).map((row) => String(row["name"])),
  );
  const isNew = tables.size === 0;
  if (!isNew && !(tables.has("migrations") && tables.has(FIRST_TABLE))) {
    throw new StoreError("node.store.other_kind", "not a rollup node's store", path);
  }
  const applied = isNew ? 0 : appliedCount(await runner.get("SELECT max(id) AS id FROM migrations"), path);
  if (applied > known.length) {
    options.emit(storeEvents.storeMigrationsFromTheFuture({ applied, known: known.length }));
    const reason = `Cannot use a store with ${applied} migrations applied when only ${known.length} are known`;
    throw new StoreError("node.store.from_the_future", reason, path);
  }
  const pending = known.slice(applied);
  if (options.readOnly && pending.length > 0) {
    const reason = `The store has ${pending.length} missing migrations but was opened in read-only mode.`;
    throw new StoreError("node.store.missing_migrations", reason, path);
  }
  if (isNew) {
    await runner.exec(MIGRATIONS_TABLE);
    options.emit(storeEvents.storeInit());
  }
  for (const [place, migration] of pending.entries()) {
    const started = options.now();
    for (const step of migration.steps) await runner.exec(step);
    await runner.run("INSERT INTO migrations (id, name) VALUES (?, ?)", [applied + place, migration.name]);
    options.emit(storeEvents.storeAppliedMigration({ name: migration.name, time: options.now() - started }));
  }
}

function appliedCount(row: SqlRow | undefined, path: string): number {
  const id = row?.["id"];
  if (id === null || id === undefined) return 0;
  if (typeof id === "number" && Number.isInteger(id) && id >= 0) return id + 1;
  throw new StoreError("node.store.other_kind", "its migrations have no numbers", path);
}
