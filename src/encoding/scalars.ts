// Codecs of single values: integers, zarith numbers, booleans, bytes and text, after the binary rules of Octez's
// data-encoding (pvm-encodings.md §1, merkle.md §2.3). Floats are left out: nothing here has one.
//
// Reading is as strict as data-encoding, not stricter: `bool` takes any non-zero byte for true, and `uint30` refuses only
// negative values, because layer 1 accepts such bytes.

import { type ByteReader, type ByteWriter, type Codec, type CodecSize, DecodeError, EncodeError } from "./binary.js";
import { decodeLatin1, decodeUtf8, encodeLatin1, encodeUtf8 } from "./text.js";
import { readN, readZ, writeN, writeZ } from "./zarith.js";

/** Values of uint30 and int31 stay below this. */
export const INT30_LIMIT = 2 ** 30;

/** Makes a codec; "dynamic" when neither a fixed size nor variable. */
export function codec<T>(
  name: string,
  size: CodecSize | "dynamic",
  write: (w: ByteWriter, value: T) => void,
  read: (r: ByteReader) => T,
): Codec<T> {
  return size === "dynamic" ? { name, write, read } : { name, size, write, read };
}

export const uint8: Codec<number> = codec(
  "uint8",
  1,
  (w, v) => w.u8(v),
  (r) => r.u8(),
);
export const int8: Codec<number> = codec(
  "int8",
  1,
  (w, v) => w.i8(v),
  (r) => r.i8(),
);
export const uint16: Codec<number> = codec(
  "uint16",
  2,
  (w, v) => w.u16(v),
  (r) => r.u16(),
);
export const int16: Codec<number> = codec(
  "int16",
  2,
  (w, v) => w.i16(v),
  (r) => r.i16(),
);
export const int32: Codec<number> = codec(
  "int32",
  4,
  (w, v) => w.i32(v),
  (r) => r.i32(),
);
export const int64: Codec<bigint> = codec(
  "int64",
  8,
  (w, v) => w.i64(v),
  (r) => r.i64(),
);

/** Zarith natural number. */
export const n: Codec<bigint> = codec("n", "dynamic", writeN, readN);
/** Zarith signed integer. */
export const z: Codec<bigint> = codec("z", "dynamic", writeZ, readZ);

/** 0 .. 2^30 - 1 on 4 bytes when written; a reader takes anything not negative. */
export const uint30: Codec<number> = codec(
  "uint30",
  4,
  (w, v) => {
    if (v < 0 || v >= INT30_LIMIT) throw outOfRange("uint30", v);
    w.i32(v);
  },
  (r) => r.length32(),
);

/** -2^30 .. 2^30 - 1 on 4 bytes. */
export const int31: Codec<number> = codec(
  "int31",
  4,
  (w, v) => {
    if (v < -INT30_LIMIT || v >= INT30_LIMIT) throw outOfRange("int31", v);
    w.i32(v);
  },
  (r) => {
    const at = r.position;
    const v = r.i32();
    if (v < -INT30_LIMIT || v >= INT30_LIMIT) {
      throw new DecodeError("encoding.int_out_of_range", `${v} is not an int31`, at, v);
    }
    return v;
  },
);

/** ff or 00; a reader takes any non-zero byte for true. */
export const bool: Codec<boolean> = codec(
  "bool",
  1,
  (w, v) => w.u8(v ? 0xff : 0),
  (r) => r.u8() !== 0,
);

function outOfRange(type: string, value: unknown): EncodeError {
  return new EncodeError("encoding.int_out_of_range", `${String(value)} is not a ${type}`, value);
}

// ---- Bytes and text

/** All bytes up to the end of the container. */
export const variableBytes: Codec<Uint8Array> = codec(
  "variable bytes",
  "variable",
  (w, v) => w.raw(v),
  (r) => r.raw(r.remaining),
);

/** 4-byte length, then the bytes. */
export const bytes: Codec<Uint8Array> = codec(
  "bytes",
  "dynamic",
  (w, v) => w.bytes(v),
  (r) => r.bytes(),
);

/** Exactly `length` bytes. */
export function fixedBytes(length: number): Codec<Uint8Array> {
  return codec(
    `${length} bytes`,
    length,
    (w, v) => {
      if (v.length !== length) {
        throw new EncodeError("encoding.invalid_length", `${v.length} bytes given, ${length} expected`, v.length);
      }
      w.raw(v);
    },
    (r) => r.raw(length),
  );
}

/** Text up to the end of the container; invalid UTF-8 is refused. */
export const variableString: Codec<string> = textCodec("variable string", variableBytes, encodeUtf8, decodeUtf8);

/** 4-byte length, then UTF-8 text; invalid UTF-8 is refused (data-encoding's strings are any bytes: see `byteString`). */
export const string: Codec<string> = textCodec("string", bytes, encodeUtf8, decodeUtf8);

/** A string of arbitrary bytes behind a 4-byte length, as a JavaScript string with one character (0 .. 255) a byte. */
export const byteString: Codec<string> = textCodec("byte string", bytes, encodeLatin1, decodeLatin1);

function textCodec(
  name: string,
  inner: Codec<Uint8Array>,
  toBytes: (text: string) => Uint8Array,
  fromBytes: (bytes: Uint8Array, at: number) => string,
): Codec<string> {
  return codec(
    name,
    inner.size ?? "dynamic",
    (w, v) => inner.write(w, toBytes(v)),
    (r) => {
      const raw = inner.read(r);
      return fromBytes(raw, r.position - raw.length);
    },
  );
}
