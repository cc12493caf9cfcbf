// Services about this node: the commitments it knows, what it keeps, how far it is (node.md §5.3).

import type { Json } from "../../../encoding/json.js";
import { commitmentForm } from "../../../protocol/commitment.js";
import { type CommitmentHash, commitmentHashForm } from "../../../protocol/identifiers.js";
import { StreamAnswer } from "../answer.js";
import type { NodeView, SyncProgress } from "../node-view.js";
import { bool, described, int32, number, object, oneOf, oneOfTexts, titled } from "../schema.js";
import { COMMITMENT_WITH_LEVELS } from "../schemas/shared.js";
import { type Service, service } from "../service.js";
import { commitmentHashArgument } from "./arguments.js";

async function commitmentWithLevels({ store }: NodeView, hash: CommitmentHash): Promise<Json> {
  const commitment = await store.commitment(hash);
  if (commitment === undefined) return null;
  const { firstPublishedAt, publishedAt } = (await store.publication(hash)) ?? {};
  return {
    commitment: commitmentForm.toJson(commitment),
    hash: commitmentHashForm.toJson(hash),
    ...(firstPublishedAt === undefined ? {} : { first_published_at_level: firstPublishedAt }),
    ...(publishedAt === undefined ? {} : { published_at_level: publishedAt }),
  };
}

async function gcInfo(node: NodeView): Promise<Json> {
  const { firstAvailableLevel, lastGcLevel, lastContextSplitLevel, lastSuccessfulGcTarget } = await node.gcInfo();
  return {
    first_available_level: firstAvailableLevel,
    ...(lastGcLevel === undefined ? {} : { last_gc_level: lastGcLevel }),
    ...(lastContextSplitLevel === undefined ? {} : { last_context_split_level: lastContextSplitLevel }),
    ...(lastSuccessfulGcTarget === undefined ? {} : { last_successful_gc_target: lastSuccessfulGcTarget }),
  };
}

/** The node's progress from the level at which the stream starts. */
function synchronization(node: NodeView): StreamAnswer {
  return new StreamAnswer((sink) => {
    let start: number | undefined;
    let stop = (): void => undefined;
    const tell = ({ processedLevel, l1HeadLevel }: SyncProgress): void => {
      if (processedLevel === undefined || l1HeadLevel === undefined || processedLevel >= l1HeadLevel) {
        sink.send("synchronized");
        sink.end();
        stop();
        return;
      }
      start ??= processedLevel;
      const done = (100 * (processedLevel - start)) / (l1HeadLevel - start);
      sink.send({
        synchronizing: { processed_level: processedLevel, l1_head_level: l1HeadLevel, percentage_done: done },
      });
    };
    const unsubscribe = node.onSync(tell);
    let isStopped = false;
    stop = () => {
      if (!isStopped) unsubscribe();
      isStopped = true;
    };
    tell(node.sync());
    return stop;
  });
}

export const LOCAL_SERVICES: readonly Service[] = [
  service({
    method: "GET",
    path: ["local", "last_published_commitment"],
    description: "Last commitment published by the node",
    output: COMMITMENT_WITH_LEVELS,
    serve: async ({ node }) => {
      const lpc = node.lastPublished();
      return lpc === undefined ? null : commitmentWithLevels(node, lpc.hash);
    },
  }),
  service({
    method: "GET",
    path: ["local", "commitments", commitmentHashArgument],
    description: "Commitment computed and published by the node",
    output: COMMITMENT_WITH_LEVELS,
    serve: ({ node, args: [hash] }) => commitmentWithLevels(node, hash),
  }),
  service({
    method: "GET",
    path: ["local", "gc_info"],
    description: "Information about garbage collection",
    output: object({
      first_available_level: described(
        "First level where data is guaranteed to be available in the rollup node.",
        int32,
      ),
      "last_gc_level?": described("The level at which the last GC was triggered.", int32),
      "last_context_split_level?": described(
        "The level at which the context was split for the last time. Commits before this level are in other chunks.",
        int32,
      ),
      "last_successful_gc_target?": described("The level which was the target of the last successful GC.", int32),
    }),
    serve: ({ node }) => gcInfo(node),
  }),
  service({
    method: "GET",
    path: ["local", "synchronized"],
    description: "Wait for the node to have synchronized its L2 chain with the L1 chain, streaming its progress.",
    output: oneOf(
      titled("synchronized", oneOfTexts("synchronized")),
      titled(
        "synchronizing",
        object({
          synchronizing: object({ processed_level: int32, l1_head_level: int32, percentage_done: number }),
        }),
      ),
    ),
    serve: ({ node }) => synchronization(node),
  }),
  service({
    method: "GET",
    path: ["admin", "cancel_gc"],
    description: "Cancel any ongoing GC",
    output: bool,
    serve: ({ node }) => node.cancelGc(),
  }),
];
