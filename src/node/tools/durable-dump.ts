// The durable storage of a state as an installer's configuration (node.md §7.4; reference: wasm_2_0_0_utilities.ml, installer_config.ml): one
// instruction a value, without the kernel, which the installer brings, and what is the machine's own.

import { toHex } from "../../encoding/hex.js";
import { printOctezJson } from "../../l1/client/octez-json.js";
import type { StateHash } from "../../protocol/identifiers.js";
import { type DurableEntry, durableDump } from "../engine/durable-reads.js";
import type { StateStore } from "../engine/state-store.js";

export type DumpForm = "json" | "yaml";

/** By the name of the file. */
export function dumpForm(file: string): DumpForm {
  return file.endsWith(".yaml") || file.endsWith(".yml") ? "yaml" : "json";
}

/** Raises EngineError "node.engine.missing_state". */
export function dumpOf(states: StateStore, state: StateHash, form: DumpForm): string {
  const entries = durableDump(states.open(state));
  return form === "yaml" ? yaml(entries) : json(entries);
}

function json(entries: readonly DurableEntry[]): string {
  return printOctezJson({ instructions: entries.map(({ key, value }) => ({ set: { value: toHex(value), to: key } })) });
}

/** Neither digits of hexadecimal nor keys need quotes; what reads such files takes every scalar for text. */
function yaml(entries: readonly DurableEntry[]): string {
  if (entries.length === 0) return "instructions: []\n";
  const instructions = entries.map(({ key, value }) => {
    const text = value.length === 0 ? "''" : toHex(value);
    return `- set:\n    value: ${text}\n    to: ${key}\n`;
  });
  return `instructions:\n${instructions.join("")}`;
}
