// Byte writer, byte reader and the Codec interface: the ground every binary encoding stands on (big-endian, as in Octez's
// data-encoding; merkle.md §2.3). Composite encodings are in codecs.ts, zarith numbers in zarith.ts.
//
// Typed-array reads carry `as number`: each is in bounds, checked by `take` just above it.

import { DecodeError, EncodeError } from "./errors.js";

export { DecodeError, EncodeError } from "./errors.js";

/**
 * How many bytes the values of a codec take: a fixed count; "variable", when the codec reads up to the end of what its
 * container gives it; absent, when the bytes themselves tell where they end ("dynamic" in data-encoding).
 */
export type CodecSize = number | "variable";

/** A two-way binary format. `write` raises EncodeError, `read` raises DecodeError. */
export interface Codec<T> {
  readonly name: string;
  readonly size?: CodecSize;
  write(w: ByteWriter, value: T): void;
  read(r: ByteReader): T;
}

/** The type of the values of a codec. */
export type ValueOf<C> = C extends Codec<infer T> ? T : never;

const INITIAL_CAPACITY_BYTES = 128;

/** A growable byte buffer. It can be reused: `finish` copies, `reset` empties and keeps the storage. */
export class ByteWriter {
  #bytes: Uint8Array;
  #view: DataView;
  #length = 0;

  constructor(capacity = INITIAL_CAPACITY_BYTES) {
    this.#bytes = new Uint8Array(Math.max(capacity, 8));
    this.#view = new DataView(this.#bytes.buffer);
  }

  /** Bytes written so far. */
  get length(): number {
    return this.#length;
  }

  /** Makes room for `count` more bytes; gives the offset where they go. */
  #grow(count: number): number {
    const at = this.#length;
    const end = at + count;
    if (end > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(2 * this.#bytes.length, end));
      larger.set(this.#bytes.subarray(0, at));
      this.#bytes = larger;
      this.#view = new DataView(larger.buffer);
    }
    this.#length = end;
    return at;
  }

  u8(value: number): void {
    if ((value & 0xff) !== value) throw outOfRange("uint8", value);
    const at = this.#grow(1);
    this.#bytes[at] = value;
  }

  i8(value: number): void {
    if ((value << 24) >> 24 !== value) throw outOfRange("int8", value);
    const at = this.#grow(1);
    this.#bytes[at] = value;
  }

  u16(value: number): void {
    if ((value & 0xffff) !== value) throw outOfRange("uint16", value);
    const at = this.#grow(2);
    this.#view.setUint16(at, value);
  }

  i16(value: number): void {
    if ((value << 16) >> 16 !== value) throw outOfRange("int16", value);
    const at = this.#grow(2);
    this.#view.setInt16(at, value);
  }

  /** A signed 32-bit integer; refuses numbers from 2^31 on (use `u32`, or `| 0` where wrapping is meant). */
  i32(value: number): void {
    if ((value | 0) !== value) throw outOfRange("int32", value);
    const at = this.#grow(4);
    this.#view.setInt32(at, value);
  }

  u32(value: number): void {
    if (value >>> 0 !== value) throw outOfRange("uint32", value);
    const at = this.#grow(4);
    this.#view.setUint32(at, value);
  }

  i64(value: bigint): void {
    if (BigInt.asIntN(64, value) !== value) throw outOfRange("int64", value);
    const at = this.#grow(8);
    this.#view.setBigInt64(at, value);
  }

  /** A 64-bit integer given as its two 32-bit halves (each taken modulo 2^32): the way without bigint. */
  i64Words(high: number, low: number): void {
    const at = this.#grow(8);
    this.#view.setInt32(at, high);
    this.#view.setInt32(at + 4, low);
  }

  /** The bytes themselves, without a length. */
  raw(bytes: Uint8Array): void {
    const at = this.#grow(bytes.length);
    this.#bytes.set(bytes, at);
  }

  /** `bytes[start..end)`, without a length. */
  rawRange(bytes: Uint8Array, start: number, end: number): void {
    if (start < 0 || end < start || end > bytes.length) throw outOfRange("byte range", `${start}..${end}`);
    const at = this.#grow(end - start);
    for (let i = start; i < end; i++) this.#bytes[at + i - start] = bytes[i] as number;
  }

  /** A 4-byte length, then the bytes (data-encoding's `bytes` and `string`). */
  bytes(bytes: Uint8Array): void {
    if (bytes.length > 0x3fffffff) throw outOfRange("uint30 length", bytes.length);
    this.u32(bytes.length);
    this.raw(bytes);
  }

  /** Overwrites `width` bytes at `at` (already written) with an unsigned big-endian integer: sizes known afterwards. */
  patch(at: number, width: 1 | 2 | 4, value: number): void {
    if (at < 0 || at + width > this.#length) throw outOfRange("patch offset", at);
    if (value < 0 || value >= 2 ** (8 * width)) throw outOfRange(`uint${8 * width}`, value);
    for (let i = width - 1, rest = value; i >= 0; i--, rest >>>= 8) this.#bytes[at + i] = rest & 0xff;
  }

  /** A fresh array with what was written; the writer may be used on. */
  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  /** What was written, not copied: valid until the next write or reset. */
  peek(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  reset(): void {
    this.#length = 0;
  }
}

function outOfRange(type: string, value: unknown): EncodeError {
  return new EncodeError("encoding.int_out_of_range", `${String(value)} is not a ${type}`, value);
}

/** Nesting allowed to recursive codecs: keeps hostile input from overflowing the call stack. */
export const MAX_DEPTH = 512;

/** A cursor over bytes that never leaves its window [position, end). Slices it gives are copies. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #position: number;
  #end: number;
  #depth = 0;

  constructor(bytes: Uint8Array, start = 0, end = bytes.length) {
    if (start < 0 || end < start || end > bytes.length) throw outOfRange("byte range", `${start}..${end}`);
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#position = start;
    this.#end = end;
  }

  /** Offset of the next byte, from the start of the array given. */
  get position(): number {
    return this.#position;
  }

  /** Bytes left in the window. */
  get remaining(): number {
    return this.#end - this.#position;
  }

  /** Advances by `count` bytes; gives the offset of the first. */
  #take(count: number): number {
    const at = this.#position;
    if (count < 0 || count > this.#end - at) {
      throw new DecodeError(
        "encoding.unexpected_end",
        `${count} byte${count === 1 ? "" : "s"} expected, ${this.#end - at} left`,
        at,
      );
    }
    this.#position = at + count;
    return at;
  }

  u8(): number {
    return this.#bytes[this.#take(1)] as number;
  }

  i8(): number {
    return this.#view.getInt8(this.#take(1));
  }

  u16(): number {
    return this.#view.getUint16(this.#take(2));
  }

  i16(): number {
    return this.#view.getInt16(this.#take(2));
  }

  i32(): number {
    return this.#view.getInt32(this.#take(4));
  }

  u32(): number {
    return this.#view.getUint32(this.#take(4));
  }

  i64(): bigint {
    return this.#view.getBigInt64(this.#take(8));
  }

  /** `count` bytes, copied. */
  raw(count: number): Uint8Array {
    const at = this.#take(count);
    return this.#bytes.slice(at, at + count);
  }

  /** `count` bytes as a view on the input: for callers that only look at them. */
  rawView(count: number): Uint8Array {
    const at = this.#take(count);
    return this.#bytes.subarray(at, at + count);
  }

  /** A byte length as data-encoding reads one (4 bytes; negative refused). */
  length32(): number {
    const at = this.#position;
    const length = this.i32();
    if (length < 0) throw new DecodeError("encoding.int_out_of_range", `negative length ${length}`, at, length);
    return length;
  }

  /** A 4-byte length, then that many bytes, copied. */
  bytes(): Uint8Array {
    return this.raw(this.length32());
  }

  /** Runs `read` on a window of the next `count` bytes, which it must read to the end. */
  within<T>(count: number, read: (r: ByteReader) => T): T {
    const outerEnd = this.#end;
    const innerEnd = this.#take(count) + count;
    this.#position = innerEnd - count;
    this.#end = innerEnd;
    try {
      const value = read(this);
      this.expectEnd();
      return value;
    } finally {
      this.#end = outerEnd;
    }
  }

  /** Runs `read` one level deeper; refuses to go beyond MAX_DEPTH levels. */
  nested<T>(read: (r: ByteReader) => T): T {
    if (this.#depth >= MAX_DEPTH) {
      throw new DecodeError("encoding.too_deep", `nested deeper than ${MAX_DEPTH}`, this.#position);
    }
    this.#depth += 1;
    try {
      return read(this);
    } finally {
      this.#depth -= 1;
    }
  }

  /** Refuses bytes left over in the window. */
  expectEnd(): void {
    if (this.#position !== this.#end) {
      throw new DecodeError("encoding.trailing_bytes", `${this.remaining} bytes left over`, this.#position);
    }
  }
}

/** The encoding of `value`. Raises EncodeError. */
export function encode<T>(codec: Codec<T>, value: T): Uint8Array {
  const w = new ByteWriter(typeof codec.size === "number" ? codec.size : INITIAL_CAPACITY_BYTES);
  codec.write(w, value);
  return w.finish();
}

/** The value whose encoding is `bytes`, all of it. Raises DecodeError. */
export function decode<T>(codec: Codec<T>, bytes: Uint8Array): T {
  const r = new ByteReader(bytes);
  const value = codec.read(r);
  r.expectEnd();
  return value;
}
