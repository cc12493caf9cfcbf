import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatTimestamp, parseTimestamp, timestampForm } from "../../src/protocol/timestamp.js";

describe("timestamps", () => {
  it.each([
    [0n, "1970-01-01T00:00:00Z"],
    [1689581602n, "2023-07-17T08:13:22Z"],
    [-1n, "1969-12-31T23:59:59Z"],
    [951782400n, "2000-02-29T00:00:00Z"],
    [-62167219200n, "0000-01-01T00:00:00Z"],
    [253402300799n, "9999-12-31T23:59:59Z"],
    [253402300800n, "253402300800"],
    [-62167219201n, "-62167219201"],
    [-(2n ** 63n), "-9223372036854775808"],
  ])("%d is %s", (seconds, text) => {
    expect(formatTimestamp(seconds)).toBe(text);
    expect(parseTimestamp(text)).toBe(seconds);
  });

  it("agrees with JavaScript's dates", () => {
    fc.assert(
      fc.property(fc.bigInt(-62167219200n, 253402300799n), (seconds) => {
        const text = new Date(Number(seconds) * 1000).toISOString().replace(".000Z", "Z");
        expect(formatTimestamp(seconds)).toBe(text);
        expect(parseTimestamp(text)).toBe(seconds);
      }),
      { seed: 4, numRuns: 3000 },
    );
  });

  it.each([
    ["2023-07-17T10:13:22+02:00", 1689581602n],
    ["2023-07-17T06:43:22.999-01:30", 1689581602n],
    ["2023-07-17 08:13:22z", 1689581602n],
    ["2016-12-31T23:59:60Z", 1483228800n],
    ["12", 12n],
    ["9223372036854775808", undefined],
    ["2023-02-29T00:00:00Z", undefined],
    ["2023-13-01T00:00:00Z", undefined],
    ["2023-00-01T00:00:00Z", undefined],
    ["2023-01-00T00:00:00Z", undefined],
    ["2023-01-01T24:00:00Z", undefined],
    ["2023-01-01T00:00:00", undefined],
    ["2023-01-01", undefined],
    ["", undefined],
  ])("reads %s", (text, seconds) => {
    expect(parseTimestamp(text)).toBe(seconds);
  });

  it("is an error in JSON when it is not one", () => {
    expect(() => timestampForm.fromJson("soon")).toThrowError(/RFC 3339 time expected/);
    expect(() => timestampForm.fromJson(12)).toThrowError(/a string expected/);
  });
});
