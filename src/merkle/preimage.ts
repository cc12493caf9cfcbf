/** A scratch buffer in which hash pre-images are put together (merkle.md §1), and its digest. One pre-image at a time. */
import { hashInto } from "../crypto/blake2b.js";

export class PreimageWriter {
  #buffer = new Uint8Array(4096);
  #length = 0;

  reset(): void {
    this.#length = 0;
  }

  private reserve(count: number): void {
    const needed = this.#length + count;
    if (needed <= this.#buffer.length) return;
    const larger = new Uint8Array(Math.max(needed, this.#buffer.length * 2));
    larger.set(this.#buffer.subarray(0, this.#length));
    this.#buffer = larger;
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

  digest(): Uint8Array {
    const out = new Uint8Array(32);
    hashInto(this.#buffer, 0, this.#length, out, 0);
    return out;
  }
}
