// What becomes of a protocol's error when an operation is not taken at all (errors.ts), and the words of an Octez node for a bad branch.

import { encodeBase58Check } from "../../encoding/base58check.js";
import { ProtocolError } from "../../protocol/errors.js";
import { OperationRefused } from "./errors.js";
import type { IncomingOperation } from "./incoming-operation.js";
import type { Protocol } from "./protocols.js";

/** A check of the protocol that an operation did not pass. */
export function refused(error: ProtocolError, protocol: Protocol): OperationRefused {
  return new OperationRefused(error.traceToJson(protocol.errorName), error);
}

/** Runs checks of the protocol; what they raise becomes OperationRefused. */
export function refusing<T>(protocol: Protocol, attempt: () => T): T {
  try {
    return attempt();
  } catch (error) {
    if (error instanceof ProtocolError) throw refused(error, protocol);
    throw error;
  }
}

/** As the prevalidator of an Octez node words it. */
export function branchRefused({ hash, operation }: IncomingOperation, live: number): OperationRefused {
  const branch = encodeBase58Check("blockHash", operation.branch);
  const msg = [
    `Operation ${encodeBase58Check("operationHash", hash)} is branched on either:`,
    ` - a block ${branch} which is too old (${live} blocks in the past)`,
    " - a predecessor block from an alternative branch which is now unknown",
  ].join("\n");
  return new OperationRefused([{ kind: "temporary", id: "failure", msg }]);
}
