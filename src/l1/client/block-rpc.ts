// The RPCs under one block (node.md §9.1 rows 4 to 11, 22 to 30; §9.2): the block itself, its context, and the helpers that try
// operations out on it.

import { encodeBase58Check } from "../../encoding/base58check.js";
import { hexFromJson } from "../../encoding/form-leaves.js";
import { expectObject, type Json, JsonError, type JsonObject } from "../../encoding/json.js";
import { type Micheline, michelineFromJson } from "../../encoding/micheline.js";
import {
  type BlockHash,
  blockHashForm,
  type ChainId,
  type Contract,
  type ContractHash,
  type OperationHash,
  operationHashForm,
  type ProtocolHash,
  type PublicKey,
  type PublicKeyHash,
  publicKeyForm,
  type RollupAddress,
  rollupAddressForm,
} from "../../protocol/identifiers.js";
import { type Inbox, inboxForm } from "../../protocol/inbox.js";
import { type Operation, operationToJson, protocolOperationForm } from "../../protocol/operation.js";
import { mutezForm } from "../../protocol/quantities.js";
import type { ContentReceipt } from "../../protocol/receipt.js";
import { field, listReader, nullableReader, type Reader, readBigInteger, reader } from "./answers.js";
import {
  type Block,
  type BlockHeader,
  type BlockOperation,
  type BlockProtocols,
  readBlock,
  readBlockOperation,
  readBlockProtocols,
  readContents,
  readHeader,
  readShellHeader,
  type ShellHeader,
} from "./blocks.js";
import { type ChainConstants, readChainConstants } from "./chain-constants.js";
import { ContractRpc } from "./contract-rpc.js";
import type { Query } from "./http-transport.js";
import { RollupRpc } from "./rollup-rpc.js";
import { isL1RpcError } from "./rpc-error.js";

/** Calls an RPC under the block's path. Raises L1RpcError. */
export type BlockCaller = <T>(path: string, read: Reader<T>, options?: { body?: Json; query?: Query }) => Promise<T>;

export interface SimulateOptions {
  /** Simulate at the level of the next block: what an injected operation will meet. */
  readonly successorLevel?: boolean;
  /** Blocks until the operation may be included, of which the gas of caches depends; 3. */
  readonly latency?: number;
}

const DEFAULT_LATENCY = 3;

/** A contract's code and storage. */
export interface ContractScript {
  readonly code: Micheline;
  readonly storage: Micheline;
}

/** How addresses, dates and such are written: as people read them, or as bytes. */
export type UnparsingMode = "Readable" | "Optimized" | "Optimized_legacy";

export class BlockRpc {
  readonly #call: BlockCaller;

  constructor(call: BlockCaller) {
    this.#call = call;
  }

  // ---- The block

  hash(): Promise<BlockHash> {
    return this.#call("/hash", reader(blockHashForm));
  }

  header(): Promise<BlockHeader> {
    return this.#call("/header", readHeader);
  }

  shellHeader(): Promise<ShellHeader> {
    return this.#call("/header/shell", readShellHeader);
  }

  protocols(): Promise<BlockProtocols> {
    return this.#call("/protocols", readBlockProtocols);
  }

  /** With receipts, unless `metadata` says otherwise. */
  block(metadata: "always" | "never" = "always"): Promise<Block> {
    return this.#call("", readBlock, { query: { metadata } });
  }

  /** Hashes of the operations, by validation pass. */
  operationHashes(): Promise<readonly (readonly OperationHash[])[]> {
    return this.#call("/operation_hashes", listReader(listReader(reader(operationHashForm))));
  }

  operationHashesOf(pass: number): Promise<readonly OperationHash[]> {
    return this.#call(`/operation_hashes/${pass}`, listReader(reader(operationHashForm)));
  }

  operationsOf(pass: number, metadata: "always" | "never" = "always"): Promise<readonly BlockOperation[]> {
    return this.#call(`/operations/${pass}`, listReader(readBlockOperation), { query: { metadata } });
  }

  operation(pass: number, index: number, metadata: "always" | "never" = "always"): Promise<BlockOperation> {
    return this.#call(`/operations/${pass}/${index}`, readBlockOperation, { query: { metadata } });
  }

  /** Blocks on which operations may still branch. */
  liveBlocks(): Promise<readonly BlockHash[]> {
    return this.#call("/live_blocks", listReader(reader(blockHashForm)));
  }

  // ---- Its context

  constants(): Promise<ChainConstants> {
    return this.#call("/context/constants", readChainConstants);
  }

  balance(account: Contract): Promise<bigint> {
    return this.#call(`/context/contracts/${account}/balance`, reader(mutezForm));
  }

  fullBalance(account: Contract): Promise<bigint> {
    return this.#call(`/context/contracts/${account}/full_balance`, reader(mutezForm));
  }

  counter(account: PublicKeyHash): Promise<bigint> {
    return this.#call(`/context/contracts/${account}/counter`, readBigInteger);
  }

  /** The revealed key of an account; undefined as long as it is not. */
  async managerKey(account: PublicKeyHash): Promise<PublicKey | undefined> {
    const read = nullableReader(reader(publicKeyForm));
    return (await this.#call(`/context/contracts/${account}/manager_key`, read)) ?? undefined;
  }

  /** Undefined for a contract that does not exist. */
  script(contract: ContractHash): Promise<ContractScript | undefined> {
    return this.#unlessMissing(this.#call(`/context/contracts/${contract}/script`, readScript));
  }

  storage(contract: ContractHash): Promise<Micheline | undefined> {
    return this.#unlessMissing(this.#call(`/context/contracts/${contract}/storage`, michelineFromJson));
  }

  /** As `storage`, with values written as `mode` says. */
  async normalizedStorage(contract: ContractHash, mode: UnparsingMode): Promise<Micheline | undefined> {
    const path = `/context/contracts/${contract}/storage/normalized`;
    return (await this.#call(path, nullableReader(michelineFromJson), { body: { unparsing_mode: mode } })) ?? undefined;
  }

  /** As `script`, with values written as `mode` says, and types without annotations when `normalizeTypes`. */
  async normalizedScript(
    contract: ContractHash,
    mode: UnparsingMode,
    normalizeTypes = false,
  ): Promise<ContractScript | undefined> {
    const body = { unparsing_mode: mode, normalize_types: normalizeTypes };
    const path = `/context/contracts/${contract}/script/normalized`;
    return (await this.#call(path, nullableReader(readScript), { body })) ?? undefined;
  }

  async #unlessMissing<T>(call: Promise<T>): Promise<T | undefined> {
    try {
      return await call;
    } catch (error) {
      if (isL1RpcError(error, "l1.rpc.not_found")) return undefined;
      throw error;
    }
  }

  contract(address: Contract): ContractRpc {
    return new ContractRpc(this.#call, address);
  }

  rollups(): Promise<readonly RollupAddress[]> {
    return this.#call("/context/smart_rollups/all", listReader(reader(rollupAddressForm)));
  }

  inbox(): Promise<Inbox> {
    return this.#call("/context/smart_rollups/all/inbox", reader(inboxForm));
  }

  rollup(address: RollupAddress): RollupRpc {
    return new RollupRpc((path, read, body) => this.#call(path, read, body === undefined ? {} : { body }), address);
  }

  /** As printed: DAL is not ours. */
  dalSkipListCells(): Promise<readonly JsonObject[]> {
    return this.#call("/context/dal/skip_list_cells_of_level", listReader(readAnyPair));
  }

  /** DAL parameters at a level, as printed. */
  dalPastParameters(level: number): Promise<JsonObject> {
    return this.#call(`/context/dal/past_parameters/${level}`, expectObject);
  }

  // ---- Trying operations out

  /** What would become of contents, signed by nobody. The receipts stand in the order of the contents. */
  async simulate(
    operation: Pick<Operation, "branch" | "contents">,
    chainId: ChainId,
    { successorLevel = false, latency = DEFAULT_LATENCY }: SimulateOptions = {},
  ): Promise<readonly ContentReceipt[]> {
    const body: Json = {
      operation: operationToJson(operation),
      chain_id: encodeBase58Check("chainId", chainId),
      latency,
    };
    const query = { successor_level: successorLevel };
    return this.#call("/helpers/scripts/simulate_operation", readContents, { body, query });
  }

  /** What would become of a signed operation. */
  async preapply(operation: Operation, protocol: ProtocolHash): Promise<readonly ContentReceipt[]> {
    const body: Json = [protocolOperationForm.toJson({ protocol, ...operation })];
    const results = await this.#call("/helpers/preapply/operations", listReader(readContents), { body });
    const [only] = results;
    if (only === undefined || results.length !== 1) {
      throw new JsonError("encoding.json.bad_value", "one result expected", results.length);
    }
    return only;
  }

  /** The bytes of an operation without its signature, as the node makes them. */
  forge(operation: Pick<Operation, "branch" | "contents">): Promise<Uint8Array> {
    return this.#call("/helpers/forge/operations", hexFromJson, { body: operationToJson(operation) });
  }
}

const readScript: Reader<ContractScript> = (json) => {
  const script = expectObject(json);
  return {
    code: field(script, "code", michelineFromJson),
    storage: field(script, "storage", michelineFromJson),
  };
};

/** An element of `skip_list_cells_of_level`: a pair, or an object. */
const readAnyPair: Reader<JsonObject> = (json) =>
  Array.isArray(json) ? { hash: json[0] as unknown, cell: json[1] as unknown } : expectObject(json);
