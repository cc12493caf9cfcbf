// Beyond scalar.test.ts: divisions aimed at the places where the quotient estimated in doubles could be off by one, the
// products of two words, and what a trap leaves behind.

import fc from "fast-check";
import { expect, test } from "vitest";
import { DivideByZero, IntegerOverflow } from "../../../src/wasm/numerics/errors.js";
import { fromHalves, highHalf, lowHalf } from "../../../src/wasm/numerics/int64.js";
import {
  halvesBinary,
  halvesMulWordsS,
  halvesMulWordsU,
  halvesNeg,
  high,
} from "../../../src/wasm/numerics/int64-halves.js";
import { SEED } from "./samples.js";

const MAX_U64 = 2n ** 64n - 1n;

function apply(operator: keyof typeof halvesBinary, a: bigint, b: bigint): bigint {
  const lo = halvesBinary[operator](lowHalf(a), highHalf(a), lowHalf(b), highHalf(b));
  return fromHalves(lo, high[0] as number);
}

/** Unsigned 64-bit numbers of every length in bits, runs of ones and zeros included. */
const u64 = fc
  .tuple(
    fc.bigInt({ min: 0n, max: MAX_U64 }),
    fc.integer({ min: 0, max: 63 }),
    fc.constantFrom(-1n, 0n, 1n),
    fc.boolean(),
  )
  .map(([bits, shift, delta, power]) =>
    BigInt.asUintN(64, (power ? MAX_U64 >> BigInt(shift) : bits >> BigInt(shift)) + delta),
  );

test("division gives back a chosen quotient and remainder", () => {
  // The remainder is 0, 1, or just below the divisor: where an estimate that is off by one shows.
  const property = fc.property(u64, u64, fc.constantFrom(0n, 1n, -1n, -2n), (divisor, wanted, nudge) => {
    fc.pre(divisor > 2n);
    const quotient = wanted % (MAX_U64 / divisor + 1n);
    const remainder = (divisor + nudge) % divisor;
    const dividend = quotient * divisor + remainder;
    fc.pre(dividend <= MAX_U64);
    const [a, b] = [BigInt.asIntN(64, dividend), BigInt.asIntN(64, divisor)];
    expect(apply("DivU", a, b)).toBe(BigInt.asIntN(64, quotient));
    expect(apply("RemU", a, b)).toBe(BigInt.asIntN(64, remainder));
    if (b === -1n) return;
    expect(apply("DivS", a, b)).toBe(a / b);
    expect(apply("RemS", a, b)).toBe(a % b);
  });
  fc.assert(property, { seed: SEED, numRuns: 100_000 });
});

test("products of two words are exact", () => {
  const word = fc.oneof(fc.integer(), fc.constantFrom(0, 1, -1, 2 ** 31 - 1, -(2 ** 31), 0xffff, 0x10000, -0x10000));
  const property = fc.property(word, word, (a, b) => {
    const signed = halvesMulWordsS(a, b);
    expect(fromHalves(signed, high[0] as number)).toBe(BigInt(a) * BigInt(b));
    const unsigned = halvesMulWordsU(a, b);
    expect(BigInt.asUintN(64, fromHalves(unsigned, high[0] as number))).toBe(BigInt(a >>> 0) * BigInt(b >>> 0));
  });
  fc.assert(property, { seed: SEED, numRuns: 20_000 });
});

test("negation wraps only at the least integer", () => {
  for (const a of [0n, 1n, -1n, 2n ** 32n, -(2n ** 32n), 2n ** 63n - 1n, -(2n ** 63n)]) {
    const lo = halvesNeg(lowHalf(a), highHalf(a));
    expect(fromHalves(lo, high[0] as number)).toBe(BigInt.asIntN(64, -a));
  }
});

test("traps name their code and the text that goes into the state", () => {
  expect(() => apply("RemU", 5n, 0n)).toThrow(DivideByZero);
  expect(() => apply("DivS", -(2n ** 63n), -1n)).toThrow(IntegerOverflow);
  expect(new DivideByZero()).toMatchObject({
    code: "wasm.numeric.divide_by_zero",
    message: "integer divide by zero",
  });
  expect(new IntegerOverflow()).toMatchObject({ code: "wasm.numeric.integer_overflow", message: "integer overflow" });
  // -2^31 / -1 fits an i64, unlike an i32.
  expect(apply("DivS", -(2n ** 31n), -1n)).toBe(2n ** 31n);
});
