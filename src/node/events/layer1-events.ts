// Events of the connection to layer 1 (reference: layer1_event.ml). Their names start with their section; each names who listens.

import type { HeadEvent } from "../../l1/client/head-stream.js";
import type { NodeEvent } from "../events.js";
import { type Declaration, declareIn, type EventField } from "./declaration.js";
import { block, described, integer, real, wholeText } from "./fields.js";
import { describeError } from "./trace.js";

const SECTION = "l1_crawler";

function declare<const F extends Readonly<Record<string, EventField<unknown>>>>(declaration: Declaration<F>) {
  return declareIn(SECTION)({
    ...declaration,
    name: `${SECTION}_${declaration.name}`,
    message: `[{name}] ${declaration.message}`,
    fields: { name: wholeText, ...declaration.fields },
  });
}

export const layer1Events = {
  l1Starting: declare({ name: "starting", level: "Notice", message: "Starting layer 1 tracker", fields: {} }),
  l1Stopping: declare({ name: "stopping", level: "Notice", message: "Stopping layer 1 tracker", fields: {} }),
  l1ConnectionLost: declare({
    name: "connection_lost",
    level: "Warning",
    message: "connection to the node has been lost",
    fields: {},
  }),
  /** Seconds. */
  l1ConnectionTimeout: declare({
    name: "connection_timeout",
    level: "Warning",
    message: "Connection to the node has timeout after {timeout}s waiting for a new head",
    fields: { timeout: real },
  }),
  l1CannotConnect: declare({
    name: "cannot_connect",
    level: "Warning",
    message: "cannot connect to Tezos node ({count}) {error}",
    fields: { count: integer, error: described },
  }),
  /** Seconds. */
  l1WaitReconnect: declare({
    name: "wait_reconnect",
    level: "Warning",
    message: "Retrying to connect in {delay}s",
    fields: { delay: real },
  }),
  l1NewHead: declare({
    name: "new_head",
    level: "Info",
    message: "L1 node switched to head {hash} at level {level}",
    fields: { hash: block, level: integer },
  }),
  l1Connected: declare({ name: "connected", level: "Debug", message: "Connected to L1 node", fields: {} }),
  /** Seconds. */
  l1Reconnected: declare({
    name: "reconnected",
    level: "Notice",
    message: "successfully reconnected to L1 node after {count} attempt(s) in {elapsed}s",
    fields: { count: integer, elapsed: real },
  }),
};

/** What a follower of heads tells, as an event; `elapsedS`: since the connection was lost. */
export function headEvent(name: string, event: HeadEvent, elapsedS = 0): NodeEvent {
  switch (event.kind) {
    case "connected":
      return layer1Events.l1Connected({ name });
    case "reconnected":
      return layer1Events.l1Reconnected({ name, count: event.attempts, elapsed: elapsedS });
    case "new_head":
      return layer1Events.l1NewHead({ name, hash: event.head.hash, level: event.head.level });
    case "cannot_connect":
      return layer1Events.l1CannotConnect({ name, count: event.attempt, error: describeError(event.error) });
    case "connection_lost":
      return layer1Events.l1ConnectionLost({ name });
    case "connection_timeout":
      return layer1Events.l1ConnectionTimeout({ name, timeout: event.afterMs / 1000 });
    case "wait_reconnect":
      return layer1Events.l1WaitReconnect({ name, delay: event.delayMs / 1000 });
  }
}
