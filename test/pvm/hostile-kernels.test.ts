// Kernels that mean harm, or are merely broken: each comes to a defined state, quickly, in bounded memory. HOSTILE=5000 for the long form.
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { StateTooLarge } from "../../src/merkle/errors.js";
import { genesis } from "../../src/pvm/genesis.js";
import { Machine } from "../../src/pvm/machine.js";
import { run } from "../../src/pvm/run.js";
import { printStuck } from "../../src/pvm/stuck.js";
import { NoStoredForm } from "../../src/wasm/leaf-codec.js";
import { describeShared, sharedPath } from "../shared-data.js";
import { assemble, external, feed } from "./machines.js";

const TICKS = 5_000_000n;
const GIBIBYTE = 2 ** 30;

/** Runs a kernel over one level; gives what it comes to. Only the documented errors may leave the machine. */
function outcome(kernel: Uint8Array): string {
  const parameters = { ticksPerSnapshot: TICKS, outboxValidityPeriod: 10, outboxMessageLimit: 100n, maxReboots: 3n };
  const machine = Machine.of(genesis(kernel, "2.0.0-r6", parameters));
  feed(machine, 0, external("one"), external("\x00\x01\x02"));
  try {
    run(machine, 10n ** 10n);
    machine.hash();
  } catch (error) {
    if (error instanceof NoStoredForm || error instanceof StateTooLarge) return error.code;
    throw error;
  }
  const { tickState } = machine;
  if (tickState.tag === "stuck") return printStuck(tickState.error);
  return machine.inputRequest().tag === "reveal" ? "reveal" : tickState.tag;
}

function checkHeap(): void {
  expect(process.memoryUsage().heapUsed).toBeLessThan(2 * GIBIBYTE);
}

const HEADER = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];

function leb(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  do {
    const low = rest % 128;
    rest = Math.floor(rest / 128);
    bytes.push(rest > 0 ? low | 0x80 : low);
  } while (rest > 0);
  return bytes;
}

/** A module whose `kernel_run` has this body, declarations of locals included. */
function withBody(body: readonly number[]): Uint8Array {
  const section = (id: number, contents: readonly number[]): number[] => [id, ...leb(contents.length), ...contents];
  const name = (text: string): number[] => [text.length, ...Buffer.from(text)];
  const code = [1, ...leb(body.length)];
  const head = [
    ...HEADER,
    ...section(1, [1, 0x60, 0, 0]),
    ...section(3, [1, 0]),
    ...section(5, [1, 0, 1]),
    ...section(7, [2, ...name("mem"), 2, 0, ...name("kernel_run"), 0, 0]),
    10,
    ...leb(code.length + body.length),
    ...code,
  ];
  const bytes = new Uint8Array(head.length + body.length);
  bytes.set(head);
  bytes.set(body, head.length);
  return bytes;
}

const locals = (count: number): Uint8Array => withBody([1, ...leb(count), 0x7f, 0x0b]);
const memory = '(memory (export "mem") 1)';
const runs = (body: string, more = "", mem = memory): Uint8Array =>
  assemble(`(module ${mem} ${more} (func (export "kernel_run") ${body}))`);
const nested = (depth: number): Uint8Array => {
  const body: number[] = [0];
  for (let index = 0; index < depth; index++) body.push(2, 0x40);
  for (let index = 0; index <= depth; index++) body.push(0x0b);
  return withBody(body);
};

describe("bombs", () => {
  it.each([
    [
      "a memory of 65536 pages",
      runs("(i32.store (i32.const -4) (i32.const 1))", "", '(memory (export "mem") 65536)'),
      "collect",
    ],
    ["a table of 2^31 - 1", runs("", "(table 0x7fffffff funcref)"), "merkle.state_too_large"],
    [
      "a table that grows",
      runs("(loop (drop (table.grow 0 (ref.null func) (i32.const 100000))) (br 0))", "(table 1 funcref)"),
      "merkle.state_too_large",
    ],
    ["2^31 - 1 locals", locals(0x7fff_ffff), "merkle.state_too_large"],
    ["2^32 - 1 locals", locals(0xffff_ffff), "unknown_error: Tezos_tree_encoding__Decoding.Key_not_found(_)"],
    ["blocks 100,000 deep", nested(100_000), "collect"],
    ["a br_table of 200,000", runs(`(block (br_table ${"0 ".repeat(200_000)} (i32.const 7)))`), "collect"],
    [
      "recursion",
      runs("(call $f)", "(func $f (local i64 i64) (call $f))"),
      'eval_error: Error(_, "call stack exhausted") | call stack exhausted',
    ],
    [
      "a large fill",
      runs("(memory.fill (i32.const 0) (i32.const 1) (i32.const 65536)) (loop (br 0))"),
      "too_many_ticks",
    ],
    [
      "data that announces more than there is",
      Uint8Array.from([...HEADER, 11, 0x80, 0x80, 0x80, 0x80, 0x08]),
      'no_fallback_kernel: decode: Error(_, "length out of bounds") | length out of bounds',
    ],
  ])("%s", (_name, kernel, expected) => {
    expect(outcome(kernel)).toBe(expected);
    checkHeap();
  });
});

describeShared("real kernels", ["vectors/kernels"], () => {
  const files = readdirSync(sharedPath("vectors", "kernels")).filter((file) => file.endsWith(".wasm"));
  it.each(files)("%s", (file) => {
    const result = outcome(readFileSync(sharedPath("vectors", "kernels", file)));
    expect(result).toMatch(/^(collect|reveal|too_many_ticks|no_fallback_kernel: .*)$/);
    if (file.startsWith("no_parse")) expect(result).toContain("no_fallback_kernel: decode");
    checkHeap();
  });
});

describeShared("mutated kernels", ["vectors/kernels", "vectors/pvm/walks"], () => {
  const count = Number(process.env["HOSTILE"] ?? 500);
  const folders = [
    sharedPath("vectors", "kernels", "regression"),
    sharedPath("vectors", "pvm", "walks"),
    sharedPath("vectors", "kernels"),
  ];
  const kernels = folders
    .flatMap((folder) =>
      readdirSync(folder)
        .filter((file) => file.endsWith(".wasm"))
        .map((file) => readFileSync(`${folder}/${file}`)),
    )
    .filter(({ length }) => length < 20_000);

  it(`${count} of them come to a defined state`, () => {
    let seed = 20261124;
    const random = (below: number): number => {
      seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
      return Math.floor((seed / 2 ** 32) * below);
    };
    const mutate = (bytes: Uint8Array): Uint8Array => {
      const at = random(bytes.length);
      const end = Math.min(bytes.length, at + 1 + random(12));
      const [before, part, after] = [bytes.subarray(0, at), bytes.subarray(at, end), bytes.subarray(end)];
      switch (random(6)) {
        case 0:
          return Uint8Array.from([...before, (bytes[at] as number) ^ (1 << random(8)), ...bytes.subarray(at + 1)]);
        case 1:
          return Uint8Array.from([...before, random(256), ...bytes.subarray(at + 1)]);
        case 2:
          return before.slice();
        case 3:
          return Uint8Array.from([...before, 0xff, 0xff, 0xff, 0xff, 0x0f, ...bytes.subarray(at + 1)]);
        case 4:
          return Uint8Array.from([...before, ...part, ...part, ...after]);
        default:
          return Uint8Array.from([...before, ...after]);
      }
    };
    const outcomes = new Map<string, number>();
    for (let index = 0; index < count; index++) {
      let kernel: Uint8Array = kernels[random(kernels.length)] as Uint8Array;
      for (let changes = 1 + (index % 3); changes > 0; changes--) if (kernel.length > 0) kernel = mutate(kernel);
      const kind = outcome(kernel).split(":")[0] ?? "";
      outcomes.set(kind, (outcomes.get(kind) ?? 0) + 1);
    }
    checkHeap();
    expect(outcomes.get("no_fallback_kernel") ?? 0).toBeGreaterThan(count / 4);
    expect([...outcomes.keys()].length).toBeGreaterThan(2);
  }, 1_200_000);
});
