// A remembered kernel starts where its evaluation begins, and nothing else changes.
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { KernelMemo } from "../../src/pvm/kernel-memo.js";
import type { Machine } from "../../src/pvm/machine.js";
import { run } from "../../src/pvm/run.js";
import { assemble, boot, external, feed, finish, hex, kernel } from "./machines.js";

const PARAMETERS = { ticksPerSnapshot: 30_000n, outboxValidityPeriod: 10, outboxMessageLimit: 100n, maxReboots: 5n };
const COUNTER = assemble(readFileSync(new URL("../../examples/kernels/counter.wat", import.meta.url), "utf8"));

function start(binary: Uint8Array): Machine {
  const machine = boot(binary, "2.0.0-r6", PARAMETERS);
  feed(machine, 0, external("one"));
  return machine;
}

describe("a remembered kernel", () => {
  it("gives the same states at every stop", () => {
    const memo = new KernelMemo();
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 25_000 }), { minLength: 4, maxLength: 20 }), (chunks) => {
        const plain = start(COUNTER);
        const remembering = start(COUNTER);
        for (const chunk of chunks) {
          const done = run(plain, BigInt(chunk));
          expect(run(remembering, BigInt(chunk), { memo })).toBe(done);
          expect(remembering.currentTick).toBe(plain.currentTick);
          expect(hex(remembering.hash())).toBe(hex(plain.hash()));
        }
        finish(plain);
        finish(remembering, { memo });
        expect(hex(remembering.hash())).toBe(hex(plain.hash()));
      }),
      { seed: 20261124, numRuns: 40 },
    );
  });

  it("gives the same states at every stop of its preparation, from whichever state that is known", () => {
    const memo = new KernelMemo({ spacing: 64n });
    const stops = fc.array(fc.integer({ min: 1, max: 900 }), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(stops, (chunks) => {
        const plain = start(COUNTER);
        const remembering = start(COUNTER);
        for (const machine of [plain, remembering]) run(machine, 10n ** 9n, { stopAtSnapshot: true });
        for (const chunk of chunks) {
          run(plain, BigInt(chunk));
          run(remembering, BigInt(chunk), { memo });
          expect(remembering.currentTick).toBe(plain.currentTick);
          expect(remembering.tickState.tag).toBe(plain.tickState.tag);
          expect(hex(remembering.hash())).toBe(hex(plain.hash()));
        }
      }),
      { seed: 20261124, numRuns: 40 },
    );
  });

  it("is prepared from states on the way, those very ones", () => {
    const memo = new KernelMemo({ spacing: 64n });
    finish(start(COUNTER), { memo });
    const [one, other] = [start(COUNTER), start(COUNTER)];
    for (const machine of [one, other]) run(machine, 10n ** 9n, { stopAtSnapshot: true });
    run(one, 64n, { memo });
    expect(one.tickState).toBe(memo.waypoint(one.kernelKey() ?? "", 64n)?.tickState);
    // On from there in pieces, and in one: to the same object.
    for (let ticks = 64n; ticks < 640n; ticks += 32n) run(one, 32n, { memo });
    run(other, 640n, { memo });
    expect(other.tickState.tag).toBe("init");
    expect(other.tickState).toBe(one.tickState);
  });

  it("keeps a bounded number of states on the way", () => {
    const memo = new KernelMemo({ spacing: 2n });
    const machine = start(COUNTER);
    finish(machine, { memo });
    const key = machine.kernelKey() ?? "";
    const ticks = memo.get(key)?.ticks ?? 0n;
    const kept = new Set(Array.from({ length: Number(ticks) }, (_, i) => memo.waypoint(key, BigInt(i))?.ticks));
    expect(kept.size).toBeGreaterThan(60);
    expect(kept.size).toBeLessThan(140);
  });

  it("is found again under its hash, its version and its entry", () => {
    const memo = new KernelMemo();
    const machine = start(COUNTER);
    const key = machine.kernelKey() ?? "";
    expect(memo.get(key)).toBeNull();
    finish(machine, { memo });
    const known = memo.get(key);
    expect(known?.config.stepKont.tag).toBe("SK_Start");
    expect(boot(COUNTER, "2.0.0-r5", PARAMETERS).kernelKey()).not.toBe(key);
    expect(boot(kernel([], "", "nop"), "2.0.0-r6", PARAMETERS).kernelKey()).not.toBe(key);
  });

  it("is not used when its ticks do not suffice", () => {
    const memo = new KernelMemo();
    finish(start(COUNTER), { memo });
    const ticks = memo.get(start(COUNTER).kernelKey() ?? "")?.ticks ?? 0n;
    expect(ticks).toBeGreaterThan(100n);
    for (const short of [1n, 2n, ticks - 1n, ticks, ticks + 1n]) {
      const plain = start(COUNTER);
      const remembering = start(COUNTER);
      run(plain, 10n ** 9n, { stopAtSnapshot: true });
      run(remembering, 10n ** 9n, { stopAtSnapshot: true });
      run(plain, short);
      run(remembering, short, { memo });
      expect(remembering.currentTick).toBe(plain.currentTick);
      expect(hex(remembering.hash())).toBe(hex(plain.hash()));
    }
  });

  it("is not remembered when it cannot be initialised", () => {
    const memo = new KernelMemo();
    const machine = start(
      assemble('(module (memory (export "mem") 1) (func $s unreachable) (start $s) (func (export "kernel_run")))'),
    );
    const key = machine.kernelKey() ?? "";
    finish(machine, { memo });
    expect(memo.get(key)).toBeNull();
  });

  it("makes room for others", () => {
    const memo = new KernelMemo({ kernels: 2 });
    const machine = start(COUNTER);
    finish(machine, { memo });
    const known = memo.get(start(COUNTER).kernelKey() ?? "");
    if (known === null) throw new Error("not remembered");
    for (const key of ["a", "b", "c"]) memo.set(key, known);
    expect(memo.get("a")).toBeNull();
    expect(memo.get("c")).toBe(known);
  });
});
