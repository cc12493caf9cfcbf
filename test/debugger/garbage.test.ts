// Whatever is typed, the session answers and goes on.
import fc from "fast-check";
import { expect, it } from "vitest";
import { COMMANDS } from "../../src/debugger/commands.js";
import { encode } from "../../src/encoding/binary.js";
import { revealRequestForm } from "../../src/protocol/reveal.js";
import { PROTOCOL_PARAMETERS } from "../../src/pvm/genesis.js";
import { NAMED_KERNEL, openSession, optionsOf, script } from "./support.js";

const SEED = 7;

const word = fc.oneof(
  fc.constantFrom(...COMMANDS.flatMap(({ usage }) => usage.split(" ").map((one) => one.replace(/[<>[\]]/g, "")))),
  fc.constantFrom(
    "-1",
    "0",
    "0x10",
    "99999999999999999999",
    "1e3",
    "/",
    "/a/b",
    "if",
    "arg0",
    "==",
    "all",
    "%0",
    "=5,%7",
    "as",
    "u16",
    "memory",
    "tree",
  ),
  fc.string({ maxLength: 12 }),
);

it("survives garbage and commands with wrong words", async () => {
  const lines = fc.sample(
    fc.array(word, { maxLength: 6 }).map((words) => words.join(" ").replace(/[\r\n]/g, " ")),
    { numRuns: 600, seed: SEED },
  );
  // Neither files are written nor the session ended.
  const harmless = lines.filter((line) => !/\b(stop|quit|exit|q|to|profile|bench)\b/.test(line));
  const steps = ["load inputs", "step tick 400", "step result", "back 3", "step inbox"];
  const mixed = harmless.flatMap((line, index) =>
    index % 40 === 0 ? [line, steps[(index / 40) % steps.length] ?? ""] : [line],
  );
  const { out, err } = await script([...mixed, "goto start", "show status"], optionsOf(NAMED_KERNEL));
  expect(out.endsWith("Status: Waiting for input\nInternal_status: Collect\n")).toBe(true);
  expect(err).toContain("Unknown command");
});

it("survives garbage at the prompts of reveals", async () => {
  const request = encode(revealRequestForm, {
    kind: "dalPage",
    pageId: { publishedLevel: 5, slotIndex: 2, pageIndex: 7 },
  });
  const kernel = `(module (import "smart_rollup_core" "reveal" (func $r (param i32 i32 i32 i32) (result i32))) (memory (export "memory") 1)
    (data (i32.const 0) "${Buffer.from(request).toString("hex").replace(/../g, "\\$&")}")
    (func (export "kernel_run") (drop (call $r (i32.const 0) (i32.const ${request.length}) (i32.const 100) (i32.const 4096)))))`;
  const garbage = fc.sample(
    fc.oneof(
      fc.string(),
      fc.string({ unit: "binary" }),
      fc.constantFrom("0", "0x", "zz", " ", "\0", "abc", "step inbox"),
    ),
    { numRuns: 60, seed: SEED },
  );
  const answers = garbage
    .map((line) => line.replace(/[\r\n]/g, ""))
    .filter((line) => !/^\s*([0-9a-f]{2})*\s*$/i.test(line));
  const lines = ["load inputs"];
  for (let at = 0; at + 3 <= answers.length; at += 3)
    lines.push("step result", ...answers.slice(at, at + 3), "show status");
  // Far more than a page, in one line.
  lines.push("step result", "00".repeat(1 << 20), "show memory at 100 for 2 bytes");
  const { out } = await script(lines, { ...optionsOf(kernel, [[]]), parameters: PROTOCOL_PARAMETERS });
  const groups = Math.floor(answers.length / 3);
  expect(groups).toBeGreaterThan(10);
  expect(out.match(/Too many tries, aborting\.\nStatus: Waiting for reveal: DAL:/g)?.length).toBe(groups);
  expect(out).toMatch(/Internal_status: Evaluation succeeded\n0000\n$/);
});

it("answers lines of any length and bytes", async () => {
  const lines = [
    "x".repeat(1 << 20),
    "show key /".padEnd(1 << 20, "a"),
    `break ${"a ".repeat(1 << 18)}`,
    "\0\u0001\u007f\ud800",
    "show key /\ud800",
    `step tick ${"9".repeat(100_000)}x`,
  ];
  const { out, err, failures } = await script([...lines, "show status"], optionsOf(NAMED_KERNEL));
  expect(failures).toBe(lines.length);
  expect(err).toContain("Unknown command `xxx");
  expect(out.endsWith("Status: Waiting for input\nInternal_status: Collect\n")).toBe(true);
});

it.each([
  ["a key", "prove to /nowhere/at/all", /^\/nowhere\/at\/all: ENOENT/],
  ["a folder", "verify /", /^\/: no file, or too large for a proof\n/],
  ["a device", "verify /dev/zero", /^\/dev\/zero: no file, or too large for a proof\n/],
  ["a graph", "profile --html=/nowhere/flame.html", /\n\/nowhere\/flame\.html: ENOENT/],
])("says what is wrong with the name of %s", async (_what, line, message) => {
  const { out, failures } = await script([line, "show status"], optionsOf(NAMED_KERNEL));
  expect(out).toMatch(message);
  expect(failures).toBe(1);
});

it("stops a kernel that never ends, and goes on from there", async () => {
  const kernel =
    '(module (memory (export "memory") 1) (func $spin (export "kernel_run") (local $i i64) (loop $l (local.set $i (i64.add (local.get $i) (i64.const 1))) (br $l))))';
  let looks = 0;
  const session = await openSession(kernel, [[]], {
    parameters: PROTOCOL_PARAMETERS,
    maxStates: 8,
    now: () => performance.now(),
    onProgress: (one) => {
      if (++looks % 4 === 0) one.interrupt();
    },
  });
  for (const go of [() => session.step("kernel_run"), () => session.step("inbox"), () => session.continue()]) {
    if (session.machine.inputRequest().tag === "input") await session.loadInputs();
    const before = session.tick;
    expect((await go()).stop.tag).toBe("interrupted");
    expect(session.tick).toBeGreaterThan(before);
  }
  // What is kept is bounded, and every tick is still there.
  expect(session.timeline.history.size).toBeLessThanOrEqual(8);
  const { tick, hashText } = session;
  await session.back(5n);
  expect(session.tick).toBe(tick - 5n);
  await session.step("tick", 5n);
  expect(session.hashText).toBe(hashText);
  expect(session.prove().proof.bytes.length).toBeGreaterThan(100);
});
