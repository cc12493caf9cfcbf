// In which shape answers go out and bodies come in (reference: media_type.ml of resto and of lib_rpc_http): JSON, minified, with a line's
// end; BSON; Octez's binary encoding behind its length, where a service has one.

import { ByteReader, encode } from "../../../encoding/binary.js";
import { bsonCodec } from "../../../encoding/bson.js";
import { DecodeError, EncodeError } from "../../../encoding/errors.js";
import { isJsonObject, type Json } from "../../../encoding/json.js";
import { badBody, CodedAnswer } from "../answer.js";

export const MEDIA_TYPES = ["application/json", "application/bson", "application/octet-stream"] as const;
export type MediaType = (typeof MEDIA_TYPES)[number];

export const JSON_TYPE: MediaType = "application/json";

interface Range {
  readonly type: string;
  readonly quality: number;
}

/** The ranges of an Accept header, best first. */
function ranges(accept: string): readonly Range[] {
  return accept
    .split(",")
    .map((part) => {
      const [type = "", ...parameters] = part.split(";").map((piece) => piece.trim().toLowerCase());
      const quality = parameters.find((parameter) => parameter.startsWith("q="));
      const value = quality === undefined ? 1 : Number(quality.slice(2));
      return { type, quality: Number.isFinite(value) ? value : 0 };
    })
    .sort((a, b) => b.quality - a.quality);
}

/**
 * The media types that an Accept header takes, best first, of those there are; JSON when there is no header. Ranges with parameters
 * ("application/json; compact") count as those without.
 */
export function acceptedTypes(accept: string | undefined): readonly MediaType[] {
  if (accept === undefined) return [JSON_TYPE];
  const taken: MediaType[] = [];
  for (const { type } of ranges(accept)) {
    for (const media of MEDIA_TYPES) {
      const fits = type === media || type === "application/*" || type === "*/*";
      if (fits && !taken.includes(media)) taken.push(media);
    }
  }
  return taken;
}

/** What a Content-Type header says of a body; undefined for a type that is not read. */
export function bodyType(contentType: string | undefined): MediaType | undefined {
  if (contentType === undefined) return JSON_TYPE;
  const type = (contentType.split(";", 1)[0] ?? "").trim().toLowerCase();
  return MEDIA_TYPES.find((media) => media === type);
}

/** An answer in the first of the types that it has a shape in; undefined when it has none. */
export function encodeAnswer(
  answer: Json | CodedAnswer,
  types: readonly MediaType[],
): { readonly type: MediaType; readonly body: Uint8Array } | undefined {
  const json = answer instanceof CodedAnswer ? answer.json : answer;
  for (const type of types) {
    if (type === JSON_TYPE) return { type, body: encodeJson(json) };
    if (type === "application/bson") return { type, body: encodeBson(json) };
    if (answer instanceof CodedAnswer) return { type, body: answerBytes(answer) };
  }
  return undefined;
}

export function encodeJson(json: Json): Uint8Array {
  return Buffer.from(`${JSON.stringify(json)}\n`);
}

const LENGTH_BYTES = 4;

function answerBytes(answer: CodedAnswer): Uint8Array {
  return answer.isBare ? answer.bytes() : behindLength(answer.bytes());
}

function behindLength(bytes: Uint8Array): Uint8Array {
  const framed = new Uint8Array(LENGTH_BYTES + bytes.length);
  new DataView(framed.buffer).setUint32(0, bytes.length);
  framed.set(bytes, LENGTH_BYTES);
  return framed;
}

/** Set in the tag of a value that stands alone. */
const ALONE = 0x80;

/**
 * A JSON value as Octez's BSON: objects and arrays as documents. A value that is neither is a document of its tag, with the highest bit
 * set, and itself; there is no such thing in BSON proper.
 */
export function encodeBson(json: Json): Uint8Array {
  if (Array.isArray(json)) return encode(bsonCodec, Object.fromEntries(json.entries()) as Json);
  if (isJsonObject(json)) return encode(bsonCodec, json);
  const document = encode(bsonCodec, { "": json });
  const alone = new Uint8Array(document.length - 1);
  alone.set(document.subarray(0, LENGTH_BYTES + 1));
  alone.set(document.subarray(LENGTH_BYTES + 2), LENGTH_BYTES + 1); // without the end of the empty name
  alone[LENGTH_BYTES] = (document[LENGTH_BYTES] ?? 0) | ALONE;
  new DataView(alone.buffer).setUint32(0, alone.length, true);
  return alone;
}

/** How a service reads a body. */
export interface BodyFormat {
  /** Whether the JSON is an array, which BSON cannot tell from an object. */
  readonly isArray: boolean;
  /** Octez's bytes, as JSON; absent where a service has no binary shape. Raises DecodeError. */
  readonly fromBytes?: (r: ByteReader) => Json;
}

/** The JSON of a body. Raises RpcFailure 400. */
export function decodeBody(body: Uint8Array, type: MediaType, format: BodyFormat): unknown {
  try {
    if (type === JSON_TYPE) return decodeJson(body);
    const reader = new ByteReader(body);
    if (type === "application/bson") return decodeBson(reader, format.isArray);
    if (format.fromBytes === undefined) throw badBody("this service has no binary encoding");
    const { fromBytes } = format;
    const json = reader.within(reader.length32(), fromBytes);
    reader.expectEnd();
    return json;
  } catch (error) {
    if (error instanceof DecodeError || error instanceof EncodeError) throw badBody(error.message);
    throw error;
  }
}

function decodeJson(body: Uint8Array): unknown {
  const text = Buffer.from(body.buffer, body.byteOffset, body.length).toString("utf8");
  try {
    return JSON.parse(text);
  } catch {
    throw badBody(text === "" ? "no JSON value" : "not a JSON value");
  }
}

function decodeBson(reader: ByteReader, isArray: boolean): unknown {
  const document = bsonCodec.read(reader);
  reader.expectEnd();
  return isArray && isJsonObject(document) ? Object.values(document) : document;
}
