// JSON values that come from outside (RPC bodies, files): their type, the error they raise, and the first checks every reader
// makes. Numbers that may exceed 2^53 travel as decimal strings, as in Octez (protocol.md, conventions).

/** A JSON value of ours: what `JSON.stringify` prints without surprises. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

/** Codes of JsonError. */
export type JsonErrorCode =
  | "encoding.json.wrong_type"
  | "encoding.json.missing_field"
  | "encoding.json.unexpected_field"
  | "encoding.json.no_case_matched"
  | "encoding.json.bad_value"
  | "encoding.json.too_deep";

const MAX_PATH_STEPS = 24;

/** A JSON value that does not denote what was asked. `path` names the place, outermost first: "contents[3].source". */
export class JsonError extends Error {
  override readonly name = "JsonError";
  readonly #steps: string[] = [];
  readonly #reason: string;

  constructor(
    readonly code: JsonErrorCode,
    reason: string,
    readonly value?: unknown,
  ) {
    super(`${code}: ${reason}`);
    this.#reason = reason;
  }

  get path(): string {
    return this.#steps.join("").replace(/^\./, "");
  }

  /** Adds an outer step (".field" or "[index]") while the error travels outwards. */
  under(step: string): this {
    if (this.#steps.length < MAX_PATH_STEPS) this.#steps.unshift(step);
    else this.#steps[0] = "…";
    this.message = `${this.code}: ${this.#reason} at ${this.path}`;
    return this;
  }
}

/** Runs `read`, adding `step` to the path of a JsonError it raises. */
export function atStep<T>(step: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof JsonError ? error.under(step) : error;
  }
}

/** A JSON object as read: fields of unknown content. */
export type JsonObject = Readonly<Record<string, unknown>>;

export function isJsonObject(json: unknown): json is JsonObject {
  return typeof json === "object" && json !== null && !Array.isArray(json);
}

export function expectObject(json: unknown): JsonObject {
  if (!isJsonObject(json)) throw wrongType("an object", json);
  return json;
}

export function expectArray(json: unknown): readonly unknown[] {
  if (!Array.isArray(json)) throw wrongType("an array", json);
  return json;
}

const LONE_SURROGATE = /\p{Surrogate}/u;

/** A string that has a UTF-8 encoding. */
export function expectString(json: unknown): string {
  if (typeof json !== "string") throw wrongType("a string", json);
  if (LONE_SURROGATE.test(json)) throw new JsonError("encoding.json.bad_value", "lone surrogate in text", json);
  return json;
}

export function expectBoolean(json: unknown): boolean {
  if (typeof json !== "boolean") throw wrongType("a boolean", json);
  return json;
}

/** An integer written as a JSON number, within [min, max]. */
export function expectInteger(json: unknown, min: number, max: number): number {
  if (typeof json !== "number" || !Number.isInteger(json)) throw wrongType("an integer", json);
  if (json < min || json > max) {
    throw new JsonError("encoding.json.bad_value", `${json} is not within [${min}, ${max}]`, json);
  }
  return json;
}

/** Longest decimal numeral read: keeps the quadratic conversion of hostile input short. */
const MAX_DIGITS = 10_000;

/** An integer written as a decimal string. */
export function expectDecimal(json: unknown): bigint {
  const text = expectString(json);
  if (!/^-?[0-9]+$/.test(text) || text.length > MAX_DIGITS) {
    throw new JsonError("encoding.json.bad_value", "decimal numeral expected", text);
  }
  return BigInt(text);
}

/** Refuses fields other than those named. */
export function expectOnlyFields(json: JsonObject, known: ReadonlySet<string>): void {
  for (const name of Object.keys(json)) {
    if (!known.has(name)) {
      throw new JsonError("encoding.json.unexpected_field", `unexpected field ${JSON.stringify(name)}`, name);
    }
  }
}

export function wrongType(expected: string, json: unknown): JsonError {
  return new JsonError("encoding.json.wrong_type", `${expected} expected, got ${describe(json)}`, json);
}

function describe(json: unknown): string {
  if (json === undefined) return "nothing";
  if (json === null) return "null";
  if (Array.isArray(json)) return "an array";
  return typeof json === "object" ? "an object" : `a ${typeof json}`;
}
