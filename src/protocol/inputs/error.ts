// Errors of inputs files, and the small checks of JSON values that raise them: users meet these errors first, so that they say
// the place before all else, where encoding/json.ts has its codes in front.

import { DecodeError } from "../../encoding/errors.js";
import { fromHex } from "../../encoding/hex.js";
import { isJsonObject, type JsonObject } from "../../encoding/json.js";

/** Codes of InputsError. */
export type InputsErrorCode =
  | "protocol.inputs.not_json"
  | "protocol.inputs.bad_shape"
  | "protocol.inputs.bad_hex"
  | "protocol.inputs.bad_number"
  | "protocol.inputs.bad_address"
  | "protocol.inputs.bad_level"
  | "protocol.inputs.too_long"
  | "protocol.inputs.michelson_payload";

/**
 * An inputs file that cannot be used. `path` is the place in the JSON value ("inboxes[1].messages[3]"; empty for the
 * whole); the message starts with it.
 */
export class InputsError extends Error {
  override readonly name = "InputsError";

  constructor(
    readonly code: InputsErrorCode,
    readonly path: string,
    readonly reason: string,
    readonly value?: unknown,
  ) {
    super(path === "" ? reason : `${path}: ${reason}`);
  }
}

/** `path` extended by a field: "a" + "b" is "a.b". Names that are not plain words are quoted. */
export function fieldPath(path: string, name: string): string {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) return `${path}[${JSON.stringify(shorten(name))}]`;
  return path === "" ? name : `${path}.${name}`;
}

/** Checks that `value` is an object, with no other fields than those named (any, when `fields` is absent). */
export function expectObject(value: unknown, path: string, fields?: readonly string[]): JsonObject {
  if (!isJsonObject(value)) {
    throw new InputsError("protocol.inputs.bad_shape", path, `object expected, got ${describe(value)}`, value);
  }
  for (const name of Object.keys(value)) {
    if (fields !== undefined && !fields.includes(name)) {
      const known = fields.join(", ");
      throw new InputsError(
        "protocol.inputs.bad_shape",
        fieldPath(path, name),
        `unknown field (known: ${known})`,
        name,
      );
    }
  }
  return value;
}

/** Checks that `value` is an array. */
export function expectArray(value: unknown, path: string): readonly unknown[] {
  if (!Array.isArray(value)) {
    throw new InputsError("protocol.inputs.bad_shape", path, `array expected, got ${describe(value)}`, value);
  }
  return value;
}

/** Checks that `value` is a string. */
export function expectString(value: unknown, path: string): string {
  if (typeof value !== "string") {
    throw new InputsError("protocol.inputs.bad_shape", path, `string expected, got ${describe(value)}`, value);
  }
  return value;
}

const MAX_LEVEL = 0x7fffffff;

/** Checks that `value` is a block level: an integer from 0 to 2^31 - 1. */
export function expectLevel(value: unknown, path: string): number {
  if (typeof value !== "number") {
    throw new InputsError(
      "protocol.inputs.bad_shape",
      path,
      `level (a number) expected, got ${describe(value)}`,
      value,
    );
  }
  if (!Number.isInteger(value) || value < 0 || value > MAX_LEVEL) {
    throw new InputsError("protocol.inputs.bad_number", path, `${value} is not a level (0 to ${MAX_LEVEL})`, value);
  }
  return value;
}

/** The bytes of a string of hexadecimal digits, of either case. */
export function expectHex(value: unknown, path: string): Uint8Array {
  const text = expectString(value, path);
  if (text.length % 2 !== 0) {
    throw new InputsError("protocol.inputs.bad_hex", path, "odd number of hex digits", text.length);
  }
  try {
    return fromHex(text);
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    const at = error.offset;
    const reason = `${JSON.stringify(text.charAt(at))} at position ${at} is not a hex digit`;
    throw new InputsError("protocol.inputs.bad_hex", path, reason, at);
  }
}

/** How a JSON value is called in a message. */
export function describe(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value === null) return "null";
  if (Array.isArray(value)) return "an array";
  if (typeof value === "object") return "an object";
  return `${typeof value} ${shorten(JSON.stringify(value))}`;
}

const MAX_SHOWN = 40;

function shorten(text: string): string {
  return text.length <= MAX_SHOWN ? text : `${text.slice(0, MAX_SHOWN)}…`;
}
