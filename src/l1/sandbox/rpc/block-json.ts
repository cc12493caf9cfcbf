// Blocks as the RPCs of the shell print them (node.md §9.1, rows 2 to 10; reference: block_services.ml): headers in their forms, operations
// by validation pass with or without receipts, the whole block.

import { decode } from "../../../encoding/binary.js";
import { toHex } from "../../../encoding/hex.js";
import type { Json } from "../../../encoding/json.js";
import { blockHashForm, chainIdForm, operationHashForm } from "../../../protocol/identifiers.js";
import { operationToJson } from "../../../protocol/operation.js";
import { contentReceiptToJson } from "../../../protocol/receipt.js";
import type { AppliedOperation, Block } from "../block.js";
import { activationDataForm, protocolDataForm, shellHeaderForm } from "../header.js";
import { MANAGER_PASS } from "../operations-hash.js";
import { blockMetadataToJson, type JsonFields, printedProtocol } from "./block-metadata.js";

export function blockHashToJson(block: Block): Json {
  return blockHashForm.toJson(block.hash);
}

/** `…/header/shell`. */
export function shellHeaderToJson(block: Block): JsonFields {
  return shellHeaderForm.toJson(block.shell) as JsonFields;
}

/** What the protocol adds to a header: nothing in the genesis block, the activation of the first protocol in the next. */
export function protocolDataToJson(block: Block): JsonFields {
  switch (block.shell.level) {
    case 0:
      return {};
    case 1:
      return activationDataForm.toJson(decode(activationDataForm, block.protocolData)) as JsonFields;
    default:
      return protocolDataForm.toJson(decode(protocolDataForm, block.protocolData)) as JsonFields;
  }
}

/** `…/header`. */
export function headerToJson(block: Block): JsonFields {
  return {
    protocol: printedProtocol(block),
    chain_id: chainIdForm.toJson(block.chainId),
    hash: blockHashToJson(block),
    ...shellHeaderToJson(block),
    ...protocolDataToJson(block),
  };
}

/** An element of `monitor/heads`. */
export function headToJson(block: Block): JsonFields {
  return { hash: blockHashToJson(block), ...shellHeaderToJson(block), protocol_data: toHex(block.protocolData) };
}

/** Which operations have receipts: "never" leaves them out. */
export type MetadataChoice = "always" | "never";

export function operationWithHashToJson(
  block: Block,
  operation: AppliedOperation,
  metadata: MetadataChoice,
): JsonFields {
  const printed = operationToJson(operation.operation) as JsonFields;
  return {
    protocol: printedProtocol(block),
    chain_id: chainIdForm.toJson(block.chainId),
    hash: operationHashForm.toJson(operation.hash),
    ...printed,
    ...(metadata === "always" ? { contents: operation.receipts.map(contentReceiptToJson) } : {}),
  };
}

/** The operations of a validation pass; undefined for a pass that the block does not have. */
export function operationsOfPass(block: Block, pass: number): readonly AppliedOperation[] | undefined {
  if (pass < 0 || pass >= block.shell.validationPasses) return undefined;
  return pass === MANAGER_PASS ? block.operations : [];
}

/** One list a validation pass. */
export function mapPasses(block: Block, map: (operation: AppliedOperation) => Json): Json[][] {
  return Array.from({ length: block.shell.validationPasses }, (_, pass) =>
    (operationsOfPass(block, pass) ?? []).map(map),
  );
}

/** The whole block. */
export function blockToJson(block: Block, predecessor: Block | undefined, metadata: MetadataChoice): JsonFields {
  return {
    protocol: printedProtocol(block),
    chain_id: chainIdForm.toJson(block.chainId),
    hash: blockHashToJson(block),
    header: { ...shellHeaderToJson(block), ...protocolDataToJson(block) },
    metadata: blockMetadataToJson(block, predecessor),
    operations: mapPasses(block, (operation) => operationWithHashToJson(block, operation, metadata)),
  };
}
