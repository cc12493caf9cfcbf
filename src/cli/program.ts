// The command line of tickproof: its commands, and what their errors become.
import { Command } from "commander";
import { checkCommand } from "./check.js";
import { Context } from "./context.js";
import { debuggerCommand } from "./debugger.js";
import { demoCommand } from "./demo.js";
import { dissectCommand } from "./dissect.js";
import { reportFailure } from "./failure-report.js";
import { judgeCommand } from "./judge.js";
import { packageVersion } from "./package-files.js";
import { PHRASE_PROGRAMS, runPhraseProgram } from "./phrase-programs.js";
import { proveCommand } from "./prove.js";
import { refuteCommand } from "./refute.js";
import { runCommand } from "./run.js";
import { sandboxCommand } from "./sandbox.js";
import type { Terminal } from "./terminal.js";
import { verifyCommand } from "./verify.js";
import { watchCommand } from "./watch.js";

/** Runs the command line `args` (without node and script); gives the exit code. Never throws. */
export async function runProgram(args: readonly string[], terminal: Terminal): Promise<number> {
  const code = await runPhraseProgram(args, terminal);
  if (code !== undefined) return code;
  const context = new Context(terminal);
  const program = buildProgram(context);
  try {
    await program.parseAsync(args, { from: "user" });
    return context.exitCode;
  } catch (error) {
    return reportFailure(error, terminal, program.opts()["debug"] === true);
  }
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
    refuteCommand,
    dissectCommand,
    judgeCommand,
    sandboxCommand,
    debuggerCommand,
    demoCommand,
    watchCommand,
    ...PHRASE_PROGRAMS.map(listed),
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

/** A command that commander lists and never runs. */
function listed({ name, description }: (typeof PHRASE_PROGRAMS)[number]): (context: Context) => Command {
  return () => new Command(name).description(description).usage("[global options] command [command options]");
}
