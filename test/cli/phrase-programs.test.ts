import { describe, expect, it, vi } from "vitest";
import { runPhraseProgram } from "../../src/cli/phrase-programs.js";
import type { Terminal } from "../../src/cli/terminal.js";

function terminal(): { terminal: Terminal; err: () => string } {
  let err = "";
  const made: Terminal = {
    out: () => undefined,
    err: (text) => {
      err += text;
    },
    outIsTty: false,
    errIsTty: false,
    hasColours: false,
    columns: 80,
    now: () => 0,
  };
  return { terminal: made, err: () => err };
}

describe("commands of phrases", () => {
  it("leave other commands to others", async () => {
    expect(await runPhraseProgram([], terminal().terminal)).toBeUndefined();
    expect(await runPhraseProgram(["run", "client"], terminal().terminal)).toBeUndefined();
    expect(await runPhraseProgram(["codec", "list", "encodings"], terminal().terminal)).toBe(0);
  });

  it("report a bug of ours as one, with where it is if asked", async () => {
    const { ENCODINGS } = await import("../../src/cli/codec-encodings.js");
    const encoding = ENCODINGS.get("ground.uint8");
    if (encoding === undefined) throw new Error("no encoding");
    const broken = vi.spyOn(encoding, "toBytes").mockImplementation(() => {
      throw new TypeError("broken");
    });
    try {
      for (const before of [[], ["--debug"]]) {
        const { terminal: made, err } = terminal();
        expect(await runPhraseProgram([...before, "codec", "encode", "ground.uint8", "from", "1"], made)).toBe(70);
        expect(err()).toContain("broken");
        expect(err().includes("phrase-programs.test.ts")).toBe(before.length > 0);
      }
    } finally {
      broken.mockRestore();
    }
  });
});
