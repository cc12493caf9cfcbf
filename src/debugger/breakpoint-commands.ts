/** Commands that set, list and change breakpoints. */
import { PatternError, StepPattern } from "../pvm/step-pattern.js";
import { type BreakpointKind, describeBreakpoint, parseConditions } from "./breakpoints.js";
import {
  badArgument,
  type CommandContext,
  type CommandResult,
  type CommandSpec,
  command,
  done,
  failed,
  int32,
  parseInteger,
} from "./command.js";
import { hostStateName } from "./durable-access.js";
import type { DebugSession } from "./session.js";

const PHASES = ["collect", "padding", "snapshot", "decode", "link", "init", "eval", "result", "stuck"];

function breakpointKind(session: DebugSession, words: readonly string[]): BreakpointKind {
  const [what = "", ...rest] = words;
  const [first = ""] = rest;
  switch (what) {
    case "host": {
      const stateName = hostStateName(first);
      if (stateName === null) throw badArgument(`no host function \`${first}\``);
      return { tag: "host", stateName };
    }
    case "function":
      return session.functionBreakpoint(rest.join(" "));
    case "key":
    case "read":
    case "write": {
      if (!first.startsWith("/")) throw badArgument("a key begins with '/'");
      const isPrefix = /\/\*?$/.test(first);
      const key = first.replace(/\/\*?$/, "");
      return { tag: "key", key: key === "" ? "/" : key, isPrefix, mode: what === "key" ? "access" : what };
    }
    case "memory": {
      const address = int32(first);
      const length = int32(rest[1] === "for" ? rest[2] : (rest[1] ?? "1"));
      if (address === null || length === null || length < 1)
        throw badArgument("`break memory <address> [for] <length>`");
      return { tag: "memory", range: { address: address >>> 0, length } };
    }
    case "tick":
      return tickBreakpoint(rest.join(""));
    case "trap":
      return { tag: "trap" };
    case "phase":
      if (!PHASES.includes(first)) throw badArgument(`no phase \`${first}\`; there are ${PHASES.join(", ")}`);
      return { tag: "phase", phase: first };
    default:
      if (/^[=%]/.test(what)) return tickBreakpoint(words.join(""));
      return session.functionBreakpoint(words.join(" "));
  }
}

function tickBreakpoint(text: string): BreakpointKind {
  try {
    const pattern = StepPattern.parse(/^[0-9]/.test(text) ? `=${text}` : text);
    return { tag: "tick", text, pattern };
  } catch (error) {
    if (error instanceof PatternError) throw badArgument(error.message);
    throw error;
  }
}

function addBreakpoint({ session }: CommandContext, words: readonly string[]): CommandResult {
  const at = words.indexOf("if");
  const conditions = at < 0 ? [] : parseConditions(words.slice(at + 1).join(" "));
  if (conditions === null) throw badArgument("conditions are like `if arg0 == 5 && arg1 > 0x10`");
  const made = session.addBreakpoint(breakpointKind(session, at < 0 ? words : words.slice(0, at)), conditions);
  return done(`Breakpoint ${made.id}: ${describeBreakpoint(made)}`, {
    breakpoint: made.id,
    on: describeBreakpoint(made),
  });
}

function listBreakpoints({ session }: CommandContext): CommandResult {
  const all = session.breakpoints;
  const lines = all.map((one) => `${one.id}: ${describeBreakpoint(one)}${one.isEnabled ? "" : " (disabled)"}`);
  return done(lines.length === 0 ? "No breakpoints" : lines.join("\n"), {
    breakpoints: all.map((one) => ({ breakpoint: one.id, on: describeBreakpoint(one), enabled: one.isEnabled })),
  });
}

function changeBreakpoint({ session }: CommandContext, text: string, change: (id: number) => boolean): CommandResult {
  const ids = text === "all" ? session.breakpoints.map(({ id }) => id) : [Number(parseInteger(text) ?? -1n)];
  const missing = ids.find((id) => !change(id));
  return missing === undefined ? done("", { breakpoints: ids }) : failed(`No breakpoint ${text}`);
}

export const BREAKPOINT_COMMANDS: readonly CommandSpec[] = [
  {
    usage: "break <where>",
    help: "break <where> [if arg0 == N && …] | b <where>: Stops before: a function (`break run`, `break function 12`), a host function (`break host store_write`), a durable key (`break key /a/b`, `break read /a/*`, `break write /a`), a tick (`break tick 500`, `break %1000`), a phase (`break phase init`); after a change of memory (`break memory 1024 for 8`); at a trap (`break trap`).",
    parse: (words) => {
      if (!["break", "b"].includes(words[0] ?? "") || words.length < 2) return null;
      return (context) => addBreakpoint(context, words.slice(1));
    },
  },
  command(
    "breakpoints",
    "breakpoints | info breakpoints: Lists the breakpoints.",
    ["breakpoints", "info breakpoints", "info b", "i b"],
    () => listBreakpoints,
  ),
  command(
    "delete <n>",
    "delete <n> | delete all: Removes breakpoints.",
    ["delete N", "d N"],
    ([id = ""]) =>
      (context) =>
        changeBreakpoint(context, id, (n) => context.session.removeBreakpoint(n)),
  ),
  command(
    "disable <n>",
    "disable <n>: Keeps a breakpoint from stopping anything.",
    ["disable N"],
    ([id = ""]) =>
      (context) =>
        changeBreakpoint(context, id, (n) => context.session.enableBreakpoint(n, false)),
  ),
  command(
    "enable <n>",
    "enable <n>: Undoes `disable`.",
    ["enable N"],
    ([id = ""]) =>
      (context) =>
        changeBreakpoint(context, id, (n) => context.session.enableBreakpoint(n, true)),
  ),
];
