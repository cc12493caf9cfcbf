/**
 * A linear memory as one array, with the chunks (512 bytes) written since the last export. It is made from, and turned back into, the
 * immutable memory of the tick machine.
 */
import { CHUNK_BYTES, type ChunkedBytes } from "../../merkle/chunked-bytes.js";
import { type Memory, PAGE_BYTES } from "../runtime.js";

/** Larger memories are left to the tick machine. */
export const MAX_FLAT_PAGES = 16384;
const CHUNK_SHIFT = 9;

export class FlatMemory {
  pages: number;
  readonly max: number | null;
  bytes: Uint8Array;
  view: DataView;
  /** By chunk: 1 if written since the last export. */
  dirty: Uint8Array;
  readonly #dirtyChunks: number[] = [];

  constructor(memory: Memory) {
    this.pages = memory.min;
    this.max = memory.max;
    this.bytes = new Uint8Array(Math.max(memory.chunks.length, PAGE_BYTES));
    this.view = new DataView(this.bytes.buffer);
    this.dirty = new Uint8Array(this.bytes.length >> CHUNK_SHIFT);
    this.read(memory.chunks, memory.chunks.chunkIndices());
  }

  /** Length in bytes; the array may be longer. */
  get length(): number {
    return this.pages * PAGE_BYTES;
  }

  /** Takes chunks over from a typed memory. */
  private read(chunks: ChunkedBytes, indices: readonly number[]): void {
    for (const index of indices) {
      const chunk = chunks.chunk(index);
      const start = index * CHUNK_BYTES;
      if (start < this.bytes.length) this.bytes.set(chunk ?? new Uint8Array(CHUNK_BYTES), start);
    }
  }

  /** Takes over what the tick machine or the host changed in a memory exported from this one. */
  sync(exported: Memory, now: Memory): void {
    if (now.min !== this.pages) this.resize(now.min);
    const changed = now.chunks.changedSince(exported.chunks);
    this.read(now.chunks, changed ?? now.chunks.chunkIndices());
  }

  private resize(pages: number): void {
    this.pages = pages;
    const needed = pages * PAGE_BYTES;
    if (needed <= this.bytes.length) return;
    const bytes = new Uint8Array(Math.max(needed, Math.min(this.bytes.length * 2, MAX_FLAT_PAGES * PAGE_BYTES)));
    bytes.set(this.bytes);
    const dirty = new Uint8Array(bytes.length >> CHUNK_SHIFT);
    dirty.set(this.dirty);
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer);
    this.dirty = dirty;
  }

  /** Adds pages; false if the memory may not have that many. */
  grow(delta: number): boolean {
    const pages = (this.pages + delta) | 0;
    if (this.pages >>> 0 > pages >>> 0 || pages >>> 0 > 65536) return false;
    if (this.max !== null && pages >>> 0 > this.max >>> 0) return false;
    this.resize(pages);
    return true;
  }

  /** Notes that chunk number `chunk` is written for the first time since the last export. */
  touch(chunk: number): void {
    this.dirty[chunk] = 1;
    this.#dirtyChunks.push(chunk);
  }

  /** Notes that `count` (> 0) bytes are written from an address on. */
  touchRange(address: number, count: number): void {
    const last = (address + count - 1) >>> CHUNK_SHIFT;
    for (let chunk = address >>> CHUNK_SHIFT; chunk <= last; chunk++) {
      if (this.dirty[chunk] === 0) this.touch(chunk);
    }
  }

  /** The typed memory: the one last exported (or imported), with what was written since. */
  export(last: Memory): Memory {
    const dirty = this.#dirtyChunks;
    if (dirty.length === 0 && last.min === this.pages) return last;
    const replaced = dirty.map((index): [number, Uint8Array] => {
      this.dirty[index] = 0;
      return [index, this.bytes.slice(index * CHUNK_BYTES, (index + 1) * CHUNK_BYTES)];
    });
    dirty.length = 0;
    return { min: this.pages, max: this.max, chunks: last.chunks.withChunks(replaced, this.length) };
  }
}
