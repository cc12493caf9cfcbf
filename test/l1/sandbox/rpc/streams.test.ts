// Streams over HTTP: heads as they come, reorganisations included, the pool, and what happens to readers that are slow, many, or leave.
import { type IncomingMessage, request } from "node:http";
import { describe, expect, it } from "vitest";
import { encodeBase58Check } from "../../../../src/encoding/base58check.js";
import type { JsonObject } from "../../../../src/encoding/json.js";
import type { Block } from "../../../../src/l1/sandbox/block.js";
import { ALICE, BOB, TestChain } from "../chain.js";
import { TestServer } from "./http.js";

/** A stream, value by value. */
class Reader {
  readonly #lines: string[] = [];
  #rest = "";
  #wake: () => void = () => undefined;
  isClosed = false;

  private constructor(readonly response: IncomingMessage) {
    response.setEncoding("utf8");
    response.on("data", (chunk: string) => {
      const parts = (this.#rest + chunk).split("\n");
      this.#rest = parts.pop() ?? "";
      this.#lines.push(...parts);
      this.#wake();
    });
    const close = (): void => {
      this.isClosed = true;
      this.#wake();
    };
    response.on("close", close).on("error", close);
  }

  static open(url: string): Promise<Reader> {
    return new Promise((resolve, reject) => {
      request(url, (response) => resolve(new Reader(response)))
        .on("error", reject)
        .end();
    });
  }

  /** The next value; undefined at the end. */
  async next(): Promise<JsonObject | undefined> {
    for (;;) {
      const line = this.#lines.shift();
      if (line !== undefined) return JSON.parse(line) as JsonObject;
      if (this.isClosed) return undefined;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  leave(): void {
    this.response.destroy();
  }
}

const hashOf = (block: Block): string => encodeBase58Check("blockHash", block.hash);

/** Fulfilled when a condition holds, which other events bring about. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

describe("the stream of heads", () => {
  it("begins with the head, and follows the chain over reorganisations", async () => {
    const chain = new TestChain();
    chain.bake(4);
    const http = await TestServer.start(chain);
    const heads = await Reader.open(`${http.url}/monitor/heads/main`);
    expect(heads.response.headers["content-type"]).toBe("application/json");
    expect(heads.response.headers["transfer-encoding"]).toBe("chunked");
    const first = await heads.next();
    expect(first).toEqual({
      hash: hashOf(chain.head),
      ...(await http.object("/chains/main/blocks/head/header/shell")),
      protocol_data: await http.get("/chains/main/blocks/head/header/protocol_data/raw"),
    });
    chain.bake(2);
    expect([(await heads.next())?.["level"], (await heads.next())?.["level"]]).toEqual([6, 7]);
    chain.sandbox.reorg(1);
    expect(await heads.next()).toMatchObject({ hash: hashOf(chain.head) });
    heads.leave();
    await until(() => http.server.openStreams === 0);
    chain.bake();
  });

  it("can be asked for the blocks of a protocol only", async () => {
    const chain = new TestChain();
    chain.bake(1);
    const http = await TestServer.start(chain);
    const alpha = "ProtoALphaALphaALphaALphaALphaALphaALphaALphaDdp3zK";
    const genesis = "ProtoGenesisGenesisGenesisGenesisGenesisGenesk612im";
    const ours = await Reader.open(`${http.url}/monitor/heads/NetXdQprcVkpaWU?protocol=${genesis}&protocol=${alpha}`);
    const others = await Reader.open(`${http.url}/monitor/heads/main?next_protocol=${genesis}`);
    expect(await ours.next()).toMatchObject({ level: 2 });
    chain.bake();
    expect(await ours.next()).toMatchObject({ level: 3 });
    await http.server.close();
    expect(await ours.next()).toBeUndefined();
    expect(await others.next()).toBeUndefined();
    expect((await TestServer.start(chain)).server.openStreams).toBe(0);
  });

  it.each([
    ["/monitor/heads/foo", 400],
    ["/monitor/heads/test", 404],
    ["/monitor/heads/main?protocol=foo", 400],
    ["/monitor/heads", 404],
  ])("%s: %i", async (path, status) => {
    const http = await TestServer.start(new TestChain());
    expect((await http.fetch(path)).status).toBe(status);
  });

  it("of blocks with their operations", async () => {
    const chain = new TestChain();
    const http = await TestServer.start(chain);
    const blocks = await Reader.open(`${http.url}/monitor/applied_blocks?chain=main`);
    chain.apply(ALICE, { kind: "transaction", amount: 1n, destination: BOB.address });
    expect(await blocks.next()).toMatchObject({
      chain_id: "NetXdQprcVkpaWU",
      hash: hashOf(chain.head),
      operations: [[], [], [], [expect.anything()]],
    });
    blocks.leave();
  });
});

describe("the stream of a node that is up to date", () => {
  it("gives the head, and ends", async () => {
    const chain = new TestChain();
    const http = await TestServer.start(chain);
    const steps = await Reader.open(`${http.url}/monitor/bootstrapped`);
    expect(await steps.next()).toEqual({ block: hashOf(chain.head), timestamp: "2018-06-30T16:07:33Z" });
    expect(await steps.next()).toBeUndefined();
  });
});

describe("the stream of the pool", () => {
  it("gives what waits, what comes, and ends with the head", async () => {
    const chain = new TestChain();
    chain.bake(2);
    const http = await TestServer.start(chain);
    const transfer = { kind: "transaction", amount: 1n, destination: BOB.address } as const;
    const first = chain.inject(ALICE, transfer);
    const pool = await Reader.open(`${http.url}/chains/main/mempool/monitor_operations`);
    const ofOthers = await Reader.open(`${http.url}/chains/main/mempool/monitor_operations?sources=${BOB.address}`);
    const hash = encodeBase58Check("operationHash", first);
    expect(await pool.next()).toEqual([expect.objectContaining({ hash, contents: [expect.anything()] })]);
    expect(await ofOthers.next()).toEqual([]);
    const bytes = Buffer.from(chain.forge(BOB, [{ ...transfer, destination: ALICE.address }])).toString("hex");
    const second = await http.post("/injection/operation", bytes);
    expect(await pool.next()).toEqual([expect.objectContaining({ hash: second })]);
    expect(await ofOthers.next()).toEqual([expect.objectContaining({ hash: second })]);
    chain.bake();
    expect(await pool.next()).toBeUndefined();
    expect(await ofOthers.next()).toBeUndefined();
  });
});

describe("streams are bounded", () => {
  it("in number", async () => {
    const http = await TestServer.start(new TestChain(), { maxStreams: 3 });
    const readers = await Promise.all([1, 2, 3].map(() => Reader.open(`${http.url}/monitor/heads/main`)));
    expect((await http.fetch("/monitor/heads/main")).status).toBe(503);
    expect((await http.fetch("/version")).status).toBe(200);
    readers[0]?.leave();
    await until(() => http.server.openStreams === 2);
    (await Reader.open(`${http.url}/monitor/heads/main`)).leave();
  });

  it("in what waits for a reader that does not read", async () => {
    const chain = new TestChain();
    const http = await TestServer.start(chain, { maxStreamBacklogBytes: 1000 });
    const fast = await Reader.open(`${http.url}/monitor/applied_blocks`);
    const slow = await Reader.open(`${http.url}/monitor/applied_blocks`);
    slow.response.pause();
    const message = new Uint8Array(4000);
    // A socket takes megabytes before it says that it is full.
    let blocks = 0;
    for (; blocks < 2000 && http.server.openStreams === 2; blocks++) {
      const messages = [message, message, message, message, message, message, message];
      chain.sandbox.inject(chain.forge(ALICE, [{ kind: "smart_rollup_add_messages", messages, gasLimit: 1_000_000n }]));
      chain.bake();
      expect(await fast.next()).toMatchObject({ hash: hashOf(chain.head) });
    }
    expect(http.server.openStreams).toBe(1);
    expect(blocks).toBeGreaterThan(10);
    fast.leave();
  }, 60_000);
});
