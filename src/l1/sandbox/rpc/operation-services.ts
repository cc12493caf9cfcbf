// `…/helpers`: making, reading and trying out operations (node.md §9.1 row 29, §9.2; reference: RPC.ml of alpha, block_directory.ml). An
// operation that is well-formed and fails is not an error: its receipts say so. One that could not be in a block is a 500.

import { DecodeError } from "../../../encoding/errors.js";
import { hexFromJson, int16Form, int32Form } from "../../../encoding/form-leaves.js";
import { toHex } from "../../../encoding/hex.js";
import {
  atStep,
  expectArray,
  expectBoolean,
  expectObject,
  expectOnlyFields,
  type Json,
  JsonError,
} from "../../../encoding/json.js";
import { type BlockHash, blockHashForm, chainIdForm, hashEquals } from "../../../protocol/identifiers.js";
import {
  decodeOperation,
  encodeOperation,
  encodeUnsigned,
  type Operation,
  operationFromJson,
  operationToJson,
  protocolOperationForm,
} from "../../../protocol/operation.js";
import { type ContentReceipt, contentReceiptToJson } from "../../../protocol/receipt.js";
import { RpcFailure } from "./answer.js";
import type { JsonFields } from "./block-metadata.js";
import { RequestFields } from "./request-fields.js";
import type { BlockCall, Services } from "./services.js";

const HELPERS = ["helpers"] as const;

export function addOperationServices(services: Services): void {
  services.addForBlocks("POST", [...HELPERS, "forge", "operations"], ({ body }) =>
    toHex(encodeUnsigned(unsigned(body()))),
  );
  services.addForBlocks("POST", [...HELPERS, "forge", "signed_operations"], ({ body }) =>
    toHex(encodeOperation(operationFromJson(body()))),
  );
  services.addForBlocks("POST", [...HELPERS, "parse", "operations"], parseOperations);
  services.addForBlocks("POST", [...HELPERS, "preapply", "operations"], (call) => preapply(services, call));
  services.addForBlocks("POST", [...HELPERS, "scripts", "run_operation"], (call) => {
    const fields = new RequestFields(call.body(), ["operation", "chain_id"]);
    return simulate(services, call, fields, false);
  });
  services.addForBlocks("POST", [...HELPERS, "scripts", "simulate_operation"], (call) => {
    const fields = new RequestFields(call.body(), ["blocks_before_activation", "operation", "chain_id", "latency"]);
    fields.optional("blocks_before_activation", int32Form);
    // How far the operation is from its block tells Octez what its caches will hold; there are none here.
    fields.optional("latency", int16Form);
    return simulate(services, call, fields, call.query.flag("successor_level"));
  });
}

/** {"branch", "contents"}. */
function unsigned(json: unknown): Operation {
  expectOnlyFields(expectObject(json), new Set(["branch", "contents"]));
  return operationFromJson(json);
}

function simulate({ sandbox }: Services, call: BlockCall, fields: RequestFields, successorLevel: boolean): Json {
  fields.required("chain_id", chainIdForm);
  const operation = fields.required("operation", { fromJson: operationFromJson });
  const receipts = sandbox.simulate(operation, { block: call.block, successorLevel });
  return withReceipts(operation, receipts);
}

/** Contents with what would become of each, and the signature that was given. */
function withReceipts(operation: Operation, receipts: readonly ContentReceipt[]): JsonFields {
  const { branch: _branch, ...printed } = operationToJson(operation) as JsonFields;
  return { ...printed, contents: receipts.map(contentReceiptToJson) };
}

/** Tries signed operations on top of a block, one after the other. */
function preapply({ sandbox }: Services, { block, body, query }: BlockCall): Json {
  query.version("1");
  const operations = expectArray(body()).map((item, i) =>
    atStep(`[${i}]`, () => {
      const { protocol, ...operation } = protocolOperationForm.fromJson(item);
      if (!hashEquals(protocol, block.nextProtocol.hash)) {
        throw new JsonError("encoding.json.bad_value", "not the protocol of the next block", protocol);
      }
      return operation;
    }),
  );
  return sandbox
    .preapply(operations, { block })
    .map((receipts, i) => withReceipts(operations[i] as Operation, receipts)); // one each
}

const PARSE_FIELDS = ["operations", "check_signature"];

function parseOperations({ block, body }: BlockCall): Json {
  const fields = new RequestFields(body(), PARSE_FIELDS);
  fields.optional("check_signature", { fromJson: expectBoolean });
  const raw = fields.required("operations", {
    fromJson: (json) => expectArray(json).map((item, i) => atStep(`[${i}]`, () => rawOperation(item))),
  });
  return raw.map(({ branch, data }) => {
    try {
      return operationToJson(decodeOperation(Buffer.concat([branch, data])));
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      const id = `proto.${block.nextProtocol.errorName}.operation.cannot_parse`;
      throw new RpcFailure(500, [{ kind: "branch", id }]);
    }
  });
}

/** An operation of which the contents and the signature are bytes. */
function rawOperation(json: unknown): { readonly branch: BlockHash; readonly data: Uint8Array } {
  const fields = new RequestFields(json, ["branch", "data"]);
  return {
    branch: fields.required("branch", blockHashForm),
    data: fields.required("data", { fromJson: hexFromJson }),
  };
}
