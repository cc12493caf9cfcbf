// The node's RPC over HTTP (node.md §5), on fastify, which keeps connections in bounds; finding the service of a path is directory.ts's, in
// Octez's way, so fastify sees one path only. The order of checks is that of the reference (resto's server.ml): path and method, type of
// the body, types accepted, query, access, body. Everything here is bounded: bodies, streams and what waits in them for slow readers,
// connections, heavy services at a time, and the time a request may take to arrive.

import type { IncomingMessage, OutgoingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import type { Json } from "../../encoding/json.js";
import { answerRefused, BodyReader, BodyRefused } from "../../l1/http/body-reader.js";
import type { CorsSettings } from "../config/configuration.js";
import { failureError, RpcFailure, StreamAnswer } from "./answer.js";
import { type Access, FREE_ACCESS, isAllowed } from "./http/access.js";
import { allowedOrigin, isHostAllowed, NO_CORS } from "./http/cors.js";
import { type Directory, isMethod, type Lookup, METHODS, splitPath } from "./http/directory.js";
import { Gate, GateClosed } from "./http/gate.js";
import {
  acceptedTypes,
  bodyType,
  decodeBody,
  encodeAnswer,
  encodeJson,
  JSON_TYPE,
  MEDIA_TYPES,
  type MediaType,
} from "./http/media-types.js";
import { parseQuery } from "./http/query.js";
import { StreamHub } from "./http/stream-hub.js";
import type { NodeView } from "./node-view.js";
import { asFailure, type Service, type ServiceRequest } from "./service.js";
import { ALL_SERVICES, directoryOf } from "./services/all-services.js";

export interface RpcServerOptions {
  /** 127.0.0.1. */
  readonly host?: string;
  /** Any free one if 0, the default. */
  readonly port?: number;
  /** Who may call what; all is free by default: see `accessFor`. */
  readonly access?: Access;
  readonly cors?: CorsSettings;
  /** 16 MiB. */
  readonly maxBodyBytes?: number;
  /** Of all requests at once: 64 MiB. */
  readonly maxBodyBytesInFlight?: number;
  /** 4096. */
  readonly maxStreams?: number;
  /** Unread bytes after which a stream is cut: 4 MiB. */
  readonly maxStreamBacklogBytes?: number;
  /** 8192. */
  readonly maxConnections?: number;
  /** Heavy services that run, and that wait: 16 and 1024. */
  readonly maxHeavy?: number;
  readonly maxHeavyWaiting?: number;
  /** Milliseconds a request may take to arrive, body included: 30 s. */
  readonly requestTimeoutMs?: number;
  /** Milliseconds without a byte after which a connection that is no stream is cut: 10 min, since simulations take their time. */
  readonly idleTimeoutMs?: number;
  /** Hears of exceptions that should not be: answered with a 500. */
  readonly onBug?: (error: unknown, request: string) => void;
}

const DEFAULTS = {
  host: "127.0.0.1",
  port: 0,
  access: FREE_ACCESS,
  cors: NO_CORS,
  maxBodyBytes: 16 * 1024 * 1024,
  maxBodyBytesInFlight: 64 * 1024 * 1024,
  maxStreams: 4096,
  maxStreamBacklogBytes: 4 * 1024 * 1024,
  maxConnections: 8192,
  maxHeavy: 16,
  maxHeavyWaiting: 1024,
  requestTimeoutMs: 30_000,
  idleTimeoutMs: 600_000,
  onBug: (): void => undefined,
} as const satisfies Required<RpcServerOptions>;

type Found = Extract<Lookup<Service>, { readonly kind: "found" }>;

export class RpcServer {
  readonly #app: FastifyInstance;
  readonly #directory: Directory<Service>;
  readonly #bodies: BodyReader;
  readonly #streams: StreamHub;
  readonly #heavy: Gate;
  readonly #options: Required<RpcServerOptions>;

  constructor(
    readonly node: NodeView,
    options: RpcServerOptions = {},
  ) {
    this.#options = { ...DEFAULTS, ...options };
    const { maxBodyBytes, maxBodyBytesInFlight, maxStreams, maxStreamBacklogBytes } = this.#options;
    this.#directory = directoryOf(ALL_SERVICES);
    this.#bodies = new BodyReader(maxBodyBytes, maxBodyBytesInFlight);
    this.#streams = new StreamHub(maxStreams, maxStreamBacklogBytes);
    this.#heavy = new Gate(this.#options.maxHeavy, this.#options.maxHeavyWaiting);
    this.#app = this.#makeApp();
  }

  /** Starts to listen; gives the address: "http://127.0.0.1:8932". Raises the system's error when the port is taken. */
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
    app.addHook("onRequest", async (request, reply) => {
      reply.headers(this.#corsHeaders(request));
    });
    app.all("/", (request, reply) => this.#serve(request, reply));
    app.setNotFoundHandler((_request, reply) => send(reply, 501));
    app.setErrorHandler((error, request, reply) => this.#serveError(error, request, reply));
    return app;
  }

  #corsHeaders({ headers }: FastifyRequest): OutgoingHttpHeaders {
    const origin = allowedOrigin(this.#options.cors, headers.origin);
    return origin === undefined ? {} : { "access-control-allow-origin": origin };
  }

  async #serve(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { method, headers, originalUrl } = request;
    const at = originalUrl.indexOf("?");
    const segments = splitPath(at < 0 ? originalUrl : originalUrl.slice(0, at));
    if (method === "OPTIONS") return this.#preflight(request, segments, reply);
    if (!isMethod(method)) return send(reply, 501);
    if (!isHostAllowed(this.#options.cors, headers.host)) {
      reply.header("x-ocaml-resto-cors-error", "invalid host");
      return send(reply, 403);
    }
    const found = this.#directory.lookup(method, segments);
    if (found.kind !== "found") return sendLookupFailure(reply, found);
    const accepted = acceptedTypes(headers.accept);
    try {
      const input = bodyType(headers["content-type"]);
      if (input === undefined) return send(reply, 415);
      if (accepted.length === 0) return send(reply, 406, Buffer.from(MEDIA_TYPES.join(", ")), "text/plain");
      const query = parseQuery(found.service.query, at < 0 ? "" : originalUrl.slice(at + 1));
      if (!isAllowed(this.#options.access, method, segments)) return send(reply, 401);
      const call = { args: found.args, query, body: bodyOf(found.service, request, input), ending: found.ending };
      return await this.#answer(request, reply, found, call, accepted);
    } catch (error) {
      return this.#sendFailure(reply, error, request, accepted);
    }
  }

  async #answer(
    request: FastifyRequest,
    reply: FastifyReply,
    { service }: Found,
    call: ServiceRequest,
    accepted: readonly MediaType[],
  ): Promise<FastifyReply> {
    const run = () => service.serve(this.node, call);
    const answer = service.isHeavy ? await this.#heavy.run(run) : await run();
    if (answer instanceof StreamAnswer) {
      const type = accepted.find((one) => one !== "application/octet-stream");
      if (type === undefined) return send(reply, 406, Buffer.from(MEDIA_TYPES.join(", ")), "text/plain");
      if (this.#streams.isFull) return send(reply, 503);
      reply.hijack();
      this.#streams.serve(answer, reply.raw, type, this.#corsHeaders(request));
      return reply;
    }
    const encoded = encodeAnswer(answer, accepted);
    if (encoded === undefined) return send(reply, 406, Buffer.from(MEDIA_TYPES.join(", ")), "text/plain");
    return send(reply, 200, encoded.body, encoded.type);
  }

  #sendFailure(
    reply: FastifyReply,
    error: unknown,
    request: FastifyRequest,
    accepted: readonly MediaType[] = [JSON_TYPE],
  ): FastifyReply {
    if (error instanceof GateClosed) return send(reply, 503);
    const failure = asFailure(error);
    if (failure === undefined) {
      this.#options.onBug(error, `${request.method} ${request.originalUrl}`);
      return sendTrace(reply, 500, [failureError(`a bug of the node: ${String(error)}`)], accepted);
    }
    const { status, body } = failure;
    if (typeof body === "string") return send(reply, status, Buffer.from(body), "text/plain");
    return body === undefined ? send(reply, status) : sendTrace(reply, status, body, accepted);
  }

  /** Which methods and headers a web page may use at a path. */
  #preflight({ headers }: FastifyRequest, segments: readonly string[], reply: FastifyReply): FastifyReply {
    const asked = headers.origin === undefined ? undefined : headers["access-control-request-method"];
    const methods = METHODS.filter(
      (method) =>
        (asked === undefined || asked === method) && this.#directory.lookup(method, segments).kind === "found",
    );
    if (methods.length === 0) return send(reply, 404);
    reply.header("access-control-allow-methods", methods.join(", "));
    const { allowedHeaders } = this.#options.cors;
    if (allowedHeaders.length > 0) reply.header("access-control-allow-headers", allowedHeaders.join(", "));
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

/** JSON for a service that takes a body. Raises RpcFailure 400. */
function bodyOf({ body: format }: Service, { body }: FastifyRequest, type: MediaType): unknown {
  if (format === undefined) return undefined;
  const bytes = body instanceof Uint8Array ? body : new Uint8Array(0);
  return decodeBody(bytes, type, format);
}

function refuseBody({ statusCode }: BodyRefused, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const headers = Object.entries(reply.getHeaders()).map(([name, value]) => [name, String(value)] as const);
  reply.hijack();
  answerRefused(request.raw, statusCode, Object.fromEntries(headers));
  return reply;
}

function statusOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || error instanceof RpcFailure) return undefined;
  const { statusCode, code } = error as { statusCode?: unknown; code?: unknown };
  if (typeof statusCode === "number" && statusCode >= 400 && statusCode < 500) return statusCode;
  return code === "ECONNRESET" || code === "ERR_STREAM_PREMATURE_CLOSE" ? 400 : undefined;
}

function sendLookupFailure(
  reply: FastifyReply,
  found: Exclude<Lookup<Service>, { readonly kind: "found" }>,
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
      const text = `Failed to parsed an argument in path. After "${path}", ${what}`;
      return send(reply, 400, Buffer.from(text), "text/plain");
    }
  }
}

/** Header fields are set as they are: fastify's `type` would add a charset, which clients of Octez do not expect. */
function send(reply: FastifyReply, status: number, body?: Uint8Array, type?: string): FastifyReply {
  if (type !== undefined) reply.header("content-type", type);
  reply.code(status);
  return body === undefined ? reply.send() : reply.send(body);
}

/** A trace of errors, in JSON when the client takes no other shape that it has. */
function sendTrace(
  reply: FastifyReply,
  status: number,
  trace: readonly Json[],
  accepted: readonly MediaType[],
): FastifyReply {
  const encoded = encodeAnswer(trace, accepted) ?? { body: encodeJson(trace), type: JSON_TYPE };
  return send(reply, status, encoded.body, encoded.type);
}
