// The fast paths against the tick interpreter. At the level `pvm`: a random kernel, stopped after random numbers of ticks; at each stop the
// state hashes of a machine with every shortcut, of one that goes tick by tick, and of one that was saved and loaded are one. At the level
// `full`: a random module, the fast evaluator against ticks, as against V8.
import { toHex } from "../../../src/encoding/hex.js";
import type { TreeNode } from "../../../src/merkle/node.js";
import { Machine } from "../../../src/pvm/machine.js";
import { run } from "../../../src/pvm/run.js";
import type { TickState } from "../../../src/pvm/state.js";
import { printStuck } from "../../../src/pvm/stuck.js";
import { built, type Source } from "../choices.js";
import { type Call, compareRuns, printCall } from "../engines/compare.js";
import { type Start, startHere } from "../engines/ours.js";
import { answerReveal, bootKernel, type KernelCase, levelOf, makeKernelCase, printKernelCase } from "../host/kernel.js";
import type { Instrumented } from "../module/instrument.js";
import { type Described, Difference, type Result, type Target } from "../target.js";
import { makeModuleCase } from "./generated.js";

/** Of one instantiation or call. */
const MAX_TICKS = 400_000;
/** Ticks of a kernel that are compared, at most. */
const MOST_TICKS = 120_000;

type Case =
  | { readonly level: "full"; readonly module: Instrumented; readonly calls: readonly Call[] }
  | {
      readonly level: "pvm";
      readonly kernel: KernelCase;
      /** Where comparing begins: all before is gone through with shortcuts. */
      readonly from: "snapshot" | "eval";
      readonly chunks: readonly number[];
    };

function makeCase(source: Source): Case {
  if (source.below(3) === 2) {
    const { module, calls } = makeModuleCase(source);
    return { level: "full", module, calls };
  }
  const from = source.pick(["eval", "eval", "snapshot"] as const);
  const chunks = source.list(24, () => 1 + source.below(source.pick([12, 300, 9000])));
  return { level: "pvm", from, chunks, kernel: makeKernelCase(source) };
}

/** A machine at its first snapshot. */
function atSnapshot(kernel: KernelCase): Machine {
  const machine = bootKernel(kernel);
  levelOf(kernel).forEach((payload, counter) => {
    machine.setInput({ level: 0, counter: BigInt(counter) }, payload);
  });
  run(machine, BigInt(kernel.ticksPerSnapshot), { stopAtSnapshot: true });
  return machine;
}

function standing(machine: Machine): string {
  const { tickState } = machine;
  const what = tickState.tag === "stuck" ? printStuck(tickState.error) : tickState.tag;
  return `tick ${machine.currentTick}, ${what}, ${toHex(machine.hash())}`;
}

function equal(what: string, quick: Machine, ticked: Machine): void {
  const [one, other] = [standing(quick), standing(ticked)];
  if (one !== other) throw new Difference(`${what}: ${one}, single steps: ${other}`);
}

/** Runs a kernel three ways. */
function compareKernel({ kernel, from, chunks }: Extract<Case, { level: "pvm" }>, runQuick: typeof run): void {
  const root = rootAt(atSnapshot(kernel), from, BigInt(kernel.ticksPerSnapshot));
  if (root === null) return;
  const [quick, ticked] = [Machine.of(root), Machine.of(root)];
  let loaded = Machine.of(root);
  const options = { reveal: answerReveal };
  for (const [index, chunk] of [...chunks, MOST_TICKS - chunks.reduce((sum, ticks) => sum + ticks, 0)].entries()) {
    const ticks = BigInt(Math.max(chunk, 0));
    const errors = [
      () => runQuick(quick, ticks, options),
      () => run(ticked, ticks, { ...options, singleSteps: true }),
      () => runQuick(loaded, ticks, options),
    ].map(attempt);
    if (errors.some((error) => error !== errors[1])) {
      throw new Difference(
        `after stop ${index}: with shortcuts ${errors[0]}, single steps: ${errors[1]}, loaded: ${errors[2]}`,
      );
    }
    equal(`stop ${index}`, quick, ticked);
    equal(`stop ${index}, loaded at the one before`, loaded, ticked);
    if (errors[1] !== null) return;
    loaded = Machine.of((chunk % 2 === 0 ? ticked : loaded).root());
  }
}

/** The state at the beginning of a phase; null when the kernel does not come there, or to a state that can be stored. */
function rootAt(machine: Machine, phase: TickState["tag"], ticksPerSnapshot: bigint): TreeNode | null {
  let root: TreeNode | null = null;
  const error = attempt(() => {
    while (machine.tickState.tag !== phase) {
      if (run(machine, ticksPerSnapshot, { stopAtPhaseEnd: true }) === 0n) return;
      if (machine.tickState.tag === "padding" || machine.tickState.tag === "stuck") return;
    }
    root = machine.root();
  });
  return error === null ? root : null;
}

/** The code of the error that goes out of the machine; null: none. */
function attempt(go: () => unknown): string | null {
  try {
    go();
    return null;
  } catch (error) {
    const { code } = error as { readonly code?: unknown };
    if (typeof code !== "string") throw error;
    return code;
  }
}

export function fastTarget(runQuick: typeof run = run, start: Start = startHere): Target<Case> {
  return {
    name: "fast",
    title: "fast paths against single ticks: hashes of kernels (pvm), results of modules (full)",
    share: 3,
    cases: built(makeCase, 2500),
    check(value): Result {
      if (value.level === "full") {
        return compareRuns(
          value.module,
          value.calls,
          () => start(value.module, "fast", MAX_TICKS),
          () => startHere(value.module, "ticks", MAX_TICKS),
          ["fast", "ticks"],
        );
      }
      compareKernel(value, runQuick);
      return "passed";
    },
    describe(value): Described {
      if (value.level === "full")
        return { module: value.module.binary, lines: ["level full", ...value.calls.map(printCall)] };
      const { kernel, from, chunks } = value;
      return {
        module: kernel.kernel,
        lines: [printKernelCase(kernel), `from ${from}, stops after ${chunks.join(", ")}`],
      };
    },
  };
}
