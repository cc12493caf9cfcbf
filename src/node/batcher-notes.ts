// What the batcher tells, as events of the node.

import type { BatcherEvent } from "./batcher/batcher.js";
import { batcherEvents } from "./events/batcher-events.js";
import { describeError } from "./events/trace.js";
import type { Emit } from "./events.js";

/** `now`: milliseconds since 1970. */
export function tellBatcherEvent(emit: Emit, event: BatcherEvent, now: number): void {
  switch (event.name) {
    case "queue":
      emit(batcherEvents.batcherQueue({ nb_messages: event.messages }));
      return;
    case "dropped_message":
      emit(batcherEvents.batcherDroppedMessage({ id: event.id }));
      return;
    case "batched":
      emit(batcherEvents.batcherBatched({ nb_batches: event.batches, nb_messages: event.messages }));
      return;
    case "not_taken":
      emit(
        batcherEvents.batcherRequestFailed({
          view: { json: { request: "produce_batches" }, text: "Producing messages batches." },
          worker_status: { pushed: now, treated: now, completed: now },
          errors: describeError(event.error),
        }),
      );
      return;
    case "cutting":
    case "cut":
      return;
  }
}
