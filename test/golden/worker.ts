// A worker thread of the golden runner: gets jobs, gives outcomes, and says now and then that it goes on.
import { parentPort, workerData } from "node:worker_threads";
import { doJob, type Job, type JobOptions, type JobOutcome } from "./job.js";

export type WorkerMessage =
  | { readonly tag: "progress"; readonly lines: number }
  | { readonly tag: "done"; readonly outcome: JobOutcome }
  | { readonly tag: "failed"; readonly message: string };

const PROGRESS_EVERY_MS = 250;

const port = parentPort;
if (port === null) throw new Error("worker.js runs as a worker thread");
const options = workerData as JobOptions;

port.on("message", (job: Job) => {
  let lines = 0;
  let last = performance.now();
  const onLine = (): void => {
    lines += 1;
    const now = performance.now();
    if (now - last < PROGRESS_EVERY_MS) return;
    last = now;
    port.postMessage({ tag: "progress", lines } satisfies WorkerMessage);
  };
  try {
    port.postMessage({ tag: "done", outcome: doJob(job, options, onLine) } satisfies WorkerMessage);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    port.postMessage({ tag: "failed", message } satisfies WorkerMessage);
  }
});
