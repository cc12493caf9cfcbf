// What a command's failure prints (errors.ts), and with --debug where it comes from.
import { failureOf } from "./errors.js";
import type { Terminal } from "./terminal.js";

/** Tells of an error; gives the exit code. */
export function reportFailure(error: unknown, terminal: Terminal, isDebugging: boolean): number {
  const { exitCode, message } = failureOf(error);
  if (message !== undefined) terminal.err(`tickproof: ${message}\n`);
  if (message !== undefined && isDebugging) terminal.err(`${stackOf(error)}\n`);
  return exitCode;
}

/** The stack of an error and of what caused it. */
function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const stack = error.stack ?? error.message;
  return error.cause === undefined ? stack : `${stack}\ncaused by ${stackOf(error.cause)}`;
}
