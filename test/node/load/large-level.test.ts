// Ten thousand messages in one level, as operations of layer 1 and through the batcher with several keys: all of them in the inbox, in order,
// each once; and the node says so. The engine runs in its thread, the store is SQLite.
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { toHex } from "../../../src/encoding/hex.js";
import { openEngineThreads } from "../../../src/node/engine-threads.js";
import { SqliteStore } from "../../../src/node/store/sqlite-store.js";
import { hashInbox } from "../../../src/protocol/inbox.js";
import { serializeExternal } from "../../../src/protocol/inbox-message.js";
import { compiledProgram } from "../../compiled-program.js";
import { ALICE, BOB, CAROL, DAVE } from "../../l1/sandbox/chain.js";
import { assemble } from "../../l1/sandbox/rollup.js";
import { madeUpMessages } from "./chain-with-messages.js";
import { ask, batchedLevels, directLevel, FRAME_MESSAGES, type LargeLevelWorld, startWorld } from "./large-level.js";

const COUNT = 10_000;
const BYTES = 24;
/** Of the level's frame, before the users' messages. */
const FRAME_BEFORE = 2;
const OUTBOX_LIMIT = 100;

describe("ten thousand messages", () => {
  let world: LargeLevelWorld;
  let dataDir = "";

  beforeAll(async () => {
    const script = new URL(`file://${join(compiledProgram(), "../../node/engine/engine-worker.js")}`);
    world = await startWorld(assemble("echo"), [BOB, ALICE, CAROL, DAVE], {
      openEngines: (reveals, onNews) => openEngineThreads(dataDir, reveals, { engine: onNews }, { script }),
      onDataDir: (path) => {
        dataDir = path;
      },
    });
  }, 300_000);

  afterAll(() => world.close());

  const rpc = async (path: string): Promise<unknown> => (await ask(world.measured.endpoint, path)).json;

  it("come in one level", { timeout: 120_000 }, async () => {
    const messages = madeUpMessages(COUNT, BYTES);
    await directLevel(world, messages);
    const { chain, measured } = world;
    const block = (await rpc("/global/block/head")) as { level: number; messages: string[]; inbox_hash: string };
    expect(block.level).toBe(chain.level);
    expect(block.messages.slice(FRAME_BEFORE, -1)).toEqual(messages.map((one) => toHex(serializeExternal(one))));
    expect(await rpc("/global/block/head/num_messages")).toBe(String(COUNT + FRAME_MESSAGES));
    const stored = await measured.node.context.store.blockAt(chain.level);
    const theirs = hashInbox(chain.sandbox.context(chain.head).inbox());
    expect(toHex(stored?.inboxHash ?? new Uint8Array(0))).toBe(toHex(theirs));
    expect(await measured.node.context.reader.outbox(stored?.stateHash as never, chain.level)).toEqual(
      messages.slice(0, OUTBOX_LIMIT),
    );
    const again = await SqliteStore.open(dataDir, { readOnly: true });
    expect((await again.fullBlock(stored?.hash as never))?.messages).toHaveLength(COUNT + FRAME_MESSAGES);
    await again.close();
  });

  it("come through the batcher, with several keys", { timeout: 120_000 }, async () => {
    const { chain, measured } = world;
    const first = chain.level + 1;
    const messages = madeUpMessages(COUNT, BYTES, 7);
    const { ids, levels } = await batchedLevels(world, messages);
    expect(new Set(ids).size).toBe(COUNT);
    expect(await rpc("/local/batcher/queue")).toEqual([]);
    // Ten operations of 32 kB, four in a level.
    expect(levels.length).toBeLessThanOrEqual(4);
    const seen: string[] = [];
    for (let level = first; level <= chain.level; level++) {
      const operations = chain.sandbox.block(level)?.operations ?? [];
      for (const { operation } of operations) {
        const batch: string[] = [];
        for (const content of operation.contents) {
          if (content.kind === "smart_rollup_add_messages") batch.push(...content.messages.map(toHex));
        }
        // Within an operation they are in the order in which they came.
        expect(batch).toEqual([...batch].sort((a, b) => numberOf(a) - numberOf(b)));
        seen.push(...batch);
      }
    }
    expect(seen.sort()).toEqual(messages.map(toHex).sort());
    const statuses = await Promise.all(
      [ids[0], ids[COUNT >> 1], ids.at(-1)].map((id) => rpc(`/local/batcher/queue/${id}`)),
    );
    await measured.node.injectors.onHead({ hash: chain.head.hash, level: chain.level });
    for (const status of statuses) expect((status as { status: string }).status).toBe("included");
  });
});

/** The number that a made-up message begins with. */
function numberOf(hex: string): number {
  return Number.parseInt(hex.slice(0, 8), 16);
}
