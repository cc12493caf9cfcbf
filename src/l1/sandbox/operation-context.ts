// What applying one operation of a group works with: the draft it changes, who pays, gas, and the group's counters of what it originates
// and emits.

import { ProtocolError } from "../../protocol/errors.js";
import type {
  ContractHash,
  Destination,
  OperationHash,
  PublicKeyHash,
  RollupAddress,
} from "../../protocol/identifiers.js";
import { contractHashOf, rollupAddressOf } from "../../protocol/origination.js";
import { OperationBigMaps } from "./big-maps.js";
import type { BlockDraft } from "./block-draft.js";
import type { ContractRuntime, EmittedOperation } from "./contract-runtime.js";
import { GasMeter } from "./gas.js";

const MAX_NONCE = 0xffff;

/** Counters that the operations of a group share. */
export class GroupCounters {
  #originations = 0;
  #nonces = 0;
  readonly #applied = new Set<number>();

  constructor(readonly hash: OperationHash) {}

  freshContract(): ContractHash {
    return contractHashOf(this.hash, this.#originations++);
  }

  freshRollup(): RollupAddress {
    return rollupAddressOf(this.hash, this.#originations++);
  }

  freshNonce(): number {
    if (this.#nonces >= MAX_NONCE) throw new ProtocolError("too_many_internal_operations", {});
    return this.#nonces++;
  }

  /** Raises "internal_operation_replay" for an operation that was applied already: code can emit one twice. */
  recordNonce(nonce: number): void {
    if (this.#applied.has(nonce)) throw new ProtocolError("internal_operation_replay", {});
    this.#applied.add(nonce);
  }
}

/** An operation that waits to be applied, inside one of a user. */
export interface InternalRequest {
  readonly sender: Destination;
  readonly nonce: number;
  readonly operation: EmittedOperation;
}

export class OperationContext {
  readonly gas: GasMeter;
  readonly bigMaps: OperationBigMaps;

  constructor(
    readonly draft: BlockDraft,
    /** Who signed and pays. */
    readonly source: PublicKeyHash,
    readonly counters: GroupCounters,
    /** In units of gas. */
    gasLimit: bigint,
  ) {
    this.gas = new GasMeter(gasLimit);
    this.bigMaps = new OperationBigMaps(draft);
  }

  /** The runtime of contracts; operations that need one are not taken when there is none (sandbox.ts). */
  get runtime(): ContractRuntime {
    const { contracts } = this.draft;
    if (contracts === undefined) throw new TypeError("no runtime for contracts");
    return contracts;
  }

  /** Gives what emits operations their sender and nonces, in order. */
  requests(sender: Destination, operations: readonly EmittedOperation[]): InternalRequest[] {
    return operations.map((operation) => ({ sender, nonce: this.counters.freshNonce(), operation }));
  }

  /** Thousandths of gas consumed since `left` were left. */
  consumedSince(left: number): bigint {
    return BigInt(left - this.gas.left);
  }
}
