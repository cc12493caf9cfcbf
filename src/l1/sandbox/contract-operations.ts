// Contracts: originating them, calling them, and what a call leaves behind: storage, tez, tickets, operations (protocol.md §7; reference:
// apply.ml). Running is the runtime's (contract-runtime.ts).

import { encode } from "../../encoding/binary.js";
import { type Micheline, michelineCodec } from "../../encoding/micheline.js";
import type { BalanceUpdate } from "../../protocol/balance-updates.js";
import { ProtocolError } from "../../protocol/errors.js";
import type { Contract, ContractHash, Destination, PublicKeyHash } from "../../protocol/identifiers.js";
import type { LazyStorageDiff } from "../../protocol/lazy-storage-diff.js";
import type { TicketUpdates, TransactionResult } from "../../protocol/operation-result.js";
import { transferTez } from "./balances.js";
import { lazyStorageField } from "./big-maps.js";
import { type ChainState, isRollupAddress, type OriginatedContract } from "./chain-state.js";
import type { ContractLookup, ContractScript, OriginatedScript } from "./contract-runtime.js";
import { setContractDelegate } from "./delegation.js";
import { FLAT_GAS } from "./gas.js";
import type { InternalRequest, OperationContext } from "./operation-context.js";
import { inReceiptOrder, payForTickets, settleTickets, ticketUpdate } from "./tickets.js";

/** An expression is stored behind its length. */
function storedBytes(expression: Micheline): bigint {
  return BigInt(4 + encode(michelineCodec, expression).length);
}

function scriptBytes({ code, storage }: ContractScript): bigint {
  return storedBytes(code) + storedBytes(storage);
}

/** What contracts may learn of the chain. */
export function lookupIn(state: () => ChainState): ContractLookup {
  return {
    contractCode: (contract) => state().contracts.get(contract)?.script.code,
    rollupParametersType: (rollup) => state().rollups.get(rollup)?.parametersType,
  };
}

// ---- Originating

export interface Origination {
  readonly contract: ContractHash;
  readonly sender: Contract;
  /** As the runtime gave it. */
  readonly script: OriginatedScript;
  /** Mutez. */
  readonly balance: bigint;
  readonly delegate: PublicKeyHash | undefined;
}

export interface OriginationOutcome {
  readonly balanceUpdates: readonly BalanceUpdate[];
  readonly storageSize: bigint;
  readonly paidStorageSizeDiff: bigint;
  readonly lazyStorageDiff?: LazyStorageDiff;
}

export function originateContract(ctx: OperationContext, origination: Origination): OriginationOutcome {
  const { draft } = ctx;
  const { contract, sender, balance, delegate } = origination;
  const { bigMapDiffs = [], code, storage } = origination.script;
  const script = { code, storage };
  const bigMapBytes = ctx.bigMaps.apply(bigMapDiffs);
  const size = scriptBytes(script) + bigMapBytes;
  const originated = { balance: 0n, script, bigMapBytes, usedBytes: size, paidBytes: size };
  draft.update({ contracts: draft.state.contracts.set(contract, originated) });
  if (delegate !== undefined) setContractDelegate(draft, contract, delegate);
  const balanceUpdates = transferTez(draft, sender, contract, balance);
  return { balanceUpdates, storageSize: size, paidStorageSizeDiff: size, ...lazyStorageField(bigMapDiffs) };
}

// ---- Calling

export interface ContractCall {
  readonly contract: ContractHash;
  readonly sender: Destination;
  /** Mutez. */
  readonly amount: bigint;
  readonly entrypoint: string;
  readonly parameter: Micheline;
  /** The type that whoever emitted the call gave the parameter. */
  readonly parameterType?: Micheline;
  /** Whether it comes from inside the chain. */
  readonly internal: boolean;
}

export interface CallResult {
  readonly result: Omit<Extract<TransactionResult, { readonly storageSize: bigint }>, "consumedMilligas">;
  readonly emitted: readonly InternalRequest[];
}

/** Raises ProtocolError. */
export function callContract(ctx: OperationContext, call: ContractCall): CallResult {
  const { draft } = ctx;
  const { contract, sender, amount } = call;
  if (!draft.state.contracts.has(contract)) throw new ProtocolError("contract.non_existing_contract", { contract });
  const balanceUpdates = transferToContract(ctx, call);
  const target = draft.state.contracts.get(contract) as OriginatedContract; // seen above; nothing removes contracts
  ctx.gas.consume(FLAT_GAS.call);
  const originated: ContractHash[] = [];
  const outcome = ctx.runtime.call({
    script: target.script,
    entrypoint: call.entrypoint,
    parameter: call.parameter,
    ...(call.parameterType === undefined ? {} : { parameterType: call.parameterType }),
    internal: call.internal,
    context: {
      self: contract,
      balance: target.balance,
      sender,
      source: ctx.source,
      amount,
      chainId: draft.chainId,
      level: draft.level,
      now: draft.now,
      minimalBlockDelay: draft.state.constants.minimalBlockDelay,
      chain: lookupIn(() => draft.state),
      bigMaps: ctx.bigMaps,
      gas: ctx.gas,
      freshContract() {
        const fresh = ctx.counters.freshContract();
        originated.push(fresh);
        return fresh;
      },
      freshNonce: () => ctx.counters.freshNonce(),
    },
  });
  const bigMapBytes = target.bigMapBytes + ctx.bigMaps.apply(outcome.bigMapDiffs ?? []);
  const script = { ...target.script, storage: outcome.storage };
  const size = scriptBytes(script) + bigMapBytes;
  const paidBytes = size > target.paidBytes ? size : target.paidBytes;
  const changed = { ...target, script, bigMapBytes, usedBytes: size, paidBytes };
  draft.update({ contracts: draft.state.contracts.set(contract, changed) });
  const ticketBytes = payForTickets(draft, settleTickets(draft, contract, outcome));
  const ticketUpdates: TicketUpdates = inReceiptOrder(outcome.storedTickets).map(({ token, amount: stored }) =>
    ticketUpdate(token, contract, stored),
  );
  return {
    result: {
      storage: outcome.storage,
      balanceUpdates,
      ticketUpdates,
      originatedContracts: originated,
      storageSize: size,
      paidStorageSizeDiff: paidBytes - target.paidBytes + ticketBytes,
      allocatedDestinationContract: false,
      ...lazyStorageField(outcome.bigMapDiffs),
      addressRegistryDiff: [],
    },
    emitted: outcome.operations.map((numbered) => ({ sender: contract, ...numbered })),
  };
}

/** Rollups have no tez to send. */
function transferToContract(ctx: OperationContext, { contract, sender, amount }: ContractCall): BalanceUpdate[] {
  if (!isRollupAddress(sender)) return transferTez(ctx.draft, sender, contract, amount);
  if (amount !== 0n) throw new ProtocolError("contract.non_empty_transaction_from_source", { source: sender });
  return [];
}
