/**
 * The bytes of a kernel as the decoder reads them: one by one, with the LEB128 integers and counts of the binary format, and the errors of
 * the reference (pvm.md §2.5). Bytes are taken through a window: a 512-byte chunk of the stored kernel, loaded when a byte of it is needed
 * (a proof holds the chunks that were read), or the whole kernel for macro-steps.
 */
import { CHUNK_BYTES, type ChunkedBytes } from "../../merkle/chunked-bytes.js";
import { GuestError } from "../guest-errors.js";

const NO_BYTES = new Uint8Array(0);
const ZEROS = new Uint8Array(CHUNK_BYTES);

/** What `peek` gives at the end of the kernel. */
export const END_OF_KERNEL = -1;

function unexpectedEnd(): GuestError {
  return GuestError.withMessage("unexpected end of section or function");
}

export class ByteStream {
  /** Offset of the next byte. */
  position: number;
  /** Number of bytes of the kernel. */
  readonly length: number;
  private readonly kernel: ChunkedBytes | null;
  private window: Uint8Array;
  /** Offset of the window's first byte. */
  private start: number;

  private constructor(kernel: ChunkedBytes | null, window: Uint8Array, length: number, position: number) {
    this.kernel = kernel;
    this.window = window;
    this.length = length;
    this.start = 0;
    this.position = position;
  }

  /** Reads only the chunks it is asked for. */
  static ofChunks(kernel: ChunkedBytes, position: number): ByteStream {
    return new ByteStream(kernel, NO_BYTES, kernel.length, position);
  }

  static ofBytes(bytes: Uint8Array, position: number): ByteStream {
    return new ByteStream(null, bytes, bytes.length, position);
  }

  get isAtEnd(): boolean {
    return this.position === this.length;
  }

  /** The byte at an offset below `length`; in bounds of the window, once that is moved. */
  private at(offset: number): number {
    let index = offset - this.start;
    if (index < 0 || index >= this.window.length) {
      const chunk = Math.floor(offset / CHUNK_BYTES);
      this.window = this.kernel?.chunk(chunk) ?? ZEROS;
      this.start = chunk * CHUNK_BYTES;
      index = offset - this.start;
    }
    return this.window[index] as number;
  }

  /** The next byte, or `END_OF_KERNEL`; it stays unread. */
  peek(): number {
    return this.position >= this.length ? END_OF_KERNEL : this.at(this.position);
  }

  u8(): number {
    const position = this.position;
    if (position >= this.length) throw unexpectedEnd();
    this.position = position + 1;
    return this.at(position);
  }

  /** Four bytes, little-endian, unsigned. */
  u32(): number {
    const low = this.u8() | (this.u8() << 8);
    return (low | (this.u8() << 16) | (this.u8() << 24)) >>> 0;
  }

  /** Eight bytes, little-endian, unsigned. */
  u64(): bigint {
    const low = BigInt(this.u32());
    return low | (BigInt(this.u32()) << 32n);
  }

  /** Throws before reading anything if fewer than `count` bytes are left. */
  bytes(count: number): Uint8Array {
    if (count < 0 || this.position + count > this.length) throw unexpectedEnd();
    const out = new Uint8Array(count);
    for (let index = 0; index < count; index++) out[index] = this.u8();
    return out;
  }

  /** Reads `count` bytes that nobody looks at. Throws before reading anything if fewer are left. */
  skip(count: number): void {
    const end = this.position + count;
    if (count < 0 || end > this.length) throw unexpectedEnd();
    for (let offset = this.position; offset < end; offset += CHUNK_BYTES) this.at(offset);
    if (count > 0) this.at(end - 1);
    this.position = end;
  }

  /** An unsigned LEB128 integer of at most `width` (1 or 32) bits. */
  unsigned(width: 1 | 32): number {
    let value = 0;
    for (let bits = width as number, shift = 0; ; bits -= 7, shift += 7) {
      if (bits <= 0) throw GuestError.withMessage("integer representation too long");
      const byte = this.u8();
      const group = byte & 0x7f;
      if (bits < 7 && group >= 1 << bits) throw GuestError.withMessage("integer too large");
      value |= group << shift;
      if (byte < 0x80) return value >>> 0;
    }
  }

  /** The low 32 bits of a signed LEB128 integer of at most `width` (7, 32 or 33) bits. */
  signed(width: 7 | 32 | 33): number {
    let value = 0;
    for (let bits = width as number, shift = 0; ; bits -= 7, shift += 7) {
      const byte = this.signedGroup(bits);
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return shift < 28 && (byte & 0x40) !== 0 ? value | (-1 << (shift + 7)) : value;
    }
  }

  /** A signed LEB128 integer of at most 64 bits. */
  signed64(): bigint {
    let value = 0n;
    for (let bits = 64, shift = 0n; ; bits -= 7, shift += 7n) {
      const byte = this.signedGroup(bits);
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asIntN(Math.min(64, 64 - bits + 7), value);
    }
  }

  /** A byte of a signed LEB128 integer of which `bits` are left. */
  private signedGroup(bits: number): number {
    if (bits <= 0) throw GuestError.withMessage("integer representation too long");
    const byte = this.u8();
    if (bits < 7) {
      const mask = (-1 << (bits - 1)) & 0x7f;
      const top = byte & mask;
      if (top !== 0 && top !== mask) throw GuestError.withMessage("integer too large");
    }
    return byte;
  }

  /** An index (`var`): unsigned, kept as an int32. */
  index(): number {
    return this.unsigned(32) | 0;
  }

  /** A number of bytes or items: not more than the bytes left in the kernel, counted from the number itself. */
  count(): number {
    const left = this.length - this.position;
    const count = this.unsigned(32);
    if (count > left) throw GuestError.withMessage("length out of bounds");
    return count;
  }

  /** Consumes a byte that must be this one. */
  expect(byte: number, message: string): void {
    if (this.u8() !== byte) throw GuestError.withMessage(message);
  }

  /** The END opcode that closes a block, a body or a constant expression. */
  end(): void {
    this.expect(0x0b, "END opcode expected");
  }
}
