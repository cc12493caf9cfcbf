// No level names a state that is not on the disk: states are committed first, and a commit of theirs survives a power cut.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { MemoryRecords } from "../../../src/node/engine/state-store.js";
import { openStatesDatabase } from "../../../src/node/engine/states-database.js";
import { SqliteStore } from "../../../src/node/store/sqlite-store.js";
import { startNetwork } from "../../l1/client/network.js";
import { BOB, CAROL } from "../../l1/sandbox/chain.js";
import { assemble, originate } from "../../l1/sandbox/rollup.js";
import { startTestNode, temporaryDirectory } from "../test-node.js";

const dir = mkdtempSync(join(tmpdir(), "tickproof-states-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** SQLite's number for FULL. */
const FULL = 2;

it("commits states to the disk, not to the system's memory", async () => {
  const path = join(dir, "states.sqlite");
  const database = await openStatesDatabase(path, { readOnly: false });
  expect(await database.get("PRAGMA synchronous")).toEqual({ synchronous: FULL });
  expect(await database.get("PRAGMA journal_mode")).toEqual({ journal_mode: "wal" });
  await database.close();
});

it("has the state of a level before the level", async () => {
  const network = await startNetwork();
  const rollup = originate(network.chain, BOB, assemble("echo"));
  const records = new MemoryRecords();
  const dataDir = temporaryDirectory();
  const levels: number[] = [];
  const node = await startTestNode(network, rollup, {
    dataDir,
    records,
    parts: {
      openStore: async () => {
        const store = await SqliteStore.open(dataDir, { synchronous: "NORMAL" });
        const write = store.write.bind(store);
        store.write = async (batch) => {
          if (batch.block !== undefined) {
            expect(records.get(batch.block.stateHash)).toBeDefined();
            levels.push(batch.block.level);
          }
          return write(batch);
        };
        return store;
      },
    },
  });
  network.chain.send(CAROL, { kind: "smart_rollup_add_messages", messages: [Buffer.from("hello")] });
  network.chain.bake(3);
  await node.settled();
  expect(levels.length).toBeGreaterThan(3);
  expect(node.eventsNamed("smart_rollup_node_daemon_error")).toEqual([]);
});
