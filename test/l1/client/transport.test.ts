import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import fc from "fast-check";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { backOffDelay, REAL_WAITING } from "../../../src/l1/client/back-off.js";
import { blockPath, headMinus, parseBlockId, parseChainName } from "../../../src/l1/client/block-id.js";
import { HttpTransport, type TransportEvent, type TransportOptions } from "../../../src/l1/client/http-transport.js";
import { JsonStreamSplitter } from "../../../src/l1/client/json-stream.js";
import { L1Client } from "../../../src/l1/client/l1-client.js";
import { isL1RpcError, L1RpcError } from "../../../src/l1/client/rpc-error.js";
import { FakeWaiting } from "./fake-waiting.js";

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

let server: Server;
let endpoint = "";
let handler: Handler;
let calls: string[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    calls.push(`${request.method} ${request.url}`);
    handler(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const open: HttpTransport[] = [];
afterEach(async () => {
  for (const transport of open.splice(0)) await transport.close();
  calls = [];
});

function transport(options: TransportOptions = {}): HttpTransport {
  const made = new HttpTransport(endpoint, { waiting: new FakeWaiting(), ...options });
  open.push(made);
  return made;
}

function answers(...all: (readonly [status: number, body: string])[]): void {
  const left = [...all];
  handler = (_request, response) => {
    const [status, body] = left.length > 1 ? (left.shift() ?? [500, ""]) : (left[0] ?? [500, ""]);
    response.writeHead(status, { "content-type": "application/json" }).end(body);
  };
}

async function errorOf(promise: Promise<unknown>): Promise<L1RpcError> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof L1RpcError) return error;
    throw error;
  }
  throw new Error("nothing went wrong");
}

describe("calls", () => {
  it("send JSON, and read JSON", async () => {
    handler = (request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        const { accept, "content-type": type } = request.headers;
        response.end(JSON.stringify({ accept, type, body: Buffer.concat(chunks).toString() }));
      });
    };
    expect(await transport().post("/x", { a: [1] })).toEqual({
      accept: "application/json",
      type: "application/json",
      body: '{"a":[1]}',
    });
    expect(await transport().get("/x")).toEqual({ accept: "application/json", body: "" });
  });

  it("write query parameters", async () => {
    answers([200, "1"]);
    const query = { a: true, b: false, c: undefined, d: ["x y", "z"], e: 3 };
    await transport().get("/x", { query });
    expect(calls).toEqual(["GET /x?a&d=x%20y&d=z&e=3"]);
    expect(new HttpTransport("http://h:1/path//").address("/x")).toBe("http://h:1/path/x");
    expect(() => new HttpTransport("ftp://h")).toThrow(TypeError);
  });

  it.each([
    [400, "", "l1.rpc.bad_request"],
    [401, "", "l1.rpc.forbidden"],
    [403, "", "l1.rpc.forbidden"],
    [404, "", "l1.rpc.not_found"],
    [406, "", "l1.rpc.bad_request"],
    [410, "", "l1.rpc.gone"],
    [418, "tea", "l1.rpc.unexpected_status"],
    [500, "oops", "l1.rpc.unexpected_status"],
    [500, '[{"kind":"temporary","id":"proto.alpha.contract.balance_too_low"}]', "l1.rpc.failed"],
    [200, "", "l1.rpc.unexpected_content"],
    [200, "<html>", "l1.rpc.unexpected_content"],
  ])("that are answered with %i %j fail, once", async (status, body, code) => {
    answers([status, body]);
    const error = await errorOf(transport().get("/x"));
    expect([error.code, error.status, error.method, error.url]).toEqual([code, status, "GET", `${endpoint}/x`]);
    expect(error.body).toBe(body);
    expect(error.has("contract.balance_too_low")).toBe(code === "l1.rpc.failed");
    expect(calls).toHaveLength(1);
    expect(isL1RpcError(error, code as L1RpcError["code"])).toBe(true);
  });

  it("are repeated, ever later, when the node is busy", async () => {
    const waiting = new FakeWaiting();
    answers([503, ""], [502, ""], [429, ""], [200, '"there"']);
    expect(await transport({ waiting }).get("/x")).toBe("there");
    expect(calls).toHaveLength(4);
    expect(waiting.slept).toEqual([250, 375, 562.5]);
  });

  it("are not repeated for ever, and not at all if they change something", async () => {
    answers([503, ""]);
    expect((await errorOf(transport({ retries: 2 }).get("/x"))).isTransient).toBe(true);
    expect(calls).toHaveLength(3);
    calls = [];
    expect((await errorOf(transport().post("/x", null))).code).toBe("l1.rpc.unexpected_status");
    expect(calls).toHaveLength(1);
  });

  it("are repeated when nobody is there yet, whatever they do", async () => {
    const waiting = new FakeWaiting();
    const nobody = new HttpTransport("http://127.0.0.1:1", { waiting, retries: 2 });
    open.push(nobody);
    const error = await errorOf(nobody.post("/x", null));
    expect([error.code, error.reason, waiting.slept.length]).toEqual(["l1.rpc.unreachable", "ECONNREFUSED", 2]);
  });

  it("end when the connection breaks", async () => {
    handler = (_request, response) => void response.socket?.destroy();
    expect((await errorOf(transport({ retries: 0 }).get("/x"))).code).toBe("l1.rpc.unreachable");
    handler = (_request, response) => {
      response.writeHead(200, { "content-length": 100 }).write("[");
      setTimeout(() => response.socket?.destroy(), 5);
    };
    expect((await errorOf(transport({ retries: 0 }).get("/x"))).code).toBe("l1.rpc.unreachable");
  });

  it("end in time", async () => {
    handler = () => undefined;
    expect((await errorOf(transport({ timeoutMs: 30, retries: 0 }).get("/x"))).code).toBe("l1.rpc.timeout");
    const stop = new AbortController();
    const call = errorOf(transport({ retries: 0 }).get("/x", { signal: stop.signal }));
    setTimeout(() => stop.abort(), 10);
    expect((await call).code).toBe("l1.rpc.aborted");
  });

  it("take only so much", async () => {
    answers([200, `"${"x".repeat(1000)}"`]);
    expect((await errorOf(transport({ maxAnswerBytes: 100 }).get("/x"))).code).toBe("l1.rpc.too_large");
  });

  it("tell what they do", async () => {
    const events: TransportEvent[] = [];
    answers([503, ""], [200, "1"]);
    await transport({ onEvent: (event) => events.push(event) }).get("/x");
    expect(events.map(({ kind, status }) => [kind, status])).toEqual([
      ["request", undefined],
      ["response", 503],
      ["retry", undefined],
      ["request", undefined],
      ["response", 200],
    ]);
  });

  it("give raw answers of any status", async () => {
    answers([404, "gone fishing"]);
    expect(await transport().raw("GET", "/x", undefined)).toEqual({
      status: 404,
      contentType: "application/json",
      text: "gone fishing",
    });
  });

  it("of the typed client read what they ask for", async () => {
    answers([200, '"NetXdQprcVkpaWU"']);
    const client = new L1Client(endpoint, { retries: 0 });
    expect(await client.chainId()).toHaveLength(4);
    answers([200, "3"]);
    const error = await errorOf(client.chainId());
    expect([error.code, error.url]).toEqual(["l1.rpc.unexpected_content", `${endpoint}/chains/main/chain_id`]);
    await client.close();
  });
});

describe("streams", () => {
  async function all(generator: AsyncGenerator<unknown>): Promise<unknown[]> {
    const values: unknown[] = [];
    for await (const value of generator) values.push(value);
    return values;
  }

  it("give values as they come, until they end", async () => {
    handler = (_request, response) => {
      response.write('{"a":1}\n{"b"');
      setTimeout(() => response.end(':"é}"}[2]'), 10);
    };
    expect(await all(transport().stream("/x"))).toEqual([{ a: 1 }, { b: "é}" }, [2]]);
  });

  it("fail as calls do", async () => {
    answers([404, ""]);
    expect((await errorOf(all(transport().stream("/x")))).code).toBe("l1.rpc.not_found");
    handler = (_request, response) => {
      response.write('{"a":1}');
      setTimeout(() => response.socket?.destroy(), 5);
    };
    expect((await errorOf(all(transport().stream("/x")))).code).toBe("l1.rpc.unreachable");
    handler = (_request, response) => void response.end("{nonsense}");
    expect((await errorOf(all(transport().stream("/x")))).code).toBe("l1.rpc.unexpected_content");
    handler = () => undefined;
    expect((await errorOf(all(transport({ timeoutMs: 20 }).stream("/x")))).code).toBe("l1.rpc.timeout");
  });

  it("are hung up on by whoever has enough", async () => {
    const hungUp = new Promise<void>((resolve) => {
      handler = (_request, response) => {
        response.write("[1]");
        response.on("close", resolve);
      };
    });
    for await (const value of transport().stream("/x")) {
      expect(value).toEqual([1]);
      break;
    }
    await hungUp;
  });
});

describe("the splitter of streams", () => {
  it("finds the values however they are cut", () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.object(), fc.array(fc.jsonValue())), { maxLength: 6 }),
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }),
        fc.constantFrom("", "\n", " "),
        (values, cuts, between) => {
          const text = values.map((value) => JSON.stringify(value)).join(between);
          const splitter = new JsonStreamSplitter();
          const found: unknown[] = [];
          for (let at = 0, i = 0; at < text.length; i++) {
            const length = cuts[i % cuts.length] as number; // in bounds
            found.push(...splitter.push(text.slice(at, at + length)));
            at += length;
          }
          expect(found).toEqual(values.map((value) => JSON.parse(JSON.stringify(value)) as unknown));
          expect(splitter.isBetweenValues).toBe(true);
        },
      ),
      { seed: 4, numRuns: 300 },
    );
  });

  it("refuses what is no JSON, and what does not end", () => {
    expect(() => new JsonStreamSplitter().push("{1}")).toThrow("not JSON");
    const splitter = new JsonStreamSplitter();
    expect(splitter.push('["')).toEqual([]);
    expect(splitter.isBetweenValues).toBe(false);
    expect(() => splitter.push("x".repeat(16 * 1024 * 1024))).toThrow("a value of more than");
  });
});

describe("waiting before another try", () => {
  it("grows by half up to a cap, and scatters", () => {
    const backOff = { initialMs: 100, capMs: 1000 };
    expect([0, 1, 2, 3].map((attempt) => backOffDelay(backOff, attempt, 0.5))).toEqual([0, 100, 150, 225]);
    expect(backOffDelay(backOff, 50, 0.5)).toBe(1000);
    expect([0, 0.999].map((random) => Math.round(backOffDelay(backOff, 1, random)))).toEqual([50, 150]);
  });

  it("can be given up", async () => {
    const stop = new AbortController();
    const sleep = REAL_WAITING.sleep(60_000, stop.signal);
    stop.abort(new Error("enough"));
    await expect(sleep).rejects.toThrow("enough");
    await expect(REAL_WAITING.sleep(60_000, stop.signal)).rejects.toThrow("enough");
  });
});

describe("names of blocks and chains", () => {
  const HASH = "BLockGenesisGenesisGenesisGenesisGenesisf79b5d1CoW2";

  it.each([
    ["head", "head"],
    ["head~2", "head~2"],
    ["head-2", "head~2"],
    ["genesis", "genesis"],
    ["genesis+3", "genesis+3"],
    ["12", "12"],
    [HASH, HASH],
    [`${HASH}-1`, `${HASH}~1`],
    ["head+1", undefined],
    ["tail", undefined],
    [HASH.slice(1), undefined],
    ["", undefined],
    ["-1", undefined],
    ["head~", undefined],
    ["99999999999", undefined],
  ])("%j", (text, expected) => {
    expect(parseBlockId(text)).toBe(expected);
  });

  it("are written in paths", () => {
    expect([headMinus(0), headMinus(2), blockPath(7)]).toEqual(["head", "head~2", "7"]);
    expect(["main", "test", "NetXdQprcVkpaWU", "NetX", "x"].map(parseChainName)).toEqual([
      "main",
      "test",
      "NetXdQprcVkpaWU",
      undefined,
      undefined,
    ]);
  });
});
