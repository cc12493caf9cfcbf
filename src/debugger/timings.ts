/** The kernel's debug lines with the times they began at: debugger.md §10. */

const MS_PER_S = 1000;
const NS_PER_S = 1e9;

export class TimingsLog {
  readonly #out: (line: string) => void;
  readonly #elapsed: () => number;
  #line = "";
  #began = 0;

  /** `elapsed` is in milliseconds since the start. */
  constructor(out: (line: string) => void, elapsed: () => number) {
    this.#out = out;
    this.#elapsed = elapsed;
  }

  /** Takes a piece of text, which may end anywhere in a line. */
  readonly write = (text: Uint8Array): void => {
    const pieces = Buffer.from(text).toString("utf8").split("\n");
    for (const [index, piece] of pieces.entries()) {
      if (index > 0) this.finish();
      if (this.#line === "") this.#began = this.#elapsed();
      this.#line += piece;
    }
  };

  /** Ends the line under way; empty ones are left out. */
  finish(): void {
    if (this.#line !== "") {
      const secs = Math.floor(this.#began / MS_PER_S);
      const nanos = Math.round((this.#began / MS_PER_S - secs) * NS_PER_S);
      this.#out(`${JSON.stringify({ elapsed: { secs, nanos }, message: this.#line })}\n`);
    }
    this.#line = "";
  }
}
