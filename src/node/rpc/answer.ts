// What a service gives back (node.md §5.1): JSON, JSON with a binary form beside it, a stream of JSON values, or a failure with the status
// that Octez answers. Failures: 404 without a body, 400 as plain text, 500 with a trace of errors, outermost first.

import { encode } from "../../encoding/binary.js";
import type { Form } from "../../encoding/form.js";
import type { Json } from "../../encoding/json.js";

/** A value that is there as bytes too, for clients that ask for `application/octet-stream`. */
export class CodedAnswer {
  constructor(
    readonly json: Json,
    /** Octez's encoding. */
    readonly bytes: () => Uint8Array,
    /** Whether the bytes go out without their length. */
    readonly isBare = false,
  ) {}
}

export function coded<T>(form: Form<T>, value: T): CodedAnswer {
  return new CodedAnswer(form.toJson(value), () => encode(form, value));
}

/** Where a stream's values go. */
export interface StreamSink {
  send(json: Json): void;
  end(): void;
}

/** An answer that goes on: `open` is called once and gives what stops it, called when the reader has gone or was dropped. */
export class StreamAnswer {
  constructor(readonly open: (sink: StreamSink) => () => void) {}
}

export type Answer = Json | CodedAnswer | StreamAnswer;

export type FailureStatus = 400 | 401 | 404 | 500 | 503;

/** An answer that is no 200. */
export class RpcFailure extends Error {
  override readonly name = "RpcFailure";

  constructor(
    readonly status: FailureStatus,
    /** Text, or a trace of errors; absent: no body. */
    readonly body?: string | readonly Json[],
  ) {
    super(`${status} ${typeof body === "string" ? body : JSON.stringify(body ?? null)}`);
  }
}

/** The body of the request cannot be read: 400. */
export function badBody(reason: string): RpcFailure {
  return new RpcFailure(400, `Failed to parse the request body: ${reason}`);
}

/** A parameter behind the question mark cannot be read: 400. */
export function badQuery(reason: string): RpcFailure {
  return new RpcFailure(400, `Failed to parse the query string: ${reason}`);
}

/** An error that has no kind but a message: 500. */
export function failure(message: string): RpcFailure {
  return new RpcFailure(500, [failureError(message)]);
}

export function failureError(message: string): Json {
  return { kind: "temporary", id: "failure", msg: message };
}

/** One of the node's own errors: 500. `id` without "sc_rollup.node." only for those that Octez names otherwise. */
export function nodeError(
  kind: "permanent" | "temporary",
  id: string,
  fields: { readonly [name: string]: Json } = {},
): RpcFailure {
  return new RpcFailure(500, [{ kind, id, ...fields }]);
}

export const noBatcher = (): RpcFailure => nodeError("permanent", "sc_rollup.node.no_batcher");
