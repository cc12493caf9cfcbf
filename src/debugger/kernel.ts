/**
 * Kernel files: told apart by what they hold, parsed and type-checked before anything runs (debugger.md §2). Text keeps its names: the
 * machine gets the binary without them, as from Octez's debugger, so that state hashes do not depend on names.
 */

import { checkKernel, type KernelProblem } from "../pvm/kernel-check.js";
import { KernelError, readKernel } from "../pvm/kernel-format.js";
import type { PvmVersion } from "../pvm/versions.js";
import { DebuggerError } from "./errors.js";
import { type Names, NO_NAMES, readNames } from "./module-map.js";

export interface LoadedKernel {
  readonly bytes: Uint8Array;
  readonly names: Names;
  /** What does not keep it from running. */
  readonly warnings: readonly KernelProblem[];
}

/** Reads a kernel file's contents. Throws `DebuggerError` with every problem on a line. */
export async function loadKernel(file: Uint8Array, name: string, version: PvmVersion): Promise<LoadedKernel> {
  let bytes: Uint8Array;
  try {
    bytes = await readKernel(file, name);
  } catch (error) {
    if (error instanceof KernelError) throw new DebuggerError("debugger.bad_kernel", `${name}: ${error.message}`);
    throw error;
  }
  const { problems } = checkKernel(bytes, { version, maxOriginationBytes: Number.MAX_SAFE_INTEGER });
  // Octez's debugger asks for no exports: a kernel without them gets stuck when it runs, which may be what is looked into.
  const errors = problems.filter(({ severity, rule }) => severity === "error" && rule !== "export");
  if (errors.length > 0) {
    const lines = errors.map(
      ({ message, offset }) => `${name}${offset === null ? "" : `:0x${offset.toString(16)}`}: ${message}`,
    );
    throw new DebuggerError("debugger.bad_kernel", lines.join("\n"));
  }
  const named = readNames(bytes);
  const names = named.functions.size > 0 ? named : await namesOfText(file, name);
  return {
    bytes,
    names,
    warnings: problems.filter(({ severity, rule }) => severity === "warning" || rule === "export"),
  };
}

async function namesOfText(file: Uint8Array, name: string): Promise<Names> {
  const sample = Buffer.from(file.subarray(0, 4096)).toString("latin1").trimStart();
  if (!/^(\(|;;)/.test(sample)) return NO_NAMES;
  const { default: load } = await import("wabt");
  const module = (await load()).parseWat(name, new TextDecoder().decode(file));
  try {
    return readNames(new Uint8Array(module.toBinary({ write_debug_names: true }).buffer));
  } finally {
    module.destroy();
  }
}
