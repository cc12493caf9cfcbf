// Micheline expressions over Michelson's primitives: the value in memory is its JSON form, with empty `args` and `annots`
// left out; this file gives the binary form (protocol.md §5.1), reads and checks JSON, and has the lazy expressions of
// operations. Left out: strings that are not UTF-8 (no Michelson value has one), nesting beyond MAX_DEPTH, locations.

import {
  type ByteReader,
  type ByteWriter,
  type Codec,
  DecodeError,
  decode,
  EncodeError,
  encode,
  MAX_DEPTH,
} from "./binary.js";
import { bytes, codec, string } from "./codecs.js";
import { type Form, formOf } from "./form.js";
import { hexFromJson } from "./form-leaves.js";
import { fromHex, toHex } from "./hex.js";
import {
  atStep,
  expectArray,
  expectDecimal,
  expectObject,
  expectOnlyFields,
  expectString,
  type Json,
  JsonError,
} from "./json.js";
import { MICHELSON_PRIMITIVES, primitiveCode } from "./michelson-primitives.js";
import { readZ, writeZ } from "./zarith.js";

/** A primitive applied to arguments, with annotations. */
export interface MichelinePrim {
  readonly prim: string;
  readonly args?: readonly Micheline[];
  readonly annots?: readonly string[];
}

/** An expression: integer (decimal text), string, bytes (hexadecimal text), primitive application, or sequence. */
export type Micheline =
  | { readonly int: string }
  | { readonly string: string }
  | { readonly bytes: string }
  | MichelinePrim
  | readonly Micheline[];

export function isSequence(node: Micheline): node is readonly Micheline[] {
  return Array.isArray(node);
}

const TAG = {
  int: 0,
  string: 1,
  sequence: 2,
  /** Three tags of two: without annotations, and, one above, with; for none, one and two arguments. */
  applications: 3,
  generic: 9,
  bytes: 10,
} as const;

const MAX_ANNOTATION_LENGTH = 255;
const ANNOTATION = /^[@:$&%!?][A-Za-z0-9_.%@]*$/;

function isAnnotation(text: string): boolean {
  return text.length <= MAX_ANNOTATION_LENGTH && ANNOTATION.test(text);
}

/** Binary Micheline. Other encodings of the same application (more general tags) are read as well. */
export const michelineCodec: Codec<Micheline> = codec(
  "Micheline",
  "dynamic",
  (w, node) => writeNode(w, node, 0),
  readNode,
);

function writeNode(w: ByteWriter, node: Micheline, depth: number): void {
  if (depth >= MAX_DEPTH) throw new EncodeError("encoding.size_limit", `nested deeper than ${MAX_DEPTH}`);
  if (isSequence(node)) {
    w.u8(TAG.sequence);
    writeNodes(w, node, depth);
  } else if ("prim" in node) {
    writeApplication(w, node, depth);
  } else if ("int" in node) {
    w.u8(TAG.int);
    writeZ(w, BigInt(node.int));
  } else if ("string" in node) {
    w.u8(TAG.string);
    string.write(w, node.string);
  } else {
    w.u8(TAG.bytes);
    w.bytes(fromHex(node.bytes));
  }
}

function writeNodes(w: ByteWriter, nodes: readonly Micheline[], depth: number): void {
  const at = w.length;
  w.u32(0);
  for (const node of nodes) writeNode(w, node, depth + 1);
  w.patch(at, 4, w.length - at - 4);
}

function writeApplication(w: ByteWriter, { prim, args = [], annots = [] }: MichelinePrim, depth: number): void {
  const code = primitiveCode(prim);
  if (code === undefined) throw new EncodeError("encoding.no_case_matched", `no primitive ${prim}`, prim);
  const generic = args.length > 2;
  w.u8(generic ? TAG.generic : TAG.applications + 2 * args.length + (annots.length > 0 ? 1 : 0));
  w.u8(code);
  if (generic) writeNodes(w, args, depth);
  else for (const arg of args) writeNode(w, arg, depth + 1);
  if (generic || annots.length > 0) string.write(w, annots.join(" "));
}

function readNode(r: ByteReader): Micheline {
  const at = r.position;
  const tag = r.u8();
  switch (tag) {
    case TAG.int:
      return { int: readZ(r).toString() };
    case TAG.string:
      return { string: string.read(r) };
    case TAG.bytes:
      return { bytes: toHex(r.bytes()) };
    case TAG.sequence:
      return readNodes(r);
    case TAG.generic: {
      const prim = readPrimitive(r);
      const args = readNodes(r);
      return application(prim, args, readAnnotations(r));
    }
    default:
      if (tag < TAG.applications || tag > TAG.bytes) {
        throw new DecodeError("encoding.unknown_tag", `no Micheline node has tag ${tag}`, at, tag);
      }
      return readSmallApplication(r, tag - TAG.applications);
  }
}

function readSmallApplication(r: ByteReader, shape: number): Micheline {
  const prim = readPrimitive(r);
  const args: Micheline[] = [];
  while (args.length < shape >> 1) args.push(r.nested(readNode));
  return application(prim, args, (shape & 1) === 1 ? readAnnotations(r) : []);
}

function readNodes(r: ByteReader): Micheline[] {
  return r.within(r.length32(), (inner) => {
    const nodes: Micheline[] = [];
    while (inner.remaining > 0) nodes.push(inner.nested(readNode));
    return nodes;
  });
}

function readPrimitive(r: ByteReader): string {
  const at = r.position;
  const code = r.u8();
  const name = MICHELSON_PRIMITIVES[code];
  if (name === undefined) throw new DecodeError("encoding.unknown_tag", `no primitive ${code}`, at, code);
  return name;
}

function readAnnotations(r: ByteReader): readonly string[] {
  const at = r.position;
  const text = string.read(r);
  const annots = text === "" ? [] : text.split(" ");
  if (!annots.every(isAnnotation)) {
    throw new DecodeError("encoding.check_failed", "malformed annotation", at, text);
  }
  return annots;
}

/** An application with empty lists left out. */
function application(prim: string, args: readonly Micheline[], annots: readonly string[]): MichelinePrim {
  return {
    prim,
    ...(args.length > 0 ? { args } : {}),
    ...(annots.length > 0 ? { annots } : {}),
  };
}

/** Checks an expression and brings it into the form described above. Raises JsonError. */
export function michelineFromJson(json: unknown): Micheline {
  return nodeFromJson(json, 0);
}

const INT_FIELDS = new Set(["int"]);
const STRING_FIELDS = new Set(["string"]);
const BYTES_FIELDS = new Set(["bytes"]);
const PRIM_FIELDS = new Set(["prim", "args", "annots"]);

function nodeFromJson(json: unknown, depth: number): Micheline {
  if (depth >= MAX_DEPTH) throw new JsonError("encoding.json.too_deep", `nested deeper than ${MAX_DEPTH}`);
  if (Array.isArray(json)) return nodesFromJson(json, depth);
  const node = expectObject(json);
  if ("prim" in node) return applicationFromJson(node, depth);
  if ("int" in node) {
    expectOnlyFields(node, INT_FIELDS);
    return { int: atStep(".int", () => expectDecimal(node["int"])).toString() };
  }
  if ("string" in node) {
    expectOnlyFields(node, STRING_FIELDS);
    return { string: atStep(".string", () => expectString(node["string"])) };
  }
  if ("bytes" in node) {
    expectOnlyFields(node, BYTES_FIELDS);
    return { bytes: toHex(atStep(".bytes", () => hexFromJson(node["bytes"]))) };
  }
  throw new JsonError("encoding.json.no_case_matched", "not a Micheline expression", json);
}

function nodesFromJson(json: unknown, depth: number): Micheline[] {
  return expectArray(json).map((item, i) => atStep(`[${i}]`, () => nodeFromJson(item, depth + 1)));
}

function applicationFromJson(node: Readonly<Record<string, unknown>>, depth: number): MichelinePrim {
  expectOnlyFields(node, PRIM_FIELDS);
  const prim = atStep(".prim", () => expectString(node["prim"]));
  if (primitiveCode(prim) === undefined) {
    throw new JsonError("encoding.json.bad_value", `no primitive ${JSON.stringify(prim)}`, prim).under(".prim");
  }
  const args = node["args"] === undefined ? [] : atStep(".args", () => nodesFromJson(node["args"], depth));
  const annots = node["annots"] === undefined ? [] : atStep(".annots", () => annotationsFromJson(node["annots"]));
  return application(prim, args, annots);
}

function annotationsFromJson(json: unknown): string[] {
  return expectArray(json).map((item) => {
    const text = expectString(item);
    if (!isAnnotation(text)) throw new JsonError("encoding.json.bad_value", "malformed annotation", text);
    return text;
  });
}

/** An expression in both shapes, without a length. */
export const michelineForm: Form<Micheline> = formOf(michelineCodec, (node) => node as Json, michelineFromJson);

/** Whether two expressions are the same. */
export function michelineEquals(a: Micheline, b: Micheline): boolean {
  return toHex(encode(michelineCodec, a)) === toHex(encode(michelineCodec, b));
}

/**
 * An expression inside an operation: kept as the bytes it came in, since these are what the operation's hash is over, and
 * since layer 1 looks inside only when it applies the operation.
 */
export class LazyMicheline {
  #bytes: Uint8Array | undefined;
  #value: Micheline | undefined;

  private constructor(bytes: Uint8Array | undefined, value: Micheline | undefined) {
    this.#bytes = bytes;
    this.#value = value;
  }

  static ofBytes(bytes: Uint8Array): LazyMicheline {
    return new LazyMicheline(bytes, undefined);
  }

  static ofValue(value: Micheline): LazyMicheline {
    return new LazyMicheline(undefined, value);
  }

  /** The encoding. Raises EncodeError for a value made by hand that has none. */
  get bytes(): Uint8Array {
    this.#bytes ??= encode(michelineCodec, this.#value as Micheline); // one of the two is always there
    return this.#bytes;
  }

  /** The expression. Raises DecodeError when the bytes are not one. */
  get value(): Micheline {
    this.#value ??= decode(michelineCodec, this.#bytes as Uint8Array); // one of the two is always there
    return this.#value;
  }

  equals(other: LazyMicheline): boolean {
    return toHex(this.bytes) === toHex(other.bytes);
  }
}

/** 4-byte size and the expression's bytes, not looked into; the expression in JSON. */
export const lazyMichelineForm: Form<LazyMicheline> = formOf<LazyMicheline>(
  codec(
    "lazy Micheline",
    "dynamic",
    (w, value) => bytes.write(w, value.bytes),
    (r) => LazyMicheline.ofBytes(bytes.read(r)),
  ),
  (value) => value.value as Json,
  (json) => LazyMicheline.ofValue(michelineFromJson(json)),
);

/** `Unit`. */
export const UNIT: Micheline = { prim: "Unit" };
