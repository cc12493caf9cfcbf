// The table of services that a sandbox offers, and how one is called: a handler gets the arguments of its path, the query and the body,
// and gives an answer or raises. What handlers raise becomes the answer Octez gives: JSON that is not what was asked for a 400,
// an error of the protocol a 500 with its trace, under the name of the protocol that runs on top of the block asked.

import { EncodeError } from "../../../encoding/errors.js";
import { JsonError } from "../../../encoding/json.js";
import { ProtocolError } from "../../../protocol/errors.js";
import type { Block } from "../block.js";
import type { ContextView } from "../context-view.js";
import { OperationRefused } from "../errors.js";
import { GENESIS_PROTOCOL } from "../protocols.js";
import type { Sandbox } from "../sandbox.js";
import { type Answer, badBody, notFound, RpcFailure } from "./answer.js";
import { blockArgument, chainArgument } from "./arguments.js";
import { type ArgumentsOf, Directory, type Method, type PathArgument, type Segment } from "./directory.js";
import type { Query } from "./query.js";

/** One request, as handlers see it. */
export interface Call {
  readonly query: Query;
  /** The body as JSON. Raises RpcFailure 400 when it is none. */
  body(): unknown;
}

/** A request about a block. */
export interface BlockCall extends Call {
  readonly block: Block;
  readonly context: ContextView;
}

/** Where a protocol's own services are. That of the genesis block has none. */
const PROTOCOL_FOLDERS: readonly (Segment | undefined)[] = ["context", "helpers", "votes"];

export type Handler = (args: readonly unknown[], call: Call) => Answer;

export class Services {
  readonly directory = new Directory<Handler>();
  readonly chain: PathArgument<Sandbox>;
  readonly #block: PathArgument<Block>;

  constructor(readonly sandbox: Sandbox) {
    this.chain = chainArgument(sandbox);
    this.#block = blockArgument(sandbox);
  }

  /** A service at a path from the root. */
  add<const S extends readonly Segment[]>(
    method: Method,
    segments: S,
    handle: (args: ArgumentsOf<S>, call: Call) => Answer,
  ): void {
    // The directory gives one value for each argument among the segments, in order.
    this.directory.add(method, segments, (args, call) => handle(args as ArgumentsOf<S>, call));
  }

  /** A service under `/chains/<chain>/blocks/<block>`. */
  addForBlocks<const S extends readonly Segment[]>(
    method: Method,
    segments: S,
    handle: (call: BlockCall, args: ArgumentsOf<S>) => Answer,
  ): void {
    const path: readonly Segment[] = ["chains", this.chain, "blocks", this.#block, ...segments];
    const isProtocols = PROTOCOL_FOLDERS.includes(segments[0]);
    this.directory.add(method, path, ([_chain, given, ...args], { query, body }) => {
      const block = given as Block; // what the argument of the path gives
      if (isProtocols && block.nextProtocol === GENESIS_PROTOCOL) throw notFound();
      const context = this.sandbox.context(block);
      return underProtocol(block, () => handle({ query, body, block, context }, args as ArgumentsOf<S>));
    });
  }
}

/** Runs a service on top of a block: errors of the protocol get its name. */
function underProtocol(block: Block, run: () => Answer): Answer {
  try {
    return run();
  } catch (error) {
    if (error instanceof ProtocolError) throw new RpcFailure(500, error.traceToJson(block.nextProtocol.errorName));
    throw error;
  }
}

/** What a handler raised, as the failure to answer; undefined for a bug of ours. */
export function asFailure(error: unknown): RpcFailure | undefined {
  if (error instanceof RpcFailure) return error;
  if (error instanceof OperationRefused) return new RpcFailure(500, error.trace);
  if (error instanceof JsonError || error instanceof EncodeError) return badBody(error.message);
  return undefined;
}
