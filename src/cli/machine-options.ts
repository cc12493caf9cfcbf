// The options that say which machine runs on what, common to `run` and `prove`.
import { type Command, InvalidArgumentError, Option } from "commander";
import { blake2b256 } from "../crypto/blake2b.js";
import type { RollupInputs } from "../protocol/inputs/inputs.js";
import { type BootParameters, PROTOCOL_PARAMETERS } from "../pvm/genesis.js";
import { Session } from "../pvm/session.js";
import { DEFAULT_MAX_REBOOTS } from "../pvm/state.js";
import { PatternError, StepPattern } from "../pvm/step-pattern.js";
import { ORIGINATION_VERSION, PVM_VERSIONS, type PvmVersion } from "../pvm/versions.js";
import { readInputsFile, readKernelFile } from "./files.js";

export interface MachineOptions {
  readonly inputs: string;
  readonly pvmVersion: PvmVersion;
  readonly ticksPerSnapshot: bigint;
  readonly maxReboots: bigint;
  readonly level: number;
}

/** Adds the options to a command. */
export function withMachineOptions(command: Command): Command {
  const { ticksPerSnapshot } = PROTOCOL_PARAMETERS;
  return command
    .argument("<kernel>", "kernel: WebAssembly as binary, as text (.wat) or in hexadecimal")
    .requiredOption("--inputs <file>", "what the rollup reads: JSON inboxes or recorded inputs")
    .addOption(
      new Option("--pvm-version <version>", "version of the PVM to start with")
        .choices(PVM_VERSIONS)
        .default(ORIGINATION_VERSION),
    )
    .addOption(number("--ticks-per-snapshot <n>", "ticks of a kernel run", positive, ticksPerSnapshot))
    .addOption(number("--max-reboots <n>", "kernel runs a level after the first", natural, DEFAULT_MAX_REBOOTS))
    .option("--level <n>", "level of the first inbox, where the inputs do not say it", level, 0);
}

/** The default is described too: the help cannot print big integers by itself. */
function number(flags: string, description: string, parse: (text: string) => bigint, byDefault: bigint): Option {
  return new Option(flags, description).argParser(parse).default(byDefault, String(byDefault));
}

/** What a command works on. */
export interface OpenedSession {
  readonly session: Session;
  readonly kernel: Uint8Array;
  /** BLAKE2b-256 of the kernel. */
  readonly kernelHash: Uint8Array;
  readonly inputs: RollupInputs;
}

/** Starts a session at tick 0. */
export async function openSession(kernelFile: string, options: MachineOptions): Promise<OpenedSession> {
  const kernel = await readKernelFile(kernelFile);
  const inputs = readInputsFile(options.inputs, options.level);
  const { ticksPerSnapshot, maxReboots } = options;
  const parameters: BootParameters = { ...PROTOCOL_PARAMETERS, ticksPerSnapshot, maxReboots };
  const session = Session.start(kernel, options.pvmVersion, parameters, inputs);
  return { session, kernel, kernelHash: blake2b256(kernel), inputs };
}

/** Parser of an option that is a step pattern. */
export function pattern(text: string): StepPattern {
  try {
    return StepPattern.parse(text);
  } catch (error) {
    if (error instanceof PatternError) throw new InvalidArgumentError(error.message);
    throw error;
  }
}

const MAX_NUMBER = 2n ** 63n - 1n;

export function natural(text: string): bigint {
  const digits = text.replaceAll(/(?<=[0-9])_(?=[0-9])/g, "");
  if (!/^[0-9]{1,20}$/.test(digits)) throw new InvalidArgumentError("Not a natural number.");
  const value = BigInt(digits);
  if (value > MAX_NUMBER) throw new InvalidArgumentError(`More than ${MAX_NUMBER}.`);
  return value;
}

export function positive(text: string): bigint {
  const value = natural(text);
  if (value === 0n) throw new InvalidArgumentError("It must be at least 1.");
  return value;
}

const MAX_LEVEL = 0x7fff_ffff;

function level(text: string): number {
  const value = natural(text);
  if (value > BigInt(MAX_LEVEL)) throw new InvalidArgumentError(`A level is at most ${MAX_LEVEL}.`);
  return Number(value);
}
