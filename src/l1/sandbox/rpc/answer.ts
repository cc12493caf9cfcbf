// What a service gives back: JSON, a stream of JSON values, or a failure with the status that Octez answers (node.md §9, protocol.md
// §8). Failures: 404 and 410 without a body, 400 as plain text, 500 with a trace of errors.

import type { Json } from "../../../encoding/json.js";

/** Where a stream's values go. */
export interface StreamSink {
  /** Sends a value. */
  send(json: Json): void;
  /** Ends the stream. */
  end(): void;
}

/** An answer that goes on: `open` is called once and gives what stops it, called when the reader has gone or was dropped. */
export class StreamAnswer {
  constructor(readonly open: (sink: StreamSink) => () => void) {}
}

export type Answer = Json | StreamAnswer;

export type FailureStatus = 400 | 404 | 500 | 503;

/** An answer that is no 200. */
export class RpcFailure extends Error {
  override readonly name = "RpcFailure";

  constructor(
    readonly status: FailureStatus,
    /** Text, or a trace of errors, outermost first; absent: no body. */
    readonly body?: string | readonly Json[],
  ) {
    super(`${status} ${typeof body === "string" ? body : JSON.stringify(body ?? null)}`);
  }
}

/** There is no such thing: 404. */
export function notFound(): RpcFailure {
  return new RpcFailure(404);
}

/** The body of the request cannot be read: 400. */
export function badBody(reason: string): RpcFailure {
  return new RpcFailure(400, `Failed to parse the request body: ${reason}`);
}

/** A parameter behind the question mark cannot be read: 400. */
export function badQuery(reason: string): RpcFailure {
  return new RpcFailure(400, `Failed to parse the query string: ${reason}`);
}

/** An error of the node's own that has no kind but a message: 500. */
export function failure(message: string): RpcFailure {
  return new RpcFailure(500, [failureError(message)]);
}

export function failureError(message: string): Json {
  return { kind: "temporary", id: "failure", msg: message };
}

/** Raises 404 for undefined. */
export function orNotFound<T>(value: T | undefined): T {
  if (value === undefined) throw notFound();
  return value;
}
