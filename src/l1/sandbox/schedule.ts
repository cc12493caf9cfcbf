// Protocols that take over in the course of a chain.

import type { Constants } from "../../protocol/constants.js";
import type { Protocol } from "./protocols.js";

/** A protocol that takes over after the block of a level. */
export interface ScheduledProtocol {
  readonly protocol: Protocol;
  /** Level of the activation block, the last one of the protocol before: at least 2. */
  readonly level: number;
  /** Its constants; those of the protocol before if absent. */
  readonly constants?: Constants;
}
