// The queue of operations that a rollup node wants on layer 1 (node.md §4.2), as a state machine without clock or network: what is
// waiting, what is in the node's pool, what is in a block; one operation at a time for each key. injector.ts moves it.
//
// Where the reference loses an operation that failed in a simulation (it has left the queue by then), it is put back here
// until it has failed too often, which is what its documentation says.

import type { JsonObject } from "../../encoding/json.js";
import type { PublicKeyHash } from "../../protocol/identifiers.js";
import type { Draft } from "./drafts.js";
import { PriorityQueue } from "./priority-queue.js";

/** An operation to be injected. */
export interface InjectorOperation {
  /** Operations with the same id are the same. */
  readonly id: string;
  /** Kind of operation, as rollup nodes name them: "publish", "add_messages", … */
  readonly tag: string;
  readonly draft: Draft;
  /** Most bytes it takes in a group. */
  readonly bytes: number;
  /** Lower goes first, among those of a kind; those without go last. */
  readonly order?: bigint;
}

/** What became of an operation in a simulation or a block. */
export type OperationOutcome =
  | { readonly status: "applied" }
  | { readonly status: "failed"; readonly errors: readonly JsonObject[] }
  | { readonly status: "backtracked" | "skipped" | "other_branch" | "never_included" };

export type Unsuccessful = Exclude<OperationOutcome, { status: "applied" }>;

export interface QueueRules {
  /** Lower goes first. */
  readonly priority: (tag: string) => number;
  /** Whether to try an unsuccessful operation again; `reason`: the operation of its group that failed. */
  readonly retries: (
    operation: InjectorOperation,
    outcome: Unsuccessful,
    reason: InjectorOperation | undefined,
  ) => boolean;
  /** Bytes of an operation, and of what every group has around its contents. */
  readonly maxGroupBytes: number;
  readonly groupOverheadBytes: number;
  readonly maxGroupLength?: number;
  /** Failures borne. */
  readonly attempts: number;
  /** Blocks after which an injected operation that is in none of them is given up. */
  readonly injectionTtl: number;
  /** Blocks on top of an operation that make it final. */
  readonly confirmations: number;
  /** Blocks for which an included operation is remembered after that. */
  readonly retentionPeriod: number;
  /** Most operations waiting. */
  readonly capacity: number;
}

/** Operations for one key. */
export interface Group {
  readonly signer: PublicKeyHash;
  readonly operations: readonly InjectorOperation[];
}

export type OperationStatus =
  | { readonly status: "pending"; readonly operation: InjectorOperation; readonly failures: number }
  | { readonly status: "injecting"; readonly operation: InjectorOperation }
  | {
      readonly status: "injected";
      readonly operation: InjectorOperation;
      readonly hash: string;
      readonly index: number;
    }
  | {
      readonly status: "included";
      readonly operation: InjectorOperation;
      readonly hash: string;
      readonly index: number;
      readonly block: string;
      readonly level: number;
    };

export type QueueEvent =
  | { readonly kind: "added" | "retried"; readonly operation: InjectorOperation }
  /** Will not be tried again. */
  | {
      readonly kind: "discarded" | "dropped";
      readonly operation: InjectorOperation;
      readonly errors: readonly JsonObject[];
    }
  | {
      readonly kind: "failed";
      readonly operation: InjectorOperation;
      readonly failures: number;
      readonly errors: readonly JsonObject[];
    }
  | { readonly kind: "split"; readonly from: number; readonly to: number }
  | {
      readonly kind: "included";
      /** Of the operation on layer 1. */
      readonly hash: string;
      readonly block: string;
      readonly level: number;
      readonly ids: readonly string[];
    }
  | { readonly kind: "reverted"; readonly ids: readonly string[] }
  | { readonly kind: "never_included"; readonly operation: InjectorOperation };

interface Injected {
  readonly signer: PublicKeyHash;
  readonly level: number;
  readonly operations: readonly { readonly operation: InjectorOperation; readonly index: number }[];
}

interface Included {
  readonly level: number;
  readonly operations: readonly {
    readonly operation: InjectorOperation;
    readonly hash: string;
    readonly index: number;
  }[];
}

export class InjectorQueue {
  readonly #rules: QueueRules;
  readonly #onEvent: (event: QueueEvent) => void;
  #signers: readonly PublicKeyHash[];
  readonly #pending: PriorityQueue<InjectorOperation>;
  readonly #failures = new Map<string, number>();
  /** Keys whose operations are being simulated and signed. */
  readonly #busy = new Set<PublicKeyHash>();
  /** Where operations are that have left the queue, by id. */
  readonly #elsewhere = new Map<string, Exclude<OperationStatus, { status: "pending" }>>();
  /** By the hash of the operation on layer 1. */
  readonly #injected = new Map<string, Injected>();
  /** By the hash of the block. */
  readonly #included = new Map<string, Included>();
  #headLevel: number | undefined;

  constructor(
    signers: readonly PublicKeyHash[],
    rules: QueueRules,
    onEvent: (event: QueueEvent) => void = () => undefined,
  ) {
    this.#signers = signers;
    this.#rules = rules;
    this.#onEvent = onEvent;
    this.#pending = new PriorityQueue(
      (a, b) => compareOperations(rules, a, b),
      (operation) => operation.id,
    );
  }

  // ---- In and out

  /** "known": the operation is waiting, on its way, or in a block that is not final yet. */
  add(operation: InjectorOperation): "added" | "known" | "full" {
    return this.#put(operation, "added");
  }

  #put(operation: InjectorOperation, kind: "added" | "retried"): "added" | "known" | "full" {
    if (this.#isKnown(operation.id)) return "known";
    if (this.#pending.size >= this.#rules.capacity) return "full";
    this.#pending.push(operation);
    this.#onEvent({ kind, operation });
    return "added";
  }

  #isKnown(id: string): boolean {
    const status = this.statusOf(id);
    if (status === undefined) return false;
    if (status.status !== "included") return true;
    return this.#headLevel !== undefined && this.#headLevel - status.level < this.#rules.confirmations;
  }

  statusOf(id: string): OperationStatus | undefined {
    const pending = this.#pending.get(id);
    if (pending !== undefined) return { status: "pending", operation: pending, failures: this.#failures.get(id) ?? 0 };
    return this.#elsewhere.get(id);
  }

  /** What waits, first to go first. */
  pending(): readonly InjectorOperation[] {
    return this.#pending.toSortedArray();
  }

  get sizes(): { readonly pending: number; readonly injected: number; readonly included: number } {
    const count = (groups: Iterable<{ readonly operations: readonly unknown[] }>) => {
      let total = 0;
      for (const { operations } of groups) total += operations.length;
      return total;
    };
    return {
      pending: this.#pending.size,
      injected: count(this.#injected.values()),
      included: count(this.#included.values()),
    };
  }

  /** Forgets the waiting operations that `matches`; gives how many. */
  removePending(matches: (operation: InjectorOperation) => boolean): number {
    const removed = this.#pending.remove(matches);
    for (const { id } of removed) this.#failures.delete(id);
    return removed.length;
  }

  /** Forgets everything but what is being injected this moment. */
  clear(): void {
    this.#pending.remove(() => true);
    this.#failures.clear();
    this.#injected.clear();
    this.#included.clear();
    for (const [id, { status }] of [...this.#elsewhere]) {
      if (status !== "injecting") this.#elsewhere.delete(id);
    }
  }

  // ---- Injection

  /** Keys with nothing on its way to a block, those unused for longest first. */
  availableSigners(): readonly PublicKeyHash[] {
    const busy = new Set(this.#busy);
    for (const { signer } of this.#injected.values()) busy.add(signer);
    return this.#signers.filter((signer) => !busy.has(signer));
  }

  /** Takes a group off the queue for each available key. Each must be given back by `injected` or `release`. */
  takeGroups(): readonly Group[] {
    const groups: Group[] = [];
    for (const signer of this.availableSigners()) {
      const operations = this.#takeGroup();
      if (operations.length === 0) break;
      this.#busy.add(signer);
      for (const operation of operations) this.#elsewhere.set(operation.id, { status: "injecting", operation });
      groups.push({ signer, operations });
    }
    const used = new Set(groups.map(({ signer }) => signer));
    this.#signers = [
      ...this.#signers.filter((signer) => !used.has(signer)),
      ...this.#signers.filter((signer) => used.has(signer)),
    ];
    return groups;
  }

  #takeGroup(): InjectorOperation[] {
    const { maxGroupBytes, groupOverheadBytes, maxGroupLength = Number.POSITIVE_INFINITY } = this.#rules;
    const operations: InjectorOperation[] = [];
    let bytes = groupOverheadBytes;
    for (;;) {
      const next = this.#pending.peek();
      if (next === undefined || operations.length >= maxGroupLength) return operations;
      // An operation that is too large on its own goes alone, to fail where its fault can be told.
      if (bytes + next.bytes > maxGroupBytes && operations.length > 0) return operations;
      this.#pending.pop();
      operations.push(next);
      bytes += next.bytes;
    }
  }

  /** Halves a group that needs too much gas; undefined when there is nothing to halve. The rest waits again. */
  split(group: Group): Group | undefined {
    const { signer, operations } = group;
    if (operations.length <= 1) return undefined;
    const kept = operations.slice(0, operations.length >> 1);
    this.#onEvent({ kind: "split", from: operations.length, to: kept.length });
    for (const operation of operations.slice(kept.length)) this.#return(operation);
    return { signer, operations: kept };
  }

  /**
   * Takes in what a simulation of a group says, one outcome an operation. Gives the group without those that failed: itself,
   * if none did.
   */
  settle(group: Group, outcomes: readonly OperationOutcome[]): Group {
    const failed = group.operations.filter((_, i) => outcomes[i]?.status === "failed");
    if (failed.length === 0) return group;
    const [reason] = failed;
    const kept: InjectorOperation[] = [];
    for (const [i, operation] of group.operations.entries()) {
      const outcome: OperationOutcome = outcomes[i] ?? { status: "skipped" };
      if (outcome.status === "failed") this.#fail(operation, outcome);
      else if (outcome.status === "applied" || this.#rules.retries(operation, outcome, reason)) kept.push(operation);
      else this.#elsewhere.delete(operation.id);
    }
    return { signer: group.signer, operations: kept };
  }

  /** A group is in the node's pool. `hash`: of the layer 1 operation; `firstIndex`: place of the first content in it. */
  injected(group: Group, hash: string, level: number, firstIndex = 0): void {
    this.#busy.delete(group.signer);
    const operations = group.operations.map((operation, i) => ({ operation, index: firstIndex + i }));
    for (const one of operations) this.#elsewhere.set(one.operation.id, { status: "injected", hash, ...one });
    this.#injected.set(hash, { signer: group.signer, level, operations });
  }

  /** An operation that was injected is not in the node's pool after all: its group is to be released. */
  refused(hash: string): void {
    this.#injected.delete(hash);
  }

  /** A group could not be injected. With errors, each operation counts a failure; all that may be tried again wait again. */
  release(group: Group, errors?: readonly JsonObject[]): void {
    this.#busy.delete(group.signer);
    for (const operation of group.operations) {
      if (errors === undefined) this.#return(operation);
      else this.#fail(operation, { status: "failed", errors });
    }
  }

  /** The block that an injected group branches from is gone: what may be tried again waits again. */
  orphaned({ operations }: Group): void {
    for (const operation of operations) this.#unsuccessful(operation, { status: "other_branch" });
  }

  /** Puts an operation that had left the queue back into it. */
  #return(operation: InjectorOperation): void {
    this.#elsewhere.delete(operation.id);
    this.#put(operation, "retried");
  }

  #fail(operation: InjectorOperation, outcome: Extract<Unsuccessful, { status: "failed" }>): void {
    this.#elsewhere.delete(operation.id);
    const failures = (this.#failures.get(operation.id) ?? 0) + 1;
    const { errors } = outcome;
    if (failures > this.#rules.attempts) {
      this.#failures.delete(operation.id);
      this.#onEvent({ kind: "discarded", operation, errors });
      return;
    }
    this.#onEvent({ kind: "failed", operation, failures, errors });
    if (!this.#rules.retries(operation, outcome, undefined)) {
      this.#failures.delete(operation.id);
      this.#onEvent({ kind: "dropped", operation, errors });
      return;
    }
    this.#failures.set(operation.id, failures);
    this.#put(operation, "retried");
  }

  // ---- The chain

  /** Hashes of layer 1 operations of ours that are in no block yet. */
  get awaited(): ReadonlySet<string> {
    return new Set(this.#injected.keys());
  }

  /** An awaited operation is in a block; `outcomes`: of all its contents. */
  blockHas(block: string, level: number, hash: string, outcomes: readonly OperationOutcome[]): void {
    const injected = this.#injected.get(hash);
    if (injected === undefined) return;
    this.#injected.delete(hash);
    const included: { operation: InjectorOperation; hash: string; index: number }[] = [];
    for (const { operation, index } of injected.operations) {
      const outcome = outcomes[index] ?? { status: "skipped" };
      if (outcome.status === "applied") {
        this.#failures.delete(operation.id);
        included.push({ operation, hash, index });
        this.#elsewhere.set(operation.id, { status: "included", operation, hash, index, block, level });
      } else {
        this.#unsuccessful(operation, outcome);
      }
    }
    const before = this.#included.get(block)?.operations ?? [];
    this.#included.set(block, { level, operations: [...before, ...included] });
    this.#onEvent({ kind: "included", hash, block, level, ids: included.map(({ operation }) => operation.id) });
  }

  #unsuccessful(operation: InjectorOperation, outcome: Unsuccessful): void {
    if (outcome.status === "failed") this.#fail(operation, outcome);
    else if (this.#rules.retries(operation, outcome, undefined)) this.#return(operation);
    else {
      this.#elsewhere.delete(operation.id);
      if (outcome.status !== "never_included") this.#onEvent({ kind: "dropped", operation, errors: [] });
    }
  }

  /**
   * A block is no more part of the chain. Its operations that `signerOf` knows are awaited again: layer 1 puts them back into its pool, or
   * whoever asks sends them once more. The others wait for their turn again.
   */
  blockGone(block: string, signerOf: (hash: string) => PublicKeyHash | undefined = () => undefined): void {
    const included = this.#included.get(block);
    if (included === undefined) return;
    this.#included.delete(block);
    this.#onEvent({ kind: "reverted", ids: included.operations.map(({ operation }) => operation.id) });
    for (const { operation, hash, index } of included.operations) {
      if (!this.#isIn(operation.id, block)) continue;
      const signer = signerOf(hash);
      if (signer === undefined) this.#unsuccessful(operation, { status: "other_branch" });
      else this.#awaitAgain(signer, hash, included.level, { operation, index });
    }
  }

  #awaitAgain(signer: PublicKeyHash, hash: string, level: number, one: Injected["operations"][number]): void {
    const before = this.#injected.get(hash)?.operations ?? [];
    this.#injected.set(hash, { signer, level, operations: [...before, one] });
    this.#elsewhere.set(one.operation.id, { status: "injected", hash, ...one });
  }

  /** The chain has a new head, whose blocks have been taken in: gives up what takes too long, forgets what is final. */
  headIs(level: number): void {
    this.#headLevel = level;
    const { injectionTtl, confirmations, retentionPeriod } = this.#rules;
    for (const [hash, injected] of [...this.#injected]) {
      if (level <= injected.level + injectionTtl) continue;
      this.#injected.delete(hash);
      for (const { operation } of injected.operations) {
        this.#onEvent({ kind: "never_included", operation });
        this.#unsuccessful(operation, { status: "never_included" });
      }
    }
    for (const [block, included] of [...this.#included]) {
      if (included.level > level - confirmations - retentionPeriod) continue;
      this.#included.delete(block);
      for (const { operation } of included.operations) {
        if (this.#isIn(operation.id, block)) this.#elsewhere.delete(operation.id);
      }
    }
  }

  /** Whether an operation is known to be in a block, and not, later, in another one. */
  #isIn(id: string, block: string): boolean {
    const status = this.#elsewhere.get(id);
    return status?.status === "included" && status.block === block;
  }
}

/** By kind, then by the order asked for. */
function compareOperations(rules: QueueRules, a: InjectorOperation, b: InjectorOperation): number {
  const byKind = rules.priority(a.tag) - rules.priority(b.tag);
  if (byKind !== 0) return byKind;
  if (a.order === b.order) return 0;
  if (a.order === undefined) return 1;
  return b.order === undefined || a.order < b.order ? -1 : 1;
}
