// An operation as the chain receives it: decoded once, with the bytes it came in, over which its hash and signature are.

import { DecodeError } from "../../encoding/errors.js";
import { MAX_OPERATION_BYTES } from "../../protocol/constants.js";
import { BLS_SIGNATURE_BYTES, type OperationHash, SIGNATURE_BYTES } from "../../protocol/identifiers.js";
import {
  decodeOperation,
  encodeOperation,
  encodeUnsigned,
  type Operation,
  operationHash,
} from "../../protocol/operation.js";
import { isManagerContent, type ManagerContent } from "../../protocol/operation-contents.js";
import { OperationRefused } from "./errors.js";

/** A group of manager operations: the only operations that are taken here. */
export interface IncomingOperation {
  readonly hash: OperationHash;
  readonly bytes: Uint8Array;
  readonly operation: Operation;
  readonly contents: readonly ManagerContent[];
  /** What the signature is over. */
  readonly unsignedBytes: Uint8Array;
}

/** What precedes the suffix of a BLS signature: a tag of two bytes and the signature's first half. */
const BLS_PREFIX_ITEM_BYTES = 2 + BLS_SIGNATURE_BYTES - SIGNATURE_BYTES;

/** Reads signed bytes. Raises OperationRefused. */
export function readOperation(bytes: Uint8Array): IncomingOperation {
  if (bytes.length > MAX_OPERATION_BYTES) {
    throw new OperationRefused([
      {
        kind: "permanent",
        id: "node.prevalidation.oversized_operation",
        size: bytes.length,
        max_size: MAX_OPERATION_BYTES,
      },
    ]);
  }
  let operation: Operation;
  try {
    operation = decodeOperation(bytes);
  } catch (error) {
    if (error instanceof DecodeError) throw parseError(error);
    throw error;
  }
  const suffix =
    operation.signature?.length === BLS_SIGNATURE_BYTES ? SIGNATURE_BYTES + BLS_PREFIX_ITEM_BYTES : SIGNATURE_BYTES;
  return incoming(operation, bytes, bytes.subarray(0, bytes.length - suffix));
}

/** Takes an operation that has no bytes yet. Raises OperationRefused when it has no encoding. */
export function encodeIncoming(operation: Operation): IncomingOperation {
  return incoming(operation, encodeOperation(operation), encodeUnsigned(operation));
}

function parseError(cause: Error): OperationRefused {
  const refused = new OperationRefused([{ kind: "permanent", id: "node.prevalidation.parse_error" }]);
  refused.cause = cause;
  return refused;
}

function incoming(operation: Operation, bytes: Uint8Array, unsignedBytes: Uint8Array): IncomingOperation {
  const contents: ManagerContent[] = [];
  for (const content of operation.contents) {
    if (!isManagerContent(content)) throw unsupported(content.kind);
    contents.push(content);
  }
  return { hash: operationHash(bytes), bytes, operation, contents, unsignedBytes };
}

/** For kinds that no rule is written for here. */
export function unsupported(kind: string): OperationRefused {
  return new OperationRefused([{ kind: "permanent", id: "l1.sandbox.unsupported_operation", operation_kind: kind }]);
}
