// Questions to the state after a block, as the RPCs under `…/context` ask them (protocol.md §8; node.md §9). Read only.

import type { Constants } from "../../protocol/constants.js";
import type { Contract, ContractHash, PublicKey, PublicKeyHash, RollupAddress } from "../../protocol/identifiers.js";
import type { Inbox } from "../../protocol/inbox.js";
import type { Block } from "./block.js";
import type { OriginatedContract } from "./chain-state.js";
import type { TicketAmount, TicketToken } from "./contract-runtime.js";
import type { RollupView } from "./rollup-view.js";

export declare class ContextView {
  constructor(block: Block);
  readonly block: Block;
  constants(): Constants;
  /** Every account and contract, in text order. */
  contracts(): Contract[];
  /** Mutez that can be spent; 0 for an implicit account that is not allocated, undefined for a KT1 that does not exist. */
  balance(contract: Contract): bigint | undefined;
  /** Balance and frozen bonds. */
  fullBalance(contract: Contract): bigint | undefined;
  frozenBonds(contract: Contract): bigint;
  /** Counter of the last operation; the chain's own for an account that is not allocated. */
  counter(account: PublicKeyHash): bigint;
  /** Undefined: not allocated; null: not revealed. */
  managerKey(account: PublicKeyHash): PublicKey | null | undefined;
  delegate(contract: Contract): PublicKeyHash | undefined;
  contract(contract: ContractHash): OriginatedContract | undefined;
  ticketBalance(owner: Contract | RollupAddress, token: TicketToken): bigint;
  allTicketBalances(owner: Contract | RollupAddress): readonly TicketAmount[];
  rollups(): RollupAddress[];
  /** Inbox at the end of the block. */
  inbox(): Inbox;
  /** A rollup, which need not exist: its methods then answer as layer 1 does. */
  rollup(address: RollupAddress): RollupView;
}
