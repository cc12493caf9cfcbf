// `tickproof debugger`: the kernel debugger, a drop-in for octez-smart-rollup-wasm-debugger (docs/debugger.md). Options and the
// terminal are here; everything else is in src/debugger/.
import { closeSync, openSync, statSync, writeSync } from "node:fs";
import { createRequire } from "node:module";
import { resolve } from "node:path";
import { Command } from "commander";
import { completions } from "../debugger/completion.js";
import { DebugConsole } from "../debugger/console.js";
import { DebuggerError } from "../debugger/errors.js";
import { type Instruction, parseInstallerConfig } from "../debugger/installer-config.js";
import { DebugSession } from "../debugger/session.js";
import { TimingsLog } from "../debugger/timings.js";
import type { Decoder } from "../debugger/values.js";
import { isBase58Check } from "../encoding/base58check.js";
import { InputsError } from "../protocol/inputs/error.js";
import { parseInputs, type RollupInputs } from "../protocol/inputs/inputs.js";
import { PROTOCOL_PARAMETERS } from "../pvm/genesis.js";
import { MAX_KERNEL_FILE_BYTES } from "../pvm/kernel-format.js";
import { isPvmVersion, ORIGINATION_VERSION, PVM_VERSIONS, type PvmVersion } from "../pvm/versions.js";
import type { Context } from "./context.js";
import { historyPath, LineHistory, type Lines, PipedLines, ScriptLines, TypedLines } from "./debugger-lines.js";
import { CliError, EXIT } from "./errors.js";
import { readBytes } from "./files.js";
import { positive } from "./machine-options.js";
import { Progress } from "./progress.js";

import { styled, type Terminal } from "./terminal.js";
import { grouped } from "./text.js";

interface DebuggerOptions {
  readonly kernel?: string;
  readonly inputs?: string;
  readonly rollup?: string;
  readonly preimageDir?: string;
  readonly preimageEndpoint?: string;
  readonly dalPagesDir?: string;
  readonly pvmVersion: string;
  readonly kernelDebug: boolean;
  readonly plugins?: string;
  readonly installerConfig?: string;
  readonly flamechartsDir?: string;
  readonly timingsFile?: string;
  readonly commands?: string;
  readonly record?: string;
  readonly json: boolean;
  readonly strict: boolean;
  readonly history?: bigint;
  readonly ticksPerSnapshot?: bigint;
}

/** Largest inputs, commands and configuration files, in bytes. */
const MAX_TEXT_BYTES = 256 * 1024 * 1024;
const MAX_STATES = 1_000_000n;

/** Wrong options end with 1, as in Octez's debugger. */
class DebuggerCommand extends Command {
  override error(message: string): never {
    throw new CliError(EXIT.negativeVerdict, message.replace(/^error: /, ""));
  }
}

export function debuggerCommand(context: Context): Command {
  return new DebuggerCommand("debugger")
    .description("debug a kernel: forward, back, breakpoints, profiles, proofs; as octez-smart-rollup-wasm-debugger")
    .argument("[kernel]", "kernel file, if not given by --kernel")
    .option("--kernel <file>", "kernel: .wasm, .wat, .wast or .hex; told apart by what it holds")
    .option("--inputs <file>", "JSON inboxes")
    .option("--rollup <address>", "address of the rollup")
    .option("--preimage-dir <dir>", "where preimages are read from (default: preimage)")
    .option("--preimage-endpoint <url>", "where preimages are fetched from that are not there")
    .option("--dal-pages-dir <dir>", "where DAL pages are read from (default: dal_pages)")
    .option("-p, --pvm-version <version>", "version of the PVM", ORIGINATION_VERSION)
    .option("--no-kernel-debug", "do not show what the kernel writes with write_debug")
    .option("--plugins <files>", "ES modules with decoders of values, separated by commas")
    .option(
      "--installer-config <file>",
      "what is put into the durable storage before the first tick (.yaml, .yml, .json)",
    )
    .option("--flamecharts-dir <dir>", "where profiles are written (default: the temporary folder)")
    .option("--timings-file <file>", "write the kernel's debug lines there, with their times")
    .option("--commands <file>", "read commands from a file; the exit code is 1 if one fails")
    .option("--record <file>", "write a script of the session, which --commands replays and checks")
    .option("--json", "print one JSON object a command", false)
    .option("--strict", "exit with 1 if a command fails", false)
    .option("--history <n>", "states kept for going back at most", positive)
    .option("--ticks-per-snapshot <n>", "ticks of a kernel run", positive)
    .action(async (kernel: string | undefined, options: DebuggerOptions) => {
      try {
        await debug(context, kernel ?? options.kernel, options);
      } catch (error) {
        if (!(error instanceof DebuggerError || error instanceof InputsError || error instanceof CliError)) throw error;
        // As Octez prints errors.
        context.terminal.err(`Error\n${error.message.replace(/^/gm, "  ")}\n\n`);
        context.exitCode = EXIT.negativeVerdict;
      }
    });
}

function refuse(message: string): DebuggerError {
  return new DebuggerError("debugger.bad_option", message);
}

function expectFile(path: string): string {
  if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true) throw refuse(`${path} is not a valid file`);
  return path;
}

function expectFolder(path: string): string {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true)
    throw refuse(`${path} is not a valid directory`);
  return path;
}

function readText(path: string): string {
  const bytes = readBytes(expectFile(path), MAX_TEXT_BYTES);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw refuse(`${path} is not UTF-8 text`);
  }
}

function readInputs(path: string | undefined, rollup: string | undefined): RollupInputs | undefined {
  if (path === undefined) return undefined;
  const text = readText(path);
  try {
    return parseInputs(text, rollup === undefined ? {} : { rollup });
  } catch (error) {
    if (error instanceof InputsError) throw refuse(`${path}: ${error.message}`);
    throw error;
  }
}

function readInstallerConfig(path: string | undefined): readonly Instruction[] {
  if (path === undefined) return [];
  if (!/\.(ya?ml|json)$/.test(path)) throw refuse("Expecting either a .yaml or .json file");
  return parseInstallerConfig(readText(path), path.endsWith(".json") ? "json" : "yaml");
}

function pvmVersion(text: string): PvmVersion {
  if (isPvmVersion(text)) return text;
  const known = PVM_VERSIONS.map((version) => `'${version}'`).join(", ");
  throw refuse(`${text} is not a valid WASM PVM version. Expected one of: ${known}`);
}

/** ES modules too: what they are is only known when they are there. */
const load = createRequire(import.meta.url);

function loadPlugins(files: string | undefined, terminal: Terminal): Map<string, Decoder> {
  const decoders = new Map<string, Decoder>();
  for (const file of files?.split(",") ?? []) {
    try {
      const module = load(resolve(expectFile(file))) as { readonly decoders?: unknown };
      for (const [name, decoder] of Object.entries(module.decoders ?? {})) {
        if (typeof decoder === "function")
          decoders.set(name, (bytes) => String((decoder as (bytes: Uint8Array) => unknown)(bytes)));
      }
      if (module.decoders === undefined) throw new Error("it exports no `decoders`");
    } catch (error) {
      if (error instanceof DebuggerError) throw error;
      terminal.err(
        `Loading plugin \`${file}\` failed with: ${error instanceof Error ? error.message : String(error)}\n`,
      );
    }
  }
  return decoders;
}

async function debug(context: Context, kernel: string | undefined, options: DebuggerOptions): Promise<void> {
  const { terminal } = context;
  if (kernel === undefined) throw refuse("A kernel file must be provided");
  const version = pvmVersion(options.pvmVersion);
  if (options.rollup !== undefined && !isBase58Check("rollupAddress", options.rollup)) {
    throw refuse(`Parameter rollup is an invalid smart rollup address in base58: ${options.rollup}`);
  }
  for (const folder of [options.preimageDir, options.dalPagesDir, options.flamechartsDir])
    if (folder !== undefined) expectFolder(folder);
  if (options.history !== undefined && options.history > MAX_STATES) throw refuse(`--history is at most ${MAX_STATES}`);
  const inputs = readInputs(options.inputs, options.rollup);
  const script = options.commands === undefined ? null : readText(options.commands);
  const lines = linesOf(script, terminal, options.json, () => session);
  const record = options.record === undefined ? null : openRecord(options.record, kernel);
  const timings = options.timingsFile === undefined ? null : openTimings(options.timingsFile, terminal);
  const progress = new Progress(terminal, () => (session === null ? "" : pace.describe(session)));
  const pace = new Pace(() => terminal.now(), lines.isInteractive ? " (Ctrl-C stops)" : "");
  let session: DebugSession | null = null;
  const dialogue = new DebugConsole({
    readLine: (prompt, isQuestion) => {
      progress.clear();
      return lines.next(prompt, isQuestion);
    },
    out: (text) => terminal.out(text),
    err: (text) => terminal.err(terminal.errIsTty ? styled(terminal, "cyan", text) : text),
    paintFailure: (text) => styled(terminal, "red", text),
    ...(record === null ? {} : { record: record.write }),
    isJson: options.json,
    isLenient: script !== null || lines.isInteractive,
    afterCommand: progress.clear.bind(progress),
  });
  const onDebug = timings?.log.write ?? dialogue.onDebug;
  try {
    session = await DebugSession.open({
      kernel: readBytes(expectFile(kernel), MAX_KERNEL_FILE_BYTES),
      kernelName: kernel,
      version,
      installerConfig: readInstallerConfig(options.installerConfig),
      reveals: {
        ...(options.preimageDir === undefined ? {} : { preimageDir: options.preimageDir }),
        ...(options.preimageEndpoint === undefined ? {} : { preimageEndpoint: endpoint(options.preimageEndpoint) }),
        ...(options.dalPagesDir === undefined ? {} : { dalPagesDir: options.dalPagesDir }),
        ...(options.rollup === undefined ? {} : { rollup: options.rollup }),
      },
      ...(inputs === undefined ? {} : { inputs }),
      ...(options.ticksPerSnapshot === undefined
        ? {}
        : { parameters: { ...PROTOCOL_PARAMETERS, ticksPerSnapshot: options.ticksPerSnapshot } }),
      ...(options.history === undefined ? {} : { maxStates: Number(options.history) }),
      ...(options.kernelDebug || timings !== null ? { onDebug } : {}),
      onTell: dialogue.onTell,
      ask: dialogue.ask,
      onProgress: progress.update,
      now: () => terminal.now(),
    });
    for (const warning of session.kernelWarnings) terminal.err(`Warning: ${kernel}: ${warning}\n`);
    const decoders = loadPlugins(options.plugins, terminal);
    lines.onInterrupt(() => session?.interrupt());
    if (lines.isInteractive) terminal.err(styled(terminal, "dim", `${banner(kernel, version, session)}\n`));
    await dialogue.run({
      session,
      decoders,
      ...(options.flamechartsDir === undefined ? {} : { flamechartsDir: options.flamechartsDir }),
      date: Date.now,
      now: () => terminal.now(),
      print: dialogue.print,
    });
  } finally {
    progress.clear();
    lines.close();
    timings?.close();
    record?.close();
  }
  const isChecked = options.strict || script !== null;
  if (isChecked && dialogue.failures > 0) context.exitCode = EXIT.negativeVerdict;
}

function endpoint(text: string): string {
  if (URL.canParse(text)) return text;
  throw refuse(`${text} is not a URL`);
}

function linesOf(
  script: string | null,
  terminal: Terminal,
  isJson: boolean,
  session: () => DebugSession | null,
): Lines {
  if (script !== null) return new ScriptLines(script);
  const isTyped = process.stdin.isTTY === true && terminal.outIsTty && !isJson;
  if (!isTyped) return new PipedLines(process.stdin, (text) => terminal.out(text));
  return new TypedLines({
    keys: process.stdin,
    screen: process.stdout,
    history: new LineHistory(historyPath(process.env)),
    complete: (line) => completions(line, session()),
    paintPrompt: (prompt) => styled(terminal, "bold", prompt),
  });
}

interface Sink {
  readonly write: (line: string) => void;
  readonly close: () => void;
}

/** Written line by line: a session that is killed leaves what it did. */
function openRecord(path: string, kernel: string): Sink {
  const file = openNew(path);
  const write = (line: string): void => void writeSync(file, `${line}\n`);
  write(`# A session of tickproof debugger on ${kernel}`);
  return { write, close: () => closeSync(file) };
}

function openNew(path: string): number {
  try {
    return openSync(path, "w");
  } catch (error) {
    throw refuse(`${path}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function openTimings(path: string, terminal: Terminal): { readonly log: TimingsLog; readonly close: () => void } {
  const file = openNew(path);
  const began = terminal.now();
  const log = new TimingsLog(
    (line) => void writeSync(file, line),
    () => terminal.now() - began,
  );
  const close = (): void => {
    log.finish();
    closeSync(file);
  };
  return { log, close };
}

function banner(kernel: string, version: PvmVersion, { inputs, moduleMap }: DebugSession): string {
  const inboxes = inputs.inboxes.length === 1 ? "1 inbox" : `${inputs.inboxes.length} inboxes`;
  return `${kernel}: PVM ${version}, ${moduleMap.functionCount} functions, ${inboxes}. Try \`help\`, or Tab.`;
}

/** How far a motion is, and how fast it goes. */
class Pace {
  readonly #now: () => number;
  readonly #hint: string;
  #tick = 0n;
  #time = 0;

  constructor(now: () => number, hint: string) {
    this.#now = now;
    this.#hint = hint;
  }

  /** Of what has passed since the last time it was asked. */
  readonly describe = ({ tick, machine }: DebugSession): string => {
    const now = this.#now();
    const ticks = Number(tick - this.#tick);
    const seconds = (now - this.#time) / 1000;
    this.#tick = tick;
    this.#time = now;
    // Padding is jumped over, and going back begins with a leap.
    const isSteady = ticks > 0 && seconds > 0 && seconds < 1 && ticks / seconds < 1e9;
    const rate = isSteady ? `, ${Math.round(ticks / seconds / 1e6)} M ticks/s` : "";
    return `${machine.tickState.tag}, tick ${grouped(tick)}${rate}${this.#hint}`;
  };
}
