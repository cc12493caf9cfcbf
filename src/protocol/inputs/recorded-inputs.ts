// Recorded inputs: the history of a rollup as one JSON object,
//   {"rollup": "sr1…", "originationLevel": N, "inboxes": [{"level": N, "messages": ["hex", …]}, …],
//    "reveals": {"request hex": "data hex", …}}
// Messages are verbatim, from start of level to end of level; levels increase. "rollup" and "reveals" may be absent.

import { isBase58Check } from "../../encoding/base58check.js";
import { toHex } from "../../encoding/hex.js";
import { END_OF_LEVEL, START_OF_LEVEL } from "../level-frame.js";
import { expectArray, expectHex, expectLevel, expectObject, expectString, fieldPath, InputsError } from "./error.js";
import type { LevelMessages, RollupInputs } from "./inputs.js";

/** Reads recorded inputs from their JSON value. Raises InputsError. */
export function recordedInputs(value: unknown): RollupInputs {
  const fields = expectObject(value, "", ["rollup", "originationLevel", "inboxes", "reveals"]);
  const originationLevel = expectLevel(fields["originationLevel"], "originationLevel");
  const inboxes: LevelMessages[] = [];
  for (const [i, item] of expectArray(fields["inboxes"], "inboxes").entries()) {
    inboxes.push(recordedInbox(item, `inboxes[${i}]`, inboxes.at(-1)?.level ?? -1));
  }
  const reveals = recordedReveals(fields["reveals"] ?? {});
  if (fields["rollup"] === undefined) return { originationLevel, inboxes, reveals };
  return { rollup: expectRollup(fields["rollup"], "rollup"), originationLevel, inboxes, reveals };
}

/** Checks that `value` is a rollup address. */
export function expectRollup(value: unknown, path: string): string {
  const text = expectString(value, path);
  if (!isBase58Check("rollupAddress", text)) {
    throw new InputsError("protocol.inputs.bad_address", path, "not a smart rollup address (sr1…)", text);
  }
  return text;
}

function recordedInbox(value: unknown, path: string, levelBefore: number): LevelMessages {
  const fields = expectObject(value, path, ["level", "messages"]);
  const level = expectLevel(fields["level"], `${path}.level`);
  if (level <= levelBefore) {
    const reason = `level ${level} does not come after level ${levelBefore} of the inbox before`;
    throw new InputsError("protocol.inputs.bad_level", `${path}.level`, reason, level);
  }
  const messages = expectArray(fields["messages"], `${path}.messages`).map((item, i) =>
    expectHex(item, `${path}.messages[${i}]`),
  );
  expectBytes(messages[0], START_OF_LEVEL, "start", `${path}.messages`, 0);
  expectBytes(messages.at(-1), END_OF_LEVEL, "end", `${path}.messages`, messages.length - 1);
  return { level, messages };
}

/** A level cut short would leave the machine waiting in its middle: better said here. */
function expectBytes(
  found: Uint8Array | undefined,
  expected: Uint8Array,
  what: string,
  path: string,
  index: number,
): void {
  const wanted = `${what} of level (${toHex(expected)}) expected`;
  if (found === undefined) throw new InputsError("protocol.inputs.bad_shape", path, `${wanted}, got no message`);
  const hex = toHex(found.subarray(0, expected.length + 1));
  if (hex !== toHex(expected)) {
    throw new InputsError("protocol.inputs.bad_shape", `${path}[${index}]`, `${wanted}, got ${hex}…`, hex);
  }
}

function recordedReveals(value: unknown): Map<string, Uint8Array> {
  const reveals = new Map<string, Uint8Array>();
  for (const [request, data] of Object.entries(expectObject(value, "reveals"))) {
    const path = fieldPath("reveals", request);
    const key = toHex(expectHex(request, path));
    if (reveals.has(key)) throw new InputsError("protocol.inputs.bad_shape", path, "request given twice", request);
    reveals.set(key, expectHex(data, path));
  }
  return reveals;
}
