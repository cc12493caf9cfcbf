// The unit of work of the golden runner: one trace, or some lines of a corpus. Plain data, so that it crosses to a worker.
import { type Difference, type ReplayOptions, replayCorpusEntry, replayTrace, type TraceOutcome } from "./replay.js";
import { readCorpusEntry, type Trace } from "./trace-file.js";

export type Job =
  | { readonly tag: "trace"; readonly trace: Trace }
  /** `first`: number of the first of `lines` in `file`, from 1. */
  | { readonly tag: "corpus"; readonly file: string; readonly first: number; readonly lines: readonly string[] };

export interface JobOptions {
  readonly singleSteps: boolean;
  readonly verifyEvery: number;
}

export interface CorpusOutcome {
  readonly kernels: number;
  readonly states: number;
  readonly failures: readonly { readonly line: number; readonly difference: Difference }[];
}

export type JobOutcome =
  | { readonly tag: "trace"; readonly seconds: number; readonly outcome: TraceOutcome }
  | { readonly tag: "corpus"; readonly seconds: number; readonly outcome: CorpusOutcome };

export function doJob(job: Job, options: JobOptions, onLine?: () => void): JobOutcome {
  const start = performance.now();
  const replaying = onLine === undefined ? options : { ...options, onLine };
  const seconds = (): number => (performance.now() - start) / 1000;
  if (job.tag === "trace") {
    const outcome = replayTrace(job.trace, replaying);
    return { tag: "trace", seconds: seconds(), outcome };
  }
  const outcome = replayLines(job, replaying);
  return { tag: "corpus", seconds: seconds(), outcome };
}

function replayLines(job: Extract<Job, { tag: "corpus" }>, options: ReplayOptions): CorpusOutcome {
  const failures: { line: number; difference: Difference }[] = [];
  let states = 0;
  for (const [index, text] of job.lines.entries()) {
    const line = job.first + index;
    const { difference, matched } = replayCorpusEntry(readCorpusEntry(text, `${job.file}:${line}`), options);
    states += matched;
    if (difference !== null) failures.push({ line, difference });
  }
  return { kernels: job.lines.length, states, failures };
}
