// Found by the target `fast`: an error that is not the guest's (here the call of a function of the storage that is not activated) went out of
// many ticks at once with the tick and the configuration of where they began, but with the durable storage of where it happened.
import { describe, expect, it } from "vitest";
import type { Machine } from "../../../src/pvm/machine.js";
import { run } from "../../../src/pvm/run.js";
import { boot, feed, has, hex, kernel, PARAMETERS, runTo } from "../../pvm/machines.js";

const WRITE_THEN_FAIL = kernel(
  ["store_write", "nds_registry_clear"],
  "/a",
  `(drop (call $store_write (i32.const 0) (i32.const 2) (i32.const 0) (i32.const 0) (i32.const 2)))
   (drop (call $nds_registry_clear (i64.const 0)))`,
);

const FAIL_AT_START = kernel(
  ["nds_registry_clear"],
  "",
  "",
  "(func $begin (drop (call $nds_registry_clear (i64.const 0)))) (start $begin)",
);

function failing(binary: Uint8Array, singleSteps: boolean, ticks: bigint): Machine {
  const machine = boot(binary, "2.0.0-r6", { ...PARAMETERS, ticksPerSnapshot: 10_000_000n });
  feed(machine, 0);
  runTo(machine, "init");
  expect(() => {
    for (let rounds = 0; rounds < 100; rounds++) run(machine, ticks, { singleSteps });
  }).toThrow(expect.objectContaining({ code: "pvm.nds_not_activated" }));
  return machine;
}

describe("an error that goes out of the machine", () => {
  it.each([1_000_000n, 1000n, 7n])("leaves the state before the tick that fails, %s ticks at once", (ticks) => {
    const ticked = failing(WRITE_THEN_FAIL, true, ticks);
    const quick = failing(WRITE_THEN_FAIL, false, ticks);
    expect(has(ticked, "/a")).toBe(true);
    expect(`${quick.currentTick} ${hex(quick.hash())}`).toBe(`${ticked.currentTick} ${hex(ticked.hash())}`);
  });

  it.each([1_000_000n, 7n])("does so during the initialisation, %s ticks at once", (ticks) => {
    const ticked = failing(FAIL_AT_START, true, ticks);
    const quick = failing(FAIL_AT_START, false, ticks);
    expect(ticked.tickState.tag).toBe("init");
    expect(`${quick.currentTick} ${hex(quick.hash())}`).toBe(`${ticked.currentTick} ${hex(ticked.hash())}`);
  });
});
