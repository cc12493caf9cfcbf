// The parameters of a request behind the question mark, as Octez's services read them (reference: resto's `Query`): flags, single values,
// lists. Unknown parameters are ignored; a value that cannot be read raises a 400.

import { badQuery, RpcFailure } from "./answer.js";

export class Query {
  readonly #params: URLSearchParams;

  /** `search`: what follows the question mark. */
  constructor(search: string) {
    this.#params = new URLSearchParams(search);
  }

  /** Present, and neither "no" nor "false". */
  flag(name: string): boolean {
    const value = this.#params.get(name);
    return value !== null && !["no", "false"].includes(value.toLowerCase());
  }

  /** A boolean parameter that may be absent. */
  boolean(name: string, otherwise: boolean): boolean {
    const value = this.#params.get(name);
    if (value === null) return otherwise;
    if (["yes", "y", "true", "t"].includes(value.toLowerCase())) return true;
    if (["no", "n", "false", "f"].includes(value.toLowerCase())) return false;
    throw badQuery(`Failed to parse argument '${name}' ("${value}"): Cannot parse boolean value`);
  }

  text(name: string): string | undefined {
    return this.#params.get(name) ?? undefined;
  }

  texts(name: string): readonly string[] {
    return this.#params.getAll(name);
  }

  /** An integer within [min, max]. */
  integer(name: string, min: number, max: number): number | undefined {
    const value = this.#params.get(name);
    return value === null ? undefined : parseInteger(name, value, min, max);
  }

  integers(name: string, min: number, max: number): readonly number[] {
    return this.#params.getAll(name).map((value) => parseInteger(name, value, min, max));
  }

  /** The values of a parameter read by `parse`, which raises an error for one that is none, or RpcFailure. */
  values<T>(name: string, parse: (text: string) => T): readonly T[] {
    return this.#params.getAll(name).map((value) => {
      try {
        return parse(value);
      } catch (error) {
        if (error instanceof RpcFailure) throw error;
        const reason = error instanceof Error ? error.message : String(error);
        throw badQuery(`Failed to parse argument '${name}' ("${value}"): ${reason}`);
      }
    });
  }

  /** Refuses another version of an answer than the one there is. */
  version(only: string): void {
    const value = this.#params.get("version");
    if (value === null || value === only) return;
    const reason = `Unsupported version ${value} (supported versions  version "${only}" (default))`;
    throw badQuery(`Failed to parse argument 'version' ("${value}"): ${reason}`);
  }
}

function parseInteger(name: string, value: string, min: number, max: number): number {
  const number = /^-?[0-9]{1,15}$/.test(value) ? Number(value) : Number.NaN;
  if (number >= min && number <= max) return number;
  throw badQuery(`Failed to parse argument '${name}' ("${value}"): Cannot parse integer value`);
}
