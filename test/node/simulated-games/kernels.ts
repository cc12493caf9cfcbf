// Kernels to play about: those of examples/, the real ones of the shared vectors, and random ones, valid or spoilt.
import { existsSync, readFileSync } from "node:fs";
import { revealHash } from "../../../src/protocol/reveal.js";
import type { Source } from "../../fuzz/choices.js";
import { HOST_SIGNATURES } from "../../fuzz/host/program.js";
import { encode } from "../../fuzz/module/encode.js";
import { generate } from "../../fuzz/module/generate.js";
import { mutated } from "../../fuzz/module/mutate.js";
import { assemble } from "../../l1/sandbox/rollup.js";
import { sharedPath } from "../../shared-root.js";
import { type ChainTable, makeChainTable } from "./chain-board.js";
import { makeWorld, type World, type WorldOptions } from "./world.js";

const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const external = (...parts: readonly Uint8Array[]): Uint8Array =>
  Uint8Array.of(1, ...parts.flatMap((part) => [...part]));

/** Reveals are in no others. */
const EXAMPLES = ["echo", "counter", "storage", "reveal", "reveal"] as const;
const PAGE = text("a page that nobody has sent");

/** Of the shared vectors: small ones, and the transaction kernel of 260 kB. */
const REAL = ["echo", "computation", "unreachable", "no_parse_random", "no_parse_bad_fingerprint"] as const;
const TX = "vectors/kernels/regression/tx_no_verify.wasm";

const VERSION_INDEX = 6;
/** Loops and calls of one run. */
const FUEL = 60;
const MOST_IMPORTS = 4;

/** Random code; a third of it does not decode, or does something that no compiler would. */
function randomKernel(source: Source): Uint8Array {
  // What they would reveal nobody knows.
  const possible = HOST_SIGNATURES.filter(
    ({ name, since }) => since < VERSION_INDEX && name !== "reveal" && name !== "reveal_preimage",
  );
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
  return source.below(3) === 2 ? mutated(source, draft) : encode(draft);
}

/** What the transaction kernel knows what to do with. */
const TX_MESSAGES = ["deposit", "withdrawal"] as const;

function messageFor(name: string, source: Source): Uint8Array {
  if (name === "tx_no_verify") {
    const file = sharedPath("vectors", "messages", `${source.pick(TX_MESSAGES)}.out`);
    return Uint8Array.of(0, 0, ...readFileSync(file));
  }
  if (name === "storage")
    return external(Uint8Array.of(2), text(`/${"abc"[source.below(3)]}`), source.bytes(source.below(9)));
  if (name === "reveal" && source.below(2) === 1) return external(revealHash(PAGE));
  return external(source.bytes(source.below(30)));
}

interface Chosen {
  readonly name: string;
  readonly kernel: Uint8Array;
  /** Levels disputed, at most. */
  readonly levels: number;
}

function realKernel(name: string, path: string, levels: number): Chosen | undefined {
  const file = sharedPath(path);
  return existsSync(file) ? { name, kernel: new Uint8Array(readFileSync(file)), levels } : undefined;
}

export interface KernelOptions {
  /** Worlds of the transaction kernel, of a hundred: they take seconds. */
  readonly percentOfLarge: number;
}

function chooseKernel(source: Source, { percentOfLarge }: KernelOptions): Chosen {
  if (source.below(100) >= 100 - percentOfLarge) {
    const large = realKernel("tx_no_verify", TX, 2);
    if (large !== undefined) return large;
  }
  const example = source.pick(EXAMPLES);
  switch (source.below(5)) {
    case 0:
    case 1:
      return { name: example, kernel: assemble(example), levels: 4 };
    case 2: {
      const name = source.pick(REAL);
      return (
        realKernel(name, `vectors/kernels/${name}.wasm`, 3) ?? { name: example, kernel: assemble(example), levels: 4 }
      );
    }
    default:
      return { name: "random", kernel: randomKernel(source), levels: 3 };
  }
}

function levelsOf(name: string, count: number, source: Source): readonly (readonly Uint8Array[])[] {
  return Array.from({ length: count }, () => source.list(4, () => messageFor(name, source)));
}

/** A rollup with some levels. The same from the same choices. */
export async function makeRandomWorld(source: Source, options: KernelOptions): Promise<World> {
  const { name, kernel, levels } = chooseKernel(source, options);
  const made: WorldOptions = {
    name,
    kernel,
    levels: levelsOf(name, 1 + source.below(levels), source),
    before: levelsOf(name, source.below(3), source),
    preimages: name === "reveal" ? [PAGE] : [],
  };
  return makeWorld(made);
}

/** Operations that originate have so many bytes at most, and some for the rest of them. */
const MOST_KERNEL_BYTES = 30_000;

/** The same on a sandbox chain. A kernel that does not fit an operation becomes the echo kernel. */
export async function makeRandomTable(source: Source): Promise<ChainTable> {
  const chosen = chooseKernel(source, { percentOfLarge: 0 });
  const isTaken = chosen.kernel.length < MOST_KERNEL_BYTES;
  const { name, kernel } = isTaken ? chosen : { name: "echo", kernel: assemble("echo") };
  const levels = levelsOf(name, 3, source).map((messages) => messages.map((message) => message.subarray(1)));
  return makeChainTable({ name, kernel, levels, preimages: name === "reveal" ? [PAGE] : [] });
}
