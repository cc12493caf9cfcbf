// Operations that contracts and rollups emit, applied depth first: what an operation emits comes before what was emitted beside it
// (reference: apply.ml, apply_internal_operations). The first that fails fails the whole; those behind it are skipped.

import { encode } from "../../encoding/binary.js";
import { LazyMicheline, michelineCodec } from "../../encoding/micheline.js";
import { ProtocolError } from "../../protocol/errors.js";
import type { Contract, Destination } from "../../protocol/identifiers.js";
import { serializeInboxMessage } from "../../protocol/inbox-message.js";
import type { InternalOperation } from "../../protocol/internal-operation.js";
import { isPlainTransfer } from "../../protocol/manager-contents.js";
import type { TransactionResult } from "../../protocol/operation-result.js";
import { isContractHash, isRollupAddress } from "./chain-state.js";
import { callContract, originateContract } from "./contract-operations.js";
import type { EmittedOperation } from "./contract-runtime.js";
import { setDelegate } from "./delegation.js";
import { FLAT_GAS, MANAGER_OPERATION_GAS, transferMessageGas } from "./gas.js";
import { transferToAccount } from "./manager-effects.js";
import type { InternalRequest, OperationContext } from "./operation-context.js";
import { inReceiptOrder, ticketUpdate } from "./tickets.js";

export interface InternalOutcome {
  readonly isApplied: boolean;
  /** In order of application. */
  readonly operations: readonly InternalOperation[];
}

/** Applies emitted operations and those that they emit in turn. */
export function applyInternalOperations(ctx: OperationContext, requests: readonly InternalRequest[]): InternalOutcome {
  const operations: InternalOperation[] = [];
  const waiting = [...requests].reverse();
  for (let request = waiting.pop(); request !== undefined; request = waiting.pop()) {
    try {
      const { operation, emitted } = applyInternal(ctx, request);
      operations.push(operation);
      waiting.push(...[...emitted].reverse());
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      const errors = error.traceToJson(ctx.draft.protocol.errorName);
      operations.push(withStatus(request, { status: "failed", errors }));
      while (waiting.length > 0) operations.push(withStatus(waiting.pop() as InternalRequest, { status: "skipped" }));
      return { isApplied: false, operations };
    }
  }
  return { isApplied: true, operations };
}

type Status =
  | { readonly status: "failed"; readonly errors: readonly never[] | ReturnType<ProtocolError["traceToJson"]> }
  | { readonly status: "skipped" };

/** The request as receipts print it. */
function describe({ sender, nonce, operation }: InternalRequest) {
  const origin = { source: sender, nonce };
  switch (operation.kind) {
    case "transaction": {
      const { amount, destination, entrypoint, parameter } = operation;
      const call = { entrypoint, value: LazyMicheline.ofValue(parameter) };
      const parameters = isPlainTransfer(call) ? {} : { parameters: call };
      return { kind: "transaction", ...origin, amount, destination, ...parameters } as const;
    }
    case "delegation": {
      const { kind, delegate } = operation;
      return { kind, ...origin, ...(delegate === undefined ? {} : { delegate }) } as const;
    }
    case "origination": {
      const { kind, balance, delegate, script } = operation;
      const code = LazyMicheline.ofValue(script.code);
      const storage = LazyMicheline.ofValue(script.storage);
      const delegation = delegate === undefined ? {} : { delegate };
      return { kind, ...origin, balance, ...delegation, script: { code, storage } } as const;
    }
    case "event": {
      const { kind, type, tag, payload } = operation;
      const optional = { ...(tag === undefined ? {} : { tag }), ...(payload === undefined ? {} : { payload }) };
      return { kind, ...origin, type, ...optional } as const;
    }
  }
}

function withStatus(request: InternalRequest, result: Status): InternalOperation {
  return { ...describe(request), result };
}

interface AppliedInternal {
  readonly operation: InternalOperation;
  readonly emitted: readonly InternalRequest[];
}

function applyInternal(ctx: OperationContext, request: InternalRequest): AppliedInternal {
  const { sender, operation } = request;
  const left = ctx.gas.left;
  ctx.counters.recordNonce(request.nonce);
  ctx.gas.consume(MANAGER_OPERATION_GAS);
  const described = describe(request);
  if (described.kind === "transaction" && operation.kind === "transaction") {
    const { result, emitted } = transact(ctx, sender, operation);
    const applied = { ...result, consumedMilligas: ctx.consumedSince(left) } as TransactionResult;
    return { operation: { ...described, result: { status: "applied", applied } }, emitted };
  }
  if (described.kind === "origination" && operation.kind === "origination") {
    const { contract, script, balance, delegate } = operation;
    ctx.gas.consume(FLAT_GAS.origination);
    const adopted = ctx.runtime.adopt(script, ctx.gas, ctx.bigMaps);
    const from = contractSender(sender);
    const outcome = originateContract(ctx, { contract, sender: from, script: adopted, balance, delegate });
    const applied = { ...outcome, originatedContracts: [contract], consumedMilligas: ctx.consumedSince(left) };
    return { operation: { ...described, result: { status: "applied", applied } }, emitted: [] };
  }
  if (described.kind === "delegation" && operation.kind === "delegation") {
    setDelegate(ctx.draft, contractSender(sender), operation.delegate);
    const applied = { consumedMilligas: ctx.consumedSince(left), balanceUpdates: [] };
    return { operation: { ...described, result: { status: "applied", applied } }, emitted: [] };
  }
  if (described.kind !== "event") throw new TypeError("described as another kind of operation");
  const applied = { consumedMilligas: ctx.consumedSince(left) };
  return { operation: { ...described, result: { status: "applied", applied } }, emitted: [] };
}

function contractSender(sender: Destination): Contract {
  if (isRollupAddress(sender)) throw new ProtocolError("operations.invalid_sender", { contract: sender });
  return sender;
}

type Transaction = Extract<EmittedOperation, { readonly kind: "transaction" }>;
type WithoutGas<T> = T extends unknown ? Omit<T, "consumedMilligas"> : never;

interface Transacted {
  readonly result: WithoutGas<TransactionResult>;
  readonly emitted: readonly InternalRequest[];
}

function transact(ctx: OperationContext, sender: Destination, operation: Transaction): Transacted {
  const { destination, amount, entrypoint, parameter, parameterType, tickets } = operation;
  if (isRollupAddress(destination)) return { result: sendToRollup(ctx, sender, operation), emitted: [] };
  if (isContractHash(destination)) {
    const call = { contract: destination, sender, amount, entrypoint, parameter, parameterType, internal: true };
    return callContract(ctx, call);
  }
  if (tickets.length === 0) {
    return { result: transferToAccount(ctx, contractSender(sender), destination, amount), emitted: [] };
  }
  // An account that gets tickets need not get tez.
  const from = contractSender(sender);
  const ticketUpdates = tickets.map((ticket) => ticketUpdate(ticket.token, destination, ticket.amount));
  const empty = amount === 0n ? EMPTY_TRANSFER : transferToAccount(ctx, from, destination, amount);
  return { result: { ...empty, ticketUpdates }, emitted: [] };
}

const EMPTY_TRANSFER = {
  balanceUpdates: [],
  ticketUpdates: [],
  originatedContracts: [],
  storageSize: 0n,
  paidStorageSizeDiff: 0n,
  allocatedDestinationContract: false,
  addressRegistryDiff: [],
} as const;

/** A contract's message to a rollup: its parameter goes into the inbox. */
function sendToRollup(
  ctx: OperationContext,
  sender: Destination,
  { destination, parameter, tickets }: Transaction,
): WithoutGas<TransactionResult> {
  if (!isContractHash(sender)) {
    throw new ProtocolError("operations.invalid_transfer_to_smart_rollup_from_implicit_account", {});
  }
  if (!isRollupAddress(destination)) throw new TypeError("not a rollup");
  ctx.draft.rollup(destination);
  const message = serializeInboxMessage({
    kind: "transfer",
    payload: parameter,
    sender,
    source: ctx.source,
    destination,
  });
  ctx.gas.consume(transferMessageGas(encode(michelineCodec, parameter).length, message.length));
  ctx.draft.addMessages([message]);
  return {
    ticketUpdates: inReceiptOrder(tickets).map(({ token, amount }) => ticketUpdate(token, destination, amount)),
  };
}
