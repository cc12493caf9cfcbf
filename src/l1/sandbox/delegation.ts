// Delegates of accounts and contracts, as far as balances depend on them: an account registers by delegating to itself, and then stays
// when it is empty (reference: contract_delegate_storage.ml, delegate_storage.ml). Staking and rights are left out.

import { ProtocolError } from "../../protocol/errors.js";
import type { Contract, ContractHash, PublicKeyHash } from "../../protocol/identifiers.js";
import type { BlockDraft } from "./block-draft.js";
import { type ChainState, isContractHash } from "./chain-state.js";

/** Whether an account has registered as a delegate. */
export function isDelegate(state: ChainState, account: PublicKeyHash): boolean {
  return state.accounts.get(account)?.delegate === account;
}

function checkRegistered(state: ChainState, delegate: PublicKeyHash): void {
  if (!isDelegate(state, delegate))
    throw new ProtocolError("contract.manager.unregistered_delegate", { hash: delegate });
}

/** Raises ProtocolError. */
export function setContractDelegate(
  draft: BlockDraft,
  contract: ContractHash,
  delegate: PublicKeyHash | undefined,
): void {
  if (delegate !== undefined) checkRegistered(draft.state, delegate);
  const found = draft.state.contracts.get(contract);
  if (found === undefined) throw new ProtocolError("contract.non_existing_contract", { contract });
  const { delegate: _, ...rest } = found;
  const changed = delegate === undefined ? rest : { ...rest, delegate };
  draft.update({ contracts: draft.state.contracts.set(contract, changed) });
}

/** Sets, or with undefined takes away, the delegate of an account or contract. Raises ProtocolError. */
export function setDelegate(draft: BlockDraft, contract: Contract, delegate: PublicKeyHash | undefined): void {
  if (isContractHash(contract)) {
    setContractDelegate(draft, contract, delegate);
    return;
  }
  const account = draft.state.accounts.get(contract);
  if (account === undefined) throw new ProtocolError("implicit.empty_implicit_contract", { implicit: contract });
  if (isDelegate(draft.state, contract)) {
    if (delegate !== contract) throw new ProtocolError("delegate.no_deletion", { delegate: contract });
    throw new ProtocolError("delegate.already_active", {});
  }
  if (delegate !== undefined && delegate !== contract) {
    checkRegistered(draft.state, delegate);
    if (account.delegate === delegate) throw new ProtocolError("delegate.unchanged", {});
  }
  const { delegate: _, ...rest } = account;
  const changed = delegate === undefined ? rest : { ...rest, delegate };
  draft.update({ accounts: draft.state.accounts.set(contract, changed) });
}
