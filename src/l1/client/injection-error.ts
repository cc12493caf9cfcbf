// Why an operation of ours did not go out.

import type { JsonObject } from "../../encoding/json.js";

export type InjectionErrorCode =
  /** It fails, by simulation; the protocol's errors are in `trace`. */
  | "l1.injection.failed"
  /** It fails when it is tried as signed; errors as above. */
  | "l1.injection.trial_failed"
  /** It was not tried, because one before it failed. */
  | "l1.injection.skipped"
  /** `amount` of fees is above `bound`. */
  | "l1.injection.fee_cap"
  /** `amount` of fees is below `bound`, which bakers ask for. */
  | "l1.injection.low_fee"
  /** Storage costs `amount`, `bound` was allowed. */
  | "l1.injection.burn_cap"
  /** The account's key must be revealed first, and fees were given for one operation only. */
  | "l1.injection.needs_reveal"
  | "l1.injection.already_revealed"
  | "l1.injection.unexpected_result"
  /** Its branch is too old: it can never be included. */
  | "l1.injection.outdated";

export interface InjectionErrorDetails extends ErrorOptions {
  /** Outermost first. */
  readonly trace?: readonly JsonObject[];
  /** Mutez. */
  readonly amount?: bigint;
  readonly bound?: bigint;
}

export class InjectionError extends Error {
  override readonly name = "InjectionError";
  readonly trace: readonly JsonObject[];
  readonly amount: bigint;
  readonly bound: bigint;

  constructor(
    readonly code: InjectionErrorCode,
    reason: string,
    { trace = [], amount = 0n, bound = 0n, ...options }: InjectionErrorDetails = {},
  ) {
    const ids = trace.map((error) => String(error["id"] ?? error["kind"])).join(", ");
    super(`${code}: ${reason}${ids === "" ? "" : ` (${ids})`}`, options);
    this.trace = trace;
    this.amount = amount;
    this.bound = bound;
  }
}
