// Services at the root: whether the node is there and well, what it is, and what it takes (node.md §5.3). `/openapi` and `/describe` are made of
// the table of all services: description-services.ts.

import type { Json } from "../../../encoding/json.js";
import { blockHashForm } from "../../../protocol/identifiers.js";
import { formatTimestamp } from "../../../protocol/timestamp.js";
import type { HealthFacts, NodeView } from "../node-view.js";
import { anything, arrayOf, bool, int31, int32, number, object, oneOf, oneOfTexts, ref, titled } from "../schema.js";
import { CONFIGURATION } from "../schemas/configuration.js";
import { BLOCK_HASH, INT64, PROTOCOL_TIME, TEXT } from "../schemas/shared.js";
import { type Service, service } from "../service.js";
import { heapStatistics, memoryStatistics } from "./runtime-statistics.js";

const HEALTH = object({
  healthy: bool,
  degraded: bool,
  l1: object({
    connection: oneOfTexts("connected", "reconnecting", "disconnected"),
    blocks_late: int32,
    "last_seen_head?": object({ hash: BLOCK_HASH, level: int32, timestamp: PROTOCOL_TIME }),
  }),
  active_workers: arrayOf(
    arrayOf(
      oneOf(
        TEXT,
        oneOf(titled("running", oneOfTexts("running")), titled("crashed", object({ crashed: ref("exception") }))),
      ),
    ),
  ),
});

const HEAP = object({
  minor_words: number,
  promoted_words: number,
  major_words: number,
  minor_collections: int31,
  major_collections: int31,
  forced_major_collections: int31,
  heap_words: int31,
  heap_chunks: int31,
  live_words: int31,
  live_blocks: int31,
  free_words: int31,
  free_blocks: int31,
  largest_free: int31,
  fragments: int31,
  compactions: int31,
  top_heap_words: int31,
  stack_size: int31,
});

const MEMORY = oneOf(
  titled(
    "Linux_proc_statm",
    object({
      page_size: int31,
      size: INT64,
      resident: INT64,
      shared: INT64,
      text: INT64,
      lib: INT64,
      data: INT64,
      dt: INT64,
    }),
  ),
  titled("Darwin_ps", object({ page_size: int31, mem: number, resident: INT64 })),
);

/** Seconds after which the newest head of layer 1 is old. */
const OLD_HEAD_SECONDS = 60;
const MAX_BLOCKS_LATE = { heads: 1, finalized: 3 };

export function healthJson(facts: HealthFacts, processedLevel: number | undefined, nowMs: number): Json {
  const { degraded, connection, l1Head, workers } = facts;
  const blocksLate = l1Head === undefined || processedLevel === undefined ? 0 : l1Head.level - processedLevel;
  const maxLate = facts.followsFinalized ? MAX_BLOCKS_LATE.finalized : MAX_BLOCKS_LATE.heads;
  const isL1Late = l1Head === undefined || Math.floor(nowMs / 1000) - Number(l1Head.timestamp) > OLD_HEAD_SECONDS;
  const allRun = workers.every(({ crashed }) => crashed === undefined);
  return {
    healthy: !degraded && connection === "connected" && blocksLate <= maxLate && !isL1Late && allRun,
    degraded,
    l1: {
      connection,
      blocks_late: blocksLate,
      ...(l1Head === undefined
        ? {}
        : {
            last_seen_head: {
              hash: blockHashForm.toJson(l1Head.hash),
              level: l1Head.level,
              timestamp: formatTimestamp(l1Head.timestamp),
            },
          }),
    },
    active_workers: workers.map(({ name, crashed }) => [name, crashed === undefined ? "running" : { crashed }]),
  };
}

async function health(node: NodeView): Promise<Json> {
  const { head } = await node.store.state();
  return healthJson(node.health(), head?.level, node.now());
}

export const ROOT_SERVICES: readonly Service[] = [
  service({
    method: "GET",
    path: ["ping"],
    description: "Returns an empty response if the rollup node can answer requests",
    output: anything,
    serve: () => ({}),
  }),
  service({
    method: "GET",
    path: ["health"],
    description: "Returns health status information for the rollup node",
    output: HEALTH,
    serve: ({ node }) => health(node),
  }),
  service({
    method: "GET",
    path: ["version"],
    description: "Returns the version information of the rollup node",
    output: object({ version: TEXT, store_version: TEXT, context_version: TEXT }),
    serve: ({ node }) => ({
      version: node.version.version,
      store_version: node.version.storeVersion,
      context_version: node.version.contextVersion,
    }),
  }),
  service({
    method: "GET",
    path: ["config"],
    description: "Returns the rollup node configuration",
    output: CONFIGURATION,
    serve: ({ node }) => node.config(),
  }),
  service({
    method: "GET",
    path: ["stats", "ocaml_gc"],
    description: "Gets stats from the Garbage Collector",
    output: HEAP,
    serve: () => heapStatistics(),
  }),
  service({
    method: "GET",
    path: ["stats", "memory"],
    description: "Gets memory usage stats",
    output: MEMORY,
    serve: () => memoryStatistics(),
  }),
];
