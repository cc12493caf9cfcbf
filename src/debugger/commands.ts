/**
 * The commands of the debugger: those of Octez's, with its words and its output (debugger.md §3, §4), and ours. To add one: a row in
 * `COMMANDS` here or in more-commands.ts, its words, its help, a test of its output, a line in docs/debugger.md.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fromHex, toHex } from "../encoding/hex.js";
import type { Json } from "../encoding/json.js";
import { PvmError } from "../pvm/errors.js";
import { RevealEscape } from "../wasm/eval/machine.js";
import { NoStoredForm } from "../wasm/syntax-leaves.js";
import {
  type CommandContext,
  type CommandResult,
  type CommandSpec,
  command,
  done,
  failed,
  int32,
  matchWords,
  parseInteger,
  statusJson,
  stopJson,
  stopNote,
} from "./command.js";
import { DebuggerError } from "./errors.js";
import { flameGraphHtml } from "./flame-graph.js";
import { MORE_COMMANDS } from "./more-commands.js";
import { collapsedStacks, functionTable, type ProfiledRun, stacks, total } from "./profile.js";
import type { DebugSession, ProfileResult, StepKind } from "./session.js";
import { inboxJson, outboxJson, printInbox, printOutbox, printStatus, readRequest } from "./show-state.js";
import { keyValue, printDurableStorage, readMemory, subkeys, valuesBelow } from "./show-storage.js";
import { printSpan } from "./span.js";
import { integerBytes, integerKind, isKind, showValue } from "./values.js";

function isStepKind(text: string): text is StepKind {
  return text === "tick" || text === "result" || text === "kernel_run" || text === "inbox";
}

async function step({ session, print }: CommandContext, kind: StepKind, count: bigint): Promise<CommandResult> {
  const request = session.machine.inputRequest();
  const level = session.nextLevel;
  const hasInbox = session.inputs.inboxes.length > session.timeline.history.levelsBefore(session.tick).length;
  const isKnown = session.timeline.history.inputAt(session.tick) !== undefined;
  if (kind === "inbox" && request.tag === "input" && !hasInbox && !isKnown) print(`No more inputs at level ${level}\n`);
  const moved = await session.step(kind, count);
  const note = stopNote(moved);
  return {
    ...done(`Evaluation took ${moved.ticks} ticks so far\n${printStatus(session.machine)}`, {
      ticks: String(moved.ticks),
      stop: stopJson(moved),
      ...statusJson(session),
    }),
    isOk: moved.stop.tag !== "interrupted",
    ...(note === null ? {} : { note }),
  };
}

async function loadInputs({ session }: CommandContext): Promise<CommandResult> {
  const level = session.nextLevel;
  switch (await session.loadInputs()) {
    case "loaded":
      return done("", { loaded: true, ...statusJson(session) });
    case "no_more_inputs":
      return failed(`No more inputs at level ${level}`);
    case "busy":
      return failed("The PVM is not expecting inputs yet. You can `step inbox` to evaluate the current inbox.");
    case "reveal":
      return failed(
        "The PVM is expecting a reveal. `reveal preimage`, `reveal metadata` or a step that answers it go on.",
      );
  }
}

function showKey({ session, decoders }: CommandContext, key: string, kind: string): CommandResult {
  const found = keyValue(session.machine, key);
  if (found.tag === "invalid") return failed("Invalid key", { key });
  if (found.tag !== "value") return failed("Key not found", { key });
  const text = showValue(found.bytes, kind, decoders);
  return done(text, { key, kind, length: found.bytes.length, hex: toHex(found.bytes), value: text });
}

function showSubkeys({ session }: CommandContext, path: string): CommandResult {
  const found = subkeys(session.machine, path);
  if (found.tag === "invalid") return failed("Invalid path, it must start with '/'", { path });
  if (found.tag === "missing")
    return failed(`The path /${found.path} is not available in the durable storage`, { path });
  return done(found.keys.map((key) => `/${key}`).join("\n"), { path, keys: found.keys, hasValue: found.hasValue });
}

function showMemory({ session }: CommandContext, address: number, length: number, kind: string): CommandResult {
  const bytes = readMemory(session.machine, address, length);
  if (typeof bytes === "string") return failed(`Error: ${bytes}`);
  return done(showValue(bytes, kind), { address: address >>> 0, hex: toHex(bytes), value: showValue(bytes, kind) });
}

function dumpSymbols({ session }: CommandContext): CommandResult {
  const names = [...session.moduleMap.names.functions].sort(([a], [b]) => a - b);
  const lines = names.map(([index, name]) => ` - func[${index}] <${name}>`);
  return done(`Functions:\n${lines.join("\n")}`, { functions: names.map(([index, name]) => ({ index, name })) });
}

async function revealPreimage({ session }: CommandContext, hex: string | null): Promise<CommandResult> {
  const request = session.machine.inputRequest();
  if (request.tag !== "reveal") return failed("Error: not a reveal step");
  const read = readRequest(request.request);
  if (read.kind !== "rawData") return failed("Error: not the expected reveal step");
  let data: Uint8Array | null;
  if (hex !== null) {
    try {
      data = fromHex(hex);
    } catch {
      return failed("Error: the data is not a valid hexadecimal value.");
    }
  } else data = await session.reveals.answer(request.request, null);
  if (data === null) return failed(`Error: preimage ${toHex(read.hash)} not found in ${session.reveals.preimageDir}`);
  session.answerReveal(data);
  return done("", { revealed: toHex(data), ...statusJson(session) });
}

function revealMetadata({ session }: CommandContext): CommandResult {
  const request = session.machine.inputRequest();
  if (request.tag !== "reveal") return failed("Error: Not in a reveal step");
  if (readRequest(request.request).kind !== "metadata") return failed("Error: Not the expected reveal step");
  session.answerReveal(session.reveals.metadata);
  return done("", { revealed: toHex(session.reveals.metadata), ...statusJson(session) });
}

// Profiles

interface ProfileOptions {
  readonly isCollapsed: boolean;
  readonly hasTime: boolean;
  readonly noReboot: boolean;
  readonly hasTable: boolean;
  /** A file, or an empty text for one beside the stacks. */
  readonly html: string | null;
}

function parseProfile(words: readonly string[]): ProfileOptions | null {
  const [first, ...rest] = words;
  if (first !== "profile") return null;
  const known = ["--collapsed", "--without-time", "--no-reboot", "--table"];
  const html = rest.find((word) => /^--html(=.+)?$/.test(word));
  if (rest.some((word) => !known.includes(word) && word !== html)) return null;
  return {
    isCollapsed: rest.includes("--collapsed"),
    hasTime: !rest.includes("--without-time"),
    noReboot: rest.includes("--no-reboot"),
    hasTable: rest.includes("--table"),
    html: html === undefined ? null : html.slice("--html=".length),
  };
}

function printRun({ phases }: ProfiledRun, hasTime: boolean): string {
  const span = (nanoseconds: number): string => (hasTime ? ` (${printSpan(nanoseconds)})` : "");
  let all = 0n;
  let time = 0;
  const lines = phases.map((phase) => {
    const { ticks, nanoseconds } = total(phase);
    all += ticks;
    time += nanoseconds;
    return `${phase.name}: ${ticks} ticks${span(nanoseconds)}`;
  });
  return `----------------------\nDetailed results for a \`kernel_run\`:\n${lines.join("\n")}\n\nFull execution: ${all} ticks${span(time)}`;
}

async function profile(context: CommandContext, options: ProfileOptions): Promise<CommandResult> {
  const { session, print } = context;
  const level = session.nextLevel;
  if (!(await session.prepareProfile())) print(`No more inputs at level ${level}\n`);
  const began = context.now();
  print(
    "Starting the profiling until new messages are expected. Please note that it will take some time and does not reflect a real computation time.\n",
  );
  const result = await session.profile({
    noReboot: options.noReboot,
    onSection: ({ ticks, startData, endData }) => {
      print(`__wasm_debugger__::Section{ticks:${ticks};data:(0x${toHex(startData)},0x${toHex(endData)})}\n`);
    },
  });
  const took = context.now() - began;
  const stamp = new Date(context.date()).toISOString().replace(/Z$/, "-00:00");
  const folder = context.flamechartsDir ?? tmpdir();
  const path = join(folder, `wasm-debugger-profiling-${stamp}.out`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(path, options.isCollapsed ? collapsedStacks(result.runs) : stacks(result.runs));
  const lines = [
    `Profiling result can be found in ${path}`,
    ...result.runs.map((run) => printRun(run, options.hasTime)),
  ];
  lines.push(`----------------------\nFull execution with padding: ${result.ticks} ticks`);
  if (options.html !== null) {
    const html = options.html === "" ? path.replace(/\.out$/, ".html") : options.html;
    writeFileSync(html, flameGraphHtml(result.runs, `Profile of ${stamp}`));
    lines.push(`Flame graph: ${html}`);
  }
  if (options.hasTable) lines.push(...table(result.runs), budget(session, result, took));
  const note = stopNote({ ticks: result.ticks, stop: result.stop });
  return { ...done(lines.join("\n"), profileJson(result, path)), ...(note === null ? {} : { note }) };
}

function table(runs: readonly ProfiledRun[]): string[] {
  const rows = functionTable(runs);
  const all = rows.reduce((sum, { self }) => sum + self, 0n);
  const share = (ticks: bigint): string =>
    (all === 0n ? "0.0" : (Number((ticks * 1000n) / all) / 10).toFixed(1)).padStart(5);
  return [
    "          self            total      calls  function",
    ...rows.map(
      ({ name, self, total: whole, calls }) =>
        `${String(self).padStart(10)} ${share(self)}% ${String(whole).padStart(10)} ${share(whole)}% ${String(calls).padStart(6)}  ${name}`,
    ),
  ];
}

/** Whether the longest run fits into a kernel run, and how long a refuter takes to run it again. */
function budget(session: DebugSession, { runs }: ProfileResult, tookMs: number): string {
  const longest = runs.reduce((most, { phases }) => {
    const ticks = phases.reduce((sum, phase) => sum + total(phase).ticks, 0n);
    return ticks > most ? ticks : most;
  }, 0n);
  const limit = session.machine.maxTicks;
  const share = ((Number(longest) / Number(limit)) * 100).toPrecision(2);
  const fits = longest < limit - 1n ? "fits" : "does not fit";
  return `The longest kernel_run ${fits} into ${limit} ticks (${longest}, ${share} %); a refuter runs this in about ${printSpan(Math.round(tookMs * 1e6))} a pass`;
}

function profileJson({ runs, ticks }: ProfileResult, file: string): Json {
  return {
    file,
    ticksWithPadding: String(ticks),
    runs: runs.map(({ phases }) => phases.map((phase) => ({ name: phase.name, ticks: String(total(phase).ticks) }))),
    functions: functionTable(runs).map(({ name, self, total: whole, calls }) => ({
      name,
      self: String(self),
      total: String(whole),
      calls,
    })),
  };
}

// The table

export const COMMANDS: readonly CommandSpec[] = [
  {
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
  },
  command(
    "show inbox",
    "show inbox: Prints the current input buffer and the number of messages it contains.",
    ["show inbox"],
    () =>
      ({ session }) =>
        done(printInbox(session.machine), { messages: inboxJson(session.machine) }),
  ),
  command(
    "show outbox at level <level>",
    "show outbox at level <level>: Prints the outbox messages for <level>.",
    ["show outbox at level LEVEL"],
    ([text]) => {
      const level = int32(text);
      if (level === null) return null;
      return ({ session }) => {
        const messages = outboxJson(session.machine, level);
        const shown = printOutbox(session.machine, level);
        return messages === null ? failed(shown, { level }) : done(shown, { level, messages });
      };
    },
  ),
  command(
    "show status",
    "show status: Shows the state of the PVM.",
    ["show status"],
    () =>
      ({ session }) =>
        done(printStatus(session.machine), statusJson(session)),
  ),
  command(
    "show durable storage",
    "show durable storage: Prints the durable storage from the root of the tree.",
    ["show durable storage"],
    () =>
      ({ session }) => {
        const values = [...valuesBelow(session.machine.durable.tree.root, "/")].map(([key, bytes]) => [
          key,
          toHex(bytes),
        ]);
        return done(printDurableStorage(session.machine), { values: Object.fromEntries(values) as Json });
      },
  ),
  command(
    "show subkeys [<path>]",
    "show subkeys [<path>] | ls [<path>]: Prints the direct subkeys under <path> (default '/')",
    ["show subkeys PATH", "ls PATH", "show subkeys", "ls", "show keys PATH", "show keys"],
    ([path = "/"]) =>
      (context) =>
        showSubkeys(context, path),
  ),
  {
    usage: "show key <key> [as <kind>]",
    help: "show key <key> [as <kind>]: Looks for given <key> in durable storage and prints its value in <kind> format. Prints errors if <key> is invalid or not existing.",
    parse: (words) => {
      const [key = "", kind = "hex"] =
        matchWords(words, "show key KEY") ?? matchWords(words, "show key KEY as KIND") ?? [];
      if (key === "") return null;
      return (context) =>
        isKind(kind, context.decoders) ? showKey(context, key, kind) : failed(`Unknown kind \`${kind}\``);
    },
  },
  command(
    "dump function symbols",
    "dump function symbols: Pretty-prints the parsed functions custom section. The result will be empty if the kernel has been stripped of its custom sections.",
    ["dump function symbols"],
    () => dumpSymbols,
  ),
  command(
    "step <eval_step>",
    "step <eval_step>: Depending on <eval_step>:\n          - tick [N]: Run for a tick, or N.\n          - result: Run up to the end of `kernel_run` but before rebooting or waiting for inputs, before the memory is flushed.\n          - kernel_run: Run up to the end of the current `kernel_run` with padding up to the maximum ticks per reboot for the current version of the PVM.\n          - inbox: Run until the next inbox level. Loads the next inbox if the interpreter is waiting for inputs.",
    ["step KIND", "step tick N", "stepi N", "stepi", "s N", "s"],
    (args) => {
      const [kind = "tick", count = "1"] = args;
      if (isStepKind(kind)) {
        const ticks = parseInteger(count);
        return ticks === null || ticks < 1n ? null : (context) => step(context, kind, ticks);
      }
      const ticks = parseInteger(kind);
      return ticks === null || ticks < 1n ? null : (context) => step(context, "tick", ticks);
    },
  ),
  command(
    "load inputs",
    "load inputs: If the kernel is waiting for inputs, go the the next level and load the next inbox.",
    ["load inputs"],
    () => loadInputs,
  ),
  command(
    "reveal preimage [<hex_encoded_preimage>]",
    "reveal preimage [<hex_encoded_preimage>]: Checks the current state is waiting for a preimage, parses <hex_encoded_preimage> as an hexadecimal representation of the data or uses the builtin if none is given, and does a reveal step.",
    ["reveal preimage", "reveal preimage HEX", "reveal preimage of HEX"],
    ([hex = null]) =>
      (context) =>
        revealPreimage(context, hex),
  ),
  command(
    "reveal metadata",
    "reveal metadata: While in a reveal step, gives the kernel the metadata of the rollup.",
    ["reveal metadata"],
    () => revealMetadata,
  ),
  command("stop", "stop: Stops the execution of the current session.", ["stop", "quit", "exit", "q"], () => () => ({
    ...done(""),
    isEnd: true,
  })),
  {
    usage: "profile [options]",
    help: "profile <option>: Profiles the execution of a full inbox and outputs a flamegraph compatible stack file in the temporary directory of the system. \nOptions:\n - `--collapsed`: reduces the size of the resulting file by merging the identical stacks, at the cost of not being able to track the call stack on a time basis.\n - `--without-time`: does not print the time.\n - `--no-reboot`: profile a single `kernel_run`, not a full inbox.\n - `--table`: ticks by function, and whether the run fits the limit.\n - `--html[=FILE]`: a flame graph to open in a browser.",
    parse: (words) => {
      const options = parseProfile(words[0] === "bench" ? ["profile", "--table", ...words.slice(1)] : words);
      return options === null ? null : (context) => profile(context, options);
    },
  },
  {
    usage: "show memory at <address> for <length> bytes [as string]",
    help: "show memory at <address> for <length> bytes [as string] | show memory at <address> as <kind>: Loads the <length> bytes at <address> in the memory, and prints it in its hexadecimal (or string) representation.\nThe command is only available if the memory hasn't been flushed and during the evaluation of the kernel, i.e. after `step result` or `step tick`.",
    parse: (words) => {
      const plain = matchWords(words, "show memory at ADDRESS for LENGTH bytes");
      const typed = matchWords(words, "show memory at ADDRESS for LENGTH bytes as KIND");
      const integer = matchWords(words, "show memory at ADDRESS as KIND");
      const address = int32((plain ?? typed ?? integer)?.[0]);
      if (address === null) return null;
      if (integer !== null) {
        const kind = integerKind(integer[1] ?? "");
        return kind === null ? null : (context) => showMemory(context, address, integerBytes(kind), kind);
      }
      const length = int32((plain ?? typed)?.[1]);
      const kind = typed?.[2] ?? "hex";
      return length === null || !isKind(kind, new Map())
        ? null
        : (context) => showMemory(context, address, length, kind);
    },
  },
  {
    usage: "help [<command>]",
    help: "help: Provide documentation about the available commands.",
    parse: (words) => {
      if (!["help", "man", "h", "?"].includes(words[0] ?? "")) return null;
      return () => help(words.slice(1).join(" "));
    },
  },
  ...MORE_COMMANDS,
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
