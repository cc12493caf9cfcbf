/** What the macro-steps give, and what they share. */
import type { Filling } from "../containers.js";
import type { DecodeState } from "../state.js";

/** The state `ticks` single steps later. */
export interface Progress {
  readonly state: DecodeState;
  /** At least 1. */
  readonly ticks: number;
}

/** Sets the next elements. */
export function fillMany<T>({ offset, vector }: Filling<T>, values: readonly T[]): Filling<T> {
  let filled = vector;
  let next = offset;
  for (const value of values) filled = filled.set(next++, value);
  return { offset: next, vector: filled };
}
