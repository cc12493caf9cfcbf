// What the batcher refuses, as Octez prints it (node.md §4.1).

import type { Json } from "../../encoding/json.js";

export type BatcherErrorCode = "node.batcher.message_too_large" | "node.batcher.full" | "node.batcher.bad_limits";

export class BatcherError extends Error {
  override readonly name = "BatcherError";

  constructor(
    readonly code: BatcherErrorCode,
    message: string,
    /** Of the message at fault. */
    readonly index?: number,
  ) {
    super(message);
  }

  /** The error in a trace. */
  toJson(): Json {
    return this.code === "node.batcher.full"
      ? { kind: "permanent", id: "batcher.heap_insertion_failed", error: this.message }
      : { kind: "temporary", id: "failure", msg: this.message };
  }
}
