// Progress of long work, on standard error: a line rewritten in place on a terminal, a new line now and then elsewhere.
import type { Terminal } from "./terminal.js";

const REDRAW_EVERY_MS = 100;
const LINE_EVERY_MS = 10_000;
const ERASE_LINE = "\r\u001b[K";

export class Progress {
  readonly #terminal: Terminal;
  readonly #text: () => string;
  #last: number;
  #isShown = false;

  /** `text` says how far the work is. */
  constructor(terminal: Terminal, text: () => string) {
    this.#terminal = terminal;
    this.#text = text;
    this.#last = terminal.now();
  }

  /** Called often; shows something only when it is time. */
  readonly update = (): void => {
    const { errIsTty, columns } = this.#terminal;
    const now = this.#terminal.now();
    if (now - this.#last < (errIsTty ? REDRAW_EVERY_MS : LINE_EVERY_MS)) return;
    this.#last = now;
    const text = this.#text();
    this.#terminal.err(errIsTty ? ERASE_LINE + text.slice(0, columns - 1) : `${text}\n`);
    this.#isShown = errIsTty;
  };

  /** Removes the line, before other output. */
  clear(): void {
    if (this.#isShown) this.#terminal.err(ERASE_LINE);
    this.#isShown = false;
  }
}
