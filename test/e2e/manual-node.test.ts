// The manual's commands about the rollup node, typed into a shell (manual-node.sh), with Octez's programs being this one.
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { type AddressInfo, createServer as createTcpServer, type Server } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { sign } from "../../src/crypto/keys.js";
import { decodeBase58Check } from "../../src/encoding/base58check.js";
import { toHex } from "../../src/encoding/hex.js";
import type { BlockHash, Signature } from "../../src/protocol/identifiers.js";
import { encodeOperation, encodeUnsigned } from "../../src/protocol/operation.js";
import type { ManagerContent } from "../../src/protocol/operation-contents.js";
import { revealHash, revealHashToHex } from "../../src/protocol/reveal.js";
import { EVE } from "../l1/sandbox/chain.js";
import { assemble } from "../l1/sandbox/rollup.js";
import { describeShared } from "../shared-data.js";
import { Manual, STATES, TIMEOUT_MS } from "./manual.js";

const IN_FILE = new TextEncoder().encode("a page in a file");
const ON_SERVER = new TextEncoder().encode("a page on a server");
const hashOf = (page: Uint8Array): string => revealHashToHex(revealHash(page));

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  return (server.address() as AddressInfo).port; // a TCP server's
}

/** A transfer that is for the block's sake only. */
async function sendOperation(endpoint: string): Promise<void> {
  const { address, key } = EVE;
  const get = async (path: string): Promise<string> =>
    (await (await fetch(`${endpoint}/chains/main/blocks/head/${path}`)).json()) as string;
  const [branch, counter] = await Promise.all([get("hash"), get(`context/contracts/${address}/counter`)]);
  const limits = { fee: 10_000n, gasLimit: 10_000n, storageLimit: 0n, counter: BigInt(counter) + 1n };
  const contents: ManagerContent[] = [
    { kind: "transaction", source: address, destination: address, amount: 1n, ...limits },
  ];
  const unsigned = { branch: decodeBase58Check("blockHash", branch) as BlockHash, contents };
  const signature = sign(key, encodeUnsigned(unsigned)).bytes as Signature;
  const body = JSON.stringify(toHex(encodeOperation({ ...unsigned, signature })));
  const headers = { "content-type": "application/json" };
  const answer = await fetch(`${endpoint}/injection/operation`, { method: "POST", headers, body });
  if (!answer.ok) throw new Error(await answer.text());
}

/** Ports that were free a moment ago. */
async function freePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createTcpServer());
  const ports = await Promise.all(servers.map(listening));
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

describeShared("the manual's commands about the node", [STATES], () => {
  const manual = new Manual("manual-node.sh");
  const asked: string[] = [];
  const server = createServer(({ url = "" }, response) => {
    const [, endpoint] = url.split("/bake?");
    if (endpoint !== undefined) {
      sendOperation(endpoint).then(
        () => response.end(),
        (error: unknown) => response.writeHead(500).end(String(error)),
      );
      return;
    }
    asked.push(url);
    if (url === `/pages/${hashOf(ON_SERVER)}`) response.end(ON_SERVER);
    else response.writeHead(404).end();
  });
  afterAll(() => {
    server.close();
    manual.remove();
  });

  beforeAll(async () => {
    const { folder } = manual;
    const reveals = {
      REVEAL_KERNEL: toHex(assemble("reveal")),
      IN_FILE: hashOf(IN_FILE),
      ON_SERVER: hashOf(ON_SERVER),
    };
    const lines = Object.entries(reveals).map(([name, value]) => `${name}=${value}\n`);
    writeFileSync(join(folder, "reveals.sh"), lines.join(""));
    mkdirSync(join(folder, "pages"));
    writeFileSync(join(folder, "pages", hashOf(IN_FILE)), IN_FILE);
    const url = `http://127.0.0.1:${await listening(server)}`;
    await manual.run(...(await freePorts(2)).map(String), url);
  }, TIMEOUT_MS);

  const said = (name: string): string => manual.said(name);

  it("all run", () => {
    expect(manual.names.at(-1)).toBe("end");
  });

  it("configure the node as the manual shows", () => {
    const [, file = ""] = /^Smart rollup node configuration written in (.*)\n$/.exec(said("init config")) ?? [];
    expect(file.endsWith("/rollup-node/config.json")).toBe(true);
    const operator = "tz1gjaF81ZRRvdzjobyfVNsAeSC6PScjfQwN";
    expect(JSON.parse(said("config.json"))).toEqual({
      "smart-rollup-address": expect.stringMatching(/^sr1\w{33}$/),
      etherlink: false, // younger than the manual
      "smart-rollup-node-operator": {
        operating: operator,
        batching: [operator],
        cementing: operator,
        executing_outbox: operator,
      },
      "fee-parameters": {},
      mode: "operator",
    });
  });

  it("bring a contract's message into the inbox", () => {
    const { messages } = JSON.parse(said("internal message")) as { readonly messages: readonly string[] };
    // An internal transfer with a payload of two bytes, between the level's own messages.
    expect(messages.map((message) => message.slice(0, 18))).toEqual(
      expect.arrayContaining(["0001", "00000a00000002cafe", "0002"]),
    );
    expect(messages).toHaveLength(4);
  });

  it("reveal a page from a file, and one from a server, which is kept", () => {
    expect(JSON.parse(said("revealed from a file"))).toBe(toHex(IN_FILE));
    expect(JSON.parse(said("revealed from a server"))).toBe(toHex(ON_SERVER));
    expect(said("cached").trim().split("\n").sort()).toEqual([hashOf(IN_FILE), hashOf(ON_SERVER)].sort());
    expect(new Set(asked)).toEqual(new Set([`/pages/${hashOf(ON_SERVER)}`]));
  });

  it("show the outbox of a cemented level", () => {
    const destination = said("contract").trim();
    const [headers = "", body = ""] = said("outbox").split("\r\n\r\n");
    expect(headers).toMatch(/^HTTP\/1\.1 200 OK\r\ncontent-type: application\/json\r\n/);
    const message = (index: number, parameters: object, entrypoint?: string) => ({
      outbox_level: expect.any(Number),
      message_index: String(index),
      message: {
        transactions: [{ parameters, destination, ...(entrypoint === undefined ? {} : { entrypoint }) }],
        kind: "untyped",
      },
    });
    expect(JSON.parse(body)).toEqual([message(0, { string: "37" }), message(1, { int: "37" })]);
    expect(JSON.parse(said("outbox of the manual's message"))).toEqual([message(0, { int: "37" }, "%default")]);
  });

  it("cannot execute the manual's own message: the contract has no such entrypoint", () => {
    expect(said("execute the manual's message")).toContain('{ "id": "proto.alpha.michelson_v1.no_such_entrypoint"');
    expect(said("execute the manual's message")).toContain('"data": { "entrypoint": "%default" }');
    expect(said("execute the manual's message")).toMatch(/exit code 1\n$/);
  });

  it("cannot execute an int for a string", () => {
    expect(said("execute with an int")).toContain('{ "id": "proto.alpha.michelson_v1.invalid_constant"');
    expect(said("execute with an int")).toContain('"wrong_kind": "integer"');
    expect(said("execute with an int")).toMatch(/exit code 1\n$/);
  });

  it('execute it, calling the contract with "37"', () => {
    const out = said("execute");
    expect(out).toMatch(/ {4}Smart rollup output message execution:\n {6}Address: sr1\w{33}\n/);
    expect(out).toContain("      This smart output message execution was successfully applied\n");
    expect(out).toMatch(
      / {6}Internal operations:\n {8}Internal Transaction:\n {10}Amount: ꜩ0\n {10}From: sr1\w{33}\n {10}To: KT1\w{33}\n {10}Parameter: "37"\n {10}This transaction was successfully applied\n/,
    );
    expect(JSON.parse(said("storage"))).toEqual({ string: "37" });
  });
});
