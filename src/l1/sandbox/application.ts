// Applying a validated group of manager operations (reference: apply.ml): fees and counters first, which are never given back; then the
// operations in order, until one fails. If one does, what all of them did is undone.

import type { BalanceUpdate } from "../../protocol/balance-updates.js";
import { ProtocolError } from "../../protocol/errors.js";
import type { InternalOperation } from "../../protocol/internal-operation.js";
import type { ManagerKind } from "../../protocol/manager-contents.js";
import type { ManagerContent } from "../../protocol/operation-contents.js";
import type { OperationResult } from "../../protocol/operation-result.js";
import type { Applied, ContentReceipt } from "../../protocol/receipt.js";
import { takeFee } from "./balances.js";
import type { BlockDraft } from "./block-draft.js";
import { MANAGER_OPERATION_GAS, signatureCheckGas } from "./gas.js";
import type { IncomingOperation } from "./incoming-operation.js";
import { applyInternalOperations } from "./internal-operations.js";
import { applyContent } from "./manager-effects.js";
import { GroupCounters, OperationContext } from "./operation-context.js";
import { payForContent, payForInternal } from "./storage-burns.js";
import { StorageAllowance } from "./storage-fees.js";
import type { ValidatedGroup } from "./validation.js";

type Result = OperationResult<Applied<ManagerKind>>;

/** What became of one content. */
interface ContentOutcome {
  readonly isApplied: boolean;
  readonly result: Result;
  readonly internal: readonly InternalOperation[];
}

export interface GroupOutcome {
  readonly receipts: readonly ContentReceipt[];
  /** Mutez. */
  readonly fees: bigint;
}

/** Applies a group that `validateGroup` has let pass. */
export function applyGroup(draft: BlockDraft, incoming: IncomingOperation, { key }: ValidatedGroup): GroupOutcome {
  const { contents } = incoming;
  const fees = contents.map((content) => chargeFee(draft, content));
  const afterFees = draft.mark();
  const counters = new GroupCounters(incoming.hash);
  const outcomes: ContentOutcome[] = [];
  let isFailed = false;
  for (const [i, content] of contents.entries()) {
    if (isFailed) {
      outcomes.push({ isApplied: false, result: { status: "skipped" }, internal: [] });
      continue;
    }
    const ctx = new OperationContext(draft, content.source, counters, content.gasLimit);
    const signature = i === 0 ? signatureCheckGas(key, incoming.unsignedBytes.length) : 0;
    const outcome = applyOne(ctx, content, MANAGER_OPERATION_GAS + signature);
    outcomes.push(outcome);
    isFailed = !outcome.isApplied;
  }
  if (isFailed) draft.undo(afterFees);
  const final = isFailed ? outcomes.map(backtracked) : outcomes;
  return {
    receipts: contents.map((content, i) => receiptOf(content, fees[i] ?? [], final[i] as ContentOutcome)), // one for each
    fees: contents.reduce((total, { fee }) => total + fee, 0n),
  };
}

/** Takes a fee and counts the operation. */
function chargeFee(draft: BlockDraft, { source, fee }: ManagerContent): BalanceUpdate[] {
  const { accounts, globalCounter } = draft.state;
  const account = accounts.get(source);
  if (account === undefined) throw new TypeError("the source of a validated operation is there");
  draft.update({
    globalCounter: globalCounter + 1n,
    accounts: accounts.set(source, { ...account, counter: account.counter + 1n }),
  });
  return takeFee(draft, source, fee);
}

function applyOne(ctx: OperationContext, content: ManagerContent, fixedGas: number): ContentOutcome {
  const { draft } = ctx;
  const failed = (error: unknown): Result => {
    if (!(error instanceof ProtocolError)) throw error;
    return { status: "failed", errors: error.traceToJson(draft.protocol.errorName) };
  };
  let applied: Applied<ManagerKind>;
  let internal: readonly InternalOperation[];
  try {
    ctx.gas.consume(fixedGas);
    const effect = applyContent(ctx, content);
    applied = effect.applied;
    const inner = applyInternalOperations(ctx, effect.emitted);
    internal = inner.operations;
    if (!inner.isApplied) return { isApplied: false, result: { status: "applied", applied }, internal };
  } catch (error) {
    return { isApplied: false, result: failed(error), internal: [] };
  }
  try {
    const allowance = new StorageAllowance(draft, ctx.source, content.storageLimit);
    const paid = payForContent(content.kind, applied, allowance);
    return {
      isApplied: true,
      result: { status: "applied", applied: paid },
      internal: internal.map((operation) => payForInternal(operation, allowance)),
    };
  } catch (error) {
    const { errors } = failed(error) as Extract<Result, { status: "failed" }>; // just made so
    return { isApplied: false, result: { status: "backtracked", errors, applied }, internal };
  }
}

/** Whatever was applied before a failure is undone. */
function backtracked({ isApplied, result, internal }: ContentOutcome): ContentOutcome {
  return {
    isApplied,
    result: undone(result),
    // A result is undone in the shape that it has.
    internal: internal.map((operation) => ({ ...operation, result: undone(operation.result) }) as InternalOperation),
  };
}

function undone<T>(result: OperationResult<T>): OperationResult<T> {
  return result.status === "applied" ? { status: "backtracked", applied: result.applied } : result;
}

function receiptOf(
  content: ManagerContent,
  balanceUpdates: readonly BalanceUpdate[],
  { result, internal }: ContentOutcome,
): ContentReceipt {
  const metadata = { balanceUpdates, operationResult: result, internalOperationResults: internal };
  return { content, metadata } as ContentReceipt; // the result is of the content's kind
}
