// What each kind of manager operation does when it is applied (protocol.md §7; reference: apply.ml, apply_manager_operation). An effect
// changes the draft, and gives what the receipt says and the operations that it emits; or it raises ProtocolError, and whoever
// called undoes what it did. Storage is paid for later, when all that was emitted is applied (storage-burns.ts).

import { type LazyMicheline, type Micheline, michelineEquals, UNIT } from "../../encoding/micheline.js";
import { DEFAULT_ENTRYPOINT } from "../../protocol/entrypoint.js";
import { ProtocolError, traced } from "../../protocol/errors.js";
import { serializeExternal } from "../../protocol/inbox-message.js";
import { isManagerKind, type ManagerKind } from "../../protocol/manager-contents.js";
import type { ContentOf, ManagerContent } from "../../protocol/operation-contents.js";
import type { Applied } from "../../protocol/receipt.js";
import { isDissection, type Refutation } from "../../protocol/refutation.js";
import { burnForStorage, isAllocated, transferTez } from "./balances.js";
import { isContractHash } from "./chain-state.js";
import { callContract, originateContract } from "./contract-operations.js";
import { setDelegate } from "./delegation.js";
import { decodingGas, dissectionGas, externalMessageGas, FLAT_GAS, originateRollupGas, PROOF_GAS } from "./gas.js";
import { decodeLazy } from "./lazy-micheline.js";
import type { InternalRequest, OperationContext } from "./operation-context.js";
import { executeOutboxMessage } from "./outbox-execution.js";
import { moveInGame, startGame, timeoutGame } from "./refutation-games.js";
import { originateRollup } from "./rollup-origination.js";
import { cementCommitment, publishCommitment, recoverBond } from "./staking.js";
import { transferTickets } from "./ticket-transfer.js";

export interface Effect<K extends ManagerKind> {
  readonly applied: Applied<K>;
  readonly emitted: readonly InternalRequest[];
}

/** Kinds that no rule is written for here: the sandbox does not take them. */
const UNSUPPORTED = [
  "register_global_constant",
  "set_deposits_limit",
  "update_consensus_key",
  "update_companion_key",
] as const satisfies readonly ManagerKind[];

export type SupportedKind = Exclude<ManagerKind, (typeof UNSUPPORTED)[number]>;

export function isSupported(kind: string): kind is SupportedKind {
  return isManagerKind(kind) && !(UNSUPPORTED as readonly string[]).includes(kind);
}

type Effects = { readonly [K in SupportedKind]: (ctx: OperationContext, content: ContentOf<K>) => Effect<K> };

const EFFECTS: Effects = {
  reveal,
  transaction,
  origination,
  delegation(ctx, { source, delegate }) {
    ctx.gas.consume(FLAT_GAS.delegation);
    setDelegate(ctx.draft, source, delegate);
    return done({ consumedMilligas: ctx.gas.consumed, balanceUpdates: [] });
  },
  increase_paid_storage: increasePaidStorage,
  transfer_ticket(ctx, content) {
    const { emitted, ...said } = transferTickets(ctx, content);
    return { applied: { balanceUpdates: [], ...said, consumedMilligas: ctx.gas.consumed }, emitted };
  },
  smart_rollup_originate(ctx, { pvmKind, kernel, parametersType, whitelist }) {
    ctx.gas.consume(originateRollupGas(kernel.length));
    const address = ctx.counters.freshRollup();
    const { genesisCommitmentHash, size } = originateRollup(ctx.draft, {
      address,
      kind: pvmKind,
      kernel,
      parametersType,
      ...(whitelist === undefined ? {} : { whitelist }),
    });
    const consumedMilligas = ctx.gas.consumed;
    return done({ balanceUpdates: [], address, genesisCommitmentHash, consumedMilligas, size });
  },
  smart_rollup_add_messages(ctx, { messages }) {
    for (const message of messages) ctx.gas.consume(externalMessageGas(message.length));
    ctx.draft.addMessages(messages.map(serializeExternal));
    return done({ consumedMilligas: ctx.gas.consumed });
  },
  smart_rollup_cement(ctx, { rollup }) {
    ctx.gas.consume(FLAT_GAS.cement);
    const { commitment, hash } = cementCommitment(ctx.draft, rollup);
    return done({
      consumedMilligas: ctx.gas.consumed,
      inboxLevel: commitment.inboxLevel,
      commitmentHash: hash,
    });
  },
  smart_rollup_publish(ctx, { rollup, source, commitment }) {
    ctx.gas.consume(FLAT_GAS.publish);
    const published = publishCommitment(ctx.draft, rollup, source, commitment);
    return done({ consumedMilligas: ctx.gas.consumed, ...published });
  },
  smart_rollup_refute(ctx, { source, rollup, opponent, refutation }) {
    ctx.gas.consume(refutationGas(refutation));
    const outcome =
      refutation.kind === "start"
        ? startGame(ctx.draft, {
            rollup,
            refuter: source,
            refuterCommitment: refutation.playerCommitmentHash,
            defender: opponent,
            defenderCommitment: refutation.opponentCommitmentHash,
          })
        : moveInGame(ctx.draft, rollup, source, opponent, refutation);
    return done({ consumedMilligas: ctx.gas.consumed, ...outcome });
  },
  smart_rollup_timeout(ctx, { rollup, stakers }) {
    ctx.gas.consume(FLAT_GAS.timeout);
    const outcome = timeoutGame(ctx.draft, rollup, stakers);
    return done({ consumedMilligas: ctx.gas.consumed, ...outcome });
  },
  smart_rollup_execute_outbox_message(ctx, execution) {
    const { emitted, ...said } = executeOutboxMessage(ctx, execution);
    return { applied: { balanceUpdates: [], ...said, consumedMilligas: ctx.gas.consumed }, emitted };
  },
  smart_rollup_recover_bond(ctx, { rollup, staker }) {
    ctx.gas.consume(FLAT_GAS.recoverBond);
    const balanceUpdates = recoverBond(ctx.draft, rollup, staker);
    return done({ balanceUpdates, consumedMilligas: ctx.gas.consumed });
  },
};

function done<A>(applied: A): { readonly applied: A; readonly emitted: readonly [] } {
  return { applied, emitted: [] };
}

/** Applies an operation, but for the paying of storage. Raises ProtocolError. */
export function applyContent(ctx: OperationContext, content: ManagerContent): Effect<ManagerKind> {
  if (!isSupported(content.kind)) throw new TypeError(`operations of kind ${content.kind} are not taken`);
  const effect = EFFECTS[content.kind] as (ctx: OperationContext, content: ManagerContent) => Effect<ManagerKind>;
  return effect(ctx, content); // the effect of the content's kind
}

// ---- Accounts

function reveal(ctx: OperationContext, { source, publicKey }: ContentOf<"reveal">): Effect<"reveal"> {
  ctx.gas.consume(FLAT_GAS.reveal);
  const account = ctx.draft.state.accounts.get(source);
  if (account === undefined) throw new ProtocolError("implicit.empty_implicit_contract", { implicit: source });
  if (account.publicKey !== undefined) {
    throw new ProtocolError("contract.previously_revealed_key", { contract: source });
  }
  ctx.draft.update({ accounts: ctx.draft.state.accounts.set(source, { ...account, publicKey }) });
  return done({ consumedMilligas: ctx.gas.consumed });
}

function readExpression(ctx: OperationContext, expression: LazyMicheline): Micheline {
  ctx.gas.consume(decodingGas(expression.bytes.length));
  return decodeLazy(expression);
}

function transaction(ctx: OperationContext, content: ContentOf<"transaction">): Effect<"transaction"> {
  const { source, destination, amount, parameters } = content;
  const entrypoint = parameters?.entrypoint ?? DEFAULT_ENTRYPOINT;
  const parameter = parameters === undefined ? UNIT : readExpression(ctx, parameters.value);
  if (isContractHash(destination)) {
    const call = { contract: destination, sender: source, amount, entrypoint, parameter, internal: false };
    const { result, emitted } = callContract(ctx, call);
    return { applied: { ...result, consumedMilligas: ctx.gas.consumed }, emitted };
  }
  // Of an account's entrypoints, those about staking are left out.
  if (entrypoint !== DEFAULT_ENTRYPOINT) throw new ProtocolError("michelson_v1.no_such_entrypoint", { entrypoint });
  if (!michelineEquals(parameter, UNIT)) {
    throw new ProtocolError("michelson_v1.bad_contract_parameter", { contract: source });
  }
  return done({ ...transferToAccount(ctx, source, destination, amount), consumedMilligas: ctx.gas.consumed });
}

/** What a transfer to an account says but for its gas. Raises ProtocolError. */
export function transferToAccount(
  ctx: OperationContext,
  sender: ContentOf<"transaction">["destination"],
  destination: ContentOf<"transaction">["destination"],
  amount: bigint,
) {
  if (amount === 0n) throw new ProtocolError("contract.empty_transaction", { contract: destination });
  ctx.gas.consume(FLAT_GAS.transfer);
  const allocatedDestinationContract = !isAllocated(ctx.draft.state, destination);
  return {
    balanceUpdates: transferTez(ctx.draft, sender, destination, amount),
    ticketUpdates: [],
    originatedContracts: [],
    storageSize: 0n,
    paidStorageSizeDiff: 0n,
    allocatedDestinationContract,
    addressRegistryDiff: [],
  };
}

function increasePaidStorage(
  ctx: OperationContext,
  { source, destination, amount }: ContentOf<"increase_paid_storage">,
): Effect<"increase_paid_storage"> {
  const contract = ctx.draft.state.contracts.get(destination);
  if (contract === undefined) {
    const missingKey = ["contracts", "index", destination, "paid_bytes"];
    throw new ProtocolError("context.storage_error", { missingKey, function: "get" });
  }
  const paid = { ...contract, paidBytes: contract.paidBytes + amount };
  ctx.draft.update({ contracts: ctx.draft.state.contracts.set(destination, paid) });
  if (amount <= 0n) throw new ProtocolError("contract.negative_storage_input", {});
  const balanceUpdates = traced(
    () => new ProtocolError("contract.cannot_pay_storage_fee", {}),
    () => burnForStorage(ctx.draft, source, amount * ctx.draft.constants.costPerByte),
  );
  return done({ balanceUpdates, consumedMilligas: ctx.gas.consumed });
}

// ---- Contracts

function origination(ctx: OperationContext, content: ContentOf<"origination">): Effect<"origination"> {
  const contract = ctx.counters.freshContract();
  const storage = readExpression(ctx, content.script.storage);
  const code = readExpression(ctx, content.script.code);
  ctx.gas.consume(FLAT_GAS.origination);
  const script = ctx.runtime.originate({ code, storage }, ctx.gas, ctx.bigMaps);
  const outcome = originateContract(ctx, {
    contract,
    sender: content.source,
    script,
    balance: content.balance,
    delegate: content.delegate,
  });
  return done({ ...outcome, originatedContracts: [contract], consumedMilligas: ctx.gas.consumed });
}

// ---- Rollups

function refutationGas(refutation: Refutation): number {
  if (refutation.kind === "start") return FLAT_GAS.startGame;
  return isDissection(refutation.step) ? dissectionGas(refutation.step.length) : PROOF_GAS;
}
