// Random kernels of any code, with calls of host functions among it, valid or spoilt, and what they are run on.
import { END_OF_LEVEL, infoPerLevel, START_OF_LEVEL, ZERO_LEVEL_INFO } from "../../../src/protocol/level-frame.js";
import { genesis } from "../../../src/pvm/genesis.js";
import { Machine } from "../../../src/pvm/machine.js";
import { PVM_VERSIONS, type PvmVersion } from "../../../src/pvm/versions.js";
import type { Source } from "../choices.js";
import { encode } from "../module/encode.js";
import { generate } from "../module/generate.js";
import { mutated } from "../module/mutate.js";
import { HOST_SIGNATURES } from "./program.js";

export interface KernelCase {
  readonly kernel: Uint8Array;
  readonly version: PvmVersion;
  readonly ticksPerSnapshot: number;
  readonly messages: readonly Uint8Array[];
}

/** Loops and calls of one run. */
const FUEL = 60;
const MOST_IMPORTS = 4;

export function makeKernelCase(source: Source): KernelCase {
  const version = source.below(4) < 3 ? PVM_VERSIONS.indexOf("2.0.0-r6") : source.below(PVM_VERSIONS.length);
  const possible = HOST_SIGNATURES.filter(({ since }) => since <= version);
  const { draft } = generate(source, {
    floats: false,
    vectors: source.below(3) === 0,
    importFrom: null,
    kernel: true,
    hostFunctions: source.list(MOST_IMPORTS, () => source.pick(possible)),
    fuel: FUEL,
    instructions: source.pick([30, 80, 200]),
    functions: 3,
  });
  // The machine never checks types: whatever decodes is executed.
  const isSpoilt = source.below(3) === 2;
  return {
    kernel: isSpoilt ? mutated(source, draft) : encode(draft),
    version: PVM_VERSIONS[version] ?? "2.0.0",
    ticksPerSnapshot: source.pick([200_000, 60_000, 1_000_000]),
    messages: source.list(2, (index) => Uint8Array.of(1, ...new Uint8Array(source.below(40)).fill(0x61 + index))),
  };
}

/** All messages of the level. */
export function levelOf({ messages }: KernelCase): Uint8Array[] {
  return [START_OF_LEVEL, infoPerLevel(ZERO_LEVEL_INFO), ...messages, END_OF_LEVEL];
}

/** A machine at genesis. */
export function bootKernel({ kernel, version, ticksPerSnapshot }: KernelCase): Machine {
  const parameters = {
    ticksPerSnapshot: BigInt(ticksPerSnapshot),
    outboxValidityPeriod: 10,
    outboxMessageLimit: 3n,
    maxReboots: 1n,
  };
  return Machine.of(genesis(kernel, version, parameters));
}

/** The answer to any request. */
export function answerReveal(request: Uint8Array): Uint8Array {
  const sum = request.reduce((total, byte) => (total * 31 + byte) >>> 0, request.length);
  return new Uint8Array([0, 24, 100, 4096, 5000][sum % 5] ?? 0).fill(sum & 0xff);
}

export function printKernelCase({ version, ticksPerSnapshot, messages }: KernelCase): string {
  const sizes = messages.map((message) => message.length).join(", ");
  return `version ${version}, ${ticksPerSnapshot} ticks a snapshot, messages of [${sizes}] bytes`;
}
