// Every v128 instruction that is not a load, a store or a constant, against V8's own WebAssembly, bit by bit; and lanes that
// do not exist, which V8's validation would refuse.

import { beforeAll, describe, expect, test } from "vitest";
import { LaneOutOfRange } from "../../../src/wasm/numerics/errors.js";
import type { V128 } from "../../../src/wasm/numerics/simd-lanes.js";
import {
  replaceHalves,
  shuffle,
  splatHalves,
  vecExtract,
  vecReplace,
  vecSplat,
} from "../../../src/wasm/numerics/simd-rearrange.js";
import type { Case } from "./differential.js";
import { firstDifference } from "./differential.js";
import { bitsOperatorCases, laneCases, rearrangeCases } from "./simd-cases.js";
import type { Oracle } from "./v8-oracle.js";
import { createOracle } from "./v8-oracle.js";

const instructions = [...laneCases, ...bitsOperatorCases, ...rearrangeCases];

let oracle: Oracle;

beforeAll(async () => {
  oracle = await createOracle(instructions);
});

function suite(title: string, cases: readonly Case[]): void {
  describe(title, () => {
    test.each(cases.map((testCase) => [testCase.text, testCase] as const))("%s", (_, testCase) => {
      expect(firstDifference(testCase, oracle)).toBeUndefined();
    });
  });
}

suite("lanes", laneCases);
suite("bits", bitsOperatorCases);
suite("rearranging", rearrangeCases);

test("the vector instructions of WebAssembly 2.0 are all here", () => {
  // 236 instructions with prefix 0xfd, less 22 loads and stores and v128.const.
  expect(new Set(instructions.map(({ text }) => text.split(" ")[0])).size).toBe(236 - 22 - 1);
  expect(instructions.every(({ text }) => !text.includes("undefined"))).toBe(true);
});

describe("lanes that do not exist", () => {
  const vector: V128 = Uint8Array.from({ length: 16 }, (_, index) => index + 1);

  test.each([16, 127, 255])("extract of lane %i has no result", (lane) => {
    expect(() => vecExtract.I8x16(vector, lane, "SX")).toThrow(LaneOutOfRange);
    expect(() => vecExtract.I16x8(vector, lane, "ZX")).toThrow(LaneOutOfRange);
    expect(() => vecExtract.I32x4(vector, lane)).toThrow(LaneOutOfRange);
    expect(() => vecExtract.I64x2(vector, lane)).toThrow(LaneOutOfRange);
  });

  test("the first lane past the end is already out of range", () => {
    expect(() => vecExtract.I16x8(vector, 8, "SX")).toThrow("lane 8 is not below 8");
    expect(() => vecExtract.I32x4(vector, 4)).toThrow("lane 4 is not below 4");
    expect(() => vecExtract.I64x2(vector, 2)).toThrow("lane 2 is not below 2");
  });

  test("replace leaves the vector as it was", () => {
    expect(vecReplace.I8x16(vector, 16, 9)).toEqual(vector);
    expect(vecReplace.I16x8(vector, 8, 9)).toEqual(vector);
    expect(vecReplace.I32x4(vector, 4, 9)).toEqual(vector);
    expect(vecReplace.I64x2(vector, 2, 9n)).toEqual(vector);
    expect(replaceHalves(vector, 2, 9, 9)).toEqual(vector);
  });

  test("shuffle has no result, whatever the other lanes", () => {
    const lanes = Array.from({ length: 16 }, (_, lane) => lane);
    expect(() => shuffle(vector, vector, lanes.with(15, 32))).toThrow(LaneOutOfRange);
    expect(() => shuffle(vector, vector, lanes.with(0, 127))).toThrow("lane 127 is not below 32");
    expect(() => shuffle(vector, vector, lanes.slice(1))).toThrow(LaneOutOfRange);
  });
});

test("the forms on halves agree with those on bigints", () => {
  const vector = vecSplat.I64x2(0x0123456789abcdefn);
  expect(splatHalves(0x89abcdef | 0, 0x01234567)).toEqual(vector);
  const replaced = vecReplace.I64x2(vector, 1, -2n);
  expect(replaceHalves(vector, 1, -2, -1)).toEqual(replaced);
  expect(vecExtract.I64x2(replaced, 0)).toBe(0x0123456789abcdefn);
  expect(vecExtract.I64x2(replaced, 1)).toBe(-2n);
});
