// Text as bytes: strict UTF-8 and one-byte-a-character strings. The platform's own encoder replaces what it cannot
// represent; here that is an error, so that text and bytes always map to each other one to one.

import { DecodeError, EncodeError } from "./errors.js";

const ENCODER = new TextEncoder();
// Without ignoreBOM the decoder would drop a leading U+FEFF.
const DECODER = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const LONE_SURROGATE = /\p{Surrogate}/u;

/** The UTF-8 bytes of `text`. Raises EncodeError "encoding.invalid_text" for a lone surrogate. */
export function encodeUtf8(text: string): Uint8Array {
  if (LONE_SURROGATE.test(text)) throw new EncodeError("encoding.invalid_text", "lone surrogate in text", text);
  return ENCODER.encode(text);
}

/** The text of UTF-8 bytes that stand at offset `at` of the input. Raises DecodeError "encoding.invalid_utf8". */
export function decodeUtf8(bytes: Uint8Array, at = 0): string {
  try {
    return DECODER.decode(bytes);
  } catch {
    throw new DecodeError("encoding.invalid_utf8", "text is not valid UTF-8", at, bytes);
  }
}

/** One byte a character. Raises EncodeError "encoding.invalid_text" for a character above 255. */
export function encodeLatin1(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 0xff) throw new EncodeError("encoding.invalid_text", `character ${code} is not a byte`, text);
    bytes[i] = code;
  }
  return bytes;
}

/** One character (0 .. 255) a byte; never fails. */
export function decodeLatin1(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}
