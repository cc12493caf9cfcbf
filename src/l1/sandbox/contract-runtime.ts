// What the chain asks of whoever runs contracts (protocol.md §7.1, §7.2): the port that l1/sandbox/michelson implements. A runtime is
// stateless: code and storage come in as Micheline with each question, what changed goes out; the chain keeps it, moves tez
// and tickets, and applies the operations that contracts emit. Types and values are Micheline throughout. Left out: views,
// sapling, global constants.

import type { Micheline } from "../../encoding/micheline.js";
import type {
  ChainId,
  Contract,
  ContractHash,
  Destination,
  PublicKeyHash,
  RollupAddress,
} from "../../protocol/identifiers.js";

/** Counts gas, in thousandths of a unit. */
export interface GasCounter {
  /** Raises ProtocolError "gas_exhausted.operation" when the operation's limit is passed. */
  consume(milligas: number): void;
}

/** What kind of ticket: who made it, and of what. */
export interface TicketToken {
  readonly ticketer: Contract;
  /** A comparable type, without annotations. */
  readonly contentType: Micheline;
  /**
   * In optimized form (addresses, keys, timestamps as bytes or ints), with pairs of two only ("optimized legacy"), so that equal
   * contents are equal expressions.
   */
  readonly content: Micheline;
}

/** Some tickets of a kind; in differences, a negative amount for tickets that went. */
export interface TicketAmount {
  readonly token: TicketToken;
  readonly amount: bigint;
}

/** A contract as the chain keeps it. */
export interface ContractScript {
  /** [parameter; storage; code], as the runtime's `originate` gave it back. */
  readonly code: Micheline;
  /** In optimized form. */
  readonly storage: Micheline;
}

/** Types of what a big map holds. */
export interface BigMapTypes {
  readonly keyType: Micheline;
  readonly valueType: Micheline;
}

/**
 * The chain's big maps, before the call. Keys are given by the hash of what PACK makes of them, in hexadecimal. Temporary ones, with
 * negative ids, are those that operations carry; they last as long as the operation of the user.
 */
export interface BigMaps {
  /** Undefined when there is no such big map. */
  types(id: bigint): BigMapTypes | undefined;
  /** In optimized form; undefined when there is none. */
  value(id: bigint, keyHash: string): Micheline | undefined;
  values(id: bigint): Iterable<Micheline>;
  /** An id that no big map has had. */
  freshId(temporary: boolean): bigint;
}

export interface BigMapUpdate {
  /** In optimized form. */
  readonly key: Micheline;
  /** Hexadecimal. */
  readonly keyHash: string;
  /** In optimized form; absent: removed. */
  readonly value?: Micheline;
}

/** What becomes of a big map; `updates` come after the action. */
export interface BigMapDiff {
  readonly id: bigint;
  readonly action:
    | ({ readonly kind: "alloc" } & BigMapTypes)
    | { readonly kind: "copy"; readonly source: bigint }
    | { readonly kind: "update" }
    | { readonly kind: "remove" };
  readonly updates: readonly BigMapUpdate[];
}

/** What a contract may learn of others. */
export interface ContractLookup {
  /** Code of an originated contract; undefined when there is none. */
  contractCode(contract: ContractHash): Micheline | undefined;
  /** Type of the messages a rollup takes; undefined when there is no such rollup. */
  rollupParametersType(rollup: RollupAddress): Micheline | undefined;
}

/** What a running contract sees. */
export interface CallContext {
  readonly self: ContractHash;
  /** Mutez, the amount of the call included. */
  readonly balance: bigint;
  /** Who calls: an account, a contract, or a rollup (a message of its outbox). */
  readonly sender: Destination;
  /** Who signed the operation ("payer"). */
  readonly source: PublicKeyHash;
  /** Mutez. */
  readonly amount: bigint;
  readonly chainId: ChainId;
  /** Level of the block in the making. */
  readonly level: number;
  /** What NOW gives: seconds since 1970-01-01T00:00:00Z. */
  readonly now: bigint;
  /** What MIN_BLOCK_TIME gives: seconds. */
  readonly minimalBlockDelay: bigint;
  readonly chain: ContractLookup;
  /** Absent where there are none: contracts that use big maps are then refused. */
  readonly bigMaps?: BigMaps;
  readonly gas: GasCounter;
  /** The address of the next contract that is originated (CREATE_CONTRACT); each call gives a new one. */
  freshContract(): ContractHash;
  /** The number of the next operation that code makes; each call gives a new one. Raises "too_many_internal_operations". */
  freshNonce(): number;
}

/** A call of a contract. */
export interface CallRequest {
  readonly script: ContractScript;
  readonly entrypoint: string;
  readonly parameter: Micheline;
  /** The type that whoever emitted the call gave the parameter; it must then be that of the entrypoint. */
  readonly parameterType?: Micheline;
  /**
   * Whether the parameter comes from inside the chain (another contract, a rollup's outbox): it may then hold tickets. Users must
   * not make tickets up.
   */
  readonly internal: boolean;
  readonly context: CallContext;
}

/** An operation that a contract emits, in the order of its list. */
export type EmittedOperation =
  | {
      readonly kind: "transaction";
      readonly destination: Destination;
      readonly entrypoint: string;
      /** Mutez; 0 for a rollup, whose runtime refuses other amounts when the contract makes the operation. */
      readonly amount: bigint;
      /** In optimized form. */
      readonly parameter: Micheline;
      /** Type of `parameter`. */
      readonly parameterType: Micheline;
      /** Tickets inside `parameter`, one element a kind. */
      readonly tickets: readonly TicketAmount[];
    }
  | { readonly kind: "delegation"; readonly delegate?: PublicKeyHash }
  | {
      readonly kind: "origination";
      /** Address that `freshContract` gave. */
      readonly contract: ContractHash;
      readonly balance: bigint;
      readonly delegate?: PublicKeyHash;
      readonly script: ContractScript;
      readonly tickets: readonly TicketAmount[];
    }
  | {
      readonly kind: "event";
      readonly type: Micheline;
      /** Absent: no tag. */
      readonly tag?: string;
      /** Absent: Unit. */
      readonly payload?: Micheline;
    };

/** An emitted operation with the number that it got when code made it: code may emit others than it makes, and in another order. */
export interface NumberedOperation {
  readonly nonce: number;
  readonly operation: EmittedOperation;
}

/** What a call did. */
export interface CallOutcome {
  /** In optimized form. */
  readonly storage: Micheline;
  readonly operations: readonly NumberedOperation[];
  /** Tickets of the new storage less those of the old, one element a kind, none of amount 0. */
  readonly storedTickets: readonly TicketAmount[];
  /** Tickets that came in with the parameter, one element a kind. */
  readonly argumentTickets: readonly TicketAmount[];
  /** To be applied in this order; those of emitted operations first. */
  readonly bigMapDiffs?: readonly BigMapDiff[];
}

/** A script as it is to be kept. */
export interface OriginatedScript extends ContractScript {
  /** The big maps of its storage. */
  readonly bigMapDiffs?: readonly BigMapDiff[];
}

/** A value that was checked against a type. */
export interface CheckedData {
  /** In optimized form. */
  readonly value: Micheline;
  /** Tickets inside, one element a kind. */
  readonly tickets: readonly TicketAmount[];
}

/**
 * Runs contracts. Everything a user can get wrong raises ProtocolError (a trace through `causes`): types, values, entrypoints,
 * FAILWITH, gas; code with an instruction or type that the runtime does not know is refused at origination, naming it.
 */
export interface ContractRuntime {
  /**
   * Checks a script: code well-formed and well-typed, storage of its type, no tickets made up. Gives it in the form to be kept.
   */
  originate(
    script: { readonly code: Micheline; readonly storage: Micheline },
    gas: GasCounter,
    bigMaps?: BigMaps,
  ): OriginatedScript;
  /** The script of an operation that a contract emitted, as it is to be kept: big maps that came with it become its own. */
  adopt(script: ContractScript, gas: GasCounter, bigMaps: BigMaps): OriginatedScript;
  /** Runs an entrypoint. Raises ProtocolError, outermost error first ("michelson_v1.runtime_error", …). */
  call(request: CallRequest): CallOutcome;
  /** Entrypoints by name with their types, "default" among them, in the order of the code. */
  entrypoints(code: Micheline): ReadonlyMap<string, Micheline>;
  /** Type of an entrypoint. Raises ProtocolError "michelson_v1.no_such_entrypoint". */
  entrypointType(code: Micheline, entrypoint: string): Micheline;
  /** Type of the storage. */
  storageType(code: Micheline): Micheline;
  /** Whether two types are the same, annotations aside. */
  typesEqual(a: Micheline, b: Micheline): boolean;
  /**
   * Checks a value: with `tickets`, tickets may stand in it (as pairs of ticketer, content and amount, or `Ticket`). Raises
   * ProtocolError "michelson_v1.…".
   */
  checkData(type: Micheline, value: Micheline, gas: GasCounter, options: { readonly tickets: boolean }): CheckedData;
  /** What PACK makes of a value. Raises as `checkData`, for types that cannot be packed too. */
  pack(type: Micheline, value: Micheline, gas: GasCounter): Uint8Array;
  /** Ids of the big maps in a storage. */
  bigMapIds(script: ContractScript): readonly bigint[];
  /** A well-typed value in the form people read (addresses and timestamps as text), as RPCs print storages. */
  readable(type: Micheline, value: Micheline): Micheline;
}
