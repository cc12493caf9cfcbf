// Stuck states: their bytes, their texts, and which of them the fallback kernel recovers (pvm.md §1.9, pvm-encodings.md §8).
import { describe, expect, it } from "vitest";
import {
  interpreterError,
  invalidState,
  linkError,
  printStuck,
  recoverableCause,
  type StuckError,
  stuckLeaf,
  unknownError,
} from "../../src/pvm/stuck.js";
import { byteString, GuestError } from "../../src/wasm/guest-errors.js";

const PLAIN = { raw: "ab", explanation: null };
const EXPLAINED = { raw: "ab", explanation: "c" };
const TEXT = "000000026162";

const CASES: readonly [error: StuckError, hex: string, printed: string][] = [
  [{ tag: "decode_error", error: PLAIN }, `00${TEXT}00`, "decode_error: ab"],
  [{ tag: "decode_error", error: EXPLAINED }, `00${TEXT}010000000163`, "decode_error: ab | c"],
  [{ tag: "link_error", text: "ab" }, `01${TEXT}`, "link_error: ab"],
  [{ tag: "init_error", error: EXPLAINED }, `02${TEXT}010000000163`, "init_error: ab | c"],
  [{ tag: "eval_error", error: PLAIN }, `03${TEXT}00`, "eval_error: ab"],
  [{ tag: "invalid_state", text: "ab" }, `04${TEXT}`, "invalid_state: ab"],
  [{ tag: "unknown_error", text: "ab" }, `05${TEXT}`, "unknown_error: ab"],
  [{ tag: "too_many_ticks" }, "06", "too_many_ticks"],
  [{ tag: "too_many_reboots" }, "07", "too_many_reboots"],
  [
    { tag: "no_fallback_kernel", cause: { tag: "decode", error: EXPLAINED } },
    `0800${TEXT}010000000163`,
    "no_fallback_kernel: decode: ab | c",
  ],
  [{ tag: "no_fallback_kernel", cause: { tag: "link", text: "ab" } }, `0801${TEXT}`, "no_fallback_kernel: link: ab"],
  [
    { tag: "no_fallback_kernel", cause: { tag: "init", error: PLAIN } },
    `0802${TEXT}00`,
    "no_fallback_kernel: init: ab",
  ],
];

describe("the leaf of a stuck state", () => {
  it.each(CASES)("%j", (error, hex, printed) => {
    const leaf = stuckLeaf.encode(error);
    expect(Buffer.from(leaf.bytes).toString("hex")).toBe(hex);
    expect(stuckLeaf.decode(leaf.bytes)).toEqual(error);
    expect(printStuck(error)).toBe(printed);
  });

  it.each(["", "09", "0803", "00000000", `00${TEXT}02`, `01${TEXT}00`, "0600"])("refuses %j", (hex) => {
    expect(() => stuckLeaf.decode(new Uint8Array(Buffer.from(hex, "hex")))).toThrow();
  });
});

describe("the texts", () => {
  it("are cut to 128 bytes, wherever that is", () => {
    const long = byteString("é".repeat(100));
    expect(long).toHaveLength(200);
    for (const error of [invalidState(long), unknownError(long), linkError(long)]) {
      expect(error).toMatchObject({ text: long.slice(0, 128) });
      expect(stuckLeaf.encode(error).bytes).toHaveLength(1 + 4 + 128);
    }
    const message = "x".repeat(300);
    expect(interpreterError(GuestError.withMessage(message))).toEqual({
      raw: `Error(_, "${message}`.slice(0, 128),
      explanation: message.slice(0, 128),
    });
  });

  it("keep bytes that are no text", () => {
    const error = linkError("\x00\xff\x80");
    expect(stuckLeaf.decode(stuckLeaf.encode(error).bytes)).toEqual(error);
  });
});

describe("the fallback", () => {
  it("recovers what decoding, linking and initialising end in", () => {
    const recovered = CASES.map(([error]) => [error.tag, recoverableCause(error)?.tag ?? null]);
    expect(Object.fromEntries(recovered)).toEqual({
      decode_error: "decode",
      link_error: "link",
      init_error: "init",
      eval_error: null,
      invalid_state: null,
      unknown_error: null,
      too_many_ticks: null,
      too_many_reboots: null,
      no_fallback_kernel: null,
    });
  });
});
