/**
 * Recorded sessions: scripts of what was typed, with a checkpoint after each command that moved. A replay (`--commands`) checks them, so that
 * it is known to have come to the same states.
 */
import { encodeBase58Check } from "../encoding/base58check.js";
import { NoStoredForm } from "../wasm/leaf-codec.js";
import type { DebugSession } from "./session.js";

const CHECKPOINT = /^#= tick ([0-9]+)(?: (\S+))?\s*$/;

/** A comment to other readers: `#= tick 12 srs1…`. */
export function checkpoint(session: DebugSession): string {
  try {
    return `#= tick ${session.tick} ${encodeBase58Check("stateHash", session.stateHash)}`;
  } catch (error) {
    // A few states cannot be stored, nor hashed; the reference raises there.
    if (error instanceof NoStoredForm) return `#= tick ${session.tick}`;
    throw error;
  }
}

export function isCheckpoint(line: string): boolean {
  return line.startsWith("#=");
}

/** Why a session is not where a checkpoint says; null when it is. */
export function checkpointFault(line: string, session: DebugSession): string | null {
  const match = CHECKPOINT.exec(line);
  if (match === null) return `No checkpoint: \`${line}\`; they are like \`#= tick 12 srs1…\``;
  const [, tick = "", hash] = match;
  const actual = checkpoint(session);
  if (BigInt(tick) === session.tick && (hash === undefined || actual.endsWith(` ${hash}`))) return null;
  return `The replay is elsewhere: ${actual.slice("#= ".length)} instead of ${line.slice("#= ".length).trim()}`;
}
