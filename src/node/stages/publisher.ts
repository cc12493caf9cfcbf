// Publishing and cementing (node.md §3.7; reference: publisher.ml): which commitments layer 1 should get now. Operations are queued again at
// every head; the injectors take each once.

import { encodeBase58Check } from "../../encoding/base58check.js";
import { type Commitment, commitmentHash } from "../../protocol/commitment.js";
import { type CommitmentHash, hashEquals } from "../../protocol/identifiers.js";
import { hashInbox } from "../../protocol/inbox.js";
import { commitmentEvents } from "../events/commitment-events.js";
import type { Injectors } from "../injectors.js";
import type { NodeContext } from "../node-context.js";
import { NodeError } from "../node-error.js";
import type { HashedCommitment } from "../store/store.js";
import { mostRecentCommitment } from "./commitment.js";

/** Blocks after the inbox level at which a commitment of unknown publication counts as published. */
const USUAL_PUBLICATION_DELAY = 3;
/** Commitments looked at in one go. */
const MAX_COMMITMENTS = 100_000;

export class Publisher {
  readonly #node: NodeContext;
  readonly #injectors: Injectors;
  /** Commitments whose inbox layer 1 has too. */
  readonly #checked = new Set<string>();
  #reportedDelayed = 0;

  constructor(node: NodeContext, injectors: Injectors) {
    this.#node = node;
    this.#injectors = injectors;
  }

  // ---- Publishing

  /** Raises NodeError when layer 1 has another inbox. */
  async publish(): Promise<void> {
    const missing = await this.#missing();
    for (const { hash, commitment } of missing) await this.#checkInbox(hash, commitment);
    for (const { hash, commitment } of missing) this.#enqueue(hash, commitment);
  }

  /** Publishes one commitment, against somebody else's. */
  async contradict(commitment: Commitment): Promise<void> {
    if (commitment.inboxLevel <= this.#node.lcc.level) return;
    const hash = commitmentHash(commitment);
    await this.#checkInbox(hash, commitment);
    this.#enqueue(hash, commitment);
  }

  #enqueue(hash: CommitmentHash, commitment: Commitment): void {
    const { emit, rollup } = this.#node;
    emit(commitmentEvents.publishCommitment({ hash, level: commitment.inboxLevel }));
    this.#injectors.add({ kind: "publish", rollup, commitment });
  }

  /** Oldest first. */
  async #missing(): Promise<readonly HashedCommitment[]> {
    const { store, genesis, lcc, lpc, protocol } = this.#node;
    const { finalizedLevel, head } = await store.state();
    const final = finalizedLevel && (await store.block(finalizedLevel.hash));
    if (final === undefined || head === undefined) return [];
    const { challengeWindow, maxLookahead } = protocol.constants.rollup;
    const stop = Math.max(lcc.level, lpc?.level ?? genesis.level);
    const found: HashedCommitment[] = [];
    const delayed: HashedCommitment[] = [];
    for (const one of await this.#chain(mostRecentCommitment(final), stop)) {
      const { inboxLevel } = one.commitment;
      const first = (await store.publication(one.hash))?.firstPublishedAt;
      const isPastCurfew = first !== undefined && head.level + 1 - first > challengeWindow;
      if (isPastCurfew || inboxLevel > final.level) continue;
      (inboxLevel <= lcc.level + maxLookahead ? found : delayed).push(one);
    }
    this.#reportDelayed(delayed);
    return found.reverse();
  }

  /** The commitments from one back to a level, which is left out. Newest first. */
  async #chain(from: CommitmentHash, level: number): Promise<HashedCommitment[]> {
    const found: HashedCommitment[] = [];
    let hash = from;
    for (let i = 0; i < MAX_COMMITMENTS; i++) {
      const commitment = await this.#node.store.commitment(hash);
      if (commitment === undefined || commitment.inboxLevel <= level) break;
      found.push({ hash, commitment });
      hash = commitment.predecessor;
    }
    return found;
  }

  #reportDelayed(delayed: readonly HashedCommitment[]): void {
    for (const { hash, commitment } of [...delayed].reverse()) {
      if (commitment.inboxLevel <= this.#reportedDelayed) continue;
      this.#reportedDelayed = commitment.inboxLevel;
      this.#node.emit(commitmentEvents.publishCommitmentDelayed({ hash, level: commitment.inboxLevel }));
    }
  }

  async #checkInbox(hash: CommitmentHash, { inboxLevel }: Commitment): Promise<void> {
    const key = encodeBase58Check("commitmentHash", hash);
    if (this.#checked.has(key)) return;
    const { store, client } = this.#node;
    const block = await store.blockAt(inboxLevel);
    // By its hash: layer 1 may be on another branch by now.
    const theirs = hashInbox(await client.block(block?.hash ?? inboxLevel).inbox());
    if (block === undefined || !hashEquals(block.inboxHash, theirs)) {
      const text = (inbox: Uint8Array): string => encodeBase58Check("inboxHash", inbox);
      const ours = block === undefined ? "none" : text(block.inboxHash);
      throw new NodeError(
        "internal.inconsistent_inbox",
        `Rollup internal error: the inbox of level ${inboxLevel} is ${ours} here and ${text(theirs)} on layer 1`,
        { layer1_inbox: text(theirs), inbox: ours },
      );
    }
    this.#checked.add(key);
  }

  // ---- Cementing

  async cement(): Promise<void> {
    const { rollup } = this.#node;
    for (const commitment of await this.#cementable()) this.#injectors.add({ kind: "cement", rollup, commitment });
  }

  /** Oldest first. */
  async #cementable(): Promise<readonly CommitmentHash[]> {
    const { store, lcc, protocol } = this.#node;
    const { head } = await store.state();
    const block = head && (await store.block(head.hash));
    if (block === undefined) return [];
    const { challengeWindow } = protocol.constants.rollup;
    const newest = await store.commitment(mostRecentCommitment(block));
    const bound = (newest?.inboxLevel ?? 0) - challengeWindow;
    if (bound <= lcc.level) return [];
    const boundBlock = await store.blockAt(bound);
    if (boundBlock === undefined) return [];
    const found: CommitmentHash[] = [];
    for (const { hash, commitment } of await this.#chain(mostRecentCommitment(boundBlock), lcc.level)) {
      const first =
        (await store.publication(hash))?.firstPublishedAt ?? commitment.inboxLevel + USUAL_PUBLICATION_DELAY;
      if (first + challengeWindow <= block.level) found.push(hash);
    }
    return found.reverse();
  }

  // ---- Bonds

  /** In a bailout: asks for the bond back when our operator stakes on nothing that is not cemented. */
  async recoverBond(): Promise<void> {
    const { config, operator, rollup, emit } = this.#node;
    if (config.mode !== "bailout" || operator === undefined) return;
    const staked = await this.#node.rollupAt().stakedOnCommitment(operator);
    if (staked !== undefined && staked.inboxLevel > this.#node.lcc.level) return;
    emit(commitmentEvents.recoverBond({ staker: operator }));
    this.#injectors.add({ kind: "recover", rollup, staker: operator });
  }
}
