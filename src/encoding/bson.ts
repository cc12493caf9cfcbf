// BSON, the binary form that Octez gives to JSON inside binary values (errors in receipts): documents of named elements, sizes
// and lengths little-endian. Only what JSON needs: numbers are doubles.

import { type ByteReader, type ByteWriter, type Codec, DecodeError, EncodeError, MAX_DEPTH } from "./binary.js";
import { codec } from "./codecs.js";
import { isJsonObject, type Json } from "./json.js";
import { decodeUtf8, encodeUtf8 } from "./text.js";

const TAG = { double: 0x01, string: 0x02, document: 0x03, array: 0x04, boolean: 0x08, null: 0x0a } as const;

function writeSize(w: ByteWriter, size: number): void {
  for (let shift = 0; shift < 32; shift += 8) w.u8((size >>> shift) & 0xff);
}

function readSize(r: ByteReader): number {
  const at = r.position;
  const size = r.u8() + r.u8() * 2 ** 8 + r.u8() * 2 ** 16 + r.u8() * 2 ** 24;
  if (size >= 2 ** 30) throw new DecodeError("encoding.int_out_of_range", `${size} is not a size`, at, size);
  return size;
}

function littleEndian(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function writeName(w: ByteWriter, name: string): void {
  if (name.includes("\0")) throw new EncodeError("encoding.invalid_text", "zero character in a field name", name);
  w.raw(encodeUtf8(name));
  w.u8(0);
}

function readName(r: ByteReader): string {
  const at = r.position;
  const bytes: number[] = [];
  for (let byte = r.u8(); byte !== 0; byte = r.u8()) bytes.push(byte);
  return decodeUtf8(Uint8Array.from(bytes), at);
}

/** A document: its size in bytes, itself included; elements; a zero byte. */
function writeDocument(w: ByteWriter, entries: readonly (readonly [string, Json])[], depth: number): void {
  if (depth >= MAX_DEPTH) throw new EncodeError("encoding.size_limit", `nested deeper than ${MAX_DEPTH}`);
  const at = w.length;
  writeSize(w, 0);
  for (const [name, value] of entries) writeElement(w, name, value, depth);
  w.u8(0);
  const size = w.length - at;
  for (let i = 0; i < 4; i++) w.patch(at + i, 1, (size >>> (8 * i)) & 0xff);
}

function writeElement(w: ByteWriter, name: string, value: Json, depth: number): void {
  if (value === null) {
    w.u8(TAG.null);
    writeName(w, name);
  } else if (typeof value === "boolean") {
    w.u8(TAG.boolean);
    writeName(w, name);
    w.u8(value ? 1 : 0);
  } else if (typeof value === "number") {
    w.u8(TAG.double);
    writeName(w, name);
    const bytes = new Uint8Array(8);
    littleEndian(bytes).setFloat64(0, value, true);
    w.raw(bytes);
  } else if (typeof value === "string") {
    w.u8(TAG.string);
    writeName(w, name);
    const bytes = encodeUtf8(value);
    writeSize(w, bytes.length + 1);
    w.raw(bytes);
    w.u8(0);
  } else if (Array.isArray(value)) {
    w.u8(TAG.array);
    writeName(w, name);
    const items = (value as readonly Json[]).map((item, i) => [String(i), item] as const);
    writeDocument(w, items, depth + 1);
  } else {
    w.u8(TAG.document);
    writeName(w, name);
    writeDocument(w, Object.entries(value), depth + 1);
  }
}

function readDocument(r: ByteReader): [string, Json][] {
  const at = r.position;
  const size = readSize(r);
  if (size < 5) throw new DecodeError("encoding.int_out_of_range", `no document has ${size} bytes`, at, size);
  return r.within(size - 4, (inner) => {
    const entries: [string, Json][] = [];
    while (inner.remaining > 1) {
      const tag = inner.u8();
      const name = readName(inner);
      entries.push([name, inner.nested((value) => readValue(value, tag))]);
    }
    readZero(inner);
    return entries;
  });
}

function readValue(r: ByteReader, tag: number): Json {
  const at = r.position;
  switch (tag) {
    case TAG.null:
      return null;
    case TAG.boolean:
      return r.u8() !== 0;
    case TAG.double: {
      const value = littleEndian(r.raw(8)).getFloat64(0, true);
      if (!Number.isFinite(value)) throw new DecodeError("encoding.check_failed", "number that JSON has not", at);
      return value;
    }
    case TAG.string: {
      const length = readSize(r);
      if (length === 0) throw new DecodeError("encoding.int_out_of_range", "string without its end", at);
      const text = decodeUtf8(r.raw(length - 1), at);
      readZero(r);
      return text;
    }
    case TAG.array:
      return readDocument(r).map(([, value]) => value);
    case TAG.document:
      return Object.fromEntries(readDocument(r));
    default:
      throw new DecodeError("encoding.unknown_tag", `no BSON element has type ${tag}`, at, tag);
  }
}

function readZero(r: ByteReader): void {
  const at = r.position;
  if (r.u8() !== 0) throw new DecodeError("encoding.check_failed", "zero byte expected", at);
}

/** A JSON object as a BSON document. */
export const bsonCodec: Codec<Json> = codec<Json>(
  "BSON",
  "dynamic",
  (w, json) => {
    if (!isJsonObject(json)) throw new EncodeError("encoding.no_case_matched", "only objects are BSON documents", json);
    writeDocument(w, Object.entries(json) as [string, Json][], 0);
  },
  (r) => Object.fromEntries(readDocument(r)),
);
