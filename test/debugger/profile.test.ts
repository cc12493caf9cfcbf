// Kernels compiled from C and Rust, with the names their compilers gave: profiles add up to the ticks of their runs, and show the names.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { functionTable, rest, total } from "../../src/debugger/profile.js";
import { PROTOCOL_PARAMETERS } from "../../src/pvm/genesis.js";
import { repositoryRoot } from "../shared-root.js";
import { NAMED_KERNEL, openSession, optionsOf, script, TRAP_KERNEL } from "./support.js";

const folder = mkdtempSync(join(tmpdir(), "tickproof-profile-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const example = (name: string): Uint8Array => readFileSync(join(repositoryRoot, "examples", "kernels", name));
const words = Buffer.from("the quick brown fox jumps over the extraordinarily lazy dog");
const INBOXES = [[{ external: words.toString("hex") }, { external: "ff" }], [{ payload: 'Pair "abc" 5' }]];

type Box = readonly [depth: number, start: number, ticks: number, self: number, name: string];

function boxesOf(html: string): Box[] {
  const data = /const frames = (\[.*\]);/.exec(html)?.[1] ?? "";
  return JSON.parse(data) as Box[];
}

/** The sum of the figures that end the lines of a stack file. */
function sumOf(path: string): bigint {
  const lines = readFileSync(path, "utf8").trimEnd().split("\n");
  return lines.reduce((sum, line) => sum + BigInt(line.split(" ").at(-1) ?? "0"), 0n);
}

const KERNELS = [
  [
    "C",
    example("sum.wasm"),
    ["add_up", "deepest", "load", "save", "take", "store_write", "kernel_run", "weigh", "add_up"],
  ],
  [
    "Rust",
    example("words.wasm"),
    [
      "words::count",
      "words::store::increment",
      "words::store::path",
      "words::text::each_word",
      "words::text::is_letter",
    ],
  ],
  ["text", Buffer.from(NAMED_KERNEL), ["leaf", "work", "main"]],
] as const;

describe.each(KERNELS)("a kernel from %s", (_language, kernel, names) => {
  it("is profiled to the last tick", async () => {
    const html = join(folder, "flame.html");
    const options = { ...optionsOf(kernel, INBOXES), parameters: PROTOCOL_PARAMETERS };
    const { out } = await script([`profile --without-time --table --html=${html}`], options, {
      flamechartsDir: folder,
    });
    const executed = await executedTicks(kernel);
    const boxes = boxesOf(readFileSync(html, "utf8"));
    expect(boxes[0]).toMatchObject([0, 0, Number(executed), 0, "all"]);
    expect(boxes.reduce((sum, [, , , self]) => sum + self, 0)).toBe(Number(executed));
    const shown = new Set(boxes.map(([, , , , name]) => name));
    for (const name of names.filter((one) => one !== "main")) expect(shown).toContain(name);
    const file = /^Profiling result can be found in (.*)$/m.exec(out)?.[1] ?? "";
    expect(out).toContain(`Full execution: ${sumOf(file)} ticks\n`);
    // The one tick that begins the run and those that hand over the result of kernel_run are in no frame of Octez's.
    expect(executed - sumOf(file)).toBe(8n);
    expect(out).toMatch(
      /^The longest kernel_run fits into 50000000000000 ticks \([0-9]+, .* %\); a refuter needs at most 10 passes of about 0s$/m,
    );
    rmSync(file);
  });

  it("shows its names", async () => {
    const name = names.at(-2) ?? "";
    const plain = name.split("::").at(-1) ?? "";
    const options = { ...optionsOf(kernel, INBOXES), parameters: PROTOCOL_PARAMETERS };
    const { out, err } = await script([`break ${plain}`, "continue", "bt"], options);
    expect(out).toContain(`Breakpoint 1: function ${name}\n`);
    expect(err).toContain(`Breakpoint 1: function ${name}, at tick`);
    expect(out).toMatch(new RegExp(`^#0 func\\[[0-9]+\\] <${name}>: .* at 0x[0-9a-f]+$`, "m"));
  });
});

/** The ticks of the first kernel run that are no padding. */
async function executedTicks(kernel: Uint8Array): Promise<bigint> {
  const session = await openSession(kernel, INBOXES, { parameters: PROTOCOL_PARAMETERS });
  await session.step("inbox");
  await session.goTo(session.tickOf("snapshot") + 1n);
  return session.tickOf("padding") - session.tickOf("snapshot");
}

describe("a profile", () => {
  it("adds up over reboots, traps and ends that come early", async () => {
    const rebooting = `(module (import "smart_rollup_core" "store_write" (func $write (param i32 i32 i32 i32 i32) (result i32)))
      (import "smart_rollup_core" "store_has" (func $has (param i32 i32) (result i32)))
      (memory (export "memory") 1) (data (i32.const 0) "/kernel/env/reboot") (data (i32.const 32) "/n")
      (func $again (drop (call $write (i32.const 0) (i32.const 18) (i32.const 0) (i32.const 0) (i32.const 1))))
      (func (export "kernel_run") (if (i32.eqz (call $has (i32.const 32) (i32.const 2)))
        (then (drop (call $write (i32.const 32) (i32.const 2) (i32.const 0) (i32.const 0) (i32.const 1))) (call $again)))))`;
    for (const [kernel, runs] of [
      [rebooting, 2],
      [TRAP_KERNEL, 1],
    ] as const) {
      const session = await openSession(kernel, [[]]);
      const profiled = (await session.profile()).runs;
      expect(profiled).toHaveLength(runs);
      const { marks } = session.timeline;
      const ticksOf = (phase: string) => marks.filter((mark) => mark.phase === phase).map(({ tick }) => tick);
      const snapshots = ticksOf("snapshot");
      const ends = ticksOf("padding").filter((tick) => tick > (snapshots[0] ?? 0n));
      for (const [index, run] of profiled.entries())
        expect(run.ticks).toBe((ends[index] ?? 0n) - (snapshots[index] ?? 0n));
      const table = functionTable(profiled);
      expect(table.reduce((sum, { self }) => sum + self, 0n)).toBe(
        profiled.reduce((sum, { ticks }) => sum + ticks, 0n),
      );
      for (const run of profiled)
        expect(rest(run) + run.phases.reduce((sum, phase) => sum + total(phase).ticks, 0n)).toBe(run.ticks);
    }
  });

  it("ends with Ctrl-C where the kernel does not", async () => {
    const forever =
      '(module (memory (export "memory") 1) (func $spin (loop $l (br $l))) (func (export "kernel_run") (call $spin)))';
    let looks = 0;
    const session = await openSession(forever, [[]], {
      parameters: PROTOCOL_PARAMETERS,
      now: () => performance.now(),
      onProgress: (one) => {
        if (++looks === 3) one.interrupt();
      },
    });
    const { stop, runs } = await session.profile();
    expect(stop.tag).toBe("interrupted");
    expect(functionTable(runs).map(({ name }) => name)).toContain("spin");
    expect(runs[0]?.ticks).toBeGreaterThan(1_000_000n);
    expect(functionTable(runs).reduce((sum, { self }) => sum + self, 0n)).toBe(runs[0]?.ticks);
  });
});
