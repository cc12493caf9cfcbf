// Hexadecimal text. Output is lower case; input may be either case, without a "0x" prefix.

import { DecodeError } from "./errors.js";

/** Characters from which on the built-in conversion is faster. */
const LONG = 64;

/** Two lower-case digits a byte. */
export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("hex");
}

/** The bytes of `text`. Raises DecodeError "encoding.bad_hex" with the position of the first bad character. */
export function fromHex(text: string): Uint8Array {
  if (text.length % 2 !== 0) {
    throw new DecodeError("encoding.bad_hex", "odd number of hexadecimal digits", text.length, text.length);
  }
  const bytes = new Uint8Array(text.length / 2);
  // Buffer stops at what is no digit, and does not say where.
  if (text.length >= LONG && Buffer.from(bytes.buffer).write(text, "hex") === bytes.length) return bytes;
  for (let i = 0; i < bytes.length; i++) {
    bytes[i] = (digitAt(text, 2 * i) << 4) | digitAt(text, 2 * i + 1);
  }
  return bytes;
}

function digitAt(text: string, position: number): number {
  const code = text.charCodeAt(position);
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const lower = code | 0x20;
  if (lower >= 0x61 && lower <= 0x66) return lower - 0x61 + 10;
  throw new DecodeError(
    "encoding.bad_hex",
    `${JSON.stringify(text.charAt(position))} is not a hexadecimal digit`,
    position,
    text.charAt(position),
  );
}
