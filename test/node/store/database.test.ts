import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Database } from "../../../src/node/store/database.js";
import { DatabaseError, type DatabaseErrorCode } from "../../../src/node/store/database-error.js";

let dir: string;
let path: string;
const open: Database[] = [];

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "tickproof-database-"));
  path = join(dir, "test.sqlite");
});

afterEach(async () => {
  for (const database of open.splice(0)) await database.close();
  rmSync(dir, { recursive: true, force: true });
});

async function opened(...options: Parameters<typeof Database.open> extends [string, ...infer R] ? R : never) {
  const database = await Database.open(path, ...options);
  open.push(database);
  return database;
}

async function withTable(...options: Parameters<typeof opened>): Promise<Database> {
  const database = await opened(...options);
  await database.exec("CREATE TABLE t (k INTEGER PRIMARY KEY, v)");
  return database;
}

async function codeOf(work: Promise<unknown>): Promise<DatabaseErrorCode | undefined> {
  try {
    await work;
    return undefined;
  } catch (error) {
    expect(error).toBeInstanceOf(DatabaseError);
    return (error as DatabaseError).code;
  }
}

describe("values", () => {
  it("come back as they were bound", async () => {
    const database = await withTable();
    const values = ["text é\0x", "", 0, -5, 2 ** 40, 1.5, new Uint8Array([0, 1, 255]), new Uint8Array(0), null];
    for (const [k, v] of values.entries()) expect(await database.run("INSERT INTO t VALUES (?, ?)", [k, v])).toBe(1);
    const rows = await database.all("SELECT v FROM t ORDER BY k");
    expect(rows.map((row) => row["v"])).toEqual(values);
    expect(rows[6]?.["v"]).not.toBeInstanceOf(Buffer);
    expect(await database.get("SELECT v FROM t WHERE k = 99")).toBeUndefined();
  });

  it("keep integers of 64 bits", async () => {
    const database = await opened();
    await database.exec("CREATE TABLE n (i INTEGER)");
    const n = 2n ** 63n - 1n;
    await database.run("INSERT INTO n VALUES (?)", [n]);
    expect(await database.get("SELECT CAST(i AS TEXT) AS i, typeof(i) AS t FROM n")).toEqual({
      i: n.toString(),
      t: "integer",
    });
  });

  it("are inserted many at a time", async () => {
    const database = await withTable();
    for (const count of [0, 1, 15, 16, 17, 255, 300]) {
      await database.run("DELETE FROM t");
      await database.insertMany(
        "INSERT INTO t (k, v)",
        Array.from({ length: count }, (_, k) => [k, `v${k}`]),
      );
      const rows = await database.all("SELECT k, v FROM t ORDER BY k");
      expect(rows).toEqual(Array.from({ length: count }, (_, k) => ({ k, v: `v${k}` })));
    }
  });
});

describe("transactions", () => {
  it("never interleave, and keep everybody else out", async () => {
    const database = await withTable();
    await database.run("INSERT INTO t VALUES (0, 0)");
    const increment = () =>
      database.transaction(async (runner) => {
        const row = await runner.get("SELECT v FROM t WHERE k = 0");
        await runner.run("UPDATE t SET v = ? WHERE k = 0", [-1]);
        await runner.run("UPDATE t SET v = ? WHERE k = 0", [Number(row?.["v"]) + 1]);
      });
    const seen: unknown[] = [];
    const work: Promise<unknown>[] = [];
    for (let i = 0; i < 100; i++) {
      work.push(
        increment(),
        database.get("SELECT v FROM t WHERE k = 0").then((row) => seen.push(row?.["v"])),
      );
    }
    await Promise.all(work);
    expect(seen).toEqual(Array.from({ length: 100 }, (_, i) => i + 1));
  });

  it("roll back when the work raises, and go on", async () => {
    const database = await withTable();
    const failed = database.transaction(async (runner) => {
      await runner.run("INSERT INTO t VALUES (1, 1)");
      throw new RangeError("mine");
    });
    await expect(failed).rejects.toThrow(RangeError);
    expect(await database.all("SELECT * FROM t")).toEqual([]);
    expect(await database.transaction(async (runner) => runner.run("INSERT INTO t VALUES (2, 2)"))).toBe(1);
    expect(await database.all("SELECT * FROM t")).toEqual([{ k: 2, v: 2 }]);
  });

  it("survive a refused statement that the work expects", async () => {
    const database = await withTable();
    await database.transaction(async (runner) => {
      await runner.run("INSERT INTO t VALUES (1, 1)");
      expect(await codeOf(runner.run("INSERT INTO t VALUES (1, 2)"))).toBe("node.database.constraint");
      expect(await codeOf(runner.run("INSERT INTO nothing VALUES (1)"))).toBe("node.database.statement");
    });
    expect(await database.all("SELECT * FROM t")).toEqual([{ k: 1, v: 1 }]);
  });

  it("let nothing run after their end", async () => {
    const database = await withTable();
    const runner = await database.transaction(async (inside) => inside);
    expect(await codeOf(runner.run("INSERT INTO t VALUES (1, 1)"))).toBe("node.database.closed");
    expect(await database.all("SELECT * FROM t")).toEqual([]);
  });

  it("store nothing when the disk is full, even when the work goes on", async () => {
    const database = await withTable();
    await database.run("INSERT INTO t VALUES (0, 'before')");
    await database.exec("PRAGMA max_page_count = 10");
    const blob = new Uint8Array(3000);
    const swallowed: (DatabaseErrorCode | undefined)[] = [];
    const work = database.transaction(async (runner) => {
      await Promise.all(
        Array.from({ length: 60 }, async (_, k) => {
          swallowed.push(await codeOf(runner.run("INSERT INTO t VALUES (?, ?)", [k + 1, blob])));
        }),
      );
      swallowed.push(await codeOf(runner.run("INSERT INTO t VALUES (1000, 'small')")));
    });
    expect(await codeOf(work)).toBe("node.database.full");
    expect(swallowed.at(-1)).toBe("node.database.full");
    expect(await database.all("SELECT * FROM t")).toEqual([{ k: 0, v: "before" }]);
    await database.exec("PRAGMA max_page_count = 100000");
    await database.run("INSERT INTO t VALUES (1, 'after')");
    expect((await database.all("SELECT * FROM t")).length).toBe(2);
  });

  it("are seen by another connection when they are committed", async () => {
    const writer = await withTable();
    const reader = await opened({ readOnly: true });
    await writer.transaction(async (runner) => {
      await runner.run("INSERT INTO t VALUES (1, 1)");
      expect(await reader.all("SELECT * FROM t")).toEqual([]);
    });
    expect(await reader.all("SELECT * FROM t")).toEqual([{ k: 1, v: 1 }]);
    expect(await codeOf(reader.run("INSERT INTO t VALUES (2, 2)"))).toBe("node.database.read_only");
  });

  it("give several reads one view", async () => {
    const writer = await withTable();
    const reader = await opened({ readOnly: true });
    await reader.transaction(async (runner) => {
      expect(await runner.all("SELECT * FROM t")).toEqual([]);
      await writer.run("INSERT INTO t VALUES (1, 1)");
      expect(await runner.all("SELECT * FROM t")).toEqual([]);
    }, "DEFERRED");
    expect((await reader.all("SELECT * FROM t")).length).toBe(1);
  });
});

describe("opening and closing", () => {
  it("refuses what is no database", async () => {
    writeFileSync(path, "this is no database, but long enough to hold a header of one: ".repeat(20));
    expect(await codeOf(Database.open(path))).toBe("node.database.not_a_database");
    expect(await codeOf(Database.open(path, { readOnly: true }))).toBe("node.database.not_a_database");
  });

  it("refuses a file that is not there, when it may not make one", async () => {
    expect(await codeOf(Database.open(path, { create: false }))).toBe("node.database.cannot_open");
    expect(await codeOf(Database.open(path, { readOnly: true }))).toBe("node.database.cannot_open");
    expect(await codeOf(Database.open(join(dir, "no", "such", "folder")))).toBe("node.database.cannot_open");
  });

  it("tells that another connection writes", async () => {
    const one = await withTable();
    const two = await opened({ busyTimeout: 0 });
    await one.transaction(async () => {
      expect(await codeOf(two.run("INSERT INTO t VALUES (1, 1)"))).toBe("node.database.busy");
    });
    expect(await two.run("INSERT INTO t VALUES (1, 1)")).toBe(1);
  });

  it("does what was asked before closing, and nothing after", async () => {
    const database = await withTable();
    const before = database.run("INSERT INTO t VALUES (1, 1)");
    const closing = database.close();
    expect(await before).toBe(1);
    expect(await codeOf(database.run("INSERT INTO t VALUES (2, 2)"))).toBe("node.database.closed");
    await closing;
    await database.close();
    expect(await (await opened()).all("SELECT * FROM t")).toEqual([{ k: 1, v: 1 }]);
  });

  it("bounds what waits", async () => {
    const database = await withTable({ maxWaiting: 10 });
    const codes = await Promise.all(Array.from({ length: 15 }, () => codeOf(database.get("SELECT 1"))));
    expect(codes.filter((code) => code === "node.database.overloaded").length).toBe(5);
    expect(await codeOf(database.get("SELECT 1"))).toBeUndefined();
  });

  it("keeps a bounded number of statements prepared", async () => {
    const database = await withTable();
    const values = Array.from({ length: 400 }, (_, i) => i);
    const rows = await Promise.all(values.map((i) => database.get(`SELECT ${i} AS i`)));
    expect(rows.map((row) => row?.["i"])).toEqual(values);
    expect(await database.get("SELECT 0 AS i")).toEqual({ i: 0 });
  });

  it("names the statement that is refused", async () => {
    const database = await opened();
    const error = await database.get("SELEC 1").catch((raised: unknown) => raised);
    expect(error).toMatchObject({ code: "node.database.statement", path, sql: "SELEC 1" });
  });
});
