// How a rollup node's injector deals with its kinds of operations (node.md §4.2): which go first, which are tried again, which
// get more gas than simulation says.

import type { JsonObject } from "../../encoding/json.js";
import { readPrintedError } from "../../protocol/errors.js";
import type { InjectorOperation, QueueRules, Unsuccessful } from "./injector-queue.js";

/** Kinds of operations, by the names that rollup nodes have for them, with their rank: lower goes first. */
export const ROLLUP_OPERATION_RANKS = {
  timeout: 0,
  refute: 1,
  cement: 2,
  publish: 3,
  publish_dal_commitment: 3,
  recover: 4,
  add_messages: 5,
  execute_outbox_message: 6,
} as const;

export type RollupOperationTag = keyof typeof ROLLUP_OPERATION_RANKS;

const LAST_RANK = 7;

/** Operations that their makers queue again by themselves as long as they make sense. */
const REMADE: ReadonlySet<string> = new Set(["cement", "publish", "execute_outbox_message"]);

function retries(operation: InjectorOperation, outcome: Unsuccessful, reason: InjectorOperation | undefined): boolean {
  switch (outcome.status) {
    case "backtracked":
      return true;
    case "other_branch":
      // Not as in Octez: a commitment of the branch that went may be one that the node disagrees with by now.
      return !REMADE.has(operation.tag);
    case "skipped":
      // A cementing after one that failed would fail too.
      return !(operation.tag === "cement" && reason?.tag === "cement");
    case "failed":
      return !REMADE.has(operation.tag) && mayPass(outcome.errors);
    case "never_included":
      return false;
  }
}

/** Whether errors may go away with time, or on another branch. */
export function mayPass(errors: readonly JsonObject[]): boolean {
  return errors.every((error) => {
    const category = readPrintedError(error)?.category;
    return category === "temporary" || category === "branch";
  });
}

/** Gas added to what simulation says; undefined for the usual amount. Publications and games meet more than it saw. */
export function safetyGuardOf(tags: readonly string[]): bigint | undefined {
  const careful = tags.some((tag) => tag === "publish" || tag === "timeout" || tag === "refute");
  return careful ? 300n : undefined;
}

const BRANCH_AND_SIGNATURE_BYTES = 32 + 64;

/** The rules, with the node's usual figures. */
export const ROLLUP_INJECTOR_RULES: QueueRules = {
  priority: (tag) => (ROLLUP_OPERATION_RANKS as Readonly<Record<string, number>>)[tag] ?? LAST_RANK,
  retries,
  maxGroupBytes: 32_768,
  groupOverheadBytes: BRANCH_AND_SIGNATURE_BYTES,
  attempts: 10,
  injectionTtl: 120,
  confirmations: 2,
  retentionPeriod: 2048,
  capacity: 50_000,
};
