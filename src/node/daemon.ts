// The main loop (node.md §3.3, §3.10; reference: rollup_node_daemon.ml): heads of layer 1 come in, the blocks between are processed one by one,
// then everything that goes out is queued and injected. What goes wrong either ends the node or puts it into degraded mode: it waits,
// and tries again.

import { setTimeout as delay } from "node:timers/promises";
import { before } from "../l1/client/block-id.js";
import type { Block, BlockHeader } from "../l1/client/blocks.js";
import type { HeadFollower } from "../l1/client/head-stream.js";
import { type ChainPoint, Predecessors } from "../l1/client/reorganisation.js";
import { hashEquals } from "../protocol/identifiers.js";
import type { Batcher } from "./batcher/batcher.js";
import { BlockFetcher, checkIdentity } from "./block-fetcher.js";
import { prefetchedBlocks } from "./config/configuration.js";
import { startsIn } from "./config/modes.js";
import { daemonEvents } from "./events/daemon-events.js";
import { describeError } from "./events/trace.js";
import { isFatal } from "./fatal-errors.js";
import type { Injectors } from "./injectors.js";
import type { NodeContext } from "./node-context.js";
import { NodeError } from "./node-error.js";
import { learnCommitmentPoints } from "./stages/commitment-points.js";
import { leftOver } from "./stages/left-over.js";
import { executeOutbox, executeWhitelistUpdate } from "./stages/outbox-execution.js";
import { type Circumstances, FINALITY, processBlock } from "./stages/process-block.js";
import type { Publisher } from "./stages/publisher.js";
import type { FollowUp } from "./stages/reactions.js";
import { checkWhitelist } from "./stages/whitelist-check.js";

export interface DaemonParts {
  readonly node: NodeContext;
  readonly follower: HeadFollower;
  readonly injectors: Injectors;
  readonly publisher: Publisher;
  readonly batcher: Batcher | undefined;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly processing?: Processing;
}

/** Runs the processing of a block while nothing else may look at the data directory (node.md §6.5). Raises what `work` does. */
export type Processing = <T>(work: () => Promise<T>, signal: AbortSignal) => Promise<T>;

export class Daemon {
  readonly #parts: DaemonParts;
  #predecessors: Predecessors;
  #fetcher: BlockFetcher;
  readonly #processing: Processing;
  readonly #stop = new AbortController();
  /** What blocks that are stored have left to do. */
  readonly #due: FollowUp[] = [];
  /** Whether an earlier process, or an attempt that failed, may have left something to do that nobody knows of. */
  #mayHaveLeft = true;
  #patient: NodeJS.Timeout | undefined;
  #progress: { processedLevel?: number; l1HeadLevel?: number } = {};
  readonly #syncListeners = new Set<(progress: Daemon["progress"]) => void>();

  constructor(parts: DaemonParts) {
    this.#parts = parts;
    this.#processing = parts.processing ?? ((work) => work());
    this.#predecessors = new Predecessors(parts.node.client);
    this.#fetcher = this.#newFetcher();
  }

  #newFetcher(): BlockFetcher {
    const { client, config } = this.#parts.node;
    return new BlockFetcher(client, prefetchedBlocks(config), config.l1BlocksCacheSize);
  }

  get progress(): { readonly processedLevel?: number; readonly l1HeadLevel?: number } {
    return { ...this.#progress };
  }

  readonly onSync = (listener: (progress: Daemon["progress"]) => void): (() => void) => {
    this.#syncListeners.add(listener);
    return () => void this.#syncListeners.delete(listener);
  };

  /** Ends the loop. */
  stop(): void {
    this.#stop.abort();
    clearTimeout(this.#patient);
  }

  /** Follows the chain until it is stopped. Raises what ends the node. */
  async run(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      try {
        await this.#follow();
        return;
      } catch (error) {
        if (this.#stop.signal.aborted) return;
        await this.#recover(error);
      }
    }
  }

  async #follow(): Promise<void> {
    for await (const head of this.#parts.follower.heads()) {
      if (this.#stop.signal.aborted) return;
      await this.onHead(head);
    }
  }

  /** Into degraded mode, or out of the loop. */
  async #recover(error: unknown): Promise<void> {
    const { node } = this.#parts;
    if (error instanceof NodeError && error.code === "sc_rollup.node.exiting_bailout_mode") {
      node.emit(daemonEvents.daemonExitBailoutMode());
    }
    if (await isFatal(node, error)) throw error;
    node.emit(daemonEvents.daemonError({ error: describeError(error) }));
    if (node.config.noDegraded) throw error;
    if (!node.isDegraded) node.emit(daemonEvents.daemonDegradedMode());
    node.isDegraded = true;
    this.#mayHaveLeft = true;
    // What layer 1 has said may be what is wrong.
    this.#predecessors = new Predecessors(node.client);
    this.#fetcher = this.#newFetcher();
    const ms = node.config.loopRetryDelay * 1000;
    node.emit(daemonEvents.daemonMainLoopRetry({ delay: ms }));
    await delay(ms, undefined, { signal: this.#stop.signal }).catch(() => undefined);
  }

  /** Takes in a head of layer 1, and does what is due. */
  async onHead(header: BlockHeader): Promise<void> {
    const { node } = this.#parts;
    this.#progress = { ...this.#progress, l1HeadLevel: header.level };
    if (!node.isDegraded) this.#predecessors.learn(header.hash, header.predecessor);
    const head = node.config.l1MonitorFinalized ? await this.#finalizedOf(header) : header;
    if (head === undefined || (await this.#isKnownAndBehind(head))) return;
    await this.#catchUp(head);
    if (this.#mayHaveLeft) this.#due.push(...(await leftOver(node)));
    this.#mayHaveLeft = false;
    for (let due = this.#due[0]; due !== undefined; due = this.#due[0]) {
      await this.#followUp(due);
      this.#due.shift();
    }
    await this.#goOut(head);
    const { processedLevel } = this.#progress;
    node.isDegraded = false;
    const levels = { number: 1, from: head.level, to: processedLevel ?? head.level };
    node.emit(daemonEvents.daemonLoopProcessFinished(levels));
    this.#schedulePatient(header);
  }

  async #finalizedOf({ hash, level }: BlockHeader): Promise<ChainPoint | undefined> {
    if (level <= FINALITY) return undefined;
    const final = await this.#parts.node.client.block(before(hash, FINALITY)).hash();
    return { hash: final, level: level - FINALITY };
  }

  async #isKnownAndBehind({ hash, level }: ChainPoint): Promise<boolean> {
    const { node } = this.#parts;
    const { head } = await node.store.state();
    if (head === undefined || level >= head.level) return false;
    const ours = await node.store.hashAt(level);
    if (ours === undefined || !hashEquals(ours, hash)) return false;
    node.emit(daemonEvents.daemonL1Behind({ l1_level: level, l2_level: head.level }));
    return true;
  }

  async #catchUp(to: ChainPoint): Promise<void> {
    const { node } = this.#parts;
    const { removed, added } = await this.#predecessors.reorganisation(await this.#startingPoint(), to);
    const lowestGone = removed.at(-1)?.level;
    if (removed.length > 0) {
      const from = removed[0]?.level ?? 0;
      node.emit(daemonEvents.daemonReorg({ number: removed.length, from, to: lowestGone ?? 0 }));
      // What was published or cemented in those blocks may not be any more.
      await learnCommitmentPoints(node);
    }
    if (added.length > 1) node.emit(daemonEvents.daemonCatchUp({ levels: added.length }));
    const levels = { number: added.length, from: added[0]?.level ?? to.level, to: to.level };
    node.emit(daemonEvents.daemonProcessingHeads(levels));
    for (const [i, point] of added.entries()) {
      if (this.#stop.signal.aborted) return;
      this.#fetcher.prefetch(added.slice(i));
      const circumstances: Circumstances = {
        catchingUp: point.level < to.level,
        ...(i === 0 && lowestGone !== undefined ? { goneFrom: lowestGone } : {}),
      };
      const { followUps: more } = await this.#processing(
        () => processBlock(node, point, (one) => this.#fetch(one), circumstances),
        this.#stop.signal,
      );
      this.#due.push(...more);
      this.#tellProgress(point.level);
    }
    // It was stored before, by a process or in an attempt that did not get to saying so.
    if (added.length === 0 && this.#progress.processedLevel !== to.level) this.#tellProgress(to.level);
    node.emit(daemonEvents.daemonNewHeadsProcessed(levels));
  }

  /** Raises NodeError for a block that is not what layer 1 has said of it. */
  async #fetch(point: ChainPoint): Promise<Block> {
    const block = await this.#fetcher.get(point);
    checkIdentity(block, point, await this.#predecessors.of(point.hash));
    return block;
  }

  #tellProgress(level: number): void {
    this.#progress = { ...this.#progress, processedLevel: level };
    for (const listener of this.#syncListeners) listener(this.progress);
  }

  /** The last block processed, or the one before the rollup's origination. */
  async #startingPoint(): Promise<ChainPoint> {
    const { node } = this.#parts;
    const { head } = await node.store.state();
    if (head !== undefined) {
      const block = await node.store.block(head.hash);
      if (block !== undefined) this.#predecessors.learn(block.hash, block.predecessor);
      return head;
    }
    const level = node.genesis.level - 1;
    return { hash: await node.client.block(level).hash(), level };
  }

  async #followUp(followUp: FollowUp): Promise<void> {
    const { node, publisher, injectors } = this.#parts;
    switch (followUp.kind) {
      case "contradict":
        await publisher.contradict(followUp.commitment);
        return;
      case "check_bond":
        await publisher.recoverBond();
        return;
      case "search_whitelist_update":
        await executeWhitelistUpdate(node, injectors, followUp.cemented, followUp.inboxLevel);
        return;
      case "check_whitelist":
        await checkWhitelist(node);
        return;
    }
  }

  /** Everything that goes out, in Octez's order. */
  async #goOut(head: ChainPoint): Promise<void> {
    const { node, publisher, injectors, batcher } = this.#parts;
    const { mode } = node.config;
    if (startsIn(mode, "publisher")) {
      if (mode !== "bailout") await publisher.publish();
      await publisher.cement();
    }
    await executeOutbox(node, injectors);
    await batcher?.onHead();
    await injectors.onHead(head);
    await injectors.inject("urgent");
  }

  /** Batches of messages wait for half of the time to the next block, so that more of them fit. */
  #schedulePatient({ timestamp }: BlockHeader): void {
    const { node, injectors, now } = this.#parts;
    const next = (Number(timestamp) + Number(node.protocol.constants.minimalBlockDelay)) * 1000;
    const wait = Math.max(0, (next - now()) / 2);
    clearTimeout(this.#patient);
    this.#patient = setTimeout(() => {
      injectors.inject("patient").catch((error: unknown) => {
        node.emit(daemonEvents.daemonError({ error: describeError(error) }));
      });
    }, wait);
  }
}
