/**
 * A machine that can go both ways: forward by ticks, to goals, to breakpoints; back to any tick it has been at. Running again gives the same
 * states, since the inputs of each tick are remembered (history.ts); a different input makes a different run, and the old one is forgotten.
 */
import type { Machine, MachineOptions } from "../pvm/machine.js";
import type { StepInput } from "../pvm/step-proof.js";
import { type Breakpoint, type BreakpointHit, Hits, memoryRanges } from "./breakpoints.js";
import { CallWatch } from "./call-watch.js";
import { DebuggerError } from "./errors.js";
import { DEFAULT_SPACING, History, type HistoryOptions } from "./history.js";
import type { Snapshot } from "./snapshot.js";
import { machineAt, takeSnapshot } from "./snapshot.js";

/** Why a motion ended. */
export type Stop =
  | { readonly tag: "goal" }
  | { readonly tag: "limit" }
  | { readonly tag: "input" }
  | { readonly tag: "reveal"; readonly request: Uint8Array }
  | { readonly tag: "breakpoint"; readonly hit: BreakpointHit }
  | { readonly tag: "start" }
  | { readonly tag: "interrupted" };

export interface Motion {
  /** The tick not to be passed. */
  readonly limit?: bigint;
  /** Looked at before each stretch of ticks, which ends with every phase and at the end of an evaluation. */
  readonly isGoal?: (machine: Machine) => boolean;
  readonly breakpoints?: readonly Breakpoint[];
  /** Gives the answer to a reveal; null: the motion ends there. */
  readonly answer?: ((request: Uint8Array) => Promise<Uint8Array | null>) | null;
  /** Runs evaluations in the place of the machine, to see its calls. */
  readonly watch?: CallWatch | null;
  /** Called when the machine comes to another phase, and at the end. */
  readonly onPhase?: (machine: Machine) => void;
  /** Whether what the kernel says is shown. */
  readonly isMuted?: boolean;
}

export interface TimelineOptions extends HistoryOptions {
  readonly entrypoint?: string;
  /** Gets what the kernel writes, once a pass; `tick` is that of the end of the stretch it was written in. */
  readonly writeDebug?: (text: Uint8Array) => void;
  /** Called now and then on long motions. Others may run meanwhile. */
  readonly onProgress?: () => void;
  /** Milliseconds; any clock. */
  readonly now?: () => number;
}

/** A phase, or the end of an evaluation, and the first tick of it. */
export interface Mark {
  readonly tick: bigint;
  readonly phase: string;
}

/** Computing ticks at once: some tens of milliseconds. */
const STRETCH = 2_000_000n;
/** With breakpoints: a stretch with a hit is run twice. */
const WATCHED_STRETCH = 500_000n;
const YIELD_EVERY_MS = 40;

export class Timeline {
  machine: Machine;
  readonly history: History;
  readonly #options: TimelineOptions;
  readonly #machineOptions: MachineOptions;
  readonly #spacing: bigint;
  #marks: Mark[] = [];
  #said: Uint8Array[] = [];
  #isMuted = false;
  #isInterrupted = false;
  #lastKept: bigint;

  constructor(start: (options: MachineOptions) => Machine, options: TimelineOptions = {}) {
    this.#options = options;
    this.#machineOptions = {
      ...(options.entrypoint === undefined ? {} : { entrypoint: options.entrypoint }),
      writeDebug: (text) => {
        if (!this.#isMuted) this.#said.push(text.slice());
      },
    };
    this.machine = start(this.#machineOptions);
    this.#spacing = options.spacing ?? DEFAULT_SPACING;
    this.history = new History(takeSnapshot(this.machine), options);
    this.#lastKept = this.machine.currentTick;
    this.mark();
  }

  get tick(): bigint {
    return this.machine.currentTick;
  }

  get marks(): readonly Mark[] {
    return this.#marks;
  }

  /** Ends the motion under way at the next occasion. */
  interrupt(): void {
    this.#isInterrupted = true;
  }

  /** Gives the machine an input, which becomes part of the run. */
  give(input: StepInput): void {
    const tick = this.machine.currentTick;
    // First, since it may throw.
    if (input.tag === "message") this.machine.setInput(input.info, input.payload);
    else this.machine.reveal(input.data);
    const furthest = this.history.furthest;
    this.history.noteInput(tick, input);
    if (this.history.furthest < furthest) this.forgetMarks(tick);
    this.history.reached(this.machine.currentTick);
    this.mark();
  }

  /** Goes forward. */
  async forward(motion: Motion): Promise<Stop> {
    this.#isInterrupted = false;
    const now = this.#options.now ?? (() => 0);
    let yielded = now();
    let phase = this.machine.tickState.tag;
    for (let isFirst = true; ; isFirst = false) {
      const { machine } = this;
      const tick = machine.currentTick;
      if (motion.limit !== undefined && tick >= motion.limit) return { tag: "limit" };
      if (motion.isGoal?.(machine) === true) return { tag: "goal" };
      if (this.#isInterrupted) return { tag: "interrupted" };
      const waits = await this.provide(motion);
      if (waits === "given") continue;
      if (waits !== null) return waits;
      const hit = this.stretch(motion, isFirst);
      if (machine.tickState.tag !== phase) {
        phase = machine.tickState.tag;
        motion.onPhase?.(machine);
      }
      if (hit !== null) return { tag: "breakpoint", hit };
      if (now() - yielded >= YIELD_EVERY_MS) {
        this.#options.onProgress?.();
        await new Promise((resolve) => setImmediate(resolve));
        yielded = now();
      }
    }
  }

  /** Goes to a tick, on either side. Ticks never reached before are run to, as far as the inputs go. */
  async goTo(tick: bigint, motion: Omit<Motion, "limit" | "isGoal" | "breakpoints"> = {}): Promise<Stop> {
    if (tick < this.history.start) return { tag: "start" };
    const nearest = this.history.before(tick);
    const isBehind = tick < this.tick;
    if (isBehind || nearest.state.currentTick > this.tick) this.restore(nearest);
    return this.forward({ isMuted: isBehind || tick <= this.history.furthest, ...motion, limit: tick });
  }

  /** Goes back to the last hit of a breakpoint before the present tick. */
  async backward(breakpoints: readonly Breakpoint[]): Promise<Stop> {
    const present = takeSnapshot(this.machine);
    let end = this.tick;
    for (const snapshot of [...this.history.backwards(this.history.start, end)]) {
      const found = await this.lastHit(snapshot, end, breakpoints);
      if (found === "interrupted") {
        this.restore(present);
        return { tag: "interrupted" };
      }
      if (found !== null) {
        await this.goTo(found.tick, { isMuted: true });
        return { tag: "breakpoint", hit: found };
      }
      end = snapshot.state.currentTick;
    }
    this.restore(this.history.before(this.history.start));
    return { tag: "start" };
  }

  restore(snapshot: Snapshot): void {
    this.machine = machineAt(this.machine, snapshot, this.#machineOptions);
    this.#lastKept = this.tick;
  }

  /** What is told of the calls from a tick to another, both reached before. The present state is kept. */
  async observe(from: bigint, to: bigint, watch: CallWatch): Promise<Stop> {
    const present = takeSnapshot(this.machine);
    let stop = await this.goTo(from, { isMuted: true });
    if (stop.tag !== "interrupted") stop = await this.forward({ limit: to, watch, isMuted: true });
    this.restore(present);
    return stop;
  }

  /** Keeps the present state and shows what the kernel has said. */
  keep(): void {
    this.history.keep(takeSnapshot(this.machine));
    this.#lastKept = this.tick;
  }

  private async lastHit(
    from: Snapshot,
    end: bigint,
    breakpoints: readonly Breakpoint[],
  ): Promise<BreakpointHit | "interrupted" | null> {
    this.restore(from);
    const hits = new Hits(breakpoints, this.tick - 1n);
    let last: BreakpointHit | null = null;
    const collect = (): void => {
      for (const hit of hits.take()) if (hit.tick < end && (last === null || hit.tick >= last.tick)) last = hit;
    };
    hits.lookAt(
      this.machine,
      this.#marks.some(({ tick }) => tick === this.tick),
    );
    const stop = await this.forward({
      limit: end,
      isMuted: true,
      watch: new CallWatch(hits, memoryRanges(breakpoints)),
      isGoal: (machine) => {
        hits.lookAt(machine);
        collect();
        return false;
      },
    });
    hits.lookAt(this.machine);
    collect();
    for (const hit of hits.lastTicks(from.state.currentTick, end, from.state.tickState.tag === "padding")) {
      if (last === null || hit.tick > (last as BreakpointHit).tick) last = hit;
    }
    return stop.tag === "interrupted" ? "interrupted" : last;
  }

  /** Gives the machine what it waits for, if the run knows it. */
  private async provide(motion: Motion): Promise<"given" | Stop | null> {
    const { machine } = this;
    const request = machine.inputRequest();
    if (request.tag === "none") return null;
    const known = this.history.inputAt(machine.currentTick);
    const fits = known !== undefined && (known.tag === "message") === (request.tag === "input");
    if (fits) {
      this.give(known);
      return "given";
    }
    if (request.tag === "input") return { tag: "input" };
    const answer = motion.answer === undefined || motion.answer === null ? null : await motion.answer(request.request);
    if (answer === null && this.#isInterrupted) return { tag: "interrupted" };
    if (answer === null) return { tag: "reveal", request: request.request };
    this.give({ tag: "reveal", data: answer });
    return "given";
  }

  /** Runs some ticks of the present phase; with breakpoints, up to the first hit. */
  private stretch(motion: Motion, isFirst: boolean): BreakpointHit | null {
    const { breakpoints = [] } = motion;
    const start = this.tick;
    const sinceKept = start - this.#lastKept;
    let most = breakpoints.length > 0 ? WATCHED_STRETCH : STRETCH;
    if (this.machine.tickState.tag === "padding") most = this.machine.ticksToSnapshot() + 1n;
    else if (this.#spacing - sinceKept > 0n && this.#spacing - sinceKept < most) most = this.#spacing - sinceKept;
    if (motion.limit !== undefined && motion.limit - start < most) most = motion.limit - start;
    this.#isMuted = motion.isMuted === true;
    const hit = breakpoints.length === 0 ? null : this.watchedStretch(breakpoints, most, isFirst);
    if (breakpoints.length === 0) this.compute(most, motion.watch ?? null);
    this.#isMuted = false;
    this.flush();
    this.history.reached(this.tick);
    const hasNewPhase = this.mark();
    if (hasNewPhase || this.tick - this.#lastKept >= this.#spacing) this.keep();
    return hit;
  }

  private watchedStretch(breakpoints: readonly Breakpoint[], budget: bigint, isFirst: boolean): BreakpointHit | null {
    const start = takeSnapshot(this.machine);
    const from = this.tick;
    const hits = new Hits(breakpoints, isFirst ? from : from - 1n);
    hits.lookAt(this.machine);
    let most = budget;
    const byTick = hits.nextTick(from, this.machine.tickState.tag === "padding");
    if (byTick !== null && byTick.tick - from < most) most = byTick.tick - from;
    this.compute(most, new CallWatch(hits, memoryRanges(breakpoints)));
    hits.lookAt(this.machine);
    const first = hits.first();
    const reached = byTick !== null && byTick.tick === this.tick ? byTick : null;
    if (first === null || (reached !== null && reached.tick < first.tick)) return reached;
    if (first.tick < this.tick) {
      this.restore(start);
      this.#said = [];
      while (this.tick < first.tick) this.compute(first.tick - this.tick, null);
    }
    return first;
  }

  /** Computes ticks of one phase, at least one, at most `most`; ends before the tick that ends an evaluation. */
  private compute(most: bigint, watch: CallWatch | null): void {
    const { machine } = this;
    const { tag } = machine.tickState;
    const toSnapshot = machine.ticksToSnapshot();
    if (tag === "padding" && toSnapshot > 0n) {
      machine.currentTick += toSnapshot < most ? toSnapshot : most;
      return;
    }
    const within = toSnapshot < most ? toSnapshot : most;
    if (within > 1n && (tag === "decode" || tag === "init" || (tag === "eval" && watch === null))) {
      const done = machine.runPhase(Number(within));
      machine.currentTick += BigInt(done);
      if (done > 0) return;
    }
    if (tag === "eval" && watch !== null && within > 0n && watch.run(machine, Number(within)) > 0) return;
    machine.computeStep();
  }

  private flush(): void {
    const said = this.#said;
    this.#said = [];
    for (const text of said) this.#options.writeDebug?.(text);
  }

  /** Notes the beginning of a phase; true if there is one at the present tick. */
  private mark(): boolean {
    const phase = phaseOf(this.machine);
    const tick = this.tick;
    let at = this.#marks.length;
    while (at > 0 && (this.#marks[at - 1] as Mark).tick > tick) at--;
    const before = this.#marks[at - 1];
    if (before?.phase === phase) return false;
    if (before?.tick === tick) this.#marks[at - 1] = { tick, phase };
    else this.#marks.splice(at, 0, { tick, phase });
    return true;
  }

  private forgetMarks(tick: bigint): void {
    this.#marks = this.#marks.filter((mark) => mark.tick <= tick);
  }
}

/** The phase of a machine, the end of an evaluation counting as one (`result`). */
export function phaseOf(machine: Machine): string {
  const state = machine.tickState;
  if (state.tag !== "eval") return state.tag;
  const { tag } = state.config.stepKont;
  return tag === "SK_Result" || tag === "SK_Trapped" ? "result" : "eval";
}

export function notNow(message: string): DebuggerError {
  return new DebuggerError("debugger.not_now", message);
}
