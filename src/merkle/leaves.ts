/** The scalar encodings of leaves: merkle.md §2.3, pvm-encodings.md §1. Small numbers and short strings, which repeat, share their leaf. */
import { type Codec, decode, encode } from "../encoding/binary.js";
import { n, string, z } from "../encoding/codecs.js";
import { Leaf } from "./node.js";
import type { LeafCodec } from "./schema.js";

/** The leaf codec of a binary codec. */
export function leafOf<T>(codec: Codec<T>): LeafCodec<T> {
  return { encode: (value) => Leaf.of(encode(codec, value)), decode: (bytes) => decode(codec, bytes) };
}

const SHARED_INTS = 4096;

function readInt32(bytes: Uint8Array): number {
  if (bytes.length !== 4) throw new Error(`4 bytes expected, ${bytes.length} found`);
  return (
    ((bytes[0] as number) << 24) | ((bytes[1] as number) << 16) | ((bytes[2] as number) << 8) | (bytes[3] as number)
  );
}

function makeInt32(value: number): Leaf {
  return Leaf.of(Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value));
}

const sharedInt32: (Leaf | undefined)[] = [];

/** Four bytes, big-endian, two's complement. */
export const int32: LeafCodec<number> = {
  encode(value) {
    if (value >= 0 && value < SHARED_INTS) {
      let shared = sharedInt32[value];
      if (shared === undefined) {
        shared = makeInt32(value);
        sharedInt32[value] = shared;
      }
      return shared;
    }
    return makeInt32(value);
  },
  decode: readInt32,
};

/** An int31: stored like an int32, -2^30 … 2^30-1. */
export const int31: LeafCodec<number> = {
  encode(value) {
    if (value < -0x4000_0000 || value > 0x3fff_ffff) throw new RangeError(`${value} is not an int31`);
    return int32.encode(value);
  },
  decode(bytes) {
    const value = readInt32(bytes);
    if (value < -0x4000_0000 || value > 0x3fff_ffff) throw new RangeError(`${value} is not an int31`);
    return value;
  },
};

/** Eight bytes, big-endian; here for lengths, which a double holds exactly. */
export const int64Length: LeafCodec<number> = {
  encode(value) {
    const high = Math.floor(value / 2 ** 32);
    return Leaf.of(
      Uint8Array.of(high >>> 24, high >>> 16, high >>> 8, high, value >>> 24, value >>> 16, value >>> 8, value),
    );
  },
  decode(bytes) {
    if (bytes.length !== 8) throw new Error(`8 bytes expected, ${bytes.length} found`);
    const high = readInt32(bytes.subarray(0, 4));
    const value = high * 2 ** 32 + (readInt32(bytes.subarray(4)) >>> 0);
    if (!Number.isSafeInteger(value)) throw new RangeError(`length ${value}`);
    return value;
  },
};

/** Unsigned zarith. */
export const natural: LeafCodec<bigint> = leafOf(n);
/** Signed zarith. */
export const integer: LeafCodec<bigint> = leafOf(z);

/** Signed zarith holding a number that a double holds exactly (indices, counters). */
export const smallInteger: LeafCodec<number> = {
  encode: (value) => integer.encode(BigInt(value)),
  decode(bytes) {
    const value = integer.decode(bytes);
    if (value > BigInt(Number.MAX_SAFE_INTEGER) || value < BigInt(Number.MIN_SAFE_INTEGER))
      throw new RangeError(`integer ${value}`);
    return Number(value);
  },
};

const plainString = leafOf(string);
const MAX_SHARED_STRINGS = 4096;
const sharedStrings = new Map<string, Leaf>();

/** Length (4 bytes, big-endian), then UTF-8. Bytes that are not UTF-8 are kept apart: see `byteString`. */
export const text: LeafCodec<string> = {
  encode(value) {
    let shared = sharedStrings.get(value);
    if (shared === undefined) {
      shared = plainString.encode(value);
      if (sharedStrings.size >= MAX_SHARED_STRINGS) sharedStrings.clear();
      sharedStrings.set(value, shared);
    }
    return shared;
  },
  decode: plainString.decode,
};

const TRUE = Leaf.of(Uint8Array.of(0xff));
const FALSE = Leaf.of(Uint8Array.of(0));

export const bool: LeafCodec<boolean> = {
  encode: (value) => (value ? TRUE : FALSE),
  decode(bytes) {
    const byte = bytes[0];
    if (bytes.length !== 1 || (byte !== 0xff && byte !== 0)) throw new Error("not a boolean");
    return byte === 0xff;
  },
};

/** The bytes as they are. */
export const raw: LeafCodec<Uint8Array> = { encode: (value) => Leaf.of(value), decode: (bytes) => bytes };
