// What a command gets: its terminal, and where it leaves its exit code.
import { EXIT, type ExitCode } from "./errors.js";
import type { Terminal } from "./terminal.js";

export class Context {
  exitCode: ExitCode = EXIT.fine;
  constructor(readonly terminal: Terminal) {}
}
