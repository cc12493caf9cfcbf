// What a chain knows after a block, as an immutable value: accounts, contracts, tickets, rollups, the inbox. Blocks keep theirs, and
// share what did not change. The rules that change it are in the files that make operations happen; queries are in
// context-view.ts and rollup-view.ts.

import type { Constants } from "../../protocol/constants.js";
import type {
  Contract,
  ContractHash,
  Destination,
  PublicKey,
  PublicKeyHash,
  RollupAddress,
} from "../../protocol/identifiers.js";
import type { Inbox } from "../../protocol/inbox.js";
import type { BigMapState } from "./big-maps.js";
import type { ContractScript, TicketToken } from "./contract-runtime.js";
import type { PersistentMap } from "./persistent-map.js";
import type { RollupState } from "./rollup-state.js";

/** An implicit account ("tz…") that is allocated. */
export interface ImplicitAccount {
  /** Mutez that can be spent. */
  readonly balance: bigint;
  /** Counter of the last operation. */
  readonly counter: bigint;
  /** Absent until it is revealed. */
  readonly publicKey?: PublicKey;
  readonly delegate?: PublicKeyHash;
}

/** An originated contract ("KT1…"). */
export interface OriginatedContract {
  readonly balance: bigint;
  readonly delegate?: PublicKeyHash;
  readonly script: ContractScript;
  /** Bytes of its big maps. */
  readonly bigMapBytes: bigint;
  /** Bytes of code, storage and big maps. */
  readonly usedBytes: bigint;
  /** Bytes paid for so far. */
  readonly paidBytes: bigint;
}

/** Some tickets of one owner. */
export interface TicketBalance {
  readonly token: TicketToken;
  readonly owner: Destination;
  readonly amount: bigint;
}

/** The commitment period of a protocol gone by. */
export interface PastPeriod {
  readonly commitmentPeriodInBlocks: number;
  /** Level of the activation of the protocol that followed. */
  readonly nextProtocolActivation: number;
}

export interface ChainState {
  readonly constants: Constants;
  /** Level of the block that activated the present protocol. */
  readonly activationLevel: number;
  /** Oldest first. */
  readonly pastPeriods: readonly PastPeriod[];
  /** Last counter given out: where counters of new accounts start. */
  readonly globalCounter: bigint;
  readonly accounts: PersistentMap<ImplicitAccount>;
  readonly contracts: PersistentMap<OriginatedContract>;
  /** By id. */
  readonly bigMaps: PersistentMap<BigMapState>;
  readonly nextBigMap: bigint;
  /** Mutez frozen for rollups: by "<account>|<rollup>". */
  readonly frozenBonds: PersistentMap<bigint>;
  /** By `ticketKey`. */
  readonly tickets: PersistentMap<TicketBalance>;
  /** Bytes of the ticket table: in use, and paid for. */
  readonly ticketBytes: { readonly used: bigint; readonly paid: bigint };
  readonly rollups: PersistentMap<RollupState>;
  /** The inbox at the end of the block, one for all rollups. */
  readonly inbox: Inbox;
  /** Names that the canonical rollup signalled, with their levels. */
  readonly signals: PersistentMap<number>;
}

/** The key of a bond in `frozenBonds`. */
export function bondKey(owner: Contract, rollup: RollupAddress): string {
  return `${owner}|${rollup}`;
}

export function isContractHash(destination: Destination): destination is ContractHash {
  return destination.startsWith("KT1");
}

export function isRollupAddress(destination: Destination): destination is RollupAddress {
  return destination.startsWith("sr1");
}
