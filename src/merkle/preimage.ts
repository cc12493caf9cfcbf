/** A scratch buffer in which hash pre-images are put together (merkle.md §1). One pre-image at a time. */
import { hashInto, hashScratch, scratch } from "../crypto/blake2b.js";
import type { Hashed } from "./hashed.js";

const largeDigest = new Uint8Array(32);
const largeDigestWords = new Int32Array(largeDigest.buffer);

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

export class PreimageWriter {
  /** The hasher's own buffer, unless a pre-image is too large for it. */
  #buffer = scratch;
  #view = viewOf(scratch);
  #length = 0;

  reset(): void {
    this.#length = 0;
    if (this.#buffer === scratch) return;
    this.#buffer = scratch;
    this.#view = viewOf(scratch);
  }

  /** The hash of what was written, as eight words, valid until the next pre-image is begun. */
  digest(): Int32Array {
    if (this.#buffer === scratch) return hashScratch(this.#length);
    hashInto(this.#buffer, 0, this.#length, largeDigest, 0);
    return largeDigestWords;
  }

  private reserve(count: number): void {
    const needed = this.#length + count;
    if (needed <= this.#buffer.length) return;
    const larger = new Uint8Array(Math.max(needed, this.#buffer.length * 2));
    larger.set(this.#buffer.subarray(0, this.#length));
    this.#buffer = larger;
    this.#view = viewOf(larger);
  }

  byte(value: number): void {
    this.reserve(1);
    this.#buffer[this.#length++] = value;
  }

  raw(bytes: Uint8Array): void {
    this.reserve(bytes.length);
    this.#buffer.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** Eight bytes, big-endian. */
  u64(value: number): void {
    this.reserve(8);
    const buffer = this.#buffer;
    let at = this.#length;
    const high = Math.floor(value / 0x1_0000_0000);
    buffer[at++] = high >>> 24;
    buffer[at++] = high >>> 16;
    buffer[at++] = high >>> 8;
    buffer[at++] = high;
    buffer[at++] = value >>> 24;
    buffer[at++] = value >>> 16;
    buffer[at++] = value >>> 8;
    buffer[at++] = value;
    this.#length = at;
  }

  /** Unsigned LEB128. */
  varint(value: number): void {
    let rest = value;
    while (rest >= 0x80) {
      this.byte((rest & 0x7f) | 0x80);
      rest = Math.floor(rest / 128);
    }
    this.byte(rest);
  }

  /** A step: its length, then its bytes. Steps of the state are ASCII; others take the slow way. */
  name(step: string): void {
    const length = step.length;
    this.reserve(length + 5);
    const start = this.#length;
    const buffer = this.#buffer;
    if (length < 0x80) {
      buffer[start] = length;
      let ascii = 0;
      for (let index = 0; index < length; index++) {
        const code = step.charCodeAt(index);
        ascii |= code;
        buffer[start + 1 + index] = code;
      }
      if (ascii < 0x80) {
        this.#length = start + 1 + length;
        return;
      }
    }
    const bytes = Buffer.from(step, "utf8");
    this.varint(bytes.length);
    this.raw(bytes);
  }

  /** The eight-byte node kind of the flat form. */
  flatKind(isLeaf: boolean): void {
    this.reserve(8);
    this.#buffer.fill(0, this.#length, this.#length + 8);
    if (isLeaf) this.#buffer[this.#length] = 0xff;
    this.#length += 8;
  }

  /** The hash of a node, which must be known. */
  hash(node: Hashed): void {
    this.reserve(32);
    const view = this.#view;
    const at = this.#length;
    view.setInt32(at, node.w0, true);
    view.setInt32(at + 4, node.w1, true);
    view.setInt32(at + 8, node.w2, true);
    view.setInt32(at + 12, node.w3, true);
    view.setInt32(at + 16, node.w4, true);
    view.setInt32(at + 20, node.w5, true);
    view.setInt32(at + 24, node.w6, true);
    view.setInt32(at + 28, node.w7, true);
    this.#length = at + 32;
  }
}
