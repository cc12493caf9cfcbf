/**
 * Ticks and time by call (debugger.md §9). Frames open and close at the ticks of Octez's profiler; unlike there, indirect calls go by the
 * function they reach, nothing is lost below a depth, and a trap closes all frames instead of making the graph inconsistent.
 */
import type { Machine } from "../pvm/machine.js";
import type { FunctionInstance } from "../wasm/runtime.js";
import type { CallListener, HostCall } from "./call-watch.js";
import { numberOf } from "./durable-access.js";

/** A call and those it makes. `ticks` and `nanoseconds` are its own, without theirs. */
export interface ProfileNode {
  readonly name: string;
  ticks: bigint;
  nanoseconds: number;
  readonly children: ProfileNode[];
}

/** A `kernel_run`: its phases, in order. */
export interface ProfiledRun {
  readonly phases: ProfileNode[];
  /** The ticks of it that are no padding, or those of the part that was run. */
  ticks: bigint;
}

/** What the frames of a run leave over: the tick that begins a run, and those that hand over the result of `kernel_run`. */
export const REST = "%interpreter(rest)";

/** The ticks of a run that are in no frame. Octez's figures are without them. */
export function rest({ phases, ticks }: ProfiledRun): bigint {
  return phases.reduce((left, phase) => left - total(phase).ticks, ticks);
}

/** A part of a run between two marks that the kernel set with write_debug. */
export interface ProfiledSection {
  readonly ticks: bigint;
  readonly startData: Uint8Array;
  readonly endData: Uint8Array;
}

export interface ProfilerOptions {
  readonly nameOf: (func: FunctionInstance) => string;
  /** Milliseconds. */
  readonly now: () => number;
  readonly entrypoint: string;
  readonly onSection?: (section: ProfiledSection) => void;
}

/** More calls than this are no longer told apart in time: one that follows another of its name is added to it. */
const MAX_NODES = 2_000_000;
const NS_PER_MS = 1e6;
const SECTION_CALL = /^__wasm_debugger__::(start_section|end_section)\(([\s\S]*)\)/;
const WRITE_DEBUG = "tezos_write_debug";

/** Whether a text of write_debug is for the profiler. */
export function isSectionCall(text: Uint8Array): boolean {
  return SECTION_CALL.test(Buffer.from(text).toString("latin1"));
}

const PHASE_NAMES: Readonly<Record<string, string>> = {
  decode: "%interpreter(decode)",
  link: "%interpreter(link)",
  init: "%interpreter(init)",
};

/** Phases of a kernel run, up to its padding. */
const RUNNING: ReadonlySet<string> = new Set(["decode", "link", "init", "eval"]);

export class Profiler implements CallListener {
  readonly runs: ProfiledRun[] = [];
  readonly #options: ProfilerOptions;
  /** The open frames, outermost (a phase) first. */
  #stack: ProfileNode[] = [];
  #sections: { readonly tick: bigint; readonly data: Uint8Array }[] = [];
  #lastTick = 0n;
  #lastTime = 0;
  #nodes = 0;
  #phase: string | null = null;
  /** The tick that the profile began at, and that of the first state of the run under way. */
  #began: bigint | null = null;
  #runBegan = 0n;

  constructor(options: ProfilerOptions) {
    this.#options = options;
  }

  /** To be called in each state between two stretches of ticks. */
  lookAt(machine: Machine): void {
    const { tag } = machine.tickState;
    const tick = machine.currentTick;
    this.#began ??= tick;
    if (tag === this.#phase) return;
    const isRunning = RUNNING.has(this.#phase ?? "");
    this.#phase = tag;
    const run = this.runs.at(-1);
    if (isRunning && run !== undefined) run.ticks = tick - this.#runBegan;
    if (tag === "decode") {
      this.runs.push({ phases: [], ticks: 0n });
      // The tick before was that of the snapshot.
      this.#runBegan = tick > this.#began ? tick - 1n : tick;
      this.open(tick, "%interpreter(decode)");
    } else if (tag === "link" || tag === "init" || tag === "eval") {
      // The phase before has done its work in the state before this one, whose tick only passes it on.
      this.closeAll(tick - 1n);
      this.open(tick - 1n, PHASE_NAMES[tag] ?? this.#options.entrypoint);
    } else this.closeAll(tick);
  }

  /** To be called in the last state. */
  end(machine: Machine): void {
    this.lookAt(machine);
    const run = this.runs.at(-1);
    if (run !== undefined && RUNNING.has(machine.tickState.tag)) {
      this.closeAll(machine.currentTick);
      run.ticks = machine.currentTick - this.#runBegan;
    }
  }

  enter(tick: bigint, callee: FunctionInstance | null): void {
    if (this.#stack.length > 0)
      this.open(tick, callee === null ? "unreachable indirect call" : this.#options.nameOf(callee));
  }

  leave(tick: bigint): void {
    if (this.#stack.length > 0) this.close(tick);
  }

  trap(tick: bigint): void {
    this.closeAll(tick);
  }

  hostCall({ tick, name, args, memory }: HostCall): void {
    if (name !== WRITE_DEBUG || memory === null) return;
    const address = numberOf(args[0]);
    const length = numberOf(args[1]);
    if (address === null || length === null) return;
    const start = Number(BigInt.asUintN(32, address));
    const count = Number(BigInt.asUintN(32, length));
    if (start + count > memory.chunks.length) return;
    const match = SECTION_CALL.exec(Buffer.from(memory.chunks.bytes(start, count)).toString("latin1"));
    if (match === null) return;
    const data = new Uint8Array(Buffer.from(match[2] ?? "", "latin1"));
    // Octez looks at the state after the call.
    if (match[1] === "start_section") this.#sections.push({ tick: tick + 1n, data });
    else {
      const begun = this.#sections.pop();
      if (begun === undefined) return;
      this.#options.onSection?.({ ticks: tick + 1n - begun.tick, startData: begun.data, endData: data });
    }
  }

  private open(tick: bigint, name: string): void {
    this.account(tick);
    const siblings = this.#stack.at(-1)?.children ?? this.runs.at(-1)?.phases;
    if (siblings === undefined) return;
    const last = siblings.at(-1);
    if (this.#nodes >= MAX_NODES && last?.name === name) {
      this.#stack.push(last);
      return;
    }
    const node: ProfileNode = { name, ticks: 0n, nanoseconds: 0, children: [] };
    this.#nodes++;
    siblings.push(node);
    this.#stack.push(node);
  }

  private close(tick: bigint): void {
    this.account(tick);
    this.#stack.pop();
  }

  private closeAll(tick: bigint): void {
    if (this.#stack.length > 0) this.account(tick);
    this.#stack = [];
  }

  /** What has passed belongs to the innermost frame. */
  private account(tick: bigint): void {
    const now = this.#options.now();
    const top = this.#stack.at(-1);
    if (top !== undefined) {
      top.ticks += tick - this.#lastTick;
      top.nanoseconds += Math.max(0, Math.round((now - this.#lastTime) * NS_PER_MS));
    }
    this.#lastTick = tick;
    this.#lastTime = now;
  }
}

/** All of a node: its own and those below it. Iterative, since calls nest deep. */
export function total(node: ProfileNode): { readonly ticks: bigint; readonly nanoseconds: number } {
  let ticks = 0n;
  let nanoseconds = 0;
  const pending = [node];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    ticks += next.ticks;
    nanoseconds += next.nanoseconds;
    for (const child of next.children) pending.push(child);
  }
  return { ticks, nanoseconds };
}

/** Visits nodes before those below them, in order; `path` is the names from the root. */
export function visit(roots: readonly ProfileNode[], action: (node: ProfileNode, path: string) => void): void {
  const pending: { readonly node: ProfileNode; readonly path: string }[] = [];
  const push = (nodes: readonly ProfileNode[], above: string): void => {
    for (const node of nodes.toReversed())
      pending.push({ node, path: above === "" ? node.name : `${above};${node.name}` });
  };
  push(roots, "");
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    action(next.node, next.path);
    push(next.node.children, next.path);
  }
}

/** A line a call, in the order of time: what `flamegraph.pl --flamechart` reads. */
export function stacks(runs: readonly ProfiledRun[]): string {
  const lines: string[] = [];
  for (const { phases } of runs) visit(phases, ({ ticks }, path) => lines.push(`${path} ${ticks}\n`));
  return lines.join("");
}

/** Equal stacks of a run added up, by name; each run ends with a newline. */
export function collapsedStacks(runs: readonly ProfiledRun[]): string {
  return runs
    .map(({ phases }) => {
      const sums = new Map<string, bigint>();
      visit(phases, ({ ticks }, path) => sums.set(path, (sums.get(path) ?? 0n) + ticks));
      const paths = [...sums.keys()].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
      return paths.map((path) => `${path} ${sums.get(path)}\n`).join("");
    })
    .join("");
}

export interface FunctionRow {
  readonly name: string;
  /** Own ticks, and with those of the calls it makes; a recursive call counts once. */
  readonly self: bigint;
  readonly total: bigint;
  readonly calls: number;
}

/** Ticks by function, the most expensive first; with what is in none, they add up to the ticks of the runs. */
export function functionTable(runs: readonly ProfiledRun[]): FunctionRow[] {
  const rows = new Map<string, { self: bigint; total: bigint; calls: number }>();
  const rowOf = (name: string) => {
    const known = rows.get(name) ?? { self: 0n, total: 0n, calls: 0 };
    rows.set(name, known);
    return known;
  };
  for (const run of runs) {
    const { phases } = run;
    const over = rest(run);
    if (over > 0n) {
      const row = rowOf(REST);
      row.self += over;
      row.total += over;
      row.calls++;
    }
    // Totals need the ticks below: nodes are left after all that is below them.
    const pending: { readonly node: ProfileNode; next: number; below: bigint; readonly isOutermost: boolean }[] = [];
    const open = new Map<string, number>();
    const enter = (node: ProfileNode): void => {
      const depth = open.get(node.name) ?? 0;
      open.set(node.name, depth + 1);
      pending.push({ node, next: 0, below: 0n, isOutermost: depth === 0 });
    };
    for (const phase of phases) {
      enter(phase);
      for (let top = pending.at(-1); top !== undefined; top = pending.at(-1)) {
        const child = top.node.children[top.next++];
        if (child !== undefined) {
          enter(child);
          continue;
        }
        pending.pop();
        const all = top.node.ticks + top.below;
        const row = rowOf(top.node.name);
        row.self += top.node.ticks;
        row.calls++;
        if (top.isOutermost) row.total += all;
        open.set(top.node.name, (open.get(top.node.name) ?? 1) - 1);
        const above = pending.at(-1);
        if (above !== undefined) above.below += all;
      }
    }
  }
  return [...rows]
    .map(([name, row]) => ({ name, ...row }))
    .sort((a, b) => (a.self === b.self ? (a.name < b.name ? -1 : 1) : a.self > b.self ? -1 : 1));
}
