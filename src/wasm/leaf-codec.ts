/** How a leaf of the state tree is made of a value, and of what: choices, options, lists, integers of 31 bits (pvm-encodings.md §1). */
import { ByteReader, ByteWriter } from "../encoding/binary.js";
import { Leaf } from "../merkle/node.js";
import type { LeafCodec } from "../merkle/schema.js";

/** Something that the state tree cannot hold: the reference raises out of the machine when it has to (pvm.md §10). */
export class NoStoredForm extends Error {
  readonly code = "wasm.no_stored_form";
  constructor(what: string) {
    super(`no stored form: ${what}`);
    this.name = "NoStoredForm";
  }
}

export type Write<T> = (out: ByteWriter, value: T) => void;
export type Read<T> = (input: ByteReader) => T;

/** A leaf codec from a writer and a reader that must use all the bytes. */
export function leafCodec<T>(write: Write<T>, read: Read<T>): LeafCodec<T> {
  return {
    encode(value) {
      const out = new ByteWriter(32);
      write(out, value);
      return Leaf.of(out.finish());
    },
    decode(bytes) {
      const input = new ByteReader(bytes);
      const value = read(input);
      if (input.remaining !== 0) throw new Error(`${input.remaining} bytes too many`);
      return value;
    },
  };
}

/** A value out of a short list, written as its index in one byte. */
export function oneOf<T>(names: readonly T[], what: string): { write: Write<T>; read: Read<T> } {
  return {
    write(out, value) {
      const index = names.indexOf(value);
      if (index < 0) throw new NoStoredForm(`${what} ${String(value)}`);
      out.u8(index);
    },
    read(input) {
      const value = names[input.u8()];
      if (value === undefined) throw new Error(`unknown ${what}`);
      return value;
    },
  };
}

export function writeInt31(out: ByteWriter, value: number): void {
  if (value < -0x4000_0000 || value > 0x3fff_ffff) throw new NoStoredForm(`int31 ${value}`);
  out.i32(value);
}

export function readInt31(input: ByteReader): number {
  const value = input.i32();
  if (value < -0x4000_0000 || value > 0x3fff_ffff) throw new Error("not an int31");
  return value;
}

export function writeOption<T>(out: ByteWriter, value: T | null, write: Write<T>): void {
  out.u8(value === null ? 0 : 1);
  if (value !== null) write(out, value);
}

export function readOption<T>(input: ByteReader, read: Read<T>): T | null {
  const flag = input.u8();
  if (flag > 1) throw new Error("not an option");
  return flag === 0 ? null : read(input);
}

export function writeList<T>(out: ByteWriter, values: readonly T[], size: number, write: Write<T>): void {
  out.i32(values.length * size);
  for (const value of values) write(out, value);
}

export function readList<T>(input: ByteReader, size: number, read: Read<T>): T[] {
  const bytes = input.i32();
  if (bytes < 0 || bytes > input.remaining || bytes % size !== 0) throw new Error("list size");
  return Array.from({ length: bytes / size }, () => read(input));
}

export const writeInt32: Write<number> = (out, value) => out.i32(value);
export const readInt32: Read<number> = (input) => input.i32();
