// Inputs files of the command line: what a rollup reads, level by level. Two forms: the debugger's JSON inboxes
// (debugger-inboxes.ts) and recorded inputs (recorded-inputs.ts). Both give the same value, whose messages are the raw
// bytes of each level from its start message to its end message.

import { type DebuggerInboxesOptions, debuggerInboxes } from "./debugger-inboxes.js";
import { describe, InputsError } from "./error.js";
import { recordedInputs } from "./recorded-inputs.js";

/** The messages of one level, in order, start and end of level included: message counter = index. */
export interface LevelMessages {
  readonly level: number;
  readonly messages: readonly Uint8Array[];
}

/** Everything a rollup reads. */
export interface RollupInputs {
  /** Rollup address ("sr1…"), when it is known. */
  readonly rollup?: string;
  readonly originationLevel: number;
  /** By increasing level. */
  readonly inboxes: readonly LevelMessages[];
  /** Answers to reveals: request in lower-case hex → data. */
  readonly reveals: ReadonlyMap<string, Uint8Array>;
}

/**
 * Reads the text of an inputs file: an array is in the debugger's form (`options` says what that form cannot), an object
 * holds recorded inputs. Raises InputsError.
 */
export function parseInputs(text: string, options: DebuggerInboxesOptions = {}): RollupInputs {
  const value = parseJson(text);
  if (Array.isArray(value)) return debuggerInboxes(value, options);
  if (typeof value === "object" && value !== null) return recordedInputs(value);
  const expected = "array of inboxes or object of recorded inputs expected";
  throw new InputsError("protocol.inputs.bad_shape", "", `${expected}, got ${describe(value)}`, value);
}

const BYTE_ORDER_MARK = "\uFEFF";

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new InputsError("protocol.inputs.not_json", "", `not JSON: ${error.message}`);
  }
}
