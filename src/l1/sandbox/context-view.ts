// Questions to the state after a block, as the RPCs under `…/context` ask them (protocol.md §8; node.md §9). Read only.

import type { Constants } from "../../protocol/constants.js";
import type { Contract, ContractHash, PublicKey, PublicKeyHash, RollupAddress } from "../../protocol/identifiers.js";
import type { Inbox } from "../../protocol/inbox.js";
import { frozenBondsOf, spendableBalance } from "./balances.js";
import type { BigMapState } from "./big-maps.js";
import type { Block } from "./block.js";
import { type ChainState, isContractHash, type OriginatedContract } from "./chain-state.js";
import type { TicketAmount, TicketToken } from "./contract-runtime.js";
import { compareAddresses } from "./order.js";
import { RollupView } from "./rollup-view.js";
import { ticketBalance } from "./tickets.js";

export class ContextView {
  constructor(readonly block: Block) {}

  get #state(): ChainState {
    return this.block.state;
  }

  constants(): Constants {
    return this.#state.constants;
  }

  /** Every account and contract, in text order. */
  contracts(): Contract[] {
    const { accounts, contracts } = this.#state;
    return [...accounts.keys(), ...contracts.keys()].sort() as Contract[]; // the keys of these maps are contracts
  }

  /** Mutez that can be spent; 0 for an implicit account that is not allocated, undefined for a KT1 that does not exist. */
  balance(contract: Contract): bigint | undefined {
    return spendableBalance(this.#state, contract) ?? (isContractHash(contract) ? undefined : 0n);
  }

  /** Balance and frozen bonds. */
  fullBalance(contract: Contract): bigint | undefined {
    const balance = this.balance(contract);
    return balance === undefined ? undefined : balance + this.frozenBonds(contract);
  }

  frozenBonds(contract: Contract): bigint {
    return frozenBondsOf(this.#state, contract);
  }

  /** Whether an account has tez, or a contract is originated. */
  isAllocated(contract: Contract): boolean {
    return spendableBalance(this.#state, contract) !== undefined;
  }

  /** Counter of the last operation; the chain's own for an account that is not allocated. */
  counter(account: PublicKeyHash): bigint {
    return this.#state.accounts.get(account)?.counter ?? this.#state.globalCounter;
  }

  /** Undefined: not allocated; null: not revealed. */
  managerKey(account: PublicKeyHash): PublicKey | null | undefined {
    const found = this.#state.accounts.get(account);
    return found === undefined ? undefined : (found.publicKey ?? null);
  }

  delegate(contract: Contract): PublicKeyHash | undefined {
    return isContractHash(contract)
      ? this.#state.contracts.get(contract)?.delegate
      : this.#state.accounts.get(contract)?.delegate;
  }

  contract(contract: ContractHash): OriginatedContract | undefined {
    return this.#state.contracts.get(contract);
  }

  bigMap(id: bigint): BigMapState | undefined {
    return this.#state.bigMaps.get(id.toString());
  }

  /** `token` in the form that the runtime gives. */
  ticketBalance(owner: Contract | RollupAddress, token: TicketToken): bigint {
    return ticketBalance(this.#state, token, owner);
  }

  allTicketBalances(owner: Contract | RollupAddress): readonly TicketAmount[] {
    return [...this.#state.tickets.values()].filter((balance) => balance.owner === owner);
  }

  /** In the protocol's order: from the greatest address to the smallest. */
  rollups(): RollupAddress[] {
    const addresses = [...this.#state.rollups.keys()] as RollupAddress[]; // the keys of this map
    return addresses.sort((a, b) => compareAddresses(b, a));
  }

  /** Inbox at the end of the block. */
  inbox(): Inbox {
    return this.#state.inbox;
  }

  /** A rollup, which need not exist: its methods then answer as layer 1 does. */
  rollup(address: RollupAddress): RollupView {
    return new RollupView(this.#state, address, this.block.shell.level);
  }
}
