/** A dialogue: lines in, results out (debugger.md §3). Where the lines come from and go to is the caller's. */
import { fromHex } from "../encoding/hex.js";
import type { CommandContext, CommandResult } from "./command.js";
import { failed } from "./command.js";
import { runLine, wordsOf } from "./commands.js";
import { DebuggerError } from "./errors.js";
import { checkpoint, checkpointFault, isCheckpoint } from "./recording.js";
import type { AskForData } from "./reveals.js";

export interface ConsoleOptions {
  /**
   * The next line after a prompt; null at the end. A question is answered by a line too, which is no command: null there also when the
   * person has none.
   */
  readonly readLine: (prompt: string, isQuestion: boolean) => Promise<string | null>;
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** One JSON object a command instead of text, and no prompts. */
  readonly isJson?: boolean;
  /** An empty line repeats the last command, comments are left out, checkpoints are checked: for people and scripts, not for drop-in use. */
  readonly isLenient?: boolean;
  /** Called after each command, before its result is printed. */
  readonly afterCommand?: () => void;
  /** Gets the lines of a script that does the same as this session. */
  readonly record?: (line: string) => void;
  /** How what could not be done looks. */
  readonly paintFailure?: (text: string) => string;
}

export const PROMPT = "> ";
const MAX_TRIES = 3;

export class DebugConsole {
  readonly #options: ConsoleOptions;
  /** Commands that could not be done. */
  failures = 0;
  #debug: string[] = [];
  #printed: string[] = [];

  constructor(options: ConsoleOptions) {
    this.#options = options;
  }

  /** For `onDebug` of the session. */
  readonly onDebug = (text: Uint8Array): void => {
    const utf8 = Buffer.from(text).toString("utf8");
    if (this.#options.isJson === true) this.#debug.push(utf8);
    else this.#options.out(utf8);
  };

  /** For `onTell` of the session. */
  readonly onTell = (line: string): void => this.#options.err(`${line}\n`);

  /** For `print` of the context. */
  readonly print = (text: string): void => {
    if (this.#options.isJson === true) this.#printed.push(text);
    else this.#options.out(text);
  };

  /** For `ask` of the session: hexadecimal from the next lines, three times at most. */
  readonly ask: AskForData = async (kind, name, directory) => {
    const { readLine, isJson, out, record } = this.#options;
    if (isJson === true) out(`${JSON.stringify({ ask: kind, name, directory })}\n`);
    else out(`${kind} ${name} not found in ${directory}, or there was a reading error. Please provide it manually.\n`);
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const line = await readLine(isJson === true ? "" : PROMPT, true);
      if (line === null) throw new DebuggerError("debugger.no_answer", "Nobody answered: the kernel still waits.");
      record?.(line);
      try {
        return fromHex(line.trim());
      } catch {
        this.print("Error: the data is not a valid hexadecimal value.\n");
      }
    }
    throw new DebuggerError("debugger.no_answer", "Too many tries, aborting.");
  };

  /** Reads and does commands until the end. */
  async run(context: CommandContext): Promise<void> {
    let last = "";
    for (;;) {
      const line = await this.#options.readLine(this.#options.isJson === true ? "" : PROMPT, false);
      if (line === null) return;
      const lenient = this.#options.isLenient === true;
      if (lenient && line.trim().startsWith("#")) {
        const fault = isCheckpoint(line) ? checkpointFault(line, context.session) : null;
        if (fault !== null) this.show(line, failed(fault));
        continue;
      }
      const command = lenient && line.trim() === "" ? last : line;
      if (lenient && command === "") continue;
      last = isRepeatable(command) ? command : "";
      const before = context.session.tick;
      this.#options.record?.(command);
      const result = await runLine(command, context);
      if (context.session.tick !== before) this.#options.record?.(checkpoint(context.session));
      this.#options.afterCommand?.();
      this.show(command, result);
      if (result.isEnd === true) return;
    }
  }

  private show(line: string, { text, data, isOk, note }: CommandResult): void {
    if (!isOk) this.failures++;
    const { out, err, isJson, paintFailure } = this.#options;
    if (isJson === true) {
      const printed = this.#printed.join("");
      const debug = this.#debug.join("");
      const output = `${printed}${text}`;
      out(
        `${JSON.stringify({ command: line.trim(), ok: isOk, output, ...(data as object), ...(note === undefined ? {} : { note }), ...(debug === "" ? {} : { debug }) })}\n`,
      );
      this.#printed = [];
      this.#debug = [];
      return;
    }
    if (note !== undefined) err(`${note}\n`);
    // With a note it is a motion that ended early: the text is its status.
    const isFault = !isOk && note === undefined;
    if (text !== "") out(isFault && paintFailure !== undefined ? paintFailure(`${text}\n`) : `${text}\n`);
  }
}

/** As in gdb: what goes on may be repeated by an empty line. */
function isRepeatable(line: string): boolean {
  const [first = ""] = wordsOf(line);
  return [
    "step",
    "s",
    "stepi",
    "si",
    "back",
    "rsi",
    "reverse-stepi",
    "continue",
    "c",
    "cont",
    "reverse",
    "rc",
  ].includes(first);
}
