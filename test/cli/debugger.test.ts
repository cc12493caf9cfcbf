// The debugger's command line: options, their errors, scripts, exit codes.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { exampleKernel, temporaryFolder, tickproof, write } from "./harness.js";

const folder = temporaryFolder();
const echo = exampleKernel("echo");
const inputs = write(folder, "inputs.json", JSON.stringify([[{ external: "aa" }]]));
const commands = (name: string, ...lines: string[]) => write(folder, name, lines.join("\n"));

describe("tickproof debugger", () => {
  it("runs a script, and tells by its exit code whether all could be done", async () => {
    const good = commands("good", "# a comment", "step inbox", "hash", "stop", "nonsense");
    const { code, out, err } = await tickproof(["debugger", "--kernel", echo, "--inputs", inputs, "--commands", good]);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toMatch(
      /^Evaluation took 50000000000000 ticks so far\nStatus: Waiting for input\nInternal_status: Collect\nsrs1\w+ at tick 100000000000000\n$/,
    );
    const bad = await tickproof(["debugger", echo, "--commands", commands("bad", "nonsense")]);
    expect(bad).toMatchObject({ code: 1, out: "", err: "Unknown command `nonsense`\n" });
  });

  it("prints JSON", async () => {
    const { out } = await tickproof(["debugger", echo, "--json", "--commands", commands("json", "show status")]);
    expect(JSON.parse(out)).toMatchObject({ command: "show status", ok: true, status: "Waiting for input" });
  });

  it.each([
    [[], "A kernel file must be provided"],
    [["--kernel", "/nowhere"], "/nowhere is not a valid file"],
    [
      ["--kernel", echo, "--pvm-version", "3"],
      "3 is not a valid WASM PVM version. Expected one of: '2.0.0', '2.0.0-r1'",
    ],
    [["--kernel", echo, "--preimage-dir", "/nowhere"], "/nowhere is not a valid directory"],
    [["--kernel", echo, "--rollup", "sr1nonsense"], "invalid smart rollup address in base58"],
    [["--kernel", echo, "--installer-config", "a.txt"], "Expecting either a .yaml or .json file"],
    [["--kernel", echo, "--inputs", echo], "not JSON"],
    [["--kernel", inputs], "not WebAssembly"],
  ])("refuses %j", async (args, message) => {
    const { code, out, err } = await tickproof(["debugger", ...args, "--commands", commands("none", "")]);
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(err).toMatch(/^Error\n {2}.*\n/);
    expect(err).toContain(message);
  });

  it("type-checks kernels before loading", async () => {
    const kernel = write(
      folder,
      "bad.wat",
      '(module (memory (export "memory") 1) (func (export "kernel_run") i32.add drop))',
    );
    const { code, err } = await tickproof(["debugger", kernel, "--commands", commands("none", "")]);
    expect(code).toBe(1);
    expect(err).toMatch(/type mismatch|expected|does not assemble/);
  });

  it("follows installer configurations", async () => {
    const yaml = write(
      folder,
      "config.yaml",
      'instructions:\n- set: # a comment\n    value: 0a\n    to: /x/y\n- set: { value: "ff00", to: /z }\n- move:\n    from: /z\n    to: /w\n',
    );
    const script = commands("keys", "show key /x/y", "show key /w", "show key /z");
    const { out } = await tickproof(["debugger", echo, "--installer-config", yaml, "--commands", script]);
    expect(out).toBe("0a\nff00\nKey not found\n");
    const wrong = write(folder, "wrong.json", '{"instructions":[{"set":{"value":"00","to":"/readonly/a"}}]}');
    const { code, err } = await tickproof(["debugger", echo, "--installer-config", wrong, "--commands", script]);
    expect(code).toBe(1);
    expect(err).toContain("The 0th instruction is invalid");
  });

  it("keeps the kernel's words apart from its own", async () => {
    const kernel = write(
      folder,
      "talk.wat",
      '(module (import "smart_rollup_core" "write_debug" (func $w (param i32 i32))) (memory (export "memory") 1) (data (i32.const 0) "one\\n\\ntwo") (func (export "kernel_run") (call $w (i32.const 0) (i32.const 8))))',
    );
    const script = commands("talk", "step inbox");
    const options = ["debugger", kernel, "--inputs", inputs, "--commands", script];
    expect((await tickproof(options)).out.startsWith("one\n\ntwoEvaluation took")).toBe(true);
    expect((await tickproof([...options, "--no-kernel-debug"])).out.startsWith("Evaluation took")).toBe(true);
    const timings = join(folder, "timings");
    expect((await tickproof([...options, "--timings-file", timings])).out.startsWith("Evaluation took")).toBe(true);
    const lines = readFileSync(timings, "utf8")
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as object);
    expect(lines).toMatchObject([{ message: "one" }, { message: "two" }]);
  });

  it("takes decoders from plugins", async () => {
    const plugin = write(
      folder,
      "plugin.mjs",
      "export const decoders = { 'my.count': (bytes) => bytes.length + ' bytes' };",
    );
    const script = commands(
      "plugin",
      "show key /readonly/wasm_version as my.count",
      "show key /readonly/wasm_version as other",
    );
    const { out } = await tickproof(["debugger", echo, "--plugins", plugin, "--commands", script]);
    expect(out).toBe("8 bytes\nUnknown kind `other`\n");
  });
});
