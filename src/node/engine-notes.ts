// What the engines tell, as events of the node.

import type { EngineNews, EngineProgress } from "./engine/engine.js";
import { interpreterEvents } from "./events/interpreter-events.js";
import { nodeEvents } from "./events/node-events.js";
import type { Emit } from "./events.js";

/** Milliseconds between two events about how a level goes on: shorter ones go without. */
const PROGRESS_EVERY_MS = 5000;

/** Tells what the engine that runs levels has to say. `now`: milliseconds of any clock that goes on evenly. */
export function engineTeller(emit: Emit, now: () => number): (news: EngineNews) => void {
  let last: { readonly at: number; readonly progress: EngineProgress } | undefined;
  return (news) => {
    if (news.kind !== "progress") {
      tellEngineNews(emit, news);
      return;
    }
    const at = now();
    if (last?.progress.level !== news.level || news.computed < last.progress.computed) {
      last = { at, progress: news };
      return;
    }
    const ms = at - last.at;
    if (ms < PROGRESS_EVERY_MS) return;
    const done = Number(news.computed - last.progress.computed);
    const { level, ticks, phase } = news;
    const rate = Math.round((done * 1000) / ms);
    emit(interpreterEvents.evaluationProgress({ level, ticks, ticks_per_second: rate, phase }));
    last = { at, progress: news };
  };
}

/** Tells what the engine has to say that computes moves of games. */
export function tellPlayerNews(emit: Emit, news: EngineNews): void {
  if (news.kind === "kernel_debug") emit(nodeEvents.refutationKernelDebug({ log: news.text }));
  else if (news.kind !== "intended_failure") tellEngineNews(emit, news);
}

/** Everything but progress. */
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
