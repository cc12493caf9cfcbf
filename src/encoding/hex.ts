// Hexadecimal text. Output is lower case; input may be either case, without a "0x" prefix.

import { DecodeError } from "./errors.js";

const DIGITS = "0123456789abcdef";
const PAIRS: readonly string[] = Array.from(
  { length: 256 },
  (_, byte) => DIGITS.charAt(byte >> 4) + DIGITS.charAt(byte & 15),
);

/** Two lower-case digits a byte. */
export function toHex(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += PAIRS[byte] as string; // 256 entries: always present
  return text;
}

/** The bytes of `text`. Raises DecodeError "encoding.bad_hex" with the position of the first bad character. */
export function fromHex(text: string): Uint8Array {
  if (text.length % 2 !== 0) {
    throw new DecodeError("encoding.bad_hex", "odd number of hexadecimal digits", text.length, text.length);
  }
  const bytes = new Uint8Array(text.length / 2);
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
