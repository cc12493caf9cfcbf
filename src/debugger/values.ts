/** How bytes are shown: debugger.md §4.7; beside Octez's kinds, Micheline, JSON, RLP and addresses. */

import { encodeBase58Check } from "../encoding/base58check.js";
import { decode } from "../encoding/binary.js";
import { toHex } from "../encoding/hex.js";
import { michelineForm } from "../encoding/micheline.js";
import { contractForm } from "../protocol/identifiers.js";

/** A decoder: bytes to text. Throws an `Error` whose message says why the bytes are none of its kind. */
export type Decoder = (bytes: Uint8Array) => string;

const INTEGER_BYTES: ReadonlyMap<string, number> = new Map([
  ["u16", 2],
  ["i32", 4],
  ["i64", 8],
  ["u128", 16],
  ["u256", 32],
]);

/** The short name of a kind of integers (`uint16` is `u16`); null for other kinds. */
export function integerKind(kind: string): string | null {
  const short = kind.replace(/^uint/, "u").replace(/^int/, "i");
  return INTEGER_BYTES.has(short) ? short : null;
}

export function integerBytes(kind: string): number {
  return INTEGER_BYTES.get(kind) ?? 0;
}

function littleEndian(bytes: Uint8Array): bigint {
  return BigInt(`0x0${toHex(bytes.slice().reverse())}`);
}

const DECODERS: ReadonlyMap<string, Decoder> = new Map<string, Decoder>([
  ["hex", toHex],
  ["string", (bytes) => Buffer.from(bytes).toString("latin1")],
  ["utf8", (bytes) => new TextDecoder("utf-8", { fatal: true }).decode(bytes)],
  ["json", (bytes) => JSON.stringify(JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)), null, 2)],
  ["le", (bytes) => String(littleEndian(bytes))],
  ["be", (bytes) => String(BigInt(`0x0${toHex(bytes)}`))],
  ["micheline", (bytes) => JSON.stringify(michelineForm.toJson(decode(michelineForm, bytes)))],
  ["rlp", (bytes) => JSON.stringify(rlp(bytes))],
  ["address", address],
  ["rollup", (bytes) => encodeBase58Check("rollupAddress", bytes)],
]);

/** The kinds there are beside integers and plugins. */
export const KINDS: readonly string[] = [...DECODERS.keys()];

function address(bytes: Uint8Array): string {
  return String(contractForm.toJson(decode(contractForm, bytes)));
}

type Rlp = string | readonly Rlp[];

function rlp(bytes: Uint8Array): Rlp {
  const { value, end } = rlpItem(bytes, 0, 0);
  if (end !== bytes.length) throw new Error(`${bytes.length - end} bytes after the RLP item`);
  return value;
}

function rlpItem(bytes: Uint8Array, at: number, depth: number): { readonly value: Rlp; readonly end: number } {
  const first = bytes[at];
  if (first === undefined || depth > 64) throw new Error("not RLP");
  if (first < 0x80) return { value: toHex(bytes.subarray(at, at + 1)), end: at + 1 };
  const base = first < 0xc0 ? 0x80 : 0xc0;
  const extra = first - base > 55 ? first - base - 55 : 0;
  const length = extra === 0 ? first - base : Number(BigInt(`0x0${toHex(bytes.subarray(at + 1, at + 1 + extra))}`));
  const start = at + 1 + extra;
  const end = start + length;
  if (end > bytes.length) throw new Error("not RLP");
  if (base === 0x80) return { value: toHex(bytes.subarray(start, end)), end };
  const items: Rlp[] = [];
  let next = start;
  while (next < end) {
    const item = rlpItem(bytes.subarray(0, end), next, depth + 1);
    items.push(item.value);
    next = item.end;
  }
  return { value: items, end };
}

/** Whether there is a kind of a name. */
export function isKind(kind: string, plugins: ReadonlyMap<string, Decoder>): boolean {
  return integerKind(kind) !== null || DECODERS.has(kind) || plugins.has(kind);
}

/** Bytes shown as a kind; bytes that are none of it are shown in hexadecimal, with the reason. */
export function showValue(bytes: Uint8Array, kind: string, plugins: ReadonlyMap<string, Decoder> = new Map()): string {
  const integer = integerKind(kind);
  if (integer !== null) {
    const length = integerBytes(integer);
    if (bytes.length === length) return String(littleEndian(bytes));
    return `Error: ${integer} values must be ${length} bytes long. Defaulting to hexadecimal value\n${toHex(bytes)}`;
  }
  const decoder = DECODERS.get(kind) ?? plugins.get(kind);
  try {
    if (decoder !== undefined) return decoder(bytes);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return `Error: ${reason}. Defaulting to hexadecimal value\n${toHex(bytes)}`;
  }
  return toHex(bytes);
}
