import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DecodeError } from "../../src/encoding/errors.js";
import { fromHex, toHex } from "../../src/encoding/hex.js";

describe("hex", () => {
  test("both ways", () => {
    expect(toHex(Uint8Array.of(0, 1, 0xab, 0xff))).toBe("0001abff");
    expect(fromHex("0001ABff")).toEqual(Uint8Array.of(0, 1, 0xab, 0xff));
    expect(fromHex("")).toEqual(new Uint8Array(0));
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(toHex(bytes)).toBe(Buffer.from(bytes).toString("hex"));
        expect(fromHex(toHex(bytes))).toEqual(bytes);
      }),
      { seed: 11 },
    );
  });

  test.each([
    ["0", 1],
    ["0g", 1],
    ["0x00", 1],
    ["00 1", 2],
    ["é0", 0],
    ["0`", 1],
    ["0@", 1],
    ["0/", 1],
    ["0:", 1],
  ])("refuses %j", (text, position) => {
    try {
      fromHex(text);
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(DecodeError);
      expect(error).toMatchObject({ code: "encoding.bad_hex", offset: position });
    }
  });
});
