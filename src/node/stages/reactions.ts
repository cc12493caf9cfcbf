// What the node makes of the operations of a block that concern its rollup (node.md §3.6; reference: process_included_l1_operation of
// rollup_node_daemon.ml): publications, cementations, ends of games, bonds, executed messages.

import { encodeBase58Check } from "../../encoding/base58check.js";
import { type Commitment, commitmentHash } from "../../protocol/commitment.js";
import type { GameStatus } from "../../protocol/game.js";
import { type CommitmentHash, hashEquals, type PublicKeyHash } from "../../protocol/identifiers.js";
import type { ManagerKind } from "../../protocol/manager-contents.js";
import { contentForm, type ManagerContent } from "../../protocol/operation-contents.js";
import { decodeOutputProof } from "../../protocol/output-proof.js";
import type { Applied, ContentReceipt } from "../../protocol/receipt.js";
import { wasmOutputReader } from "../../protocol/wasm-output.js";
import { type Mode, startsIn } from "../config/modes.js";
import { commitmentEvents } from "../events/commitment-events.js";
import { daemonEvents } from "../events/daemon-events.js";
import type { Described } from "../events/fields.js";
import { refutationEvents } from "../events/refutation-events.js";
import type { NodeContext } from "../node-context.js";
import { NodeError } from "../node-error.js";
import type { LevelDraft } from "./level-draft.js";

/** What has to be done about a block once it is processed. */
export type FollowUp =
  /** Somebody has published what we disagree with: ours, to be published against it. */
  | { readonly kind: "contradict"; readonly commitment: Commitment }
  | { readonly kind: "check_bond" }
  | { readonly kind: "search_whitelist_update"; readonly cemented: CommitmentHash; readonly inboxLevel: number }
  | { readonly kind: "check_whitelist" };

export interface Reaction {
  readonly node: NodeContext;
  readonly draft: LevelDraft;
  /** Level of the block. */
  readonly level: number;
  readonly followUps: FollowUp[];
}

/** `receipts`: of the manager operations of a block. Raises NodeError for what ends the node. */
export async function reactToReceipts(reaction: Reaction, receipts: readonly ContentReceipt[]): Promise<void> {
  for (const receipt of receipts) await reactTo(reaction, receipt);
}

async function reactTo(reaction: Reaction, receipt: ContentReceipt): Promise<void> {
  const { node } = reaction;
  const { content, metadata } = receipt;
  if (!("rollup" in content) || content.rollup !== node.rollup) return;
  const isOurs = node.isOurs(content.source);
  if (metadata.operationResult.status !== "applied") {
    if (!isOurs) return;
    const { status } = metadata.operationResult;
    const errors = "errors" in metadata.operationResult ? metadata.operationResult.errors : undefined;
    const error = errors === undefined ? null : { json: errors, text: JSON.stringify(errors) };
    node.emit(daemonEvents.daemonIncludedFailedOperation({ operation: describedContent(content), status, error }));
    return;
  }
  if (isOurs) node.emit(daemonEvents.daemonIncludedSuccessfulOperation({ operation: describedContent(content) }));
  await reactToApplied(reaction, receipt);
}

async function reactToApplied(reaction: Reaction, receipt: ContentReceipt): Promise<void> {
  const { content, metadata } = receipt;
  if (metadata.operationResult.status !== "applied") return;
  switch (content.kind) {
    case "smart_rollup_publish": {
      const { publishedAtLevel } = appliedOf<"smart_rollup_publish">(receipt);
      await published(reaction, content.source, content.commitment, publishedAtLevel);
      return;
    }
    case "smart_rollup_cement": {
      const { inboxLevel, commitmentHash: hash } = appliedOf<"smart_rollup_cement">(receipt);
      await cemented(reaction, hash, inboxLevel);
      return;
    }
    case "smart_rollup_refute": {
      const parties = [content.source, content.opponent] as const;
      gameMoved(reaction, parties, appliedOf<"smart_rollup_refute">(receipt).gameStatus);
      return;
    }
    case "smart_rollup_timeout": {
      const parties = [content.stakers.alice, content.stakers.bob] as const;
      gameMoved(reaction, parties, appliedOf<"smart_rollup_timeout">(receipt).gameStatus);
      return;
    }
    case "smart_rollup_recover_bond":
      bondRecovered(reaction, content.staker);
      return;
    case "smart_rollup_execute_outbox_message":
      executed(reaction, content.outputProof, appliedOf<"smart_rollup_execute_outbox_message">(receipt));
      return;
    default:
      return;
  }
}

/** What an applied content of a kind says; the caller has looked at both. */
function appliedOf<K extends ManagerKind>({ metadata }: ContentReceipt): Applied<K> {
  const { operationResult } = metadata;
  if (operationResult.status !== "applied") throw new TypeError("an operation that was not applied");
  return operationResult.applied as Applied<K>; // the content is of kind K
}

async function published(
  { node, draft, followUps }: Reaction,
  source: PublicKeyHash,
  commitment: Commitment,
  level: number,
): Promise<void> {
  const hash = commitmentHash(commitment);
  node.publishedLevel = Math.max(node.publishedLevel, commitment.inboxLevel);
  const known = draft.publications.get(hash) ?? (await draft.publication(node.store, hash));
  const firstPublishedAt = known?.firstPublishedAt ?? level;
  if (node.isOurs(source)) {
    draft.publications.set(hash, { firstPublishedAt, publishedAt: level });
    const { inboxLevel } = commitment;
    const last = draft.lpc ?? node.lpc;
    if (last === undefined || inboxLevel > last.level) draft.lpc = { hash, level: inboxLevel };
    node.emit(commitmentEvents.lpcUpdated({ hash, level: inboxLevel }));
    return;
  }
  if (known?.publishedAt === undefined) draft.publications.set(hash, { firstPublishedAt });
  else draft.publications.set(hash, { firstPublishedAt, publishedAt: known.publishedAt });
  await checkAgainstOurs(node, source, commitment, hash, followUps);
}

/** Somebody else's commitment on top of one that we have too, and not ours: a conflict, if we publish. */
async function checkAgainstOurs(
  node: NodeContext,
  source: PublicKeyHash,
  theirs: Commitment,
  theirHash: CommitmentHash,
  followUps: FollowUp[],
): Promise<void> {
  const block = await node.store.blockAt(theirs.inboxLevel);
  if (block?.commitmentHash === undefined || hashEquals(block.commitmentHash, theirHash)) return;
  const ours = await node.store.commitment(block.commitmentHash);
  if (ours === undefined || !hashEquals(ours.predecessor, theirs.predecessor)) return;
  const { mode, bailOnDisagree } = node.config;
  const detected = refutationEvents.potentialConflictDetected({
    our_commitment_hash: block.commitmentHash,
    level: theirs.inboxLevel,
    other: source,
    their_commitment_hash: theirHash,
  });
  if (mode === "accuser") {
    node.emit(detected);
    followUps.push({ kind: "contradict", commitment: ours });
  } else if (!publishes(mode)) {
    if (bailOnDisagree) {
      const text = `The node disagrees with commitment ${commitmentText(theirHash)} published by ${source}`;
      throw new NodeError("sc_rollup.node.disagree_with_commitment", text, { commitment: commitmentText(theirHash) });
    }
    node.emit(detected);
  }
}

function publishes(mode: Mode): boolean {
  return startsIn(mode, "publisher");
}

function commitmentText(hash: CommitmentHash): string {
  return encodeBase58Check("commitmentHash", hash);
}

async function cemented({ node, draft, followUps }: Reaction, hash: CommitmentHash, inboxLevel: number): Promise<void> {
  const block = await node.store.blockAt(inboxLevel);
  // A level that is below what the store keeps cannot be compared.
  if (block !== undefined && (block.commitmentHash === undefined || !hashEquals(block.commitmentHash, hash))) {
    const ours = block.commitmentHash === undefined ? "none" : commitmentText(block.commitmentHash);
    throw new NodeError(
      "internal.node_disagrees_with_cemented",
      `commitment ${commitmentText(hash)} was cemented for inbox level ${inboxLevel}, where the node has ${ours}`,
      { inbox_level: inboxLevel, commitment: commitmentText(hash), ours },
    );
  }
  if (inboxLevel > (draft.lcc ?? node.lcc).level) {
    draft.lcc = { hash, level: inboxLevel };
    node.emit(commitmentEvents.lccUpdated({ hash, level: inboxLevel }));
  }
  followUps.push({ kind: "check_bond" }, { kind: "search_whitelist_update", cemented: hash, inboxLevel });
}

/** Raises NodeError when a game of ours ends badly. */
function gameMoved({ node }: Reaction, parties: readonly PublicKeyHash[], status: GameStatus): void {
  if (status.kind === "ongoing" || !parties.some((party) => party === node.operator)) return;
  const { result } = status;
  const isLost = result.kind === "draw" || result.player === node.operator;
  if (!isLost) return;
  const reason = result.kind === "draw" ? "draw" : result.reason;
  throw new NodeError(
    "sc_rollup.node.lost_game",
    `the refutation game of ${parties.join(" and ")} was lost: ${reason}`,
    {
      loser: node.operator ?? "",
      reason,
    },
  );
}

function bondRecovered({ node }: Reaction, staker: PublicKeyHash): void {
  if (node.config.mode !== "bailout" || staker !== node.operator) return;
  throw new NodeError("sc_rollup.node.exiting_bailout_mode", "the bond has been recovered");
}

function executed(
  { node, draft, level, followUps }: Reaction,
  outputProof: Uint8Array,
  { whitelistUpdate }: Applied<"smart_rollup_execute_outbox_message">,
): void {
  const { output } = decodeOutputProof(wasmOutputReader, outputProof);
  draft.executed.push({ level: output.outboxLevel, index: Number(output.messageIndex), seenAt: level });
  if (whitelistUpdate === undefined) return;
  if (whitelistUpdate.kind === "public") {
    node.privateInfo = undefined;
    return;
  }
  const lastUpdate = { messageIndex: output.messageIndex, outboxLevel: output.outboxLevel };
  node.privateInfo = { lastUpdate, searchedLevel: Math.max(node.privateInfo?.searchedLevel ?? 0, output.outboxLevel) };
  followUps.push({ kind: "check_whitelist" });
}

/** Contents as events tell them. */
function describedContent(content: ManagerContent): Described {
  return { json: contentForm.toJson(content), text: content.kind };
}
