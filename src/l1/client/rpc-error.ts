// What can go wrong between us and a layer 1 node. The node's own errors (a trace of printed errors, protocol.md §7.4) are kept
// as JSON: whoever knows a kind asks for it by its id.

import { isJsonObject, type JsonObject } from "../../encoding/json.js";
import { readPrintedError } from "../../protocol/errors.js";

export type L1RpcErrorCode =
  /** No connection, or one that broke. */
  | "l1.rpc.unreachable"
  | "l1.rpc.timeout"
  /** The caller gave up. */
  | "l1.rpc.aborted"
  /** 404: no such block, rollup, … or RPC. */
  | "l1.rpc.not_found"
  /** 410: the node has thrown the data away. */
  | "l1.rpc.gone"
  /** 401 or 403: the node's access rules. */
  | "l1.rpc.forbidden"
  /** 400, 405, 406, 415: the request is not what the node takes. */
  | "l1.rpc.bad_request"
  /** The node answered with errors of its own: see `trace`. */
  | "l1.rpc.failed"
  | "l1.rpc.unexpected_status"
  /** No JSON, or JSON of another shape than the RPC's. */
  | "l1.rpc.unexpected_content"
  | "l1.rpc.too_large";

export interface L1RpcErrorDetails {
  readonly method: string;
  readonly url: string;
  readonly status?: number;
  /** Errors of the node, outermost first. */
  readonly trace?: readonly JsonObject[];
  /** Body of an answer that could not be used, shortened. */
  readonly body?: string;
  readonly cause?: unknown;
}

const MAX_BODY_SHOWN = 2000;

/** A failed call. `url` is the whole address. */
export class L1RpcError extends Error {
  override readonly name = "L1RpcError";
  readonly method: string;
  readonly url: string;
  readonly status: number | undefined;
  readonly trace: readonly JsonObject[];
  readonly body: string | undefined;

  constructor(
    readonly code: L1RpcErrorCode,
    /** What happened, in a few words. */
    readonly reason: string,
    { method, url, status, trace = [], body, cause }: L1RpcErrorDetails,
  ) {
    const ids = trace.map((error) => String(error["id"] ?? error["kind"])).join(", ");
    super(`${code}: ${reason}: ${method} ${url}${ids === "" ? "" : ` (${ids})`}`, cause === undefined ? {} : { cause });
    this.method = method;
    this.url = url;
    this.status = status;
    this.trace = trace;
    this.body = body?.slice(0, MAX_BODY_SHOWN);
  }

  /** Whether the trace has an error of this id, given without "proto.<protocol>.". */
  has(id: string): boolean {
    return this.trace.some((error) => readPrintedError(error)?.id === id);
  }

  /** Whether the same call may succeed a little later, as far as one can tell. */
  get isTransient(): boolean {
    if (this.code === "l1.rpc.unexpected_status") return TRANSIENT_STATUSES.has(this.status ?? 0);
    return this.code === "l1.rpc.unreachable" || this.code === "l1.rpc.timeout";
  }
}

/** Too many requests; bad gateway, unavailable, gateway timeout. */
const TRANSIENT_STATUSES: ReadonlySet<number> = new Set([429, 502, 503, 504]);

export function isL1RpcError(error: unknown, code?: L1RpcErrorCode): error is L1RpcError {
  return error instanceof L1RpcError && (code === undefined || error.code === code);
}

/** The trace in an error answer's JSON; undefined when it is none. */
export function readTrace(json: unknown): readonly JsonObject[] | undefined {
  return Array.isArray(json) && json.every(isJsonObject) ? json : undefined;
}
