// The debugger's command line: options, their errors, scripts, exit codes.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { repositoryRoot } from "../shared-root.js";
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

  it("records a session, and replays it", async () => {
    const record = join(folder, "recorded");
    const typed = commands("typed", "step inbox", "goto decode", "back 2", "show status");
    const options = ["debugger", echo, "--inputs", inputs, "--commands"];
    const first = await tickproof([...options, typed, "--record", record]);
    expect(first.code).toBe(0);
    const recorded = readFileSync(record, "utf8");
    expect(recorded).toMatch(
      /^# A session of tickproof debugger on .*\nstep inbox\n#= tick 100000000000000 srs1\w+\ngoto decode\n#= tick [0-9]+ srs1\w+\nback 2\n#= tick [0-9]+ srs1\w+\nshow status\n$/,
    );
    expect(await tickproof([...options, record])).toEqual(first);
    const other = write(folder, "other.json", JSON.stringify([[{ external: "ab" }]]));
    const elsewhere = await tickproof(["debugger", echo, "--inputs", other, "--commands", record]);
    expect(elsewhere.code).toBe(1);
    expect(elsewhere.out).toContain("The replay is elsewhere: tick 100000000000000 srs1");
    const nowhere = await tickproof([...options, typed, "--record", "/nowhere/at/all"]);
    expect(nowhere).toMatchObject({ code: 1, out: "", err: expect.stringContaining("/nowhere/at/all: ENOENT") });
  });

  it("has colours on terminals only", async () => {
    const script = commands("colours", "show key /no", "nonsense");
    const options = ["debugger", echo, "--commands", script];
    const begin = "\u001b[";
    const plain = await tickproof(options);
    expect(plain.out + plain.err).not.toContain(begin);
    const both = await tickproof(options, { hasColours: true, errIsTty: true });
    expect(both.out).toBe(`${begin}31mKey not found\n${begin}39m`);
    expect(both.err).toContain(`${begin}36mUnknown command`);
    // Standard error goes to a file.
    expect((await tickproof(options, { hasColours: true })).err).toBe("Unknown command `nonsense`\n");
  });

  it.each([
    ["bytes", Uint8Array.from({ length: 4096 }, (_, index) => (index * 37) & 0xff), "not UTF-8 text"],
    ["a kernel", Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0), "not JSON"],
    ["nothing", new Uint8Array(0), "not JSON"],
    ["deep nesting", "[".repeat(100_000), "not JSON"],
    ["an object", "{}", "originationLevel: level (a number) expected"],
    ["a long message", JSON.stringify([[{ external: "00".repeat(5000) }]]), "4095"],
    ["hexadecimal that is none", JSON.stringify([[{ external: "0g" }]]), '[0][0].external: "g" at position 1'],
    [
      "Michelson that is none",
      JSON.stringify([[{ payload: "Pair (" }]]),
      '[0][0].payload: not Michelson: "(" at position 5',
    ],
  ])("refuses inputs of %s", async (what, contents, message) => {
    const file = write(folder, `inputs of ${what}`, contents);
    const { code, out, err } = await tickproof([
      "debugger",
      echo,
      "--inputs",
      file,
      "--commands",
      commands("none", ""),
    ]);
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(err).toMatch(/^Error\n {2}.*\n/);
    expect(err).toContain(message);
  });

  it("takes many inputs", async () => {
    const many = Array.from({ length: 40 }, () => Array.from({ length: 500 }, () => ({ external: "ab".repeat(200) })));
    const file = write(folder, "many.json", JSON.stringify(many));
    const script = commands("many", "load inputs", "goto end", "limits");
    const { code, out } = await tickproof(["debugger", echo, "--inputs", file, "--commands", script]);
    expect(code).toBe(0);
    expect(out).toContain("ticks of this kernel run: 0 of 50000000000000\n");
  });

  it.each([[["--bogus"]], [["--kernel"]], [["--history", "0"]], [["a", "b"]]])(
    "ends with 1 for %j, as Octez",
    async (args) => {
      const { code, out, err } = await tickproof(["debugger", ...args]);
      expect({ code, out }).toEqual({ code: 1, out: "" });
      expect(err).toMatch(/^tickproof: /);
    },
  );

  it("tells kernels by what they hold", async () => {
    const binary = readFileSync(join(repositoryRoot, "examples", "kernels", "sum.wasm"));
    const script = commands("kinds", "load inputs", "hash");
    const outs = new Set<string>();
    for (const [name, contents] of [
      ["a.wasm", binary],
      ["a.hex", binary.toString("hex")],
      ["hex.wasm", `${binary.toString("hex")}\n`],
      ["wasm.wat", binary],
      ["noname", binary],
    ] as const) {
      const { code, out } = await tickproof([
        "debugger",
        write(folder, name, contents),
        "--inputs",
        inputs,
        "--commands",
        script,
      ]);
      expect(code).toBe(0);
      outs.add(out);
    }
    expect(outs.size).toBe(1);
  });
});
