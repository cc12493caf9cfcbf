import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PatternError, StepPattern } from "../../src/pvm/step-pattern.js";

function ticksOf(text: string, until: bigint): string[] {
  const pattern = StepPattern.parse(text);
  const ticks: string[] = [];
  for (let tick = 0n; tick < until; tick++) {
    if (pattern.namesExactly(tick) || pattern.hasPeriod(tick)) ticks.push(String(tick));
  }
  return ticks;
}

describe("step patterns", () => {
  it.each([
    ["never", []],
    ["always", ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]],
    ["=3", ["3"]],
    ["%4", ["0", "4", "8"]],
    ["%4,=3,%6", ["0", "3", "4", "6", "8"]],
    ["never,=0x_", undefined],
    ["=0x8,=0X9", ["8", "9"]],
    ["=0_0_5", ["5"]],
    [" %5 , =1 ", ["0", "1", "5"]],
    ["=1,=1,%9,%9", ["0", "1", "9"]],
  ])("%j", (text, ticks) => {
    if (ticks === undefined) expect(() => StepPattern.parse(text)).toThrow(PatternError);
    else expect(ticksOf(text, 10n)).toEqual(ticks);
  });

  it.each([
    ["", 0],
    ["sometimes", 0],
    ["Always", 0],
    ["=1,", 3],
    ["=1, %x", 5],
    ["=-1", 1],
    ["=1.5", 1],
    ["=1__2", 1],
    ["=_1", 1],
    ["%0", 1],
    ["%", 1],
    [`=${"9".repeat(41)}`, 1],
  ])("%j does not parse, and the error says where", (text, position) => {
    expect(() => StepPattern.parse(text)).toThrow(
      expect.objectContaining({ name: "PatternError", code: "pvm.bad_pattern", position }),
    );
  });

  it("know the next tick they mean, at any size", () => {
    const number = fc.bigInt({ min: 0n, max: 1n << 60n });
    const period = fc.oneof(fc.bigInt({ min: 1n, max: 20n }), fc.bigInt({ min: 1n, max: 1n << 60n }));
    fc.assert(
      fc.property(
        fc.array(number, { maxLength: 4 }),
        fc.array(period, { maxLength: 3 }),
        number,
        (exact, periods, from) => {
          const terms = [...exact.map((tick) => `=${tick}`), ...periods.map((tick) => `%${tick}`), "never"];
          const pattern = StepPattern.parse(terms.join(","));
          const nextExact = pattern.nextExact(from);
          expect(nextExact).toBe(exact.filter((tick) => tick >= from).sort((a, b) => (a < b ? -1 : 1))[0] ?? null);
          const next = pattern.nextPeriodic(from);
          expect(next === null).toBe(periods.length === 0);
          if (next === null) return;
          expect(next >= from && pattern.hasPeriod(next)).toBe(true);
          for (const tick of periods) expect(next <= from + tick).toBe(true);
        },
      ),
    );
  });
});
