// The debugger's inputs (debugger.md §6): a JSON array of inboxes, each an array of messages:
//   {"external": hex}    external message: the bytes follow the tag 01;
//   {"serialized": hex}  verbatim bytes, unchecked; a bare string of hex means the same;
//   {"payload": text, "sender"?, "source"?, "destination"?}  internal transfer of Michelson (michelson-payload.ts).
// The messages of the protocol (start, info and end of level) are added here. Unlike Octez's debugger, which takes bad hex
// for an empty string, every fault is an error.

import type { JsonObject } from "../../encoding/json.js";
import { frameLevel, type LevelInfo } from "../level-frame.js";
import { expectArray, expectHex, expectObject, InputsError } from "./error.js";
import type { LevelMessages, RollupInputs } from "./inputs.js";
import { DEFAULT_ROLLUP, transferMessage } from "./michelson-payload.js";

/** Longest payload of an external message, in bytes: 4096 with its tag. */
export const MAX_EXTERNAL_PAYLOAD_BYTES = 4095;

const EXTERNAL_TAG = 0x01;

/** What the form does not say. */
export interface DebuggerInboxesOptions {
  /** Rollup address ("sr1…"). */
  readonly rollup?: string;
  /** 0 if absent. */
  readonly originationLevel?: number;
  /** Level of the first inbox; 0 if absent. */
  readonly firstLevel?: number;
  /** What the info per level message of a level says; zero timestamp and block hash if absent. */
  readonly info?: (level: number) => LevelInfo;
}

/** Reads inboxes from their JSON value. Raises InputsError. */
export function debuggerInboxes(value: unknown, options: DebuggerInboxesOptions = {}): RollupInputs {
  const firstLevel = options.firstLevel ?? 0;
  const inboxes = expectArray(value, "").map((item, i): LevelMessages => {
    const path = `[${i}]`;
    const level = firstLevel + i;
    const messages = expectArray(item, path).map((message, j) => debuggerMessage(message, `${path}[${j}]`, options));
    return { level, messages: frameLevel(messages, options.info === undefined ? {} : { info: options.info(level) }) };
  });
  const common = { originationLevel: options.originationLevel ?? 0, inboxes, reveals: new Map<string, Uint8Array>() };
  return options.rollup === undefined ? common : { rollup: options.rollup, ...common };
}

function debuggerMessage(value: unknown, path: string, options: DebuggerInboxesOptions): Uint8Array {
  if (typeof value === "string") return expectHex(value, path);
  const fields = expectObject(value, path, ["external", "serialized", "payload", "sender", "source", "destination"]);
  if ("payload" in fields) {
    for (const name of ["external", "serialized"] as const) if (name in fields) throw twoForms("payload", name, path);
    return transferMessage(fields, path, options.rollup ?? DEFAULT_ROLLUP);
  }
  const name = onlyField(fields, path);
  const bytes = expectHex(fields[name], `${path}.${name}`);
  return name === "serialized" ? bytes : externalMessage(bytes, `${path}.external`);
}

function twoForms(name: string, another: string, path: string): InputsError {
  return new InputsError("protocol.inputs.bad_shape", path, `one field expected, got \`${name}\` and \`${another}\``);
}

/** Which of the two forms a message has. */
function onlyField(fields: JsonObject, path: string): "external" | "serialized" {
  const [name, another] = Object.keys(fields);
  if (name !== undefined && another !== undefined) {
    throw twoForms(name, another, path);
  }
  if (name === "external" || name === "serialized") return name;
  throw new InputsError("protocol.inputs.bad_shape", path, "message expected: `external`, `serialized` or `payload`");
}

function externalMessage(payload: Uint8Array, path: string): Uint8Array {
  if (payload.length > MAX_EXTERNAL_PAYLOAD_BYTES) {
    const reason = `${payload.length} bytes; an external message has at most ${MAX_EXTERNAL_PAYLOAD_BYTES}`;
    throw new InputsError("protocol.inputs.too_long", path, reason, payload.length);
  }
  const message = new Uint8Array(1 + payload.length);
  message[0] = EXTERNAL_TAG;
  message.set(payload, 1);
  return message;
}
