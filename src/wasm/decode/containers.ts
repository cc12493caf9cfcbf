/**
 * What the continuations keep their progress in (pvm-encodings.md §6, §6.2): vectors being filled, stacks that keep what was popped, sizes.
 */
import { LazyVector } from "../../merkle/lazy-vector.js";
import { int31, int32 } from "../../merkle/leaves.js";
import { at, leaf, record, type Schema } from "../../merkle/schema.js";
import { GuestError } from "../guest-errors.js";
import { vector } from "../module-schema.js";
import type { ByteStream } from "./byte-stream.js";

/** A vector of announced length whose elements are set one by one; those from `offset` on are absent. */
export interface Filling<T> {
  readonly offset: number;
  readonly vector: LazyVector<T>;
}

export function fillingSchema<T>(elements: Schema<LazyVector<T>>): Schema<Filling<T>> {
  return record<Filling<T>>({ offset: at("offset", leaf(int32)), vector: at("vector", elements) });
}

export function emptyFilling<T>(length: number): Filling<T> {
  return { offset: 0, vector: LazyVector.absent(length) };
}

/** The comparison is signed, as in the reference: a vector of 2^31 elements or more is full from the start. */
export function isFull(filling: Filling<unknown>): boolean {
  return (filling.vector.length | 0) <= filling.offset;
}

export function fill<T>({ offset, vector: elements }: Filling<T>, value: T): Filling<T> {
  return { offset: (offset + 1) | 0, vector: elements.set(offset, value) };
}

/** A stack whose vector keeps the slots above its length until they are overwritten: they are part of the state. */
export interface LazyStack<T> {
  readonly length: number;
  readonly vector: LazyVector<T>;
}

export function stackSchema<T>(element: Schema<T>): Schema<LazyStack<T>> {
  return record<LazyStack<T>>({ length: at("length", leaf(int32)), vector: at("vector", vector(element)) });
}

export function push<T>({ length, vector: slots }: LazyStack<T>, value: T): LazyStack<T> {
  return { length: length + 1, vector: length >= slots.length ? slots.append(value) : slots.set(length, value) };
}

/** A section's or a body's announced size in bytes, and the offset it is counted from. */
export interface Size {
  readonly size: number;
  readonly start: number;
}

export const positionSchema: Schema<number> = leaf(int31);

export const sizeSchema: Schema<Size> = record<Size>({
  size: at("size", positionSchema),
  start: at("start", positionSchema),
});

export function readSize(stream: ByteStream): Size {
  const size = stream.count();
  return { size, start: stream.position };
}

export function checkSize({ size, start }: Size, stream: ByteStream): void {
  if (stream.position !== start + size) throw GuestError.withMessage("section size mismatch");
}
