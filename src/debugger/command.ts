/** What a command is, and the small things commands share. */
import { writeFileSync } from "node:fs";
import type { Json } from "../encoding/json.js";
import { DebuggerError, fileFault } from "./errors.js";
import type { DebugSession, Moved } from "./session.js";
import { printInputRequest, printTickState } from "./show-state.js";
import type { Decoder } from "./values.js";

/** What a command came to. */
export interface CommandResult {
  /** For standard output, without the last newline; empty: nothing is printed. */
  readonly text: string;
  /** The same for machines. */
  readonly data: Json;
  /** False: what was asked for could not be done. */
  readonly isOk: boolean;
  /** True: the session is to end. */
  readonly isEnd?: boolean;
  /** For standard error: words that are not part of Octez's output. */
  readonly note?: string;
}

export interface CommandContext {
  readonly session: DebugSession;
  /** Decoders by name, from plugins. */
  readonly decoders: ReadonlyMap<string, Decoder>;
  /** Where profiles are written; the system's temporary folder if absent. */
  readonly flamechartsDir?: string;
  /** Milliseconds since 1970, for names of files. */
  readonly date: () => number;
  /** Milliseconds. */
  readonly now: () => number;
  /** Prints a line at once, in the middle of a command. */
  readonly print: (text: string) => void;
}

export interface CommandSpec {
  /** Its words as they are typed, for completion and help. */
  readonly usage: string;
  readonly help: string;
  /** What to do for these words; null when they are not this command's. */
  readonly parse: (
    words: readonly string[],
    raw: string,
  ) => ((context: CommandContext) => Promise<CommandResult> | CommandResult) | null;
}

export function done(text: string, data: Json = {}): CommandResult {
  return { text, data, isOk: true };
}

export function failed(text: string, data: Json = {}): CommandResult {
  return { text, data: { ...(data as object), error: text } as Json, isOk: false };
}

export function badArgument(message: string): DebuggerError {
  return new DebuggerError("debugger.bad_argument", message);
}

/** Writes a file that was named in a command. Throws `DebuggerError`. */
export function writeNamed(path: string, contents: string | Uint8Array): void {
  try {
    writeFileSync(path, contents);
  } catch (error) {
    throw fileFault(path, error);
  }
}

const INTEGER = /^(-?)(0[xX][0-9a-fA-F][0-9a-fA-F_]*|0[oO][0-7][0-7_]*|0[bB][01][01_]*|[0-9][0-9_]*)$/;

/** An integer as OCaml writes them; null when it is none. */
export function parseInteger(text: string): bigint | null {
  const match = INTEGER.exec(text);
  if (match === null) return null;
  const value = BigInt((match[2] ?? "0").replaceAll("_", "").toLowerCase());
  return match[1] === "-" ? -value : value;
}

export function int32(text: string | undefined): number | null {
  const value = text === undefined ? null : parseInteger(text);
  if (value === null || value < -(2n ** 31n) || value >= 2n ** 32n) return null;
  return Number(BigInt.asIntN(32, value));
}

export function statusJson(session: DebugSession) {
  const { machine } = session;
  const loaded = session.timeline.history.levelsBefore(session.tick).at(-1);
  return {
    tick: String(session.tick),
    status: printInputRequest(machine.inputRequest()),
    internalStatus: printTickState(machine.tickState),
    level: loaded?.level ?? null,
  };
}

/** The words matched literally, those in capitals with anything; gives the latter. */
export function matchWords(words: readonly string[], pattern: string): string[] | null {
  const parts = pattern.split(" ");
  if (parts.length !== words.length) return null;
  const found: string[] = [];
  for (const [index, part] of parts.entries()) {
    const word = words[index] ?? "";
    if (/^[A-Z_]+$/.test(part)) found.push(word);
    else if (part !== word) return null;
  }
  return found;
}

type Action = (args: readonly string[]) => ((context: CommandContext) => Promise<CommandResult> | CommandResult) | null;

/** A command of some patterns that do the same. */
export function command(usage: string, help: string, patterns: readonly string[], action: Action): CommandSpec {
  return {
    usage,
    help,
    parse: (words) => {
      for (const pattern of patterns) {
        const args = matchWords(words, pattern);
        if (args !== null) return action(args);
      }
      return null;
    },
  };
}

/** The words on why a motion ended elsewhere than it was to; null when there is nothing to tell. */
export function stopNote(moved: Moved): string | null {
  const { stop } = moved;
  if (stop.tag === "breakpoint")
    return `Breakpoint ${stop.hit.breakpoint.id}: ${stop.hit.what}, at tick ${stop.hit.tick}`;
  if (stop.tag === "interrupted") return "Interrupted";
  if (stop.tag === "start") return "At the start of the history";
  return null;
}

export function stopJson(moved: Moved): Json {
  const { stop } = moved;
  if (stop.tag !== "breakpoint") return { reason: stop.tag };
  return { reason: "breakpoint", breakpoint: stop.hit.breakpoint.id, what: stop.hit.what };
}
