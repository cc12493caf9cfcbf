// Michelson as people write it: expressions (arguments, storage, types) and scripts, macros expanded. Left out: octez-client's
// own words for faults of the text.

import type { Micheline } from "../../encoding/micheline.js";
import { InputsError } from "../../protocol/inputs/error.js";
import { parseMichelson } from "../../protocol/inputs/michelson-payload.js";
import type { ClientContext } from "./context.js";
import { fail } from "./failures.js";
import { type ClientParameter, fileOrText } from "./parameters.js";

/** One expression. Raises TraceFailure. */
export function parseExpression(text: string): Micheline {
  try {
    return parseMichelson(text, "expression");
  } catch (cause) {
    if (!(cause instanceof InputsError)) throw cause;
    return fail(cause.reason, { cause });
  }
}

/** "parameter …; storage …; code …", with braces around it or without. Raises TraceFailure. */
export function parseScript(text: string): Micheline {
  const script = parseExpression(`{${text}\n}`);
  const inner = Array.isArray(script) && script.length === 1 ? (script[0] as Micheline) : script; // there is one
  return Array.isArray(inner) ? inner : script;
}

/** An expression, or a file with one. */
export const expression: ClientParameter<Micheline> = fileOrText(parseExpression);

const source: ClientParameter<string> = fileOrText((text) => text);

/** A script, or a file with one. What is the name of a file that can be read is taken for nothing else. */
export const script: ClientParameter<Micheline> = {
  parse: async (text: string, context: ClientContext) => parseScript(await source.parse(text, context)),
};
