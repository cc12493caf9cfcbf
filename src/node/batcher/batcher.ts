// The batcher (node.md §4.1): takes messages of layer 2, and puts them into operations of layer 1, as many as fit. It has neither clock nor
// network: the RPC server registers messages, the daemon tells of new heads, the injector behind `BatchInjector` takes operations.
//
// Where the reference loses the messages of a batch that the injector does not take, they wait for the next head here. A request whose
// messages do not all fit the queue is refused whole.

import { setImmediate } from "node:timers/promises";
import { BatcherError } from "./errors.js";
import { MessageHeap, type QueuedMessage } from "./message-heap.js";
import { type MessageId, messageId } from "./message-id.js";

/** Where batches go. */
export interface BatchInjector {
  /** Queues an `add_messages` operation; gives its id ("iop…"). Raises when it is not taken. */
  add(messages: readonly Uint8Array[], order: bigint | undefined): Promise<string>;
  /** Whether an operation is waiting, injected, or included and remembered. */
  knows(id: string): boolean;
}

export interface BatcherLimits {
  /** Messages that must wait for batches to be cut between heads. */
  readonly minBatchElements: number;
  readonly maxBatchElements: number;
  /** Bytes: of each message, and 4. PROTOCOL_MAX_BATCH_BYTES if absent. */
  readonly maxBatchSize?: number;
}

export type BatcherEvent =
  | { readonly name: "queue"; readonly messages: number }
  | { readonly name: "dropped_message"; readonly id: MessageId }
  /** Batches are about to be cut, and have been: how many, of how many messages, and how many messages wait on. */
  | { readonly name: "cutting" }
  | { readonly name: "cut"; readonly batches: number; readonly messages: number; readonly left: number }
  | { readonly name: "batched"; readonly batches: number; readonly messages: number; readonly left: number }
  | { readonly name: "not_taken"; readonly messages: number; readonly error: unknown };

export interface BatcherOptions {
  readonly limits: BatcherLimits;
  readonly injector: BatchInjector;
  readonly onEvent?: (event: BatcherEvent) => void;
  /** Most messages waiting, and most remembered after. 100 000. */
  readonly capacity?: number;
}

/** What is known of a message. */
export type MessageStatus =
  | { readonly status: "pending_batch"; readonly content: Uint8Array }
  /** `operation`: the injector's id for it. */
  | { readonly status: "batched"; readonly content: Uint8Array; readonly operation: string };

/** Most bytes of messages in an operation: what is left of 32 768 by an operation without, whose numbers are as long as they get. */
export const PROTOCOL_MAX_BATCH_BYTES = 32_607;
/** The protocol's limit, which is on the message with its tag: one byte less can be included. */
const MAX_MESSAGE_BYTES = 4096;
const LENGTH_BYTES = 4;
const CAPACITY = 100_000;
/** Messages whose ids are made at once: some milliseconds' worth. */
const NAMED_AT_ONCE = 512;

function sizeInBatch({ length }: Uint8Array): number {
  return LENGTH_BYTES + length;
}

interface Batch {
  readonly order: bigint | undefined;
  readonly messages: readonly QueuedMessage[];
}

export class Batcher {
  readonly #limits: BatcherLimits;
  readonly #injector: BatchInjector;
  readonly #onEvent: (event: BatcherEvent) => void;
  readonly #capacity: number;
  readonly #heap: MessageHeap;
  /** Oldest first. */
  readonly #batched = new Map<MessageId, { readonly content: Uint8Array; readonly operation: string }>();
  /** Messages that are in neither place while the injector is asked. */
  readonly #between = new Map<MessageId, QueuedMessage>();
  #counter = 0n;
  /** Requests are served one after the other. */
  #last: Promise<unknown> = Promise.resolve();

  /** Raises BatcherError for limits that the protocol does not allow. */
  constructor({ limits, injector, onEvent = () => undefined, capacity = CAPACITY }: BatcherOptions) {
    if (limits.maxBatchSize !== undefined && limits.maxBatchSize > PROTOCOL_MAX_BATCH_BYTES) {
      const most = `batcher.max_batch_size must be smaller than ${PROTOCOL_MAX_BATCH_BYTES}`;
      throw new BatcherError("node.batcher.bad_limits", most);
    }
    this.#limits = limits;
    this.#injector = injector;
    this.#onEvent = onEvent;
    this.#capacity = capacity;
    this.#heap = new MessageHeap(capacity);
  }

  get #maxBatchSize(): number {
    return this.#limits.maxBatchSize ?? PROTOCOL_MAX_BATCH_BYTES;
  }

  /** Messages waiting. */
  get size(): number {
    return this.#heap.size;
  }

  // ---- Requests

  /**
   * Takes messages; gives their ids. `dropDuplicates`: messages of the same content are the same, and those that are on their way
   * already are not taken again. Raises BatcherError, and then none is taken.
   */
  register(
    contents: readonly Uint8Array[],
    { order, dropDuplicates = false }: { readonly order?: bigint; readonly dropDuplicates?: boolean } = {},
  ): Promise<readonly MessageId[]> {
    return this.#queued(async () => {
      const messages = await this.#make(contents, order, !dropDuplicates);
      this.#onEvent({ name: "queue", messages: messages.length });
      this.#insert(messages, dropDuplicates);
      await this.#cut(true);
      return messages.map(({ id }) => id);
    });
  }

  /** Layer 1 has a new head: all that waits is put into batches. */
  onHead(): Promise<void> {
    return this.#queued(() => this.#cut(false));
  }

  /** Forgets all messages, those in batches too; operations stay with the injector. */
  clear(): Promise<void> {
    return this.#queued(async () => {
      this.#heap.remove(() => true);
      this.#batched.clear();
    });
  }

  /** Forgets waiting messages of at most an order; `dropNoOrder`: those without one too. */
  removeUpTo(order: bigint, dropNoOrder: boolean): Promise<void> {
    return this.#queued(async () => {
      this.#heap.remove((message) => (message.order === undefined ? dropNoOrder : message.order <= order));
    });
  }

  #queued<T>(run: () => Promise<T>): Promise<T> {
    const result = this.#last.then(run);
    this.#last = result.catch(() => undefined);
    return result;
  }

  // ---- Answers

  /** Undefined for a message that was never here, or is forgotten. */
  statusOf(id: MessageId): MessageStatus | undefined {
    const waiting = this.#heap.get(id) ?? this.#between.get(id);
    if (waiting !== undefined) return { status: "pending_batch", content: waiting.content };
    const batched = this.#batched.get(id);
    return batched === undefined ? undefined : { status: "batched", ...batched };
  }

  /** What waits, first to go first. */
  queue(): readonly QueuedMessage[] {
    return this.#heap.toSortedArray();
  }

  // ---- Work

  async #make(
    contents: readonly Uint8Array[],
    order: bigint | undefined,
    isUnique: boolean,
  ): Promise<readonly QueuedMessage[]> {
    const maxSize = Math.min(MAX_MESSAGE_BYTES + LENGTH_BYTES, this.#maxBatchSize);
    const messages: QueuedMessage[] = [];
    for (const [i, content] of contents.entries()) {
      // A request may bring very many: others have their turns in between.
      if (i > 0 && i % NAMED_AT_ONCE === 0) await setImmediate();
      if (sizeInBatch(content) > maxSize) {
        const message = `Message ${i} is too large (max size is ${maxSize})`;
        throw new BatcherError("node.batcher.message_too_large", message, i);
      }
      const counter = this.#counter++;
      const id = messageId(content, isUnique ? counter : undefined);
      messages.push({ id, content, counter, ...(order === undefined ? {} : { order }) });
    }
    return messages;
  }

  #insert(messages: readonly QueuedMessage[], dropDuplicates: boolean): void {
    const taken = dropDuplicates ? messages.filter(({ id }) => !this.#isOnItsWay(id)) : messages;
    const added = new Set(taken.map(({ id }) => id).filter((id) => this.#heap.get(id) === undefined));
    if (this.#heap.size + added.size > this.#capacity) {
      throw new BatcherError("node.batcher.full", "no space left in heap");
    }
    for (const message of taken) this.#heap.insert(message);
  }

  /** Whether a message is in a batch that the injector still knows. */
  #isOnItsWay(id: MessageId): boolean {
    const batched = this.#batched.get(id);
    if (batched === undefined || !this.#injector.knows(batched.operation)) return false;
    this.#onEvent({ name: "dropped_message", id });
    return true;
  }

  /** Puts messages into batches, and these into operations. `isBetweenHeads`: only as long as there are many. */
  async #cut(isBetweenHeads: boolean): Promise<void> {
    this.#onEvent({ name: "cutting" });
    const batches: Batch[] = [];
    while (this.#heap.size > 0 && !(isBetweenHeads && this.#heap.size < this.#limits.minBatchElements)) {
      batches.push(this.#nextBatch());
    }
    const cut = batches.flatMap((batch) => batch.messages);
    this.#onEvent({ name: "cut", batches: batches.length, messages: cut.length, left: this.#heap.size });
    if (batches.length === 0) return;
    for (const message of cut) this.#between.set(message.id, message);
    const taken = await this.#injectAll(batches);
    this.#between.clear();
    if (taken.batches > 0) this.#onEvent({ name: "batched", ...taken, left: this.#heap.size });
  }

  /** Gives the operations up to the first that is not taken; the messages of that one and of those after it wait again. */
  async #injectAll(batches: readonly Batch[]): Promise<{ readonly batches: number; readonly messages: number }> {
    let messages = 0;
    for (const [i, batch] of batches.entries()) {
      try {
        await this.#inject(batch);
      } catch (error) {
        const left = batches.slice(i).flatMap((one) => one.messages);
        for (const message of left) this.#heap.insert(message);
        this.#onEvent({ name: "not_taken", messages: left.length, error });
        return { batches: i, messages };
      }
      messages += batch.messages.length;
    }
    return { batches: batches.length, messages };
  }

  /** The heap has messages. Each of them fits a batch. */
  #nextBatch(): Batch {
    const messages: QueuedMessage[] = [];
    let size = 0;
    for (;;) {
      const next = this.#heap.peek();
      if (next === undefined) break;
      size += sizeInBatch(next.content);
      const isFull = size > this.#maxBatchSize || messages.length >= this.#limits.maxBatchElements;
      if (isFull && messages.length > 0) break;
      this.#heap.pop();
      messages.push(next);
    }
    return { order: messages[0]?.order, messages };
  }

  async #inject({ order, messages }: Batch): Promise<void> {
    const contents = messages.map(({ content }) => content);
    const operation = await this.#injector.add(contents, order);
    for (const { id, content } of messages) {
      this.#batched.delete(id);
      this.#batched.set(id, { content, operation });
    }
    for (const id of this.#batched.keys()) {
      if (this.#batched.size <= this.#capacity) break;
      this.#batched.delete(id);
    }
  }
}
