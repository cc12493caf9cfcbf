/**
 * States of the machine that are kept, and gone back to. The parts of a state are immutable values and persistent trees, so keeping one
 * costs what later ticks replace of it.
 */
import { Machine, type MachineOptions } from "../pvm/machine.js";
import type { PvmState } from "../pvm/state.js";
import type { PvmVersion } from "../pvm/versions.js";

export interface Snapshot {
  readonly state: PvmState;
  readonly version: PvmVersion;
}

export function takeSnapshot(machine: Machine): Snapshot {
  return { state: machine.state(), version: machine.version() };
}

/** A machine that stands in a snapshot. It must be of the snapshot's version, which a machine remembers; see `machineAt`. */
function restore(machine: Machine, { state }: Snapshot): void {
  machine.lastInput = state.lastInput;
  machine.currentTick = state.currentTick;
  machine.rebootCounter = state.rebootCounter;
  machine.durable.tree.replaceRoot(state.durable);
  machine.buffers = state.buffers;
  machine.tickState = state.tickState;
  machine.lastTopLevelCall = state.lastTopLevelCall;
  machine.maxTicks = state.maxTicks;
  machine.maxReboots = state.maxReboots;
  machine.outboxValidityPeriod = state.outboxValidityPeriod;
  machine.outboxMessageLimit = state.outboxMessageLimit;
}

/** Puts `machine`, or another where the version has changed, into a snapshot's state. */
export function machineAt(machine: Machine, snapshot: Snapshot, options: MachineOptions): Machine {
  const target = machine.version() === snapshot.version ? machine : Machine.of(machine.root(), options);
  restore(target, snapshot);
  return target;
}
