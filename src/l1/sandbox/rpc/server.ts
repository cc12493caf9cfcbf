// A sandbox's RPC over HTTP (node.md §9), on fastify, which keeps connections in bounds; finding the service of a path is directory.ts's, in
// Octez's way, so fastify sees one path only. Everything here is bounded: bodies, streams and what waits in them for slow
// readers, connections, and the time a request may take to arrive.

import type { IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import type { Json } from "../../../encoding/json.js";
import { answerRefused, BodyReader, BodyRefused } from "../../http/body-reader.js";
import type { Sandbox } from "../sandbox.js";
import { allServices } from "./all-services.js";
import { type Answer, badBody, failureError, RpcFailure, StreamAnswer } from "./answer.js";
import { isMethod, type Lookup, METHODS, splitPath } from "./directory.js";
import { PoolWatch } from "./injection-services.js";
import { acceptsJson, isJsonType, JSON_TYPE } from "./media-types.js";
import { Query } from "./query.js";
import { asFailure, type Call, type Handler, type Services } from "./services.js";
import { StreamHub } from "./stream-hub.js";

export interface RpcServerOptions {
  /** 127.0.0.1. */
  readonly host?: string;
  /** Any free one if 0, the default. */
  readonly port?: number;
  /** 2 MiB. */
  readonly maxBodyBytes?: number;
  /** Of all requests at once: 64 MiB. */
  readonly maxBodyBytesInFlight?: number;
  /** 4096. */
  readonly maxStreams?: number;
  /** Unread bytes after which a stream is cut: 1 MiB. */
  readonly maxStreamBacklogBytes?: number;
  /** 8192. */
  readonly maxConnections?: number;
  /** Milliseconds a request may take to arrive, body included: 30 s. */
  readonly requestTimeoutMs?: number;
  /** Milliseconds without a byte after which a connection that is no stream is cut: 120 s. */
  readonly idleTimeoutMs?: number;
  /** Hears of exceptions that should not be: answered with a 500. */
  readonly onBug?: (error: unknown, request: string) => void;
}

const DEFAULTS = {
  host: "127.0.0.1",
  port: 0,
  maxBodyBytes: 2 * 1024 * 1024,
  maxBodyBytesInFlight: 64 * 1024 * 1024,
  maxStreams: 4096,
  maxStreamBacklogBytes: 1024 * 1024,
  maxConnections: 8192,
  requestTimeoutMs: 30_000,
  idleTimeoutMs: 120_000,
  onBug: (): void => undefined,
} as const satisfies Required<RpcServerOptions>;

export class RpcServer {
  /** Hears of operations that come in. */
  readonly pool = new PoolWatch();
  readonly #app: FastifyInstance;
  readonly #services: Services;
  readonly #bodies: BodyReader;
  readonly #streams: StreamHub;
  readonly #options: Required<RpcServerOptions>;

  constructor(
    readonly sandbox: Sandbox,
    options: RpcServerOptions = {},
  ) {
    this.#options = { ...DEFAULTS, ...options };
    const { maxBodyBytes, maxBodyBytesInFlight, maxStreams, maxStreamBacklogBytes } = this.#options;
    this.#services = allServices(sandbox, this.pool);
    this.#bodies = new BodyReader(maxBodyBytes, maxBodyBytesInFlight);
    this.#streams = new StreamHub(maxStreams, maxStreamBacklogBytes);
    this.#app = this.#makeApp();
  }

  /** Starts to listen; gives the address: "http://127.0.0.1:18731". Raises the system's error when the port is taken. */
  async listen(): Promise<string> {
    const { host, port, maxConnections } = this.#options;
    this.#app.server.maxConnections = maxConnections;
    await this.#app.listen({ host, port });
    const address = this.#app.server.address() as AddressInfo; // it listens on TCP
    return `http://${address.family === "IPv6" ? `[${address.address}]` : address.address}:${address.port}`;
  }

  /** Streams that are open. */
  get openStreams(): number {
    return this.#streams.open;
  }

  /** Ends streams, and connections once they have their answers. */
  async close(): Promise<void> {
    this.#streams.endAll();
    await this.#app.close();
  }

  #makeApp(): FastifyInstance {
    const { requestTimeoutMs, idleTimeoutMs } = this.#options;
    const app = Fastify({
      rewriteUrl: () => "/",
      bodyLimit: Number.MAX_SAFE_INTEGER, // body-reader.ts has its own
      requestTimeout: requestTimeoutMs,
      connectionTimeout: idleTimeoutMs,
      forceCloseConnections: true,
      exposeHeadRoutes: false,
      http: {
        headersTimeout: requestTimeoutMs,
        connectionsCheckingInterval: Math.max(50, Math.min(requestTimeoutMs / 2, 5000)),
      },
    });
    app.removeAllContentTypeParsers();
    app.addContentTypeParser("*", (_request: FastifyRequest, payload: IncomingMessage) => this.#bodies.read(payload));
    app.addHook("onRequest", async (_request, reply) => {
      reply.header("access-control-allow-origin", "*");
    });
    app.all("/", (request, reply) => this.#serve(request, reply));
    app.setNotFoundHandler((_request, reply) => send(reply, 501));
    app.setErrorHandler((error, request, reply) => this.#serveError(error, request, reply));
    return app;
  }

  #serve(request: FastifyRequest, reply: FastifyReply): FastifyReply {
    const { method } = request;
    const [path = "", search = ""] = splitOnce(request.originalUrl, "?");
    const segments = splitPath(path);
    if (method === "OPTIONS") return this.#preflight(segments, reply);
    if (!isMethod(method)) return send(reply, 501);
    try {
      const found = this.#services.directory.lookup(method, segments);
      if (found.kind !== "found") return sendLookupFailure(reply, found);
      if (!isJsonType(request.headers["content-type"])) return send(reply, 415);
      if (!acceptsJson(request.headers.accept)) return send(reply, 406, JSON_TYPE, "text/plain");
      return this.#answer(reply, call(found, request, search));
    } catch (error) {
      return this.#sendFailure(reply, error, request);
    }
  }

  #answer(reply: FastifyReply, answer: Answer): FastifyReply {
    if (!(answer instanceof StreamAnswer)) return sendJson(reply, 200, answer);
    if (this.#streams.isFull) return send(reply, 503);
    reply.hijack();
    this.#streams.serve(answer, reply.raw, { "access-control-allow-origin": "*" });
    return reply;
  }

  #sendFailure(reply: FastifyReply, error: unknown, request: FastifyRequest): FastifyReply {
    const failure = asFailure(error);
    if (failure === undefined) {
      this.#options.onBug(error, `${request.method} ${request.originalUrl}`);
      return sendJson(reply, 500, [failureError(`a bug of the sandbox: ${String(error)}`)]);
    }
    const { status, body } = failure;
    if (typeof body === "string") return send(reply, status, body, "text/plain");
    return body === undefined ? send(reply, status) : sendJson(reply, status, body);
  }

  /** Which methods a browser may use at a path. */
  #preflight(segments: readonly string[], reply: FastifyReply): FastifyReply {
    let methods: readonly string[] = [];
    try {
      methods = METHODS.filter((method) => this.#services.directory.lookup(method, segments).kind === "found");
    } catch (error) {
      if (!(error instanceof RpcFailure)) throw error;
    }
    if (methods.length === 0) return send(reply, 404);
    reply.header("access-control-allow-methods", methods.join(", "));
    reply.header("access-control-allow-headers", "content-type");
    return send(reply, 200);
  }

  /** What fastify raises before a handler runs: a body that is not taken, a client that left. */
  #serveError(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
    if (error instanceof BodyRefused) return refuseBody(error, request, reply);
    const status = statusOf(error);
    if (status === undefined) return this.#sendFailure(reply, error, request);
    // The rest of the body is not read, so the connection cannot be used again.
    reply.header("connection", "close");
    return send(reply, status);
  }
}

function refuseBody({ statusCode }: BodyRefused, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const headers = Object.entries(reply.getHeaders()).map(([name, value]) => [name, String(value)] as const);
  reply.hijack();
  answerRefused(request.raw, statusCode, Object.fromEntries(headers));
  return reply;
}

function statusOf(error: unknown): number | undefined {
  if (!(error instanceof Error)) return undefined;
  const { statusCode, code } = error as { statusCode?: unknown; code?: unknown };
  if (typeof statusCode === "number" && statusCode >= 400 && statusCode < 500) return statusCode;
  return code === "ECONNRESET" || code === "ERR_STREAM_PREMATURE_CLOSE" ? 400 : undefined;
}

function call(
  found: Extract<Lookup<Handler>, { readonly kind: "found" }>,
  request: FastifyRequest,
  search: string,
): Answer {
  const context: Call = { query: new Query(search), body: () => parseBody(request.body) };
  return found.service(found.args, context);
}

/** The JSON of a body. Raises RpcFailure 400. */
function parseBody(body: unknown): unknown {
  const text =
    body instanceof Uint8Array ? Buffer.from(body.buffer, body.byteOffset, body.length).toString("utf8") : "";
  try {
    return JSON.parse(text);
  } catch {
    throw badBody(text === "" ? "no JSON value" : "not a JSON value");
  }
}

function splitOnce(text: string, separator: string): readonly string[] {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}

function sendLookupFailure(
  reply: FastifyReply,
  found: Exclude<Lookup<Handler>, { readonly kind: "found" }>,
): FastifyReply {
  switch (found.kind) {
    case "not_found":
      return send(reply, 404);
    case "method_not_allowed":
      reply.header("allow", found.allowed.join(", "));
      return send(reply, 405);
    case "bad_argument": {
      const { path, reason, type } = found;
      const what = `the value "${reason}" is not acceptable for type "${type}"`;
      return send(reply, 400, `Failed to parsed an argument in path. After "${path}", ${what}`, "text/plain");
    }
  }
}

/** Header fields are set as they are: fastify's `type` would add a charset, which clients of Octez do not expect. */
function send(reply: FastifyReply, status: number, body?: string, type?: string): FastifyReply {
  if (type !== undefined) reply.header("content-type", type);
  reply.code(status);
  return body === undefined ? reply.send() : reply.send(Buffer.from(body));
}

function sendJson(reply: FastifyReply, status: number, json: Json): FastifyReply {
  return send(reply, status, `${JSON.stringify(json)}\n`, JSON_TYPE);
}
