// `tickproof check`: is a file a valid kernel? One problem a line.
import { Command, Option } from "commander";
import { MAX_OPERATION_BYTES } from "../protocol/constants.js";
import { type CheckOptions, checkKernel, type KernelCheck, type KernelProblem } from "../pvm/kernel-check.js";
import { KernelError, MAX_KERNEL_FILE_BYTES, readKernel } from "../pvm/kernel-format.js";
import { ORIGINATION_VERSION, PVM_VERSIONS, type PvmVersion } from "../pvm/versions.js";
import type { Context } from "./context.js";
import { badInput, EXIT } from "./errors.js";
import { readBytes } from "./files.js";
import { styled } from "./terminal.js";
import { grouped } from "./text.js";

/**
 * Bytes of the smallest signed operation that originates an empty kernel: branch and signature, and an origination with numbers of one byte
 * and parameters of type unit.
 */
export const LEAST_ORIGINATION_BYTES = 134;

interface Options {
  readonly pvmVersion: PvmVersion;
  readonly json: boolean;
}

export function checkCommand(context: Context): Command {
  return new Command("check")
    .description("check that a kernel is valid: encoding, types, floats, imports, exports, size")
    .argument("<kernel>", "kernel: WebAssembly as binary, as text (.wat) or in hexadecimal")
    .addOption(
      new Option("--pvm-version <version>", "version of the PVM the kernel is for")
        .choices(PVM_VERSIONS)
        .default(ORIGINATION_VERSION),
    )
    .option("--json", "print one JSON object", false)
    .action(async (file: string, { pvmVersion, json }: Options) => {
      const kernel = await readFile(file);
      const maxOriginationBytes = MAX_OPERATION_BYTES - LEAST_ORIGINATION_BYTES;
      const options: CheckOptions = { version: pvmVersion, maxOriginationBytes };
      const check = checkKernel(kernel, options);
      if (!check.valid) context.exitCode = EXIT.negativeVerdict;
      if (json) context.terminal.out(`${JSON.stringify(check)}\n`);
      else tell(context, file, check);
    });
}

/** The kernel in a file, or its bytes as they are where they are no kernel in any form: then that is the problem to tell. */
async function readFile(path: string): Promise<Uint8Array> {
  const bytes = readBytes(path, MAX_KERNEL_FILE_BYTES);
  try {
    return await readKernel(bytes, path);
  } catch (error) {
    if (!(error instanceof KernelError)) throw error;
    if (error.code === "pvm.kernel.not_wasm" || error.code === "pvm.kernel.empty") return bytes;
    throw badInput(`${path}: ${error.message}`, error);
  }
}

function tell({ terminal }: Context, file: string, { valid, version, size, problems }: KernelCheck): void {
  const line = ({ severity, message }: KernelProblem): string =>
    `${styled(terminal, severity === "error" ? "red" : "dim", severity)}: ${message}\n`;
  for (const problem of problems) terminal.out(line(problem));
  const verdict = valid ? styled(terminal, "green", "valid") : styled(terminal, "red", "not valid");
  terminal.out(`${file}: ${verdict} for version ${version} (${grouped(size)} bytes)\n`);
}
