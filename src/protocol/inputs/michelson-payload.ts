// Internal transfers of the debugger's inputs: a payload in Michelson's text, and who sends it (debugger.md §6, §7). Where
// Octez's debugger takes what its parser could recover of a faulty text, or an empty sequence, this is an error.

import { Parser } from "@taquito/michel-codec";
import { isBase58Check } from "../../encoding/base58check.js";
import { EncodeError } from "../../encoding/errors.js";
import { JsonError, type JsonObject } from "../../encoding/json.js";
import { type Micheline, michelineFromJson } from "../../encoding/micheline.js";
import { ProtocolError } from "../errors.js";
import {
  type ContractHash,
  contractHashForm,
  publicKeyHashForm,
  type RollupAddress,
  rollupAddressForm,
} from "../identifiers.js";
import { MAX_MESSAGE_BYTES, serializeInboxMessage } from "../inbox-message.js";
import { expectString, InputsError } from "./error.js";

/** What a transfer has that does not say it: the addresses of Octez's debugger. */
export const DEFAULT_SENDER = "KT18amZmM5W7qDWVt2pH6uj7sCEd3kbzLrHT";
export const DEFAULT_SOURCE = "tz1Ke2h7sDdakHJQh8WX4Z372du1KChsksyU";
export const DEFAULT_ROLLUP = "sr163Lv22CdE8QagCwf48PWDTquk6isQwv57";

/** The serialized transfer that a message with a `payload` stands for. Raises InputsError. */
export function transferMessage(fields: JsonObject, path: string, rollup: string): Uint8Array {
  const payload = parseMichelson(expectString(fields["payload"], `${path}.payload`), `${path}.payload`);
  const sender = address(fields["sender"] ?? DEFAULT_SENDER, `${path}.sender`, "a contract's address (KT1…)", (text) =>
    contractHashForm.fromJson(text),
  );
  const source = address(fields["source"] ?? DEFAULT_SOURCE, `${path}.source`, "an account's address (tz…)", (text) =>
    publicKeyHashForm.fromJson(text),
  );
  const destination = address(
    fields["destination"] ?? rollup,
    `${path}.destination`,
    "a rollup's address (sr1…)",
    (text) => {
      if (!isBase58Check("rollupAddress", text))
        throw new JsonError("encoding.json.bad_value", "not a rollup address", text);
      return rollupAddressForm.fromJson(text) as RollupAddress;
    },
  );
  try {
    return serializeInboxMessage({ kind: "transfer", payload, sender: sender as ContractHash, source, destination });
  } catch (error) {
    if (!(error instanceof ProtocolError || error instanceof EncodeError)) throw error;
    const reason = `the transfer has more than ${MAX_MESSAGE_BYTES} bytes`;
    throw new InputsError("protocol.inputs.too_long", path, reason);
  }
}

function address<T>(value: unknown, path: string, what: string, read: (text: string) => T): T {
  const text = expectString(value, path);
  try {
    return read(text);
  } catch {
    throw new InputsError("protocol.inputs.bad_address", path, `not ${what}`, text);
  }
}

/** An expression of Michelson's text: of data or of code, its macros expanded. Raises InputsError. */
export function parseMichelson(source: string, path: string): Micheline {
  const refuse = (reason: string): InputsError =>
    new InputsError("protocol.inputs.michelson_payload", path, `not Michelson: ${reason}`, source);
  const unbalanced = firstUnbalanced(source);
  if (unbalanced !== null)
    throw refuse(`${JSON.stringify(source.charAt(unbalanced))} at position ${unbalanced} has no partner`);
  let parsed: unknown;
  try {
    // Inside braces an application needs no parentheses, and whatever follows the expression is seen.
    parsed = new Parser({ expandMacros: true }).parseMichelineExpression(`{${source}\n}`);
  } catch (error) {
    throw refuse(error instanceof Error ? error.message : String(error));
  }
  if (!Array.isArray(parsed) || parsed.length !== 1) {
    throw refuse(`one expression expected, got ${Array.isArray(parsed) ? parsed.length : "none"}`);
  }
  try {
    return michelineFromJson(parsed[0]);
  } catch (error) {
    if (error instanceof JsonError) throw refuse(error.message);
    throw error;
  }
}

/** Strings, comments, or one bracket; all else is passed over. */
const TOKENS = /"(?:[^"\\]|\\.)*"|#[^\n]*|\/\*[\s\S]*?\*\/|[(){}]/g;

/** Position of a bracket that closes nothing or is never closed; null if there is none. */
function firstUnbalanced(source: string): number | null {
  const open: { readonly at: number; readonly closes: string }[] = [];
  for (const { 0: token, index } of source.matchAll(TOKENS)) {
    if (token === "(" || token === "{") open.push({ at: index, closes: token === "(" ? ")" : "}" });
    else if ((token === ")" || token === "}") && open.pop()?.closes !== token) return index;
  }
  return open[0]?.at ?? null;
}
