/**
 * Many ticks of the decoder at once. The macro-steps (macro/) do what they can of each phase and single steps the rest; at every tick the
 * state is the one that single steps lead to. The whole kernel is read: proofs are made of single steps.
 */
import { ChunkedBytes } from "../../merkle/chunked-bytes.js";
import { GuestError } from "../guest-errors.js";
import type { Module } from "../syntax.js";
import { ByteStream } from "./byte-stream.js";
import { decodedModule, decodeStep, initialDecodeState, stepOnStream } from "./machine.js";
import { runElaboration } from "./macro/elaboration.js";
import { runDataBytes, runElemItems, runFunctionIndices } from "./macro/elements.js";
import { runBody, runFunctions } from "./macro/functions.js";
import type { Progress } from "./macro/progress.js";
import type { DecodeState } from "./state.js";
import type { DecodeLevel } from "./types.js";

const flatKernels = new WeakMap<ChunkedBytes, Uint8Array>();

/** Kernels kept at hand: what is known of one (macro/block-cache.ts) goes by its array. */
const RECENT_KERNELS = 2;
const recentKernels: Uint8Array[] = [];

/** The bytes of a kernel, read once for each of its values; the same array for the same bytes, as long as it is one of the last ones. */
function flatBytes(kernel: ChunkedBytes): Uint8Array {
  let bytes = flatKernels.get(kernel);
  if (bytes === undefined) {
    bytes = recentKernel(kernel.toBytes());
    flatKernels.set(kernel, bytes);
  }
  return bytes;
}

function recentKernel(bytes: Uint8Array): Uint8Array {
  const at = recentKernels.findIndex((known) => known.length === bytes.length && Buffer.compare(known, bytes) === 0);
  const [known] = at < 0 ? [bytes] : recentKernels.splice(at, 1);
  recentKernels.push(known ?? bytes);
  if (recentKernels.length > RECENT_KERNELS) recentKernels.shift();
  return known ?? bytes;
}

/** The macro-step for where the state stands; null if there is none. */
function macroStep(state: DecodeState, bytes: Uint8Array, budget: number, level: DecodeLevel): Progress | null {
  const { kont } = state;
  switch (kont.tag) {
    case "MKField":
      return kont.section.tag === "CodeField"
        ? runFunctions(state, bytes, budget, level)
        : runFunctionIndices(state, bytes, budget);
    case "MKCode":
      return runBody(state, bytes, budget, level);
    case "MKElem":
      return runElemItems(state, bytes, budget);
    case "MKData":
      return runDataBytes(state, bytes, budget);
    case "MKElaborateFunc":
      return runElaboration(state, budget);
    default:
      return null;
  }
}

/** One tick; null if it is an error. */
function singleStep(state: DecodeState, bytes: Uint8Array, level: DecodeLevel): DecodeState | null {
  try {
    return stepOnStream(state, ByteStream.ofBytes(bytes, state.streamPos), level);
  } catch (error) {
    if (error instanceof GuestError) return null;
    throw error;
  }
}

/**
 * Runs at most `budget` ticks: fewer when the module is complete or the next tick is an error of the kernel, which is left to `decodeStep`
 * to throw. Gives the state that so many single steps lead to.
 */
export function decodeMany(
  state: DecodeState,
  kernel: ChunkedBytes,
  budget: number,
  level: DecodeLevel,
): { state: DecodeState; ticks: number } {
  const bytes = flatBytes(kernel);
  let left = budget;
  while (left > 0 && state.kont.tag !== "MKStop") {
    const progress = macroStep(state, bytes, left, level);
    if (progress !== null) {
      state = progress.state;
      left -= progress.ticks;
      continue;
    }
    const next = singleStep(state, bytes, level);
    if (next === null) break;
    state = next;
    left--;
  }
  return { state, ticks: budget - left };
}

/** The module of a kernel. Throws `GuestError` for a wrong one. */
export function decodeModule(bytes: Uint8Array, level: DecodeLevel): Module {
  const kernel = ChunkedBytes.ofBytes(bytes);
  let { state } = decodeMany(initialDecodeState(), kernel, Number.MAX_SAFE_INTEGER, level);
  for (;;) {
    const module = decodedModule(state);
    if (module !== null) return module;
    // The tick at which the many stopped: it throws.
    state = decodeStep(state, kernel, level);
  }
}
