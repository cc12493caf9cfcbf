// The chain in a box: a real chain of blocks with the protocol's rules, driven by calls, without clock, network or storage of its own
// (protocol.md §2 to §8). `bake` makes the next block from the pending operations, `reorg` switches to another branch;
// `inject`, `simulate` and `preapply` are what wallets use; blocks and views are what RPCs print. Single threaded and
// synchronous: a call either does all it says or raises and changes nothing. Whoever keeps blocks elsewhere (store/) takes
// `bake` and `reorg` in two steps: plan, keep the planned blocks, carry out.

import type { SecretKey } from "../../crypto/keys.js";
import { toHex } from "../../encoding/hex.js";
import { type Constants, checkConstants, SANDBOX_CONSTANTS } from "../../protocol/constants.js";
import { ProtocolError } from "../../protocol/errors.js";
import { type BlockHash, type ChainId, hashEquals, type OperationHash } from "../../protocol/identifiers.js";
import type { Operation } from "../../protocol/operation.js";
import type { ContentReceipt } from "../../protocol/receipt.js";
import { applyGroup } from "./application.js";
import { type BakedBlock, bakeBlock, checkAlone, draftOn } from "./baking.js";
import type { Block } from "./block.js";
import { BlockDraft } from "./block-draft.js";
import { BlockTree } from "./block-tree.js";
import { ACTIVATOR_KEY, BOOTSTRAP_ACCOUNTS, type BootstrapAccount } from "./bootstrap.js";
import { ContextView } from "./context-view.js";
import type { ContractRuntime } from "./contract-runtime.js";
import { OperationRefused, SandboxError } from "./errors.js";
import { activationBlock, genesisBlock } from "./genesis-blocks.js";
import { compareFitness } from "./header.js";
import { encodeIncoming, type IncomingOperation, readOperation, unsupported } from "./incoming-operation.js";
import { isSupported } from "./manager-effects.js";
import { Mempool } from "./mempool.js";
import { ALPHA_PROTOCOL, type Protocol } from "./protocols.js";
import { branchRefused, refused, refusing } from "./refusal.js";
import { type BlockRecord, ReplayError, replayBlock } from "./replay.js";
import { checkSchedule, type ScheduledProtocol } from "./schedule.js";
import { type ValidatedGroup, validateGroup } from "./validation.js";

export interface SandboxOptions {
  /** SANDBOX_CONSTANTS if absent. Raises ConstantsError when they contradict each other. */
  readonly constants?: Constants;
  /** The five bootstrap accounts of every Octez sandbox, 4,000,000 tez each, if absent. */
  readonly accounts?: readonly BootstrapAccount[];
  /** The first protocol; ALPHA_PROTOCOL if absent. */
  readonly protocol?: Protocol;
  readonly nextProtocols?: readonly ScheduledProtocol[];
  /** Seconds: time of block 1. A second after the genesis block, 2018-06-30T16:07:32Z, if absent. */
  readonly startTime?: bigint;
  /** Who signs blocks and gets their fees; ACTIVATOR_KEY if absent. */
  readonly bakerKey?: SecretKey;
  /** Runs contracts; without one, originations and transfers of tickets are not taken. */
  readonly contracts?: ContractRuntime;
}

export interface BakeOptions {
  /** Seconds. The predecessor's plus `minimal_block_delay`, and an increment a round, if absent. */
  readonly timestamp?: bigint;
  /** Signed operations to include before those of the mempool, in order. One that is refused makes `bake` raise. */
  readonly operations?: readonly Uint8Array[];
  /** Leave the mempool alone. */
  readonly ignoreMempool?: boolean;
}

export interface ReorgOptions {
  /** Put the operations of the branch that is left back into the mempool, as far as they are good on the new one: true if absent. */
  readonly reinject?: boolean;
  /** Signed operations for the first block of the new branch, which is otherwise empty, as the others are. */
  readonly operations?: readonly Uint8Array[];
  /** Allow the replacement of final blocks, which no honest network does. */
  readonly beyondFinality?: boolean;
  /** Blocks of the new branch at least; as many as make it the better one if absent. */
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
  /** Whether at the level after that block (true if absent), or at the block's own. */
  readonly successorLevel?: boolean;
}

export interface PreapplyOptions {
  /** Block on which they would be applied; the head if absent. */
  readonly block?: BlockId;
}

/** Blocks that are made and not on the chain yet. */
export interface HeadChange {
  /** The head they were made for. */
  readonly previous: Block;
  /** Oldest first; the last one is to be the head. */
  readonly blocks: readonly Block[];
  /** Whether operations of blocks that are left go back into the mempool. */
  readonly reinject: boolean;
}

/** Called with a block that has become the head, after `previous` was. */
export type HeadListener = (block: Block, previous: Block) => void;

/** A protocol of the chain and the block that activated it. */
export interface ActivatedProtocol {
  readonly protocol: Protocol;
  /** Number by which headers know it. */
  readonly protoLevel: number;
  readonly activation: Block;
}

export class Sandbox {
  readonly chainId: ChainId;
  readonly genesis: Block;
  readonly contracts: ContractRuntime | undefined;
  readonly #tree: BlockTree;
  readonly #mempool = new Mempool();
  readonly #listeners = new Set<HeadListener>();
  readonly #bakerKey: SecretKey;
  #schedule: readonly ScheduledProtocol[];
  /** Operations whose signatures are good: by hash, since a hash is over bytes and signature. */
  readonly #signed = new Set<string>();

  constructor(options: SandboxOptions = {}) {
    const { constants = SANDBOX_CONSTANTS, nextProtocols = [] } = options;
    for (const each of [constants, ...nextProtocols.map((next) => next.constants ?? constants)]) checkUsable(each);
    checkSchedule(nextProtocols);
    this.#schedule = nextProtocols;
    this.#bakerKey = options.bakerKey ?? ACTIVATOR_KEY;
    this.contracts = options.contracts;
    this.genesis = genesisBlock();
    this.chainId = this.genesis.chainId;
    this.#tree = new BlockTree(this.genesis);
    const first = activationBlock({
      genesis: this.genesis,
      protocol: options.protocol ?? ALPHA_PROTOCOL,
      constants,
      accounts: options.accounts ?? BOOTSTRAP_ACCOUNTS,
      timestamp: options.startTime ?? this.genesis.shell.timestamp + 1n,
      key: ACTIVATOR_KEY,
    });
    this.#tree.add(first);
    this.#tree.setHead(first);
  }

  // ---- Driving

  get head(): Block {
    return this.#tree.head;
  }

  /** Newest block that cannot be replaced: the head's second predecessor, or the oldest there is. */
  get finalized(): Block {
    return this.#tree.finalized;
  }

  /** Makes the next block. Raises OperationRefused for an operation given that is not valid. */
  bake(options: BakeOptions = {}): Block {
    return this.carryOut(this.planBake(options));
  }

  /** The next block, made but not yet on the chain. Raises as `bake` does. */
  planBake(options: BakeOptions = {}): HeadChange {
    const given = (options.operations ?? []).map((bytes) => this.#read(bytes));
    const waiting = options.ignoreMempool === true ? [] : this.#mempool.operations();
    const previous = this.head;
    const baked = this.#make(previous, [...given, ...waiting], 0, options.timestamp);
    this.#refuseLeftOut(baked, given);
    return { previous, blocks: [baked.block], reinject: false };
  }

  /** Bakes `count` blocks; the mempool goes into the first that has room. */
  bakeMany(count: number): Block {
    for (let i = 0; i < count; i++) this.bake();
    return this.head;
  }

  /**
   * Leaves the last `n` blocks for others, made in later rounds. Listeners hear of the blocks that are better than what they knew.
   * Raises SandboxError "l1.sandbox.beyond_finality", OperationRefused.
   */
  reorg(n: number, options: ReorgOptions = {}): Block {
    return this.carryOut(this.planReorg(n, options));
  }

  /** The blocks of another branch, made but not yet on the chain. Raises as `reorg` does. */
  planReorg(n: number, options: ReorgOptions = {}): HeadChange {
    const previous = this.head;
    let at = this.#reorgBase(n, options);
    const given = (options.operations ?? []).map((bytes) => this.#read(bytes));
    const blocks: Block[] = [];
    while (blocks.length < (options.length ?? n) || !isBetter(at, previous)) {
      const replaced = this.#tree.atLevel(at.shell.level + 1);
      const isFirst = blocks.length === 0;
      const baked = this.#make(at, isFirst ? given : [], isFirst ? (replaced?.round ?? 0) + 1 : 0, undefined);
      if (isFirst) this.#refuseLeftOut(baked, given);
      at = baked.block;
      blocks.push(at);
    }
    return { previous, blocks, reinject: options.reinject !== false };
  }

  /** Puts planned blocks on the chain; gives the head. Raises SandboxError "l1.sandbox.stale_plan" when the head is another by now. */
  carryOut({ previous, blocks, reinject }: HeadChange): Block {
    if (this.head !== previous) throw new SandboxError("l1.sandbox.stale_plan", "the head has changed since");
    for (const block of blocks) this.#tree.add(block);
    const left: IncomingOperation[] = [];
    let known = previous;
    for (const block of blocks) {
      if (!isBetter(block, previous)) continue;
      for (const gone of this.#tree.setHead(block)) {
        if (reinject) left.push(...gone.operations.map(({ bytes }) => readOperation(bytes)));
      }
      this.#refreshMempool(left);
      this.#announce(block, known);
      known = block;
    }
    return this.head;
  }

  /**
   * Makes a block again that was made before, from what is kept of it, by the rules; it becomes the head if it is the better one. Signatures
   * are not checked once more. Raises ReplayError when not every byte comes out as it was.
   */
  replay(record: BlockRecord): Block {
    const predecessor = this.#tree.byHash(record.predecessor);
    if (predecessor === undefined) throw new ReplayError(record.level, "its predecessor is not there");
    const block = replayBlock(record, (timestamp, operations, protocolData) => {
      const incoming = operations.map((bytes) => this.#read(bytes));
      return this.#make(predecessor, incoming, record.round, timestamp, protocolData).block;
    });
    this.#tree.add(block);
    if (isBetter(block, this.head)) this.#tree.setHead(block);
    return block;
  }

  /** Makes a block that is there the head, without telling anybody. Raises SandboxError "l1.sandbox.unknown_block". */
  resetHead(id: BlockId): void {
    this.#tree.setHead(this.#require(id));
    this.#refreshMempool([]);
  }

  /** Calls `listener` with each new head; gives what ends that. Listeners must not raise. */
  onHead(listener: HeadListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #reorgBase(n: number, { beyondFinality, length }: ReorgOptions): Block {
    const base = Number.isSafeInteger(n) && n >= 1 ? this.#tree.ancestor(this.head, n) : undefined;
    if (base === undefined || base.shell.level < 1) {
      throw new SandboxError("l1.sandbox.bad_option", `cannot replace ${n} blocks of ${this.head.shell.level - 1}`);
    }
    if (beyondFinality !== true && base.shell.level < this.finalized.shell.level) {
      throw new SandboxError("l1.sandbox.beyond_finality", `block ${base.shell.level + 1} is final`);
    }
    if (length !== undefined && length < n) {
      throw new SandboxError("l1.sandbox.bad_option", `a branch of ${length} blocks cannot replace ${n}`);
    }
    return base;
  }

  #make(
    predecessor: Block,
    operations: readonly IncomingOperation[],
    round: number,
    at: bigint | undefined,
    protocolData?: Uint8Array,
  ): BakedBlock {
    const { minimalBlockDelay, delayIncrementPerRound } = predecessor.state.constants;
    const earliest = predecessor.shell.timestamp + minimalBlockDelay + BigInt(round) * delayIncrementPerRound;
    const timestamp = at ?? earliest;
    if (timestamp <= predecessor.shell.timestamp) {
      throw new SandboxError("l1.sandbox.bad_time", `time ${timestamp} is not after ${predecessor.shell.timestamp}`);
    }
    return bakeBlock({
      predecessor,
      timestamp,
      round,
      operations: operations.filter((incoming) => this.#isLive(incoming, predecessor)),
      isSignatureKnown: ({ hash }) => protocolData !== undefined || this.#signed.has(toHex(hash)),
      bakerKey: this.#bakerKey,
      ...(protocolData === undefined ? {} : { protocolData }),
      contracts: this.contracts,
      activates: this.#schedule.find(({ level }) => level === predecessor.shell.level + 1),
    });
  }

  /** Raises OperationRefused if an operation that had to be in a block is not. */
  #refuseLeftOut({ block, leftOut }: BakedBlock, given: readonly IncomingOperation[]): void {
    for (const incoming of given) {
      if (block.operations.some(({ hash }) => hashEquals(hash, incoming.hash))) continue;
      const found = leftOut.find((each) => each.incoming === incoming);
      if (found === undefined) throw branchRefused(incoming, this.liveBlocks(this.head).length);
      throw refused(found.error ?? new ProtocolError("gas_exhausted.block", {}), block.protocol);
    }
  }

  #announce(block: Block, previous: Block): void {
    for (const listener of [...this.#listeners]) listener(block, previous);
  }

  /** Other protocols for the levels to come. Raises SandboxError "l1.sandbox.bad_option". */
  reschedule(nextProtocols: readonly ScheduledProtocol[]): void {
    for (const { constants } of nextProtocols) if (constants !== undefined) checkUsable(constants);
    checkSchedule(nextProtocols);
    this.#schedule = nextProtocols;
  }

  // ---- Operations

  /**
   * Puts a signed operation into the mempool. Raises OperationRefused: bytes that are no operation, an unknown or too old
   * branch, any check of the protocol at validation, or another operation of the same source that pays as much.
   */
  inject(bytes: Uint8Array): OperationHash {
    const incoming = this.#read(bytes);
    if (this.#mempool.has(incoming.hash)) return incoming.hash;
    if (!this.#isLive(incoming, this.head)) throw branchRefused(incoming, this.liveBlocks(this.head).length);
    this.#mempool.add(incoming, this.#validate(incoming));
    return incoming.hash;
  }

  /** Operations in the mempool, in order of arrival. */
  pending(): readonly PendingOperation[] {
    return this.#mempool.operations().map(({ hash, bytes, operation }) => ({ hash, bytes, operation }));
  }

  /** What an operation would become; its signature and its branch are not looked at. Raises OperationRefused. */
  simulate(operation: Operation, options: SimulateOptions = {}): readonly ContentReceipt[] {
    const block = this.#require(options.block ?? this.head);
    const incoming = this.#supported(encodeIncoming(operation));
    const draft = this.#simulationDraft(block, options.successorLevel !== false);
    const context = { state: block.state, level: draft.level, blockGas: blockGas(block), mempool: true };
    return refusing(draft.protocol, () => {
      const group = validateGroup({ ...context, checkSignature: false }, incoming);
      return applyGroup(draft, incoming, group).receipts;
    });
  }

  /**
   * What operations would become on top of a block, one after the other. All of the protocol's checks are made; the branch, which is the
   * node's to check, is not looked at. Raises OperationRefused.
   */
  preapply(operations: readonly Operation[], options: PreapplyOptions = {}): readonly (readonly ContentReceipt[])[] {
    const block = this.#require(options.block ?? this.head);
    const draft = draftOn(block, this.contracts);
    const sources = new Map<ValidatedGroup["source"], OperationHash>();
    return operations.map((operation) => {
      const incoming = this.#supported(encodeIncoming(operation));
      const context = { state: block.state, level: draft.level, blockGas: blockGas(block), mempool: false };
      return refusing(draft.protocol, () => {
        const group = validateGroup({ ...context, checkSignature: true }, incoming);
        checkAlone(sources, group.source, incoming.hash);
        sources.set(group.source, incoming.hash);
        return applyGroup(draft, incoming, group).receipts;
      });
    });
  }

  #simulationDraft(block: Block, successorLevel: boolean): BlockDraft {
    if (successorLevel) return draftOn(block, this.contracts);
    const predecessor = this.predecessor(block) ?? block;
    return new BlockDraft({
      state: block.state,
      chainId: this.chainId,
      protocol: block.nextProtocol,
      level: block.shell.level,
      predecessor: predecessor.hash,
      predecessorTimestamp: predecessor.shell.timestamp,
      contracts: this.contracts,
    });
  }

  #read(bytes: Uint8Array): IncomingOperation {
    return this.#supported(readOperation(bytes));
  }

  /** Without a runtime, nothing can be done about contracts. */
  #supported(incoming: IncomingOperation): IncomingOperation {
    for (const { kind } of incoming.contents) {
      const needsRuntime = kind === "origination" || kind === "transfer_ticket";
      if (!isSupported(kind) || (needsRuntime && this.contracts === undefined)) throw unsupported(kind);
    }
    return incoming;
  }

  /** As the mempool does: on top of the head, without regard to other operations. */
  #validate(incoming: IncomingOperation): ValidatedGroup {
    const { head } = this;
    const context = { state: head.state, level: head.shell.level + 1, blockGas: blockGas(head), mempool: true };
    const key = toHex(incoming.hash);
    return refusing(head.nextProtocol, () => {
      const group = validateGroup({ ...context, checkSignature: !this.#signed.has(key) }, incoming);
      this.#signed.add(key);
      return group;
    });
  }

  /** After a change of head: what is not good on top of it goes; `back` are operations that are in no block any more. */
  #refreshMempool(back: readonly IncomingOperation[]): void {
    const { head } = this;
    const included = new Set(head.operations.map(({ hash }) => toHex(hash)));
    const waiting = [...back, ...this.#mempool.operations()];
    this.#mempool.clear();
    for (const hash of included) this.#signed.delete(hash);
    for (const incoming of waiting) {
      if (included.has(toHex(incoming.hash)) || !this.#isLive(incoming, head)) continue;
      try {
        this.#mempool.add(incoming, this.#validate(incoming));
      } catch (error) {
        if (!(error instanceof OperationRefused)) throw error;
        this.#signed.delete(toHex(incoming.hash));
      }
    }
  }

  // ---- Blocks

  /** Undefined when there is none. Blocks of branches that were left are found by their hash. */
  block(id: BlockId): Block | undefined {
    if (typeof id === "string") return this.#tree.find(id);
    if (typeof id === "number") return this.#tree.atLevel(id);
    return id instanceof Uint8Array ? this.#tree.byHash(id) : id;
  }

  #require(id: BlockId): Block {
    const block = this.block(id);
    if (block === undefined) throw new SandboxError("l1.sandbox.unknown_block", `no block ${String(id)}`);
    return block;
  }

  /** The block under another one. */
  predecessor(block: Block): Block | undefined {
    return this.#tree.predecessor(block);
  }

  /** Whether a block is on the branch of the head. */
  isMain(block: Block): boolean {
    return this.#tree.isMain(block);
  }

  /** Hashes from a block backwards, `length` of them at most, the block's own first. */
  ancestors(block: Block, length: number): BlockHash[] {
    const hashes: BlockHash[] = [];
    let at: Block | undefined = block;
    for (; hashes.length < length && at !== undefined; at = this.predecessor(at)) hashes.push(at.hash);
    return hashes;
  }

  /** Blocks that operations on top of a block may name as their branch: the block and those before it, as long as they live. */
  liveBlocks(block: Block): readonly BlockHash[] {
    return this.ancestors(block, block.state.constants.maxOperationsTimeToLive + 1);
  }

  #isLive({ operation }: IncomingOperation, head: Block): boolean {
    const branch = this.#tree.byHash(operation.branch);
    if (branch === undefined) return false;
    const age = head.shell.level - branch.shell.level;
    if (age < 0 || age > head.state.constants.maxOperationsTimeToLive) return false;
    return this.#tree.ancestor(head, age) === branch;
  }

  /** Protocols of the main branch with the blocks that activated them, oldest first. */
  protocols(): readonly ActivatedProtocol[] {
    const levels = [0, 1, ...this.#schedule.map(({ level }) => level)].sort((a, b) => a - b);
    return levels.flatMap((level) => {
      const activation = this.#tree.atLevel(level);
      if (activation === undefined) return [];
      return [{ protocol: activation.nextProtocol, protoLevel: activation.shell.protoLevel, activation }];
    });
  }

  /** Questions to the state after a block. */
  context(block: Block): ContextView {
    return new ContextView(block);
  }
}

function isBetter(block: Block, other: Block): boolean {
  return compareFitness(block.shell.fitness, other.shell.fitness) > 0;
}

function blockGas(block: Block): bigint {
  return block.state.constants.hardGasLimitPerBlock;
}

/** Constants that make sense, and ask for nothing that is not there. */
function checkUsable(constants: Constants): void {
  checkConstants(constants);
  if (constants.smartRollupArithPvmEnable || constants.smartRollupRiscvPvmEnable) {
    throw new SandboxError("l1.sandbox.bad_option", "only rollups of kind wasm_2_0_0 are supported");
  }
}
