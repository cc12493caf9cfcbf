// The RPCs of the shell about one block (node.md §9.1 rows 4 to 10): hash, header, metadata, operations, protocols, live blocks.

import { hexFromJson } from "../../../encoding/form-leaves.js";
import { toHex } from "../../../encoding/hex.js";
import { expectObject, type Json } from "../../../encoding/json.js";
import { type BlockHash, blockHashForm, operationHashForm, protocolHashForm } from "../../../protocol/identifiers.js";
import type { AppliedOperation, Block } from "../block.js";
import { encodeHeader, shellHeaderForm } from "../header.js";
import { badQuery, orNotFound } from "./answer.js";
import { operationIndexArgument, passArgument } from "./arguments.js";
import {
  blockHashToJson,
  blockToJson,
  headerToJson,
  type MetadataChoice,
  mapPasses,
  operationsOfPass,
  operationWithHashToJson,
  protocolDataToJson,
  shellHeaderToJson,
} from "./block-json.js";
import { blockMetadataToJson, contextHashToJson, printedProtocol } from "./block-metadata.js";
import type { Query } from "./query.js";
import type { Services } from "./services.js";

/** Of the answers that come in versions, the only one there is. */
const ANSWER_VERSION = "1";

export function addBlockServices(services: Services): void {
  const { sandbox } = services;
  services.addForBlocks("GET", [], ({ block, query }) =>
    blockToJson(block, sandbox.predecessor(block), metadataChoice(query)),
  );
  services.addForBlocks("GET", ["hash"], ({ block }) => blockHashToJson(block));
  services.addForBlocks("GET", ["metadata"], ({ block, query }) => {
    query.version(ANSWER_VERSION);
    return blockMetadataToJson(block, sandbox.predecessor(block));
  });
  services.addForBlocks("GET", ["protocols"], ({ block }) => ({
    protocol: protocolHashForm.toJson(block.protocol.hash),
    next_protocol: protocolHashForm.toJson(block.nextProtocol.hash),
  }));
  services.addForBlocks("GET", ["live_blocks"], ({ block }) => liveBlocks(sandbox.liveBlocks(block)));
  services.addForBlocks("GET", ["resulting_context_hash"], ({ block }) => contextHashToJson(block));
  addHeaderServices(services);
  addOperationServices(services);
}

function addHeaderServices(services: Services): void {
  services.addForBlocks("GET", ["header"], ({ block }) => headerToJson(block));
  services.addForBlocks("GET", ["header", "raw"], ({ block }) => toHex(encodeHeader(block.shell, block.protocolData)));
  services.addForBlocks("GET", ["header", "shell"], ({ block }) => shellHeaderToJson(block));
  services.addForBlocks("GET", ["header", "protocol_data"], ({ block }) => ({
    protocol: printedProtocol(block),
    ...protocolDataToJson(block),
  }));
  services.addForBlocks("GET", ["header", "protocol_data", "raw"], ({ block }) => toHex(block.protocolData));
  services.addForBlocks("POST", ["helpers", "forge_block_header"], ({ body }) => ({
    block: toHex(forgeHeader(body())),
  }));
}

function addOperationServices(services: Services): void {
  services.addForBlocks("GET", ["operations"], ({ block, query }) => {
    const choice = metadataChoice(query);
    return mapPasses(block, (operation) => operationWithHashToJson(block, operation, choice));
  });
  services.addForBlocks("GET", ["operations", passArgument], ({ block, query }, [pass]) => {
    const choice = metadataChoice(query);
    return inPass(block, pass).map((operation) => operationWithHashToJson(block, operation, choice));
  });
  services.addForBlocks(
    "GET",
    ["operations", passArgument, operationIndexArgument],
    ({ block, query }, [pass, index]) =>
      operationWithHashToJson(block, operationAt(block, pass, index), metadataChoice(query)),
  );
  services.addForBlocks("GET", ["operation_hashes"], ({ block }) => mapPasses(block, hashOf));
  services.addForBlocks("GET", ["operation_hashes", passArgument], ({ block }, [pass]) =>
    inPass(block, pass).map(hashOf),
  );
  services.addForBlocks("GET", ["operation_hashes", passArgument, operationIndexArgument], ({ block }, [pass, index]) =>
    hashOf(operationAt(block, pass, index)),
  );
}

function hashOf({ hash }: AppliedOperation): Json {
  return operationHashForm.toJson(hash);
}

function inPass(block: Block, pass: number): readonly AppliedOperation[] {
  return orNotFound(operationsOfPass(block, pass));
}

function operationAt(block: Block, pass: number, index: number): AppliedOperation {
  return orNotFound(inPass(block, pass)[index]);
}

/** `?metadata=`, and its older form `?force_metadata`. */
function metadataChoice(query: Query): MetadataChoice {
  query.version(ANSWER_VERSION);
  const choice = query.text("metadata");
  if (choice !== undefined && choice !== "always" && choice !== "never") {
    throw badQuery(
      `Failed to parse argument 'metadata' ("${choice}"): Invalid argument: unrecognize parameter ${choice}`,
    );
  }
  return choice === "never" && !query.flag("force_metadata") ? "never" : "always";
}

/** A set, which Octez prints in the order of its elements. */
function liveBlocks(hashes: readonly BlockHash[]): Json {
  return [...hashes].sort((a, b) => Buffer.compare(a, b)).map((hash) => blockHashForm.toJson(hash));
}

/** The bytes of a header: a shell header and hexadecimal protocol data. Raises JsonError. */
function forgeHeader(json: unknown): Uint8Array {
  const { protocol_data: data, ...shell } = expectObject(json);
  return encodeHeader(shellHeaderForm.fromJson(shell), hexFromJson(data));
}
