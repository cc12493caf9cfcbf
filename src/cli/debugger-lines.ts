// Where the debugger's lines come from: a script, a pipe, or a terminal with line editing, completion and a history that is kept.
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { createInterface, type Interface } from "node:readline";
import { PassThrough, type Readable, type Writable } from "node:stream";
import { StringDecoder } from "node:string_decoder";

export interface Lines {
  readonly isInteractive: boolean;
  /** The next line after a prompt; null at the end, and when a person has no answer to a question. */
  next(prompt: string, isQuestion: boolean): Promise<string | null>;
  /** What Ctrl-C does while a command runs. */
  onInterrupt(action: () => void): void;
  close(): void;
}

export class ScriptLines implements Lines {
  readonly isInteractive = false;
  readonly #lines: string[];
  #next = 0;
  constructor(text: string) {
    this.#lines = text.split(/\r?\n/);
    if (this.#lines.at(-1) === "") this.#lines.pop();
  }
  next(): Promise<string | null> {
    return Promise.resolve(this.#lines[this.#next++] ?? null);
  }
  onInterrupt(): void {}
  close(): void {}
}

/** Lines of a pipe or a file, with prompts but no echo, as Octez's debugger. */
export class PipedLines implements Lines {
  readonly isInteractive = false;
  readonly #out: (text: string) => void;
  readonly #readline: Interface;
  readonly #waiting: string[] = [];
  #wanted: ((line: string | null) => void) | null = null;
  #isClosed = false;

  constructor(input: Readable, out: (text: string) => void) {
    this.#out = out;
    this.#readline = createInterface({ input, terminal: false, crlfDelay: Number.POSITIVE_INFINITY });
    this.#readline.on("line", (line) => {
      const wanted = this.#wanted;
      this.#wanted = null;
      if (wanted === null) this.#waiting.push(line);
      else wanted(line);
    });
    this.#readline.on("close", () => {
      this.#isClosed = true;
      this.#wanted?.(null);
      this.#wanted = null;
    });
  }

  next(prompt: string): Promise<string | null> {
    if (prompt !== "") this.#out(prompt);
    const line = this.#waiting.shift();
    if (line !== undefined) return Promise.resolve(line);
    if (this.#isClosed) return Promise.resolve(null);
    return new Promise((resolve) => {
      this.#wanted = resolve;
    });
  }

  onInterrupt(): void {}

  close(): void {
    this.#readline.close();
  }
}

/** A terminal's keys; `setRawMode` as of `process.stdin`. */
export type Keys = Readable & { readonly setRawMode?: (isRaw: boolean) => unknown };

export interface TypedLinesOptions {
  readonly keys: Keys;
  readonly screen: Writable;
  readonly history: LineHistory;
  /** The lines that a line may become. */
  readonly complete: (line: string) => string[];
  /** How a prompt looks. */
  readonly paintPrompt?: (prompt: string) => string;
}

/** What the line editor reads: keys that are passed on to it, and nothing while a command runs. */
class Editable extends PassThrough {
  readonly isTTY = true;
  readonly #keys: Keys;
  isRaw = false;
  constructor(keys: Keys) {
    super();
    this.#keys = keys;
  }
  /** The editor leaves raw mode when it is suspended, and comes back to it. */
  setRawMode(isRaw: boolean): this {
    this.#keys.setRawMode?.(isRaw);
    this.isRaw = isRaw;
    return this;
  }
}

const INTERRUPT = "\u0003";
/** Keys after which a line may be over: Enter, Ctrl-C, Ctrl-D; and Tab, which the editor takes for a key at the end of a piece only. */
const ENDS = ["\r", "\n", "\t", INTERRUPT, "\u0004"];

/**
 * Lines typed at a terminal. What is typed while a command runs waits for the next prompt, so that every line stands behind its own; Ctrl-C
 * then ends the command, and forgets what was typed before it.
 */
export class TypedLines implements Lines {
  readonly isInteractive = true;
  readonly #options: TypedLinesOptions;
  readonly #input: Editable;
  readonly #readline: Interface;
  readonly #decoder = new StringDecoder("utf8");
  #held = "";
  #wanted: { readonly isQuestion: boolean; readonly resolve: (line: string | null) => void } | null = null;
  #interrupt: () => void = () => {};
  #isClosed = false;

  constructor(options: TypedLinesOptions) {
    this.#options = options;
    this.#input = new Editable(options.keys);
    this.#readline = createInterface({
      input: this.#input,
      output: options.screen,
      terminal: true,
      history: [...options.history.lines].reverse(),
      historySize: LineHistory.MAX_LINES,
      removeHistoryDuplicates: true,
      crlfDelay: Number.POSITIVE_INFINITY,
      tabSize: 4,
      completer: (line: string): [string[], string] => [options.complete(line), line.trimStart()],
    });
    // Answers are no commands: they are not offered again.
    this.#readline.on("history", (lines: string[]) => {
      if (this.#wanted?.isQuestion === true) lines.shift();
    });
    this.#readline.on("line", (line) => this.deliver(line));
    this.#readline.on("SIGINT", () => this.abandon());
    this.#readline.on("close", () => {
      this.#isClosed = true;
      this.deliver(null);
      options.keys.pause();
    });
    options.keys.on("data", (chunk: Buffer | string) => this.take(chunk));
    options.keys.on("end", () => this.#readline.close());
  }

  next(prompt: string, isQuestion: boolean): Promise<string | null> {
    if (this.#isClosed) return Promise.resolve(null);
    return new Promise((resolve) => {
      this.#wanted = { isQuestion, resolve };
      this.#readline.setPrompt(this.#options.paintPrompt?.(prompt) ?? prompt);
      this.#readline.prompt();
      this.release();
    });
  }

  onInterrupt(action: () => void): void {
    this.#interrupt = action;
  }

  close(): void {
    this.#readline.close();
  }

  private take(chunk: Buffer | string): void {
    this.#held += typeof chunk === "string" ? chunk : this.#decoder.write(chunk);
    if (this.#wanted !== null) {
      this.release();
      return;
    }
    const at = this.#held.lastIndexOf(INTERRUPT);
    if (at < 0) return;
    this.#held = this.#held.slice(at + 1);
    this.#interrupt();
  }

  /** Gives the editor what was typed, up to the end of the line that is wanted. */
  private release(): void {
    while (this.#wanted !== null && this.#held !== "") {
      const ends = ENDS.map((key) => this.#held.indexOf(key)).filter((at) => at >= 0);
      const end = ends.length === 0 ? this.#held.length - 1 : Math.min(...ends);
      const part = this.#held.slice(0, end + 1);
      this.#held = this.#held.slice(end + 1);
      this.#input.emit("data", Buffer.from(part));
    }
  }

  private deliver(line: string | null): void {
    const wanted = this.#wanted;
    if (wanted === null) return;
    this.#wanted = null;
    if (line !== null && !wanted.isQuestion) this.#options.history.add(line);
    wanted.resolve(line);
  }

  /** Ctrl-C at a prompt: what was typed goes; a question stays without an answer. */
  private abandon(): void {
    const { screen } = this.#options;
    const isEmpty = this.#readline.line === "";
    screen.write("^C\n");
    // Ends the line being edited without delivering it.
    this.#readline.write(null, { ctrl: true, name: "e" });
    this.#readline.write(null, { ctrl: true, name: "u" });
    if (this.#wanted?.isQuestion === true) {
      this.deliver(null);
      return;
    }
    if (isEmpty) screen.write("(`stop` or Ctrl-D ends the session)\n");
    this.#readline.prompt();
  }
}

/** Lines typed in sessions before this one, the oldest first. Kept in a file; without it, or where that fails, for the session only. */
export class LineHistory {
  static readonly MAX_LINES = 1000;
  readonly lines: string[] = [];
  #path: string | null;

  constructor(path: string | null) {
    this.#path = path;
    if (path === null) return;
    try {
      const kept = readFileSync(path, "utf8")
        .split("\n")
        .filter((line) => line !== "");
      this.lines = kept.slice(-LineHistory.MAX_LINES);
      if (kept.length > 2 * LineHistory.MAX_LINES) writeFileSync(path, `${this.lines.join("\n")}\n`, { mode: 0o600 });
    } catch {
      // There is none yet, or it cannot be read.
    }
  }

  /** Appends: several sessions may run at once. */
  add(line: string): void {
    if (line.trim() === "" || line === this.lines.at(-1)) return;
    this.lines.push(line);
    if (this.#path === null) return;
    try {
      mkdirSync(dirname(this.#path), { recursive: true, mode: 0o700 });
      appendFileSync(this.#path, `${line}\n`, { mode: 0o600 });
    } catch {
      this.#path = null;
    }
  }
}

/** Where the history is kept; null where there is no home. */
export function historyPath(env: Readonly<Record<string, string | undefined>>): string | null {
  const state = env["XDG_STATE_HOME"];
  if (state?.startsWith("/") === true) return join(state, "tickproof", "debugger_history");
  const home = env["HOME"];
  return home === undefined || home === "" ? null : join(home, ".local", "state", "tickproof", "debugger_history");
}
