// A sandbox chain behind its RPC server, for tests: calls that give status, headers and body as they came.
import { afterAll, expect } from "vitest";
import type { JsonObject } from "../../../../src/encoding/json.js";
import { RpcServer, type RpcServerOptions } from "../../../../src/l1/sandbox/rpc/server.js";
import type { TestChain } from "../chain.js";

export interface Response {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

export class TestServer {
  private constructor(
    readonly chain: TestChain,
    readonly server: RpcServer,
    readonly url: string,
    /** Exceptions that should not be. */
    readonly bugs: readonly string[],
  ) {}

  /** Listens until the tests of the file are over. */
  static async start(chain: TestChain, options: RpcServerOptions = {}): Promise<TestServer> {
    const bugs: string[] = [];
    const server = new RpcServer(chain.sandbox, {
      ...options,
      onBug: (error, request) =>
        bugs.push(`${request}: ${error instanceof Error ? (error.stack ?? "") : String(error)}`),
    });
    const url = await server.listen();
    afterAll(async () => {
      await server.close();
      expect(bugs).toEqual([]);
    });
    return new TestServer(chain, server, url, bugs);
  }

  async fetch(path: string, init: RequestInit = {}): Promise<Response> {
    const response = await fetch(this.url + path, init);
    return { status: response.status, headers: response.headers, text: await response.text() };
  }

  /** The JSON of a 200. */
  async get(path: string): Promise<unknown> {
    return read(await this.fetch(path), path);
  }

  async object(path: string): Promise<JsonObject> {
    return (await this.get(path)) as JsonObject;
  }

  /** The JSON of a 200. */
  async post(path: string, body: unknown): Promise<unknown> {
    return read(await this.send(path, body), path);
  }

  send(path: string, body: unknown): Promise<Response> {
    const headers = { "content-type": "application/json" };
    return this.fetch(path, { method: "POST", headers, body: JSON.stringify(body) });
  }
}

function read({ status, headers, text }: Response, path: string): unknown {
  if (status !== 200) throw new Error(`${path}: ${status} ${text}`);
  if (headers.get("content-type") !== "application/json") throw new Error(`${path}: ${headers.get("content-type")}`);
  return JSON.parse(text);
}

/** Ids of a trace of errors, without "proto.alpha.". */
export function idsIn({ text }: Response): string[] {
  return (JSON.parse(text) as { id: string }[]).map(({ id }) => id.replace(/^proto\.alpha\./, ""));
}

export const BLOCK = "/chains/main/blocks/head";
