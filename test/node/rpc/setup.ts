// A served node model, and questions to it.
import { afterAll } from "vitest";
import type { Micheline } from "../../../src/encoding/micheline.js";
import { RpcServer, type RpcServerOptions } from "../../../src/node/rpc/server.js";
import type { ContractHash } from "../../../src/protocol/identifiers.js";
import { serializeOutboxMessage } from "../../../src/protocol/outbox-message.js";
import { ECHO, kernel } from "../engine/setup.js";
import { NodeModel } from "./node-model.js";

export { ECHO } from "../engine/setup.js";

const CONTRACT = "KT1ThEdxfUcWUwqsdergy3QnbCWGHSUHeHJq" as ContractHash;

/** An outbox message that the echo kernel makes of an external one. */
export function call(parameters: Micheline, entrypoint = "default"): Uint8Array {
  const transaction = { parameters, destination: CONTRACT, entrypoint };
  return serializeOutboxMessage({ kind: "untyped", transactions: [transaction] });
}

export interface Served {
  readonly node: NodeModel;
  readonly server: RpcServer;
  readonly url: string;
}

const running: RpcServer[] = [];

export async function serve(node: NodeModel, options: RpcServerOptions = {}): Promise<Served> {
  const server = new RpcServer(node, {
    onBug: (error, request) => {
      throw new Error(`a bug at ${request}`, { cause: error });
    },
    ...options,
  });
  running.push(server);
  return { node, server, url: await server.listen() };
}

afterAll(async () => {
  await Promise.all(running.map((server) => server.close()));
});

/**
 * Levels 3 to 12: messages at 4 (one of them no outbox message), 5 and 9; commitments at 5, 8 and 11, the first cemented, the second
 * published by us, the third by nobody.
 */
export async function grownNode(): Promise<NodeModel> {
  const node = await NodeModel.start(kernel(ECHO));
  await node.level();
  await node.level(call({ string: "37" }), new TextEncoder().encode("no outbox message"), call({ prim: "Unit" }, "go"));
  await node.level(call({ prim: "Unit" }));
  for (let level = 6; level <= 8; level++) await node.level();
  await node.level(call({ int: "1" }, "late"));
  for (let level = 10; level <= 12; level++) await node.level();
  await node.publish(5, 7);
  await node.publish(8, 10);
  await node.cement(5);
  return node;
}

export interface Reply {
  readonly status: number;
  readonly type: string | null;
  readonly headers: Headers;
  readonly text: string;
  /** Undefined for no JSON. */
  readonly json: unknown;
}

export async function ask(
  { url }: { readonly url: string },
  path: string,
  init: { method?: string; body?: string | Uint8Array; headers?: Record<string, string> } = {},
): Promise<Reply> {
  const { body, ...rest } = init;
  const withBody = body === undefined ? {} : { body: typeof body === "string" ? body : new Uint8Array(body) };
  const response = await fetch(`${url}${path}`, { ...rest, ...withBody, signal: AbortSignal.timeout(20_000) });
  const text = await response.text();
  const { status, headers } = response;
  return { status, headers, type: headers.get("content-type"), text, json: parsed(text) };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The JSON of a 200. */
export async function get(served: { readonly url: string }, path: string): Promise<unknown> {
  const reply = await ask(served, path);
  if (reply.status !== 200) throw new Error(`${path}: ${reply.status} ${reply.text}`);
  return reply.json;
}

export async function post(served: { readonly url: string }, path: string, json: unknown): Promise<unknown> {
  const body = JSON.stringify(json);
  const reply = await ask(served, path, { method: "POST", body, headers: { "content-type": "application/json" } });
  if (reply.status !== 200) throw new Error(`${path}: ${reply.status} ${reply.text}`);
  return reply.json;
}

/** The values of a stream, as they come: each must be a chunk of its own, one line of JSON. */
export async function* lines(url: string, signal: AbortSignal): AsyncGenerator<unknown> {
  const response = await fetch(url, { signal });
  if (response.body === null) throw new Error("no body");
  for await (const chunk of response.body) yield JSON.parse(Buffer.from(chunk).toString("utf8"));
}
