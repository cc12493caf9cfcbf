// Every scalar numeric instruction against V8's own WebAssembly, bit by bit. (int32, int64, int64-halves, float32, float64,
// convert.)

import { beforeAll, describe, expect, test } from "vitest";
import type { Case } from "./differential.js";
import { firstDifference } from "./differential.js";
import { conversionCases, f32Cases, f64Cases, halvesCases, i32Cases, i64Cases } from "./scalar-cases.js";
import type { Oracle } from "./v8-oracle.js";
import { createOracle } from "./v8-oracle.js";

const instructions = [...i32Cases, ...i64Cases, ...f32Cases, ...f64Cases, ...conversionCases];

let oracle: Oracle;

beforeAll(async () => {
  oracle = await createOracle(instructions);
});

function suite(title: string, cases: readonly Case[], randomCount?: number): void {
  describe(title, () => {
    test.each(cases.map((testCase) => [testCase.name ?? testCase.text, testCase] as const))("%s", (_, testCase) => {
      expect(firstDifference(testCase, oracle, randomCount)).toBeUndefined();
    });
  });
}

suite("i32", i32Cases, 10_000);
suite("i64 as bigint", i64Cases, 10_000);
suite("i64 as halves", halvesCases, 30_000);
suite("f32", f32Cases, 10_000);
suite("f64", f64Cases, 10_000);
suite("conversions", conversionCases, 10_000);

test("the scalar numeric instructions of WebAssembly 2.0 are all here", () => {
  // Opcodes 0x45 (i32.eqz) to 0xc4 (i64.extend32_s), and the eight saturating truncations.
  expect(new Set(instructions.map(({ text }) => text)).size).toBe(0xc4 - 0x45 + 1 + 8);
  expect(instructions.every(({ text }) => !text.includes("undefined"))).toBe(true);
});

test("the halves have every i64 instruction that stays inside the integers", () => {
  const integer = [...i64Cases.map(({ text }) => text), "i64.extend_i32_s", "i64.extend_i32_u"];
  expect(halvesCases.map(({ text }) => text).sort()).toEqual(integer.sort());
});
