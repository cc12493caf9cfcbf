// `rpc list` against a node that describes itself as Octez does.
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TestClient } from "./harness.js";

const service = (meth: string, description?: string) => ({
  meth,
  path: [],
  ...(description === undefined ? {} : { description }),
  query: [],
  output: { json_schema: {}, binary_schema: {} },
  error: { json_schema: {}, binary_schema: {} },
});
const word = (name: string, tree: unknown) => ({ name, tree });
const folder = (...suffixes: unknown[]) => ({ static: { subdirs: { suffixes } } });
const LONG =
  "Forces the garbage collector to run, which takes a while and is of no use to anybody who does not know why.";

const TREE = folder(
  word("chains", {
    static: {
      subdirs: {
        dynamic_dispatch: {
          arg: { id: "single", name: "chain_id", descr: "A chain identifier." },
          tree: folder(
            word("blocks", {
              static: {
                get_service: service("GET", "Lists block hashes."),
                subdirs: {
                  dynamic_dispatch: {
                    arg: { id: "single", name: "block_id" },
                    tree: { dynamic: "What a protocol has." },
                  },
                },
              },
            }),
            word("chain_id", { static: { get_service: service("GET") } }),
            word("mempool", { static: { get_service: service("GET"), post_service: service("POST", "Changes it.") } }),
          ),
        },
      },
    },
  }),
  word("gc", { static: { get_service: service("GET", LONG) } }),
);

describe("rpc list", () => {
  let server: Server;
  let client: TestClient;
  const asked: string[] = [];
  beforeAll(async () => {
    server = createServer((request, response) => {
      asked.push(request.url ?? "");
      const isKnown = request.url === "/describe?recurse" || request.url === "/describe/a%20b/c?recurse";
      response.writeHead(isKnown ? 200 : 404, { "content-type": "application/json" });
      response.end(isKnown ? JSON.stringify(TREE) : "");
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    client = new TestClient(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  });
  afterAll(() => server.close());

  it("shows a node's services as a tree", async () => {
    const { code, out } = await client.run("rpc list");
    expect(code).toBe(0);
    // Blanks at the ends of lines, which Octez leaves as well, do not matter.
    expect(out.replace(/ +$/gm, "")).toBe(
      `
Available services:

  + chains/<chain_id>/
    - GET /chains/<chain_id>/blocks
        Lists block hashes.
    - /chains/<chain_id>/blocks/<block_id> <dynamic>
        What a protocol has.
    - GET /chains/<chain_id>/chain_id
    - GET /chains/<chain_id>/mempool
    - POST /chains/<chain_id>/mempool
        Changes it.
  - GET /gc
      Forces the garbage collector to run, which takes a while and is of no
      use to anybody who does not know why.


Dynamic parameter description:

  block_id
  <chain_id>
      A chain identifier.

`,
    );
  });

  it("starts from a path", async () => {
    const { code, out } = await client.run(["rpc", "list", "/a b/c/"]);
    expect([code, asked.at(-1)]).toEqual([0, "/describe/a%20b/c?recurse"]);
    expect(out).toContain("+ a b/c/\n");
    expect(await client.fails("rpc list /nowhere")).toContain("No service found at this URL");
  });
});
