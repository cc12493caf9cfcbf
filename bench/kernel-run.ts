/** The long run of the regression suite, `tx_no_verify`, with its time by phase. It reads the kernel and the inputs in shared data. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { genesis } from "../src/pvm/genesis.js";
import type { KernelMemo } from "../src/pvm/kernel-memo.js";
import { Machine } from "../src/pvm/machine.js";
import { run } from "../src/pvm/run.js";

export const TICKS_PER_SNAPSHOT = 6_000_000n;
/** Ticks between two hashes of the golden trace, and their number. */
export const HASH_EVERY = 10_038n;

/** The machine of `tx_no_verify` at its first Snapshot state. */
export function bootTransactionKernel(shared: string): Machine {
  const at = (...parts: string[]): Uint8Array => readFileSync(join(shared, "vectors", ...parts));
  const machine = Machine.of(
    genesis(at("kernels", "regression", "tx_no_verify.wasm"), "2.0.0-r6", {
      ticksPerSnapshot: TICKS_PER_SNAPSHOT,
      outboxValidityPeriod: 10,
      outboxMessageLimit: 100n,
    }),
  );
  const transfer = (bytes: Uint8Array): Uint8Array => Uint8Array.from([0, 0, ...bytes]);
  const messages = [
    Uint8Array.of(0, 1),
    Uint8Array.from([0, 3, ...new Uint8Array(40)]),
    transfer(at("messages", "deposit.out")),
    transfer(at("messages", "withdrawal.out")),
    Uint8Array.of(0, 2),
  ];
  messages.forEach((message, index) => {
    machine.setInput({ level: 0, counter: BigInt(index) }, message);
  });
  run(machine, 2n ** 60n, { stopAtSnapshot: true });
  return machine;
}

export interface PhaseTime {
  milliseconds: number;
  /** Executed ticks: padding is jumped and does not count. */
  ticks: number;
}

function now(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

export interface RunTime {
  readonly milliseconds: number;
  readonly executedTicks: number;
  readonly phases: ReadonlyMap<string, PhaseTime>;
}

/** Runs to the end of the level, timing each phase. */
export function timeRun(machine: Machine, memo?: KernelMemo): RunTime {
  const phases = new Map<string, PhaseTime>();
  const start = now();
  let executedTicks = 0;
  while (machine.inputRequest().tag === "none") {
    const { tag } = machine.tickState;
    const before = machine.currentTick;
    const from = now();
    if (memo === undefined) run(machine, 2n ** 60n, { stopAtPhaseEnd: true });
    else run(machine, 2n ** 60n, { memo });
    const time = phases.get(tag) ?? { milliseconds: 0, ticks: 0 };
    time.milliseconds += now() - from;
    if (tag !== "padding") time.ticks += Number(machine.currentTick - before);
    phases.set(tag, time);
  }
  for (const { ticks } of phases.values()) executedTicks += ticks;
  return { milliseconds: now() - start, executedTicks, phases };
}

/** Runs to the end of the level with a state hash at each tick of the golden trace; gives the time and the number of hashes. */
export function timeHashes(machine: Machine): { milliseconds: number; hashes: number } {
  const start = now();
  let hashes = 0;
  for (;;) {
    machine.hash();
    hashes++;
    if (machine.inputRequest().tag !== "none") break;
    run(machine, HASH_EVERY);
  }
  return { milliseconds: now() - start, hashes };
}
