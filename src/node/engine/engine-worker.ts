// What runs in the engine's thread: a LocalEngine on a database of Merkle nodes, answering one call after the other.

import { parentPort, workerData } from "node:worker_threads";
import type { EngineNews } from "./engine.js";
import type { EngineCall, EngineMessage, EngineWorkerData, PrintedError } from "./engine-thread.js";
import { EngineError } from "./errors.js";
import { LocalEngine } from "./local-engine.js";
import { StateStore } from "./state-store.js";
import { SyncRecords } from "./sync-records.js";

const data = workerData as EngineWorkerData;

/** A kernel may print a line a message: they go over in parcels, not one by one. */
const NEWS_AT_ONCE = 64;
let news: EngineNews[] = [];

function post(message: EngineMessage): void {
  postNews();
  parentPort?.postMessage(message);
}

function postNews(): void {
  if (news.length === 0) return;
  parentPort?.postMessage({ kind: "news", news } satisfies EngineMessage);
  news = [];
}

function tell(one: EngineNews): void {
  news.push(one);
  if (one.kind !== "kernel_debug" || news.length >= NEWS_AT_ONCE) postNews();
}

function printed(error: unknown): PrintedError {
  if (!(error instanceof Error)) return { message: String(error) };
  const code = "code" in error && typeof error.code === "string" ? { code: error.code } : {};
  const about = error instanceof EngineError ? { about: error.about } : {};
  return { ...code, ...about, message: error.message, ...(error.stack === undefined ? {} : { stack: error.stack }) };
}

const engine = new LocalEngine({
  store: new StateStore(new SyncRecords(data.path, { readOnly: data.readOnly })),
  reveals: data.reveals,
  onNews: tell,
  ...(data.checkpoints === undefined ? {} : { checkpoints: data.checkpoints }),
});

async function answer({ id, method, args }: EngineCall): Promise<void> {
  try {
    const run: (...args: never[]) => Promise<unknown> = engine[method];
    post({ kind: "result", id, value: await run.apply(engine, args as never[]) }); // the caller's types are Engine's
  } catch (error) {
    post({ kind: "error", id, error: printed(error) });
  }
}

let last = Promise.resolve();
parentPort?.on("message", (call: EngineCall) => {
  last = last.then(() => answer(call));
});
post({ kind: "ready" });
