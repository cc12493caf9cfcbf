// The command line of tickproof: its commands, and what their errors become.
import { readFileSync } from "node:fs";
import { Command } from "commander";
import { checkCommand } from "./check.js";
import { Context } from "./context.js";
import { debuggerCommand } from "./debugger.js";
import { demoCommand } from "./demo.js";
import { failureOf } from "./errors.js";
import { packageFile } from "./package-files.js";
import { PHRASE_COMMANDS, phraseCommandLine } from "./phrase-programs.js";
import { proveCommand } from "./prove.js";
import { runCommand } from "./run.js";
import { sandboxCommand } from "./sandbox.js";
import type { Terminal } from "./terminal.js";
import { verifyCommand } from "./verify.js";

/** Runs the command line `args` (without node and script); gives the exit code. Never throws. */
export async function runProgram(args: readonly string[], terminal: Terminal): Promise<number> {
  const context = new Context(terminal);
  const program = buildProgram(context);
  try {
    const phrases = phraseCommandLine(args);
    if (phrases !== undefined) return await phrases.run(terminal, packageVersion());
    await program.parseAsync(args, { from: "user" });
    return context.exitCode;
  } catch (error) {
    const { exitCode, message } = failureOf(error);
    if (message !== undefined) terminal.err(`tickproof: ${message}\n`);
    if (message !== undefined && isDebugging(program, args)) terminal.err(`${stackOf(error)}\n`);
    return exitCode;
  }
}

/** The command lines that commander never sees have the option in front. */
function isDebugging(program: Command, args: readonly string[]): boolean {
  return program.opts()["debug"] === true || args[0] === "--debug";
}

function buildProgram(context: Context): Command {
  const { terminal } = context;
  const program = new Command("tickproof")
    .description("Smart rollups of Tezos (wasm_2_0_0): any tick's state hash and proof")
    .version(packageVersion())
    .option("--debug", "show where an error comes from");
  for (const command of [
    runCommand,
    proveCommand,
    verifyCommand,
    checkCommand,
    sandboxCommand,
    debuggerCommand,
    demoCommand,
    ...PHRASE_COMMANDS,
  ])
    program.addCommand(command(context));
  for (const command of [program, ...program.commands]) {
    command
      .exitOverride()
      .configureHelp({ showGlobalOptions: true })
      .configureOutput({
        writeOut: (text) => terminal.out(text),
        writeErr: (text) => terminal.err(text),
        getOutHasColors: () => terminal.hasColours,
        outputError: (text, write) => write(text.replace(/^error: /, "tickproof: ")),
      });
  }
  return program;
}

function packageVersion(): string {
  return (JSON.parse(readFileSync(packageFile("package.json"), "utf8")) as { version: string }).version;
}

/** The stack of an error and of what caused it. */
function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const stack = error.stack ?? error.message;
  return error.cause === undefined ? stack : `${stack}\ncaused by ${stackOf(error.cause)}`;
}
