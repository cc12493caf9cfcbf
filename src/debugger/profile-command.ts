/** `profile`: what the ticks of an inbox went into, as stacks, a table, a flame graph (debugger.md §9). */
import { mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { toHex } from "../encoding/hex.js";
import type { Json } from "../encoding/json.js";
import { type CommandContext, type CommandResult, type CommandSpec, done, stopNote, writeNamed } from "./command.js";
import { demangle } from "./demangle.js";
import { fileFault } from "./errors.js";
import { flameGraphHtml } from "./flame-graph.js";
import { collapsedStacks, functionTable, type ProfiledRun, stacks, total } from "./profile.js";
import type { DebugSession, ProfileResult } from "./session.js";
import { printSpan } from "./span.js";

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
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    throw fileFault(folder, error);
  }
  writeNamed(path, options.isCollapsed ? collapsedStacks(result.runs) : stacks(result.runs));
  const lines = [
    `Profiling result can be found in ${path}`,
    ...result.runs.map((run) => printRun(run, options.hasTime)),
  ];
  lines.push(`----------------------\nFull execution with padding: ${result.ticks} ticks`);
  if (options.html !== null) {
    const html = options.html === "" ? path.replace(/\.out$/, ".html") : options.html;
    writeNamed(
      html,
      flameGraphHtml(result.runs, `Profile of ${session.kernelName}`, new Date(context.date()).toISOString()),
    );
    lines.push(`Flame graph: ${html}`);
  }
  const limits = budget(session, result, took);
  if (options.hasTable) lines.push(...table(result.runs), printBudget(limits));
  const note = stopNote({ ticks: result.ticks, stop: result.stop });
  return { ...done(lines.join("\n"), profileJson(result, path, limits)), ...(note === null ? {} : { note }) };
}

function table(runs: readonly ProfiledRun[]): string[] {
  const rows = functionTable(runs);
  const all = rows.reduce((sum, { self }) => sum + self, 0n);
  const share = (ticks: bigint): string =>
    (all === 0n ? "0.0" : (Number((ticks * 1000n) / all) / 10).toFixed(1)).padStart(5);
  return [
    `${"self".padStart(10)} ${"".padStart(6)} ${"total".padStart(10)} ${"".padStart(6)} ${"calls".padStart(6)}  function`,
    ...rows.map(
      ({ name, self, total: whole, calls }) =>
        `${String(self).padStart(10)} ${share(self)}% ${String(whole).padStart(10)} ${share(whole)}% ${String(calls).padStart(6)}  ${demangle(name)}`,
    ),
  ];
}

/** Parts that a move of the refutation game cuts a range of ticks into, at most. */
const SECTIONS = 32;

/** Whether the longest run fits into a kernel run; how often a refuter runs the inbox again to answer each move down to one tick. */
function budget(session: DebugSession, { runs, ticks }: ProfileResult, tookMs: number) {
  const longest = runs.reduce((most, run) => (run.ticks > most ? run.ticks : most), 0n);
  const limit = session.machine.maxTicks;
  const passes = Math.max(1, Math.ceil(Math.log(Math.max(2, Number(ticks))) / Math.log(SECTIONS)));
  return { longest, limit, fits: longest < limit - 1n, passes, pass: Math.round(tookMs * 1e6) };
}

function printBudget({ longest, limit, fits, passes, pass }: ReturnType<typeof budget>): string {
  const share = ((Number(longest) / Number(limit)) * 100).toPrecision(2);
  return `The longest kernel_run ${fits ? "fits" : "does not fit"} into ${limit} ticks (${longest}, ${share} %); a refuter needs at most ${passes} passes of about ${printSpan(pass)}`;
}

function profileJson({ runs, ticks }: ProfileResult, file: string, limits: ReturnType<typeof budget>): Json {
  return {
    file,
    ticksWithPadding: String(ticks),
    fitsLimit: limits.fits,
    longestRun: String(limits.longest),
    limit: String(limits.limit),
    refuterPasses: limits.passes,
    passNanoseconds: limits.pass,
    runs: runs.map(({ phases }) => phases.map((phase) => ({ name: phase.name, ticks: String(total(phase).ticks) }))),
    functions: functionTable(runs).map(({ name, self, total: whole, calls }) => ({
      name: demangle(name),
      self: String(self),
      total: String(whole),
      calls,
    })),
  };
}

export const PROFILE_COMMAND: CommandSpec = {
  usage: "profile [options]",
  help: "profile <option>: Profiles the execution of a full inbox and outputs a flamegraph compatible stack file in the temporary directory of the system. \nOptions:\n - `--collapsed`: reduces the size of the resulting file by merging the identical stacks, at the cost of not being able to track the call stack on a time basis.\n - `--without-time`: does not print the time.\n - `--no-reboot`: profile a single `kernel_run`, not a full inbox.\n - `--table`: ticks by function, and whether the run fits the limit.\n - `--html[=FILE]`: a flame graph to open in a browser.",
  parse: (words) => {
    const options = parseProfile(words[0] === "bench" ? ["profile", "--table", ...words.slice(1)] : words);
    return options === null ? null : (context) => profile(context, options);
  },
};
