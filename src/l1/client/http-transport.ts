// Calls to a node over HTTP: JSON in and out, time limits, retries of calls that change nothing, streams. What is called is
// the business of l1-client.ts.
//
// A call is tried again only if it was a GET, or if the connection was refused, so that nothing is injected twice.

import { Agent, type Dispatcher, errors as undiciErrors } from "undici";
import type { Json } from "../../encoding/json.js";
import { type BackOff, backOffDelay, REAL_WAITING, type Waiting } from "./back-off.js";
import { JsonStreamSplitter } from "./json-stream.js";
import { L1RpcError, type L1RpcErrorCode, type L1RpcErrorDetails, readTrace } from "./rpc-error.js";

export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/** Query parameters; a list is repeated, true is a bare flag, false and undefined are left out. */
export type Query = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

export interface TransportEvent {
  readonly kind: "request" | "response" | "retry";
  readonly method: Method;
  readonly url: string;
  readonly status?: number;
  readonly milliseconds?: number;
  readonly body?: string;
}

export interface TransportOptions {
  /** Limit of one call, in milliseconds; 60 s (node.md §3.2). */
  readonly timeoutMs?: number;
  /** Further attempts of a call that may be repeated; 4. */
  readonly retries?: number;
  readonly backOff?: BackOff;
  /** Longest answer taken, in bytes; 256 MiB. */
  readonly maxAnswerBytes?: number;
  /** Where calls go out; an Agent of the transport's own by default. */
  readonly dispatcher?: Dispatcher;
  readonly waiting?: Waiting;
  readonly onEvent?: (event: TransportEvent) => void;
}

export interface CallOptions {
  readonly query?: Query;
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
}

/** An answer as it came. */
export interface RawAnswer {
  readonly status: number;
  /** Without parameters; "" if there is none. */
  readonly contentType: string;
  readonly text: string;
}

const DEFAULT_TIMEOUT_MS = 60_000;
const DEFAULT_RETRIES = 4;
const DEFAULT_BACK_OFF: BackOff = { initialMs: 250, capMs: 30_000 };
const DEFAULT_MAX_ANSWER_BYTES = 256 * 1024 * 1024;

export class HttpTransport {
  /** Without a slash at the end. */
  readonly endpoint: string;
  readonly #options: TransportOptions;
  readonly #dispatcher: Dispatcher;
  readonly #ownsDispatcher: boolean;
  readonly #waiting: Waiting;

  /** Raises TypeError for an endpoint that is no http or https address. */
  constructor(endpoint: string, options: TransportOptions = {}) {
    const url = new URL(endpoint);
    if (url.protocol !== "http:" && url.protocol !== "https:") {
      throw new TypeError(`only http and https endpoints are supported: ${endpoint}`);
    }
    this.endpoint = endpoint.replace(/\/+$/, "");
    this.#options = options;
    this.#ownsDispatcher = options.dispatcher === undefined;
    this.#dispatcher = options.dispatcher ?? new Agent({ keepAliveTimeout: 10_000, pipelining: 1 });
    this.#waiting = options.waiting ?? REAL_WAITING;
  }

  /** Closes idle connections and ends running calls. */
  async close(): Promise<void> {
    if (this.#ownsDispatcher) await this.#dispatcher.destroy();
  }

  /** The JSON of an answer. Raises L1RpcError. */
  get(path: string, options: CallOptions = {}): Promise<unknown> {
    return this.call("GET", path, undefined, options);
  }

  /** Raises L1RpcError. */
  post(path: string, body: Json, options: CallOptions = {}): Promise<unknown> {
    return this.call("POST", path, body, options);
  }

  async call(method: Method, path: string, body: Json | undefined, options: CallOptions = {}): Promise<unknown> {
    const url = this.address(path, options.query);
    const answer = await this.#repeating(method, url, body, options);
    if (answer.status < 200 || answer.status >= 300) throw failure(method, url, answer);
    return parseJson(method, url, answer);
  }

  /** The answer whatever its status. Raises L1RpcError only when there is none. Not repeated. */
  raw(method: Method, path: string, body: Json | undefined, options: CallOptions = {}): Promise<RawAnswer> {
    return this.#once(method, this.address(path, options.query), body, options);
  }

  address(path: string, query: Query = {}): string {
    const pairs: string[] = [];
    for (const [name, value] of Object.entries(query)) {
      if (value === true) pairs.push(encodeURIComponent(name));
      else if (value !== undefined && value !== false) {
        for (const one of Array.isArray(value) ? value : [value]) {
          pairs.push(`${encodeURIComponent(name)}=${encodeURIComponent(String(one))}`);
        }
      }
    }
    return `${this.endpoint}${path}${pairs.length === 0 ? "" : `?${pairs.join("&")}`}`;
  }

  async #repeating(method: Method, url: string, body: Json | undefined, options: CallOptions): Promise<RawAnswer> {
    const attempts = 1 + (this.#options.retries ?? DEFAULT_RETRIES);
    for (let attempt = 0; ; ) {
      let failed: L1RpcError;
      try {
        const answer = await this.#once(method, url, body, options);
        if (answer.status < 400 || method !== "GET" || attempt + 1 >= attempts) return answer;
        failed = failure(method, url, answer);
        if (!failed.isTransient) return answer;
      } catch (error) {
        if (!(error instanceof L1RpcError) || !error.isTransient) throw error;
        if (method !== "GET" && !wasRefused(error)) throw error;
        if (attempt + 1 >= attempts) throw error;
        failed = error;
      }
      attempt++;
      this.#options.onEvent?.({ kind: "retry", method, url });
      const delay = backOffDelay(this.#options.backOff ?? DEFAULT_BACK_OFF, attempt, this.#waiting.random());
      await this.#pause(delay, options.signal, failed);
    }
  }

  async #pause(ms: number, signal: AbortSignal | undefined, failed: L1RpcError): Promise<void> {
    try {
      await this.#waiting.sleep(ms, signal);
    } catch (cause) {
      throw new L1RpcError("l1.rpc.aborted", "given up", { method: failed.method, url: failed.url, cause });
    }
  }

  async #once(method: Method, url: string, body: Json | undefined, options: CallOptions): Promise<RawAnswer> {
    const started = this.#waiting.now();
    const timeoutMs = options.timeoutMs ?? this.#options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    const limit = AbortSignal.timeout(timeoutMs);
    const text = body === undefined ? undefined : JSON.stringify(body);
    this.#options.onEvent?.({ kind: "request", method, url, ...(text === undefined ? {} : { body: text }) });
    try {
      const answer = await this.#dispatch(method, url, text, either(limit, options.signal));
      const contentType = headerOf(answer.headers, "content-type").split(";", 1)[0] ?? "";
      const read = await readAll(answer.body, this.#options.maxAnswerBytes ?? DEFAULT_MAX_ANSWER_BYTES);
      if (read === undefined) throw new L1RpcError("l1.rpc.too_large", "the answer is too large", { method, url });
      const milliseconds = this.#waiting.now() - started;
      this.#options.onEvent?.({ kind: "response", method, url, status: answer.statusCode, milliseconds, body: read });
      return { status: answer.statusCode, contentType, text: read };
    } catch (error) {
      throw asRpcError(error, { method, url }, limit, options.signal);
    }
  }

  #dispatch(method: Method, url: string, text: string | undefined, signal: AbortSignal) {
    const { origin, pathname, search } = new URL(url);
    return this.#dispatcher.request({
      origin,
      path: pathname + search,
      method,
      headers: {
        accept: "application/json",
        ...(text === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(text === undefined ? {} : { body: text }),
      signal,
      // The limits of undici would cut streams; ours is the signal.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
  }

  /**
   * The values of a streamed answer, as they come; ends when the node ends it. `timeoutMs` limits the time to the first byte.
   * Raises L1RpcError, "l1.rpc.unreachable" for a connection that breaks.
   */
  async *stream(path: string, options: CallOptions = {}): AsyncGenerator<unknown, void, undefined> {
    const method = "GET";
    const url = this.address(path, options.query);
    const limit = new AbortController();
    const timer = setTimeout(() => limit.abort(), options.timeoutMs ?? this.#options.timeoutMs ?? DEFAULT_TIMEOUT_MS);
    this.#options.onEvent?.({ kind: "request", method, url });
    let body: Dispatcher.ResponseData["body"] | undefined;
    try {
      const answer = await this.#dispatch(method, url, undefined, either(limit.signal, options.signal));
      clearTimeout(timer);
      body = answer.body;
      if (answer.statusCode !== 200) throw await this.#streamRefused(url, answer);
      yield* values(body);
    } catch (error) {
      throw asRpcError(error, { method, url }, limit.signal, options.signal);
    } finally {
      clearTimeout(timer);
      // Whoever stops reading also hangs up; the error this makes is nobody's concern.
      body?.on("error", () => undefined).destroy();
    }
  }

  async #streamRefused(url: string, answer: Dispatcher.ResponseData): Promise<L1RpcError> {
    const text = (await readAll(answer.body, this.#options.maxAnswerBytes ?? DEFAULT_MAX_ANSWER_BYTES)) ?? "";
    return failure("GET", url, { status: answer.statusCode, contentType: "", text });
  }
}

async function* values(body: Dispatcher.ResponseData["body"]): AsyncGenerator<unknown, void, undefined> {
  const splitter = new JsonStreamSplitter();
  const decoder = new TextDecoder();
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    yield* splitter.push(decoder.decode(chunk, { stream: true }));
  }
}

function either(limit: AbortSignal, signal: AbortSignal | undefined): AbortSignal {
  return signal === undefined ? limit : AbortSignal.any([limit, signal]);
}

/** The text of a body; undefined when it is longer than `limit` bytes. */
async function readAll(body: Dispatcher.ResponseData["body"], limit: number): Promise<string | undefined> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size > limit) return undefined; // leaving the loop destroys the body
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size).toString("utf8");
}

function headerOf(headers: Dispatcher.ResponseData["headers"], name: string): string {
  const value = headers[name];
  return (Array.isArray(value) ? value[0] : value) ?? "";
}

function parseJson(method: Method, url: string, { status, text, contentType }: RawAnswer): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const what = text === "" ? "empty answer" : `not JSON (${contentType})`;
    throw new L1RpcError("l1.rpc.unexpected_content", what, { method, url, status, body: text, cause });
  }
}

const CODES: Readonly<Record<number, readonly [L1RpcErrorCode, string]>> = {
  400: ["l1.rpc.bad_request", "the node refuses the request"],
  401: ["l1.rpc.forbidden", "the node denies access"],
  403: ["l1.rpc.forbidden", "the node denies access"],
  404: ["l1.rpc.not_found", "not found"],
  405: ["l1.rpc.bad_request", "the node does not take this method here"],
  406: ["l1.rpc.bad_request", "the node gives no JSON here"],
  410: ["l1.rpc.gone", "the node has the data no more"],
  415: ["l1.rpc.bad_request", "the node takes no JSON here"],
};

/** What an answer of another status than 2xx means. */
function failure(method: Method, url: string, { status, text }: RawAnswer): L1RpcError {
  const trace = traceIn(text);
  const details = { method, url, status, body: text, ...(trace === undefined ? {} : { trace }) };
  const known = CODES[status];
  if (known !== undefined) return new L1RpcError(known[0], known[1], details);
  if (trace !== undefined && (status === 500 || status === 409)) {
    return new L1RpcError("l1.rpc.failed", "the node answers with an error", details);
  }
  return new L1RpcError("l1.rpc.unexpected_status", `status ${status}`, details);
}

function traceIn(text: string) {
  try {
    return readTrace(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function asRpcError(
  error: unknown,
  where: Pick<L1RpcErrorDetails, "method" | "url">,
  limit: AbortSignal,
  signal: AbortSignal | undefined,
): unknown {
  if (error instanceof L1RpcError) return error;
  const details = { ...where, cause: error };
  if (signal?.aborted === true) return new L1RpcError("l1.rpc.aborted", "given up", details);
  if (limit.aborted) return new L1RpcError("l1.rpc.timeout", "no answer in time", details);
  if (error instanceof Error && error.name === "JsonError") {
    return new L1RpcError("l1.rpc.unexpected_content", error.message, details);
  }
  return isConnectionTrouble(error) ? new L1RpcError("l1.rpc.unreachable", troubleOf(error), details) : error;
}

function isConnectionTrouble(error: unknown): error is Error {
  return error instanceof undiciErrors.UndiciError || systemCode(error) !== undefined;
}

function systemCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error) || typeof error.code !== "string") return undefined;
  return /^(E[A-Z]+|UND_ERR_[A-Z_]+)$/.test(error.code) ? error.code : undefined;
}

function troubleOf(error: Error): string {
  return systemCode(error) ?? error.message;
}

/** Whether the connection was never made: the node has not seen the call. */
function wasRefused(error: L1RpcError): boolean {
  const code = systemCode(error.cause);
  return code === "ECONNREFUSED" || code === "UND_ERR_CONNECT_TIMEOUT" || code === "ENOTFOUND";
}
