// Services of the injectors' queues (node.md §5.3).

import type { Json } from "../../../encoding/json.js";
import { BadArgument } from "../http/directory.js";
import { bigIntegerField, boolField, type QueryField } from "../http/query.js";
import { isOperationTag, l1OperationForm } from "../l1-operation.js";
import type { InjectorQueueView, NodeView, QueuedOperation, QueueRemoval } from "../node-view.js";
import { anything, arrayOf, int31, object } from "../schema.js";
import { QUEUED_OPERATION, TAG } from "../schemas/shared.js";
import { type Service, service } from "../service.js";

const tagField: QueryField<string | undefined> = {
  type: "operation_kind",
  description: "A kind of operation for the injector.",
  optional: true,
  otherwise: undefined,
  parse(text) {
    if (!isOperationTag(text)) throw new BadArgument("Invalid operation kind");
    return text;
  },
};

function operationJson({ operation, errors, lastError }: QueuedOperation): Json {
  const fields = l1OperationForm.toJson(operation) as { readonly [name: string]: Json };
  if (errors === 0) return fields;
  return { ...fields, errors: { count: errors, ...(lastError === undefined ? {} : { last: lastError }) } };
}

function queueJson({ tags, operations }: InjectorQueueView): Json {
  return { tags, queue: operations.map(operationJson) };
}

function totals(node: NodeView): Json {
  const injectors = node.injectors.queues().map(({ tags, operations }) => ({ tags, queue_size: operations.length }));
  return { injectors, total: injectors.reduce((sum, { queue_size: size }) => sum + size, 0) };
}

export const INJECTOR_SERVICES: readonly Service[] = [
  service({
    method: "GET",
    path: ["admin", "injector", "queues", "total"],
    description: "Get total operations queued in injectors",
    output: object({ injectors: arrayOf(object({ tags: arrayOf(TAG), queue_size: int31 })), total: int31 }),
    serve: ({ node }) => totals(node),
  }),
  service({
    method: "GET",
    path: ["admin", "injector", "queues"],
    description: "Get operation queues of injectors",
    query: { tag: tagField },
    output: arrayOf(object({ tags: arrayOf(TAG), queue: arrayOf(QUEUED_OPERATION) })),
    serve: ({ node, query: { tag } }) =>
      node.injectors
        .queues()
        .filter(({ tags }) => tag === undefined || tags.includes(tag))
        .map(queueJson),
  }),
  service({
    method: "DELETE",
    path: ["admin", "injector", "queues"],
    description: "Clear operation queues of injectors",
    query: { order_below: bigIntegerField, tag: tagField, drop_no_order: boolField(false) },
    output: anything,
    serve: async ({ node, query: { order_below: orderBelow, tag, drop_no_order: dropNoOrder } }) => {
      const removal: QueueRemoval = {
        dropNoOrder,
        ...(tag === undefined ? {} : { tag }),
        ...(orderBelow === undefined ? {} : { orderBelow }),
      };
      await node.injectors.clear(removal);
      return {};
    },
  }),
];
