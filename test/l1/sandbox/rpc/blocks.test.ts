// The RPCs of blocks and of the chain: every way to name a block, every form of a block, and the statuses of requests that lead nowhere.
import { beforeAll, describe, expect, it } from "vitest";
import { blake2b256 } from "../../../../src/crypto/blake2b.js";
import { encodeBase58Check } from "../../../../src/encoding/base58check.js";
import { fromHex, toHex } from "../../../../src/encoding/hex.js";
import type { JsonObject } from "../../../../src/encoding/json.js";
import type { Block } from "../../../../src/l1/sandbox/block.js";
import { operationReceiptForm } from "../../../../src/protocol/receipt.js";
import { ALICE, BOB, TestChain } from "../chain.js";
import { BLOCK, TestServer } from "./http.js";

const chain = new TestChain();
const CHAIN_ID = "NetXdQprcVkpaWU";
const UNKNOWN_HASH = encodeBase58Check("blockHash", new Uint8Array(32).fill(7));
let left: Block;
let http: TestServer;

beforeAll(async () => {
  chain.bakeTo(4);
  chain.apply(ALICE, { kind: "transaction", amount: 1n, destination: BOB.address });
  chain.bake(2);
  left = chain.head;
  chain.sandbox.reorg(1);
  http = await TestServer.start(chain);
});

function hashOf(block: Block | undefined): string {
  return encodeBase58Check("blockHash", block?.hash ?? new Uint8Array(32));
}

const atLevel = (level: number): string => hashOf(chain.sandbox.block(level));

describe("blocks are named", () => {
  it.each([
    ["head", () => hashOf(chain.head)],
    ["head~1", () => atLevel(chain.level - 1)],
    ["head-2", () => atLevel(chain.level - 2)],
    ["genesis", () => atLevel(0)],
    ["genesis+3", () => atLevel(3)],
    ["0", () => atLevel(0)],
    ["3", () => atLevel(3)],
    ["5~2", () => atLevel(3)],
    ["3+2", () => atLevel(5)],
    ["caboose", () => atLevel(0)],
    ["checkpoint", () => atLevel(chain.level - 2)],
  ])("%s", async (id, hash) => {
    expect(await http.get(`/chains/main/blocks/${id}/hash`)).toBe(hash());
    expect(await http.get(`/chains/${CHAIN_ID}/blocks/${id}/hash`)).toBe(hash());
  });

  it("by hash, on any branch, with what is around them", async () => {
    const hash = hashOf(left);
    expect(await http.get(`/chains/main/blocks/${hash}/hash`)).toBe(hash);
    expect(await http.get(`/chains/main/blocks/${hash}~1/hash`)).toBe(hashOf(chain.sandbox.predecessor(left)));
    expect(await http.get(`/chains/main/blocks/${atLevel(3)}+1/hash`)).toBe(atLevel(4));
  });

  it.each(["99", "head~99", "head+1", "5~9", UNKNOWN_HASH])("%s, which there is not", async (id) => {
    const { status, text } = await http.fetch(`/chains/main/blocks/${id}/hash`);
    expect([status, text]).toEqual([404, ""]);
  });

  it.each([
    "foo",
    "head~",
    "head~x",
    "~3",
    "-1",
    "3~1~1",
    "BMQvytXRsv7s8SzVKJkxUBdVSVCPVKA6MvVzzxLWXRSGtF4jvMd",
    "4294967296",
  ])("%s, which is no name", async (id) => {
    const { status, headers, text } = await http.fetch(`/chains/main/blocks/${id}/hash`);
    expect([status, headers.get("content-type")]).toEqual([400, "text/plain"]);
    expect(text).toBe(
      `Failed to parsed an argument in path. After "chains/main/blocks/${id}", the value "Cannot parse block identifier: ${id}" is not acceptable for type "block_id"`,
    );
  });
});

describe("a header", () => {
  it("hashes to the block's hash", async () => {
    for (const level of [1, 2, 5, chain.level]) {
      const raw = await http.get(`/chains/main/blocks/${level}/header/raw`);
      expect(encodeBase58Check("blockHash", blake2b256(fromHex(String(raw))))).toBe(atLevel(level));
    }
  });

  it("is the same in all its forms", async () => {
    const header = await http.object(`${BLOCK}/header`);
    const { protocol, chain_id, hash, ...own } = header;
    expect([protocol, chain_id, hash]).toEqual([
      "ProtoALphaALphaALphaALphaALphaALphaALphaALphaDdp3zK",
      CHAIN_ID,
      hashOf(chain.head),
    ]);
    const shell = await http.object(`${BLOCK}/header/shell`);
    const { protocol: _same, ...data } = await http.object(`${BLOCK}/header/protocol_data`);
    expect({ ...shell, ...data }).toEqual(own);
    expect((await http.object(BLOCK))["header"]).toEqual(own);
    const raw = await http.get(`${BLOCK}/header/protocol_data/raw`);
    expect(raw).toBe(toHex(chain.head.protocolData));
    expect(
      await http.post(`${BLOCK}/helpers/forge_block_header`, { ...(shell as object), protocol_data: String(raw) }),
    ).toEqual({
      block: await http.get(`${BLOCK}/header/raw`),
    });
  });

  it("of the first blocks is that of the genesis protocol", async () => {
    const genesis = await http.object("/chains/main/blocks/0/header");
    expect(genesis["protocol"]).toBe("PrihK96nBAFSxVL1GLJTVhu9YnzkMFiBeuJRPA8NwuZVZCE1L6i");
    expect(genesis["validation_pass"]).toBe(0);
    const activation = await http.object("/chains/main/blocks/1/header");
    expect(activation["protocol"]).toBe("ProtoGenesisGenesisGenesisGenesisGenesisGenesk612im");
    expect((activation["content"] as JsonObject)["command"]).toBe("activate");
    expect(await http.get("/chains/main/blocks/1/protocols")).toEqual({
      protocol: "ProtoGenesisGenesisGenesisGenesisGenesisGenesk612im",
      next_protocol: "ProtoALphaALphaALphaALphaALphaALphaALphaALphaDdp3zK",
    });
    expect((await http.fetch("/chains/main/blocks/0/context/constants")).status).toBe(404);
    expect((await http.fetch("/chains/main/blocks/1/context/constants")).status).toBe(200);
  });
});

describe("operations", () => {
  const level = 5;
  const at = `/chains/main/blocks/${level}`;

  it("stand in their validation pass, with receipts", async () => {
    const all = (await http.get(`${at}/operations`)) as JsonObject[][];
    expect(all.map(({ length }) => length)).toEqual([0, 0, 0, 1]);
    const [operation] = all[3] ?? [];
    expect(await http.get(`${at}/operations/3`)).toEqual([operation]);
    expect(await http.get(`${at}/operations/3/0`)).toEqual(operation);
    expect((await http.object(`${at}?metadata=always`))["operations"]).toEqual(all);
    const { hash, contents } = operationReceiptForm.fromJson(operation);
    expect(contents[0]?.metadata.operationResult.status).toBe("applied");
    expect(await http.get(`${at}/operation_hashes`)).toEqual([[], [], [], [encodeBase58Check("operationHash", hash)]]);
    expect(await http.get(`${at}/operation_hashes/3`)).toEqual([encodeBase58Check("operationHash", hash)]);
    expect(await http.get(`${at}/operation_hashes/3/0`)).toBe(encodeBase58Check("operationHash", hash));
  });

  it("have no receipts when none are asked for", async () => {
    const operation = await http.object(`${at}/operations/3/0?metadata=never`);
    expect(JSON.stringify(operation)).not.toContain("metadata");
    expect((await http.fetch(`${at}/operations/3/0?metadata=perhaps`)).status).toBe(400);
  });

  it.each(["/operations/4", "/operations/-1", "/operations/3/1", "/operation_hashes/3/-1"])(
    "%s: none",
    async (path) => {
      expect((await http.fetch(at + path)).status).toBe(404);
    },
  );

  it("cost fees, which the baker gets", async () => {
    const metadata = await http.object(`${at}/metadata`);
    expect(metadata["balance_updates"]).toEqual([
      { kind: "accumulator", category: "block fees", change: "-10000", origin: "block" },
      { kind: "contract", contract: metadata["baker"], change: "10000", origin: "block" },
    ]);
    expect((await http.object(at))["metadata"]).toEqual(metadata);
  });
});

describe("the chain", () => {
  it("says what it is", async () => {
    expect(await http.get("/chains/main/chain_id")).toBe(CHAIN_ID);
    expect(await http.get("/chains/main/is_bootstrapped")).toEqual({ bootstrapped: true, sync_state: "synced" });
    expect(await http.get("/config/network/user_activated_upgrades")).toEqual([]);
    expect(await http.object("/version")).toMatchObject({ version: { major: 25, additional_info: "dev" } });
    expect(await http.get("/chains/main/levels/savepoint")).toEqual({ block_hash: atLevel(0), level: 0 });
    expect(await http.get("/chains/main/levels/checkpoint")).toEqual({
      block_hash: atLevel(chain.level - 2),
      level: chain.level - 2,
    });
  });

  it("knows its protocols and the blocks that activated them", async () => {
    const [genesis, alpha] = (await http.get("/chains/main/protocols")) as JsonObject[];
    expect(genesis).toMatchObject({ proto_level: 0, activation_block: { level: 0 } });
    expect(alpha).toMatchObject({ proto_level: 1, activation_block: { block_hash: atLevel(1), level: 1 } });
    expect(await http.get(`/chains/main/protocols/${String(alpha?.["protocol"])}`)).toEqual(alpha);
  });

  it("lists hashes backwards", async () => {
    expect(await http.get("/chains/main/blocks")).toEqual([[hashOf(chain.head)]]);
    const levels = [chain.level, chain.level - 1, chain.level - 2];
    expect(await http.get("/chains/main/blocks?length=3")).toEqual([levels.map(atLevel)]);
    const old = hashOf(left);
    const lists = await http.get(`/chains/main/blocks?length=3&head=${old}&head=${hashOf(chain.head)}`);
    const fork = hashOf(chain.sandbox.predecessor(left));
    expect(lists).toEqual([levels.map(atLevel), [old, fork]]);
    expect((await http.fetch("/chains/main/blocks?length=-1")).status).toBe(400);
    expect((await http.fetch("/chains/main/blocks?head=foo")).status).toBe(400);
  });

  it("knows on which blocks operations may branch", async () => {
    const live = (await http.get(`${BLOCK}/live_blocks`)) as string[];
    expect([...live].sort()).toEqual(Array.from({ length: chain.level + 1 }, (_, level) => atLevel(level)).sort());
  });
});

describe("requests that lead nowhere", () => {
  it.each([
    ["GET", "/", 404],
    ["GET", "/chains", 404],
    ["GET", "/chains/main/blocks/head/nothing", 404],
    ["GET", "/chains/main/blocks/head/hash/more", 404],
    ["GET", "/chains/test/chain_id", 404],
    ["GET", "/chains/NetXynUjJNZm7wi/chain_id", 404],
    ["GET", "/chains/mian/chain_id", 400],
    ["GET", "/injection/operation", 405],
    ["DELETE", "/version", 405],
    ["HEAD", "/version", 501],
    ["LOCK", "/version", 501],
  ])("%s %s: %i", async (method, path, status) => {
    expect((await http.fetch(path, { method })).status).toBe(status);
  });

  it("say which methods there are", async () => {
    expect((await http.fetch("/injection/operation")).headers.get("allow")).toBe("POST");
  });

  it("take empty and encoded segments as Octez does", async () => {
    expect(await http.get("//chains///main/chain_id/")).toBe(CHAIN_ID);
    expect(await http.get("/chains/%6Dain/chain_id")).toBe(CHAIN_ID);
    expect((await http.fetch("/chains/%zz/chain_id")).status).toBe(400);
  });

  it("want JSON in and out", async () => {
    const post = { method: "POST", body: '"00"' };
    const typed = (type: string) => http.fetch("/injection/operation", { ...post, headers: { "content-type": type } });
    expect((await typed("text/plain")).status).toBe(415);
    expect((await typed("application/octet-stream")).status).toBe(415);
    expect((await typed("application/json; charset=utf-8")).status).toBe(500);
    expect((await http.fetch("/version", { headers: { accept: "text/html" } })).status).toBe(406);
    expect((await http.fetch("/version", { headers: { accept: "application/octet-stream" } })).status).toBe(200);
    expect((await http.fetch("/version", { headers: { accept: "text/html, */*;q=0.1" } })).status).toBe(200);
  });

  it("let browsers in", async () => {
    const options = await http.fetch("/injection/operation", { method: "OPTIONS" });
    expect(options.status).toBe(200);
    expect(options.headers.get("access-control-allow-methods")).toBe("POST");
    expect(options.headers.get("access-control-allow-headers")).toBe("content-type");
    expect(options.headers.get("access-control-allow-origin")).toBe("*");
    expect((await http.fetch("/version")).headers.get("access-control-allow-origin")).toBe("*");
    expect((await http.fetch("/nowhere", { method: "OPTIONS" })).status).toBe(404);
  });
});
