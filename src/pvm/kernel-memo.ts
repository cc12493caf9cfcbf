/**
 * What decoding, linking and initialising a kernel comes to (design §2, "Memo"): it depends only on the kernel's bytes and the version, so
 * the next run of the same kernel starts from there. Some of the states on the way are kept, too (waypoints), for whoever asks for a tick
 * inside: it is had from the nearest one, and what they share with it already has its tree and hashes.
 */
import type { Config } from "../wasm/eval/config.js";
import type { Registry } from "../wasm/runtime.js";
import type { TickState } from "./state.js";

/** The first state of the evaluation. */
export interface InitialisedKernel {
  /** Ticks from the Snapshot state to it. */
  readonly ticks: bigint;
  readonly config: Config;
  readonly registry: Registry;
}

/** How far the preparation of a kernel is. */
export interface PreparationPlace {
  /** The machine's `kernelKey`. */
  readonly key: string;
  /** Ticks from the Snapshot state. */
  readonly ticks: bigint;
}

export interface Waypoint {
  /** Ticks from the Snapshot state. */
  readonly ticks: bigint;
  readonly tickState: TickState;
}

interface Entry {
  initialised: InitialisedKernel | null;
  /** Increasing, at multiples of `spacing`. */
  waypoints: Waypoint[];
  spacing: bigint;
}

export interface KernelMemoOptions {
  /** Kernels remembered. */
  readonly kernels?: number;
  /** Ticks between two waypoints; doubled for a kernel as often as it has too many. */
  readonly spacing?: bigint;
}

const DEFAULT_KERNELS = 4;
const DEFAULT_SPACING = 1n << 14n;
const MOST_WAYPOINTS = 128;

/** Remembers the kernels used last. */
export class KernelMemo {
  readonly #kernels = new Map<string, Entry>();
  readonly #places = new WeakMap<TickState, PreparationPlace>();
  readonly #limit: number;
  readonly #spacing: bigint;

  constructor({ kernels = DEFAULT_KERNELS, spacing = DEFAULT_SPACING }: KernelMemoOptions = {}) {
    this.#limit = kernels;
    this.#spacing = spacing;
  }

  get(key: string): InitialisedKernel | null {
    return this.#used(key)?.initialised ?? null;
  }

  set(key: string, kernel: InitialisedKernel): void {
    this.#entry(key).initialised = kernel;
  }

  /** The last known state of a kernel's preparation that is not behind so many ticks. */
  waypoint(key: string, ticks: bigint): Waypoint | undefined {
    return this.#used(key)?.waypoints.findLast((waypoint) => waypoint.ticks <= ticks);
  }

  /** Ticks from a place of the preparation to where the next state is to be kept. */
  toNextWaypoint({ key, ticks }: PreparationPlace): bigint {
    const spacing = this.#used(key)?.spacing ?? this.#spacing;
    return spacing - (ticks % spacing);
  }

  /** Keeps the state at a place, if it is one where states are kept. */
  addWaypoint({ key, ticks }: PreparationPlace, tickState: TickState): void {
    const entry = this.#entry(key);
    const { waypoints } = entry;
    const last = waypoints.at(-1);
    if (ticks % entry.spacing !== 0n || (last !== undefined && last.ticks >= ticks)) return;
    waypoints.push({ ticks, tickState });
    if (waypoints.length <= MOST_WAYPOINTS) return;
    entry.spacing *= 2n;
    entry.waypoints = waypoints.filter((waypoint) => waypoint.ticks % entry.spacing === 0n);
  }

  /** Where the preparation is in a state that `setPlace` was told of: that very object. */
  placeOf(tickState: TickState): PreparationPlace | null {
    return this.#places.get(tickState) ?? null;
  }

  setPlace(tickState: TickState, place: PreparationPlace): void {
    this.#places.set(tickState, place);
  }

  #used(key: string): Entry | undefined {
    const known = this.#kernels.get(key);
    if (known === undefined) return undefined;
    this.#kernels.delete(key);
    this.#kernels.set(key, known);
    return known;
  }

  #entry(key: string): Entry {
    const known = this.#used(key);
    if (known !== undefined) return known;
    const made: Entry = { initialised: null, waypoints: [], spacing: this.#spacing };
    this.#kernels.set(key, made);
    const [oldest] = this.#kernels.keys();
    if (this.#kernels.size > this.#limit && oldest !== undefined) this.#kernels.delete(oldest);
    return made;
  }
}
