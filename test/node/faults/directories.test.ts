// Real nodes on data directories that they must not go on with: of another chain, damaged, on a disk that is full. Each ends with an error that
// names what is wrong and where, and nothing is lost by it.
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { RpcServer } from "../../../src/l1/sandbox/rpc/server.js";
import { Database } from "../../../src/node/store/database.js";
import { SqliteStore } from "../../../src/node/store/sqlite-store.js";
import { compiledProgram } from "../../compiled-program.js";
import { BOB, CAROL, TestChain } from "../../l1/sandbox/chain.js";
import { assemble, originate, type Rollup } from "../../l1/sandbox/rollup.js";
import { freePort, NodeProcess } from "./node-process.js";
import { seeded } from "./seeded.js";

/** The long form of the tests: `FULL=1 npm test`. */
const FULL = process.env["FULL"] === "1";

const TIMEOUT = 180_000;
const START_TIME = 1_600_000_000n;

const folder = mkdtempSync(join(tmpdir(), "tickproof-directories-"));
const main = compiledProgram();
const chain = new TestChain({ startTime: START_TIME });
const server = new RpcServer(chain.sandbox);
let rollup: Rollup;
let endpoint = "";
let started: NodeProcess | undefined;
/** A directory with some levels, which is copied and spoilt. */
const good = join(folder, "good");

beforeAll(async () => {
  mkdirSync(join(folder, "client"));
  chain.bake(2);
  rollup = originate(chain, BOB, assemble("echo"));
  endpoint = await server.listen();
  chain.bake(4);
  const node = await start(good);
  await settled(node);
  expect(await node.stop()).toBe(127);
}, TIMEOUT);

afterEach(() => started?.kill());

afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

async function start(dataDir: string, at = endpoint): Promise<NodeProcess> {
  const phrase = `run observer for ${rollup.address} with operators --data-dir ${dataDir} --rpc-port ${await freePort()}`;
  started = new NodeProcess({ main, args: ["-d", join(folder, "client"), "-E", at, ...phrase.split(" ")] });
  return started;
}

async function settled(node: NodeProcess): Promise<void> {
  const { level } = chain;
  const isDone = (): boolean =>
    node
      .named("smart_rollup_node_daemon_loop_process_finished")
      .some(({ value }) => (value as { readonly to: number }).to === level);
  if (!(await node.until(isDone))) throw new Error(`the node has ended: ${node.text}`);
}

/** The text of an error, whose lines may be broken anywhere. */
function flat(text: string): string {
  return text.replaceAll(/\s+/g, "");
}

async function refusal(dataDir: string, at = endpoint): Promise<string> {
  const node = await start(dataDir, at);
  expect(await node.ended).toBe(1);
  return flat(node.text);
}

function copy(name: string): string {
  const path = join(folder, name);
  cpSync(good, path, { recursive: true });
  return path;
}

describe("a node refuses a data directory", { timeout: TIMEOUT }, () => {
  it.skipIf(!FULL).each([
    ["in another block of the same level", true],
    ["at another level", false],
  ])("of another layer 1, where the same rollup was originated %s", async (_, isSameLevel) => {
    const other = new TestChain({ startTime: START_TIME });
    other.bake(2);
    const twin = originate(other, BOB, assemble("echo"));
    expect(twin.address).toBe(rollup.address);
    const origination = other.head.operations.map(({ bytes }) => bytes);
    other.sandbox.reorg(1, isSameLevel ? { operations: origination } : {});
    other.bake(4);
    const otherServer = new RpcServer(other.sandbox);
    try {
      const text = await refusal(copy("other-chain"), await otherServer.listen());
      expect(text).toMatch(/other-chain\/(store\.sqlite|metadata)isofanotherchain/);
    } finally {
      await otherServer.close();
    }
  });

  it("whose store is cut short", async () => {
    const dataDir = copy("cut");
    truncateSync(join(dataDir, "store.sqlite"), 10_000);
    expect(await refusal(dataDir)).toMatch(/node\.store\.corrupt.*cut\/store\.sqlite/);
  });

  it.skipIf(!FULL)("whose states are no database, or are gone", async () => {
    const dataDir = copy("states");
    for (const suffix of ["", "-wal", "-shm"]) rmSync(join(dataDir, `states.sqlite${suffix}`), { force: true });
    expect(await refusal(dataDir)).toMatch(/states\/states\.sqlitedoesnothavethestateoflevel/);
    writeFileSync(join(dataDir, "states.sqlite"), "not a database ".repeat(1000));
    expect(await refusal(dataDir)).toMatch(/states\/states\.sqlite.*notadatabase/);
  });

  it("that a newer program has migrated", async () => {
    const dataDir = copy("newer");
    const database = await Database.open(join(dataDir, "store.sqlite"));
    await database.run("INSERT INTO migrations (id, name) VALUES (90, 'from_the_future')");
    await database.close();
    expect(await refusal(dataDir)).toMatch(/node\.store\.from_the_future.*91migrations.*newer\/store\.sqlite/);
  });
});

it.skipIf(!FULL)("operations and heads that cannot be read are told of, and left", { timeout: TIMEOUT }, async () => {
  const dataDir = copy("operations");
  const name = "iop1Rd8BpYhNzaDwqDkwYnNy7Gvrwg1rVEYNMUUWkDhoFaDoHwnJY";
  const heap = join(dataDir, "injector", "operations_heap");
  mkdirSync(heap, { recursive: true });
  writeFileSync(join(heap, `${name}.partial`), "half of it");
  writeFileSync(join(dataDir, "injector", "last_seen_head"), "?");
  const node = await start(dataDir);
  await settled(node);
  expect(await node.stop()).toBe(127);
});

describe("a disk that is full", { timeout: TIMEOUT }, () => {
  it("ends the node with an error; it goes on when there is room", async (context) => {
    const disk = join(folder, "disk");
    mkdirSync(disk);
    try {
      execFileSync("mount", ["-t", "tmpfs", "-o", "size=2m", "tmpfs", disk], { stdio: "ignore" });
    } catch {
      context.skip("no right to mount a small disk");
    }
    try {
      const dataDir = join(disk, "node");
      const node = await start(dataDir);
      await settled(node);
      for (let i = 0; !node.hasEnded && i < 100; i++) {
        // Bytes that no compression makes fewer.
        const byte = seeded(i + 1);
        const messages = Array.from({ length: 8 }, () => Uint8Array.from({ length: 3900 }, () => byte(256)));
        chain.send(CAROL, { kind: "smart_rollup_add_messages", messages });
        await settled(node).catch(() => undefined);
      }
      expect(await node.ended).toBe(1);
      expect(flat(node.text)).toMatch(
        /(node\.store\.full|thestoreofstates.*full|node\.store\.unavailable).*disk\/node\/st/,
      );
      const store = await SqliteStore.open(dataDir, { readOnly: true }).catch(() => undefined);
      await store?.close();
      execFileSync("mount", ["-o", "remount,size=64m", disk]);
      const again = await start(dataDir);
      await settled(again);
      expect(await again.stop()).toBe(127);
      const fresh = join(folder, "fresh");
      const observer = await start(fresh);
      await settled(observer);
      expect(await observer.stop()).toBe(127);
      expect(await blocks(dataDir)).toEqual(await blocks(fresh));
      const database = await Database.open(join(dataDir, "store.sqlite"));
      expect(await database.all("PRAGMA integrity_check")).toEqual([{ integrity_check: "ok" }]);
      await database.close();
    } finally {
      await started?.kill();
      execFileSync("umount", [disk]);
    }
  });
});

async function blocks(dataDir: string) {
  const store = await SqliteStore.open(dataDir);
  const found = await store.blocks(rollup.originationLevel, chain.level);
  await store.close();
  return found;
}
