/**
 * One run of a machine that uses and fills a memo of kernels (kernel-memo.ts): from whatever point of a kernel's preparation it stands at, it
 * is taken to the furthest known one.
 */
import type { KernelMemo, PreparationPlace } from "./kernel-memo.js";
import type { Machine } from "./machine.js";

export class MemoRun {
  readonly #machine: Machine;
  readonly #memo: KernelMemo;
  /** Null: the machine is not preparing a kernel, or in a state that came from elsewhere. */
  #place: PreparationPlace | null;

  constructor(machine: Machine, memo: KernelMemo) {
    this.#machine = machine;
    this.#memo = memo;
    this.#place = memo.placeOf(machine.tickState);
  }

  /** Goes to the furthest known state of the preparation that `left` ticks suffice for; gives the ticks done. */
  jump(left: bigint): bigint {
    const machine = this.#machine;
    if (machine.tickState.tag === "snapshot") {
      const key = machine.kernelKey();
      this.#place = key === null ? null : { key, ticks: 0n };
    }
    if (this.#place === null) return 0n;
    const { key, ticks } = this.#place;
    // The ticks after the Snapshot's own must all come before the last of the top-level call.
    const toSnapshot = machine.ticksToSnapshot();
    const most = left < toSnapshot ? left : toSnapshot;
    const initialised = this.#memo.get(key);
    if (initialised !== null && initialised.ticks - ticks <= most) {
      machine.startEvaluation(initialised.config, initialised.registry);
      this.#place = null;
      return this.#advance(initialised.ticks - ticks);
    }
    const waypoint = this.#memo.waypoint(key, ticks + most);
    if (waypoint === undefined || waypoint.ticks <= ticks) return 0n;
    machine.tickState = waypoint.tickState;
    this.#place = { key, ticks: waypoint.ticks };
    return this.#advance(waypoint.ticks - ticks);
  }

  /** Most ticks to be done before `note`, of those that are left. */
  budget(left: bigint): bigint {
    if (this.#place === null) return left;
    const most = this.#memo.toNextWaypoint(this.#place);
    return most < left ? most : left;
  }

  /** After so many ticks: notes what is new about the kernel. */
  note(ticks: bigint): void {
    if (this.#place === null) return;
    const { tickState } = this.#machine;
    const place = { key: this.#place.key, ticks: this.#place.ticks + ticks };
    this.#place = null;
    if (tickState.tag === "eval") {
      const { config, registry } = tickState;
      this.#memo.set(place.key, { ticks: place.ticks, config, registry });
    } else if (tickState.tag === "decode" || tickState.tag === "link" || tickState.tag === "init") {
      this.#memo.addWaypoint(place, tickState);
      this.#place = place;
    }
  }

  /** At the end of the run: so that another one goes on from here. */
  leave(): void {
    if (this.#place !== null && this.#place.ticks > 0n) this.#memo.setPlace(this.#machine.tickState, this.#place);
  }

  #advance(ticks: bigint): bigint {
    this.#machine.currentTick += ticks;
    return ticks;
  }
}
