// Protocols that take over in the course of a chain.

import type { Constants } from "../../protocol/constants.js";
import { SandboxError } from "./errors.js";
import type { Protocol } from "./protocols.js";

/** A protocol that takes over after the block of a level. */
export interface ScheduledProtocol {
  readonly protocol: Protocol;
  /** Level of the activation block, the last one of the protocol before: at least 2. */
  readonly level: number;
  /** Its constants; those of the protocol before if absent. */
  readonly constants?: Constants;
}

/** Raises SandboxError. */
export function checkSchedule(schedule: readonly ScheduledProtocol[]): void {
  const levels = schedule.map(({ level }) => level);
  if (levels.some((level) => !Number.isSafeInteger(level) || level < 2) || new Set(levels).size !== levels.length) {
    throw new SandboxError("l1.sandbox.bad_option", "protocols are activated at levels from 2 on, one at each");
  }
}
