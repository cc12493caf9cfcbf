/**
 * Many ticks at once: pvm.md §1.11. At every tick the state is the one that single steps lead to; the shortcuts only get there sooner.
 */
import type { KernelMemo } from "./kernel-memo.js";
import type { Machine } from "./machine.js";
import { MemoRun } from "./memo-run.js";

/** Answers a reveal request; null: the run stops there. */
export type RevealSource = (request: Uint8Array) => Uint8Array | null;

export interface RunOptions {
  readonly reveal?: RevealSource;
  /** Stop at a Snapshot state reached on the way. */
  readonly stopAtSnapshot?: boolean;
  /** Stop at the first Padding state after something else. */
  readonly stopAtPadding?: boolean;
  /** Stop when the machine comes to another phase than it starts in. */
  readonly stopAtPhaseEnd?: boolean;
  /** Start a kernel that ran before where its evaluation begins; not with `stopAtPhaseEnd` or `singleSteps`. */
  readonly memo?: KernelMemo;
  /** Only single steps, but for padding: for tests. */
  readonly singleSteps?: boolean;
}

/** Ticks of one call of a shortcut at most, so that numbers stay small. */
const MAX_BUDGET = 2 ** 50;

/**
 * Runs until `maxTicks` ticks are done or the machine asks for an input (or for a reveal nobody answers). Gives the ticks done.
 */
export function run(machine: Machine, maxTicks: bigint, options: RunOptions = {}): bigint {
  let left = maxTicks;
  const phase = machine.tickState.tag;
  const isStepwise = options.stopAtPhaseEnd === true || options.singleSteps === true;
  const memo = options.memo === undefined || isStepwise ? null : new MemoRun(machine, options.memo);
  while (left > 0n) {
    if (options.stopAtPhaseEnd === true && machine.tickState.tag !== phase) break;
    const request = machine.inputRequest();
    if (request.tag === "input") break;
    if (request.tag === "reveal") {
      const answer = options.reveal?.(request.request) ?? null;
      if (answer === null) break;
      machine.reveal(answer);
      left -= 1n;
      continue;
    }
    const known = memo?.jump(left) ?? 0n;
    if (known > 0n) {
      left -= known;
      continue;
    }
    const ticks = options.singleSteps === true ? padding(machine, left) : shortcut(machine, memo?.budget(left) ?? left);
    if (ticks > 0n) {
      memo?.note(ticks);
      left -= ticks;
      continue;
    }
    machine.computeStep();
    memo?.note(1n);
    left -= 1n;
    if (options.stopAtSnapshot === true && machine.tickState.tag === "snapshot") break;
    if (options.stopAtPadding === true && machine.tickState.tag === "padding") break;
  }
  memo?.leave();
  return maxTicks - left;
}

/** Jumps over padding: nothing but the tick changes. */
function padding(machine: Machine, left: bigint): bigint {
  if (machine.tickState.tag !== "padding") return 0n;
  const toSnapshot = machine.ticksToSnapshot();
  if (toSnapshot <= 0n) return 0n;
  const ticks = toSnapshot < left ? toSnapshot : left;
  machine.currentTick += ticks;
  return ticks;
}

/** Does some ticks of the present phase at once; 0 when the next one has to be a single step. */
function shortcut(machine: Machine, left: bigint): bigint {
  const state = machine.tickState;
  if (state.tag === "padding") return padding(machine, left);
  if (state.tag !== "decode" && state.tag !== "init" && state.tag !== "eval") return 0n;
  const toSnapshot = machine.ticksToSnapshot();
  const most = toSnapshot < left ? toSnapshot : left;
  if (most <= 1n) return 0n;
  const budget = most > BigInt(MAX_BUDGET) ? MAX_BUDGET : Number(most);
  const ticks = BigInt(machine.runPhase(budget));
  machine.currentTick += ticks;
  return ticks;
}
