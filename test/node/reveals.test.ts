// A kernel that reveals preimages: a node without one waits, says so, and goes on when it is there.
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { revealHash, revealHashToHex } from "../../src/protocol/reveal.js";
import { startNetwork, type TestNetwork } from "../l1/client/network.js";
import { BOB, CAROL } from "../l1/sandbox/chain.js";
import { assemble, originate, type Rollup } from "../l1/sandbox/rollup.js";
import { startTestNode, type TestNode, temporaryDirectory } from "./test-node.js";

const PAGE = Buffer.from("what is behind the hash");
const HASH = revealHash(PAGE);
const NAME = revealHashToHex(HASH);
const REVEALED = "/revealed";

async function network(): Promise<{ network: TestNetwork; rollup: Rollup }> {
  const started = await startNetwork();
  return { network: started, rollup: originate(started.chain, BOB, assemble("reveal")) };
}

async function bake({ chain }: TestNetwork, count: number, ...nodes: readonly TestNode[]): Promise<void> {
  for (let i = 0; i < count; i++) {
    chain.bake();
    for (const node of nodes) await node.settled();
  }
}

function ask({ chain }: TestNetwork): void {
  chain.send(CAROL, { kind: "smart_rollup_add_messages", messages: [HASH] });
}

async function revealedBy(node: TestNode): Promise<string | undefined> {
  const { store, reader } = node.context;
  const { head } = await store.state();
  const block = head && (await store.block(head.hash));
  const value = block && (await reader.durableValue(block.stateHash, REVEALED));
  return value === undefined || value === null ? undefined : Buffer.from(value).toString();
}

function put(dataDir: string, page: Uint8Array): void {
  mkdirSync(join(dataDir, "wasm_2_0_0"), { recursive: true });
  writeFileSync(join(dataDir, "wasm_2_0_0", NAME), page);
}

/** A server of preimages, which can be switched. */
async function preimages(): Promise<{ url: string; asked: string[]; serve(page: Uint8Array | undefined): void }> {
  let page: Uint8Array | undefined;
  const serve = (one: Uint8Array | undefined): void => {
    page = one;
  };
  const asked: string[] = [];
  const server = createServer(({ url = "" }, response) => {
    asked.push(url);
    if (page === undefined) response.writeHead(404).end();
    else response.writeHead(200).end(page);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  afterAll(() => server.close());
  const { port } = server.address() as AddressInfo; // it listens on TCP
  return { url: `http://127.0.0.1:${port}/pages`, asked, serve };
}

describe("a missing preimage", () => {
  it("holds the node up until its file is there", async () => {
    const { network: net, rollup } = await network();
    const dataDir = temporaryDirectory();
    const node = await startTestNode(net, rollup, { dataDir });
    await bake(net, 4, node); // a commitment of its own first: before that it would end
    ask(net);
    const failed = await node.told(({ name }) => name === "smart_rollup_node_daemon_error");
    expect(JSON.stringify(failed.fields)).toContain(NAME);
    await node.told(({ name }) => name === "smart_rollup_node_daemon_degraded_mode");
    expect(await revealedBy(node)).toBeUndefined();
    put(dataDir, PAGE);
    await node.settled();
    expect(await revealedBy(node)).toBe(PAGE.toString());
    await bake(net, 3, node);
    expect(node.context.isDegraded).toBe(false);
  });

  it("is not made up for by a file with something else", async () => {
    const { network: net, rollup } = await network();
    const dataDir = temporaryDirectory();
    const node = await startTestNode(net, rollup, { dataDir });
    await bake(net, 4, node);
    put(dataDir, Buffer.from("something else"));
    ask(net);
    const failed = await node.told(({ name }) => name === "smart_rollup_node_daemon_error");
    expect(JSON.stringify(failed.fields)).toContain("does not hold the preimage of");
    put(dataDir, PAGE);
    await node.settled();
    expect(await revealedBy(node)).toBe(PAGE.toString());
  });

  it("ends a node that has not committed to anything yet", async () => {
    const { network: net, rollup } = await network();
    const node = await startTestNode(net, rollup);
    ask(net);
    await expect(node.finished).rejects.toMatchObject({ code: "node.engine.missing_preimage" });
  });
});

describe("a server of preimages", () => {
  it("is asked, checked, and asked once", async () => {
    const { network: net, rollup } = await network();
    const server = await preimages();
    const dataDir = temporaryDirectory();
    const config = { preImagesEndpoint: server.url };
    const node = await startTestNode(net, rollup, { dataDir, config });
    await bake(net, 4, node);
    server.serve(Buffer.from("something else"));
    ask(net);
    await node.told(({ name }) => name.endsWith("fetched_incorrect_pre_image"));
    server.serve(undefined);
    const failed = await node.told(({ fields }) => JSON.stringify(fields).includes("HTTP status 404"));
    expect(JSON.stringify(failed.fields)).toContain(NAME);
    server.serve(PAGE);
    await node.settled();
    expect(await revealedBy(node)).toBe(PAGE.toString());
    expect(new Set(server.asked)).toEqual(new Set([`/pages/${NAME}`]));
    const times = server.asked.length;
    ask(net);
    await bake(net, 1, node);
    expect(server.asked.length).toBe(times);
  });
});
