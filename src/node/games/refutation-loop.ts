// The loop of the games (node.md §3.8, §3.10): at each head of layer 1, whatever the main loop does. While the node is degraded it also publishes,
// and injects what waits, so that commitments are defended.

import { setTimeout as delay } from "node:timers/promises";
import { encodeBase58Check } from "../../encoding/base58check.js";
import type { BlockHeader } from "../../l1/client/blocks.js";
import type { HeadFollower } from "../../l1/client/head-stream.js";
import type { Batcher } from "../batcher/batcher.js";
import { startsIn } from "../config/modes.js";
import { daemonEvents } from "../events/daemon-events.js";
import { refutationEvents } from "../events/refutation-events.js";
import { describeError } from "../events/trace.js";
import type { Injectors } from "../injectors.js";
import type { NodeContext } from "../node-context.js";
import { followProtocol, newProtocols } from "../stages/protocol-change.js";
import type { Publisher } from "../stages/publisher.js";
import { RefutationCoordinator } from "./coordinator.js";

export interface RefutationParts {
  readonly follower: HeadFollower;
  readonly injectors: Injectors;
  readonly publisher: Publisher;
  readonly batcher: Batcher | undefined;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

export class RefutationLoop {
  readonly coordinator: RefutationCoordinator;
  readonly #node: NodeContext;
  readonly #parts: RefutationParts;
  readonly #stop = new AbortController();
  readonly #listeners = new Set<(level: number) => void>();
  #lastLevel = 0;

  constructor(node: NodeContext, parts: RefutationParts) {
    this.#node = node;
    this.#parts = parts;
    this.coordinator = new RefutationCoordinator(node, parts.injectors, node.player);
  }

  /** Level of the last head that the games have taken in. */
  get lastLevel(): number {
    return this.#lastLevel;
  }

  /** Hears of every head that the games have taken in. */
  readonly onLevel = (listener: (level: number) => void): (() => void) => {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };

  stop(): void {
    this.#stop.abort();
    this.coordinator.stop();
  }

  async run(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      try {
        await this.#follow();
        return;
      } catch (error) {
        if (this.#stop.signal.aborted) return;
        await this.#retry(error);
      }
    }
  }

  async #follow(): Promise<void> {
    const heads = this.#parts.follower.heads();
    try {
      for (let next = heads.next(); ; ) {
        const head = await next;
        if (head.done === true || this.#stop.signal.aborted) return;
        next = heads.next();
        next.catch(() => undefined); // it is awaited in the next turn
        await this.#onHead(head.value, next);
      }
    } finally {
      // Not awaited: it waits for the head that has been asked for.
      void heads.return().catch(() => undefined);
    }
  }

  /** Waits for the players, but not beyond the next head: while one is at work, the others go on. */
  async #onHead(head: BlockHeader, next: Promise<unknown>): Promise<void> {
    const treated = this.#parts.now();
    if (this.#node.isDegraded) await this.#defend(head);
    await this.coordinator.onHead(head);
    await Promise.race([this.coordinator.settled(), next.catch(() => undefined)]);
    await this.#parts.injectors.inject("urgent");
    this.#lastLevel = head.level;
    for (const listener of this.#listeners) listener(head.level);
    this.#tellDone(head, treated);
  }

  /** Octez tells this before operations are injected; here, all that a head makes the games do has been done. */
  #tellDone({ hash, level }: BlockHeader, treated: number): void {
    const block = encodeBase58Check("blockHash", hash);
    const view = {
      json: { request: "process", block: { hash: block, level } },
      text: `[Refutation coordinator] Processing new L1 head ${block} at level ${level}`,
    };
    const status = { pushed: treated, treated, completed: this.#parts.now() };
    this.#node.emit(refutationEvents.coordinatorRequestCompleted({ view, worker_status: status }));
  }

  async #defend(head: BlockHeader): Promise<void> {
    const { emit, config } = this.#node;
    const { publisher, batcher, injectors } = this.#parts;
    emit(daemonEvents.daemonNewHeadDegraded(head));
    await this.#followProtocol(head);
    if (startsIn(config.mode, "publisher") && config.mode !== "bailout") await publisher.publish();
    await batcher?.onHead();
    await injectors.onHead(head);
  }

  async #followProtocol(head: BlockHeader): Promise<void> {
    const { client, store } = this.#node;
    const { hash, predecessor } = head;
    const [{ protocol }, before] = await Promise.all([
      client.block(hash).protocols(),
      client.block(predecessor).shellHeader(),
    ]);
    const block = { hash, header: head, protocol };
    const protocols = await newProtocols(this.#node, block, before);
    if (protocols.length > 0) await store.write({ protocols });
    await followProtocol(this.#node, block, before, false);
  }

  async #retry(error: unknown): Promise<void> {
    const { emit, config } = this.#node;
    const ms = config.loopRetryDelay * 1000;
    emit(daemonEvents.daemonError({ error: describeError(error) }));
    emit(daemonEvents.daemonRefutationLoopRetry({ delay: ms }));
    await delay(ms, undefined, { signal: this.#stop.signal }).catch(() => undefined);
  }
}
