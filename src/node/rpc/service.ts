// A service of the RPC: what is said of it and what serves it, in one place, so that what is described is what is served. The table of all
// services is services/all-services.ts; `/openapi`, `/describe` and the directory of paths are made of it.

import type { ByteReader } from "../../encoding/binary.js";
import { DecodeError, EncodeError } from "../../encoding/errors.js";
import type { Json } from "../../encoding/json.js";
import { JsonError } from "../../encoding/json.js";
import { L1RpcError } from "../../l1/client/rpc-error.js";
import { EngineError } from "../engine/errors.js";
import { StoreError } from "../store/store-error.js";
import { type Answer, badBody, failure, nodeError, RpcFailure } from "./answer.js";
import type { ArgumentsOf, Method, Segment } from "./http/directory.js";
import type { QueryFields, QueryValues } from "./http/query.js";
import type { NodeView } from "./node-view.js";
import type { Schema } from "./schema.js";

/** The body that a service takes. */
export interface Body<T> {
  readonly schema: Schema;
  /** Whether its JSON is an array. */
  readonly isArray: boolean;
  /** Raises JsonError. */
  fromJson(json: unknown): T;
  /** From Octez's bytes; absent: there are none for it. Raises DecodeError. */
  readonly fromBytes?: (r: ByteReader) => Json;
}

export interface Call<S extends readonly Segment[], Q extends QueryFields, B> {
  readonly node: NodeView;
  readonly args: ArgumentsOf<S>;
  readonly query: QueryValues<Q>;
  readonly body: B;
  /** What follows the path of a service that takes any ending. */
  readonly ending: readonly string[];
}

export interface ServiceSpec<S extends readonly Segment[], Q extends QueryFields, B> {
  readonly method: Method;
  readonly path: S;
  readonly description: string;
  readonly query?: Q;
  readonly body?: Body<B>;
  /** Of the answer, or of each value of a stream. */
  readonly output: Schema;
  /** Work for the machine, or a lot to read: only so many of these are served at once. */
  readonly isHeavy?: boolean;
  /** Whether longer paths are its own too. */
  readonly takesAnyEnding?: boolean;
  readonly serve: (call: Call<S, Q, B>) => Answer | Promise<Answer>;
}

/** A service as the server sees it: the types of its parameters are its own business. */
export interface Service {
  readonly method: Method;
  readonly path: readonly Segment[];
  readonly description: string;
  readonly query: QueryFields;
  readonly body?: Body<unknown>;
  readonly output: Schema;
  readonly isHeavy: boolean;
  readonly takesAnyEnding: boolean;
  serve(node: NodeView, request: ServiceRequest): Promise<Answer>;
}

export interface ServiceRequest {
  /** The values of the path's arguments, in order. */
  readonly args: readonly unknown[];
  /** The values of `query`'s fields. */
  readonly query: { readonly [name: string]: unknown };
  /** JSON; undefined for a service that takes no body. */
  readonly body: unknown;
  readonly ending: readonly string[];
}

export function service<
  const S extends readonly Segment[],
  const Q extends QueryFields = Record<never, never>,
  B = undefined,
>(spec: ServiceSpec<S, Q, B>): Service {
  const { method, path, description, query, body, output, isHeavy = false, takesAnyEnding = false } = spec;
  return {
    method,
    path,
    description,
    query: query ?? {},
    ...(body === undefined ? {} : { body }),
    output,
    isHeavy,
    takesAnyEnding,
    async serve(node, request) {
      // The directory gives a value for each argument of `path`, the query one for each of `query`.
      const args = request.args as ArgumentsOf<S>;
      const values = request.query as QueryValues<Q>;
      const { ending } = request;
      return spec.serve({ node, args, query: values, body: readBody(body, request.body), ending });
    },
  };
}

function readBody<B>(body: Body<B> | undefined, json: unknown): B {
  if (body === undefined) return undefined as B; // B is undefined then
  try {
    return body.fromJson(json);
  } catch (error) {
    if (error instanceof JsonError || error instanceof DecodeError || error instanceof EncodeError) {
      throw badBody(error.message);
    }
    throw error;
  }
}

/** What a service raised, as the failure to answer; undefined for a bug of ours. */
export function asFailure(error: unknown): RpcFailure | undefined {
  if (error instanceof RpcFailure) return error;
  if (error instanceof EngineError) return engineFailure(error);
  if (error instanceof StoreError || error instanceof L1RpcError) return failure(error.message);
  return undefined;
}

function engineFailure({ code, message, about }: EngineError): RpcFailure {
  switch (code) {
    case "node.engine.missing_preimage":
      return nodeError("permanent", "sc_rollup.node.could_not_open_reveal_preimage_file", { hash: about });
    case "node.engine.preimage_too_long":
      return nodeError("permanent", "sc_rollup.node.could_not_encode_raw_data");
    default:
      return failure(message);
  }
}
