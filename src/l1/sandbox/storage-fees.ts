// What storage costs: bytes are paid by the operation's source, out of its storage limit (reference: fees_storage.ml).

import type { BalanceUpdate } from "../../protocol/balance-updates.js";
import { ProtocolError, traced } from "../../protocol/errors.js";
import type { PublicKeyHash } from "../../protocol/identifiers.js";
import { burnForStorage, isAllocated } from "./balances.js";
import type { BlockDraft } from "./block-draft.js";

/** What an operation may still store. */
export class StorageAllowance {
  #left: bigint;

  constructor(
    readonly draft: BlockDraft,
    readonly payer: PublicKeyHash,
    /** Bytes. */
    limit: bigint,
  ) {
    this.#left = limit;
  }

  /** Burns the price of some bytes. Raises "storage_exhausted.operation", "contract.cannot_pay_storage_fee". */
  pay(bytes: bigint): BalanceUpdate[] {
    if (bytes > this.#left) throw new ProtocolError("storage_exhausted.operation", {});
    this.#left -= bytes;
    const price = bytes * this.draft.constants.costPerByte;
    if (price === 0n) return [];
    return traced(
      () => new ProtocolError("contract.cannot_pay_storage_fee", {}),
      () => {
        if (!isAllocated(this.draft.state, this.payer)) {
          throw new ProtocolError("contract.non_existing_contract", { contract: this.payer });
        }
        return burnForStorage(this.draft, this.payer, price);
      },
    );
  }

  /** The price of a contract, or of an account, that came to be. */
  payOrigination(): BalanceUpdate[] {
    return this.pay(BigInt(this.draft.constants.originationSize));
  }
}
