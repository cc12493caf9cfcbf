#!/usr/bin/env node
// The entry point of the `tickproof` command.
import { runPhraseProgram } from "./phrase-programs.js";
import { processTerminal } from "./terminal.js";

// A reader that has seen enough (`| head`) closes the pipe. That is no error, and no reason to leave proofs unwritten.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
});

const args = process.argv.slice(2);
const terminal = processTerminal();
process.exitCode =
  (await runPhraseProgram(args, terminal)) ?? (await (await import("./program.js")).runProgram(args, terminal));
