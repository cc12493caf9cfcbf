// Errors of the encoding layer. Each has a stable `code` ("encoding.*"), the place where the fault lies and, where it is
// small, the offending value. Bytes or text that come from outside raise DecodeError; a value of ours that has no encoding
// raises EncodeError.

/** Codes of DecodeError. */
export type DecodeErrorCode =
  | "encoding.unexpected_end"
  | "encoding.trailing_bytes"
  | "encoding.unknown_tag"
  | "encoding.int_out_of_range"
  | "encoding.trailing_zero"
  | "encoding.invalid_utf8"
  | "encoding.check_failed"
  | "encoding.too_deep"
  | "encoding.size_limit"
  | "encoding.list_too_long"
  | "encoding.empty_element"
  | "encoding.bad_hex";

/** Codes of EncodeError. */
export type EncodeErrorCode =
  | "encoding.int_out_of_range"
  | "encoding.no_case_matched"
  | "encoding.invalid_length"
  | "encoding.invalid_text"
  | "encoding.size_limit"
  | "encoding.check_failed";

const MAX_PATH_STEPS = 24;

/**
 * Bytes (or text) that are not the encoding of any value.
 * `offset` counts bytes (characters, for text) from the start of the input; `path` names the field, outermost first,
 * e.g. "contents[3].source", and is empty at top level.
 */
export class DecodeError extends Error {
  override readonly name = "DecodeError";
  #steps: string[] = [];
  readonly #reason: string;

  constructor(
    readonly code: DecodeErrorCode,
    reason: string,
    readonly offset: number,
    readonly value?: unknown,
  ) {
    super(`${code}: ${reason} at offset ${offset}`);
    this.#reason = reason;
  }

  get path(): string {
    return this.#steps.join("").replace(/^\./, "");
  }

  /** Adds an outer step (".field" or "[index]") while the error travels outwards. */
  under(step: string): this {
    if (this.#steps.length < MAX_PATH_STEPS) {
      this.#steps.unshift(step);
    } else {
      this.#steps[0] = "…";
    }
    this.message = `${this.code}: ${this.#reason} at offset ${this.offset} in ${this.path}`;
    return this;
  }
}

/** A value that its codec cannot write. `path` as in DecodeError. */
export class EncodeError extends Error {
  override readonly name = "EncodeError";
  #steps: string[] = [];
  readonly #reason: string;

  constructor(
    readonly code: EncodeErrorCode,
    reason: string,
    readonly value?: unknown,
  ) {
    super(`${code}: ${reason}`);
    this.#reason = reason;
  }

  get path(): string {
    return this.#steps.join("").replace(/^\./, "");
  }

  under(step: string): this {
    if (this.#steps.length < MAX_PATH_STEPS) {
      this.#steps.unshift(step);
    } else {
      this.#steps[0] = "…";
    }
    this.message = `${this.code}: ${this.#reason} in ${this.path}`;
    return this;
  }
}

/** Codes of Base58Error. */
export type Base58ErrorCode =
  | "encoding.base58.bad_character"
  | "encoding.base58.bad_checksum"
  | "encoding.base58.bad_length"
  | "encoding.base58.bad_prefix"
  | "encoding.base58.unknown_prefix";

/** A text that is not the base58check form of what was asked. `position` counts characters, for a bad character. */
export class Base58Error extends Error {
  override readonly name = "Base58Error";

  constructor(
    readonly code: Base58ErrorCode,
    reason: string,
    readonly value: string,
    readonly position?: number,
  ) {
    super(`${code}: ${reason} in ${JSON.stringify(value.length > 120 ? `${value.slice(0, 120)}…` : value)}`);
  }
}

/** Adds `step` to the path of a codec error and gives it back; any other exception passes through untouched. */
export function locate(error: unknown, step: string): unknown {
  return error instanceof DecodeError || error instanceof EncodeError ? error.under(step) : error;
}
