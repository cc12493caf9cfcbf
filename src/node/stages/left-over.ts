// What blocks that are stored may have left to do when a process died, or failed, before it had done it: found again in the store and on layer 1, and
// harmless when it has been done. Publishing, cementing, executing and playing need nothing of this: they begin anew at every head.

import { type Commitment, commitmentHash } from "../../protocol/commitment.js";
import { hashEquals } from "../../protocol/identifiers.js";
import type { NodeContext } from "../node-context.js";
import type { FollowUp } from "./reactions.js";

/** Raises L1RpcError, StoreError. */
export async function leftOver(node: NodeContext): Promise<readonly FollowUp[]> {
  const { config, lcc, privateInfo } = node;
  const due: FollowUp[] = [];
  if (config.mode === "accuser") {
    for (const commitment of await contradicted(node)) due.push({ kind: "contradict", commitment });
  }
  if (config.mode === "bailout") due.push({ kind: "check_bond" });
  if (privateInfo !== undefined) {
    due.push(
      { kind: "search_whitelist_update", cemented: lcc.hash, inboxLevel: lcc.level },
      { kind: "check_whitelist" },
    );
  }
  return due;
}

/** Commitments of ours above those that our operator stakes on, beside which somebody else's is on layer 1. By level. */
async function contradicted(node: NodeContext): Promise<Commitment[]> {
  const { store, lcc, lpc } = node;
  const { head } = await store.state();
  const found: Commitment[] = [];
  if (head === undefined) return found;
  for (const { hash, commitment } of await store.commitments(Math.max(lcc.level, lpc?.level ?? 0) + 1, head.level)) {
    const block = await store.blockAt(commitment.inboxLevel);
    const isOurs = block?.commitmentHash !== undefined && hashEquals(block.commitmentHash, hash);
    if (isOurs && (await isContradicted(node, commitment))) found.push(commitment);
  }
  return found;
}

/** Whether layer 1 has another commitment on top of the same one. */
async function isContradicted(node: NodeContext, ours: Commitment): Promise<boolean> {
  const rollup = node.rollupAt();
  for (const hash of await rollup.commitmentsAt(ours.inboxLevel)) {
    if (hashEquals(hash, commitmentHash(ours))) continue;
    if (hashEquals((await rollup.commitment(hash)).predecessor, ours.predecessor)) return true;
  }
  return false;
}
