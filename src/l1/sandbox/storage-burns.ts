// Paying for the storage that applied operations took, after all of an operation is done: its own first, then that of what it emitted
// (reference: apply.ml, burn_manager_storage_fees). The burns go into the receipts.

import type { InternalOperation } from "../../protocol/internal-operation.js";
import type { ManagerKind } from "../../protocol/manager-contents.js";
import { isContractTransactionResult, type TransactionResult } from "../../protocol/operation-result.js";
import type { Applied } from "../../protocol/receipt.js";
import type { StorageAllowance } from "./storage-fees.js";

function burnTransaction(result: TransactionResult, allowance: StorageAllowance): TransactionResult {
  if (!isContractTransactionResult(result)) return result;
  const storage = allowance.pay(result.paidStorageSizeDiff);
  const allocation = result.allocatedDestinationContract ? allowance.payOrigination() : [];
  return { ...result, balanceUpdates: [...storage, ...result.balanceUpdates, ...allocation] };
}

type OriginationResult = Applied<"origination">;

function burnOrigination(result: OriginationResult, allowance: StorageAllowance): OriginationResult {
  const storage = allowance.pay(result.paidStorageSizeDiff);
  const allocation = allowance.payOrigination();
  return { ...result, balanceUpdates: [...storage, ...allocation, ...result.balanceUpdates] };
}

/** Pays for an operation; gives its result with the burns. Raises ProtocolError. */
export function payForContent(
  kind: ManagerKind,
  applied: Applied<ManagerKind>,
  allowance: StorageAllowance,
): Applied<ManagerKind> {
  // A result is of the shape that its kind says.
  switch (kind) {
    case "transaction":
      return burnTransaction(applied as Applied<"transaction">, allowance);
    case "origination":
      return burnOrigination(applied as OriginationResult, allowance);
    case "transfer_ticket": {
      const result = applied as Applied<"transfer_ticket">;
      const burns = allowance.pay(result.paidStorageSizeDiff);
      return { ...result, balanceUpdates: [...result.balanceUpdates, ...burns] };
    }
    case "smart_rollup_originate": {
      const result = applied as Applied<"smart_rollup_originate">;
      return { ...result, balanceUpdates: allowance.pay(result.size) };
    }
    case "smart_rollup_execute_outbox_message": {
      const result = applied as Applied<"smart_rollup_execute_outbox_message">;
      const burns = allowance.pay(result.paidStorageSizeDiff);
      return { ...result, balanceUpdates: [...burns, ...result.balanceUpdates] };
    }
    default:
      return applied;
  }
}

/** Pays for an applied internal operation. Raises ProtocolError. */
export function payForInternal(operation: InternalOperation, allowance: StorageAllowance): InternalOperation {
  if (operation.kind === "transaction" && operation.result.status === "applied") {
    return {
      ...operation,
      result: { status: "applied", applied: burnTransaction(operation.result.applied, allowance) },
    };
  }
  if (operation.kind === "origination" && operation.result.status === "applied") {
    return {
      ...operation,
      result: { status: "applied", applied: burnOrigination(operation.result.applied, allowance) },
    };
  }
  return operation;
}
