// Zarith numbers: N (natural) and Z (signed), little-endian groups of 7 bits with a "more" bit, the first group of a Z
// having 6 bits and the sign (merkle.md §2.3, pvm-encodings.md §1). Numbers up to 2^53 - 1 take a path without bigint.
//
// What data-encoding accepts is accepted: it refuses a last group of zero after another group, but it does read "40"
// (minus zero) as 0.

import { type ByteReader, type ByteWriter, DecodeError, EncodeError } from "./binary.js";

/** Writes a natural number. A `number` must be a safe integer. */
export function writeN(w: ByteWriter, value: number | bigint): void {
  if (value < 0) throw new EncodeError("encoding.int_out_of_range", `${value} is not a natural number`, value);
  writeGroups(w, toSmallest(value));
}

/** Writes a signed integer. A `number` must be a safe integer. */
export function writeZ(w: ByteWriter, value: number | bigint): void {
  const magnitude = toSmallest(value < 0 ? -value : value);
  const sign = value < 0 ? 0x40 : 0;
  if (typeof magnitude === "number") {
    const first = magnitude % 0x40;
    const rest = (magnitude - first) / 0x40;
    w.u8((rest > 0 ? 0x80 : 0) | sign | first);
    if (rest > 0) writeGroups(w, rest);
  } else {
    w.u8(0x80 | sign | Number(magnitude & 0x3fn));
    writeGroups(w, toSmallest(magnitude >> 6n));
  }
}

/** Reads a natural number of any size. */
export function readN(r: ByteReader): bigint {
  const value = readGroups(r, r.u8(), 7);
  return typeof value === "bigint" ? value : BigInt(value);
}

/** Reads a natural number that must not exceed 2^53 - 1. */
export function readNNumber(r: ByteReader): number {
  const at = r.position;
  return toSafeNumber(readGroups(r, r.u8(), 7), at);
}

/** Reads a signed integer of any size. */
export function readZ(r: ByteReader): bigint {
  const first = r.u8();
  const magnitude = readGroups(r, first, 6);
  const value = typeof magnitude === "bigint" ? magnitude : BigInt(magnitude);
  return (first & 0x40) !== 0 ? -value : value;
}

/** Reads a signed integer whose magnitude must not exceed 2^53 - 1. */
export function readZNumber(r: ByteReader): number {
  const at = r.position;
  const first = r.u8();
  const magnitude = toSafeNumber(readGroups(r, first, 6), at);
  return (first & 0x40) !== 0 && magnitude !== 0 ? -magnitude : magnitude;
}

/** A safe-range bigint becomes a number; a number is checked to be a safe integer. */
function toSmallest(value: number | bigint): number | bigint {
  if (typeof value === "bigint") return value <= Number.MAX_SAFE_INTEGER ? Number(value) : value;
  if (!Number.isSafeInteger(value)) {
    throw new EncodeError("encoding.int_out_of_range", `${value} is not a safe integer`, value);
  }
  return value;
}

function toSafeNumber(value: number | bigint, at: number): number {
  if (typeof value === "number") return value;
  const small = Number(value);
  if (small > Number.MAX_SAFE_INTEGER) {
    throw new DecodeError("encoding.int_out_of_range", `${value} exceeds 2^53 - 1`, at, value);
  }
  return small;
}

/** Groups of 7 bits, lowest first. */
function writeGroups(w: ByteWriter, value: number | bigint): void {
  if (typeof value === "bigint") {
    writeLargeGroups(w, value);
    return;
  }
  let rest = value;
  while (rest >= 0x80) {
    const low = rest % 0x80;
    w.u8(0x80 | low);
    rest = (rest - low) / 0x80;
  }
  w.u8(rest);
}

/** As `writeGroups`, through hexadecimal text so that the time stays linear in the length. */
function writeLargeGroups(w: ByteWriter, value: bigint): void {
  const hex = value.toString(16);
  let bits = 0;
  let bitCount = 0;
  for (let i = hex.length - 1; i >= 0; i--) {
    bits |= Number.parseInt(hex.charAt(i), 16) << bitCount;
    bitCount += 4;
    if (bitCount >= 7 && (i > 0 || bits >= 0x80)) {
      w.u8(0x80 | (bits & 0x7f));
      bits >>>= 7;
      bitCount -= 7;
    }
  }
  // The top hexadecimal digit is not zero, so `bits` is zero here only when the last group ended exactly on it.
  w.u8(bits);
}

/** Bits in the number accumulator before switching to bytes: 49 or less stay exact. */
const SMALL_BITS = 48;

/** The groups after `first`, whose `firstBits` low bits are the lowest part of the value. */
function readGroups(r: ByteReader, first: number, firstBits: 6 | 7): number | bigint {
  let value = first & (firstBits === 7 ? 0x7f : 0x3f);
  if (first < 0x80) return value;
  let scale = firstBits === 7 ? 0x80 : 0x40;
  for (let bits: number = firstBits; bits + 7 <= SMALL_BITS; bits += 7) {
    const byte = lastChecked(r, r.u8());
    value += (byte & 0x7f) * scale;
    if (byte < 0x80) return value;
    scale *= 0x80;
  }
  return readLargeGroups(r, value, scale);
}

/** The groups of weight `scale` and up, added to `low`; linear in their number. */
function readLargeGroups(r: ByteReader, low: number, scale: number): bigint {
  const nibbles: string[] = [];
  let bits = 0;
  let bitCount = 0;
  for (;;) {
    const byte = lastChecked(r, r.u8());
    bits |= (byte & 0x7f) << bitCount;
    bitCount += 7;
    while (bitCount >= 4) {
      nibbles.push((bits & 0xf).toString(16));
      bits >>>= 4;
      bitCount -= 4;
    }
    if (byte < 0x80) break;
  }
  nibbles.push(bits.toString(16));
  const high = BigInt(`0x${nibbles.reverse().join("")}`);
  return BigInt(low) + high * BigInt(scale);
}

/** Refuses a group of zero that ends a number of several groups. */
function lastChecked(r: ByteReader, byte: number): number {
  if (byte === 0) throw new DecodeError("encoding.trailing_zero", "number ends on an empty group", r.position - 1);
  return byte;
}
