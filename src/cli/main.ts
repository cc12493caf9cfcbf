#!/usr/bin/env node
// The entry point of the `tickproof` command.
import { runProgram } from "./program.js";
import { processTerminal } from "./terminal.js";

// A reader that has seen enough (`| head`) closes the pipe. That is no error, and no reason to leave proofs unwritten.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
});

process.exitCode = await runProgram(process.argv.slice(2), processTerminal());
