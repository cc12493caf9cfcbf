// The node's injectors (node.md §4.2): one for each set of keys, which takes the operations of all purposes that the set serves. Beside the
// queue of each (l1/client), here is who gets what, and what the operations are called.

import { Injector, type InjectorEvent } from "../l1/client/injector.js";
import type { InjectorOperation } from "../l1/client/injector-queue.js";
import type { L1Client } from "../l1/client/l1-client.js";
import type { FeeParameters as ClientFees } from "../l1/client/operation-limits.js";
import type { ChainPoint } from "../l1/client/reorganisation.js";
import { ROLLUP_INJECTOR_RULES } from "../l1/client/rollup-injector-rules.js";
import type { Signer } from "../l1/client/wallet.js";
import type { PublicKeyHash } from "../protocol/identifiers.js";
import { type Configuration, feeParameterOf } from "./config/configuration.js";
import { canInject, isOperationKind, type OperationKind, PURPOSE_NAMES, PURPOSES } from "./config/modes.js";
import { type L1Operation, operationBody, operationId } from "./rpc/l1-operation.js";
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
  /** Hears of operations that came into a queue, and of those that will not be tried again or are in a block. */
  readonly persistence?: InjectorPersistence;
}

/** Where operations wait for the next start of the node. */
export interface InjectorPersistence {
  added(id: string, operation: L1Operation, order: bigint | undefined): void;
  settled(id: string): void;
}

interface OneInjector {
  readonly tags: readonly OperationKind[];
  readonly signers: readonly PublicKeyHash[];
  readonly injector: Injector;
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
    if (event.kind === "included") for (const id of event.ids) persistence.settled(id);
    if (event.kind === "discarded" || event.kind === "dropped" || event.kind === "never_included") {
      persistence.settled(event.operation.id);
    }
  }

  /** Queues an operation; gives its name, also when it is queued already. Undefined when this node injects none of its kind. */
  add(operation: L1Operation, order?: bigint): string | undefined {
    if (!canInject(this.#options.config, operation.kind)) return undefined;
    const one = this.#injectors.find(({ tags }) => tags.includes(operation.kind));
    if (one === undefined) return undefined;
    const id = operationId(operation, this.#counter++);
    const added = one.injector.add(id, operation.kind, operationBody(operation), order);
    if (added === "added") {
      this.#remember(id, operation);
      this.#options.persistence?.added(id, operation, order);
    }
    return added === "full" ? undefined : id;
  }

  #remember(id: string, operation: L1Operation): void {
    this.#operations.set(id, operation);
    const [oldest] = this.#operations.keys();
    if (this.#operations.size > MAX_REMEMBERED && oldest !== undefined) this.#operations.delete(oldest);
  }

  /** The chain has a new head. Raises L1RpcError. */
  async onHead(head: ChainPoint): Promise<void> {
    for (const { injector } of this.#injectors) await injector.onHead(head);
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

  async clear({ tag, orderBelow, dropNoOrder }: QueueRemoval): Promise<void> {
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
