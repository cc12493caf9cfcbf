// What the node tells of itself (node.md §8): events with Octez's names and fields. Where they go (console, files, the sinks of
// TEZOS_EVENTS_CONFIG) is the sinks' business.

import type { Json } from "../encoding/json.js";

export type EventLevel = "Debug" | "Info" | "Notice" | "Warning" | "Error" | "Fatal";

export interface NodeEvent {
  /** Name without version: "smart_rollup_node_is_ready". */
  readonly name: string;
  readonly level: EventLevel;
  /** ["smart_rollup_node"], ["smart_rollup_node", "batcher"], … */
  readonly section: readonly string[];
  /** As Octez prints them. */
  readonly fields: { readonly [name: string]: Json };
  /** The sentence for people. */
  readonly message: string;
}

/** Takes events; never raises. */
export type Emit = (event: NodeEvent) => void;
