// Who has how much: spending and crediting, frozen bonds, and the life of accounts (reference: token.ml, contract_storage.ml). An
// implicit account comes to be with its first tez and goes when it is empty, unless a bond or a delegation keeps it. Each
// function changes the draft and gives the receipt's balance updates.

import {
  type BalanceUpdate,
  bondFreezeUpdates,
  bondPunishmentUpdates,
  bondReturnUpdates,
  feeUpdates,
  refutationRewardUpdates,
  storageFeeUpdates,
  transferUpdates,
} from "../../protocol/balance-updates.js";
import { ProtocolError } from "../../protocol/errors.js";
import type { Contract, PublicKeyHash, RollupAddress } from "../../protocol/identifiers.js";
import type { BlockDraft } from "./block-draft.js";
import { bondKey, type ChainState, type ImplicitAccount, isContractHash } from "./chain-state.js";

/** Mutez that can be spent; undefined for what is not there. */
export function spendableBalance(state: ChainState, contract: Contract): bigint | undefined {
  return isContractHash(contract) ? state.contracts.get(contract)?.balance : state.accounts.get(contract)?.balance;
}

/** Whether the account or contract is there. */
export function isAllocated(state: ChainState, contract: Contract): boolean {
  return spendableBalance(state, contract) !== undefined;
}

/** Mutez frozen for rollups. */
export function frozenBondsOf(state: ChainState, contract: Contract): bigint {
  let total = 0n;
  for (const [key, amount] of state.frozenBonds.entries()) {
    if (key.startsWith(`${contract}|`)) total += amount;
  }
  return total;
}

function setBalance(draft: BlockDraft, contract: Contract, balance: bigint): void {
  const { accounts, contracts } = draft.state;
  if (isContractHash(contract)) {
    const found = contracts.get(contract);
    if (found === undefined) throw new ProtocolError("contract.non_existing_contract", { contract });
    draft.update({ contracts: contracts.set(contract, { ...found, balance }) });
    return;
  }
  const found = accounts.get(contract);
  const account: ImplicitAccount = found ?? { balance: 0n, counter: draft.state.globalCounter };
  draft.update({ accounts: accounts.set(contract, { ...account, balance }) });
}

const MAX_MUTEZ = 2n ** 63n - 1n;

function credit(draft: BlockDraft, contract: Contract, amount: bigint): void {
  const balance = (spendableBalance(draft.state, contract) ?? 0n) + amount;
  if (balance > MAX_MUTEZ) throw new ProtocolError("tez.addition_overflow", { amounts: [balance - amount, amount] });
  setBalance(draft, contract, balance);
}

/** Balance after spending `amount` out of `balance`. Raises "contract.balance_too_low". */
export function balanceAfterSpending(contract: Contract, balance: bigint, amount: bigint): bigint {
  if (amount <= balance) return balance - amount;
  throw new ProtocolError("contract.balance_too_low", { contract, balance, amount }, [
    new ProtocolError("tez.subtraction_underflow", { amounts: [balance, amount] }),
  ]);
}

/** Accounts that delegate to someone else cannot be emptied. Raises "implicit.empty_implicit_delegated_contract". */
export function checkEmptiable(state: ChainState, contract: Contract): void {
  if (isContractHash(contract)) return;
  const delegate = state.accounts.get(contract)?.delegate;
  if (delegate !== undefined && delegate !== contract) {
    throw new ProtocolError("implicit.empty_implicit_delegated_contract", { implicit: contract });
  }
}

/** Whether an account stays when it has nothing left to spend. */
export function isKeptEmpty(state: ChainState, account: PublicKeyHash): boolean {
  return state.accounts.get(account)?.delegate !== undefined || frozenBondsOf(state, account) > 0n;
}

function spend(draft: BlockDraft, contract: Contract, amount: bigint): void {
  const balance = spendableBalance(draft.state, contract) ?? 0n;
  const left = balanceAfterSpending(contract, balance, amount);
  setBalance(draft, contract, left);
  if (left === 0n) checkEmptiable(draft.state, contract);
}

/** Removes an account that has nothing and that nothing keeps. After crediting: a bond may keep it. */
function dropIfEmpty(draft: BlockDraft, contract: Contract): void {
  if (isContractHash(contract) || spendableBalance(draft.state, contract) !== 0n) return;
  if (isKeptEmpty(draft.state, contract)) return;
  draft.update({ accounts: draft.state.accounts.delete(contract) });
}

/** Tez from one account or contract to another; nothing for 0. */
export function transferTez(draft: BlockDraft, from: Contract, to: Contract, amount: bigint): BalanceUpdate[] {
  if (amount === 0n) return [];
  spend(draft, from, amount);
  credit(draft, to, amount);
  dropIfEmpty(draft, from);
  return transferUpdates(from, to, amount);
}

/** A fee for the block. */
export function takeFee(draft: BlockDraft, payer: Contract, fee: bigint): BalanceUpdate[] {
  if (fee === 0n) return [];
  spend(draft, payer, fee);
  dropIfEmpty(draft, payer);
  return feeUpdates(payer, fee);
}

/** Tez that come from nowhere in particular: bootstrap accounts, fees for the baker. */
export function giveTez(draft: BlockDraft, to: Contract, amount: bigint): void {
  if (amount > 0n) credit(draft, to, amount);
}

/** Tez burned for storage. */
export function burnForStorage(draft: BlockDraft, payer: Contract, amount: bigint): BalanceUpdate[] {
  if (amount === 0n) return [];
  spend(draft, payer, amount);
  dropIfEmpty(draft, payer);
  return storageFeeUpdates(payer, amount);
}

/** Freezes a stake. Raises "contract.balance_too_low". */
export function freezeBond(
  draft: BlockDraft,
  owner: PublicKeyHash,
  rollup: RollupAddress,
  amount: bigint,
): BalanceUpdate[] {
  if (amount === 0n) return [];
  spend(draft, owner, amount);
  const key = bondKey(owner, rollup);
  const { frozenBonds } = draft.state;
  draft.update({ frozenBonds: frozenBonds.set(key, (frozenBonds.get(key) ?? 0n) + amount) });
  return bondFreezeUpdates(owner, rollup, amount);
}

/** The whole bond: bonds are never spent in part, even if the stake that the protocol asks for has changed meanwhile. */
function takeBond(draft: BlockDraft, owner: PublicKeyHash, rollup: RollupAddress): bigint {
  const key = bondKey(owner, rollup);
  const amount = draft.state.frozenBonds.get(key) ?? 0n;
  draft.update({ frozenBonds: draft.state.frozenBonds.delete(key) });
  return amount;
}

/** Gives a stake back to its owner. */
export function returnBond(draft: BlockDraft, owner: PublicKeyHash, rollup: RollupAddress): BalanceUpdate[] {
  const amount = takeBond(draft, owner, rollup);
  if (amount > 0n) credit(draft, owner, amount);
  return bondReturnUpdates(owner, rollup, amount);
}

/** Burns a stake. */
export function slashBond(draft: BlockDraft, owner: PublicKeyHash, rollup: RollupAddress): BalanceUpdate[] {
  const amount = takeBond(draft, owner, rollup);
  dropIfEmpty(draft, owner);
  return bondPunishmentUpdates(owner, rollup, amount);
}

/** Mints the reward of a game's winner. */
export function rewardWinner(draft: BlockDraft, winner: PublicKeyHash, amount: bigint): BalanceUpdate[] {
  giveTez(draft, winner, amount);
  return refutationRewardUpdates(winner, amount);
}
