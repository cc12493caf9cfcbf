// How values stand in the columns of `store.sqlite` (node.md §6.2): hashes as base58check text, numbers of 64 bits as integers, ticks
// without bound as decimal text, sets of small numbers as the decimal text of a bit set, the rest as binary.

import { promisify } from "node:util";
import { deflateRaw, deflateRawSync, inflateRaw, inflateRawSync } from "node:zlib";
import { type Base58Kind, decodeBase58Check, encodeBase58Check } from "../../encoding/base58check.js";
import { type Codec, decode, encode } from "../../encoding/binary.js";
import { bytes, list } from "../../encoding/codecs.js";
import { Base58Error, DecodeError } from "../../encoding/errors.js";
import type { SqlRow, SqlValue } from "./database.js";
import { StoreError } from "./store-error.js";

const deflate = promisify(deflateRaw);
const inflate = promisify(inflateRaw);
/** Bytes up to which it is done in place: the way to another thread and back takes longer. Inflated, they are a thousand times as many at most. */
const SMALL_DEFLATED = 4096;
const SMALL_INFLATED = 16_384;

/** A row of a table; its readers raise StoreError "node.store.unreadable_value" with the column's name. */
export class StoredRow {
  constructor(
    private readonly table: string,
    private readonly row: SqlRow,
  ) {}

  isNull(column: string): boolean {
    return this.value(column) === null;
  }

  integer(column: string): number {
    const value = this.value(column);
    if (typeof value === "number" && Number.isSafeInteger(value)) return value;
    throw this.unreadable(column, "no integer");
  }

  /** Of a column of booleans. */
  flag(column: string): boolean {
    return this.integer(column) !== 0;
  }

  text(column: string): string {
    const value = this.value(column);
    if (typeof value === "string") return value;
    throw this.unreadable(column, "no text");
  }

  /** Of decimal text, or of a column cast to it. */
  natural(column: string): bigint {
    const value = this.value(column);
    const text = typeof value === "number" ? String(value) : value;
    if (typeof text === "string" && /^[0-9]+$/.test(text)) return BigInt(text);
    throw this.unreadable(column, "no natural number");
  }

  hash<T extends Uint8Array>(column: string, kind: Base58Kind): T {
    try {
      return decodeBase58Check(kind, this.text(column)) as T;
    } catch (error) {
      if (error instanceof Base58Error) throw this.unreadable(column, error.message, error);
      throw error;
    }
  }

  blob(column: string): Uint8Array {
    const value = this.value(column);
    if (value instanceof Uint8Array) return value;
    // An empty or textual value of a column without type comes back as text.
    if (typeof value === "string") return new TextEncoder().encode(value);
    throw this.unreadable(column, "no bytes");
  }

  decoded<T>(column: string, codec: Codec<T>): T {
    return this.read(column, () => decode(codec, this.blob(column)));
  }

  /** Places of the bits that are set, in order. */
  bitSet(column: string): readonly number[] {
    return bitSetMembers(this.natural(column));
  }

  async messages(column: string): Promise<readonly Uint8Array[]> {
    let raw: Uint8Array;
    try {
      const blob = this.blob(column);
      const options = { maxOutputLength: MAX_MESSAGES_BYTES };
      raw = blob.length <= SMALL_DEFLATED ? inflateRawSync(blob, options) : await inflate(blob, options);
    } catch (error) {
      if (error instanceof StoreError) throw error;
      throw this.unreadable(column, error instanceof Error ? error.message : String(error), error);
    }
    return this.read(column, () => decode(messagesCodec, new Uint8Array(raw)));
  }

  pvmStatus(column: string): string {
    const [tag, ...rest] = this.blob(column);
    if (tag === undefined) throw this.unreadable(column, "empty");
    const known = PVM_STATUSES[tag - 1];
    if (known !== undefined) return known;
    // Octez takes a status of an unknown tag as text.
    return new TextDecoder().decode(tag === 0 ? Uint8Array.from(rest) : this.blob(column));
  }

  private read<T>(column: string, work: () => T): T {
    try {
      return work();
    } catch (error) {
      if (error instanceof DecodeError) throw this.unreadable(column, error.message, error);
      throw error;
    }
  }

  private value(column: string): SqlValue {
    const value = this.row[column];
    if (value === undefined) throw this.unreadable(column, "no such column");
    return value;
  }

  unreadable(column: string, reason: string, cause?: unknown): StoreError {
    return new StoreError("node.store.unreadable_value", reason, `${this.table}.${column}`, { cause });
  }
}

export function base58(kind: Base58Kind, hash: Uint8Array): string {
  return encodeBase58Check(kind, hash);
}

/** Far above a level's messages: layer 1 blocks are smaller by two orders of magnitude. */
const MAX_MESSAGES_BYTES = 256 * 1024 * 1024;

/** A list, and its messages: each behind its length in four bytes. */
const messagesCodec: Codec<readonly Uint8Array[]> = list(bytes);

/** Raw deflate (no header, no checksum) of the list. */
export async function messagesToBlob(messages: readonly Uint8Array[]): Promise<Uint8Array> {
  const bytes = encode(messagesCodec, messages);
  return bytes.length <= SMALL_INFLATED ? deflateRawSync(bytes) : deflate(bytes);
}

/** By their tags, from 1. */
const PVM_STATUSES: readonly string[] = [
  "Computing",
  "Waiting for input message",
  "Waiting for metadata",
  "Waiting for DAL parameters",
  "Halted",
  "Parsing",
  "Evaluating",
  "WaitingForInput",
  "WaitingForReveal",
];

/** A byte for the known ones; else 0 and the text. */
export function pvmStatusToBlob(status: string): Uint8Array {
  const tag = PVM_STATUSES.indexOf(status) + 1;
  return tag > 0 ? Uint8Array.of(tag) : Uint8Array.of(0, ...new TextEncoder().encode(status));
}

/** Bounds what a bit set may take: outboxes have far fewer messages. */
const MAX_BIT = 1 << 20;

/** Decimal text of the number whose bits are the members. */
export function bitSetToText(members: Iterable<number>, path: string): string {
  let bits = 0n;
  for (const member of members) {
    if (!Number.isInteger(member) || member < 0 || member > MAX_BIT) {
      throw new StoreError("node.store.unwritable_value", `${member} is no member of a bit set`, path);
    }
    bits |= 1n << BigInt(member);
  }
  return bits.toString();
}

function bitSetMembers(bits: bigint): readonly number[] {
  const digits = bits.toString(2);
  const members: number[] = [];
  for (let place = 0; place < digits.length; place++) {
    if (digits[digits.length - 1 - place] === "1") members.push(place);
  }
  return members;
}
