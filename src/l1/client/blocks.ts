// Blocks and headers as a node tells them (node.md §9.1 rows 2, 5, 8). Operations are kept as JSON and read one by one on
// demand: a block may hold kinds that are none of ours, and only a few of its operations matter to anyone.

import { base58Form, hexFromJson } from "../../encoding/form-leaves.js";
import { atStep, expectArray, expectObject, type Json, JsonError, type JsonObject } from "../../encoding/json.js";
import {
  type BlockHash,
  blockHashForm,
  type ChainId,
  chainIdForm,
  levelForm,
  type OperationHash,
  operationHashForm,
  type ProtocolHash,
  protocolHashForm,
} from "../../protocol/identifiers.js";
import { isManagerKind } from "../../protocol/manager-contents.js";
import { type ContentReceipt, contentReceiptFromJson } from "../../protocol/receipt.js";
import { timestampForm } from "../../protocol/timestamp.js";
import {
  field,
  fieldsReader,
  listReader,
  optionalField,
  type Reader,
  reader,
  readInteger,
  readString,
} from "./answers.js";

/** The part of a header that does not depend on the protocol. */
export interface ShellHeader {
  readonly level: number;
  /** Number of the protocol among those of the chain. */
  readonly proto: number;
  readonly predecessor: BlockHash;
  /** Seconds since 1970. */
  readonly timestamp: bigint;
  readonly validationPass: number;
  readonly operationsHash: Uint8Array;
  readonly fitness: readonly Uint8Array[];
  /** Hash of the context, 32 bytes. */
  readonly context: Uint8Array;
}

/** What `/monitor/heads` and `…/header` give. */
export interface BlockHeader extends ShellHeader {
  readonly hash: BlockHash;
}

const shellFields = {
  level: ["level", reader(levelForm)],
  proto: ["proto", readInteger],
  predecessor: ["predecessor", reader(blockHashForm)],
  timestamp: ["timestamp", reader(timestampForm)],
  validationPass: ["validation_pass", readInteger],
  operationsHash: ["operations_hash", reader(base58Form("operationListListHash"))],
  fitness: ["fitness", listReader(hexFromJson)],
  context: ["context", reader(base58Form("contextHash"))],
} as const satisfies { readonly [K in keyof ShellHeader]: readonly [string, Reader<ShellHeader[K]>] };

export const readShellHeader: Reader<ShellHeader> = fieldsReader<ShellHeader>(shellFields);

export const readHeader: Reader<BlockHeader> = fieldsReader<BlockHeader>({
  hash: ["hash", reader(blockHashForm)],
  ...shellFields,
});

/** An operation of a block. */
export interface BlockOperation {
  readonly hash: OperationHash;
  readonly branch: BlockHash;
  /** Contents with their metadata, as printed. */
  readonly contents: readonly JsonObject[];
}

export const readBlockOperation: Reader<BlockOperation> = fieldsReader<BlockOperation>({
  hash: ["hash", reader(operationHashForm)],
  branch: ["branch", reader(blockHashForm)],
  contents: ["contents", listReader(expectObject)],
});

export interface Block {
  readonly protocol: ProtocolHash;
  readonly chainId: ChainId;
  readonly hash: BlockHash;
  readonly header: ShellHeader;
  /** As printed; absent when the node has thrown it away or was not asked for it. */
  readonly metadata?: JsonObject;
  /** By validation pass; the last, 3, is that of managers. */
  readonly operations: readonly (readonly BlockOperation[])[];
}

export function readBlock(json: unknown): Block {
  const object = expectObject(json);
  const metadata = optionalField(object, "metadata", expectObject);
  return {
    protocol: field(object, "protocol", reader(protocolHashForm)),
    chainId: field(object, "chain_id", reader(chainIdForm)),
    hash: field(object, "hash", reader(blockHashForm)),
    header: field(object, "header", readShellHeader),
    ...(metadata === undefined ? {} : { metadata }),
    operations: field(object, "operations", listReader(listReader(readBlockOperation))),
  };
}

/** Validation pass of manager operations. */
export const MANAGER_PASS = 3;

/**
 * A content of a block with its receipt; undefined for a kind that is none of ours. Raises JsonError, also when the node did
 * not keep the receipt.
 */
export function readContentReceipt(json: JsonObject): ContentReceipt | undefined {
  const kind = json["kind"];
  if (typeof kind !== "string" || !isManagerKind(kind)) return undefined;
  if (json["metadata"] === undefined) {
    throw new JsonError("encoding.json.missing_field", "the node gives no receipt", "metadata");
  }
  return contentReceiptFromJson(json);
}

/** All contents of an operation with their receipts. Raises JsonError, also for a kind that is none of ours. */
export function readReceipts(contents: unknown): readonly ContentReceipt[] {
  return expectArray(contents).map((content, i) =>
    atStep(`[${i}]`, () => {
      const receipt = readContentReceipt(expectObject(content));
      if (receipt === undefined) throw new JsonError("encoding.json.bad_value", "manager operation expected", content);
      return receipt;
    }),
  );
}

/** {"contents": […]}: what simulations and pre-applications answer. */
export function readContents(json: unknown): readonly ContentReceipt[] {
  return field(expectObject(json), "contents", readReceipts);
}

/** A block and where it stands. */
export interface BlockAndLevel {
  readonly hash: BlockHash;
  readonly level: number;
}

/** {"block_hash", "level"}. */
export const readBlockAndLevel: Reader<BlockAndLevel> = fieldsReader<BlockAndLevel>({
  hash: ["block_hash", reader(blockHashForm)],
  level: ["level", reader(levelForm)],
});

/** The protocols of a block: its own and that of the next one. */
export interface BlockProtocols {
  readonly protocol: ProtocolHash;
  readonly nextProtocol: ProtocolHash;
}

export const readBlockProtocols: Reader<BlockProtocols> = fieldsReader<BlockProtocols>({
  protocol: ["protocol", reader(protocolHashForm)],
  nextProtocol: ["next_protocol", reader(protocolHashForm)],
});

/** A protocol in the history of the chain. */
export interface ChainProtocol {
  readonly protocol: ProtocolHash;
  readonly protoLevel: number;
  /** Last block of the protocol before. */
  readonly activationBlock: BlockAndLevel;
}

export const readChainProtocol: Reader<ChainProtocol> = fieldsReader<ChainProtocol>({
  protocol: ["protocol", reader(protocolHashForm)],
  protoLevel: ["proto_level", readInteger],
  activationBlock: ["activation_block", readBlockAndLevel],
});

/** What a node says of itself. */
export interface NodeVersion {
  /** "TEZOS_MAINNET" and the like. */
  readonly chainName: string;
  readonly json: Json;
}

export function readNodeVersion(json: unknown): NodeVersion {
  const network = field(expectObject(json), "network_version", expectObject);
  return { chainName: field(network, "chain_name", readString), json: json as Json };
}

/** A transaction pool's operation that may be included next: its contents as printed. */
export interface PendingOperation {
  readonly hash: OperationHash;
  readonly branch: BlockHash;
  readonly contents: readonly JsonObject[];
}

/** The operations of the pool that the node holds for good. Nodes print "validated" or, before, "applied". */
export function readPendingOperations(json: unknown): readonly PendingOperation[] {
  const object = expectObject(json);
  const list = object["validated"] ?? object["applied"] ?? [];
  return listReader(readBlockOperation)(list);
}
