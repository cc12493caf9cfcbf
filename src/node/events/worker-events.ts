// What workers tell of the requests they serve: the publisher, the batcher, the injectors, the players.

import type { Json } from "../../encoding/json.js";
import type { EventLevel } from "../events.js";
import { declareIn, type EventField } from "./declaration.js";
import { described } from "./fields.js";

/** Times in milliseconds since 1970. */
export interface RequestStatus {
  readonly pushed: number;
  readonly treated: number;
  readonly completed: number;
}

export const requestStatus: EventField<RequestStatus> = {
  json: ({ pushed, treated, completed }): Json => ({
    pushed: time(pushed),
    treated: time(treated),
    completed: time(completed),
  }),
  text: ({ pushed, treated, completed }) =>
    `Request pushed on ${time(pushed)}, treated in ${treated - pushed}ms, completed in ${completed - treated}ms `,
};

function time(ms: number): string {
  return new Date(ms).toISOString().replace("Z", "-00:00");
}

/** The two events of a worker's requests: those that failed, and those that did not. */
export function requestEvents(
  section: readonly string[],
  completedName: "request_completed" | "request_completed_debug",
  failure: { readonly level: EventLevel; readonly prefix: string },
) {
  const declare = declareIn(...section);
  return {
    failed: declare({
      name: "request_failed",
      level: failure.level,
      message: `${failure.prefix}Request {view} failed ({worker_status}): {errors}`,
      fields: { view: described, worker_status: requestStatus, errors: described },
    }),
    completed: declare({
      name: completedName,
      level: "Debug",
      message: "{view} {worker_status}",
      fields: { view: described, worker_status: requestStatus },
    }),
  };
}
