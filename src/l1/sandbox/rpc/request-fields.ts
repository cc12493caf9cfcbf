// Fields of the bodies of requests, as the services of helpers and contracts read them: required, or with a default. A wrong field is a
// JsonError with its place; fields that no service knows are refused, as Octez does.

import type { Form } from "../../../encoding/form.js";
import { natForm } from "../../../encoding/form-leaves.js";
import {
  atStep,
  expectBoolean,
  expectObject,
  expectOnlyFields,
  JsonError,
  type JsonObject,
} from "../../../encoding/json.js";
import { type Micheline, michelineForm } from "../../../encoding/micheline.js";

export class RequestFields {
  readonly #json: JsonObject;

  /** Raises JsonError for anything but an object of fields that are among `known`. */
  constructor(json: unknown, known: readonly string[]) {
    this.#json = expectObject(json);
    expectOnlyFields(this.#json, new Set(known));
  }

  required<T>(name: string, form: Pick<Form<T>, "fromJson">): T {
    const value = this.optional(name, form);
    if (value === undefined) throw new JsonError("encoding.json.missing_field", `missing field "${name}"`, name);
    return value;
  }

  /** Undefined for a field that is absent or null. */
  optional<T>(name: string, form: Pick<Form<T>, "fromJson">): T | undefined {
    const json = Object.hasOwn(this.#json, name) ? this.#json[name] : undefined;
    return json === undefined || json === null ? undefined : atStep(`.${name}`, () => form.fromJson(json));
  }

  micheline(name: string): Micheline {
    return this.required(name, michelineForm);
  }

  boolean(name: string): boolean {
    return this.optional(name, { fromJson: expectBoolean }) ?? false;
  }

  /** A natural number as a decimal string. */
  natural(name: string): bigint | undefined {
    return this.optional(name, natForm);
  }
}

export const UNPARSING_MODES = ["Readable", "Optimized", "Optimized_legacy"] as const;
export type UnparsingMode = (typeof UNPARSING_MODES)[number];

export const unparsingModeForm: Pick<Form<UnparsingMode>, "fromJson"> = {
  fromJson(json) {
    const found = UNPARSING_MODES.find((mode) => mode === json);
    if (found === undefined) throw new JsonError("encoding.json.bad_value", "no such unparsing mode", json);
    return found;
  },
};
