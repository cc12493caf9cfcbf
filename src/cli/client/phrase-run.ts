// Runs command lines of phrases: what is asked for goes to standard output, what is wrong to standard error, and the exit code
// says which of the two it was.

import { TextBoxes } from "../../l1/client/text-boxes.js";
import { BadValue, PhraseError, type PhraseFault } from "../phrase-parser.js";
import { errorText, faultText, type Program, usageText } from "../phrase-usage.js";
import { fatalMessage, putItem, traceOf } from "./failures.js";
import type { ClientHost } from "./host.js";

export interface PhraseProgram {
  readonly host: ClientHost;
  readonly version: string;
}

/** The exit code of `run`. Raises only what is a bug. */
export async function finish(
  program: Program,
  { host, version }: PhraseProgram,
  run: () => Promise<void>,
): Promise<number> {
  try {
    await run();
    return 0;
  } catch (error) {
    const fault = error instanceof PhraseError ? (error.fault as PhraseFault<never>) : undefined;
    if (fault?.kind === "version") {
      host.out(`${version}\n`);
      return 0;
    }
    if (fault?.kind === "help") {
      const commands = fault.command === undefined ? [] : [fault.command];
      host.out(usageText(program, commands, "details", host.outMargin));
      return 0;
    }
    const text = fault === undefined ? failureText(host, error) : phraseFailureText(host, program, fault);
    // What causes a fault of a phrase, when it is a bug, is the bug.
    if (text === undefined) throw fault !== undefined && "cause" in fault ? fault.cause : error;
    host.err(text);
    return 1;
  }
}

/** What a failed command prints; undefined for what is a bug. */
function failureText(host: ClientHost, error: unknown): string | undefined {
  const message = fatalMessage(error);
  if (message !== undefined) return fatalText(message);
  const trace = traceOf(error);
  if (trace === undefined) return undefined;
  return errorText(
    trace.map((item) => putItem(item)),
    host.errMargin,
  );
}

function fatalText(message: string): string {
  const boxes = new TextBoxes();
  boxes.text("  ").box("h", 0, () => boxes.words(message));
  return `Fatal error:\n${boxes.finish()}\n`;
}

function phraseFailureText(host: ClientHost, program: Program, fault: PhraseFault<never>): string | undefined {
  const cause = "cause" in fault ? fault.cause : undefined;
  if (cause === undefined) return faultText(program, fault, [], host.errMargin);
  const message = fatalMessage(cause);
  if (message !== undefined) return fatalText(message);
  const trace = cause instanceof BadValue ? [cause.message] : traceOf(cause);
  if (trace === undefined) return undefined;
  const causes = trace.map((item) => putItem(item));
  return faultText(program, fault, causes, host.errMargin);
}
