// What receipts say of an operation's use of the chain: gas, storage, contracts made, and why it failed; as octez-client reckons
// it when it sets limits.

import type { JsonObject } from "../../encoding/json.js";
import type { ContractHash } from "../../protocol/identifiers.js";
import type { InternalOperation } from "../../protocol/internal-operation.js";
import { isContractTransactionResult, type OperationResult } from "../../protocol/operation-result.js";
import type { ContentReceipt } from "../../protocol/receipt.js";

type AnyResult = OperationResult<object>;

/** The errors an operation failed with, outermost first; undefined when nothing failed. */
export function failureTrace(receipts: readonly ContentReceipt[]): readonly JsonObject[] | undefined {
  for (const { metadata } of receipts) {
    const results: AnyResult[] = [metadata.operationResult];
    for (const { result } of metadata.internalOperationResults) results.push(result);
    for (const result of results) {
      const errors = errorsOf(result);
      if (errors !== undefined) return errors;
    }
  }
  return undefined;
}

function errorsOf(result: AnyResult): readonly JsonObject[] | undefined {
  const isFailure = result.status === "failed" || (result.status === "backtracked" && result.errors !== undefined);
  // Errors are objects: operation-result.ts reads nothing else.
  return isFailure ? (result.errors as readonly JsonObject[]) : undefined;
}

/** What an applied, or undone, operation says; undefined for one that failed or was not tried. */
function appliedOf<T>(result: OperationResult<T>): T | undefined {
  return result.status === "applied" || result.status === "backtracked" ? result.applied : undefined;
}

/** Thousandths of a unit, internal operations included; undefined for an operation that failed or was not tried. */
export function consumedMilligas({ metadata }: ContentReceipt): bigint | undefined {
  const applied = appliedOf<{ readonly consumedMilligas: bigint }>(metadata.operationResult);
  if (applied === undefined) return undefined;
  let total = applied.consumedMilligas;
  for (const { result } of metadata.internalOperationResults) {
    if (result.status === "failed") return undefined;
    total += appliedOf<{ readonly consumedMilligas: bigint }>(result)?.consumedMilligas ?? 0n;
  }
  return total;
}

/** Bytes of storage to pay for; undefined for an operation that failed or was not tried. */
export function storageBytes(receipt: ContentReceipt, originationSize: bigint): bigint | undefined {
  const own = ownStorageBytes(receipt, originationSize);
  if (own === undefined) return undefined;
  let total = own;
  for (const internal of receipt.metadata.internalOperationResults) {
    if (internal.result.status === "failed") return undefined;
    total += internalStorageBytes(internal, originationSize);
  }
  return total;
}

interface TransferSizes {
  readonly paidStorageSizeDiff: bigint;
  readonly allocatedDestinationContract: boolean;
}

function transferBytes(sizes: TransferSizes, originationSize: bigint): bigint {
  return sizes.paidStorageSizeDiff + (sizes.allocatedDestinationContract ? originationSize : 0n);
}

function ownStorageBytes({ content, metadata }: ContentReceipt, originationSize: bigint): bigint | undefined {
  const applied = appliedOf<object>(metadata.operationResult);
  if (applied === undefined) return undefined;
  switch (content.kind) {
    case "transaction":
      return "storageSize" in applied ? transferBytes(applied as unknown as TransferSizes, originationSize) : 0n;
    case "origination":
      return sizeIn(applied, "paidStorageSizeDiff") + originationSize;
    case "register_global_constant":
      return sizeIn(applied, "storageSize");
    case "smart_rollup_originate":
      return sizeIn(applied, "size");
    case "smart_rollup_execute_outbox_message":
    case "transfer_ticket":
      return sizeIn(applied, "paidStorageSizeDiff");
    default:
      return 0n;
  }
}

function sizeIn(applied: object, name: string): bigint {
  const size = (applied as Readonly<Record<string, unknown>>)[name];
  return typeof size === "bigint" ? size : 0n;
}

function internalStorageBytes({ kind, result }: InternalOperation, originationSize: bigint): bigint {
  if (kind === "transaction") {
    const applied = appliedOf(result);
    return applied !== undefined && isContractTransactionResult(applied) ? transferBytes(applied, originationSize) : 0n;
  }
  if (kind === "origination") {
    const applied = appliedOf(result);
    return applied === undefined ? 0n : applied.paidStorageSizeDiff + originationSize;
  }
  return 0n;
}

/** Contracts that came into being, in the order of the operations. */
export function originatedContracts(receipts: readonly ContentReceipt[]): readonly ContractHash[] {
  return receipts.flatMap(({ metadata }) => [
    ...contractsIn(metadata.operationResult),
    ...metadata.internalOperationResults.flatMap(({ result }) => contractsIn(result)),
  ]);
}

function contractsIn(result: AnyResult): readonly ContractHash[] {
  const applied = appliedOf<object>(result);
  if (applied === undefined || !("originatedContracts" in applied)) return [];
  return applied.originatedContracts as readonly ContractHash[]; // a field of that name is never anything else
}
