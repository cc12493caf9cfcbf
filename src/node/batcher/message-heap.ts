// The messages that wait to be put into a batch (node.md §4.1): those with an order first, by it; then by arrival. A message whose id is
// there already takes the other's place if it would go earlier. Bounded.

import { PriorityQueue } from "../../l1/client/priority-queue.js";
import type { MessageId } from "./message-id.js";

export interface QueuedMessage {
  readonly id: MessageId;
  readonly content: Uint8Array;
  /** Counts all messages since the start: no two have the same. */
  readonly counter: bigint;
  /** Lower goes first; those without go last. */
  readonly order?: bigint;
}

export function compareMessages(a: QueuedMessage, b: QueuedMessage): number {
  if (a.order !== undefined && b.order !== undefined && a.order !== b.order) return a.order < b.order ? -1 : 1;
  if ((a.order === undefined) !== (b.order === undefined)) return a.order === undefined ? 1 : -1;
  return a.counter < b.counter ? -1 : a.counter > b.counter ? 1 : 0;
}

/** Messages that others replaced stay in the queue until there are this many more of them than of the rest. */
const SLACK = 1024;

export class MessageHeap {
  readonly #queue = new PriorityQueue<QueuedMessage>(compareMessages, ({ counter }) => counter.toString());
  readonly #waiting = new Map<MessageId, QueuedMessage>();

  constructor(readonly capacity: number) {}

  get size(): number {
    return this.#waiting.size;
  }

  get(id: MessageId): QueuedMessage | undefined {
    return this.#waiting.get(id);
  }

  /** False: there is no room. */
  insert(message: QueuedMessage): boolean {
    const same = this.#waiting.get(message.id);
    if (same !== undefined && compareMessages(same, message) <= 0) return true;
    if (same === undefined && this.#waiting.size >= this.capacity) return false;
    this.#waiting.set(message.id, message);
    this.#queue.push(message);
    if (this.#queue.size > 2 * this.#waiting.size + SLACK) this.#queue.remove((other) => !this.#isCurrent(other));
    return true;
  }

  #isCurrent(message: QueuedMessage): boolean {
    return this.#waiting.get(message.id) === message;
  }

  peek(): QueuedMessage | undefined {
    for (;;) {
      const first = this.#queue.peek();
      if (first === undefined || this.#isCurrent(first)) return first;
      this.#queue.pop();
    }
  }

  pop(): QueuedMessage | undefined {
    const first = this.peek();
    if (first === undefined) return undefined;
    this.#queue.pop();
    this.#waiting.delete(first.id);
    return first;
  }

  /** Forgets all that `matches`; gives how many. */
  remove(matches: (message: QueuedMessage) => boolean): number {
    const before = this.#waiting.size;
    for (const [id, message] of this.#waiting) if (matches(message)) this.#waiting.delete(id);
    this.#queue.remove((message) => !this.#isCurrent(message));
    return before - this.#waiting.size;
  }

  /** First to go first. */
  toSortedArray(): readonly QueuedMessage[] {
    return [...this.#waiting.values()].sort(compareMessages);
  }
}
