// The server's HTTP: what is refused and how, access, CORS, media types, and clients that mean no good.
import { connect } from "node:net";
import { beforeAll, describe, expect, it } from "vitest";
import { ByteReader, decode, encode } from "../../../src/encoding/binary.js";
import { bsonCodec } from "../../../src/encoding/bson.js";
import { listOf } from "../../../src/encoding/form.js";
import { bytesForm } from "../../../src/encoding/form-leaves.js";
import { toHex } from "../../../src/encoding/hex.js";
import { accessFor, isAllowed } from "../../../src/node/rpc/http/access.js";
import { matchingOrigin } from "../../../src/node/rpc/http/cors.js";
import { Gate, GateClosed } from "../../../src/node/rpc/http/gate.js";
import { acceptedTypes, encodeBson } from "../../../src/node/rpc/http/media-types.js";
import { describeShared } from "../../shared-data.js";
import { blockHashAt, type NodeModel } from "./node-model.js";
import { ask, ECHO, get, grownNode, post, type Served, serve } from "./setup.js";

describeShared("the server", ECHO, () => {
  let node: NodeModel;
  let served: Served;

  beforeAll(async () => {
    node = await grownNode();
    served = await serve(node);
  }, 60_000);

  describe("refuses", () => {
    it("paths that lead nowhere, methods that are not there", async () => {
      for (const path of ["/", "/nothing", "/global/block", "/global/block/head/nothing", "/local/dal/slot/indices"]) {
        const { status, text } = await ask(served, path);
        expect([path, status, text]).toEqual([path, 404, ""]);
      }
      const { status, headers } = await ask(served, "/admin/injector/queues", { method: "POST" });
      expect([status, headers.get("allow")]).toEqual([405, "GET, DELETE"]);
      expect((await ask(served, "/ping", { method: "HEAD" })).status).toBe(501);
    });

    it("parameters that cannot be read, or come twice; not those it does not know", async () => {
      const bad = async (path: string) => {
        const { status, text, type } = await ask(served, path);
        expect([path, status, type]).toEqual([path, 400, "text/plain"]);
        return text.replace("Failed to parse the query string: ", "");
      };
      expect(await bad("/global/block/head?outbox=maybe")).toBe(
        `Failed to parse argument 'outbox' ("maybe"): Cannot parse boolean value`,
      );
      expect(await bad("/global/block/head?outbox=yes&outbox=yes")).toBe(
        "Duplicate argument 'outbox' in query string.",
      );
      expect(await bad("/local/outbox/pending?outbox_level=x")).toBe(
        `Failed to parse argument 'outbox_level' ("x"): Cannot parse int32 value`,
      );
      expect(await bad("/admin/injector/queues?tag=none")).toContain("Invalid operation kind");
      expect(await get(served, "/global/tezos_level?other=1&other=2")).toBe(12);
      expect((await ask(served, "/global/block/head?outbox")).status).toBe(200);
    });

    it("bodies that are none", async () => {
      const headers = { "content-type": "application/json" };
      for (const body of ["", "{", '{"a":1}', '["0"]', '["zz"]', "[1]", "null"]) {
        const { status, text } = await ask(served, "/local/batcher/injection", { method: "POST", body, headers });
        expect([body, status]).toEqual([body, 400]);
        expect(text).toMatch(/^Failed to parse the request body: /);
      }
    });

    it("types that it does not read or write", async () => {
      const headers = { "content-type": "text/xml" };
      const posted = await ask(served, "/local/batcher/injection", { method: "POST", body: "<a/>", headers });
      expect(posted.status).toBe(415);
      const got = await ask(served, "/ping", { headers: { accept: "text/html" } });
      expect([got.status, got.text]).toEqual([406, "application/json, application/bson, application/octet-stream"]);
      expect((await ask(served, "/health", { headers: { accept: "application/octet-stream" } })).status).toBe(406);
    });
  });

  describe("speaks", () => {
    const raw = async (path: string, accept: string) => {
      const response = await fetch(`${served.url}${path}`, { headers: { accept } });
      const body = new Uint8Array(await response.arrayBuffer());
      return { type: response.headers.get("content-type"), status: response.status, body };
    };

    it("JSON unless asked otherwise", async () => {
      for (const accept of [
        "*/*",
        "application/*",
        "application/json",
        "application/json; compact",
        "text/html, */*;q=0.1",
      ]) {
        const { type, body } = await raw("/global/tezos_level", accept);
        expect([accept, type, Buffer.from(body).toString()]).toEqual([accept, "application/json", "12\n"]);
      }
      expect((await raw("/global/tezos_level", "application/bson, application/json;q=0.9")).type).toBe(
        "application/bson",
      );
    });

    it("BSON, of objects, arrays and values alone", async () => {
      const block = await raw("/global/block/4", "application/bson");
      expect(block.type).toBe("application/bson");
      expect(decode(bsonCodec, block.body)).toEqual(await get(served, "/global/block/4"));
      const list = await raw("/global/block/head/durable/wasm_2_0_0/subkeys?key=/readonly/kernel", "application/bson");
      expect(decode(bsonCodec, list.body)).toEqual({ 0: "boot.wasm", 1: "env" });
      // Size, tag, value, end: as Octez's library has it.
      expect(toHex(encodeBson(null))).toBe("060000008a00");
      expect(toHex(encodeBson(true))).toBe("07000000880100");
      expect(toHex(encodeBson("ab"))).toBe("0d00000082030000006162000000".slice(0, 26));
      expect(toHex(encodeBson(1))).toBe(`0e00000081${"000000000000f03f"}00`);
      const body = encode(bsonCodec, { 0: "00", 1: "01" });
      const headers = { "content-type": "application/bson" };
      const { json } = await ask(served, "/local/batcher/injection", { method: "POST", body, headers });
      expect(json).toHaveLength(2);
    });

    it("Octez's binary encoding, behind its length", async () => {
      const octets = async (path: string) => toHex((await raw(path, "application/octet-stream")).body);
      expect(await octets("/global/block/9/hash")).toBe(`00000020${toHex(blockHashAt(9))}`);
      expect(await octets("/global/block/9/level")).toBe("0000000400000009");
      expect(await octets("/global/block/head/durable/wasm_2_0_0/value?key=/none")).toBe("0000000100");
      expect(await octets("/global/block/head/durable/wasm_2_0_0/length?key=/readonly/wasm_version")).toBe(
        "00000009ff0000000000000008".replace("ff", "01"),
      );
      const list = encode(listOf(bytesForm), [Uint8Array.of(1), Uint8Array.of(2, 3)]);
      const body = new Uint8Array([0, 0, 0, list.length, ...list]);
      const headers = { "content-type": "application/octet-stream" };
      const { json } = await ask(served, "/local/batcher/injection", { method: "POST", body, headers });
      expect(json).toHaveLength(2);
      const longer = new Uint8Array([...body, 0]);
      expect((await ask(served, "/local/batcher/injection", { method: "POST", body: longer, headers })).status).toBe(
        400,
      );
      expect(new ByteReader(list).remaining).toBe(list.length);
    });
  });

  it("describes its services, at any place", async () => {
    const at = async (path: string) => (await get(served, `/describe${path}`)) as { static: Record<string, never> };
    const root = await at("");
    const { suffixes } = root.static["subdirs"] as unknown as { suffixes: { name: string; tree: unknown }[] };
    expect(suffixes.map(({ name }) => name)).toEqual([
      "admin",
      "config",
      "describe",
      "global",
      "health",
      "local",
      "openapi",
      "ping",
      "stats",
      "version",
    ]);
    expect(suffixes[0]?.tree).toEqual({ dynamic: null });
    const block = await at("/global/block/head");
    expect(block.static["get_service"]).toMatchObject({
      meth: "GET",
      path: ["global", "block", { id: "single", name: "block_id", descr: "An L1 block identifier." }],
      query: [{ name: "outbox", kind: { single: { id: "single", name: "bool" } } }],
    });
    expect(await at("/no/such")).toBe("empty");
  });

  describe("guards", () => {
    it("what an address that others can reach should not give away", async () => {
      const secure = await serve(node, { access: accessFor([], "0.0.0.0", 8932) });
      for (const path of [
        "/global/block/head/durable/wasm_2_0_0/subkeys?key=/readonly",
        "/global/block/head/durable/wasm_2_0_0/values?key=/readonly",
        "/local/batcher/queue",
        "/admin/injector/queues",
        "/stats/memory",
        "/config",
      ]) {
        const { status, text } = await ask(secure, path);
        expect([path, status, text]).toEqual([path, 401, ""]);
        expect((await ask(served, path)).status).toBe(200);
      }
      for (const path of ["/global/block/head", "/global/block/head/durable/wasm_2_0_0/value?key=/a", "/health"]) {
        expect((await ask(secure, path)).status).toBe(200);
      }
      // What is not there is not there, and what cannot be read is not asked for.
      expect((await ask(secure, "/admin/nothing")).status).toBe(404);
      expect((await ask(secure, "/admin/injector/queues?tag=none")).status).toBe(400);
    });

    it("by the entry of the configuration that fits", () => {
      const entries = [
        { host: "10.0.0.1", port: 80, kind: "whitelist", rules: ["GET /health", "/local/**"] },
        { host: "10.0.0.1", kind: "blacklist", rules: ["DELETE /admin/**"] },
      ] as const;
      const narrow = accessFor(entries, "::ffff:10.0.0.1", 80);
      expect(isAllowed(narrow, "GET", ["health"])).toBe(true);
      expect(isAllowed(narrow, "POST", ["health"])).toBe(false);
      expect(isAllowed(narrow, "POST", ["local", "batcher", "injection"])).toBe(true);
      expect(isAllowed(narrow, "GET", ["global", "tezos_head"])).toBe(false);
      const wide = accessFor(entries, "10.0.0.1", 81);
      expect(isAllowed(wide, "DELETE", ["admin", "batcher", "queue"])).toBe(false);
      expect(isAllowed(wide, "GET", ["admin", "batcher", "queue"])).toBe(true);
      for (const host of ["127.0.0.1", "::1", "[::1]", "localhost", "::ffff:127.0.0.1"]) {
        expect([host, accessFor([], host, 1).rules]).toEqual([host, []]);
      }
      for (const host of ["0.0.0.0", "::", "192.168.0.1", "example.org"]) {
        expect(accessFor([], host, 1).rules.length).toBeGreaterThan(0);
      }
    });
  });

  describe("CORS", () => {
    it("lets pages of allowed origins read, the longest of them named", async () => {
      const allowedOrigins = ["*", "https://a.org"];
      const open = await serve(node, { cors: { allowedOrigins, allowedHeaders: ["content-type"] } });
      const origin = async (from: string) =>
        (await ask(open, "/ping", { headers: { origin: from } })).headers.get("access-control-allow-origin");
      expect(await origin("https://a.org")).toBe("https://a.org");
      expect(await origin("https://b.org")).toBe("*");
      const preflight = await ask(open, "/admin/injector/queues", {
        method: "OPTIONS",
        headers: { origin: "https://a.org", "access-control-request-method": "DELETE" },
      });
      expect(preflight.status).toBe(200);
      expect(preflight.headers.get("access-control-allow-methods")).toBe("DELETE");
      expect(preflight.headers.get("access-control-allow-headers")).toBe("content-type");
      const { headers } = await ask(open, "/admin/injector/queues", { method: "OPTIONS" });
      expect(headers.get("access-control-allow-methods")).toBe("GET, DELETE");
    });

    it("is off by default, and refuses other hosts where origins are named", async () => {
      const plain = await ask(served, "/ping", { headers: { origin: "https://a.org" } });
      expect([plain.status, plain.headers.get("access-control-allow-origin")]).toEqual([200, null]);
      const closed = await serve(node, { cors: { allowedOrigins: ["https://a.org"], allowedHeaders: [] } });
      const refused = await ask(closed, "/ping");
      expect([refused.status, refused.headers.get("x-ocaml-resto-cors-error")]).toEqual([403, "invalid host"]);
    });

    it("takes what lies under an origin", () => {
      const settings = { allowedOrigins: ["https://a.org", "https://a.org/b"], allowedHeaders: [] };
      expect(matchingOrigin(settings, "https://a.org/b/c")).toBe("https://a.org/b");
      expect(matchingOrigin(settings, "https://a.organ")).toBeUndefined();
    });
  });

  describe("hostile clients", () => {
    it("do not get large bodies in, whole or together", async () => {
      const small = await serve(node, { maxBodyBytes: 10_000, maxBodyBytesInFlight: 12_000 });
      const headers = { "content-type": "application/json" };
      const reply = await ask(small, "/local/batcher/injection", { method: "POST", body: " ".repeat(10_001), headers });
      expect(reply.status).toBe(413);
      expect((await ask(small, "/ping")).status).toBe(200);
    });

    it("that send slowly are cut", async () => {
      const quick = await serve(node, { requestTimeoutMs: 300 });
      const { port } = new URL(quick.url);
      const socket = connect(Number(port), "127.0.0.1");
      const answer = new Promise<string>((resolve) => {
        let text = "";
        socket.on("data", (chunk) => {
          text += chunk.toString();
        });
        socket.on("error", () => undefined);
        socket.on("close", () => resolve(text));
      });
      socket.write("POST /local/batcher/injection HTTP/1.1\r\nhost: a\r\ncontent-length: 1000\r\n\r\n[");
      expect(await answer).toMatch(/^(HTTP\/1\.1 408|$)/);
    });

    it("do not open streams without end, nor leave them unread for ever", async () => {
      const few = await serve(node, { maxStreams: 2, maxStreamBacklogBytes: 100_000 });
      const abort = new AbortController();
      const streams = await Promise.all(
        [1, 2].map(() => fetch(`${few.url}/global/monitor_blocks`, { signal: abort.signal })),
      );
      expect(streams.map(({ status }) => status)).toEqual([200, 200]);
      expect((await ask(few, "/global/monitor_blocks")).status).toBe(503);
      const block = await node.head();
      const large = { ...block, pvmStatus: "x".repeat(1_000_000) };
      for (let i = 0; i < 100 && few.server.openStreams > 0; i++) {
        node.heads.tell(large);
        await new Promise((resolve) => setImmediate(resolve));
      }
      expect(few.server.openStreams).toBe(0);
      abort.abort();
    });

    it("do not pile heavy work up", async () => {
      const gate = new Gate(1, 1);
      let finish = (): void => undefined;
      const first = gate.run(
        () =>
          new Promise<string>((resolve) => {
            finish = () => resolve("first");
          }),
      );
      const second = gate.run(async () => "second");
      await expect(gate.run(async () => "third")).rejects.toBeInstanceOf(GateClosed);
      finish();
      expect(await Promise.all([first, second])).toEqual(["first", "second"]);
      await expect(gate.run(() => Promise.reject(new Error("no")))).rejects.toThrow("no");
      expect(gate.running).toBe(0);
    });

    it("hear of a fault that is ours, which stays theirs alone", async () => {
      const bugs: unknown[] = [];
      const broken = await serve(node, { onBug: (error) => bugs.push(error) });
      const { health } = node;
      node.health = () => {
        throw new TypeError("oops");
      };
      const { status, json } = await ask(broken, "/health");
      node.health = health;
      expect([status, json]).toEqual([
        500,
        [{ kind: "temporary", id: "failure", msg: "a bug of the node: TypeError: oops" }],
      ]);
      expect(bugs).toHaveLength(1);
    });
  });

  describe("the batcher", () => {
    it("gives ids, a queue, and what became of a message", async () => {
      const fresh = await serve(await grownNode());
      const inject = (messages: readonly string[], query = "") =>
        post(fresh, `/local/batcher/injection${query}`, messages);
      const [first = ""] = (await inject(["aa"])) as string[];
      const [second = ""] = (await inject(["bb"], "?order=5")) as string[];
      expect(await get(fresh, "/local/batcher/queue")).toEqual([
        { order: "5", id: second, message: { content: "bb", counter: "1" } },
        { id: first, message: { content: "aa", counter: "0" } },
      ]);
      const statusOf = (id: string) => get(fresh, `/local/batcher/queue/${id}`);
      expect(await statusOf(first)).toEqual({ content: "aa", status: "pending_batch" });
      expect(await inject(["cc", "cc"], "?drop_duplicate=true")).toHaveLength(2);
      expect(await get(fresh, "/local/batcher/queue")).toHaveLength(3);
      await fresh.node.batcher?.onHead();
      expect(await statusOf(first)).toEqual({
        content: "aa",
        status: "pending_injection",
        operation: { kind: "add_messages", message: ["bb", "aa", "cc"] },
      });
      const [[id, found] = []] = fresh.node.injectors.statuses;
      if (id === undefined || found === undefined) throw new Error("nothing was injected");
      const where = { operation: found.operation, hash: "oo", index: 1, block: "BL" };
      const included = async (level: number) => {
        fresh.node.injectors.statuses.set(id, { status: "included", ...where, level });
        return (await statusOf(first)) as Record<string, unknown>;
      };
      // Published by us up to level 8, cemented up to 5, final up to 10.
      expect(await included(11)).toMatchObject({ status: "included", finalized: false, cemented: false });
      expect(await included(9)).toMatchObject({ status: "included", finalized: true, cemented: false });
      expect(await included(7)).toMatchObject({
        status: "committed",
        layer1: { operation_hash: "oo", operation_index: 1, block_hash: "BL", level: 7 },
        cemented: false,
        commitment: { inbox_level: 8 },
        first_published_at_level: 10,
        published_at_level: 10,
      });
      expect(await included(4)).toMatchObject({ status: "committed", cemented: true, commitment: { inbox_level: 5 } });
    });

    it("says no in Octez's words", async () => {
      const large = await ask(served, "/local/batcher/injection", {
        method: "POST",
        body: JSON.stringify(["00", "00".repeat(4097)]),
        headers: { "content-type": "application/json" },
      });
      expect([large.status, large.json]).toEqual([
        500,
        [{ kind: "temporary", id: "failure", msg: "Message 1 is too large (max size is 4100)" }],
      ]);
      const without = await serve(await grownNode());
      without.node.batcher = undefined;
      for (const [method, path] of [
        ["GET", "/local/batcher/queue"],
        ["DELETE", "/admin/batcher/queue"],
      ] as const) {
        const { status, json } = await ask(without, path, { method });
        expect([status, json]).toEqual([500, [{ kind: "permanent", id: "sc_rollup.node.no_batcher" }]]);
      }
    });

    it("and the injectors drop what they are told to", async () => {
      const fresh = await serve(await grownNode());
      await post(fresh, "/local/batcher/injection?order=1", ["aa"]);
      await post(fresh, "/local/batcher/injection?order=2", ["bb"]);
      await post(fresh, "/local/batcher/injection", ["cc"]);
      const drop = (path: string) => ask(fresh, path, { method: "DELETE" });
      const left = async () =>
        ((await get(fresh, "/local/batcher/queue")) as { message: { content: string } }[]).map(
          ({ message }) => message.content,
        );
      expect((await drop("/admin/batcher/queue?order_below=1")).json).toEqual({});
      expect(await left()).toEqual(["bb", "cc"]);
      await drop("/admin/batcher/queue?order_below=1&drop_no_order=true");
      expect(await left()).toEqual(["bb"]);
      await drop("/admin/batcher/queue");
      expect(await left()).toEqual([]);
      await drop("/admin/injector/queues?tag=publish&order_below=7&drop_no_order=yes");
      await drop("/admin/injector/queues");
      expect(fresh.node.injectors.removals).toEqual([
        { tag: "publish", orderBelow: 7n, dropNoOrder: true },
        { dropNoOrder: false },
      ]);
    });
  });
});

describe("the types accepted", () => {
  it("are in the order of their quality", () => {
    expect(acceptedTypes(undefined)).toEqual(["application/json"]);
    expect(acceptedTypes("application/octet-stream;q=0.5, application/bson")).toEqual([
      "application/bson",
      "application/octet-stream",
    ]);
    expect(acceptedTypes("text/plain")).toEqual([]);
  });
});
