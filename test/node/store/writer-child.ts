// Program of another process: goes on writing levels into the store of a data directory, from the head on, and tells each one that is stored.
// Argument: the directory.

import { SqliteStore } from "../../../src/node/store/sqlite-store.js";
import { bulkyMessages, levelBatch } from "./level-batch.js";

const [, , dir = ""] = process.argv;
const store = await SqliteStore.open(dir);
const { head } = await store.state();
for (let level = (head?.level ?? -1) + 1; ; level++) {
  await store.write(levelBatch(level, bulkyMessages(level)));
  process.stdout.write(`${level}\n`);
}
