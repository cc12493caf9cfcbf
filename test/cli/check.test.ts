// `tickproof check`: the verdict, its exit code, and both forms of output.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { checkCommand, LEAST_ORIGINATION_BYTES } from "../../src/cli/check.js";
import { Context } from "../../src/cli/context.js";
import { failureOf } from "../../src/cli/errors.js";
import { encodeOperation, operationFromJson } from "../../src/protocol/operation.js";

const folder = mkdtempSync(join(tmpdir(), "tickproof-check-"));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

/** The exit code of the command, and what it prints. */
async function check(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const printed: { out: string[]; err: string[] } = { out: [], err: [] };
  const context = new Context({
    out: (text) => void printed.out.push(text),
    err: (text) => void printed.err.push(text),
    outIsTty: false,
    errIsTty: false,
    hasColours: false,
    columns: 80,
    now: () => 0,
  });
  const command = checkCommand(context)
    .exitOverride()
    .configureOutput({ writeErr: (text) => context.terminal.err(text) });
  let code: number;
  try {
    await command.parseAsync(args, { from: "user" });
    code = context.exitCode;
  } catch (error) {
    const failure = failureOf(error);
    if (failure.message !== undefined) printed.err.push(failure.message);
    code = failure.exitCode;
  }
  return { code, out: printed.out.join(""), err: printed.err.join("") };
}

const GOOD = '(module (memory (export "memory") 1) (func (export "kernel_run")))';
const BAD = '(module (import "env" "f" (func)) (memory 1) (func (export "kernel_run") (drop)))';
const NEW = `(module (import "smart_rollup_core" "reveal" (func (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1) (func (export "kernel_run")))`;

describe("tickproof check", () => {
  it("accepts a kernel", async () => {
    const path = file("good.wat", GOOD);
    const { code, out, err } = await check(path);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toMatch(/good\.wat: valid for version 2\.0\.0-r6 \(\d+ bytes\)\n$/);
  });

  it("tells every problem on a line of its own", async () => {
    const { code, out } = await check(file("bad.wat", BAD));
    expect(code).toBe(1);
    expect(out.split("\n").map((line) => line.replace(/^.*bad\.wat/, "bad.wat"))).toEqual([
      expect.stringMatching(
        /^error: function 1 "kernel_run" drop at body\[0\] \(byte \d+\): type mismatch: expected a value, found \[\]$/,
      ),
      'error: import "env.f": only smart_rollup_core can be imported from',
      "error: exports no memory, must export one",
      expect.stringMatching(/^bad\.wat: not valid for version 2\.0\.0-r6 \(\d+ bytes\)$/),
      "",
    ]);
  });

  it("checks for the version asked for", async () => {
    const path = file("new.wat", NEW);
    expect((await check(path)).code).toBe(0);
    expect(await check(path, "--pvm-version", "2.0.0")).toMatchObject({
      code: 1,
      out: expect.stringContaining("not before version 2.0.0-r3 (this is 2.0.0)"),
    });
    expect(await check(path, "--pvm-version", "3")).toMatchObject({ code: 2, err: expect.stringContaining("3") });
  });

  it("prints JSON", async () => {
    const { code, out } = await check(file("json.wat", BAD), "--json");
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({
      version: "2.0.0-r6",
      valid: false,
      problems: [
        { severity: "error", rule: "type", offset: expect.any(Number) },
        { rule: "import" },
        { rule: "export" },
      ],
    });
  });

  it("takes bytes that are no kernel for what they are", async () => {
    for (const content of ["", "hello", Uint8Array.of(0, 0x61, 0x73, 0x6d, 9, 0, 0, 0)]) {
      expect(await check(file("other", content))).toMatchObject({ code: 1, err: "" });
    }
    expect((await check(join(folder, "missing"))).code).toBe(2);
    expect((await check(file("broken.wat", "(module (func"))).code).toBe(2);
  });

  it("knows the smallest origination", () => {
    const operation = operationFromJson({
      branch: "BLockGenesisGenesisGenesisGenesisGenesisf79b5d1CoW2",
      contents: [
        {
          kind: "smart_rollup_originate",
          source: "tz1VSUr8wwNhLAzempoch5d6hLRiTh8Cjcjb",
          fee: "0",
          counter: "0",
          gas_limit: "0",
          storage_limit: "0",
          pvm_kind: "wasm_2_0_0",
          kernel: "",
          parameters_ty: { prim: "unit" },
        },
      ],
    });
    expect(encodeOperation(operation).length).toBe(LEAST_ORIGINATION_BYTES);
  });
});
