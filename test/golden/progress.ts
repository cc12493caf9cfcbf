// The golden runner's progress line, on a terminal only: what is done, and what is under way.
import type { Job } from "./job.js";
import { traceName } from "./trace-file.js";

const ERASE_LINE = "\r\u001b[K";

export class Progress {
  readonly #total: number;
  readonly #stream = process.stderr;
  #done = 0;

  constructor(total: number) {
    this.#total = total;
  }

  /** One more trace or corpus is done. */
  advance(): void {
    this.#done += 1;
  }

  show(job: Job, lines: number): void {
    if (!this.#stream.isTTY) return;
    const what =
      job.tag === "trace"
        ? `${traceName(job.trace.path)} ${lines}/${job.trace.lines} lines`
        : `${traceName(job.file)} from line ${job.first}`;
    const text = `[${this.#done}/${this.#total}] ${what}`;
    this.#stream.write(ERASE_LINE + text.slice(0, this.#stream.columns - 1));
  }

  clear(): void {
    if (this.#stream.isTTY) this.#stream.write(ERASE_LINE);
  }
}
