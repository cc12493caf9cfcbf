/**
 * All commands of the debugger: those of Octez's, in the order of its help, and ours; finding them by their words, running a line, help,
 * completion. To add one: see README.md.
 */
import { PvmError } from "../pvm/errors.js";
import { RevealEscape } from "../wasm/eval/machine.js";
import { NoStoredForm } from "../wasm/leaf-codec.js";
import { BREAKPOINT_COMMANDS } from "./breakpoint-commands.js";
import { type CommandContext, type CommandResult, type CommandSpec, done, failed } from "./command.js";
import { DebuggerError } from "./errors.js";
import { MOTION_COMMANDS } from "./motion-commands.js";
import { OCTEZ_COMMANDS, SHOW_MEMORY } from "./octez-commands.js";
import { PROFILE_COMMAND } from "./profile-command.js";
import { PROOF_COMMANDS } from "./proof-commands.js";
import { printSpan } from "./span.js";
import { VIEW_COMMANDS } from "./view-commands.js";

const TIME_COMMAND: CommandSpec = {
  usage: "time <command>",
  help: "time <command>: Executes <command> and returns the time required for its execution.",
  parse: (words, raw) => {
    if (words[0] !== "time") return null;
    const inner = findCommand(words.slice(1), raw);
    if (inner === null) return null;
    return async (context) => {
      const began = context.now();
      const result = await inner(context);
      const took = `took ${printSpan(Math.round((context.now() - began) * 1e6))}`;
      return { ...result, text: result.text === "" ? took : `${result.text}\n${took}` };
    };
  },
};

const HELP_COMMAND: CommandSpec = {
  usage: "help [<command>]",
  help: "help: Provide documentation about the available commands.",
  parse: (words) => {
    if (!["help", "man", "h", "?"].includes(words[0] ?? "")) return null;
    return () => help(words.slice(1).join(" "));
  },
};

export const COMMANDS: readonly CommandSpec[] = [
  TIME_COMMAND,
  ...OCTEZ_COMMANDS,
  PROFILE_COMMAND,
  SHOW_MEMORY,
  HELP_COMMAND,
  ...MOTION_COMMANDS,
  ...BREAKPOINT_COMMANDS,
  ...VIEW_COMMANDS,
  ...PROOF_COMMANDS,
];

function help(topic: string): CommandResult {
  const about = topic === "" ? COMMANDS : COMMANDS.filter((spec) => isAbout(spec, topic));
  if (about.length === 0) {
    const near = suggestions(topic);
    const hint = near.length === 0 ? "" : `; perhaps ${near.join(", ")}`;
    return failed(`No command \`${topic}\`; \`help\` lists them${hint}`);
  }
  return done(about.map(({ help: text }) => `  ${text}`).join("\n"), {
    commands: about.map(({ usage, help: text }) => ({ usage, help: text })),
  });
}

/** Whether one of the forms that a command's help begins with begins with what is asked for. */
function isAbout({ usage, help: text }: CommandSpec, topic: string): boolean {
  const forms = [usage, ...text.slice(0, text.indexOf(":")).split(" | ")];
  return forms.some((form) => form.startsWith(topic));
}

/** What to do for a line's words; null when they are no command. */
export function findCommand(words: readonly string[], raw: string): ReturnType<CommandSpec["parse"]> {
  for (const spec of COMMANDS) {
    const found = spec.parse(words, raw);
    if (found !== null) return found;
  }
  const [first = "", ...rest] = words;
  const whole = ABBREVIATIONS.get(first) ?? unabbreviated(first);
  return whole === null ? null : findCommand([whole, ...rest], raw);
}

/** What gdb's users type that is no beginning of a word. */
const ABBREVIATIONS: ReadonlyMap<string, string> = new Map([
  ["i", "info"],
  ["si", "stepi"],
  ["reverse-stepi", "back"],
  ["reverse-step", "back"],
]);

/** Commands that Octez's debugger has are not abbreviated: words it does not know stay unknown. */
const UNABBREVIATED: ReadonlySet<string> = new Set(
  [TIME_COMMAND, HELP_COMMAND, PROFILE_COMMAND, SHOW_MEMORY, ...OCTEZ_COMMANDS].map(({ usage }) => firstWord(usage)),
);

function firstWord(usage: string): string {
  return usage.split(" ", 1)[0] ?? "";
}

/** The only first word of commands that begins so; null if there are none or several. */
function unabbreviated(beginning: string): string | null {
  const firsts = new Set(COMMANDS.map(({ usage }) => firstWord(usage)));
  if (beginning === "" || firsts.has(beginning)) return null;
  const found = [...firsts].filter((first) => first.startsWith(beginning));
  const [only] = found;
  return only === undefined || found.length > 1 || UNABBREVIATED.has(only) ? null : only;
}

/** The words of a line: trimmed, split at spaces. */
export function wordsOf(line: string): string[] {
  return line
    .trim()
    .split(" ")
    .filter((word) => word !== "");
}

/** Runs a line. Unknown commands and what cannot be done now are results, not errors. */
export async function runLine(line: string, context: CommandContext): Promise<CommandResult> {
  const run = findCommand(wordsOf(line), line);
  if (run === null) {
    const near = suggestions(line);
    const hint = near.length === 0 ? "" : `\nDid you mean: ${near.join(", ")}?`;
    return { text: "", data: { error: "unknown command" }, isOk: false, note: `Unknown command \`${line}\`${hint}` };
  }
  try {
    return await run(context);
  } catch (error) {
    if (error instanceof DebuggerError) return failed(error.message, { code: error.code });
    // The reference raises out of the machine here: the kernel has no next state to show.
    if (error instanceof RevealEscape || error instanceof NoStoredForm || error instanceof PvmError) {
      return failed(`The PVM has no next state: ${error.message}`);
    }
    throw error;
  }
}

/** Usages that are like what was typed: those that begin so, else those a slip of the fingers away. */
export function suggestions(line: string): string[] {
  const [first = "", second = ""] = wordsOf(line);
  if (first.length < 2) return [];
  const usages = COMMANDS.map(({ usage }) => usage);
  const same = usages.filter((usage) => firstWord(usage) === first);
  const begins = usages.filter((usage) => usage.startsWith(first.slice(0, 3)));
  const near = usages.filter((usage) => isSlip(first, firstWord(usage)));
  const likely = [same, near, begins].find((some) => some.length > 0) ?? [];
  const closer = likely.filter((usage) => second !== "" && (usage.split(" ")[1] ?? "").startsWith(second.slice(0, 1)));
  return (closer.length > 0 ? closer : likely).slice(0, MAX_SUGGESTIONS);
}

const MAX_SUGGESTIONS = 6;

/** Whether a word is another with one character changed, added, left out, or two neighbours swapped. */
function isSlip(typed: string, word: string): boolean {
  if (Math.abs(typed.length - word.length) > 1) return false;
  let at = 0;
  while (at < word.length && typed[at] === word[at]) at++;
  const [a, b] = [typed.slice(at), word.slice(at)];
  const isSwap = a.length > 1 && a[0] === b[1] && a[1] === b[0] && a.slice(2) === b.slice(2);
  return isSwap || a.slice(1) === b.slice(1) || a.slice(1) === b || a === b.slice(1);
}
