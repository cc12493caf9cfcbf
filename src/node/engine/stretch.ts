// What names a stretch of levels, so that what is known of one can be found again.

import { toHex } from "../../encoding/hex.js";
import type { Stretch } from "./engine.js";

/** Same for two stretches that start alike and whose levels are the same ones: a level of a chain has one list of messages. */
export function stretchKey({ before, levels, failures = [] }: Stretch): string {
  const spoilt = failures.map(({ level, messageIndex, messageTick }) => `${level}.${messageIndex}.${messageTick}`);
  return [
    toHex(before),
    ...levels.map(({ level, messages }) => `${level}x${messages.length}x${tail(messages)}`),
    ...spoilt,
  ].join("|");
}

/** Tells two branches of the chain apart: the messages of a level hold the hash of its predecessor, in the second one. */
function tail(messages: readonly Uint8Array[]): string {
  return toHex((messages[1] ?? new Uint8Array(0)).subarray(-32));
}
