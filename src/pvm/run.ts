/**
 * Many ticks at once: pvm.md §1.11. At every tick the state is the one that single steps lead to; the shortcuts only get there sooner.
 */
import type { KernelMemo } from "./kernel-memo.js";
import type { Machine } from "./machine.js";

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
  /** Start a kernel that ran before where its evaluation begins; not with `stopAtPhaseEnd`. */
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
  const memo =
    options.memo === undefined || options.stopAtPhaseEnd === true ? null : new MemoRun(machine, options.memo);
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
    const ticks = options.singleSteps === true ? padding(machine, left) : memo?.jump(left) || shortcut(machine, left);
    if (ticks > 0n) {
      left -= ticks;
      continue;
    }
    machine.computeStep();
    memo?.note();
    left -= 1n;
    if (options.stopAtSnapshot === true && machine.tickState.tag === "snapshot") break;
    if (options.stopAtPadding === true && machine.tickState.tag === "padding") break;
  }
  return maxTicks - left;
}

/** Uses and fills a memo during one run. */
class MemoRun {
  readonly #machine: Machine;
  readonly #memo: KernelMemo;
  /** The kernel being prepared, and the tick of its Snapshot state. */
  #started: { readonly key: string; readonly tick: bigint } | null = null;

  constructor(machine: Machine, memo: KernelMemo) {
    this.#machine = machine;
    this.#memo = memo;
  }

  /** From a Snapshot state to the evaluation, if the kernel is known and the ticks suffice; gives the ticks done. */
  jump(left: bigint): bigint {
    const machine = this.#machine;
    if (machine.tickState.tag !== "snapshot") return 0n;
    const key = machine.kernelKey();
    if (key === null) return 0n;
    const known = this.#memo.get(key);
    // The ticks after the Snapshot's own must all come before the last of the top-level call.
    if (known === null || known.ticks > left || machine.ticksToSnapshot() < known.ticks) {
      this.#started = { key, tick: machine.currentTick };
      return 0n;
    }
    machine.startEvaluation(known.config, known.registry);
    machine.currentTick += known.ticks;
    return known.ticks;
  }

  /** After each single step: the one that starts an evaluation is noted. */
  note(): void {
    const started = this.#started;
    const { tickState, currentTick } = this.#machine;
    if (started === null || tickState.tag === "decode" || tickState.tag === "link" || tickState.tag === "init") return;
    this.#started = null;
    if (tickState.tag !== "eval") return;
    const { config, registry } = tickState;
    this.#memo.set(started.key, { ticks: currentTick - started.tick, config, registry });
  }
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
