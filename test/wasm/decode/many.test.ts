// decodeMany against single steps: the same state at every stop, wherever the budgets end.
import { existsSync, readdirSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fromHex, toHex } from "../../../src/encoding/hex.js";
import { ChunkedBytes } from "../../../src/merkle/chunked-bytes.js";
import type { TreeNode } from "../../../src/merkle/node.js";
import { buildNode } from "../../../src/merkle/schema.js";
import { decodedModule, decodeStep, initialDecodeState } from "../../../src/wasm/decode/machine.js";
import { decodeMany, decodeModule } from "../../../src/wasm/decode/many.js";
import type { DecodeState } from "../../../src/wasm/decode/state.js";
import { GuestError } from "../../../src/wasm/guest-errors.js";
import { moduleSchema } from "../../../src/wasm/module-schema.js";
import type { Module } from "../../../src/wasm/syntax.js";
import { describeShared, sharedPath } from "../../shared-data.js";
import { decodeHash, reloadedDecode, savedDecode, sharedFile, sharedJson } from "./support.js";

const SEED = 20240607;
/** Ticks of a kernel that are looked at in a property test. */
const WINDOW = 4000;

interface NamedKernel {
  readonly name: string;
  readonly bytes: Uint8Array;
}

interface HexKernel {
  readonly name: string;
  readonly kernel: string;
}

function kernelsIn(folder: string): NamedKernel[] {
  if (!existsSync(sharedPath("vectors", folder))) return [];
  const names = readdirSync(sharedPath("vectors", folder)).filter((name) => name.endsWith(".wasm"));
  return names.map((name) => ({ name: `${folder}/${name}`, bytes: sharedFile(`${folder}/${name}`) }));
}

function kernelsOf(file: string): NamedKernel[] {
  if (!existsSync(sharedPath("vectors", file))) return [];
  const { kernels, cases } = sharedJson<{ kernels?: HexKernel[]; cases?: HexKernel[] }>(file);
  return (kernels ?? cases ?? []).map(({ name, kernel }) => ({ name, bytes: fromHex(kernel) }));
}

/** Runs single steps; gives the state, and how many were done before the end or an error. */
function singleSteps(state: DecodeState, kernel: ChunkedBytes, budget: number): { state: DecodeState; ticks: number } {
  let ticks = 0;
  for (; ticks < budget && decodedModule(state) === null; ticks++) {
    try {
      state = decodeStep(state, kernel, "pvm");
    } catch (error) {
      if (error instanceof GuestError) break;
      throw error;
    }
  }
  return { state, ticks };
}

/** Follows both, stop by stop, from a tick on; from stored states at every other stop. */
function follow(bytes: Uint8Array, skip: number, budgets: readonly number[]): void {
  const kernel = ChunkedBytes.ofBytes(bytes);
  let { state: single } = singleSteps(initialDecodeState(), kernel, skip);
  let { state: many } = decodeMany(initialDecodeState(), kernel, skip, "pvm");
  expect(decodeHash(many), `after ${skip} ticks`).toBe(decodeHash(single));
  let at = skip;
  budgets.forEach((budget, index) => {
    const wanted = singleSteps(single, kernel, budget);
    const found = decodeMany(many, kernel, budget, "pvm");
    at += wanted.ticks;
    expect(found.ticks, `ticks to ${at}`).toBe(wanted.ticks);
    expect(decodeHash(found.state), `at ${at}`).toBe(decodeHash(wanted.state));
    single = wanted.state;
    many = index % 2 === 0 ? reloadedDecode(savedDecode(found.state)) : found.state;
  });
}

const budgets = fc.array(fc.oneof(fc.nat(3), fc.nat(40), fc.nat(600)), { minLength: 1, maxLength: 30 });

function anyStops({ bytes }: NamedKernel, numRuns: number): void {
  const total = decodeMany(initialDecodeState(), ChunkedBytes.ofBytes(bytes), Number.MAX_SAFE_INTEGER, "pvm").ticks;
  fc.assert(
    fc.property(fc.nat(Math.min(total, WINDOW)), budgets, (skip, stops) => follow(bytes, skip, stops)),
    { seed: SEED, numRuns },
  );
}

describeShared("decodeMany stops anywhere", ["vectors/pvm/states", "vectors/pvm/walks", "vectors/kernels"], () => {
  describe("hand-made kernels", () => {
    it.each(kernelsOf("pvm/states/decode-synthetic.json"))("$name", (kernel) => anyStops(kernel, 15));
  });

  describe("wrong kernels", () => {
    it.each(kernelsOf("pvm/states/decode-malformed.json"))("$name", (kernel) => anyStops(kernel, 3));
  });

  describe("kernels of the golden traces and walks", () => {
    const small = [...kernelsIn("kernels/regression"), ...kernelsIn("pvm/walks")].filter(
      ({ bytes }) => bytes.length < 10_000,
    );
    it.each(small)("$name", (kernel) => anyStops(kernel, 6));
  });

  it("agrees with single steps all over a large kernel", () => {
    const bytes = sharedFile("kernels/tx-kernel-no-verif.wasm");
    const stops = fc.sample(fc.integer({ min: 1, max: 20_000 }), { seed: SEED, numRuns: 60 });
    follow(bytes, 0, stops);
  });

  // From the Snapshot tick to the first Link state (pvm.md §2.4), without those two.
  it.each([
    ["kernels/regression/echo.wasm", 524],
    ["kernels/regression/link_reveal.wasm", 128],
    ["kernels/tx-kernel-no-verif.wasm", 249_189],
  ])("counts the ticks of %s", (path, total) => {
    const kernel = ChunkedBytes.ofBytes(sharedFile(path));
    const { state, ticks } = decodeMany(initialDecodeState(), kernel, Number.MAX_SAFE_INTEGER, "pvm");
    expect(decodedModule(state)).not.toBeNull();
    expect(ticks).toBe(total - 2);
  });

  it("gives the module at once, or throws its error", () => {
    const bytes = sharedFile("kernels/regression/echo.wasm");
    const { state } = singleSteps(initialDecodeState(), ChunkedBytes.ofBytes(bytes), 1000);
    const saved = (module: Module): string => toHex((buildNode(moduleSchema, module, false) as TreeNode).hash);
    expect(saved(decodeModule(bytes, "pvm"))).toBe(saved(decodedModule(state) as Module));
    expect(() => decodeModule(bytes.subarray(0, 300), "pvm")).toThrow("length out of bounds");
  });

  it("takes each tick of a small kernel by itself", () => {
    const bytes = sharedFile("kernels/regression/echo.wasm");
    follow(bytes, 0, new Array<number>(530).fill(1));
  });
});
