/**
 * Errors of the guest program that end a phase of the machine (pvm.md §1.9). `raw` is the text the reference prints for the exception, and
 * `explanation` what it adds; both become part of the state. They are states, not failures of ours: the machine catches them.
 *
 * Texts are byte strings: one character a byte (names in them are UTF-8).
 */

/** Quotes a byte string as OCaml's `%S` does. */
export function quoteBytes(bytes: string): string {
  let out = '"';
  for (const char of bytes) {
    const code = char.charCodeAt(0);
    if (char === '"' || char === "\\") out += `\\${char}`;
    else if (char === "\n") out += "\\n";
    else if (char === "\t") out += "\\t";
    else if (char === "\r") out += "\\r";
    else if (char === "\b") out += "\\b";
    else if (code < 0x20 || code >= 0x7f) out += `\\${String(code).padStart(3, "0")}`;
    else out += char;
  }
  return `${out}"`;
}

/** The UTF-8 bytes of a text, one character each. */
export function byteString(text: string): string {
  return Buffer.from(text, "utf8").toString("latin1");
}

/** `known`: the phase has a stuck state of its own for it; otherwise the stuck state is Unknown_error. */
export class GuestError extends Error {
  readonly code = "wasm.guest";
  readonly raw: string;
  readonly explanation: string | null;
  readonly known: boolean;

  constructor(raw: string, explanation: string | null, known: boolean) {
    super(explanation ?? raw);
    this.name = "GuestError";
    this.raw = raw;
    this.explanation = explanation;
    this.known = known;
  }

  /** An error of the interpreter's own kinds (decoding, linking, trap, crash, exhaustion …) with its message. */
  static withMessage(message: string): GuestError {
    return new GuestError(`Error(_, ${quoteBytes(message)})`, message, true);
  }

  /** Any other exception of the reference, by the text it prints as. */
  static unknown(raw: string): GuestError {
    return new GuestError(raw, null, false);
  }
}
