// Events of the batcher (reference: batcher_events.ml).

import { declareIn } from "./declaration.js";
import { integer, text } from "./fields.js";
import { requestEvents } from "./worker-events.js";

const SECTION = ["smart_rollup_node", "batcher"] as const;
const declare = declareIn(...SECTION);
const requests = requestEvents([...SECTION, "worker"], "request_completed_debug", {
  level: "Warning",
  prefix: "[Warning]: ",
});

export const batcherEvents = {
  batcherQueue: declare({
    name: "queue",
    level: "Info",
    message: "Adding {nb_messages} to queue",
    fields: { nb_messages: integer },
  }),
  batcherDroppedMessage: declare({
    name: "dropped_message",
    level: "Info",
    message: "Message with {id} was already batched or injected, it is not added to the batcher queue.",
    fields: { id: text },
  }),
  batcherBatched: declare({
    name: "batched",
    level: "Debug",
    message: "Batched {nb_messages} messages into {nb_batches} batches",
    fields: { nb_batches: integer, nb_messages: integer },
  }),
  batcherRequestFailed: requests.failed,
  batcherRequestCompleted: requests.completed,
};
