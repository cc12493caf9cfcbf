/** What a line may go on with: words of commands, durable keys, functions, places, kinds. */
import { COMMANDS } from "./commands.js";
import { HOST_IMPORTS } from "./durable-access.js";
import type { DebugSession } from "./session.js";
import { subkeys } from "./show-storage.js";
import { KINDS } from "./values.js";

/** Candidates are told up to this number; more would fill a screen. */
const MAX_CANDIDATES = 200;

/** Words that are typed as they are, of all commands. */
const FIXED: readonly string[] = [
  ...new Set([
    ...COMMANDS.map(({ usage }) => usage.replace(/ ?[<[].*$/, "")),
    ...["tick", "result", "kernel_run", "inbox", "back"].map((kind) => `step ${kind}`),
    ...["start", "end", "snapshot", "decode", "link", "init", "eval", "result", "padding", "tick"].map(
      (place) => `goto ${place}`,
    ),
    ...["function", "host", "key", "read", "write", "memory", "tick", "phase", "trap"].map((what) => `break ${what}`),
    ...["--collapsed", "--without-time", "--no-reboot", "--table", "--html"].map((option) => `profile ${option}`),
    "info breakpoints",
    "info locals",
    "info stack",
    "quit",
  ]),
].sort();

const PATHS = /^(ls|show subkeys|show keys|show key|break (?:key|read|write)|b (?:key|read|write)) (\/\S*)$/;

/** The lines that `line` may become. */
export function completions(line: string, session: DebugSession | null): string[] {
  const text = line.trimStart();
  const path = PATHS.exec(text);
  const [, command = "", typed = ""] = path ?? [];
  let found: readonly string[];
  if (session === null) found = FIXED;
  else if (path !== null) found = paths(session, typed).map((key) => `${command} ${key}`);
  else if (/^(break|b) host /.test(text)) found = HOST_IMPORTS.map((name) => `${text.split(" ", 1)[0]} host ${name}`);
  else if (/^(break|b)( function)? [^ ]*$/.test(text)) found = [...FIXED, ...functions(session, text)];
  else if (/^(help|man|h) /.test(text)) {
    const word = text.split(" ", 1)[0] ?? "help";
    found = [...new Set(FIXED.map((fixed) => `${word} ${fixed.split(" ")[0]}`))];
  } else if (/^show key \S+ as \S*$/.test(text)) {
    const stem = text.slice(0, text.lastIndexOf(" "));
    found = [...KINDS, "u16", "i32", "i64", "u128", "u256"].map((kind) => `${stem} ${kind}`);
  } else if (/^time /.test(text)) {
    return completions(text.slice("time ".length), session).map((rest) => `time ${rest}`);
  } else found = FIXED;
  return found.filter((candidate) => candidate.startsWith(text)).slice(0, MAX_CANDIDATES);
}

/** The children of the folder that is being typed, folders with a slash behind. */
function paths(session: DebugSession, typed: string): string[] {
  const folder = typed.slice(0, typed.lastIndexOf("/"));
  const found = subkeys(session.machine, folder === "" ? "/" : folder);
  return found.tag === "keys" ? found.keys.map((key) => `${folder}/${key}`) : [];
}

function functions(session: DebugSession, text: string): string[] {
  const stem = text.slice(0, text.lastIndexOf(" "));
  const { moduleMap } = session;
  const own = Array.from({ length: moduleMap.functionCount - moduleMap.imports.length }, (_, index) =>
    moduleMap.functionName(moduleMap.imports.length + index),
  );
  return [...new Set(own)].filter((name) => !/\s/.test(name)).map((name) => `${stem} ${name}`);
}
