// Where an operation of the injectors, or a message in it, is (reference: `injector_operation_status` in rpc_directory.ml): waiting, in the
// node's pool, in a block, in a commitment that an operator of ours has published.
//
// The reference takes the commitment of its last published level for a message that came after it; here such a message is not
// committed yet.

import type { Json } from "../../../encoding/json.js";
import { commitmentForm } from "../../../protocol/commitment.js";
import { commitmentHashForm } from "../../../protocol/identifiers.js";
import { l1OperationForm } from "../l1-operation.js";
import type { InjectionStatus, NodeView } from "../node-view.js";
import { bool, described, hex, int31, int32, object, oneOf, oneOfTexts, type Schema, titled } from "../schema.js";
import { BLOCK_HASH, COMMITMENT, COMMITMENT_HASH, L1_OPERATION, OPERATION_HASH } from "../schemas/shared.js";
import { l2BlockAt } from "./blocks.js";

type Fields = { readonly [name: string]: Json };

export async function operationStatus(node: NodeView, id: string): Promise<Fields> {
  const found = node.injectors.status(id);
  if (found === undefined) return { status: "unknown" };
  const operation = l1OperationForm.toJson(found.operation);
  switch (found.status) {
    case "pending":
      return { status: "pending_injection", operation };
    case "injected":
      return {
        status: "injected",
        operation,
        layer1: { operation_hash: found.hash, operation_index: found.index },
      };
    case "included":
      return includedStatus(node, operation, found);
  }
}

async function includedStatus(
  node: NodeView,
  operation: Json,
  { hash, index, block, level }: Extract<InjectionStatus, { readonly status: "included" }>,
): Promise<Fields> {
  const { finalizedLevel } = await node.store.state();
  const lcc = node.lastCemented();
  const included = {
    operation,
    layer1: { operation_hash: hash, operation_index: index, block_hash: block, level },
    finalized: level <= (finalizedLevel?.level ?? 0),
    cemented: level <= lcc.level,
  };
  const commitment = await commitmentOf(node, level);
  return commitment === undefined
    ? { status: "included", ...included }
    : { status: "committed", ...included, ...commitment };
}

/** The commitment, published by us, that an inbox level is in; undefined if there is none yet. */
async function commitmentOf(node: NodeView, inboxLevel: number): Promise<Fields | undefined> {
  const lpc = node.lastPublished();
  if (lpc === undefined || lpc.level < inboxLevel) return undefined;
  const period = (await node.constantsAt(inboxLevel)).rollup.commitmentPeriod;
  const level = lpc.level - Math.floor((lpc.level - inboxLevel) / period) * period;
  const hash = (await l2BlockAt(node, level))?.commitmentHash;
  if (hash === undefined) return undefined;
  const publication = await node.store.publication(hash);
  const commitment = await node.store.commitment(hash);
  if (publication?.publishedAt === undefined || commitment === undefined) return undefined;
  return {
    commitment: commitmentForm.toJson(commitment),
    hash: commitmentHashForm.toJson(hash),
    first_published_at_level: publication.firstPublishedAt,
    published_at_level: publication.publishedAt,
  };
}

const inPool = object({ operation_hash: OPERATION_HASH, operation_index: int31 });
const inBlock = object({
  operation_hash: OPERATION_HASH,
  operation_index: int31,
  block_hash: BLOCK_HASH,
  level: int32,
});
const includedFields = { operation: L1_OPERATION, layer1: inBlock, finalized: bool, cemented: bool };

/** The statuses: name, description, fields. */
const STATUSES: readonly (readonly [string, string, { readonly [field: string]: Schema }])[] = [
  ["unknown", "The message is not known by the batcher.", {}],
  ["pending_batch", "The message is in the batcher queue.", {}],
  ["pending_injection", "The message is batched but not injected yet.", { operation: L1_OPERATION }],
  [
    "injected",
    "The message is injected as part of an L1 operation but it is not included in a block.",
    { operation: L1_OPERATION, layer1: inPool },
  ],
  ["included", "The message is included in an inbox in an L1 block.", includedFields],
  [
    "committed",
    "The message is included in a committed inbox on L1.",
    {
      ...includedFields,
      commitment: COMMITMENT,
      hash: COMMITMENT_HASH,
      first_published_at_level: int32,
      published_at_level: int32,
    },
  ],
];

function statusSchema(before: { readonly [field: string]: Schema }): Schema {
  const cases = STATUSES.map(([name, description, fields]) =>
    titled(name, described(description, object({ ...before, status: oneOfTexts(name), ...fields }))),
  );
  return oneOf(...cases);
}

export const OPERATION_STATUS: Schema = statusSchema({});
export const MESSAGE_STATUS: Schema = statusSchema({ "content?": hex });
