/** Errors of the debugger: what a user asked for that cannot be. */
export type DebuggerErrorCode =
  | "debugger.bad_option"
  | "debugger.bad_kernel"
  | "debugger.bad_installer_config"
  | "debugger.bad_argument"
  | "debugger.not_now"
  | "debugger.no_answer"
  | "debugger.out_of_reach"
  | "debugger.interrupted"
  | "debugger.file";

/** `code` is stable; the message is one line for people. */
export class DebuggerError extends Error {
  override readonly name = "DebuggerError";
  constructor(
    readonly code: DebuggerErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** What went wrong with a file that was named in a command. */
export function fileFault(path: string, error: unknown): DebuggerError {
  return new DebuggerError("debugger.file", `${path}: ${error instanceof Error ? error.message : String(error)}`, {
    cause: error,
  });
}
