/** Walks a session along the ticks of a pattern. */
import type { Session } from "./session.js";
import type { StepPattern } from "./step-pattern.js";

export interface StopsOptions {
  /** Stop in padding for `%N` and `always` too; `=N` stops there anyway. */
  readonly padding?: boolean;
  /** Called now and then between two stops. */
  readonly onProgress?: () => void;
}

/**
 * Stops, in order, at the ticks of the pattern from the session's own on: each time the consumer finds the session at that tick. The last
 * state of the run, which waits for an input that never comes, is one of the states. Ends with the pattern or with the run.
 */
export function* stops(session: Session, pattern: StepPattern, options: StopsOptions = {}): Generator<bigint, void> {
  for (;;) {
    const tick = session.tick;
    const periodic = options.padding === true || session.phase !== "padding";
    if (pattern.namesExactly(tick) || (periodic && pattern.hasPeriod(tick))) yield tick;
    const exact = pattern.nextExact(tick + 1n);
    const next = pattern.nextPeriodic(tick + 1n);
    if (exact === null && next === null) return;
    // In padding that does not count, `advance` ends with the phase and the loop looks again.
    if (session.advance(periodic ? earlier(exact, next) : exact) === null) return;
    options.onProgress?.();
  }
}

function earlier(a: bigint | null, b: bigint | null): bigint | null {
  if (a === null || b === null) return a ?? b;
  return a < b ? a : b;
}
