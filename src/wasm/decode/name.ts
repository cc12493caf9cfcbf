/** Names of imports and exports, one UTF-8 character a tick, and the names of custom sections, read at once (pvm.md §2.2, §2.5). */
import { ByteReader, ByteWriter } from "../../encoding/binary.js";
import { text } from "../../merkle/leaves.js";
import { Leaf } from "../../merkle/node.js";
import { at, type LeafCodec, leaf, type Schema, tagged } from "../../merkle/schema.js";
import { GuestError } from "../guest-errors.js";
import type { ByteStream } from "./byte-stream.js";
import { positionSchema } from "./containers.js";
import { StepError } from "./errors.js";

export const MAX_NAME_BYTES = 512;

export type NameKont =
  | { readonly tag: "NKStart" }
  /** `pos`: where the name's length stands; `left`: bytes still to read, negative when the last character went past the end. */
  | { readonly tag: "NKParse"; readonly pos: number; readonly read: string; readonly left: number }
  | { readonly tag: "NKStop"; readonly name: string };

export const NAME_START: NameKont = { tag: "NKStart" };

/** The characters read, and how many bytes they are. */
const buffer: LeafCodec<string> = {
  encode(value) {
    const bytes = Buffer.from(value, "utf8");
    const out = new ByteWriter(bytes.length + 8);
    out.bytes(bytes);
    out.i32(bytes.length);
    return Leaf.of(out.finish());
  },
  decode(leafBytes) {
    const length = new ByteReader(leafBytes).i32();
    if (leafBytes.length !== length + 8) throw new Error("a string and its length expected");
    return text.decode(leafBytes.subarray(0, length + 4));
  },
};

export const nameKontSchema: Schema<NameKont> = tagged<NameKont>(text, {
  NKStart: "unit",
  NKParse: { pos: at("pos", positionSchema), read: at("buffer", leaf(buffer)), left: at("length", positionSchema) },
  NKStop: { name: leaf(text) },
});

function malformed(): GuestError {
  return GuestError.withMessage("malformed UTF-8 encoding");
}

/** A byte of a character; the end of the kernel makes the character malformed. */
function characterByte(stream: ByteStream): number {
  if (stream.isAtEnd) throw malformed();
  return stream.u8();
}

function continuation(byte: number): number {
  if ((byte & 0xc0) !== 0x80) throw malformed();
  return byte & 0x3f;
}

function codePoint(least: number, value: number): number {
  if (value < least || (value >= 0xd800 && value < 0xe000) || value >= 0x110000) throw malformed();
  return value;
}

/** Reads one UTF-8 character: its code point. All its bytes are read before any is looked at. */
export function readCharacter(stream: ByteStream): number {
  const first = characterByte(stream);
  if (first < 0x80) return first;
  if (first < 0xc0) throw malformed();
  const second = characterByte(stream);
  if (first < 0xe0) return codePoint(0x80, ((first & 0x1f) << 6) + continuation(second));
  const third = characterByte(stream);
  if (first < 0xf0) {
    return codePoint(0x800, ((first & 0x0f) << 12) + (continuation(second) << 6) + continuation(third));
  }
  const fourth = characterByte(stream);
  if (first >= 0xf8) throw malformed();
  const high = ((first & 0x07) << 18) + (continuation(second) << 12);
  return codePoint(0x10000, high + (continuation(third) << 6) + continuation(fourth));
}

export function nameStep(stream: ByteStream, kont: NameKont): NameKont {
  switch (kont.tag) {
    case "NKStart": {
      const pos = stream.position;
      const left = stream.count();
      if (left > MAX_NAME_BYTES) throw GuestError.withMessage("Names cannot exceed 512 bytes");
      return { tag: "NKParse", pos, read: "", left };
    }
    case "NKParse": {
      if (kont.left === 0) return { tag: "NKStop", name: kont.read };
      const start = stream.position;
      const character = String.fromCodePoint(readCharacter(stream));
      return {
        tag: "NKParse",
        pos: kont.pos,
        read: kont.read + character,
        left: kont.left - (stream.position - start),
      };
    }
    case "NKStop":
      throw new StepError("Name_step");
  }
}
