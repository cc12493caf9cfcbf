// The RPCs of a layer 1 node, typed (node.md §9): those of a chain here, those under a block in block-rpc.ts, of a rollup in
// rollup-rpc.ts. Everything raises L1RpcError and nothing else; answers are read as leniently as is safe.

import { encodeBase58Check } from "../../encoding/base58check.js";
import { toHex } from "../../encoding/hex.js";
import { expectArray, expectObject, JsonError, type JsonObject } from "../../encoding/json.js";
import {
  type BlockHash,
  blockHashForm,
  type ChainId,
  chainIdForm,
  type OperationHash,
  operationHashForm,
  type ProtocolHash,
} from "../../protocol/identifiers.js";
import { timestampForm } from "../../protocol/timestamp.js";
import { field, listReader, type Reader, readBoolean, reader } from "./answers.js";
import { type BlockId, blockPath, type ChainName, HEAD } from "./block-id.js";
import { BlockRpc } from "./block-rpc.js";
import {
  type BlockAndLevel,
  type BlockHeader,
  type ChainProtocol,
  type NodeVersion,
  type PendingOperation,
  readBlockAndLevel,
  readChainProtocol,
  readHeader,
  readNodeVersion,
  readPendingOperations,
} from "./blocks.js";
import { type FeeRates, readFeeRates } from "./fees.js";
import { type CallOptions, HttpTransport, type Query, type TransportOptions } from "./http-transport.js";
import { L1RpcError } from "./rpc-error.js";

export interface L1ClientOptions extends TransportOptions {
  /** The chain that calls are about; "main". */
  readonly chain?: ChainName;
}

/** Head of a node that is catching up, as `/monitor/bootstrapped` tells it. */
export interface BootstrapStep {
  readonly block: BlockHash;
  readonly timestamp: bigint;
}

export class L1Client {
  readonly transport: HttpTransport;
  readonly chain: ChainName;

  /** `endpoint`: address of the node, with or without a path. Raises TypeError for another protocol than HTTP. */
  constructor(endpoint: string, { chain = "main", ...options }: L1ClientOptions = {}) {
    this.transport = new HttpTransport(endpoint, options);
    this.chain = chain;
  }

  close(): Promise<void> {
    return this.transport.close();
  }

  get #chainPath(): string {
    return `/chains/${this.chain}`;
  }

  async #get<T>(path: string, read: Reader<T>, options: CallOptions = {}): Promise<T> {
    const json = await this.transport.get(path, options);
    return this.#read("GET", path, options.query, json, read);
  }

  #read<T>(method: string, path: string, query: Query | undefined, json: unknown, read: Reader<T>): T {
    try {
      return read(json);
    } catch (cause) {
      if (!(cause instanceof JsonError)) throw cause;
      const url = this.transport.address(path, query);
      throw new L1RpcError("l1.rpc.unexpected_content", cause.message, { method, url, cause });
    }
  }

  // ---- The node

  version(options?: CallOptions): Promise<NodeVersion> {
    return this.#get("/version", readNodeVersion, options);
  }

  // ---- The chain

  chainId(options?: CallOptions): Promise<ChainId> {
    return this.#get(`${this.#chainPath}/chain_id`, reader(chainIdForm), options);
  }

  /** Whether the node has caught up with its network. */
  isBootstrapped(): Promise<boolean> {
    return this.#get(`${this.#chainPath}/is_bootstrapped`, (json) =>
      field(expectObject(json), "bootstrapped", readBoolean),
    );
  }

  /** Hashes of the last `length` blocks up to each of `heads` (the newest block by default), newest first. */
  blocks(length: number, heads: readonly BlockHash[] = []): Promise<readonly (readonly BlockHash[])[]> {
    const query: Query = { length, head: heads.map((hash) => encodeBase58Check("blockHash", hash)) };
    return this.#get(`${this.#chainPath}/blocks`, listReader(listReader(reader(blockHashForm))), { query });
  }

  chainProtocols(): Promise<readonly ChainProtocol[]> {
    return this.#get(`${this.#chainPath}/protocols`, listReader(readChainProtocol));
  }

  /** The oldest block that the node holds whole. */
  savepoint(): Promise<BlockAndLevel> {
    return this.#get(`${this.#chainPath}/levels/savepoint`, readBlockAndLevel);
  }

  /** The RPCs under a block. */
  block(block: BlockId = HEAD): BlockRpc {
    const base = `${this.#chainPath}/blocks/${blockPath(block)}`;
    return new BlockRpc(async (path, read, { body, query } = {}) => {
      const options: CallOptions = query === undefined ? {} : { query };
      if (body === undefined) return this.#get(base + path, read, options);
      const json = await this.transport.post(base + path, body, options);
      return this.#read("POST", base + path, query, json, read);
    });
  }

  // ---- The pool of operations

  /** Hands signed bytes to the node; not repeated when it fails half-way. */
  async inject(signedOperation: Uint8Array): Promise<OperationHash> {
    const query = { chain: this.chain };
    const json = await this.transport.post("/injection/operation", toHex(signedOperation), { query });
    return this.#read("POST", "/injection/operation", query, json, reader(operationHashForm));
  }

  pendingOperations(): Promise<readonly PendingOperation[]> {
    return this.#get(`${this.#chainPath}/mempool/pending_operations`, readPendingOperations, {
      query: { version: "2" },
    });
  }

  /** What the node's pool asks for at least. */
  feeRates(): Promise<FeeRates> {
    return this.#get(`${this.#chainPath}/mempool/filter`, readFeeRates);
  }

  // ---- Streams

  /** The current head, then every new one, until the node hangs up. For one that goes on, see head-stream.ts. */
  async *heads(
    options: CallOptions & { readonly protocols?: readonly ProtocolHash[] } = {},
  ): AsyncGenerator<BlockHeader, void, undefined> {
    const protocol = options.protocols?.map((hash) => encodeBase58Check("protocolHash", hash));
    const query: Query = { ...options.query, ...(protocol === undefined ? {} : { protocol }) };
    yield* this.#stream(`/monitor/heads/${this.chain}`, readHeader, { ...options, query });
  }

  /** The heads of a node that is catching up; ends when it has. */
  bootstrapSteps(options: CallOptions = {}): AsyncGenerator<BootstrapStep, void, undefined> {
    return this.#stream("/monitor/bootstrapped", readBootstrapStep, options);
  }

  async *#stream<T>(path: string, read: Reader<T>, options: CallOptions): AsyncGenerator<T, void, undefined> {
    for await (const json of this.transport.stream(path, options)) {
      yield this.#read("GET", path, options.query, json, read);
    }
  }
}

const readBootstrapStep: Reader<BootstrapStep> = (json) => {
  const step: JsonObject = expectObject(
    Array.isArray(json) ? { block: expectArray(json)[0], timestamp: json[1] } : json,
  );
  return {
    block: field(step, "block", reader(blockHashForm)),
    timestamp: field(step, "timestamp", reader(timestampForm)),
  };
};
