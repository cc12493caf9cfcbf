// What the engine tells, as events of the node.

import type { EngineNews } from "./engine/engine.js";
import { interpreterEvents } from "./events/interpreter-events.js";
import { nodeEvents } from "./events/node-events.js";
import type { Emit } from "./events.js";

export function tellEngineNews(emit: Emit, news: EngineNews): void {
  switch (news.kind) {
    case "progress":
      return;
    case "kernel_debug":
      emit(nodeEvents.kernelDebug({ log: news.text }));
      return;
    case "intended_failure": {
      const { level, messageIndex, messageTick } = news.failure;
      const internal = messageTick > 0n;
      emit(
        interpreterEvents.interpreterIntendedFailure({
          level,
          message_index: messageIndex,
          message_tick: messageTick,
          internal,
        }),
      );
      return;
    }
    case "missing_pre_image":
      emit(interpreterEvents.interpreterMissingPreImage({ hash: news.hash }));
      return;
    case "fetched_incorrect_pre_image":
      emit(
        interpreterEvents.interpreterFetchedIncorrectPreImage({
          expected_hash: news.expected,
          content_hash: news.found,
        }),
      );
      return;
  }
}
