// Every tick of a run of host calls, three ways: as it runs, as a proof records it, as a verifier repeats it.
import { describe, expect, it } from "vitest";
import { Machine } from "../../src/pvm/machine.js";
import { proveStep, type StepInput, verifyStep } from "../../src/pvm/step-proof.js";
import { boot, external, feed, hex, kernel, PARAMETERS, runTo } from "./machines.js";

/** Keys and texts at the addresses the kernel uses. */
const DATA = [
  "/dir/a\\00\\00", // 0
  "/dir/bb\\00", // 8
  "/dir\\00\\00\\00\\00", // 16
  "/to/deep", // 24
  "/readonly", // 32
].join("");

const call = (name: string, ...args: string[]): string => {
  const text = `(call $${name} ${args.join(" ")})`;
  return name === "write_debug" ? text : `(drop ${text})`;
};
const i = (...values: number[]): string[] => values.map((value) => `(i32.const ${value})`);

const IMPORTS = [
  "read_input",
  "write_output",
  "write_debug",
  "store_has",
  "store_list_size",
  "store_get_nth_key",
  "store_write",
  "store_read",
  "store_create",
  "store_value_size",
  "store_copy",
  "store_move",
  "store_delete",
  "__internal_store_get_hash",
  "reveal_metadata",
];

const CALLS = [
  call("read_input", ...i(1000, 1100, 64)),
  call("read_input", ...i(1000, 1100, 64)),
  call("read_input", ...i(1000, 1100, 3)),
  call("store_write", ...i(0, 6, 0, 1020, 700)),
  call("store_write", ...i(0, 6, 511, 0, 3)),
  call("store_write", ...i(8, 7, 0, 0, 0)),
  call("store_write", ...i(8, 7, 5, 0, 1)),
  call("store_create", ...i(24, 8, 1500)),
  call("store_has", ...i(16, 4)),
  call("store_list_size", ...i(16, 4)),
  call("store_get_nth_key", ...i(16, 4), "(i64.const 1)", ...i(2000, 2)),
  call("store_read", ...i(0, 6, 500, 3000, 2048)),
  call("store_read", ...i(0, 6, 0, 65530, 100)),
  call("store_value_size", ...i(24, 8)),
  call("__internal_store_get_hash", ...i(16, 4, 4000, 32)),
  call("store_copy", ...i(16, 4, 24, 8)),
  call("store_move", ...i(24, 8, 0, 6)),
  call("store_delete", ...i(8, 7)),
  call("store_delete", ...i(32, 9)),
  call("write_output", ...i(0, 40)),
  call("write_output", ...i(65535, 2)),
  call("write_debug", ...i(0, 5)),
  call("reveal_metadata", ...i(5000, 24)),
].join("\n");

const METADATA = new Uint8Array(24).map((_, index) => index + 1);

/** What the next step is given, and the step itself. */
function next(machine: Machine): { input: StepInput | null; go: () => void } {
  if (machine.inputRequest().tag === "none") return { input: null, go: () => machine.computeStep() };
  return { input: { tag: "reveal", data: METADATA }, go: () => machine.reveal(METADATA) };
}

describe("each tick of a run", () => {
  it("is proved and verified to lead where it leads", () => {
    const parameters = { ...PARAMETERS, ticksPerSnapshot: 500_000n };
    const machine = boot(kernel(IMPORTS, DATA, CALLS), "2.0.0-r6", parameters);
    feed(machine, 0, external("hello"), external("world"));
    runTo(machine, "eval");
    let ticks = 0;
    let skipped = 0;
    for (; machine.tickState.tag === "eval"; ticks++) {
      // Ticks a call goes on for differ in nothing but a counter: one in a hundred will do.
      const { stepKont } = machine.tickState.config;
      const invoke = stepKont.tag === "SK_Next" && stepKont.kont.tag === "LS_Craft_frame" ? stepKont.kont.invoke : null;
      const isWaiting = invoke?.tag === "Inv_stop" && invoke.remainingTicks > 1 && invoke.remainingTicks % 100 !== 0;
      const { input, go } = next(machine);
      if (isWaiting) {
        skipped++;
        go();
        continue;
      }
      const root = machine.root();
      const before = hex(root.hash);
      const proof = proveStep(root, input);
      go();
      const after = hex(machine.hash());
      expect(hex(proof.after.hash), `tick ${machine.currentTick}`).toBe(after);
      const verified = verifyStep(proof.bytes, input);
      expect([hex(verified.before), hex(verified.after)]).toEqual([before, after]);
    }
    expect(machine.tickState.tag).toBe("padding");
    expect(ticks - skipped).toBeGreaterThan(300);
    expect(skipped).toBeGreaterThan(10_000);
    // The kernel did what it was written for.
    const loaded = Machine.of(machine.root());
    expect(loaded.buffers.output.outboxes.get("0").length).toBe(1);
    expect(loaded.buffers.input.length).toBe(2);
  });
});
