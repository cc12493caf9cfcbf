// Blocks evaluated again from a data directory, and durable storage dumped from it.
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { parseInstallerConfig } from "../../../src/debugger/installer-config.js";
import { encodeBase58Check } from "../../../src/encoding/base58check.js";
import { toHex } from "../../../src/encoding/hex.js";
import { Database } from "../../../src/node/store/database.js";
import { STORE_FILE } from "../../../src/node/store/sqlite-store.js";
import { startNetwork, type TestNetwork } from "../../l1/client/network.js";
import { BOB, CAROL } from "../../l1/sandbox/chain.js";
import { assemble, originate, type Rollup } from "../../l1/sandbox/rollup.js";
import { type KeptNode, nodeCommand, startKeptNode } from "./node-directory.js";

let network: TestNetwork;
let rollup: Rollup;
let kept: KeptNode;

beforeAll(async () => {
  network = await startNetwork();
  rollup = originate(network.chain, BOB, assemble("storage"));
  kept = await startKeptNode(network, rollup, { mode: "observer" });
  const set = (key: string, value: string) => Buffer.concat([Buffer.from([key.length]), Buffer.from(key + value)]);
  network.chain.send(CAROL, { kind: "smart_rollup_add_messages", messages: [set("/a", "one"), set("/b/c", "two")] });
  for (let i = 0; i < 4; i++) {
    await kept.node.settled();
    network.chain.bake();
  }
  await kept.node.settled();
}, 60_000);

const run = (line: string) => nodeCommand(line, { dataDir: kept.dataDir, endpoint: network.endpoint });
const path = (name: string): string => join(kept.dataDir, name);
const oneLine = (text: string): string => text.replaceAll(/\s+/g, " ");

async function blockAt(level: number) {
  const block = await kept.node.context.store.blockAt(level);
  if (block === undefined) throw new Error(`no level ${level}`);
  return block;
}

describe("replay", () => {
  it("finds a block as it is stored, by its level or hash", async () => {
    const level = network.chain.level - 1;
    const { code, err, out } = await run(`replay block ${level}`);
    expect({ code, out }).toEqual({ code: 0, out: "" });
    expect(err).toMatch(/^Using protocol P/);
    expect(err).toContain(`"level": ${level}`);
    expect(err).toMatch(new RegExp(`Replayed block ${level} .\\[1msuccessfully`));
    const hash = encodeBase58Check("blockHash", (await blockAt(level)).hash);
    expect((await run(`replay block ${hash}`)).err).toContain(`"block_hash": "${hash}"`);
  });

  it("goes through levels with and without commitments", async () => {
    const [from, to] = [rollup.originationLevel + 1, network.chain.level];
    const { code, err } = await run(`replay blocks from ${from} to ${to} --profiling false`);
    expect(code).toBe(0);
    expect(err.match(/\[1;32mOK/g)).toHaveLength(to - from + 1);
  });

  it("says what is wrong with a block, or with what it is asked", async () => {
    const level = network.chain.level - 1;
    const { stateHash, numTicks } = await blockAt(level);
    const stored = encodeBase58Check("stateHash", stateHash);
    const database = await Database.open(path(STORE_FILE), {});
    const other = encodeBase58Check("stateHash", new Uint8Array(32));
    await database.exec(`UPDATE l2_blocks SET state_hash = '${other}', num_ticks = 7 WHERE level = ${level}`);
    const { code, err } = await run(`replay blocks from ${level} to ${level}`);
    await database.exec(
      `UPDATE l2_blocks SET state_hash = '${stored}', num_ticks = ${numTicks} WHERE level = ${level}`,
    );
    await database.close();
    expect(code).toBe(1);
    expect(err).toMatch(/Computed block has \d+ ticks but stored as 7 ticks/);
    expect(err).toContain(`Computed block has PVM state ${stored} but stored with PVM state ${other}`);
    expect(err).toContain("Replayed block differed from the one on disk");
    const fails = async (line: string): Promise<string> => {
      const ran = await run(line);
      expect(ran.code).toBe(1);
      return oneLine(ran.err);
    };
    expect(await fails(`replay block ${network.chain.level + 1}`)).toContain("not found in the rollup node storage");
    expect(await fails("replay block BLx")).toContain("Cannot parse block hash or level");
    expect(await fails("replay blocks from 6 to 5")).toContain("levels 6 to 5: there is none");
    expect(await fails("replay blocks from 0 to 5")).toContain("Expected a valid positive integer, provided 0 instead");
  });
});

describe("dump durable storage", () => {
  const instructions = (name: string) =>
    parseInstallerConfig(readFileSync(path(name), "utf8"), name.endsWith("json") ? "json" : "yaml");

  it("writes what an installer takes, as JSON or YAML", async () => {
    expect(await run(`dump durable storage into ${path("d.json")}`)).toEqual({
      code: 0,
      out: `Dumped WASM PVM state to ${path("d.json")}\n`,
      err: "",
    });
    const sets = JSON.parse(readFileSync(path("d.json"), "utf8")).instructions as {
      set: { value: string; to: string };
    }[];
    const values = new Map(sets.map(({ set }) => [set.to, set.value]));
    expect(values.get("/a")).toBe(toHex(Buffer.from("one")));
    expect(values.get("/b/c")).toBe(toHex(Buffer.from("two")));
    expect([...values.keys()].some((key) => key.startsWith("/readonly") || key === "/kernel/boot.wasm")).toBe(false);
    expect((await run(`dump durable storage into ${path("d.yaml")} --block head`)).code).toBe(0);
    expect(instructions("d.yaml")).toEqual(instructions("d.json"));
  });

  it("takes the state of any block kept, and says which it cannot find", async () => {
    const before = rollup.originationLevel;
    const hash = encodeBase58Check("blockHash", (await blockAt(before + 1)).hash);
    const { level } = network.chain;
    for (const name of [String(before), `${hash}~1`, `head~${level - before}`]) {
      expect((await run(`dump durable storage into ${path("old.json")} --block ${name}`)).code).toBe(0);
      expect(readFileSync(path("old.json"), "utf8")).not.toContain('"/a"');
      rmSync(path("old.json"));
    }
    for (const [name, why] of [
      ["genesis", "Genesis not supported"],
      ["savepoint", "Alias not supported"],
      [String(level + 5), `Block hash for level ${level + 5} not found in the rollup node storage`],
      ["nonsense", "is not a value block reference"],
    ]) {
      const { code, err } = await run(`dump durable storage into ${path("x.json")} --block ${name}`);
      expect(code).toBe(1);
      expect(oneLine(err)).toContain(why);
    }
  });
});
