// A store that has lost commitments and outbox messages gets them back.
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { encodeBase58Check } from "../../../src/encoding/base58check.js";
import type { L2Block } from "../../../src/node/l2-block.js";
import { Database } from "../../../src/node/store/database.js";
import { GLOBAL_LOCK, withLock } from "../../../src/node/store/file-lock.js";
import { SqliteStore, STORE_FILE } from "../../../src/node/store/sqlite-store.js";
import { startNetwork, type TestNetwork } from "../../l1/client/network.js";
import { BOB, CAROL } from "../../l1/sandbox/chain.js";
import { assemble, originate, type Rollup } from "../../l1/sandbox/rollup.js";
import { nodeCommand, startKeptNode } from "./node-directory.js";

let network: TestNetwork;
let rollup: Rollup;
let dataDir: string;
let messagesAt: number;

beforeAll(async () => {
  network = await startNetwork();
  rollup = originate(network.chain, BOB, assemble("echo"));
  const kept = await startKeptNode(network, rollup, { mode: "observer" });
  dataDir = kept.dataDir;
  network.chain.send(CAROL, { kind: "smart_rollup_add_messages", messages: [Buffer.from("a"), Buffer.from("b")] });
  messagesAt = network.chain.level;
  for (let i = 0; i < 7; i++) {
    await kept.node.settled();
    network.chain.bake();
  }
  await kept.node.settled();
  await kept.node.stop();
}, 60_000);

const run = (line: string) => nodeCommand(line, { dataDir, endpoint: network.endpoint });

async function blocks(): Promise<readonly L2Block[]> {
  const store = await SqliteStore.open(dataDir, { readOnly: true });
  const found = await store.blocks(rollup.originationLevel, network.chain.level);
  await store.close();
  return found;
}

async function sql(text: string): Promise<void> {
  const database = await Database.open(join(dataDir, STORE_FILE), {});
  await database.exec(text);
  await database.close();
}

describe("repair commitments", () => {
  it("makes those again that are missing or wrong, and says how many", async () => {
    const before = await blocks();
    const [genesis, lost] = before.filter(({ commitmentHash }) => commitmentHash !== undefined);
    const stray = before.at(-1)?.commitmentHash === undefined ? network.chain.level : network.chain.level - 1;
    const hash = encodeBase58Check("commitmentHash", genesis?.commitmentHash ?? new Uint8Array(32));
    await sql(`UPDATE l2_blocks SET commitment_hash = NULL WHERE level = ${lost?.level}`);
    await sql(`UPDATE l2_blocks SET commitment_hash = '${hash}' WHERE level = ${stray}`);
    const protocol = encodeBase58Check(
      "protocolHash",
      await network.client
        .block()
        .protocols()
        .then((p) => p.protocol),
    );
    const { code, out } = await run(`repair commitments for ${protocol}`);
    expect(code).toBe(0);
    expect(out).toContain(`Fixing commitments for protocol ${protocol}`);
    expect(out).toMatch(new RegExp(`Registering new commitment src1\\w+ for level ${lost?.level}\n`));
    expect(out).toContain(`Removing incorrect commitment for level ${stray}\n`);
    expect(out).toMatch(/Completed!\nRemoved commitments: {3}1\nAdded commitments: {5}1\nPatched blocks: {8}\d\n/);
    expect(await blocks()).toEqual(before);
  });

  it("refuses unknown protocols, and directories in use", async () => {
    const unknown = encodeBase58Check("protocolHash", new Uint8Array(32));
    expect((await run(`repair commitments for ${unknown}`)).err).toContain("Unknown protocol");
    expect((await run("repair commitments for P")).err).toContain("Invalid protocol hash");
    await withLock(join(dataDir, GLOBAL_LOCK), { wait: false }, async () => {
      expect(await run(`repair commitments for ${unknown}`)).toMatchObject({ code: 1 });
    });
  });
});

describe("recompute outbox messages", () => {
  it("finds them in the states", async () => {
    const read = async () => {
      const store = await SqliteStore.open(dataDir, { readOnly: true });
      const found = await store.outboxLevel(messagesAt);
      await store.close();
      return found;
    };
    const before = await read();
    expect(before?.messages).toEqual([0, 1]);
    await sql("DELETE FROM outbox_messages");
    expect(await read()).toBeUndefined();
    const { code, err } = await run(`recompute outbox messages from ${rollup.originationLevel + 1}`);
    expect({ code, err: err.trim().split("\n").at(-1) }).toEqual({ code: 0, err: `${messagesAt} : 2 outbox messages` });
    expect(await read()).toEqual(before);
    expect((await run(`recompute outbox messages from ${network.chain.level + 1}`)).err).toContain("head is at");
  });
});
