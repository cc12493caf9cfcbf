import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Database } from "../../../src/node/store/database.js";
import { SqliteStore, STORE_FILE } from "../../../src/node/store/sqlite-store.js";
import { Child } from "./children.js";
import { compileForChild } from "./compiled.js";
import { bulkyMessages, levelBatch } from "./level-batch.js";
import { sampleBlock, sampleInbox, sampleMessages } from "./samples.js";

/** Longer runs: TICKPROOF_CRASH_ROUNDS=200. */
const ROUNDS = Number(process.env["TICKPROOF_CRASH_ROUNDS"] ?? 4);

let dir: string;
let script: string;

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "tickproof-crash-"));
  script = compileForChild("test/node/store/writer-child.ts", join(dir, "compiled"));
});

afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** A moment of up to 20 ms: kills come at any point of a transaction. */
function moment(round: number): Promise<void> {
  return new Promise((done) => setTimeout(done, (round * 7919) % 20));
}

describe("a process that is killed while it writes", () => {
  it(`loses no level, and leaves none half written (${ROUNDS} rounds)`, {
    timeout: 60_000 + ROUNDS * 5_000,
  }, async () => {
    let stored = -1;
    for (let round = 0; round < ROUNDS; round++) {
      const child = new Child(script, dir);
      for (let lines = 0; lines <= round % 3; lines++) stored = Number(await child.line());
      await moment(round);
      await child.kill();
      stored = Math.max(stored, ...(await child.rest()).map(Number));

      const database = await Database.open(join(dir, STORE_FILE));
      expect(await database.all("PRAGMA integrity_check")).toEqual([{ integrity_check: "ok" }]);
      await database.close();
      const store = await SqliteStore.open(dir);
      const head = (await store.state()).head?.level ?? -1;
      // The level after the last one told may have been stored: the process died before it could say so.
      expect([stored, stored + 1]).toContain(head);
      for (let level = Math.max(0, head - 2); level <= head; level++) {
        const { block, commitment } = levelBatch(level);
        expect(await store.fullBlock(sampleBlock(level).hash)).toEqual({
          ...block,
          inbox: sampleInbox(level),
          messages: bulkyMessages(level),
          ...(commitment === undefined ? {} : { commitment: commitment.commitment }),
        });
      }
      expect(await store.hashAt(head + 1)).toBeUndefined();
      expect(await store.block(sampleBlock(head + 1).hash)).toBeUndefined();
      expect(await store.inbox(sampleBlock(head + 1).inboxHash)).toBeUndefined();
      expect(await store.messages(sampleBlock(head + 1).inboxWitness)).toBeUndefined();
      await store.close();
      stored = head;
    }
    expect(stored).toBeGreaterThan(ROUNDS);
  });
});

describe("a disk that is full", () => {
  it("leaves what was stored before, and the store goes on when there is room", async () => {
    const folder = mkdtempSync(join(dir, "full-"));
    const store = await SqliteStore.open(folder, { synchronous: "NORMAL" });
    await store.write(levelBatch(0, sampleMessages(3)));
    // SQLite's own bound stands for the disk's.
    const writer = Reflect.get(store, "writer") as Database;
    const pages = Number((await writer.get("PRAGMA page_count"))?.["page_count"]);
    await writer.get(`PRAGMA max_page_count = ${pages + 5}`);
    const error = await store.write(levelBatch(1, bulkyMessages(1))).catch((raised: unknown) => raised);
    expect(error).toMatchObject({ name: "StoreError", code: "node.store.full", path: join(folder, STORE_FILE) });
    expect((await store.state()).head?.level).toBe(0);
    expect(await store.block(sampleBlock(1).hash)).toBeUndefined();
    expect(await store.inbox(sampleBlock(1).inboxHash)).toBeUndefined();
    expect((await store.fullBlock(sampleBlock(0).hash))?.messages).toEqual(sampleMessages(3));
    await writer.get("PRAGMA max_page_count = 100000");
    await store.write(levelBatch(1, bulkyMessages(1)));
    expect((await store.fullBlock(sampleBlock(1).hash))?.messages).toEqual(bulkyMessages(1));
    await store.close();
  });
});
