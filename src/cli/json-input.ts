// Text files whose name may be "-", for standard input; and keys and addresses given as options.
import { readFileSync } from "node:fs";
import { InvalidArgumentError } from "commander";
import {
  type PublicKeyHash,
  publicKeyHashForm,
  type RollupAddress,
  rollupAddressForm,
} from "../protocol/identifiers.js";
import { badInput, fileError } from "./errors.js";
import { readBytes } from "./files.js";

/** Largest file of JSON, in bytes. */
const MAX_JSON_BYTES = 256 * 1024 * 1024;

/** The text of a file, or of standard input. */
export function readText(path: string): string {
  const bytes = path === "-" ? standardInput() : readBytes(path, MAX_JSON_BYTES);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw badInput(`${path}: not JSON: the file is not UTF-8 text`);
  }
}

function standardInput(): Uint8Array {
  try {
    return readFileSync(0);
  } catch (error) {
    throw fileError("standard input", error);
  }
}

/** Parser of an option that is an account's address. */
export function account(text: string): PublicKeyHash {
  return address(text, publicKeyHashForm, "The address of an account (tz…)");
}

/** Parser of an option that is a rollup's address. */
export function rollupAddress(text: string): RollupAddress {
  return address(text, rollupAddressForm, "The address of a rollup (sr1…)");
}

function address<T>(text: string, form: { fromJson(json: unknown): T }, what: string): T {
  try {
    return form.fromJson(text);
  } catch {
    throw new InvalidArgumentError(`${what} expected.`);
  }
}
