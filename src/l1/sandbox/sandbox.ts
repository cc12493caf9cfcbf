// The chain in a box: a real chain of blocks with the protocol's rules, driven by calls, without clock, network or storage of its own
// (protocol.md §2 to §8). `bake` makes the next block from the pending operations, `reorg` switches to another branch;
// `inject`, `simulate` and `preapply` are what wallets use; blocks and views are what RPCs print. Single threaded and
// synchronous: a call either does all it says or raises and changes nothing.

import type { SecretKey } from "../../crypto/keys.js";
import type { Constants } from "../../protocol/constants.js";
import type { BlockHash, ChainId, OperationHash, PublicKey, PublicKeyHash } from "../../protocol/identifiers.js";
import type { Operation } from "../../protocol/operation.js";
import type { ContentReceipt } from "../../protocol/receipt.js";
import type { Block } from "./block.js";
import type { ContextView } from "./context-view.js";
import type { ContractRuntime } from "./contract-runtime.js";
import type { Protocol } from "./protocols.js";

/** An account that exists from the first block on. */
export interface BootstrapAccount {
  readonly publicKey: PublicKey;
  /** Mutez. */
  readonly balance: bigint;
}

/** A protocol that takes over after the block of a level. */
export interface ScheduledProtocol {
  readonly protocol: Protocol;
  /** Level of the activation block, the last one of the protocol before. */
  readonly level: number;
  /** Its constants; those of the protocol before if absent. */
  readonly constants?: Constants;
}

export interface SandboxOptions {
  /** SANDBOX_CONSTANTS if absent. Raises ConstantsError when they contradict each other. */
  readonly constants?: Constants;
  /** The five bootstrap accounts of every Octez sandbox, 4,000,000 tez each, if absent. */
  readonly accounts?: readonly BootstrapAccount[];
  /** The first protocol; ALPHA_PROTOCOL if absent. */
  readonly protocol?: Protocol;
  readonly nextProtocols?: readonly ScheduledProtocol[];
  /** Seconds: time of block 1. That of the genesis block, 2018-06-30T16:07:32Z, plus one if absent. */
  readonly startTime?: bigint;
  /** Who signs blocks; bootstrap1 if absent. */
  readonly bakerKey?: SecretKey;
  /** Runs contracts; without one, originations and calls of contracts are refused. */
  readonly contracts?: ContractRuntime;
}

export interface BakeOptions {
  /** Seconds. The earliest time of the round if absent: the predecessor's plus `minimal_block_delay`. */
  readonly timestamp?: bigint;
  /** Signed operations to include before those of the mempool, in order. Refused ones make `bake` raise. */
  readonly operations?: readonly Uint8Array[];
  /** Leave the mempool alone. */
  readonly ignoreMempool?: boolean;
}

export interface ReorgOptions {
  /** Put the operations of the branch that is left into the mempool again (true if absent), to be baked on the new branch. */
  readonly reinject?: boolean;
  /** Allow the replacement of final blocks, which no honest network does. */
  readonly beyondFinality?: boolean;
  /** Blocks of the new branch; n + 1 if absent, and at least n. */
  readonly length?: number;
}

/** Where a block is: "head", "head~2", "genesis", a level, a hash, "<hash>~3", "<hash>+1"; or a Block itself. */
export type BlockId = string | number | BlockHash | Block;

/** An operation that waits for a block. */
export interface PendingOperation {
  readonly hash: OperationHash;
  readonly bytes: Uint8Array;
  readonly operation: Operation;
}

export interface SimulateOptions {
  /** Block on which it would be applied; the head if absent. */
  readonly block?: BlockId;
  /** Blocks between that one and the one the operation would be in, for levels and times. */
  readonly latency?: number;
}

/** Called with a block that has become the head, after `previous` was. */
export type HeadListener = (block: Block, previous: Block) => void;

export declare class Sandbox {
  readonly chainId: ChainId;
  readonly genesis: Block;
  readonly contracts: ContractRuntime | undefined;

  constructor(options?: SandboxOptions);

  // ---- Driving

  get head(): Block;
  /** Newest block that cannot be replaced: the head's second predecessor, or the oldest there is. */
  get finalized(): Block;
  /** Makes the next block. Raises OperationRefused for an operation given that is not valid. */
  bake(options?: BakeOptions): Block;
  /** Bakes `count` blocks. */
  bakeMany(count: number, options?: BakeOptions): Block;
  /** Leaves the last `n` blocks for others. Raises SandboxError "l1.sandbox.beyond_finality". */
  reorg(n: number, options?: ReorgOptions): Block;
  /** Calls `listener` with each new head; gives what ends that. Listeners must not raise. */
  onHead(listener: HeadListener): () => void;

  // ---- Operations

  /**
   * Puts a signed operation into the mempool. Raises OperationRefused: bytes that are no operation, an unknown or too old
   * branch, or any check of the protocol at validation.
   */
  inject(bytes: Uint8Array): OperationHash;
  /** Operations in the mempool, in order of arrival. */
  pending(): readonly PendingOperation[];
  /** What an operation would become, signature and counters aside from their order not checked. Raises OperationRefused. */
  simulate(operation: Operation, options?: SimulateOptions): readonly ContentReceipt[];
  /** What operations would become on top of the head, one after the other, all checks made. Raises OperationRefused. */
  preapply(operations: readonly Operation[]): readonly (readonly ContentReceipt[])[];

  // ---- Blocks

  /** Undefined when there is none. Blocks of branches that were left are found by their hash. */
  block(id: BlockId): Block | undefined;
  /** The block under another one. */
  predecessor(block: Block): Block | undefined;
  /** Hashes from a block backwards, `length` of them at most. */
  ancestors(block: Block, length: number): BlockHash[];
  /** Blocks on which operations may branch, seen from a block. */
  liveBlocks(block: Block): readonly BlockHash[];
  /** Protocols of the chain with the blocks that activated them, oldest first. */
  protocols(): readonly { readonly protocol: Protocol; readonly protoLevel: number; readonly activation: Block }[];
  /** Questions to the state after a block. */
  context(block: Block): ContextView;
}

export type { PublicKeyHash };
