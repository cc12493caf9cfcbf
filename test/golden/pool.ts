// Hands jobs to worker threads, one job a worker at a time, and gives the outcomes in the order of the jobs. Jobs are drawn
// only when a worker is free, so that a long corpus is never in memory as a whole.
import { Worker } from "node:worker_threads";
import type { Job, JobOptions, JobOutcome } from "./job.js";
import type { WorkerMessage } from "./worker.js";

/** An outcome, or why there is none: the worker died, or the data could not be read. */
export type Result =
  | { readonly job: Job; readonly outcome: JobOutcome }
  | { readonly job: Job; readonly failure: string };

const MAX_HEAP_MIB = 2048;

export interface PoolOptions extends JobOptions {
  readonly workers: number;
  /** Lines of the jobs under way that are done, now and then. */
  readonly onProgress: (job: Job, lines: number) => void;
}

/** Runs all jobs; `onResult` is called in their order. */
export async function runJobs(
  jobs: AsyncIterator<Job>,
  options: PoolOptions,
  onResult: (result: Result) => void,
): Promise<void> {
  const finished = new Map<number, Result>();
  let drawn = 0;
  let given = 0;
  // One `next` at a time: an iterator need not cope with more.
  let drawing: Promise<unknown> = Promise.resolve();
  const draw = (): Promise<{ index: number; job: Job } | null> => {
    const drawnJob = drawing.then(async () => {
      const { done, value } = await jobs.next();
      return done === true ? null : { index: drawn++, job: value };
    });
    drawing = drawnJob.catch(() => undefined);
    return drawnJob;
  };
  const lane = async (): Promise<void> => {
    let worker: Worker | null = null;
    try {
      for (let next = await draw(); next !== null; next = await draw()) {
        const { index, job } = next;
        worker ??= startWorker(options);
        const result = await runOn(worker, job, options);
        if (result.died) worker = null;
        finished.set(index, result.result);
        for (let ready = finished.get(given); ready !== undefined; ready = finished.get(given)) {
          finished.delete(given++);
          onResult(ready);
        }
      }
    } finally {
      await worker?.terminate();
    }
  };
  await Promise.all(Array.from({ length: options.workers }, lane));
}

function startWorker(options: JobOptions): Worker {
  const { singleSteps, verifyEvery } = options;
  return new Worker(new URL("./worker.js", import.meta.url), {
    workerData: { singleSteps, verifyEvery } satisfies JobOptions,
    resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MIB },
  });
}

function runOn(worker: Worker, job: Job, options: PoolOptions): Promise<{ result: Result; died: boolean }> {
  return new Promise((resolve) => {
    const settle = (result: Result, died: boolean): void => {
      worker.off("message", onMessage).off("error", onError).off("exit", onExit);
      resolve({ result, died });
    };
    const onMessage = (message: WorkerMessage): void => {
      if (message.tag === "progress") options.onProgress(job, message.lines);
      else if (message.tag === "done") settle({ job, outcome: message.outcome }, false);
      else settle({ job, failure: message.message }, false);
    };
    const onError = (error: Error): void => settle({ job, failure: `the worker died: ${error.message}` }, true);
    const onExit = (code: number): void => settle({ job, failure: `the worker ended with code ${code}` }, true);
    worker.on("message", onMessage).on("error", onError).on("exit", onExit);
    worker.postMessage(job);
  });
}
