// What users get wrong, one line each, and the exit codes.
import { chmodSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { CliError, EXIT, failureOf } from "../../src/cli/errors.js";
import { MissingNode } from "../../src/merkle/errors.js";
import { RevealEscape } from "../../src/wasm/eval/machine.js";
import { exampleKernel, temporaryFolder, tickproof, write } from "./harness.js";

const folder = temporaryFolder();
const echo = exampleKernel("echo");
const inputs = write(folder, "inputs.json", "[[]]");

/** The one line on standard error of a command line that is refused; nothing on standard output. */
async function refusal(args: readonly string[], code: number = EXIT.badInput): Promise<string> {
  const ran = await tickproof(args);
  expect({ ...ran, err: "" }).toEqual({ code, out: "", err: "" });
  const [line = "", ...rest] = ran.err.split("\n");
  expect(rest).toEqual([""]);
  expect(line).toMatch(/^tickproof: /);
  return line.slice("tickproof: ".length);
}

const run = (kernel: string, file: string, ...more: string[]): string[] => ["run", kernel, "--inputs", file, ...more];

describe("kernel files", () => {
  it.each([
    ["empty", "", /: the file is empty$/],
    ["other bytes", Uint8Array.of(0x7f, 0x45, 0x4c, 0x46, 2, 1, 1), /: not WebAssembly: neither/],
    ["prose", "Dear kernel, please run.", /: not WebAssembly: neither/],
    ["hexadecimal of something else", "cafebabe00", /: hexadecimal, but not of a WebAssembly binary/],
    ["odd hexadecimal", "0061736d0", /: odd number of hexadecimal digits$/],
    ["hexadecimal with a typo", "0061736d01x0", /: "x" at position 10 is not a hexadecimal digit$/],
    ["text that does not parse", "(module\n  (func (i32.add\n", /does not assemble: .*:\d+:\d+: /],
  ])("that are %s", async (_, contents, message) => {
    const file = write(folder, "kernel", contents);
    expect(await refusal(run(file, inputs))).toMatch(message);
    expect(await refusal(run(file, inputs))).toContain(`${file}: `);
  });

  it("that are missing, a folder, or a path through a file", async () => {
    const missing = join(folder, "none.wasm");
    expect(await refusal(run(missing, inputs))).toBe(`${missing}: no such file`);
    expect(await refusal(run(folder, inputs))).toBe(`${folder}: is a directory`);
    expect(await refusal(run(join(inputs, "x"), inputs))).toMatch(/: not a directory$/);
  });

  it.skipIf(process.getuid?.() === 0)("that may not be read", async () => {
    const file = write(folder, "secret", "x");
    chmodSync(file, 0);
    expect(await refusal(run(file, inputs), EXIT.environment)).toMatch(/EACCES/);
  });
});

describe("inputs files", () => {
  it.each([
    ["not JSON", "[[", /: not JSON: /],
    ["not text", Uint8Array.of(0xff, 0xfe), /: not JSON: the file is not UTF-8 text$/],
    ["of another shape", "7", /: array of inboxes or object of recorded inputs expected, got number 7$/],
    ["with bad hex", '[[], [{"external": "0x"}]]', /: \[1\]\[0\]\.external: .*hex digit$/],
    ["with an unknown message", '[[{"internal": "00"}]]', /: \[0\]\[0\]\.internal: unknown field/],
    ["recorded, of another shape", '{"originationLevel": 1}', /: inboxes: array expected, got nothing$/],
  ])("that are %s", async (_, contents, message) => {
    const file = write(folder, "bad.json", contents);
    const line = await refusal(run(echo, file));
    expect(line).toMatch(message);
    expect(line.startsWith(`${file}: `)).toBe(true);
  });

  it("that are missing", async () => {
    expect(await refusal(run(echo, "/nowhere/in.json"))).toBe("/nowhere/in.json: no such file");
  });
});

describe("arguments", () => {
  it.each([
    ["=", /position 1: number expected/],
    ["=12a", /position 1: number expected/],
    ["%0", /position 1: a period of 0 ticks/],
    ["=1,sometimes", /position 3: `never`, `always`, `=N` or `%N` expected/],
    ["", /position 0: /],
    ["=1,,=2", /position 3: /],
  ])("the pattern %j", async (pattern, message) => {
    expect(await refusal(run(echo, inputs, "--until", pattern))).toMatch(message);
  });

  it("a tick beyond the end", async () => {
    const quick = ["--ticks-per-snapshot", "10000"];
    const message = "tick 20001 is beyond the end: the run ends at tick 20000, waiting for input";
    expect(await refusal(run(echo, inputs, ...quick, "--until", "=20001"))).toBe(message);
    const prove = ["prove", echo, "--inputs", inputs, ...quick, "--at", "=1,=20001,=30000", "-o", folder];
    const ran = await tickproof(prove);
    expect(ran).toMatchObject({ code: EXIT.badInput, err: `tickproof: ${message}\n` });
    expect(ran.out).toMatch(/^1 proof written/m);
  });

  it.each([
    [["--ticks-per-snapshot", "0"]],
    [["--ticks-per-snapshot", "-1"]],
    [["--ticks-per-snapshot", "9223372036854775808"]],
    [["--max-reboots", "many"]],
    [["--level", "2147483648"]],
    [["--pvm-version", "3.0.0"]],
    [["--unheard-of"]],
  ])("%j", async (more) => {
    expect(await refusal(run(echo, inputs, ...more))).toContain(more[0] as string);
  });

  it("that are missing", async () => {
    expect(await refusal(["run", echo])).toMatch(/--inputs/);
    expect(await refusal(["prove", echo, "--inputs", inputs, "--at", "=1"])).toMatch(/-o DIR or --bundle FILE/);
    expect(await refusal(["verify"])).toMatch(/file/);
  });

  it("of verify", async () => {
    const file = write(folder, "x.proof", "x");
    expect(await refusal(["verify", file, "--input", "1:2"])).toMatch(/LEVEL:COUNTER:HEX expected/);
    expect(await refusal(["verify", file, "--reveal", "0g"])).toMatch(/not a hexadecimal digit/);
    expect(await refusal(["verify", file, "--before", "srs1abc"])).toMatch(/State hash expected/);
    expect(await refusal(["verify", file, file, "--reveal", "00"])).toMatch(/are for one proof/);
    expect(await refusal(["verify", file, "--input", "0:0:00", "--reveal", "00"])).toMatch(/exclude each other/);
    expect(await refusal(["verify", join(folder, "none.proof")])).toMatch(/: no such file$/);
  });

  it("an output folder that is a file", async () => {
    const args = ["prove", echo, "--inputs", inputs, "--at", "=1", "-o", inputs];
    expect(await refusal(args)).toMatch(/: exists, and is not a directory$/);
  });

  it("unknown commands", async () => {
    const { code, err } = await tickproof(["rn"]);
    expect(code).toBe(EXIT.badInput);
    expect(err).toMatch(/^tickproof: unknown command 'rn'/);
  });
});

describe("errors", () => {
  it("come with a stack trace only when asked for", async () => {
    const args = run("/nowhere/kernel.wasm", inputs);
    const { err } = await tickproof([...args, "--debug"]);
    expect(err).toMatch(/^tickproof: \/nowhere\/kernel\.wasm: no such file\nCliError: /);
    expect(err).toMatch(/\n {4}at /);
    expect(err).toMatch(/\ncaused by Error: ENOENT/);
  });

  it("have the exit codes of docs/cli.md", () => {
    expect(failureOf(new CliError(EXIT.environment, "no room"))).toEqual({ exitCode: 3, message: "no room" });
    expect(failureOf(new RevealEscape("Reveal_step")).exitCode).toBe(2);
    expect(failureOf(new MissingNode(new Uint8Array(32), "leaf")).exitCode).toBe(70);
    const bug = failureOf(new RangeError("two\n lines"));
    expect(bug).toEqual({
      exitCode: 70,
      message: "a bug of tickproof: RangeError: two lines (--debug shows where)",
    });
    expect(failureOf("thrown text").exitCode).toBe(70);
    const full = Object.assign(new Error("ENOSPC: no space left"), { code: "ENOSPC", syscall: "write" });
    expect(failureOf(full)).toEqual({ exitCode: 3, message: "ENOSPC: no space left" });
  });

  it("help and version are none", async () => {
    for (const args of [["--help"], ["run", "--help"], ["prove", "-h"], ["verify", "--help"], ["demo", "--help"]]) {
      const ran = await tickproof(args);
      expect(ran).toMatchObject({ code: 0, err: "" });
      expect(ran.out).toMatch(/^Usage: tickproof/);
    }
    expect(await tickproof(["--version"])).toMatchObject({ code: 0, out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
  });
});
