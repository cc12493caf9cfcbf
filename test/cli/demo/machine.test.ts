import { describe, expect, it } from "vitest";
import { tickproof } from "../harness.js";

describe("tickproof demo --machine", () => {
  it("shows two levels, proves ten ticks of five phases and explains itself", async () => {
    const { code, out, err } = await tickproof(["demo", "--machine"]);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out.match(/^Level \d/gm)).toEqual(["Level 0", "Level 1"]);
    expect(out).toContain('The outbox of level 0 now holds "hello" and "is anybody there?".');
    const proofs = [...out.matchAll(/^ +([0-9,]+) {2}(\w+) +([0-9,]+) .* valid$/gm)].map(([, , phase]) => phase);
    expect(proofs).toHaveLength(10);
    expect(new Set(proofs)).toEqual(new Set(["decode", "link", "init", "eval", "padding"]));
    expect(out).toMatch(/^ {2}10 proofs made, 10 valid, /m);
    for (const phase of ["collect", "padding", "snapshot", "decode", "link", "init", "eval"]) {
      expect(out).toMatch(new RegExp(`^ {2}${phase} +[0-9,]+ {2}srs1`, "m"));
    }
    expect(out).not.toContain("\u001b");
  });

  it("ends by itself after --blocks levels", async () => {
    for (const blocks of [1, 5]) {
      const { code, out } = await tickproof(["demo", "--machine", "--blocks", String(blocks)]);
      expect(code).toBe(0);
      expect(out.match(/^Level \d/gm)).toHaveLength(blocks);
      expect(out).toMatch(/^ {2}10 proofs made, 10 valid, /m);
    }
  });

  it("is coloured on a terminal that has colours, and says the same", async () => {
    const plain = await tickproof(["demo", "--machine"]);
    const coloured = await tickproof(["demo", "--machine"], { hasColours: true });
    expect(coloured.out).toContain("\u001b[1m");
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the escapes are what is removed
    expect(coloured.out.replace(/\u001b\[[0-9]+m/g, "")).toBe(plain.out);
  });

  it("refuses a number of levels that is none", async () => {
    for (const blocks of ["0", "-1", "x", "10001", "1000000000"]) {
      expect(await tickproof(["demo", "--machine", "--blocks", blocks])).toMatchObject({ code: 2, out: "" });
    }
  });
});
