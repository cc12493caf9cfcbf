/**
 * What the machine asks of its embedder: host functions. The wasm layer knows their signatures and their results, not what they do.
 */
import type { LazyVector } from "../merkle/lazy-vector.js";
import type { HostFunction, Memory, Value } from "./runtime.js";

/** The result of a host call. */
export type HostOutcome =
  | {
      readonly tag: "results";
      /** The top of the stack first. */
      readonly results: readonly Value[];
      /** The caller's memory as the call leaves it; null: untouched. */
      readonly memory: Memory | null;
      /** Ticks the call goes on after the one that executes it. */
      readonly ticks: number;
    }
  | {
      /** The call waits for an answer from outside: up to `maxBytes` bytes of it go to `base`. */
      readonly tag: "reveal";
      readonly request: Uint8Array;
      readonly base: number;
      readonly maxBytes: number;
    };

export interface Host {
  /** The host function an import stands for; null: unknown. */
  resolve(module: string, item: string): HostFunction | null;
  /**
   * Executes a host function. `name` is the name in the function value, `memories` those of the calling module (none during
   * initialisation). Throws errors of the guest (see the embedder).
   */
  call(name: string, args: readonly Value[], memories: LazyVector<Memory>): HostOutcome;
}
