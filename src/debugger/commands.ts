/**
 * All commands of the debugger: those of Octez's, in the order of its help, and ours; finding them by their words, running a line, help,
 * completion. To add one: see README.md.
 */
import { PvmError } from "../pvm/errors.js";
import { RevealEscape } from "../wasm/eval/machine.js";
import { NoStoredForm } from "../wasm/syntax-leaves.js";
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
  const about =
    topic === ""
      ? COMMANDS
      : COMMANDS.filter(({ usage, help: text }) => usage.startsWith(topic) || text.startsWith(topic));
  if (about.length === 0) return failed(`No command \`${topic}\`; \`help\` lists them`);
  return done(about.map(({ help: text }) => `  ${text}`).join("\n"), {
    commands: about.map(({ usage, help: text }) => ({ usage, help: text })),
  });
}

/** What to do for a line's words; null when they are no command. */
export function findCommand(words: readonly string[], raw: string): ReturnType<CommandSpec["parse"]> {
  for (const spec of COMMANDS) {
    const found = spec.parse(words, raw);
    if (found !== null) return found;
  }
  return null;
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

/** Usages that begin like what was typed. */
export function suggestions(line: string): string[] {
  const [first = "", second = ""] = wordsOf(line);
  if (first.length < 2) return [];
  const usages = COMMANDS.map(({ usage }) => usage);
  const same = usages.filter((usage) => usage.startsWith(`${first} `) || usage === first);
  const closer = same.filter((usage) => second !== "" && (usage.split(" ")[1] ?? "").startsWith(second.slice(0, 1)));
  const begins = usages.filter((usage) => usage.startsWith(first.slice(0, 3)));
  return (closer.length > 0 ? closer : same.length > 0 ? same : begins).slice(0, 6);
}

/** What a line may go on with, for the completion of a terminal: whole lines. */
export function completions(line: string): string[] {
  const fixed = COMMANDS.map(({ usage }) => usage.replace(/ ?[<[].*$/, ""));
  const steps = ["tick", "result", "kernel_run", "inbox"].map((kind) => `step ${kind}`);
  return [...new Set([...fixed, ...steps])].filter((candidate) => candidate.startsWith(line.trimStart())).sort();
}
