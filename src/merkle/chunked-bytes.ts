/**
 * Chunked byte vectors: merkle.md §2.2. Bytes in chunks of 512, each a leaf, zero padded; a chunk that was never written reads as zeros and
 * has no leaf. Immutable; a store gives a new vector that shares the other chunks.
 */
import { type EntryWrite, rewriteEntries } from "./entries.js";
import { IntMap } from "./int-map.js";
import { int64Length } from "./leaves.js";
import { Directory, Leaf } from "./node.js";
import type { Schema, Slot, View } from "./schema.js";
import { EXACT_UNOBSERVED, entriesOf, isEmptyDirectory } from "./tree.js";

export const CHUNK_BYTES = 512;

/** An offset outside a byte vector. */
export class BytesBounds extends Error {
  readonly code = "merkle.bytes_bounds";
  constructor() {
    super("offset out of the bounds of a byte vector");
    this.name = "BytesBounds";
  }
}

const ZEROS = new Uint8Array(CHUNK_BYTES);

interface Origin {
  readonly directory: Directory;
  readonly view: View;
  readonly loaded: Map<number, Uint8Array | null>;
}

interface Saved {
  readonly chunks: IntMap<Uint8Array>;
  readonly contents: Directory;
}

export class ChunkedBytes {
  /** Bytes; below 2^53. */
  readonly length: number;
  readonly #origin: Origin | null;
  /** Touched chunks, each exactly 512 bytes and never changed in place. */
  #chunks: IntMap<Uint8Array>;
  #saved: Saved | null;

  private constructor(length: number, origin: Origin | null, chunks: IntMap<Uint8Array>, saved: Saved | null) {
    this.length = length;
    this.#origin = origin;
    this.#chunks = chunks;
    this.#saved = saved;
  }

  /** A vector of `length` zeros, without chunks. */
  static allocate(length: number): ChunkedBytes {
    return new ChunkedBytes(length, null, IntMap.empty(), null);
  }

  static ofBytes(bytes: Uint8Array): ChunkedBytes {
    const chunks: Uint8Array[] = [];
    for (let start = 0; start < bytes.length; start += CHUNK_BYTES) {
      const chunk = new Uint8Array(CHUNK_BYTES);
      chunk.set(bytes.subarray(start, start + CHUNK_BYTES));
      chunks.push(chunk);
    }
    return new ChunkedBytes(bytes.length, null, IntMap.ofArray(chunks), null);
  }

  static stored(length: number, contents: View): ChunkedBytes {
    return new ChunkedBytes(
      length,
      { directory: contents.directory(), view: contents, loaded: new Map() },
      IntMap.empty(),
      null,
    );
  }

  /** The chunk at an index; null if it was never written. Must not be changed. */
  chunk(index: number): Uint8Array | null {
    const touched = this.#chunks.get(index);
    if (touched !== undefined) return touched;
    const origin = this.#origin;
    if (origin === null) return null;
    const exact = origin.view.access.exact;
    const known = exact ? undefined : origin.loaded.get(index);
    if (known !== undefined) return known;
    const chunk = readChunk(origin.view.at(String(index)));
    if (!exact) origin.loaded.set(index, chunk);
    else if (chunk !== null) this.#chunks = this.#chunks.set(index, chunk);
    return chunk;
  }

  /** Counts `count` bytes from an offset on, which are in bounds, as read without giving them. */
  touch(offset: number, count: number): void {
    if (this.#origin === null || !this.#origin.view.access.exact) return;
    const last = Math.floor((offset + count - 1) / CHUNK_BYTES);
    for (let index = Math.floor(offset / CHUNK_BYTES); index <= last; index++) this.chunk(index);
  }

  /** The byte at an offset. Throws `BytesBounds`. */
  byte(offset: number): number {
    if (offset < 0 || offset >= this.length) throw new BytesBounds();
    const chunk = this.chunk(Math.floor(offset / CHUNK_BYTES));
    return chunk === null ? 0 : (chunk[offset % CHUNK_BYTES] as number); // chunks have 512 bytes
  }

  /** `count` bytes from an offset on. Throws `BytesBounds`. */
  bytes(offset: number, count: number): Uint8Array {
    if (offset < 0 || count < 0 || offset + count > this.length) throw new BytesBounds();
    const out = new Uint8Array(count);
    let at = 0;
    while (at < count) {
      const index = Math.floor((offset + at) / CHUNK_BYTES);
      const start = (offset + at) % CHUNK_BYTES;
      const size = Math.min(CHUNK_BYTES - start, count - at);
      const chunk = this.chunk(index);
      if (chunk !== null) out.set(chunk.subarray(start, start + size), at);
      at += size;
    }
    return out;
  }

  /** The whole contents. */
  toBytes(): Uint8Array {
    return this.bytes(0, this.length);
  }

  /** The vector with these bytes at an offset; each chunk written becomes a leaf. Throws `BytesBounds`. */
  store(offset: number, bytes: Uint8Array): ChunkedBytes {
    if (offset < 0 || offset + bytes.length > this.length) throw new BytesBounds();
    let chunks = this.#chunks;
    let at = 0;
    while (at < bytes.length) {
      const index = Math.floor((offset + at) / CHUNK_BYTES);
      const start = (offset + at) % CHUNK_BYTES;
      const size = Math.min(CHUNK_BYTES - start, bytes.length - at);
      const chunk = (chunks.get(index) ?? this.chunk(index) ?? ZEROS).slice();
      chunk.set(bytes.subarray(at, at + size), start);
      chunks = chunks.set(index, chunk);
      at += size;
    }
    return new ChunkedBytes(this.length, this.#origin, chunks, this.#saved);
  }

  /** The vector with whole chunks replaced; they must have 512 bytes and not be changed afterwards. */
  withChunks(replaced: Iterable<readonly [index: number, chunk: Uint8Array]>, length = this.length): ChunkedBytes {
    let chunks = this.#chunks;
    for (const [index, chunk] of replaced) chunks = chunks.set(index, chunk);
    return new ChunkedBytes(length, this.#origin, chunks, this.#saved);
  }

  /** Indices of the chunks in which this vector may differ from one it was made from (or that was made from the same). */
  changedSince(other: ChunkedBytes): number[] | null {
    if (this.#origin !== other.#origin) return null;
    const indices: number[] = [];
    this.#chunks.differenceFrom(other.#chunks, (index) => indices.push(index));
    return indices;
  }

  /** Indices of all the chunks there are, in no particular order. */
  chunkIndices(): number[] {
    const indices = new Set<number>();
    const origin = this.#origin;
    if (origin !== null) {
      for (const { step } of entriesOf(origin.directory, origin.view.access.observer)) indices.add(Number(step));
    }
    this.#chunks.differenceFrom(IntMap.empty(), (index) => indices.add(index));
    return [...indices];
  }

  /** The vector with zeros added at its end, which make no chunks. */
  grow(count: number): ChunkedBytes {
    return new ChunkedBytes(this.length + count, this.#origin, this.#chunks, this.#saved);
  }

  /** The directory of the chunks, by index; null when it is empty. */
  contents(exact: boolean): Directory | null {
    const origin = this.#origin?.directory ?? Directory.empty;
    if (exact) {
      const touched: [number, Uint8Array][] = [];
      this.#chunks.differenceFrom(IntMap.empty(), (index, chunk) => {
        if (chunk !== undefined) touched.push([index, chunk]);
      });
      touched.sort(([a], [b]) => a - b);
      const writes = touched.map(([index, chunk]): EntryWrite => [String(index), () => Leaf.of(chunk)]);
      return rewriteEntries(origin, this.#origin?.view.access ?? EXACT_UNOBSERVED, writes);
    }
    const saved = this.#saved;
    const base = saved?.contents ?? origin;
    let edited: Directory | null = null;
    this.#chunks.differenceFrom(saved?.chunks ?? IntMap.empty(), (index, chunk) => {
      edited ??= base.fork(false);
      edited.update(String(index), chunk === undefined ? null : Leaf.of(chunk));
    });
    const contents: Directory = edited ?? base;
    if (edited !== null || saved === null) this.#saved = { chunks: this.#chunks, contents };
    return isEmptyDirectory(contents, null) ? null : contents;
  }
}

/** A chunk that is not there reads as zeros. */
function readChunk(view: View): Uint8Array | null {
  const bytes = view.optionalLeaf();
  if (bytes === undefined || bytes.length === CHUNK_BYTES) return bytes ?? null;
  const chunk = new Uint8Array(CHUNK_BYTES);
  chunk.set(bytes.subarray(0, CHUNK_BYTES));
  return chunk;
}

/** `contents/<index>`, `length` (eight bytes). */
export const chunkedBytes: Schema<ChunkedBytes> = {
  save(slot: Slot, bytes: ChunkedBytes): void {
    const contents = bytes.contents(slot.exact);
    if (contents === null) slot.at("contents").absent();
    else slot.at("contents").tree(contents);
    slot.at("length").leaf(int64Length.encode(bytes.length));
  },
  load(view: View): ChunkedBytes {
    const contents = view.at("contents");
    contents.node;
    return ChunkedBytes.stored(int64Length.decode(view.at("length").leaf()), contents);
  },
};
