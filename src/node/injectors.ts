// The node's injectors (node.md §4.2): one for each set of keys, which takes the operations of all purposes that the set serves. Beside the
// queue of each (l1/client), here is who gets what, and what the operations are called.

import { Injector, type InjectorEvent, type SentOperation } from "../l1/client/injector.js";
import type { InjectorOperation } from "../l1/client/injector-queue.js";
import type { L1Client } from "../l1/client/l1-client.js";
import type { FeeParameters as ClientFees } from "../l1/client/operation-limits.js";
import type { ChainPoint } from "../l1/client/reorganisation.js";
import { ROLLUP_INJECTOR_RULES } from "../l1/client/rollup-injector-rules.js";
import type { Signer } from "../l1/client/wallet.js";
import { hashEquals, type PublicKeyHash } from "../protocol/identifiers.js";
import { type Configuration, feeParameterOf } from "./config/configuration.js";
import {
  canInject,
  isOperationKind,
  OPERATION_KINDS,
  type OperationKind,
  PURPOSE_NAMES,
  PURPOSES,
} from "./config/modes.js";
import { isUnique, type L1Operation, operationBody, operationId } from "./rpc/l1-operation.js";
import type { InjectionStatus, InjectorQueueView, InjectorsView, QueueRemoval } from "./rpc/node-view.js";

/** What an injector tells, and whose it is. */
export interface InjectorsEvent {
  readonly signers: readonly PublicKeyHash[];
  readonly tags: readonly OperationKind[];
  readonly event: InjectorEvent;
}

export interface InjectorsOptions {
  readonly client: L1Client;
  readonly config: Configuration;
  /** All keys that the configuration names. */
  readonly signers: ReadonlyMap<PublicKeyHash, Signer>;
  readonly onEvent?: (event: InjectorsEvent) => void;
  readonly persistence?: InjectorPersistence;
  /** The newest head that is known, whichever one somebody tells of. */
  readonly newestHead?: () => ChainPoint | undefined;
}

/** An operation of the node, by its name. */
export interface NamedOperation {
  readonly id: string;
  readonly operation: L1Operation;
  readonly order: bigint | undefined;
}

/** An operation of layer 1, and those of the node that it consists of. */
export interface SentToLayer1 extends Omit<SentOperation, "operations"> {
  readonly operations: readonly NamedOperation[];
}

/** Where operations wait for the next start of the node. */
export interface InjectorPersistence {
  /** It waits in a queue: for the first time, or again. */
  waiting(operation: NamedOperation): void;
  /** It is about to go to layer 1; what is not kept when this returns is not sent. */
  sending(sent: SentToLayer1): Promise<void>;
  /** An operation of layer 1 is in a block. */
  included(hash: string, level: number): void;
  /** It will not be tried again. */
  settled(id: string): void;
  headIs(level: number): void;
}

interface OneInjector {
  readonly tags: readonly OperationKind[];
  readonly signers: readonly PublicKeyHash[];
  readonly injector: Injector;
}

/** What an injector has to do. */
export interface InjectorLoad {
  /** In Octez's order. */
  readonly tags: readonly OperationKind[];
  readonly index: number;
  readonly signers: readonly PublicKeyHash[];
  /** Numbers of operations. */
  readonly sizes: { readonly pending: number; readonly injected: number; readonly included: number };
}

/** Operations remembered by their names. */
const MAX_REMEMBERED = 200_000;
/** Injectors of these kinds only may wait for more before they inject. */
const PATIENT: readonly OperationKind[] = ["add_messages", "publish_dal_commitment"];

export class Injectors implements InjectorsView {
  readonly #injectors: readonly OneInjector[];
  readonly #options: InjectorsOptions;
  readonly #operations = new Map<string, L1Operation>();
  #counter = 0n;
  /** Ends when those who have told of heads have had their turns. */
  #turn: Promise<void> = Promise.resolve();
  #lastHead: ChainPoint | undefined;

  constructor(options: InjectorsOptions) {
    this.#options = options;
    this.#injectors = groupsOf(options.config).map((group) => this.#make(group));
  }

  #make({ tags, keys }: KeyGroup): OneInjector {
    const { client, config, signers, onEvent } = this.#options;
    const group = keys.flatMap((key) => signers.get(key) ?? []);
    const { attempts, injectionTtl, retentionPeriod, maxBatchLength } = config.injector;
    const injector = new Injector({
      client,
      signers: group,
      rules: {
        ...ROLLUP_INJECTOR_RULES,
        attempts,
        injectionTtl,
        retentionPeriod,
        ...(maxBatchLength === undefined ? {} : { maxGroupLength: maxBatchLength }),
      },
      fees: (tag) => clientFees(config, tag),
      beforeSending: (sent) => this.#keepSent(sent),
      onEvent: (event) => {
        this.#note(event);
        onEvent?.({ signers: keys, tags, event });
      },
    });
    return { tags, signers: keys, injector };
  }

  #note(event: InjectorEvent): void {
    const { persistence } = this.#options;
    if (persistence === undefined) return;
    switch (event.kind) {
      case "included":
        if (event.ids.length > 0) persistence.included(event.hash, event.level);
        return;
      case "retried": {
        const operation = this.#named(event.operation);
        if (operation !== undefined) persistence.waiting(operation);
        return;
      }
      case "discarded":
      case "dropped":
      case "never_included":
        persistence.settled(event.operation.id);
    }
  }

  #named({ id, order }: InjectorOperation): NamedOperation | undefined {
    const operation = this.#operations.get(id);
    return operation === undefined ? undefined : { id, operation, order };
  }

  async #keepSent(sent: SentOperation): Promise<void> {
    const operations = sent.operations.flatMap((one) => this.#named(one) ?? []);
    await this.#options.persistence?.sending({ ...sent, operations });
  }

  /** Queues an operation; gives its name, also when it is queued already. Undefined when this node injects none of its kind. */
  add(operation: L1Operation, order?: bigint): string | undefined {
    if (!canInject(this.#options.config, operation.kind)) return undefined;
    const one = this.#injectors.find(({ tags }) => tags.includes(operation.kind));
    if (one === undefined) return undefined;
    const id = this.#newId(operation);
    const added = one.injector.add(id, operation.kind, operationBody(operation), order);
    if (added === "added") {
      this.#remember(id, operation);
      this.#options.persistence?.waiting({ id, operation, order });
    }
    return added === "full" ? undefined : id;
  }

  /** Not one of an earlier process, whose numbers began at nothing too. */
  #newId(operation: L1Operation): string {
    for (;;) {
      const id = operationId(operation, this.#counter++);
      if (isUnique(operation) || !this.#operations.has(id)) return id;
    }
  }

  // ---- After a restart

  /** Queues what waited in an earlier process, under its old name; false when this node injects none of its kind. */
  restore({ id, operation, order }: NamedOperation): boolean {
    if (!canInject(this.#options.config, operation.kind)) return false;
    const one = this.#injectors.find(({ tags }) => tags.includes(operation.kind));
    if (one === undefined || one.injector.add(id, operation.kind, operationBody(operation), order) !== "added")
      return false;
    this.#remember(id, operation);
    return true;
  }

  /** Takes over what an earlier process sent; false when no injector has its kind of operations any more. */
  resume({ operations, ...sent }: SentToLayer1): boolean {
    const kinds = operations.map(({ operation }) => operation.kind);
    const one =
      this.#injectors.find(
        ({ signers, tags }) => signers.includes(sent.signer) && kinds.every((kind) => tags.includes(kind)),
      ) ?? this.#injectors.find(({ tags }) => kinds.every((kind) => tags.includes(kind)));
    if (one === undefined) return false;
    const { injector } = one;
    const prepared = operations.map(({ id, operation, order }) =>
      injector.prepare(id, operation.kind, operationBody(operation), order),
    );
    for (const { id, operation } of operations) this.#remember(id, operation);
    injector.resume({ ...sent, operations: prepared });
    return true;
  }

  #remember(id: string, operation: L1Operation): void {
    this.#operations.set(id, operation);
    const [oldest] = this.#operations.keys();
    if (this.#operations.size > MAX_REMEMBERED && oldest !== undefined) this.#operations.delete(oldest);
  }

  /** The chain has a new head. Those who tell of one take turns; what comes late does not lead back to an older one. Raises L1RpcError. */
  onHead(head: ChainPoint): Promise<void> {
    const turn = this.#turn.then(() => this.#takeIn(this.#options.newestHead?.() ?? head));
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  async #takeIn(head: ChainPoint): Promise<void> {
    if (this.#lastHead !== undefined && hashEquals(this.#lastHead.hash, head.hash)) return;
    for (const { injector } of this.#injectors) await injector.onHead(head);
    this.#lastHead = head;
    this.#options.persistence?.headIs(head.level);
    this.#forget();
  }

  /** Forgets the oldest operations, as far as no queue knows them any more. */
  #forget(): void {
    for (const id of this.#operations.keys()) {
      if (this.#isKnown(id)) break;
      this.#operations.delete(id);
    }
  }

  /** One round of those that do not wait for more, or of all. Gives how many operations were injected. */
  async inject(which: "all" | "urgent" | "patient" = "all"): Promise<number> {
    let total = 0;
    for (const { injector, tags } of this.#injectors) {
      const isPatient = tags.every((tag) => PATIENT.includes(tag));
      if (which === "all" || isPatient === (which === "patient")) total += await injector.inject();
    }
    return total;
  }

  /** Names of workers, for `/health`. */
  get names(): readonly string[] {
    return this.#injectors.map(({ tags }) => `injector (${tags.join(", ")})`);
  }

  /** What each has to do: for metrics, which number them from the last one made. */
  load(): readonly InjectorLoad[] {
    return this.#injectors.map(({ tags, signers, injector }, i) => ({
      tags: OPERATION_KINDS.filter((kind) => tags.includes(kind)),
      index: this.#injectors.length - 1 - i,
      signers,
      sizes: injector.queue.sizes,
    }));
  }

  // ---- For the RPC

  status(id: string): InjectionStatus | undefined {
    const operation = this.#operations.get(id);
    if (operation === undefined) return undefined;
    for (const { injector } of this.#injectors) {
      const found = injector.queue.statusOf(id);
      if (found === undefined) continue;
      if (found.status === "injected") {
        return { status: "injected", operation, hash: found.hash, index: found.index };
      }
      if (found.status === "included") {
        const { hash, index, block, level } = found;
        return { status: "included", operation, hash, index, block, level };
      }
      return { status: "pending", operation };
    }
    return undefined;
  }

  queues(): readonly InjectorQueueView[] {
    return this.#injectors.map(({ tags, injector }) => ({
      tags,
      operations: injector.queue.pending().flatMap(({ id }) => {
        const operation = this.#operations.get(id);
        const status = injector.queue.statusOf(id);
        const errors = status?.status === "pending" ? status.failures : 0;
        return operation === undefined ? [] : [{ operation, errors }];
      }),
    }));
  }

  async clear(removal: QueueRemoval): Promise<void> {
    const known = [...this.#operations.keys()].filter((id) => this.#isKnown(id));
    this.#clear(removal);
    for (const id of known) if (!this.#isKnown(id)) this.#options.persistence?.settled(id);
  }

  #isKnown(id: string): boolean {
    return this.#injectors.some(({ injector }) => injector.queue.statusOf(id) !== undefined);
  }

  #clear({ tag, orderBelow, dropNoOrder }: QueueRemoval): void {
    for (const { tags, injector } of this.#injectors) {
      if (tag !== undefined && !tags.some((one) => one === tag)) continue;
      if (tag === undefined && orderBelow === undefined) {
        injector.queue.clear();
        continue;
      }
      const goes = ({ order }: InjectorOperation): boolean =>
        orderBelow === undefined || (order === undefined ? dropNoOrder : order < orderBelow);
      injector.queue.removePending(goes);
    }
  }
}

interface KeyGroup {
  readonly keys: readonly PublicKeyHash[];
  readonly tags: readonly OperationKind[];
}

/** Sets of keys, with the kinds of all purposes that they serve. */
function groupsOf({ operators }: Configuration): KeyGroup[] {
  const groups = new Map<string, { keys: readonly PublicKeyHash[]; tags: OperationKind[] }>();
  for (const purpose of PURPOSE_NAMES) {
    const served = operators[purpose];
    if (served === undefined) continue;
    const keys: readonly PublicKeyHash[] = typeof served === "string" ? [served] : served;
    const name = [...keys].sort().join(" ");
    const group = groups.get(name) ?? { keys, tags: [] };
    group.tags.push(...PURPOSES[purpose].kinds);
    groups.set(name, group);
  }
  return [...groups.values()];
}

function clientFees(config: Configuration, tag: string): ClientFees {
  if (!isOperationKind(tag)) throw new TypeError(`${tag} is no kind of operation`);
  return feeParameterOf(config, tag);
}
