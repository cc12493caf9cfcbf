// Services of the batcher (node.md §4.1, §5.3), and of the operations that its messages end in.

import type { ByteReader } from "../../../encoding/binary.js";
import { listOf } from "../../../encoding/form.js";
import { bytesForm } from "../../../encoding/form-leaves.js";
import { toHex } from "../../../encoding/hex.js";
import type { Json } from "../../../encoding/json.js";
import type { Batcher } from "../../batcher/batcher.js";
import { BatcherError } from "../../batcher/errors.js";
import type { QueuedMessage } from "../../batcher/message-heap.js";
import { noBatcher, RpcFailure } from "../answer.js";
import { bigIntegerField, boolField } from "../http/query.js";
import type { NodeView } from "../node-view.js";
import { anything, arrayOf, described, object } from "../schema.js";
import { BIG_NATURAL, MESSAGE_CONTENT, MESSAGE_ID, TEXT } from "../schemas/shared.js";
import { type Body, type Service, service } from "../service.js";
import { injectorOperationArgument, messageIdArgument } from "./arguments.js";
import { MESSAGE_STATUS, OPERATION_STATUS, operationStatus } from "./message-status.js";

/** Raises RpcFailure in modes without one. */
function batcherOf({ batcher }: NodeView): Batcher {
  if (batcher === undefined) throw noBatcher();
  return batcher;
}

const messagesForm = listOf(bytesForm);

const messagesBody: Body<readonly Uint8Array[]> = {
  schema: described("Messages to inject", arrayOf(MESSAGE_CONTENT)),
  isArray: true,
  fromJson: (json) => messagesForm.fromJson(json),
  fromBytes: (r: ByteReader) => messagesForm.toJson(messagesForm.read(r)),
};

async function register(
  node: NodeView,
  messages: readonly Uint8Array[],
  order: bigint | undefined,
  dropDuplicates: boolean,
): Promise<Json> {
  try {
    return await batcherOf(node).register(messages, { dropDuplicates, ...(order === undefined ? {} : { order }) });
  } catch (error) {
    if (error instanceof BatcherError) throw new RpcFailure(500, [error.toJson()]);
    throw error;
  }
}

function queuedJson({ order, id, content, counter }: QueuedMessage): Json {
  return {
    ...(order === undefined ? {} : { order: order.toString() }),
    id,
    message: { content: toHex(content), counter: counter.toString() },
  };
}

async function messageStatus(node: NodeView, id: string): Promise<Json> {
  const found = batcherOf(node).statusOf(id);
  if (found === undefined) return { status: "unknown" };
  const content = toHex(found.content);
  if (found.status === "pending_batch") return { content, status: "pending_batch" };
  return { content, ...(await operationStatus(node, found.operation)) };
}

async function dropMessages(node: NodeView, upTo: bigint | undefined, dropNoOrder: boolean): Promise<Json> {
  const batcher = batcherOf(node);
  if (upTo === undefined) await batcher.clear();
  else await batcher.removeUpTo(upTo, dropNoOrder);
  return {};
}

export const BATCHER_SERVICES: readonly Service[] = [
  service({
    method: "POST",
    path: ["local", "batcher", "injection"],
    description: "Inject messages in the batcher's queue",
    query: { order: bigIntegerField, drop_duplicate: boolField(false) },
    body: messagesBody,
    output: described("Ids of injected L2 messages", arrayOf(MESSAGE_ID)),
    serve: ({ node, query, body }) => register(node, body, query.order, query.drop_duplicate),
  }),
  service({
    method: "GET",
    path: ["local", "batcher", "queue"],
    description: "List messages present in the batcher's queue",
    output: arrayOf(
      object({
        "order?": BIG_NATURAL,
        id: MESSAGE_ID,
        message: object({ content: MESSAGE_CONTENT, counter: BIG_NATURAL }),
        "traceparent?": TEXT,
      }),
    ),
    serve: ({ node }) => batcherOf(node).queue().map(queuedJson),
  }),
  service({
    method: "GET",
    path: ["local", "batcher", "queue", messageIdArgument],
    description: "Retrieve an L2 message and its status",
    output: MESSAGE_STATUS,
    serve: ({ node, args: [id] }) => messageStatus(node, id),
  }),
  service({
    method: "GET",
    path: ["local", "injector", "operation", injectorOperationArgument, "status"],
    description: "Retrieve the status of the injected operation using its injector ID.",
    output: OPERATION_STATUS,
    serve: ({ node, args: [id] }) => operationStatus(node, id),
  }),
  service({
    method: "DELETE",
    path: ["admin", "batcher", "queue"],
    description: "Clear operation queues of injectors",
    query: { order_below: bigIntegerField, drop_no_order: boolField(false) },
    output: anything,
    serve: ({ node, query }) => dropMessages(node, query.order_below, query.drop_no_order),
  }),
];
