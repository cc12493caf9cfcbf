// Moves the queue of injector-queue.ts: simulates its groups on the head of the chain, signs and injects those that will work,
// and tells it what is in the blocks. It is driven from outside: `onHead` for every new head, `inject` when it is time.
//
// Nothing is sent twice: what may have reached the node without its saying so, what the last process sent, and what a
// reorganisation took away is sent again byte for byte, which a chain takes once; only when the node refuses it, and no block
// has it, is a new operation made.

import { encodeBase58Check } from "../../encoding/base58check.js";
import type { JsonObject } from "../../encoding/json.js";
import { readPrintedError } from "../../protocol/errors.js";
import { hashEquals, type PublicKeyHash, type Signature } from "../../protocol/identifiers.js";
import { encodeOperation, encodeUnsigned, type Operation, operationHash } from "../../protocol/operation.js";
import type { OperationResult } from "../../protocol/operation-result.js";
import type { ContentReceipt } from "../../protocol/receipt.js";
import { blockHashText } from "./block-id.js";
import { MANAGER_PASS, readReceipts } from "./blocks.js";
import { draftBytes, type OperationBody } from "./drafts.js";
import { type InjectedOperation, injectOperations } from "./injection.js";
import { InjectionError } from "./injection-error.js";
import {
  type Group,
  type InjectorOperation,
  InjectorQueue,
  type OperationOutcome,
  type QueueEvent,
  type QueueRules,
} from "./injector-queue.js";
import type { L1Client } from "./l1-client.js";
import type { FeeParameters } from "./operation-limits.js";
import { failureTrace } from "./receipts.js";
import { type ChainPoint, Predecessors, type Reorganisation } from "./reorganisation.js";
import { safetyGuardOf } from "./rollup-injector-rules.js";
import { isL1RpcError, L1RpcError } from "./rpc-error.js";
import type { Signer } from "./wallet.js";

export type InjectorEvent =
  | QueueEvent
  | {
      readonly kind: "injected";
      readonly signer: PublicKeyHash;
      readonly hash: string;
      readonly ids: readonly string[];
    }
  /** A round for a key failed for a reason that is none of its operations'. */
  | { readonly kind: "round_failed"; readonly signer: PublicKeyHash; readonly error: unknown };

/** An operation of layer 1, and what it consists of. */
export interface SentOperation {
  readonly hash: string;
  readonly signer: PublicKeyHash;
  /** Of layer 1's head when it was made: from there its time to live counts. */
  readonly level: number;
  /** Signed. */
  readonly bytes: Uint8Array;
  /** Place of the first operation in it. */
  readonly firstIndex: number;
  readonly operations: readonly InjectorOperation[];
}

export interface InjectorOptions {
  readonly client: L1Client;
  readonly signers: readonly Signer[];
  readonly rules: QueueRules;
  /** What operations of a kind may cost. */
  readonly fees: (tag: string) => FeeParameters;
  readonly onEvent?: (event: InjectorEvent) => void;
  /** Awaited before an operation is sent: where it is kept for `resume`. Nothing is sent if it raises. */
  readonly beforeSending?: (operation: SentOperation) => Promise<void>;
}

/** Blocks for which the bytes of what was sent are kept, for reorganisations. */
export const SENT_RETENTION = 60;
/** Blocks before the head that operations branch from: none has one before. */
const BRANCH_DEPTH = 2;
/** The genesis block, and the one that activates the first protocol, have none. */
const FIRST_WITH_OPERATIONS = 2;
/** Blocks looked through for what the last process sent: more than an operation lives. */
const MAX_LOOK_BACK = 600;

/** Over longer gaps between heads nobody looks for blocks that went, only for operations that are awaited. */
const MAX_REORGANISATION = 120;

export class Injector {
  readonly queue: InjectorQueue;
  readonly #client: L1Client;
  readonly #signers: ReadonlyMap<PublicKeyHash, Signer>;
  readonly #fees: InjectorOptions["fees"];
  readonly #onEvent: (event: InjectorEvent) => void;
  readonly #predecessors: Predecessors;
  readonly #beforeSending: (operation: SentOperation) => Promise<void>;
  readonly #sent = new Map<string, SentOperation>();
  /** Hashes of what is to be sent once more unless it is in a block. */
  readonly #doubtful = new Set<string>();
  /** Level from which blocks have to be looked through: for what `resume` was told of, or over a gap between heads. */
  #lookBackFrom: number | undefined;
  #lastHead: ChainPoint | undefined;
  /** Those that go on. None raises. */
  readonly #rounds = new Set<Promise<number>>();

  constructor(options: InjectorOptions) {
    const { client, signers, rules, fees, onEvent = () => undefined, beforeSending = async () => undefined } = options;
    this.#beforeSending = beforeSending;
    this.#client = client;
    this.#signers = new Map(signers.map((signer) => [signer.hash, signer]));
    this.#fees = fees;
    this.#onEvent = onEvent;
    this.#predecessors = new Predecessors(client);
    this.queue = new InjectorQueue([...this.#signers.keys()], rules, onEvent);
  }

  /** Queues an operation. Raises EncodeError for one that has no encoding. */
  add(id: string, tag: string, body: OperationBody, order?: bigint): "added" | "known" | "full" {
    return this.queue.add(this.prepare(id, tag, body, order));
  }

  /** What the queue is to know of an operation. Raises EncodeError for one that has no encoding. */
  prepare(id: string, tag: string, body: OperationBody, order?: bigint): InjectorOperation {
    const [signer] = this.#signers.keys();
    if (signer === undefined) throw new Error("an injector needs a key");
    const draft = { body };
    const bytes = draftBytes(draft, signer);
    return { id, tag, draft, bytes, ...(order === undefined ? {} : { order }) };
  }

  /** Takes over what an earlier process has sent, before the first head. */
  resume(operation: SentOperation): void {
    const { hash, signer, level, firstIndex, operations } = operation;
    this.queue.injected({ signer, operations }, hash, level, firstIndex);
    this.#sent.set(hash, operation);
    this.#doubtful.add(hash);
    this.#haveToLookBack(level - BRANCH_DEPTH);
  }

  #haveToLookBack(level: number): void {
    this.#lookBackFrom = Math.max(FIRST_WITH_OPERATIONS, Math.min(this.#lookBackFrom ?? level, level));
  }

  // ---- The chain

  /** The chain has a new head. Raises L1RpcError. */
  async onHead(head: ChainPoint): Promise<void> {
    const { removed, added } = await this.#changes(head);
    for (const { hash } of removed) this.#blockGone(blockHashText(hash));
    // What waited in the node's pool may have been thrown out of it.
    if (removed.length > 0) for (const hash of this.queue.awaited) this.#doubtful.add(hash);
    await this.#lookBack(head);
    for (const block of added) await this.#takeIn(block);
    this.queue.headIs(head.level);
    this.#lastHead = head;
    const { awaited } = this.queue;
    for (const hash of this.#doubtful) {
      if (awaited.has(hash)) await this.#sendAgain(hash, head);
      else this.#doubtful.delete(hash);
    }
    for (const [hash, { level }] of this.#sent) {
      if (level < head.level - SENT_RETENTION && !awaited.has(hash)) this.#sent.delete(hash);
    }
  }

  #blockGone(block: string): void {
    this.queue.blockGone(block, (hash) => {
      const sent = this.#sent.get(hash);
      if (sent !== undefined) this.#doubtful.add(hash);
      return sent?.signer;
    });
  }

  /** Looks through the blocks in which the operations of an earlier process may be. */
  async #lookBack(head: ChainPoint): Promise<void> {
    const from = this.#lookBackFrom;
    if (from === undefined) return;
    if (from <= head.level && this.queue.awaited.size > 0) {
      const [hashes = []] = await this.#client.blocks(head.level - from + 1, [head.hash]);
      const points = hashes.map((hash, back) => ({ hash, level: head.level - back })).reverse();
      for (const point of points.slice(0, MAX_LOOK_BACK)) await this.#takeIn(point);
    }
    this.#lookBackFrom = undefined;
  }

  /** Sends the same bytes once more. What the node refuses, and no block has, waits for its turn again. */
  async #sendAgain(hash: string, head: ChainPoint): Promise<void> {
    const sent = this.#sent.get(hash);
    if (sent === undefined) return;
    const { signer, operations, bytes } = sent;
    try {
      await this.#client.inject(bytes);
      this.#doubtful.delete(hash);
      this.#onEvent({ kind: "injected", signer, hash, ids: operations.map(({ id }) => id) });
    } catch (error) {
      if (!isRefusal(error)) {
        this.#onEvent({ kind: "round_failed", signer, error });
        return;
      }
      // Behind another operation of its key, whose turn is first.
      if (isForLater(error)) return;
      // It may have got into a block that is yet to be looked at.
      if (!hashEquals(await this.#client.block().hash(), head.hash)) return;
      this.#doubtful.delete(hash);
      this.#sent.delete(hash);
      this.queue.refused(hash);
      this.queue.orphaned({ signer, operations });
    }
  }

  async #changes(head: ChainPoint): Promise<Reorganisation> {
    const onlyHead = { removed: [], added: [head] };
    const last = this.#lastHead;
    if (last === undefined) return onlyHead;
    if (head.level - last.level > MAX_REORGANISATION) {
      this.#haveToLookBack(last.level - BRANCH_DEPTH);
      return onlyHead;
    }
    try {
      return await this.#predecessors.reorganisation(last, head);
    } catch (error) {
      // The node has forgotten blocks on the way: better to miss some than to stand still.
      if (isL1RpcError(error, "l1.rpc.not_found") || isL1RpcError(error, "l1.rpc.gone")) return onlyHead;
      throw error;
    }
  }

  async #takeIn({ hash, level }: ChainPoint): Promise<void> {
    const { awaited } = this.queue;
    if (awaited.size === 0) return;
    const block = this.#client.block(hash);
    const hashes = (await block.operationHashesOf(MANAGER_PASS)).map((one) => encodeBase58Check("operationHash", one));
    if (!hashes.some((one) => awaited.has(one))) return;
    for (const operation of await block.operationsOf(MANAGER_PASS)) {
      const operationHash = encodeBase58Check("operationHash", operation.hash);
      if (!awaited.has(operationHash)) continue;
      this.queue.blockHas(blockHashText(hash), level, operationHash, readReceipts(operation.contents).map(outcomeOf));
    }
  }

  // ---- Injection

  /**
   * One round: a group for each key that is free; and where rounds go on already, another one after them, for what came when they had begun.
   * Gives the number of operations injected. Does not raise.
   */
  async inject(): Promise<number> {
    const others = [...this.#rounds];
    const injected = await this.#injectFree();
    if (others.length === 0) return injected;
    await Promise.all(others);
    return injected + (await this.#injectFree());
  }

  async #injectFree(): Promise<number> {
    const rounds = this.queue.takeGroups().map((group) => this.#round(group));
    for (const round of rounds) this.#rounds.add(round);
    const counts = await Promise.all(rounds);
    for (const round of rounds) this.#rounds.delete(round);
    return counts.reduce((sum, count) => sum + count, 0);
  }

  async #round(group: Group): Promise<number> {
    let current = group;
    try {
      const ready = await this.#simulate(group, (smaller) => {
        current = smaller;
      });
      if (ready === undefined) return 0;
      current = ready.group;
      return await this.#send(ready.group, ready.simulated);
    } catch (error) {
      this.#onEvent({ kind: "round_failed", signer: group.signer, error });
      // What the node says against the operation counts; trouble on the way to it does not.
      this.queue.release(current, error instanceof L1RpcError && error.trace.length > 0 ? error.trace : undefined);
      return 0;
    }
  }

  /** Simulates until all operations of the group would be applied; undefined when none is left. */
  async #simulate(
    group: Group,
    narrowed: (group: Group) => void,
  ): Promise<{ readonly group: Group; readonly simulated: InjectedOperation } | undefined> {
    let current = group;
    while (current.operations.length > 0) {
      const attempt = await this.#simulateOnce(current);
      if (attempt.kind === "too_large") {
        const half = this.queue.split(current);
        if (half === undefined) return this.#giveUp(current, attempt.errors);
        current = half;
      } else if (attempt.kind === "failed") {
        return this.#giveUp(current, attempt.errors);
      } else {
        const settled = this.queue.settle(current, attempt.outcomes);
        if (settled === current) return { group: current, simulated: attempt.simulated };
        current = settled;
      }
      narrowed(current);
    }
    return this.#giveUp(current);
  }

  #giveUp(group: Group, errors?: readonly JsonObject[]): undefined {
    this.queue.release(group, errors);
    return undefined;
  }

  async #simulateOnce({ signer, operations }: Group): Promise<Attempt> {
    const several = operations.length > 1;
    const tags = operations.map(({ tag }) => tag);
    const safetyGuard = safetyGuardOf(tags);
    try {
      const simulated = await injectOperations(
        this.#client,
        operations.map(({ draft }) => draft),
        {
          signer: this.#signer(signer),
          fees: joinFees(tags.map(this.#fees)),
          simulation: true,
          // To see which of them fails.
          force: several,
          successorLevel: true,
          ...(safetyGuard === undefined ? {} : { safetyGuard }),
        },
      );
      const receipts = simulated.revealsKey ? simulated.receipts.slice(1) : simulated.receipts;
      const errors = failureTrace(receipts);
      if (errors !== undefined && isQuota(errors)) return { kind: "too_large", errors };
      return { kind: "simulated", simulated, outcomes: receipts.map(outcomeOf) };
    } catch (error) {
      if (error instanceof InjectionError && FAILURES.has(error.code)) {
        return { kind: isQuota(error.trace) ? "too_large" : "failed", errors: error.trace };
      }
      if (error instanceof InjectionError || (error instanceof L1RpcError && error.trace.length > 0)) {
        return { kind: "failed", errors: error.trace.length > 0 ? error.trace : [asPrinted(error)] };
      }
      throw error;
    }
  }

  #signer(hash: PublicKeyHash): Signer {
    const signer = this.#signers.get(hash);
    if (signer === undefined) throw new Error(`no key for ${hash}`);
    return signer;
  }

  async #send(group: Group, { operation, revealsKey }: InjectedOperation): Promise<number> {
    const signature = (await this.#signer(group.signer).sign(encodeUnsigned(operation))).bytes as Signature;
    const signed: Operation = { ...operation, signature };
    const bytes = encodeOperation(signed);
    const hash = encodeBase58Check("operationHash", operationHash(bytes));
    const level = await this.#levelOf(operation);
    const sent: SentOperation = { ...group, hash, level, bytes, firstIndex: revealsKey ? 1 : 0 };
    await this.#beforeSending(sent);
    // Before it is sent: the block that has it may come before the answer.
    this.queue.injected(group, hash, level, sent.firstIndex);
    this.#sent.set(hash, sent);
    return this.#handOver(sent);
  }

  /** Level of the head that an operation was made on. What this injector was last told of may be long past: a node that catches up. */
  async #levelOf({ branch }: Operation): Promise<number> {
    return (await this.#client.block(branch).shellHeader()).level + BRANCH_DEPTH;
  }

  async #handOver({ signer, hash, operations, bytes }: SentOperation): Promise<number> {
    try {
      await this.#client.inject(bytes);
    } catch (error) {
      if (isRefusal(error)) {
        this.#sent.delete(hash);
        this.queue.refused(hash);
        throw error;
      }
      this.#doubtful.add(hash);
      this.#onEvent({ kind: "round_failed", signer, error });
      return 0;
    }
    this.#onEvent({ kind: "injected", signer, hash, ids: operations.map(({ id }) => id) });
    return operations.length;
  }
}

/** Whether the node has said that it does not take an operation. After other errors it may have it. */
function isRefusal(error: unknown): boolean {
  return error instanceof L1RpcError && (error.trace.length > 0 || REFUSALS.has(error.code));
}

/** Errors about another operation of the same key that is in the pool, or is to come first. */
const OF_THE_KEYS_OTHERS: ReadonlySet<string> = new Set([
  "contract.counter_in_the_future",
  "prevalidation.operation_conflict",
]);

/** Whether a refused operation may be taken later as it is. */
function isForLater(error: unknown): boolean {
  if (!(error instanceof L1RpcError) || error.trace.length === 0) return false;
  return error.trace.every((one) => OF_THE_KEYS_OTHERS.has(readPrintedError(one)?.id ?? ""));
}

const REFUSALS: ReadonlySet<string> = new Set(["l1.rpc.bad_request", "l1.rpc.forbidden", "l1.rpc.not_found"]);

/** The operation itself fails. */
const FAILURES: ReadonlySet<string> = new Set(["l1.injection.failed", "l1.injection.trial_failed"]);

type Attempt =
  | {
      readonly kind: "simulated";
      readonly simulated: InjectedOperation;
      readonly outcomes: readonly OperationOutcome[];
    }
  | { readonly kind: "too_large"; readonly errors: readonly JsonObject[] }
  | { readonly kind: "failed"; readonly errors: readonly JsonObject[] };

const QUOTA_IDS: ReadonlySet<string> = new Set(["gas_exhausted.operation", "gas_exhausted.block"]);

function isQuota(errors: readonly JsonObject[]): boolean {
  return errors.some(({ id }) => typeof id === "string" && QUOTA_IDS.has(id.replace(/^proto\.[^.]+\./, "")));
}

/** An error of ours among those of the chain: worth another try. */
function asPrinted(error: Error): JsonObject {
  return { kind: "temporary", id: "failure", msg: error.message };
}

/** What a receipt comes to. */
export function outcomeOf({ metadata }: ContentReceipt): OperationOutcome {
  const result: OperationResult<unknown> = metadata.operationResult;
  switch (result.status) {
    case "applied":
    case "skipped":
      return { status: result.status };
    case "failed":
      return { status: "failed", errors: result.errors as readonly JsonObject[] }; // objects: operation-result.ts reads no other
    case "backtracked":
      return result.errors === undefined
        ? { status: "backtracked" }
        : { status: "failed", errors: result.errors as readonly JsonObject[] };
  }
}

/** The highest rates, and all that may be spent. */
function joinFees(all: readonly FeeParameters[]): FeeParameters {
  const [first] = all;
  if (first === undefined) throw new Error("no operations, no fees");
  return all.slice(1).reduce(
    (sum, one) => ({
      minimalFees: sum.minimalFees > one.minimalFees ? sum.minimalFees : one.minimalFees,
      nanotezPerByte: larger(sum.nanotezPerByte, one.nanotezPerByte),
      nanotezPerGasUnit: larger(sum.nanotezPerGasUnit, one.nanotezPerGasUnit),
      forceLowFee: sum.forceLowFee || one.forceLowFee,
      feeCap: sum.feeCap + one.feeCap,
      burnCap: sum.burnCap + one.burnCap,
    }),
    first,
  );
}

function larger<T extends { readonly numerator: bigint; readonly denominator: bigint }>(a: T, b: T): T {
  return a.numerator * b.denominator >= b.numerator * a.denominator ? a : b;
}
