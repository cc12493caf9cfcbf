/**
 * Where a run has been: the inputs it was given, so that it can be run again exactly, and states along the way, so that no tick is far from
 * one. Bounded: when there are too many states, every second one of the older half goes.
 */
import type { StepInput } from "../pvm/step-proof.js";
import type { Snapshot } from "./snapshot.js";

export interface HistoryOptions {
  /** States kept at most; at least 2. */
  readonly maxStates?: number;
  /** Executed ticks between two states, at first. */
  readonly spacing?: bigint;
}

export const DEFAULT_MAX_STATES = 512;
export const DEFAULT_SPACING = 2_000_000n;

/** The beginning of a level: the tick before its first message. */
export interface LoadedLevel {
  readonly tick: bigint;
  readonly level: number;
}

interface KeptState {
  readonly tick: bigint;
  readonly snapshot: Snapshot;
}

export class History {
  readonly #maxStates: number;
  /** By increasing tick; the first is never dropped. */
  #states: KeptState[];
  readonly #inputs = new Map<bigint, StepInput>();
  #levels: LoadedLevel[] = [];
  /** The farthest tick the run has come to. */
  #furthest: bigint;

  constructor(start: Snapshot, options: HistoryOptions = {}) {
    this.#maxStates = Math.max(2, options.maxStates ?? DEFAULT_MAX_STATES);
    const tick = start.state.currentTick;
    this.#states = [{ tick, snapshot: start }];
    this.#furthest = tick;
  }

  get furthest(): bigint {
    return this.#furthest;
  }

  get start(): bigint {
    return (this.#states[0] as KeptState).tick; // never dropped
  }

  /** Number of states kept. */
  get size(): number {
    return this.#states.length;
  }

  /** The ticks of which states are kept. */
  get ticks(): bigint[] {
    return this.#states.map(({ tick }) => tick);
  }

  reached(tick: bigint): void {
    if (tick > this.#furthest) this.#furthest = tick;
  }

  /** Keeps a state, unless there is one of its tick. */
  keep(snapshot: Snapshot): void {
    const tick = snapshot.state.currentTick;
    const at = this.indexBefore(tick) + 1;
    if (this.#states[at]?.tick === tick) return;
    this.#states.splice(at, 0, { tick, snapshot });
    if (this.#states.length > this.#maxStates) this.thin();
  }

  /** The last state kept at or before a tick; the first, when the tick is before it. */
  before(tick: bigint): Snapshot {
    const at = this.indexBefore(tick);
    const found = this.#states[at + 1]?.tick === tick ? at + 1 : Math.max(at, 0);
    return (this.#states[found] as KeptState).snapshot; // the first is never dropped
  }

  /** The states kept in [from, to), the latest first. */
  *backwards(from: bigint, to: bigint): Generator<Snapshot> {
    for (let at = this.indexBefore(to); at >= 0; at--) {
      const state = this.#states[at] as KeptState; // in bounds
      if (state.tick < from) return;
      yield state.snapshot;
    }
  }

  /** The input that the run was given at a tick; undefined when it was given none. */
  inputAt(tick: bigint): StepInput | undefined {
    return this.#inputs.get(tick);
  }

  /** Notes an input. One that differs from the one noted makes everything after it another run, which is forgotten. */
  noteInput(tick: bigint, input: StepInput): void {
    const known = this.#inputs.get(tick);
    if (known !== undefined && !sameInput(known, input)) this.forgetAfter(tick);
    this.#inputs.set(tick, input);
  }

  noteLevel(tick: bigint, level: number): void {
    if (this.#levels.some((known) => known.tick === tick)) return;
    this.#levels.push({ tick, level });
  }

  /** The levels begun before a tick, in order. */
  levelsBefore(tick: bigint): readonly LoadedLevel[] {
    return this.#levels.filter((level) => level.tick < tick);
  }

  /** Forgets what was after a tick, and its input. */
  forgetAfter(tick: bigint): void {
    this.#states = this.#states.filter((state, index) => index === 0 || state.tick <= tick);
    for (const at of this.#inputs.keys()) if (at >= tick) this.#inputs.delete(at);
    this.#levels = this.#levels.filter((level) => level.tick <= tick);
    if (this.#furthest > tick) this.#furthest = tick;
  }

  /** Index of the last state before a tick; -1 if there is none. */
  private indexBefore(tick: bigint): number {
    let low = 0;
    let high = this.#states.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#states[middle] as KeptState).tick < tick) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  private thin(): void {
    const half = this.#states.length >> 1;
    this.#states = this.#states.filter((_, index) => index === 0 || index >= half || index % 2 === 0);
  }
}

function sameInput(a: StepInput, b: StepInput): boolean {
  if (a.tag === "reveal") return b.tag === "reveal" && Buffer.compare(a.data, b.data) === 0;
  return (
    b.tag === "message" &&
    a.info.level === b.info.level &&
    a.info.counter === b.info.counter &&
    Buffer.compare(a.payload, b.payload) === 0
  );
}
