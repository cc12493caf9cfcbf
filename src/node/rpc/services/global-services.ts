// Services under /global that are not about one block: the rollup, the head, commitments, blocks as they come (node.md §5.3).

import type { Json } from "../../../encoding/json.js";
import { commitmentForm } from "../../../protocol/commitment.js";
import { blockHashForm, commitmentHashForm } from "../../../protocol/identifiers.js";
import type { L2Block, L2Head } from "../../l2-block.js";
import { StreamAnswer, type StreamSink } from "../answer.js";
import { blockJson } from "../json/block-json.js";
import type { NodeView, Subscribe } from "../node-view.js";
import { int32, nullable, object } from "../schema.js";
import { BLOCK } from "../schemas/blocks.js";
import { BLOCK_HASH, COMMITMENT, COMMITMENT_HASH, ROLLUP } from "../schemas/shared.js";
import { type Service, service } from "../service.js";
import { newestCommitment } from "./blocks.js";

async function lastStoredCommitment({ store }: NodeView): Promise<Json> {
  const { head } = await store.state();
  const block = head === undefined ? undefined : await store.block(head.hash);
  if (block === undefined) return null;
  const hash = newestCommitment(block);
  const commitment = await store.commitment(hash);
  if (commitment === undefined) return null;
  return { commitment: commitmentForm.toJson(commitment), hash: commitmentHashForm.toJson(hash) };
}

/** In Octez's present shape, with the fields of the one before beside it. */
async function lastCementedCommitment(node: NodeView): Promise<Json> {
  const { hash, level } = node.lastCemented();
  const text = commitmentHashForm.toJson(hash);
  const commitment = await node.store.commitment(hash);
  const content = commitment === undefined ? {} : { commitment: commitmentForm.toJson(commitment), hash: text };
  return { commitment_hash: text, level, ...content };
}

/** Blocks as they come, the present one first. */
async function blocksFrom(node: NodeView, first: L2Head | undefined, coming: Subscribe<L2Block>) {
  const block = first === undefined ? undefined : await node.store.block(first.hash);
  return new StreamAnswer((sink: StreamSink) => {
    const stop = coming((next) => sink.send(blockJson(next)));
    if (block !== undefined) sink.send(blockJson(block));
    return stop;
  });
}

export const GLOBAL_SERVICES: readonly Service[] = [
  service({
    method: "GET",
    path: ["global", "smart_rollup_address"],
    description: "Smart rollup address",
    output: ROLLUP,
    serve: ({ node }) => node.rollup,
  }),
  service({
    method: "GET",
    path: ["global", "tezos_head"],
    description: "Tezos head known to the smart rollup node",
    output: nullable(BLOCK_HASH),
    serve: async ({ node }) => {
      const { head } = await node.store.state();
      return head === undefined ? null : blockHashForm.toJson(head.hash);
    },
  }),
  service({
    method: "GET",
    path: ["global", "tezos_level"],
    description: "Tezos level known to the smart rollup node",
    output: nullable(int32),
    serve: async ({ node }) => (await node.store.state()).head?.level ?? null,
  }),
  service({
    method: "GET",
    path: ["global", "last_stored_commitment"],
    description: "Last commitment computed by the node",
    output: nullable(object({ commitment: COMMITMENT, hash: COMMITMENT_HASH })),
    serve: ({ node }) => lastStoredCommitment(node),
  }),
  service({
    method: "GET",
    path: ["global", "last_cemented_commitment"],
    description:
      "Last cemented commitment known to the rollup node, with its content when available in the node's storage",
    output: object({
      commitment_hash: COMMITMENT_HASH,
      level: int32,
      "commitment?": COMMITMENT,
      "hash?": COMMITMENT_HASH,
    }),
    serve: ({ node }) => lastCementedCommitment(node),
  }),
  service({
    method: "GET",
    path: ["global", "monitor_blocks"],
    description: "Monitor and streaming the L2 blocks",
    output: BLOCK,
    serve: async ({ node }) => blocksFrom(node, (await node.store.state()).head, node.onHead),
  }),
  service({
    method: "GET",
    path: ["global", "monitor_finalized_blocks"],
    description: "Monitor and streaming the L2 finalized blocks",
    output: BLOCK,
    serve: async ({ node }) => blocksFrom(node, (await node.store.state()).finalizedLevel, node.onFinalized),
  }),
];
