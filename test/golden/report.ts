// What the golden runner prints: a line a trace or corpus, details of differences below it, and the sum.
import { basename } from "node:path";
import type { CorpusOutcome, Job } from "./job.js";
import type { Result } from "./pool.js";
import type { Difference, TraceOutcome } from "./replay.js";
import { traceName } from "./trace-file.js";

/** A trace or a whole corpus, judged. */
export type Verdict =
  | {
      readonly tag: "trace";
      readonly path: string;
      readonly kind: string;
      readonly seconds: number;
      readonly outcome: TraceOutcome | null;
      readonly failure: string | null;
    }
  | {
      readonly tag: "corpus";
      readonly path: string;
      readonly seconds: number;
      readonly outcome: CorpusOutcome;
      readonly failures: readonly string[];
    };

const MAX_SHOWN = 10;

export function hasPassed(verdict: Verdict): boolean {
  if (verdict.tag === "trace") return verdict.failure === null && verdict.outcome?.difference === null;
  return verdict.failures.length === 0 && verdict.outcome.failures.length === 0;
}

/** Turns results into verdicts: a trace each, a corpus once all its parts are there. */
export class Collector {
  readonly #onVerdict: (verdict: Verdict) => void;
  #corpus: Extract<Verdict, { tag: "corpus" }> | null = null;

  constructor(onVerdict: (verdict: Verdict) => void) {
    this.#onVerdict = onVerdict;
  }

  add(result: Result): void {
    const { job } = result;
    if (this.#corpus !== null && (job.tag !== "corpus" || job.file !== this.#corpus.path)) this.flush();
    if (job.tag === "corpus") this.addPart(job, result);
    else this.#onVerdict(traceVerdict(job, result));
  }

  /** Ends the corpus under way. */
  flush(): void {
    if (this.#corpus !== null) this.#onVerdict(this.#corpus);
    this.#corpus = null;
  }

  private addPart(job: Extract<Job, { tag: "corpus" }>, result: Result): void {
    const empty: CorpusOutcome = { kernels: 0, states: 0, failures: [] };
    const sum = this.#corpus ?? { tag: "corpus" as const, path: job.file, seconds: 0, outcome: empty, failures: [] };
    if ("failure" in result) {
      this.#corpus = { ...sum, failures: [...sum.failures, result.failure] };
      return;
    }
    const { outcome, seconds } = result.outcome;
    if (result.outcome.tag !== "corpus") throw new Error("a corpus job gives the outcome of a corpus");
    const part = outcome as CorpusOutcome;
    this.#corpus = {
      ...sum,
      seconds: sum.seconds + seconds,
      outcome: {
        kernels: sum.outcome.kernels + part.kernels,
        states: sum.outcome.states + part.states,
        failures: [...sum.outcome.failures, ...part.failures],
      },
    };
  }
}

function traceVerdict(job: Extract<Job, { tag: "trace" }>, result: Result): Verdict {
  const { path, kind } = job.trace;
  if ("failure" in result) {
    return { tag: "trace", path, kind, seconds: 0, outcome: null, failure: result.failure };
  }
  const { outcome, seconds } = result.outcome;
  return { tag: "trace", path, kind, seconds, outcome: outcome as TraceOutcome, failure: null };
}

/** The lines for people. */
export function printVerdict(verdict: Verdict): string[] {
  const mark = hasPassed(verdict) ? "ok  " : "FAIL";
  const took = `${verdict.seconds.toFixed(1)} s`;
  if (verdict.tag === "corpus") {
    const { kernels, states, failures } = verdict.outcome;
    const head = `${mark} ${basename(verdict.path)}: ${kernels} kernels, ${states} states, ${took}`;
    const shown = failures
      .slice(0, MAX_SHOWN)
      .flatMap(({ line, difference }) => printDifference(difference, `entry ${line}, `));
    const hidden = failures.length - MAX_SHOWN;
    return [
      head,
      ...verdict.failures,
      ...shown,
      ...(hidden > 0 ? [`     and ${hidden} more entries that differ`] : []),
    ];
  }
  const { outcome } = verdict;
  const name = traceName(verdict.path);
  if (outcome === null) return [`${mark} ${name}`, `     ${verdict.failure}`];
  const proofs = outcome.proofsVerified > 0 ? `, ${outcome.proofsVerified} proofs verified` : "";
  const head = `${mark} ${name}: ${outcome.matched} of ${outcome.lines} lines${proofs}, ${took}`;
  return [head, ...(outcome.difference === null ? [] : printDifference(outcome.difference, ""))];
}

function printDifference(difference: Difference, where: string): string[] {
  const { line, tick, phase, expected, got } = difference;
  return [
    `     ${where}line ${line}, tick ${tick}, phase ${phase}`,
    `       expected ${expected}`,
    `       got      ${got}`,
  ];
}

/** The line for machines: one JSON object a verdict. */
export function jsonVerdict(verdict: Verdict): string {
  const { tag, path, seconds } = verdict;
  const passed = hasPassed(verdict);
  const common = { file: path, kind: tag === "trace" ? verdict.kind : "corpus", passed, seconds };
  if (tag === "trace") return JSON.stringify({ ...common, ...verdict.outcome, failure: verdict.failure });
  return JSON.stringify({ ...common, ...verdict.outcome, unreadable: verdict.failures });
}
