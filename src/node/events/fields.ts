// The types of fields of events: how their values print as JSON, and in sentences (reference: internal_event.ml, Simple).

import { BASE58_KINDS, type Base58Kind, encodeBase58Check } from "../../encoding/base58check.js";
import type { Json } from "../../encoding/json.js";
import type { Commitment } from "../../protocol/commitment.js";
import { commitmentForm } from "../../protocol/commitment.js";
import type { BlockHash, CommitmentHash, OperationHash, ProtocolHash, StateHash } from "../../protocol/identifiers.js";
import type { EventField } from "./declaration.js";

// ---- Simple values

/** Longer texts lose their end in sentences. */
const MAX_TEXT = 64;
const ELLIPSIS = "[...]";
const PLAIN = /^[!-~]+$/;

/** Anything but short, visible text is quoted or cut. */
function shortened(text: string): string {
  if (text === "") return '""';
  if (text.length <= MAX_TEXT) return PLAIN.test(text) ? text : JSON.stringify(text);
  const start = text.slice(0, MAX_TEXT - ELLIPSIS.length);
  return PLAIN.test(start) ? start + ELLIPSIS : `"${start}${ELLIPSIS}"`;
}

export const text: EventField<string> = { json: (value) => value, text: shortened };
/** Text that sentences have in full. */
export const wholeText: EventField<string> = { json: (value) => value, text: (value) => value };
export const integer: EventField<number> = { json: (value) => value, text: String };
export const real: EventField<number> = { json: (value) => value, text: (value) => compact(value) };
export const boolean: EventField<boolean> = { json: (value) => value, text: String };
/** A decimal string in JSON. */
export const big: EventField<bigint> = { json: String, text: String };

/** As C's "%g". */
function compact(value: number): string {
  const rounded = Number(value.toPrecision(6));
  return Math.abs(rounded) >= 1e-4 || rounded === 0 ? String(rounded) : value.toExponential();
}

/** Milliseconds; JSON has seconds. */
export const span: EventField<number> = { json: (ms) => ms / 1000, text: spanText };

const UNITS: readonly (readonly [unit: string, ms: number])[] = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["min", 60_000],
];

function spanText(ms: number): string {
  for (const [i, [unit, size]] of UNITS.entries()) {
    if (ms < size) continue;
    const [smaller, smallerSize] = UNITS[i + 1] ?? ["s", 1000];
    const count = Math.floor(ms / size);
    const rest = Math.floor((ms - count * size) / smallerSize);
    return rest === 0 ? `${count}${unit}` : `${count}${unit}${rest}${smaller}`;
  }
  if (ms >= 1000) return `${Number((ms / 1000).toPrecision(4))}s`;
  return ms >= 1 ? `${Number(ms.toPrecision(4))}ms` : `${Math.round(ms * 1000)}us`;
}

// ---- Hashes

/** Sentences have the start of a hash only. */
function shortHash<T extends Uint8Array>(kind: Base58Kind): EventField<T> {
  const length = 10 + BASE58_KINDS[kind].prefix.length / 2;
  return {
    json: (hash) => encodeBase58Check(kind, hash),
    text: (hash) => encodeBase58Check(kind, hash).slice(0, length),
  };
}

function wholeHash<T extends Uint8Array>(kind: Base58Kind): EventField<T> {
  return { json: (hash) => encodeBase58Check(kind, hash), text: (hash) => encodeBase58Check(kind, hash) };
}

export const shortBlock: EventField<BlockHash> = shortHash("blockHash");
export const block: EventField<BlockHash> = wholeHash("blockHash");
export const shortCommitment: EventField<CommitmentHash> = shortHash("commitmentHash");
export const commitmentHash: EventField<CommitmentHash> = wholeHash("commitmentHash");
export const stateHash: EventField<StateHash> = wholeHash("stateHash");
export const protocol: EventField<ProtocolHash> = wholeHash("protocolHash");
export const operationHash: EventField<OperationHash> = wholeHash("operationHash");

// ---- Structures

/** Something with a form and words of its own. */
export interface Described {
  readonly json: Json;
  readonly text: string;
}

export const described: EventField<Described> = { json: ({ json }) => json, text: (value) => value.text };
export const optionalDescribed: EventField<Described | null> = {
  json: (value) => value?.json ?? null,
  text: (value) => value?.text ?? "none",
};

/** JSON that sentences have too. */
export const json: EventField<Json> = { json: (value) => value, text: (value) => JSON.stringify(value) };

export const commitment: EventField<Commitment> = {
  json: (value) => commitmentForm.toJson(value),
  text: ({ compressedState, inboxLevel, predecessor, numberOfTicks }) =>
    `compressed_state: ${stateHash.text(compressedState)} inbox_level: ${inboxLevel} ` +
    `predecessor: ${commitmentHash.text(predecessor)} number_of_ticks: ${numberOfTicks}`,
};

export function listField<T>(item: EventField<T>, separator: string): EventField<readonly T[]> {
  return {
    json: (values) => values.map((value) => item.json(value)),
    text: (values) => values.map((value) => item.text(value)).join(separator),
  };
}

/** One on a line, with its number. */
export function numberedList<T>(item: EventField<T>): EventField<readonly T[]> {
  return {
    json: (values) => values.map((value) => item.json(value)),
    text: (values) => values.map((value, i) => `\n${i + 1}: ${item.text(value)}`).join(""),
  };
}
