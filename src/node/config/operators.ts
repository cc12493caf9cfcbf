// Who signs what (node.md §1.5): the operators of a command line, of a configuration file, and what a mode makes of them.

import { atStep, expectObject, type Json, JsonError } from "../../encoding/json.js";
import { type PublicKeyHash, publicKeyHashForm } from "../../protocol/identifiers.js";
import { ConfigurationError, type Operators } from "./configuration.js";
import { bad, type JsonForm } from "./json-fields.js";
import { PURPOSE_NAMES, PURPOSES, type Purpose, purposeNamed } from "./modes.js";

/** One operator of a command line. Without a purpose: for all that have none of their own. */
export interface OperatorArgument {
  readonly purpose?: Purpose;
  readonly key: PublicKeyHash;
}

/** Purposes of a mode that nobody is there for. */
export class MissingOperators extends ConfigurationError {
  constructor(readonly purposes: readonly Purpose[]) {
    super("sc_rollup.node.missing_operators", `Missing operators for purposes ${purposes.join(", ")}.`, purposes);
  }
}

export interface ResolvedOperators {
  readonly operators: Operators;
  /** Purposes that were given operators and do not need any. */
  readonly unused: readonly Purpose[];
}

/** What is not said (e.g. several keys for one purpose) raises ConfigurationError, "node.configuration.operators". */
export function resolveOperators(
  given: readonly OperatorArgument[],
  needed: readonly Purpose[],
  existing: Operators,
): ResolvedOperators {
  const defaults = given.filter(({ purpose }) => purpose === undefined);
  if (defaults.length > 1) throw operatorError("Multiple default operators", defaults);
  const byPurpose = new Map<Purpose, readonly PublicKeyHash[]>();
  for (const { purpose, key } of given) {
    if (purpose !== undefined) byPurpose.set(purpose, [...(byPurpose.get(purpose) ?? []), key]);
  }
  const resolved: Partial<Record<Purpose, readonly PublicKeyHash[]>> = {};
  const missing: Purpose[] = [];
  for (const purpose of PURPOSE_NAMES.filter((name) => needed.includes(name))) {
    const keys = byPurpose.get(purpose) ?? (defaults[0] === undefined ? keysFor(existing, purpose) : [defaults[0].key]);
    if (keys.length === 0) missing.push(purpose);
    else resolved[purpose] = keys;
  }
  const operators = operatorsOf(resolved);
  if (missing.length > 0) throw new MissingOperators(missing);
  return { operators, unused: PURPOSE_NAMES.filter((name) => byPurpose.has(name) && !needed.includes(name)) };
}

/** The keys that sign for a purpose. */
export function keysFor(operators: Operators, purpose: Purpose): readonly PublicKeyHash[] {
  const keys = operators[purpose];
  return keys === undefined ? [] : typeof keys === "string" ? [keys] : keys;
}

/** Whether a key signs for anything. */
export function isOperator(operators: Operators, key: PublicKeyHash): boolean {
  return PURPOSE_NAMES.some((purpose) => keysFor(operators, purpose).includes(key));
}

/** Every key that signs, once. */
export function operatorKeys(operators: Operators): readonly PublicKeyHash[] {
  return [...new Set(PURPOSE_NAMES.flatMap((purpose) => keysFor(operators, purpose)))];
}

function operatorError(message: string, value: unknown): ConfigurationError {
  return new ConfigurationError("node.configuration.operators", message, value);
}

function operatorsOf(keys: { readonly [P in Purpose]?: readonly PublicKeyHash[] }): Operators {
  const operators: { -readonly [P in keyof Operators]: Operators[P] } = {};
  for (const purpose of PURPOSE_NAMES) {
    const [first, ...others] = keys[purpose] ?? [];
    if (first === undefined) continue;
    if (purpose === "batching") operators.batching = [first, ...others];
    else if (others.length === 0) operators[purpose] = first;
    else throw operatorError("multiple keys for a purpose allowing only one key", { purpose, keys: keys[purpose] });
  }
  return operators;
}

// ---- The configuration file

/** Names of former versions are read. A purpose that has two names gets the later one, as in Octez. */
export const operatorsForm: JsonForm<Operators> = {
  read: (json) => {
    const keys: Partial<Record<Purpose, readonly PublicKeyHash[]>> = {};
    for (const [name, value] of Object.entries(expectObject(json))) {
      const purpose = purposeNamed(name);
      if (purpose === undefined) {
        throw new JsonError("encoding.json.unexpected_field", `no purpose is called ${JSON.stringify(name)}`, name);
      }
      keys[purpose] = atStep(`.${name}`, () => readKeys(purpose, value));
    }
    return operatorsOf(keys);
  },
  write: (operators) => {
    const json: Record<string, Json> = {};
    for (const purpose of PURPOSE_NAMES) {
      const keys = operators[purpose];
      if (keys !== undefined) json[purpose] = keys;
    }
    return json;
  },
};

function readKeys(purpose: Purpose, json: unknown): readonly PublicKeyHash[] {
  const list = Array.isArray(json) ? (json as readonly unknown[]) : [json];
  if (list.length === 0) throw bad("no key", json);
  if (list.length > 1 && !PURPOSES[purpose].hasManyKeys) throw bad("only one key may serve this purpose", json);
  return list.map((one) => publicKeyHashForm.fromJson(one));
}
