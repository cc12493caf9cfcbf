// Whatever is typed, the session answers and goes on.
import fc from "fast-check";
import { expect, it } from "vitest";
import { COMMANDS } from "../../src/debugger/commands.js";
import { NAMED_KERNEL, optionsOf, script } from "./support.js";

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
