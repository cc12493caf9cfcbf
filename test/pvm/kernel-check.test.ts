// Kernels that are right, and kernels that are wrong in one way each.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import loadWabt from "wabt";
import { HOST_FUNCTIONS } from "../../src/pvm/host/registry.js";
import { checkKernel, type KernelCheck } from "../../src/pvm/kernel-check.js";
import { PVM_VERSIONS, type PvmVersion, versionIndex } from "../../src/pvm/versions.js";
import { describeShared, sharedPath } from "../shared-data.js";
import { repositoryRoot } from "../shared-root.js";

const LIMIT = 32_634;
const wabt = await loadWabt();

function assemble(text: string): Uint8Array {
  const module = wabt.parseWat("kernel.wat", text);
  try {
    return module.toBinary({}).buffer;
  } finally {
    module.destroy();
  }
}

function check(kernel: Uint8Array, version: PvmVersion = "2.0.0-r6"): KernelCheck {
  return checkKernel(kernel, { version, maxOriginationBytes: LIMIT });
}

/** `rule: message` of each problem of a kernel with these fields. */
function problems(fields: string, version?: PvmVersion): string[] {
  return check(assemble(`(module ${fields})`), version).problems.map(({ rule, message }) => `${rule}: ${message}`);
}

const GOOD = '(memory (export "memory") 1) (func (export "kernel_run"))';

describe("a kernel", () => {
  it("may be right", () => {
    expect(check(assemble(`(module ${GOOD})`))).toEqual({
      version: "2.0.0-r6",
      valid: true,
      size: assemble(`(module ${GOOD})`).length,
      problems: [],
    });
  });

  it.each(readdirSync(join(repositoryRoot, "examples", "kernels")).filter((name) => name.endsWith(".wat")))(
    "may be the example %s",
    (name) => {
      const text = readFileSync(join(repositoryRoot, "examples", "kernels", name), "utf8");
      expect(check(assemble(text)).problems).toEqual([]);
    },
  );

  it.each([
    ['(memory 1) (func (export "kernel_run"))', "export: exports no memory, must export one"],
    [`${GOOD} (export "again" (memory 0))`, "export: exports 2 memories, must export one"],
    ['(memory (export "m") 1)', "export: does not export kernel_run"],
    [
      '(memory (export "m") 1) (global (export "kernel_run") i32 (i32.const 0))',
      "export: kernel_run is a global, must be a function",
    ],
    [
      '(memory (export "m") 1) (func (export "kernel_run") (param i32) (result i64) (i64.const 0))',
      "export: kernel_run has type [i32] -> [i64], must be [] -> []",
    ],
    [
      `${GOOD} (func (i32.const 1))`,
      "type: function 1 end at body[1] (byte 59): type mismatch: expected [], found [i32]",
    ],
    [`${GOOD} (func (param f32))`, "float: float instructions are forbidden (in what begins at byte 16)"],
    [`${GOOD} (func (drop (f64.const 0)))`, "float: float instructions are forbidden (in what begins at byte 57)"],
    [
      `${GOOD} (func (param v128) (if (i32.const 1) (then (nop) (drop (f64x2.floor (local.get 0))))))`,
      "float: function 1 f64x2.floor at body[1].then[2] (byte 68): the state cannot hold this instruction",
    ],
    ['(import "env" "f" (func)) ' + GOOD, 'import: import "env.f": only smart_rollup_core can be imported from'],
    ['(import "smart_rollup_core" "f" (func)) ' + GOOD, 'import: import "smart_rollup_core.f": no such function'],
    [
      '(import "smart_rollup_core" "memory" (global i32)) ' + GOOD,
      'import: import "smart_rollup_core.memory": a global: only functions can be imported',
    ],
    [
      '(import "smart_rollup_core" "write_debug" (func (param i32 i64))) ' + GOOD,
      'import: import "smart_rollup_core.write_debug": of type [i32 i64] -> [], must be [i32 i32] -> []',
    ],
  ])("may be wrong: %s", (fields, problem) => {
    expect(problems(fields)).toEqual([problem]);
    expect(check(assemble(`(module ${fields})`)).valid).toBe(false);
  });

  it.each([
    [`${GOOD} (func (i32.const 1))`, 0x0b],
    [`${GOOD} (func (drop (f64.const 0)))`, 0x44],
    [`${GOOD} (func (param v128) (drop (f64x2.floor (local.get 0))))`, 0xfd],
    [`${GOOD} (func (block (call 9)))`, 0x10],
    [
      `${GOOD} (func (param v128) (loop (if (i32.const 1) (then (block (nop))) (else (nop) (drop (f64x2.trunc (local.get 0)))))))`,
      0xfd,
    ],
  ])("is told the byte of what is wrong: %s", (fields, opcode) => {
    const kernel = assemble(`(module ${fields})`);
    expect(check(kernel).problems.map(({ offset }) => kernel[offset ?? 0])).toEqual([opcode]);
  });

  it("may be wrong in several ways, each told", () => {
    const found = problems('(import "a" "b" (func)) (func (drop)) (func (local.get 0)) (memory 1)');
    expect(found.map((text) => text.split(":", 1)[0])).toEqual(["type", "type", "import", "export", "export"]);
  });

  it("can use the functions of its version only", () => {
    for (const spec of HOST_FUNCTIONS) {
      const result = spec.result === null ? "" : `(result ${spec.result})`;
      const fields = `(import "smart_rollup_core" "${spec.importName}" (func (param ${spec.params.join(" ")}) ${result})) ${GOOD}`;
      for (const version of PVM_VERSIONS) {
        const isKnown = versionIndex(version) >= versionIndex(spec.since);
        const expected = isKnown
          ? spec.kind === "nds"
            ? [expect.stringContaining("no protocol has activated this function")]
            : []
          : [expect.stringContaining(`not before version ${spec.since} (this is ${version})`)];
        expect(problems(fields, version)).toEqual(expected);
        expect(check(assemble(`(module ${fields})`), version).valid).toBe(isKnown);
      }
    }
  });

  it("may use what the decoder lets pass and the machine runs", () => {
    const fields = `${GOOD} (func (param v128) (drop (i32x4.trunc_sat_f32x4_s (local.get 0))) (unreachable) (i32.trunc_f32_s) (drop))`;
    expect(problems(fields)).toEqual([]);
  });

  it("should fit into an origination", () => {
    const padded = (bytes: number): Uint8Array =>
      assemble(`(module ${GOOD} (data (i32.const 0) "${"a".repeat(bytes)}"))`);
    const size = padded(LIMIT - 100).length;
    const fits = check(padded(LIMIT - 100 + (LIMIT - size)));
    expect(fits).toMatchObject({ size: LIMIT, valid: true, problems: [] });
    const large = check(padded(LIMIT - 99 + (LIMIT - size)));
    expect(large).toMatchObject({ size: LIMIT + 1, valid: true, problems: [{ severity: "warning", rule: "size" }] });
  });

  it.each([
    ["", "binary", "unexpected end of section or function (in what begins at byte 0)"],
    ["00617364", "magic", "magic header not detected (in what begins at byte 0)"],
    ["7f454c4601000000", "magic", "magic header not detected (in what begins at byte 0)"],
    ["0061736d02000000", "magic", "unknown binary version (in what begins at byte 0)"],
    ["0061736d010000000d00", "binary", "malformed section id (in what begins at byte 8)"],
    ["0061736d01000000010401600001", "binary", "unexpected end of section or function (in what begins at byte 14)"],
  ])("may be no WebAssembly: %s", (hex, rule, message) => {
    const found = check(Uint8Array.from(Buffer.from(hex, "hex")));
    expect(found.valid).toBe(false);
    expect(found.problems).toMatchObject([{ severity: "error", rule, message }]);
  });
});

const KERNELS = "vectors/kernels";

describeShared("real kernels", KERNELS, () => {
  const names = readdirSync(sharedPath(KERNELS)).filter((name) => name.endsWith(".wasm"));

  it.each(names)("%s is seen right", (name) => {
    const kernel = new Uint8Array(readFileSync(sharedPath(KERNELS, name)));
    const found = check(kernel).problems.filter(({ severity }) => severity === "error");
    const isNone = name.startsWith("no_parse");
    expect(found.map(({ rule }) => rule)).toEqual(isNone ? ["magic"] : []);
    expect(WebAssembly.validate(kernel)).toBe(!isNone);
  });
});
