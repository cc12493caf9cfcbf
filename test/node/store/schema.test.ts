import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Database } from "../../../src/node/store/database.js";
import { MIGRATIONS, migrate } from "../../../src/node/store/migrations.js";
import { SqliteStore, STORE_FILE } from "../../../src/node/store/sqlite-store.js";
import { HAS_REFERENCE, referenceFile } from "../../reference.js";
import { sampleBlock } from "./samples.js";

/** Of the schema's text below, which was compared with the reference's when this was written. */
const SCHEMA_DIGEST = "6151d45d7814a478e76f5b55a4fc55e731ae4c0ec8f0296251aeb927280e288f";

const EXPECTED = "tezt/tests/expected/sc_rollup.ml/Alpha- wasm_2_0_0 - Rollup node- regression on store schema.out";

let dir: string;
let schema: string;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "tickproof-schema-"));
  await (await SqliteStore.open(dir)).close();
  schema = await schemaOf(dir);
});

afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** As sqlite3's ".schema" prints it. */
async function schemaOf(folder: string): Promise<string> {
  const database = await Database.open(join(folder, STORE_FILE));
  const rows = await database.all("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY rowid");
  await database.close();
  return rows.map((row) => `${row["sql"]};\n`).join("");
}

describe("the schema", () => {
  it.skipIf(!HAS_REFERENCE)("is the text that the reference expects", () => {
    expect(schema).toBe(referenceFile(EXPECTED));
  });

  it("stays as it is", () => {
    expect(createHash("sha256").update(schema).digest("hex")).toBe(SCHEMA_DIGEST);
  });

  it("is reached from each older version, with what was stored", async () => {
    for (let version = 1; version < MIGRATIONS.length; version++) {
      const folder = mkdtempSync(join(dir, "old-"));
      const path = join(folder, STORE_FILE);
      const old = await Database.open(path);
      const options = { readOnly: false, emit: () => undefined, now: () => 0 };
      await old.transaction((runner) => migrate(runner, path, options, version));
      const columns = version === 1 ? "" : ", state_hash, pvm_status";
      const values = version === 1 ? "" : ", 's', x'02'";
      await old.exec(`INSERT INTO l2_blocks (block_hash, level, predecessor, previous_commitment_hash, context, inbox_witness,
        inbox_hash, initial_tick, num_ticks${columns}) VALUES ('b', 5, 'p', 'c', 'context', 'w', 'i', '1', 2${values})`);
      await old.close();
      await expect(SqliteStore.open(folder, { readOnly: true })).rejects.toMatchObject({
        code: "node.store.missing_migrations",
      });
      const store = await SqliteStore.open(folder);
      await store.write({ block: { ...sampleBlock(3), context: sampleBlock(2).context as Uint8Array } });
      await store.close();
      expect(await schemaOf(folder)).toBe(schema);
      const reopened = await Database.open(path);
      expect(await reopened.get("SELECT context, level FROM l2_blocks WHERE block_hash = 'b'")).toEqual({
        context: "context",
        level: 5,
      });
      expect(await reopened.all("SELECT id, name FROM migrations")).toEqual(
        MIGRATIONS.map(({ name }, id) => ({ id, name })),
      );
      await reopened.close();
    }
  });
});
