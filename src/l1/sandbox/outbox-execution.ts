// Executing messages of a rollup's outbox (protocol.md §5.3; order of checks: the reference's sc_rollup_operations.ml): the proof against a
// cemented state, the message's age, what it asks for, and the record that it was done.

import { encode } from "../../encoding/binary.js";
import { zForm } from "../../encoding/form-leaves.js";
import { ProtocolError } from "../../protocol/errors.js";
import type { CommitmentHash, RollupAddress } from "../../protocol/identifiers.js";
import type { TicketUpdates } from "../../protocol/operation-result.js";
import type {
  OutboxMessage,
  OutboxTransaction,
  Output,
  TypedOutboxTransaction,
} from "../../protocol/outbox-message.js";
import { verifyOutputProof } from "../../protocol/output-proof.js";
import { wasmOutputReader } from "../../protocol/wasm-output.js";
import { lastWhitelistUpdateForm, type WhitelistUpdate } from "../../protocol/whitelist.js";
import { checkWhitelistUpdate } from "../../protocol/whitelist-rules.js";
import type { BlockDraft } from "./block-draft.js";
import type { EmittedOperation } from "./contract-runtime.js";
import { outputProofGas } from "./gas.js";
import type { InternalRequest, OperationContext } from "./operation-context.js";
import { checkParametersType } from "./parameters-type.js";
import { type ExecutedMessages, getCommitment, lastCementedLevel, type RollupState } from "./rollup-state.js";
import { isCementedAndKept } from "./staking.js";
import { moveTickets, ticketFlows, ticketUpdate } from "./tickets.js";

export interface OutboxExecution {
  readonly rollup: RollupAddress;
  readonly cementedCommitment: CommitmentHash;
  readonly outputProof: Uint8Array;
}

/** What a message did, besides the operations it emits. */
export interface ExecutedOutput {
  readonly ticketUpdates: TicketUpdates;
  readonly whitelistUpdate?: WhitelistUpdate;
  readonly paidStorageSizeDiff: bigint;
  readonly emitted: readonly InternalRequest[];
}

type Effect = Omit<ExecutedOutput, "emitted"> & { readonly operations: readonly EmittedOperation[] };

const NOTHING: Effect = { ticketUpdates: [], paidStorageSizeDiff: 0n, operations: [] };

/** Raises ProtocolError. */
export function executeOutboxMessage(ctx: OperationContext, execution: OutboxExecution): ExecutedOutput {
  const { draft } = ctx;
  const rollup = draft.rollup(execution.rollup);
  const output = provenOutput(ctx, rollup, execution);
  checkOutboxLevel(draft, rollup, output.outboxLevel);
  const { operations, ...effect } = perform(ctx, rollup, output);
  const recordBytes = recordExecution(draft, execution.rollup, output);
  return {
    ...effect,
    paidStorageSizeDiff: effect.paidStorageSizeDiff + recordBytes,
    emitted: ctx.requests(execution.rollup, operations),
  };
}

function provenOutput(ctx: OperationContext, rollup: RollupState, execution: OutboxExecution): Output {
  const { cementedCommitment, outputProof } = execution;
  if (!isCementedAndKept(rollup, cementedCommitment)) {
    throw new ProtocolError("smart_rollup_invalid_last_cemented_commitment", {});
  }
  ctx.gas.consume(outputProofGas(outputProof.length));
  // The zero predecessor of the genesis commitment passes for an ancestor, but is no commitment.
  const { compressedState } = getCommitment(rollup, cementedCommitment);
  return verifyOutputProof(wasmOutputReader, outputProof, compressedState);
}

/** Messages of future levels are impossible, those of levels too old are forgotten. */
function checkOutboxLevel(draft: BlockDraft, rollup: RollupState, outboxLevel: number): void {
  const newest = lastCementedLevel(rollup);
  const oldest = newest - draft.constants.smartRollupMaxActiveOutboxLevels;
  if (outboxLevel <= newest && outboxLevel > oldest) return;
  throw new ProtocolError("smart_rollup_invalid_outbox_level", {});
}

function perform(ctx: OperationContext, rollup: RollupState, { message, ...place }: Output): Effect {
  switch (message.kind) {
    case "untyped":
      return transact(
        ctx,
        rollup.address,
        message.transactions.map((transaction) => untypedCall(ctx, transaction)),
      );
    case "typed":
      return transact(
        ctx,
        rollup.address,
        message.transactions.map((transaction) => typedCall(ctx, transaction)),
      );
    case "whitelistUpdate":
      return updateWhitelist(ctx.draft, rollup, message, place);
    case "canonicalRollupSignal":
      return signal(ctx.draft, rollup, message.payload);
  }
}

// ---- Transactions

function untypedCall(ctx: OperationContext, transaction: OutboxTransaction): EmittedOperation {
  const { destination, entrypoint, parameters } = transaction;
  const contract = ctx.draft.state.contracts.get(destination);
  if (contract === undefined) throw new ProtocolError("smart_rollup_management_protocol_invalid_destination", {});
  const parametersType = ctx.runtime.entrypointType(contract.script.code, entrypoint);
  return checkedCall(ctx, { destination, entrypoint, parameters, parametersType });
}

/** Whether there is such a contract, with such an entrypoint, is found when the call is applied. */
function typedCall(ctx: OperationContext, transaction: TypedOutboxTransaction): EmittedOperation {
  // Without a runtime there are no contracts.
  if (ctx.draft.contracts === undefined) {
    throw new ProtocolError("smart_rollup_management_protocol_invalid_destination", {});
  }
  return checkedCall(ctx, transaction);
}

function checkedCall(ctx: OperationContext, transaction: TypedOutboxTransaction): EmittedOperation {
  const { destination, entrypoint, parameters, parametersType } = transaction;
  const { value, tickets } = ctx.runtime.checkData(parametersType, parameters, ctx.gas, { tickets: true });
  return {
    kind: "transaction",
    destination,
    entrypoint,
    amount: 0n,
    parameter: value,
    parameterType: parametersType,
    tickets,
  };
}

/** Tickets leave the rollup before any of the calls is made: none can be paid for by what another brings. */
function transact(ctx: OperationContext, rollup: RollupAddress, operations: readonly EmittedOperation[]): Effect {
  for (const operation of operations) {
    if (operation.kind === "transaction") checkParametersType(operation.parameterType, false);
  }
  const flows = ticketFlows(operations);
  let paidStorageSizeDiff = 0n;
  for (const { token, destinations } of flows) {
    for (const { owner, amount } of destinations) {
      paidStorageSizeDiff += moveTickets(ctx.draft, rollup, owner, { token, amount });
    }
  }
  const ticketUpdates = flows.map(({ token, total }) => ticketUpdate(token, rollup, -total));
  return { ticketUpdates, paidStorageSizeDiff, operations };
}

// ---- Whitelists, signals

function updateWhitelist(
  draft: BlockDraft,
  rollup: RollupState,
  { whitelist }: Extract<OutboxMessage, { readonly kind: "whitelistUpdate" }>,
  { outboxLevel, messageIndex }: Omit<Output, "message">,
): Effect {
  const before = rollup.access ?? { lastUpdate: { outboxLevel: rollup.genesis.level, messageIndex: 0n } };
  checkWhitelistUpdate(
    { whitelist, outboxLevel, messageIndex },
    rollup.access?.whitelist,
    before.lastUpdate,
    draft.constants.smartRollupPrivateEnable,
  );
  if (whitelist === undefined) {
    draft.setRollup({ ...rollup, access: { lastUpdate: before.lastUpdate } });
    return { ...NOTHING, whitelistUpdate: { kind: "public" } };
  }
  const lastUpdate = { outboxLevel, messageIndex };
  draft.setRollup({ ...rollup, access: { whitelist, lastUpdate } });
  const growth =
    encode(lastWhitelistUpdateForm, lastUpdate).length - encode(lastWhitelistUpdateForm, before.lastUpdate).length;
  return { ...NOTHING, whitelistUpdate: { kind: "private", whitelist }, paidStorageSizeDiff: BigInt(growth) };
}

/** Signals of others than the canonical rollup have no effect. */
function signal(draft: BlockDraft, rollup: RollupState, name: string): Effect {
  const { signals } = draft.state;
  if (draft.constants.smartRollupCanonicalRollupAddress === rollup.address && !signals.has(name)) {
    draft.update({ signals: signals.set(name, draft.level) });
  }
  return NOTHING;
}

// ---- The record

const LEVEL_BYTES = 4;

/** Marks a message as executed; gives the bytes that takes. Raises ProtocolError when it cannot be, or was before. */
function recordExecution(draft: BlockDraft, address: RollupAddress, { outboxLevel, messageIndex }: Output): bigint {
  const { smartRollupMaxOutboxMessagesPerLevel, smartRollupMaxActiveOutboxLevels } = draft.constants;
  if (messageIndex >= BigInt(smartRollupMaxOutboxMessagesPerLevel)) {
    throw new ProtocolError("smart_rollup_invalid_outbox_message_index", {});
  }
  const rollup = draft.rollup(address);
  const slot = String(outboxLevel % smartRollupMaxActiveOutboxLevels);
  const stored = rollup.executedMessages.get(slot);
  const executed = executedBefore(stored, outboxLevel);
  const bit = 1n << messageIndex;
  if ((executed & bit) !== 0n) throw new ProtocolError("smart_rollup_outbox_message_already_applied", {});
  const now = { outboxLevel, executed: executed | bit };
  draft.setRollup({ ...rollup, executedMessages: rollup.executedMessages.set(slot, now) });
  const growth = recordBytes(now) - (stored === undefined ? 0 : recordBytes(stored));
  return growth > 0 ? BigInt(growth) : 0n;
}

/** A slot that holds an older level is used anew; one that holds a newer level has forgotten this one. */
function executedBefore(stored: ExecutedMessages | undefined, outboxLevel: number): bigint {
  if (stored === undefined || stored.outboxLevel < outboxLevel) return 0n;
  if (stored.outboxLevel > outboxLevel) throw new ProtocolError("smart_rollup_outbox_level_expired", {});
  return stored.executed;
}

function recordBytes({ executed }: ExecutedMessages): number {
  return LEVEL_BYTES + encode(zForm, executed).length;
}
