// Heads for the injectors (node.md §4.2; reference: monitor_l1_chain of injector_functor.ml): as layer 1 tells them, whatever the main loop does, so
// that a node which catches up sees what it sends in blocks that it has yet to process.

import type { HeadFollower } from "../l1/client/head-stream.js";
import { injectorEvents } from "./events/injector-events.js";
import { describeError } from "./events/trace.js";
import type { Emit } from "./events.js";
import type { Injectors } from "./injectors.js";

/** Ends when the follower is stopped. What fails is told, and made up for at the next head; raises what the follower does. */
export async function tellHeads(follower: HeadFollower, injectors: Injectors, emit: Emit): Promise<void> {
  for await (const head of follower.heads()) {
    try {
      await injectors.onHead(head);
    } catch (error) {
      if (follower.status !== "stopped") emit(injectorEvents.injectorMonitoringError({ error: describeError(error) }));
    }
  }
}
