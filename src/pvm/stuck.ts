/**
 * Stuck states: their kinds, texts and stored form (pvm.md §1.9, pvm-encodings.md §8). Texts are byte strings (one character a byte), cut
 * to their first 128 bytes.
 */
import type { ByteReader, ByteWriter } from "../encoding/binary.js";
import type { LeafCodec } from "../merkle/schema.js";
import type { GuestError } from "../wasm/guest-errors.js";
import { leafCodec } from "../wasm/leaf-codec.js";

const MAX_TEXT_BYTES = 128;

/** An error of the interpreter: what the reference prints, and its explanation if there is one. */
export interface InterpreterError {
  readonly raw: string;
  readonly explanation: string | null;
}

export type FallbackCause =
  | { readonly tag: "decode"; readonly error: InterpreterError }
  | { readonly tag: "link"; readonly text: string }
  | { readonly tag: "init"; readonly error: InterpreterError };

export type StuckError =
  | { readonly tag: "decode_error" | "init_error" | "eval_error"; readonly error: InterpreterError }
  | { readonly tag: "link_error" | "invalid_state" | "unknown_error"; readonly text: string }
  | { readonly tag: "too_many_ticks" | "too_many_reboots" }
  | { readonly tag: "no_fallback_kernel"; readonly cause: FallbackCause };

export function cut(text: string): string {
  return text.slice(0, MAX_TEXT_BYTES);
}

export function interpreterError(error: GuestError): InterpreterError {
  return { raw: cut(error.raw), explanation: error.explanation === null ? null : cut(error.explanation) };
}

export function invalidState(text: string): StuckError {
  return { tag: "invalid_state", text: cut(text) };
}

export function unknownError(text: string): StuckError {
  return { tag: "unknown_error", text: cut(text) };
}

export function linkError(text: string): StuckError {
  return { tag: "link_error", text: cut(text) };
}

/** The cause kept when a kernel fails without a fallback; null for stuck states that the fallback does not recover. */
export function recoverableCause(error: StuckError): FallbackCause | null {
  switch (error.tag) {
    case "decode_error":
      return { tag: "decode", error: error.error };
    case "init_error":
      return { tag: "init", error: error.error };
    case "link_error":
      return { tag: "link", text: error.text };
    default:
      return null;
  }
}

/** `tag: text`, an explanation after a bar: as the golden walks print it. */
export function printStuck(error: StuckError): string {
  const printed = (inner: InterpreterError): string =>
    inner.explanation === null ? inner.raw : `${inner.raw} | ${inner.explanation}`;
  switch (error.tag) {
    case "decode_error":
    case "init_error":
    case "eval_error":
      return `${error.tag}: ${printed(error.error)}`;
    case "link_error":
    case "invalid_state":
    case "unknown_error":
      return `${error.tag}: ${error.text}`;
    case "no_fallback_kernel": {
      const { cause } = error;
      return `${error.tag}: ${cause.tag}: ${cause.tag === "link" ? cause.text : printed(cause.error)}`;
    }
    default:
      return error.tag;
  }
}

const TAGS = [
  "decode_error",
  "link_error",
  "init_error",
  "eval_error",
  "invalid_state",
  "unknown_error",
  "too_many_ticks",
  "too_many_reboots",
  "no_fallback_kernel",
] as const;
const CAUSES = ["decode", "link", "init"] as const;

function writeText(out: ByteWriter, text: string): void {
  out.bytes(Buffer.from(text, "latin1"));
}

function readText(input: ByteReader): string {
  return Buffer.from(input.bytes()).toString("latin1");
}

function writeInterpreterError(out: ByteWriter, error: InterpreterError): void {
  writeText(out, error.raw);
  out.u8(error.explanation === null ? 0 : 1);
  if (error.explanation !== null) writeText(out, error.explanation);
}

function readInterpreterError(input: ByteReader): InterpreterError {
  const raw = readText(input);
  const flag = input.u8();
  if (flag > 1) throw new Error("not an option");
  return { raw, explanation: flag === 0 ? null : readText(input) };
}

export const stuckLeaf: LeafCodec<StuckError> = leafCodec<StuckError>(
  (out, error) => {
    out.u8(TAGS.indexOf(error.tag));
    if ("error" in error) writeInterpreterError(out, error.error);
    else if ("text" in error) writeText(out, error.text);
    else if ("cause" in error) {
      out.u8(CAUSES.indexOf(error.cause.tag));
      if (error.cause.tag === "link") writeText(out, error.cause.text);
      else writeInterpreterError(out, error.cause.error);
    }
  },
  (input) => {
    const tag = TAGS[input.u8()];
    switch (tag) {
      case undefined:
        throw new Error("unknown kind of stuck state");
      case "decode_error":
      case "init_error":
      case "eval_error":
        return { tag, error: readInterpreterError(input) };
      case "link_error":
      case "invalid_state":
      case "unknown_error":
        return { tag, text: readText(input) };
      case "no_fallback_kernel": {
        const cause = CAUSES[input.u8()];
        if (cause === undefined) throw new Error("unknown cause");
        if (cause === "link") return { tag, cause: { tag: cause, text: readText(input) } };
        return { tag, cause: { tag: cause, error: readInterpreterError(input) } };
      }
      default:
        return { tag };
    }
  },
);
