// What ends a command early, as one line and an exit code (docs/cli.md).
import { CommanderError } from "commander";
import { InputsError } from "../protocol/inputs/error.js";
import { PvmError } from "../pvm/errors.js";
import { RevealEscape } from "../wasm/eval/machine.js";
import { NoStoredForm } from "../wasm/leaf-codec.js";

export const EXIT = {
  fine: 0,
  negativeVerdict: 1,
  badInput: 2,
  environment: 3,
  /** In a refutation game. */
  notOurTurn: 4,
  ourBug: 70,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** An error that knows its exit code; the message names the file and the place. */
export class CliError extends Error {
  override readonly name = "CliError";
  constructor(
    readonly exitCode: ExitCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

export function badInput(message: string, cause?: unknown): CliError {
  return new CliError(EXIT.badInput, message, cause === undefined ? undefined : { cause });
}

/** A failure of the operating system, on a file that was named on the command line. */
export function fileError(path: string, error: unknown): CliError {
  if (!isSystemError(error)) throw error;
  const what = FILE_FAULTS[error.code];
  if (what !== undefined) return badInput(`${path}: ${what}`, error);
  return new CliError(EXIT.environment, `${path}: ${error.message}`, { cause: error });
}

/** What somebody got wrong who named the file; everything else is the machine's trouble. */
const FILE_FAULTS: Readonly<Record<string, string>> = {
  ENOENT: "no such file",
  EISDIR: "is a directory",
  ENOTDIR: "not a directory",
  EEXIST: "exists, and is not a directory",
  ENAMETOOLONG: "name too long",
};

interface SystemError extends Error {
  readonly code: string;
  readonly syscall: string;
}

function isSystemError(error: unknown): error is SystemError {
  return error instanceof Error && "syscall" in error && "code" in error && typeof error.code === "string";
}

/** What to tell, and the exit code. */
export interface Failure {
  readonly exitCode: number;
  /** Absent when the parser of the command line has told it already. */
  readonly message?: string;
}

export function failureOf(error: unknown): Failure {
  if (error instanceof CommanderError) return { exitCode: error.exitCode === 0 ? EXIT.fine : EXIT.badInput };
  if (error instanceof CliError) return { exitCode: error.exitCode, message: oneLine(error.message) };
  if (error instanceof InputsError || error instanceof PvmError) {
    return { exitCode: EXIT.badInput, message: oneLine(error.message) };
  }
  // The reference raises out of the machine here: the kernel has no next state to show.
  if (error instanceof RevealEscape || error instanceof NoStoredForm) {
    return { exitCode: EXIT.badInput, message: `the machine has no next state: ${oneLine(error.message)}` };
  }
  if (isSystemError(error)) return { exitCode: EXIT.environment, message: oneLine(error.message) };
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return { exitCode: EXIT.ourBug, message: `a bug of tickproof: ${oneLine(text)} (--debug shows where)` };
}

function oneLine(text: string): string {
  return text.replace(/\s*\n\s*/g, " ").trim();
}
