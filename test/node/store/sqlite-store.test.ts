import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { NodeEvent } from "../../../src/node/events.js";
import { Database } from "../../../src/node/store/database.js";
import { SqliteStore, type SqliteStoreOptions, STORE_FILE } from "../../../src/node/store/sqlite-store.js";
import type { Publication, Store, WriteBatch } from "../../../src/node/store/store.js";
import { StoreError, type StoreErrorCode } from "../../../src/node/store/store-error.js";
import { commitmentHash } from "../../../src/protocol/commitment.js";
import type { CommitmentHash } from "../../../src/protocol/identifiers.js";
import { hashInbox } from "../../../src/protocol/inbox.js";
import { levelBatch } from "./level-batch.js";
import { MemoryStore } from "./memory-store.js";
import { sampleBlock, sampleCommitment, sampleHash, sampleInbox, sampleMessages, sampleWitness } from "./samples.js";

let dir: string;
const open: Store[] = [];

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "tickproof-store-"));
});

afterEach(async () => {
  for (const store of open.splice(0)) await store.close();
  rmSync(dir, { recursive: true, force: true });
});

async function opened(options: SqliteStoreOptions = {}): Promise<SqliteStore> {
  const store = await SqliteStore.open(dir, { synchronous: "NORMAL", ...options });
  open.push(store);
  return store;
}

async function raw<T>(work: (database: Database) => Promise<T>): Promise<T> {
  const database = await Database.open(join(dir, STORE_FILE));
  try {
    return await work(database);
  } finally {
    await database.close();
  }
}

async function codeOf(work: Promise<unknown>): Promise<StoreErrorCode | undefined> {
  try {
    await work;
    return undefined;
  } catch (error) {
    expect(error).toBeInstanceOf(StoreError);
    return (error as StoreError).code;
  }
}

/** Everything that can be asked about the samples up to a level. */
async function everything(store: Store, top: number): Promise<unknown> {
  const answers: unknown[] = [await store.state(), await store.protocols(), await store.firstAvailableLevel()];
  for (let level = 0; level <= top; level++) {
    const inbox = sampleInbox(level);
    const commitment = commitmentHash(sampleCommitment(level));
    answers.push({
      level,
      block: await store.block(sampleBlock(level).hash),
      other: await store.block(sampleBlock(level, 1).hash),
      full: await store.fullBlock(sampleBlock(level).hash),
      hashAt: await store.hashAt(level),
      blockAt: await store.blockAt(level),
      inbox: await store.inbox(hashInbox(inbox)),
      messages: await store.messages(sampleWitness(level)),
      commitment: await store.commitment(commitment),
      publication: await store.publication(commitment),
      outbox: await store.outboxLevel(level),
      lastCommitted: await store.lastCommitted(level),
      protocolAt: await store.protocolAt(level),
    });
  }
  answers.push(await store.pendingOutbox(1, top - 1), await store.blocks(1, top - 1), await store.commitments(1, top));
  answers.push(await store.firstCommitted(), await store.lastCommitted());
  return answers;
}

describe("what is written", () => {
  it("comes back, also after reopening", async () => {
    const store = await opened();
    for (let level = 0; level <= 6; level++) await store.write(levelBatch(level));
    const block = sampleBlock(5);
    const point = { hash: sampleHash<CommitmentHash>("commitment", 1), level: 3 };
    const publication: Publication = { firstPublishedAt: 4, publishedAt: 6 };
    await store.write({
      publications: new Map([
        [point.hash, publication],
        [commitmentHash(sampleCommitment(3)), { firstPublishedAt: 5 }],
      ]),
      outbox: { level: 4, messages: [0, 3, 200] },
      executed: [
        { level: 4, index: 3 },
        { level: 9, index: 0 },
      ],
      protocols: [{ hash: sampleHash("protocol", 1), protoLevel: 2, firstLevel: 3, firstIsActivation: true }],
      state: { finalizedLevel: { hash: block.hash, level: 5 }, lcc: point, lpc: point, historyMode: "archive" },
    });
    await store.write({ state: { lastGcTarget: 1, lastGcTriggeredAt: 2, lastContextSplit: 3 } });
    const check = async (reopened: Store) => {
      expect(await reopened.block(block.hash)).toEqual(block);
      expect(await reopened.inbox(block.inboxHash)).toEqual(sampleInbox(5));
      expect(await reopened.messages(block.inboxWitness)).toEqual(sampleMessages(5));
      expect(await reopened.commitment(commitmentHash(sampleCommitment(6)))).toEqual(sampleCommitment(6));
      expect(await reopened.publication(point.hash)).toEqual(publication);
      expect(await reopened.publication(commitmentHash(sampleCommitment(3)))).toEqual({ firstPublishedAt: 5 });
      expect(await reopened.outboxLevel(4)).toEqual({ level: 4, messages: [0, 3, 200], executed: [3] });
      expect(await reopened.outboxLevel(9)).toBeUndefined();
      expect(await reopened.state()).toEqual({
        head: { hash: sampleBlock(6).hash, level: 6 },
        finalizedLevel: { hash: block.hash, level: 5 },
        lcc: point,
        lpc: point,
        historyMode: "archive",
        lastGcTarget: 1,
        lastGcTriggeredAt: 2,
        lastContextSplit: 3,
      });
      expect(await reopened.fullBlock(sampleBlock(6).hash)).toEqual({
        ...sampleBlock(6),
        inbox: sampleInbox(6),
        messages: sampleMessages(6),
        commitment: sampleCommitment(6),
      });
      expect((await reopened.protocolAt(3))?.protoLevel).toBeUndefined();
      expect((await reopened.protocolAt(4))?.protoLevel).toBe(2);
      expect((await reopened.blocks(2, 4)).map(({ level }) => level)).toEqual([2, 3, 4]);
    };
    await check(store);
    await store.close();
    await check(await opened());
    await check(await opened({ readOnly: true }));
  });

  it("is kept for several branches, of which one is the chain", async () => {
    const store = await opened();
    await store.write(levelBatch(2));
    const other = sampleBlock(2, 1);
    await store.write({ block: other, levels: [{ hash: other.hash, level: 2 }] });
    expect(await store.block(sampleBlock(2).hash)).toEqual(sampleBlock(2));
    expect(await store.blockAt(2)).toEqual(other);
    await store.write({ outbox: { level: 2, messages: [1] }, executed: [{ level: 2, index: 1 }] });
    expect(await store.pendingOutbox(0, 10)).toEqual([]);
    await store.write({ outbox: { level: 2, messages: [1, 2] } });
    expect(await store.pendingOutbox(0, 10)).toEqual([{ level: 2, messages: [1, 2], executed: [1] }]);
    await store.write({ outbox: { level: 2, messages: [] } });
    expect(await store.outboxLevel(2)).toBeUndefined();
  });

  it("takes back what was seen in blocks that are gone, and nothing else", async () => {
    const store = await opened();
    const [one, two] = [1, 2].map((l) => commitmentHash(sampleCommitment(l))) as [CommitmentHash, CommitmentHash];
    await store.write({
      outbox: { level: 2, messages: [1, 2, 3] },
      levels: [5, 6, 7].map((level) => ({ level, hash: sampleBlock(level).hash })),
    });
    await store.write({ executed: [{ level: 2, index: 1, seenAt: 5 }] });
    await store.write({
      executed: [
        { level: 2, index: 2, seenAt: 6 },
        { level: 2, index: 3, seenAt: 6 },
      ],
      publications: new Map([
        [one, { firstPublishedAt: 5, publishedAt: 6 }],
        [two, { firstPublishedAt: 6, publishedAt: 6 }],
      ]),
    });
    await store.write({ goneFrom: 6, executed: [{ level: 2, index: 3, seenAt: 6 }] });
    expect(await store.outboxLevel(2)).toEqual({ level: 2, messages: [1, 2, 3], executed: [1, 3] });
    expect([await store.publication(one), await store.publication(two)]).toEqual([{ firstPublishedAt: 5 }, undefined]);
    expect([await store.hashAt(5), await store.hashAt(6)]).toEqual([sampleBlock(5).hash, undefined]);
    expect(await store.state()).toEqual({});
  });

  it("is what a model of the store says, whatever the order", async () => {
    const top = 8;
    const level = fc.nat({ max: top });
    const indexes = fc.uniqueArray(fc.nat({ max: 70 }), { maxLength: 4 });
    const place = { level, index: fc.nat({ max: 70 }) };
    const executions = fc.oneof(fc.record(place), fc.record({ ...place, seenAt: level }));
    const batch = fc.record<WriteBatch>(
      {
        block: fc.tuple(level, fc.nat({ max: 1 })).map(([l, branch]) => sampleBlock(l, branch)),
        inbox: level.map((l) => ({ hash: hashInbox(sampleInbox(l)), inbox: sampleInbox(l) })),
        messages: fc.tuple(level, fc.nat({ max: 30 })).map(([l, n]) => ({
          witness: sampleWitness(l),
          inboxLevel: l,
          messages: sampleMessages(n),
        })),
        commitment: level.map((l) => ({
          hash: commitmentHash(sampleCommitment(l)),
          commitment: sampleCommitment(l),
        })),
        publications: fc
          .array(fc.tuple(level, level, fc.boolean()), { maxLength: 2 })
          .map((all) => new Map(all.map(([l, first, ours]) => publicationOf(l, first, ours)))),
        outbox: fc.record({ level, messages: indexes }),
        goneFrom: fc.nat({ max: top + 2 }),
        executed: fc.array(executions, { maxLength: 3 }),
        protocols: fc.array(
          fc.tuple(fc.nat({ max: 3 }), level, fc.boolean()).map(([n, firstLevel, firstIsActivation]) => ({
            hash: sampleHash("protocol", n),
            protoLevel: n,
            firstLevel: firstLevel * 4 + n,
            firstIsActivation,
          })),
          { maxLength: 2 },
        ),
        levels: fc
          .array(fc.tuple(level, fc.nat({ max: 1 })), { maxLength: 3 })
          .map((all) => all.map(([l, branch]) => ({ hash: sampleBlock(l, branch).hash, level: l }))),
        state: fc.record(
          {
            head: level.map((l) => ({ hash: sampleBlock(l).hash, level: l })),
            finalizedLevel: level.map((l) => ({ hash: sampleBlock(l).hash, level: l })),
            lcc: level.map((l) => ({ hash: commitmentHash(sampleCommitment(l)), level: l })),
            lpc: level.map((l) => ({ hash: commitmentHash(sampleCommitment(l)), level: l })),
            lastGcTarget: level,
          },
          { requiredKeys: [] },
        ),
      },
      { requiredKeys: [] },
    );
    const command = fc.oneof(
      { weight: 8, arbitrary: batch.map((value) => ({ kind: "write", value }) as const) },
      { weight: 8, arbitrary: level.map((l) => ({ kind: "write", value: levelBatch(l) }) as const) },
      { weight: 1, arbitrary: level.map((value) => ({ kind: "deleteBelow", value }) as const) },
      { weight: 1, arbitrary: level.map((value) => ({ kind: "resetTo", value }) as const) },
      { weight: 1, arbitrary: fc.constant({ kind: "repair" } as const) },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(command, { minLength: 1, maxLength: 25 }), async (commands) => {
        const round = mkdtempSync(join(dir, "round-"));
        const store = await SqliteStore.open(round, { synchronous: "NORMAL" });
        const model = new MemoryStore();
        for (const step of commands) {
          const [one, two] = await Promise.allSettled(
            [store, model].map(async (either): Promise<unknown> => {
              if (step.kind === "write") return either.write(step.value);
              if (step.kind === "repair") return either.repair();
              return either[step.kind](step.value);
            }),
          );
          expect(one?.status === "fulfilled" ? one.value : one?.reason.code).toEqual(
            two?.status === "fulfilled" ? two.value : two?.reason.code,
          );
        }
        expect(await everything(store, top)).toEqual(await everything(model, top));
        await store.close();
      }),
      { numRuns: 25, seed: 20261124 },
    );
  });
});

function publicationOf(level: number, first: number, ours: boolean): [CommitmentHash, Publication] {
  const publication = ours ? { firstPublishedAt: first, publishedAt: first + 1 } : { firstPublishedAt: first };
  return [commitmentHash(sampleCommitment(level)), publication];
}

describe("values in the tables", () => {
  it("are Octez's", async () => {
    const store = await opened();
    await store.write(levelBatch(6));
    await store.write({
      outbox: { level: 4, messages: [0, 3, 70] },
      executed: [{ level: 4, index: 3 }],
      state: { historyMode: "full", lastGcTarget: 7 },
    });
    await raw(async (database) => {
      const block = await database.get("SELECT *, typeof(num_ticks) AS t FROM l2_blocks");
      expect(block).toMatchObject({ level: 6, initial_tick: (10n ** 30n + 6n).toString(), t: "integer" });
      expect(block?.["pvm_status"]).toEqual(Uint8Array.of(2));
      const prefixes = [
        ["block_hash", "B", 51],
        ["predecessor", "B", 51],
        ["commitment_hash", "src1", 54],
        ["previous_commitment_hash", "src1", 54],
        ["context", "SRCo", 54],
        ["inbox_witness", "srib2", 55],
        ["inbox_hash", "srib1", 55],
        ["state_hash", "srs1", 54],
      ] as const;
      for (const [column, prefix, size] of prefixes) {
        const text = block?.[column];
        expect(text).toMatch(new RegExp(`^${prefix}`));
        expect(String(text).length).toBe(size);
      }
      expect(await database.get("SELECT * FROM outbox_messages")).toEqual({
        outbox_level: 4,
        messages: String(2n ** 70n + 9n),
        executed_messages: "8",
      });
      expect(await database.get("SELECT CAST(number_of_ticks AS TEXT) AS n FROM commitments")).toEqual({
        n: String(2n ** 62n + 6n),
      });
      expect(await database.all("SELECT name, level FROM rollup_node_state ORDER BY name")).toEqual([
        { name: "history_mode", level: null },
        { name: "l2_head", level: 6 },
        { name: "last_gc_target", level: 7 },
      ]);
      const history = (await database.get("SELECT history_proof AS b FROM inboxes"))?.["b"];
      // Index 6 as a natural number, witness, level, list of back pointers behind its size in bytes.
      expect(Buffer.from(history as Uint8Array).toString("hex")).toMatch(
        new RegExp(`^06${Buffer.from(sampleWitness(6)).toString("hex")}00000006(00000020|00000040|00000060)`),
      );
    });
  });

  it("that are damaged are told by table and column", async () => {
    const store = await opened();
    await store.write(levelBatch(6));
    await store.write({ outbox: { level: 1, messages: [1] } });
    const damages = [
      ["l2_blocks", "predecessor", "'BLx'", () => store.block(sampleBlock(6).hash)],
      ["l2_blocks", "initial_tick", "'-5'", () => store.block(sampleBlock(6).hash)],
      ["l2_blocks", "pvm_status", "x''", () => store.block(sampleBlock(6).hash)],
      ["l2_blocks", "state_hash", "NULL", () => store.block(sampleBlock(6).hash)],
      ["inboxes", "history_proof", "x'0102'", () => store.inbox(hashInbox(sampleInbox(6)))],
      ["messages", "message_list", "x'ff00ff'", () => store.messages(sampleWitness(6))],
      ["commitments", "predecessor", "x'00'", () => store.commitment(commitmentHash(sampleCommitment(6)))],
      ["outbox_messages", "messages", "'zero'", () => store.outboxLevel(1)],
    ] as const;
    for (const [table, column, value, read] of damages) {
      const before = await raw(async (database) => {
        const row = await database.get(`SELECT ${column} AS v FROM ${table}`);
        await database.exec(`UPDATE ${table} SET ${column} = ${value}`);
        return row?.["v"] ?? null;
      });
      const error = await read().catch((raised: unknown) => raised);
      expect(error, `${table}.${column}`).toMatchObject({
        code: "node.store.unreadable_value",
        path: `${table}.${column}`,
      });
      await raw((database) => database.run(`UPDATE ${table} SET ${column} = ?`, [before]));
      await read();
    }
    const outbox = { level: 1, messages: [-1] };
    expect(await codeOf(store.write({ outbox, state: { lastGcTarget: 5 } }))).toBe("node.store.unwritable_value");
    expect((await store.state()).lastGcTarget).toBeUndefined();
  });

  it("may hold statuses of any kind", async () => {
    const store = await opened();
    const statuses = ["Computing", "Waiting for DAL parameters", "WaitingForReveal", "Halted", "\u0001", "", "été"];
    for (const [level, pvmStatus] of statuses.entries()) {
      await store.write({ block: { ...sampleBlock(level), pvmStatus } });
      expect((await store.block(sampleBlock(level).hash))?.pvmStatus).toBe(pvmStatus);
    }
  });
});

describe("a store that cannot be used", () => {
  it("of another kind is refused", async () => {
    await raw((database) =>
      database.exec("CREATE TABLE migrations (id SERIAL PRIMARY KEY, name TEXT); CREATE TABLE t (x)"),
    );
    expect(await codeOf(SqliteStore.open(dir))).toBe("node.store.other_kind");
    expect(await codeOf(SqliteStore.open(dir, { readOnly: true }))).toBe("node.store.other_kind");
  });

  it("that is no database, or damaged, is refused", async () => {
    writeFileSync(join(dir, STORE_FILE), Buffer.alloc(8192, 7));
    expect(await codeOf(SqliteStore.open(dir))).toBe("node.store.corrupt");
  });

  it("from the future is refused, and said", async () => {
    await (await opened()).close();
    await raw((database) => database.run("INSERT INTO migrations (id, name) VALUES (3, 'later')"));
    const events: NodeEvent[] = [];
    const error = await SqliteStore.open(dir, { emit: (event) => events.push(event) }).catch(
      (raised: unknown) => raised,
    );
    expect(error).toMatchObject({ code: "node.store.from_the_future", path: join(dir, STORE_FILE) });
    expect(String(error)).toContain("Cannot use a store with 4 migrations applied when only 3 are known");
    expect(events.map(({ name, fields }) => [name, fields])).toEqual([
      ["smart_rollup_node_migrations_from_the_future", { applied: 4, known: 3 }],
    ]);
  });

  it("that is not there is not made by who only reads", async () => {
    expect(await codeOf(SqliteStore.open(dir, { readOnly: true }))).toBe("node.store.unavailable");
    expect(await codeOf(SqliteStore.open(join(dir, "nowhere")))).toBe("node.store.unavailable");
  });

  it("is not written by who only reads", async () => {
    const store = await opened();
    await store.write(levelBatch(1));
    const reader = await opened({ readOnly: true });
    expect(await codeOf(reader.write(levelBatch(2)))).toBe("node.store.unavailable");
    expect(await codeOf(reader.deleteBelow(2))).toBe("node.store.unavailable");
    expect(await reader.blockAt(1)).toEqual(sampleBlock(1));
    await store.close();
    expect(await codeOf(store.write(levelBatch(2)))).toBe("node.store.unavailable");
    expect(await codeOf(store.state())).toBe("node.store.unavailable");
  });
});

describe("cleaning", () => {
  it("deletes below a level, and says so", async () => {
    const events: string[] = [];
    const store = await opened({ emit: (event) => events.push(event.name) });
    for (let level = 0; level <= 9; level++) await store.write(levelBatch(level));
    await store.write({ outbox: { level: 1, messages: [0] } });
    await store.deleteBelow(6);
    expect(await store.firstAvailableLevel()).toBe(6);
    expect(await store.commitments(0, 100)).toMatchObject([
      { commitment: { inboxLevel: 6 } },
      { commitment: { inboxLevel: 9 } },
    ]);
    expect(await store.outboxLevel(1)).toBeDefined();
    expect(events.slice(-2)).toEqual(["smart_rollup_node_store_gc_start", "smart_rollup_node_store_gc_finish"]);
  });

  it("goes back to the last committed block", async () => {
    const events: NodeEvent[] = [];
    const store = await opened({ emit: (event) => events.push(event) });
    for (let level = 0; level <= 7; level++) await store.write(levelBatch(level));
    const nine = { hash: sampleHash<CommitmentHash>("commitment", 9), level: 7 };
    await store.write({ state: { lcc: nine, finalizedLevel: { hash: sampleBlock(7).hash, level: 7 } } });
    expect(await store.repair()).toEqual({ hash: sampleBlock(6).hash, level: 6 });
    expect(events.at(-1)).toMatchObject({
      name: "smart_rollup_node_store_reset_to_last_committed",
      fields: { level: 6 },
    });
    const six = { hash: commitmentHash(sampleCommitment(6)), level: 6 };
    expect(await store.state()).toEqual({
      head: { hash: sampleBlock(6).hash, level: 6 },
      finalizedLevel: { hash: sampleBlock(6).hash, level: 6 },
      lcc: six,
    });
    expect(await store.blockAt(7)).toBeUndefined();
    expect(await store.repair()).toBeUndefined();
    expect(await codeOf(store.resetTo(7))).toBe("node.store.unknown_level");
  });
});

describe("events of a first start", () => {
  it("are Octez's", async () => {
    const events: NodeEvent[] = [];
    let time = 0;
    await opened({
      emit: (event) => events.push(event),
      now: () => {
        time += 1.5;
        return time;
      },
    });
    expect(events.map(({ name, level, fields }) => [name, level, fields])).toEqual([
      ["smart_rollup_node_store_init", "Notice", {}],
      ["smart_rollup_node_store_applied_migration", "Notice", { name: "initial", time: 0.0015 }],
      ["smart_rollup_node_store_applied_migration", "Notice", { name: "add_state_hash_and_status", time: 0.0015 }],
      ["smart_rollup_node_store_applied_migration", "Notice", { name: "optional_context", time: 0.0015 }],
    ]);
    expect(events[1]?.message).toBe("Applied migration initial to the store in 1.5ms");
  });
});
