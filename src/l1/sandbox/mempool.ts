// Operations that wait for a block (reference: prevalidator.ml, the protocol plugin's mempool.ml): one a source; a better paying one takes the
// place of another. Fees too low for bakers are not looked at.

import { encodeBase58Check } from "../../encoding/base58check.js";
import { toHex } from "../../encoding/hex.js";
import type { OperationHash, PublicKeyHash } from "../../protocol/identifiers.js";
import { OperationRefused } from "./errors.js";
import type { IncomingOperation } from "./incoming-operation.js";
import type { ValidatedGroup } from "./validation.js";

interface Entry {
  readonly incoming: IncomingOperation;
  readonly source: PublicKeyHash;
}

const REPLACEMENT_PERCENT = 105n;

function feeOf({ contents }: IncomingOperation): bigint {
  return contents.reduce((total, { fee }) => total + fee, 0n);
}

function gasOf({ contents }: IncomingOperation): bigint {
  return contents.reduce((total, { gasLimit }) => total + gasLimit, 0n);
}

/** Whether an operation pays so much more, in all and by gas, that it takes another's place. */
function outbids(next: IncomingOperation, present: IncomingOperation): boolean {
  const more = feeOf(next) * 100n >= feeOf(present) * REPLACEMENT_PERCENT;
  const moreByGas = feeOf(next) * gasOf(present) * 100n >= feeOf(present) * gasOf(next) * REPLACEMENT_PERCENT;
  return more && moreByGas;
}

/** The fee that would outbid `present`. */
function neededFee(next: IncomingOperation, present: IncomingOperation): bigint {
  const fee = ceilDivide(feeOf(present) * REPLACEMENT_PERCENT, 100n);
  if (gasOf(present) === 0n) return fee;
  const byGas = ceilDivide(feeOf(present) * gasOf(next) * REPLACEMENT_PERCENT, gasOf(present) * 100n);
  return byGas > fee ? byGas : fee;
}

function ceilDivide(value: bigint, divisor: bigint): bigint {
  return (value + divisor - 1n) / divisor;
}

export class Mempool {
  /** In order of arrival. */
  readonly #entries = new Map<string, Entry>();

  has(hash: OperationHash): boolean {
    return this.#entries.has(toHex(hash));
  }

  /** Adds a validated operation. Raises OperationRefused "prevalidation.operation_conflict". */
  add(incoming: IncomingOperation, { source }: ValidatedGroup): void {
    const present = [...this.#entries.values()].find((entry) => entry.source === source);
    if (present !== undefined) {
      if (!outbids(incoming, present.incoming)) throw conflict(incoming, present.incoming);
      this.#entries.delete(toHex(present.incoming.hash));
    }
    this.#entries.set(toHex(incoming.hash), { incoming, source });
  }

  remove(hash: OperationHash): void {
    this.#entries.delete(toHex(hash));
  }

  operations(): IncomingOperation[] {
    return [...this.#entries.values()].map(({ incoming }) => incoming);
  }

  clear(): void {
    this.#entries.clear();
  }
}

function conflict(incoming: IncomingOperation, present: IncomingOperation): OperationRefused {
  return new OperationRefused([
    {
      kind: "temporary",
      id: "prevalidation.operation_conflict",
      new_hash: encodeBase58Check("operationHash", incoming.hash),
      needed_fee_in_mutez: neededFee(incoming, present).toString(),
    },
  ]);
}
