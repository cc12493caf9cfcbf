// Kernels with bytes changed at random: the decoder ends in a module or in an error of the kernel, and decodeMany in the same.
import fc from "fast-check";
import { expect, it } from "vitest";
import { ChunkedBytes } from "../../../src/merkle/chunked-bytes.js";
import { decodedModule, decodeStep, initialDecodeState } from "../../../src/wasm/decode/machine.js";
import { decodeMany } from "../../../src/wasm/decode/many.js";
import type { DecodeState } from "../../../src/wasm/decode/state.js";
import type { DecodeLevel } from "../../../src/wasm/decode/types.js";
import { GuestError } from "../../../src/wasm/guest-errors.js";
import { NoStoredForm } from "../../../src/wasm/leaf-codec.js";
import { describeShared } from "../../shared-data.js";
import { decodeHash, sharedFile } from "./support.js";

const SEED = 7;
const KERNELS = [
  "kernels/regression/echo.wasm",
  "pvm/walks/tables.wasm",
  "pvm/walks/control.wasm",
  "pvm/walks/memory.wasm",
];
/** More than any of these kernels takes; a corrupt count of locals can ask for far more. */
const MAX_TICKS = 20_000;

/** The error of the tick that cannot be taken; null at the end of the ticks. */
function errorAt(state: DecodeState, kernel: ChunkedBytes, level: DecodeLevel): GuestError | null {
  if (decodedModule(state) !== null) return null;
  try {
    decodeStep(state, kernel, level);
    return null;
  } catch (error) {
    if (error instanceof GuestError) return error;
    throw error;
  }
}

function runSingle(kernel: ChunkedBytes, level: DecodeLevel): { state: DecodeState; ticks: number } {
  let state = initialDecodeState();
  let ticks = 0;
  for (; ticks < MAX_TICKS && decodedModule(state) === null; ticks++) {
    try {
      state = decodeStep(state, kernel, level);
    } catch (error) {
      if (error instanceof GuestError) break;
      throw error;
    }
  }
  return { state, ticks };
}

/** The hash; some instructions that decode have no stored form. */
function hashOf(state: DecodeState): string {
  try {
    return decodeHash(state);
  } catch (error) {
    if (error instanceof NoStoredForm) return error.message;
    throw error;
  }
}

const change = fc.record({
  at: fc.nat(2000),
  byte: fc.oneof(fc.nat(255), fc.constantFrom(0x0b, 0x05, 0x04, 0x80, 0xff)),
});

describeShared(
  "corrupt kernels",
  KERNELS.map((path) => `vectors/${path}`),
  () => {
    it.each(KERNELS)("%s", (path) => {
      const original = sharedFile(path);
      const changes = fc.array(change, { minLength: 1, maxLength: 4 });
      const level = fc.constantFrom<DecodeLevel>("pvm", "full");
      const cut = fc.option(fc.nat(original.length), { freq: 4 });
      fc.assert(
        fc.property(changes, level, cut, (edits, language, length) => {
          const bytes = original.slice(0, length ?? original.length);
          for (const { at, byte } of edits) if (bytes.length > 0) bytes[at % bytes.length] = byte;
          const kernel = ChunkedBytes.ofBytes(bytes);
          const single = runSingle(kernel, language);
          const many = decodeMany(initialDecodeState(), kernel, MAX_TICKS, language);
          expect(many.ticks).toBe(single.ticks);
          expect(hashOf(many.state)).toBe(hashOf(single.state));
          const wanted = errorAt(single.state, kernel, language);
          const found = errorAt(many.state, kernel, language);
          expect(found?.raw).toBe(wanted?.raw);
          expect(found?.known ?? true).toBe(true);
        }),
        { seed: SEED, numRuns: 250 },
      );
    });
  },
);
