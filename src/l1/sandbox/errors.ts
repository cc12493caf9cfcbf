// What the chain in a box refuses. An operation that a protocol's check refuses carries the protocol's trace, as it goes over RPC.

import type { Json } from "../../encoding/json.js";
import type { ProtocolError } from "../../protocol/errors.js";

export type SandboxErrorCode =
  | "l1.sandbox.unknown_block"
  | "l1.sandbox.beyond_finality"
  | "l1.sandbox.bad_time"
  | "l1.sandbox.stale_plan"
  | "l1.sandbox.bad_option";

/** A call of the sandbox that makes no sense. */
export class SandboxError extends Error {
  override readonly name = "SandboxError";

  constructor(
    readonly code: SandboxErrorCode,
    reason: string,
  ) {
    super(`${code}: ${reason}`);
  }
}

/** An operation that is not taken. `trace` is what the RPC of an Octez node answers, outermost error first. */
export class OperationRefused extends Error {
  override readonly name = "OperationRefused";
  readonly code = "l1.sandbox.operation_refused";

  constructor(
    readonly trace: readonly Json[],
    /** The protocol's own error, if it is one. */
    readonly error?: ProtocolError,
  ) {
    super(`l1.sandbox.operation_refused: ${JSON.stringify(trace)}`);
  }
}
