// Recorded sessions and their replay; the dialogue as machines see it.
import { expect, it } from "vitest";
import { toHex } from "../../src/encoding/hex.js";
import { revealHash } from "../../src/protocol/reveal.js";
import { NAMED_KERNEL, optionsOf, script } from "./support.js";

const PREIMAGE = "48656c6c6f207468657265210a";
const HASH = toHex(revealHash(Buffer.from(PREIMAGE, "hex")));
const ASKING = `(module (import "smart_rollup_core" "reveal_preimage" (func $r (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1) (data (i32.const 0) "${HASH.replace(/../g, "\\$&")}")
  (func (export "kernel_run") (drop (call $r (i32.const 0) (i32.const 33) (i32.const 100) (i32.const 100)))))`;

async function recorded(
  lines: readonly string[],
  kernel: string,
): Promise<{ readonly script: string[]; readonly out: string }> {
  const recording: string[] = [];
  const { out } = await script(lines, optionsOf(kernel), { isLenient: true, record: (line) => recording.push(line) });
  return { script: recording, out };
}

it("replays a session to the same states, answers and repetitions included", async () => {
  const answered = ["step inbox", "not hexadecimal", PREIMAGE];
  const typed = [...answered, "", PREIMAGE, "goto init", "step tick 3", "", "# a comment", "back 2", "hash"];
  const { script: recording, out } = await recorded(typed, ASKING);
  const did = [...answered, "step inbox", PREIMAGE, "goto init", "step tick 3", "step tick 3", "back 2", "hash"];
  expect(recording.filter((line) => !line.startsWith("#="))).toEqual(did);
  expect(recording.filter((line) => line.startsWith("#="))).toHaveLength(6);
  expect(recording).toContainEqual(expect.stringMatching(/^#= tick [0-9]+ srs1\w+$/));
  const replay = await script(recording, optionsOf(ASKING), { isLenient: true });
  expect(replay).toMatchObject({ out, err: "", failures: 0 });
});

it("says where a replay goes elsewhere", async () => {
  const { script: recording } = await recorded(["step inbox", "back 5"], NAMED_KERNEL);
  const same = await script(recording, optionsOf(NAMED_KERNEL), { isLenient: true });
  expect(same.failures).toBe(0);
  const other = await script(recording, optionsOf(NAMED_KERNEL.replace("(i32.const 50)", "(i32.const 51)")), {
    isLenient: true,
  });
  expect(other.failures).toBe(2);
  expect(other.out).toMatch(/\nThe replay is elsewhere: tick 40000 srs1\w+ instead of tick 40000 srs1\w+\n/);
  const wrong = await script(["#= tock", "#= tick 1"], optionsOf(NAMED_KERNEL), { isLenient: true });
  expect(wrong.out).toMatch(
    /^No checkpoint: `#= tock`; they are like .*\nThe replay is elsewhere: tick 0 srs1\w+ instead of tick 1\n$/,
  );
});

it("asks machines for data in JSON too", async () => {
  const { out } = await script(["step inbox", "zz", PREIMAGE, "show memory at 100 for 2 bytes"], optionsOf(ASKING), {
    isJson: true,
  });
  const objects = out
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(objects[0]).toEqual({ ask: "Preimage", name: HASH, directory: "preimage" });
  expect(objects[1]).toMatchObject({
    command: "step inbox",
    ok: true,
    output: expect.stringContaining("Error: the data is not a valid hexadecimal value.\n"),
  });
  expect(objects[2]).toMatchObject({ ok: false, error: "Error: Cannot inspect memory during internal state Collect" });
});

it("leaves the kernel waiting where nobody answers", async () => {
  const { out, failures } = await script(["step inbox"], optionsOf(ASKING));
  expect(out).toMatch(/\nNobody answered: the kernel still waits\.\n$/);
  expect(failures).toBe(1);
  const tries = await script(["step inbox", "x", "y", "z", "show status"], optionsOf(ASKING));
  expect(tries.out).toMatch(
    /Error: the data is not a valid hexadecimal value\.\n{1}Too many tries, aborting\.\nStatus: Waiting for reveal: scrrh1\w+\nInternal_status: Eval\n$/,
  );
});
