// Files named on the command line: read whole, with their faults told by name.
import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { InputsError } from "../protocol/inputs/error.js";
import { parseInputs, type RollupInputs } from "../protocol/inputs/inputs.js";
import { KernelError, MAX_KERNEL_FILE_BYTES, readKernel } from "../pvm/kernel-format.js";
import { badInput, fileError } from "./errors.js";
import { grouped } from "./text.js";

/** Largest inputs file, in bytes: it is held as text and as values at once. */
const MAX_INPUTS_BYTES = 256 * 1024 * 1024;

/** Reads a file of at most `limit` bytes. */
export function readBytes(path: string, limit: number): Uint8Array {
  try {
    const { size } = statSync(path);
    if (size > limit) throw badInput(`${path}: too large: ${grouped(size)} bytes, at most ${grouped(limit)}`);
    const { buffer, byteOffset, byteLength } = readFileSync(path);
    return new Uint8Array(buffer, byteOffset, byteLength);
  } catch (error) {
    throw error instanceof Error && error.name === "CliError" ? error : fileError(path, error);
  }
}

export function writeBytes(path: string, bytes: Uint8Array): void {
  try {
    writeFileSync(path, bytes);
  } catch (error) {
    throw fileError(path, error);
  }
}

export function makeFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true });
  } catch (error) {
    throw fileError(path, error);
  }
}

/** The kernel in a file: binary, hexadecimal or text. */
export async function readKernelFile(path: string): Promise<Uint8Array> {
  const file = readBytes(path, MAX_KERNEL_FILE_BYTES);
  try {
    return await readKernel(file, path);
  } catch (error) {
    if (error instanceof KernelError) throw badInput(`${path}: ${error.message}`, error);
    throw error;
  }
}

/** The inputs in a file; `firstLevel` is the level of the first inbox where the file does not say it. */
export function readInputsFile(path: string, firstLevel: number): RollupInputs {
  const bytes = readBytes(path, MAX_INPUTS_BYTES);
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw badInput(`${path}: not JSON: the file is not UTF-8 text`);
  }
  try {
    return parseInputs(text, { firstLevel });
  } catch (error) {
    if (error instanceof InputsError) throw badInput(`${path}: ${error.message}`, error);
    throw error;
  }
}
