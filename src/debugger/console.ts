/** A dialogue: lines in, results out (debugger.md §3). Where the lines come from and go to is the caller's. */
import { fromHex } from "../encoding/hex.js";
import type { CommandContext, CommandResult } from "./command.js";
import { runLine, wordsOf } from "./commands.js";
import { DebuggerError } from "./errors.js";
import type { AskForData } from "./reveals.js";

export interface ConsoleOptions {
  /** The next line after a prompt; null at the end. */
  readonly readLine: (prompt: string) => Promise<string | null>;
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** One JSON object a command instead of text, and no prompts. */
  readonly isJson?: boolean;
  /** An empty line repeats the last command, and comments are left out: for people and scripts, not for drop-in use. */
  readonly isLenient?: boolean;
  /** Called after each command, before its result is printed. */
  readonly afterCommand?: () => void;
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
    const latin1 = Buffer.from(text).toString("utf8");
    if (this.#options.isJson === true) this.#debug.push(latin1);
    else this.#options.out(latin1);
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
    const { readLine, isJson } = this.#options;
    this.print(
      `${kind} ${name} not found in ${directory}, or there was a reading error. Please provide it manually.\n`,
    );
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const line = await readLine(isJson === true ? "" : PROMPT);
      try {
        if (line !== null) return fromHex(line.trim());
      } catch {
        // Told below.
      }
      this.print("Error: the data is not a valid hexadecimal value.\n");
      if (line === null) break;
    }
    throw new DebuggerError("debugger.no_answer", "Too many tries, aborting.");
  };

  /** Reads and does commands until the end. */
  async run(context: CommandContext): Promise<void> {
    let last = "";
    for (;;) {
      const line = await this.#options.readLine(this.#options.isJson === true ? "" : PROMPT);
      if (line === null) return;
      const lenient = this.#options.isLenient === true;
      if (lenient && line.trim().startsWith("#")) continue;
      const command = lenient && line.trim() === "" ? last : line;
      if (lenient && command === "") continue;
      last = isRepeatable(command) ? command : "";
      const result = await runLine(command, context);
      this.#options.afterCommand?.();
      this.show(command, result);
      if (result.isEnd === true) return;
    }
  }

  private show(line: string, { text, data, isOk, note }: CommandResult): void {
    if (!isOk) this.failures++;
    const { out, err, isJson } = this.#options;
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
    if (text !== "") out(`${text}\n`);
  }
}

/** As in gdb: what goes on may be repeated by an empty line. */
function isRepeatable(line: string): boolean {
  return ["step", "s", "stepi", "back", "rsi", "continue", "c", "reverse", "rc"].includes(wordsOf(line)[0] ?? "");
}
